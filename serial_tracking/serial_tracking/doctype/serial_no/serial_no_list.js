{% include "serial_tracking/public/js/unit_actions.js" %}
{% include "serial_tracking/public/js/unit_shown.js" %}
{% include "serial_tracking/public/js/labels.js" %}

// the form takes the colour of its status from here too
frappe.listview_settings["Serial No"] = {
	add_fields: ["serial_no", "status", "item_code", "warehouse"],
	hide_name_column: true,

	onload(list) {
		list.page.add_action_item(__("Labels"), () => {
			serial_tracking.labels.ask({ serial_nos: list.get_checked_items(true) });
		});
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

	button: {
		show: (doc) => doc.serial_no,
		get_label: () => __("Trace"),
		// the list puts it into markup as it is
		get_description: (doc) => frappe.utils.escape_html(__("Trace {0}", [doc.serial_no])),
		action: (doc) => serial_tracking.units.trace(doc),
	},

	get_indicator(doc) {
		if (doc.status) return [__(doc.status), serial_tracking.units.status_colour(doc.status), `status,=,${doc.status}`];
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
