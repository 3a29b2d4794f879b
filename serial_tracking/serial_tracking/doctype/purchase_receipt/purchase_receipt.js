{% include "serial_tracking/public/js/stock_voucher.js" %}
{% include "serial_tracking/public/js/voucher_actions.js" %}
{% include "serial_tracking/public/js/row_counts.js" %}
{% include "serial_tracking/public/js/serial_nos_dialog.js" %}
{% include "serial_tracking/public/js/voucher_scan.js" %}
{% include "serial_tracking/public/js/epcis.js" %}
{% include "serial_tracking/public/js/labels.js" %}

const RETURN_OF_RECEIPT =
	"serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt.make_purchase_return";

serial_tracking.voucher.bind("Purchase Receipt", {
	rows: "Purchase Receipt Item",
	party: "supplier",
	stock_qty: "stock_qty",
	rate: "rate",
	warehouses: { set_warehouse: "warehouse" },
	boxes: { serial_no: "qty", rejected_serial_no: "rejected_qty" },
	sums: ["received_qty"],
	is_inward: (doc) => !doc.is_return,
	takes_out: () => false, // what goes back is named by its receipt
	creates: [
		{ label: __("Return"), left: "return", doctype: "Purchase Receipt", method: RETURN_OF_RECEIPT },
	],
	return_mapper: RETURN_OF_RECEIPT,
});

frappe.ui.form.on("Purchase Receipt", {
	setup(frm) {
		const places = () => ({ filters: { is_group: 0, disabled: 0 } });
		frm.set_query("rejected_warehouse", places);
		frm.set_query("rejected_warehouse", "items", places);
	},
	refresh: (frm) => show_rejected_warehouse(frm),
	is_return: (frm) => show_rejected_warehouse(frm),
});

// rejected units go back by rows of their own, whose warehouse is where they lie
function show_rejected_warehouse(frm) {
	frm.toggle_display("rejected_warehouse", !frm.doc.is_return);
}

// received = accepted + rejected. What came is counted first: what is rejected of it is not accepted
frappe.ui.form.on("Purchase Receipt Item", {
	received_qty(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		serial_tracking.voucher.sign_quantities(frm, row);
		share_out(frm, row, row.rejected_qty);
	},
	rejected_qty(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.rejected_warehouse) row.rejected_warehouse = frm.doc.rejected_warehouse;
		share_out(frm, row, row.rejected_qty);
	},
	qty(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		share_out(frm, row, flt(row.rejected_qty) ? flt(row.received_qty) - flt(row.qty) : 0, row.qty);
	},
});

function share_out(frm, row, rejected, accepted) {
	const sign = frm.doc.is_return ? -1 : 1;
	row.rejected_qty = sign * Math.max(sign * flt(rejected, 9), 0);
	row.qty = accepted ?? sign * Math.max(sign * flt(flt(row.received_qty) - row.rejected_qty, 9), 0);
	row.received_qty = flt(row.qty + row.rejected_qty, 9);
	serial_tracking.voucher.calculate(frm);
	refresh_row(frm, row);
}

function refresh_row(frm, row) {
	const open = frm.fields_dict.items.grid.grid_rows_by_docname[row.name];
	["received_qty", "qty", "rejected_qty", "rejected_warehouse"].forEach((field) => open?.refresh_field(field));
	open?.grid_form?.layout?.refresh_dependency();
}
