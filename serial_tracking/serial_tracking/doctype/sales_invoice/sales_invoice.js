{% include "serial_tracking/public/js/stock_voucher.js" %}
{% include "serial_tracking/public/js/voucher_actions.js" %}
{% include "serial_tracking/public/js/row_counts.js" %}
{% include "serial_tracking/public/js/serial_nos_dialog.js" %}
{% include "serial_tracking/public/js/voucher_scan.js" %}
{% include "serial_tracking/public/js/epcis.js" %}
{% include "serial_tracking/public/js/labels.js" %}

const OF_INVOICE = "serial_tracking.serial_tracking.doctype.sales_invoice.sales_invoice";
const RETURN_OF_INVOICE = `${OF_INVOICE}.make_sales_return`;

serial_tracking.voucher.bind("Sales Invoice", {
	rows: "Sales Invoice Item",
	party: "customer",
	stock_qty: "stock_qty",
	rate: "rate",
	warehouses: { set_warehouse: "warehouse" },
	is_inward: () => false,
	takes_out: (doc) => doc.update_stock && !doc.is_return,
	source: "warehouse",
	wants_numbers: (doc, row) => doc.update_stock || (row.delivery_note && !doc.is_return),
	creates: [
		{ label: __("Return"), left: "return", doctype: "Sales Invoice", method: RETURN_OF_INVOICE },
		{
			label: __("Maintenance Schedule"),
			left: "maintenance",
			doctype: "Maintenance Schedule",
			method: `${OF_INVOICE}.make_maintenance_schedule`,
		},
		{
			label: __("Warranty Claim"),
			left: "maintenance",
			doctype: "Warranty Claim",
			method: `${OF_INVOICE}.make_warranty_claim`,
			of_one_unit: true,
		},
	],
	return_mapper: RETURN_OF_INVOICE,
});

frappe.ui.form.on("Sales Invoice", {
	refresh: (frm) => show_stock_columns(frm),

	update_stock(frm) {
		show_stock_columns(frm);
		serial_tracking.voucher.fill_rows(frm, "set_warehouse", "warehouse");
		serial_tracking.voucher.show_buttons(frm);
	},
});

/** An invoice that moves nothing has no use for warehouses. */
function show_stock_columns(frm) {
	const { grid } = frm.fields_dict.items;
	grid.update_docfield_property("warehouse", "hidden", frm.doc.update_stock ? 0 : 1);
	grid.reset_grid();
}
