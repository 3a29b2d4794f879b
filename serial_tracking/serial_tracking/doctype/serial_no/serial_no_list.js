{% include "serial_tracking/public/js/unit_actions.js" %}

// the form takes the colour of its status from here too
frappe.listview_settings["Serial No"] = {
	add_fields: ["serial_no", "status", "item_code", "warehouse"],
	hide_name_column: true,

	onload(list) {
		if (frappe.model.can_create("Maintenance Schedule")) {
			list.page.add_action_item(__("Maintenance Schedule"), () => make_schedule(list.get_checked_items(true)));
		}
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

/** A service contract for the chosen units, to be looked at before it is saved. */
function make_schedule(serial_nos) {
	frappe.call({
		method: "serial_tracking.api.schedules.make_for_units",
		args: { serial_nos },
		freeze: true,
		callback({ message }) {
			if (!message) return;
			const [doc] = frappe.model.sync(message);
			frappe.set_route("Form", doc.doctype, doc.name);
		},
	});
}
