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
	},
});
