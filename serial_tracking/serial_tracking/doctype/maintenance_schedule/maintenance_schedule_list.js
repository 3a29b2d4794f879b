// the form takes the colour of its status from here too
frappe.listview_settings["Maintenance Schedule"] = {
	add_fields: ["status", "customer", "customer_name", "from_date", "to_date", "visits_overdue"],
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator(doc) {
		if (doc.status === "Running" && doc.visits_overdue) {
			return [__("Visits Overdue"), "red", "visits_overdue,>,0"];
		}
		const colours = { Draft: "gray", Upcoming: "blue", Running: "green", Ended: "gray", Cancelled: "red" };
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
