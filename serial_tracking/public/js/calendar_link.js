{% include "serial_tracking/public/js/named_fields.js" %}

// The secret link under which other calendar programs read one's own visits. See docs/reminders.md.

frappe.provide("serial_tracking.calendar_link");

serial_tracking.calendar_link.show = function () {
	const call = (method) => frappe.call({ method: `serial_tracking.api.calendar.${method}`, type: "POST", freeze: true });
	const dialog = new frappe.ui.Dialog({
		title: __("Calendar Link"),
		fields: [
			{
				fieldtype: "HTML",
				fieldname: "help",
				options: `<p>${__("A secret address at which your calendar program reads the visits that you make.")}
					${__("It is shown once. A new one ends the one before it.")}</p>`,
			},
			{
				fieldtype: "Small Text",
				fieldname: "url",
				label: __("Address"),
				description: __("Copied. Whoever knows it can read your visits"),
				read_only: 1,
				depends_on: "eval:doc.url",
			},
		],
		primary_action_label: __("New Link"),
		async primary_action() {
			const { message } = await call("get_link");
			await dialog.set_value("url", message.url);
			frappe.utils.copy_to_clipboard(message.url);
		},
		secondary_action_label: __("Revoke"),
		async secondary_action() {
			const { message: revoked } = await call("revoke");
			dialog.hide();
			frappe.show_alert(revoked ? __("The link is revoked") : __("There was no link"));
		},
	});
	dialog.show();
	serial_tracking.name_fields(dialog);
};
