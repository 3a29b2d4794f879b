{% include "serial_tracking/public/js/stock_voucher.js" %}
{% include "serial_tracking/public/js/voucher_actions.js" %}
{% include "serial_tracking/public/js/row_counts.js" %}
{% include "serial_tracking/public/js/serial_nos_dialog.js" %}
{% include "serial_tracking/public/js/voucher_scan.js" %}
{% include "serial_tracking/public/js/epcis.js" %}
{% include "serial_tracking/public/js/labels.js" %}
{% include "serial_tracking/public/js/opening_stock.js" %}

serial_tracking.voucher.bind("Stock Entry", {
	rows: "Stock Entry Detail",
	stock_qty: "transfer_qty",
	rate: "basic_rate",
	rate_per_stock_unit: true,
	warehouses: { from_warehouse: "s_warehouse", to_warehouse: "t_warehouse" },
	is_inward: (doc, row) => Boolean(row.t_warehouse && !row.s_warehouse && doc.purpose !== "Return from Use"),
	takes_out: (doc) => WAREHOUSES_OF_PURPOSE[doc.purpose]?.s_warehouse !== false,
	source: "s_warehouse",
});

// which warehouses a row of each purpose names; null: one of the two (stock_entry.py says the same)
const WAREHOUSES_OF_PURPOSE = {
	"Material Receipt": { s_warehouse: false, t_warehouse: true },
	"Material Issue": { s_warehouse: true, t_warehouse: false },
	"Material Transfer": { s_warehouse: true, t_warehouse: true },
	Manufacture: { s_warehouse: null, t_warehouse: null },
	Repack: { s_warehouse: null, t_warehouse: null },
	"Issue for Use": { s_warehouse: true, t_warehouse: false },
	"Return from Use": { s_warehouse: false, t_warehouse: true },
};

frappe.ui.form.on("Stock Entry", {
	setup(frm) {
		// the parts of a visit come back when that is cancelled: the server says so
		frm.ignore_doctypes_on_cancel_all = ["Maintenance Visit"];
	},

	refresh(frm) {
		show_warehouses_of_purpose(frm);
		serial_tracking.opening_stock.show_button(frm);
	},

	purpose(frm) {
		const named = WAREHOUSES_OF_PURPOSE[frm.doc.purpose] || {};
		frm.doc.items?.forEach((row) => {
			for (const [field, wanted] of Object.entries(named)) {
				if (wanted === false) row[field] = null;
			}
		});
		show_warehouses_of_purpose(frm);
		for (const [head, field] of Object.entries(frm.voucher.warehouses)) {
			serial_tracking.voucher.fill_rows(frm, head, field);
		}
		serial_tracking.voucher.show_buttons(frm);
		serial_tracking.opening_stock.show_button(frm);
	},
});

function show_warehouses_of_purpose(frm) {
	const { grid } = frm.fields_dict.items;
	const named = WAREHOUSES_OF_PURPOSE[frm.doc.purpose] || {};
	for (const [field, wanted] of Object.entries(named)) {
		grid.update_docfield_property(field, "hidden", wanted === false ? 1 : 0);
		grid.update_docfield_property(field, "reqd", wanted ? 1 : 0);
	}
	// what leaves bears the value that it has; only what comes in is given one
	const leaves_only = !named.t_warehouse && named.t_warehouse !== null;
	grid.update_docfield_property("basic_rate", "read_only", leaves_only || named.s_warehouse ? 1 : 0);
	grid.reset_grid();
}
