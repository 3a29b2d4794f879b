frappe.ui.form.on("Item", {
	setup(frm) {
		frm.set_query("item_group", () => ({ filters: { is_group: 0 } }));
		frm.set_query("stock_uom", () => ({ filters: { enabled: 1 } }));
		frm.set_query("uom", "uoms", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		show_next_number(frm);
		if (frm.is_new() || !frm.doc.has_serial_no) return;
		frm.add_custom_button(__("Serial Nos"), () => {
			frappe.set_route("List", "Serial No", { item_code: frm.doc.name });
		});
	},

	has_serial_no: (frm) => show_next_number(frm),
	serial_no_series: (frm) => show_next_number(frm),
});

/** "Next: ABC00042" below the series, as the server counts now; nothing is reserved by looking. */
function show_next_number(frm) {
	const box = frm.fields_dict.serial_no_series;
	if (!box) return; // Frappe 16 runs this for the dialog of a quick entry too, which has few fields
	const help = __(box.df.description);
	const show = (text) => box.set_new_description(text ? `${text}<br>${help}` : help);
	if (!frm.doc.has_serial_no || !frm.doc.serial_no_series) return show();
	if (frm.is_new() || frm.doc.__unsaved) return show(__("Save to see the next number"));

	const series = frm.doc.serial_no_series;
	frappe.call({
		method: "serial_tracking.api.serials.preview_series",
		args: { item_code: frm.doc.name, qty: 1 },
		silent: true,
		callback: ({ message }) => {
			if (!message?.length || frm.doc.serial_no_series !== series) return;
			show(__("Next: {0}", [`<b>${frappe.utils.escape_html(message[0])}</b>`]));
		},
		// a series with fields of the voucher has no next number before there is a voucher
		error: () => show(__("The next number depends on the voucher")),
	});
}
