{% include "serial_tracking/public/js/calendar_link.js" %}

// the form takes the colour of its status from here too
frappe.listview_settings["Maintenance Schedule"] = {
	add_fields: ["status", "customer", "customer_name", "from_date", "to_date", "visits_overdue"],
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	onload(list) {
		list.page.add_menu_item(__("Calendar Link"), () => serial_tracking.calendar_link.show());
	},

	get_indicator(doc) {
		if (doc.status === "Running" && doc.visits_overdue) {
			return [__("Visits Overdue"), "red", "visits_overdue,>,0"];
		}
		const colours = { Draft: "gray", Upcoming: "blue", Running: "green", Ended: "gray", Cancelled: "red" };
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
