{% include "serial_tracking/public/js/unit_actions.js" %}
{% include "serial_tracking/public/js/epcis.js" %}

const OF_UNIT = "serial_tracking.serial_tracking.doctype.serial_no.serial_no";

frappe.ui.form.on("Serial No", {
	setup(frm) {
		frm.set_query("item_code", () => ({ filters: { has_serial_no: 1, disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.set_df_property("serial_no", "description", "");
		frm.add_custom_button(__("Moves"), () => {
			frappe.set_route("List", "Serial No Ledger Entry", { serial_no: frm.doc.name });
		});
		const { last_voucher_type, last_voucher_no } = frm.doc;
		if (last_voucher_no) {
			frm.add_custom_button(__("Last Voucher"), () => {
				frappe.set_route("Form", last_voucher_type, last_voucher_no);
			});
		}
		if (serial_tracking.units.may_manage()) show_actions(frm);
		for (const [doctype, method] of [
			["Maintenance Schedule", `${OF_UNIT}.make_maintenance_schedule`],
			["Warranty Claim", `${OF_UNIT}.make_warranty_claim`],
		]) {
			if (!frappe.model.can_create(doctype)) continue;
			const open = () => frappe.model.open_mapped_doc({ method, frm });
			frm.add_custom_button(__(doctype), open, __("Create"));
		}
		serial_tracking.epcis.show_menu_item(frm, { serial_no: frm.doc.serial_no, item_code: frm.doc.item_code });
	},
});

function show_actions(frm) {
	const { hold, release } = serial_tracking.units;
	const reload = () => frm.reload_doc();
	if (frm.doc.on_hold) {
		frm.add_custom_button(__("Release"), () => release([frm.doc], reload), __("Actions"));
	} else if (frm.doc.warehouse) {
		frm.add_custom_button(__("Hold"), () => hold([frm.doc], reload), __("Actions"));
	}
	frm.add_custom_button(__("Correct Number"), () => ask_for_right_number(frm), __("Actions"));
}

function ask_for_right_number(frm) {
	const { name, serial_no, item_code } = frm.doc;
	const dialog = new frappe.ui.Dialog({
		title: __("Correct Number"),
		fields: [
			{
				fieldtype: "Data",
				fieldname: "new_serial_no",
				label: __("Right Number"),
				default: serial_no,
				description: __("For a mistyped number. The unit, its moves and its documents bear the new one"),
				reqd: 1,
			},
			{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 },
		],
		primary_action_label: __("Correct"),
		primary_action(values) {
			frappe.call({
				method: "serial_tracking.api.serials.correct",
				args: { serial_no, item_code, ...values },
				freeze: true,
				callback({ message: new_name }) {
					if (!new_name) return;
					dialog.hide();
					frappe.show_alert({ message: __("The number is corrected"), indicator: "green" });
					if (new_name === name) return frm.reload_doc();
					frappe.model.remove_from_locals("Serial No", name);
					frappe.set_route("Form", "Serial No", new_name);
				},
			});
		},
	});
	dialog.show();
}
