{% include "serial_tracking/public/js/unit_actions.js" %}

// the form takes the colour of its status from here too
frappe.listview_settings["Serial No"] = {
	add_fields: ["serial_no", "status", "item_code", "warehouse"],
	hide_name_column: true,

	onload(list) {
		if (!serial_tracking.units.may_manage()) return;
		for (const [label, action] of [
			[__("Hold"), serial_tracking.units.hold],
			[__("Release"), serial_tracking.units.release],
		]) {
			list.page.add_action_item(label, () => {
				action(list.get_checked_items(), () => {
					list.clear_checked_items();
					list.refresh();
				});
			});
		}
	},

	get_indicator(doc) {
		const colours = {
			Inactive: "gray",
			Available: "green",
			"On Hold": "orange",
			Expired: "red",
			"In Use": "blue",
			Delivered: "purple",
			Consumed: "gray",
			"Returned to Supplier": "gray",
		};
		if (doc.status) return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
