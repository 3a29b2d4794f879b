{% include "serial_tracking/public/js/stock_voucher.js" %}
{% include "serial_tracking/public/js/voucher_actions.js" %}
{% include "serial_tracking/public/js/row_counts.js" %}
{% include "serial_tracking/public/js/serial_nos_dialog.js" %}
{% include "serial_tracking/public/js/voucher_scan.js" %}
{% include "serial_tracking/public/js/epcis.js" %}
{% include "serial_tracking/public/js/labels.js" %}

const OF_DELIVERY = "serial_tracking.serial_tracking.doctype.delivery_note.delivery_note";

serial_tracking.voucher.bind("Delivery Note", {
	rows: "Delivery Note Item",
	party: "customer",
	stock_qty: "stock_qty",
	rate: "rate",
	warehouses: { set_warehouse: "warehouse" },
	is_inward: () => false,
	takes_out: (doc) => !doc.is_return,
	source: "warehouse",
	creates: [
		{
			label: __("Sales Invoice"),
			left: "invoice",
			doctype: "Sales Invoice",
			method: `${OF_DELIVERY}.make_sales_invoice`,
		},
		{
			label: __("Return"),
			left: "return",
			doctype: "Delivery Note",
			method: `${OF_DELIVERY}.make_sales_return`,
		},
		{
			label: __("Maintenance Schedule"),
			left: "maintenance",
			doctype: "Maintenance Schedule",
			method: `${OF_DELIVERY}.make_maintenance_schedule`,
		},
		{
			label: __("Warranty Claim"),
			left: "maintenance",
			doctype: "Warranty Claim",
			method: `${OF_DELIVERY}.make_warranty_claim`,
			of_one_unit: true,
		},
	],
	return_mapper: `${OF_DELIVERY}.make_sales_return`,
});
