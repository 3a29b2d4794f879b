{% include "serial_tracking/public/js/named_fields.js" %}
{% include "serial_tracking/public/js/box_text.js" %}

// What a Stock Manager does to units, from their form and from their list. Both scripts include this file.

frappe.provide("serial_tracking.units");

serial_tracking.units.may_manage = () =>
	["Stock Manager", "System Manager"].some((role) => frappe.user.has_role(role));

/**
 * Ask why, and hold units.
 * @param {Array} units Serial No records: serial_no and item_code are enough
 * @param {function} done called afterwards, unless the server refused
 */
serial_tracking.units.hold = function (units, done) {
	const title = units.length === 1 ? __("Hold {0}", [units[0].serial_no]) : __("Hold {0} Units", [units.length]);
	serial_tracking.units.ask_why(title, (reason) => serial_tracking.units.call("hold", units, { reason }), done);
};

/**
 * Ask why units are held.
 * @param {function} hold takes the reason, and answers how many are held, or undefined if the server refused
 */
serial_tracking.units.ask_why = function (title, hold, done) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [
			{
				fieldtype: "Small Text",
				fieldname: "reason",
				label: __("Reason"),
				description: __("Shown to whoever tries to deliver, issue or use them"),
				reqd: 1,
			},
		],
		primary_action_label: __("Hold"),
		async primary_action({ reason }) {
			const held = await hold(reason);
			if (held === undefined) return;
			dialog.hide();
			frappe.show_alert({ message: __("Units put on hold: {0}", [held]), indicator: "orange" });
			done();
		},
	});
	dialog.show();
	serial_tracking.name_fields(dialog);
};

serial_tracking.units.release = function (units, done) {
	const question =
		units.length === 1
			? __("Release {0}?", [frappe.utils.escape_html(units[0].serial_no).bold()])
			: __("Release {0} units?", [units.length]);
	frappe.confirm(question, async () => {
		const released = await serial_tracking.units.call("release", units);
		if (released === undefined) return;
		frappe.show_alert({ message: __("Units released: {0}", [released]), indicator: "green" });
		done();
	});
};

/** How many units the method changed, or undefined if the server refused; it says why. */
serial_tracking.units.call = async function (method, units, args) {
	let changed = 0;
	// by item, since two items may bear the same number
	for (const item_code of new Set(units.map((unit) => unit.item_code))) {
		const numbers = units.filter((unit) => unit.item_code === item_code).map((unit) => unit.serial_no);
		try {
			const { message } = await frappe.call({
				method: `serial_tracking.api.serials.${method}`,
				args: { serial_nos: serial_tracking.box_text(numbers), item_code, ...args },
				freeze: true,
			});
			changed += Object.values(message)[0];
		} catch {
			return undefined;
		}
	}
	return changed;
};
