{% include "serial_tracking/public/js/box_text.js" %}

// What the forms of all vouchers do alike. Their scripts include this file and say in `bind` what differs.

frappe.provide("serial_tracking.voucher");

/**
 * Bind the events that every voucher has.
 * @param {string} doctype the voucher
 * @param {object} options
 *   rows: DocType of its rows
 *   party: field of the supplier or customer
 *   stock_qty, rate: fields of a row; rate_per_stock_unit: is the rate that of a stock unit
 *   warehouses: {field of the form: field of the row that it fills}
 *   boxes: {field with serial numbers: field with their quantity, in the row's UOM}
 *   is_inward(doc, row): do new units come in by this row
 *   sums: other fields of a row with quantities
 *   takes_out(doc): do free units leave by it; source: the field of a row with the warehouse that they leave
 *   wants_numbers(doc, row): false where a row may go without, though its item has serials
 *   creates, return_mapper: see voucher_actions.js
 */
serial_tracking.voucher.bind = function (doctype, options) {
	const voucher = serial_tracking.voucher;
	options.boxes ||= { serial_no: "qty" };
	const on_head = {
		setup(frm) {
			frm.voucher = options;
			voucher.bind_counts(frm);
			// "+" in the connections does the same as the buttons
			frm.custom_make_buttons = Object.fromEntries(options.creates?.map((c) => [c.doctype, c.label]) || []);
			frm.can_make_methods = { "Serial No": () => false }; // units come into being by the voucher itself
			voucher.set_queries(frm);
		},
		onload(frm) {
			if (frm.is_new() && !frm.doc.set_posting_time) voucher.set_posting_to_now(frm);
			frm.doc.items?.forEach((row) => row.item_code && voucher.get_item(row));
			// what another document proposes comes without its amounts
			if (frm.is_new() && frm.doc.items?.some((row) => row.item_code)) voucher.calculate(frm);
		},
		refresh(frm) {
			voucher.name_warehouse(frm);
			voucher.show_buttons(frm);
			voucher.show_counts(frm);
			voucher.show_scan_field(frm);
			voucher.tell_of_background(frm);
			serial_tracking.labels.show_button(frm);
			if (frm.doc.docstatus !== 0) {
				serial_tracking.epcis.show_menu_item(frm, { voucher_type: doctype, voucher_no: frm.doc.name });
			}
		},
		validate: (frm) => voucher.wait_for_scans(frm),
		before_submit: (frm) => voucher.submit_in_background(frm),
		is_return(frm) {
			voucher.name_warehouse(frm);
			frm.doc.items?.forEach((row) => voucher.sign_quantities(frm, row));
			voucher.calculate(frm);
			voucher.show_buttons(frm);
		},
		return_against: (frm) => voucher.take_rows_to_return(frm),
		set_posting_time(frm) {
			if (!frm.doc.set_posting_time) voucher.set_posting_to_now(frm);
		},
		items_remove: (frm) => voucher.calculate(frm),
	};
	for (const [head, field] of Object.entries(options.warehouses)) {
		on_head[head] = (frm) => voucher.fill_rows(frm, head, field);
	}
	frappe.ui.form.on(doctype, on_head);

	const calculate = (frm) => voucher.calculate(frm);
	const take_quantity = (frm, cdt, cdn) => {
		voucher.sign_quantities(frm, locals[cdt][cdn]);
		voucher.calculate(frm);
	};
	const on_row = {
		items_add: (frm, cdt, cdn) => voucher.fill_new_row(frm, locals[cdt][cdn]),
		items_remove: calculate,
		form_render: (frm, cdt, cdn) => voucher.show_row(frm, locals[cdt][cdn]),
		item_code: (frm, cdt, cdn) => voucher.take_item(frm, locals[cdt][cdn]),
		uom: (frm, cdt, cdn) => voucher.take_uom(frm, locals[cdt][cdn]),
		conversion_factor: calculate,
		[options.rate]: calculate,
	};
	for (const [box, quantity] of Object.entries(options.boxes)) {
		on_row[box] = (frm, cdt, cdn) => voucher.take_serial_nos(frm, locals[cdt][cdn], box);
		on_row[quantity] = take_quantity;
	}
	frappe.ui.form.on(options.rows, on_row);
};

serial_tracking.voucher.set_queries = function (frm) {
	const { warehouses, party } = frm.voucher;
	const places = () => ({ filters: { is_group: 0, disabled: 0 } });
	for (const [head, field] of Object.entries(warehouses)) {
		frm.set_query(head, places);
		frm.set_query(field, "items", places);
	}
	if (party) frm.set_query(party, () => ({ filters: { disabled: 0 } }));
	if (frm.fields_dict.return_against) {
		frm.set_query("return_against", (doc) => ({
			filters: { docstatus: 1, is_return: 0, ...(doc[party] && { [party]: doc[party] }) },
		}));
	}
	frm.set_query("item_code", "items", () => ({ filters: { disabled: 0, is_stock_item: 1 } }));
	frm.set_query("uom", "items", (doc, cdt, cdn) => {
		const item = locals.Item?.[locals[cdt][cdn].item_code];
		if (!item) return {};
		return { filters: { name: ["in", [item.stock_uom, ...(item.uoms || []).map((u) => u.uom)]] } };
	});
};

/** What comes back from a customer goes to a warehouse, and what goes back to a supplier leaves one. */
serial_tracking.voucher.name_warehouse = function (frm) {
	const { set_warehouse } = frm.fields_dict;
	if (!set_warehouse || frm.doc.is_return === undefined) return;
	const label = frappe.meta.get_docfield(frm.doctype, "set_warehouse").label;
	const of_return = frm.voucher.party === "customer" ? __("Target Warehouse") : __("Source Warehouse");
	frm.set_df_property("set_warehouse", "label", frm.doc.is_return ? of_return : __(label));
};

serial_tracking.voucher.set_posting_to_now = function (frm) {
	frm.doc.set_posting_time = 0; // said, since a date without it means that somebody chose the date
	// of the site's time zone, which the server posts in
	[frm.doc.posting_date, frm.doc.posting_time] = frappe.datetime.system_datetime().split(" ");
	frm.refresh_field("posting_date");
	frm.refresh_field("posting_time");
};

// ---------------------------------------------------------------- rows

/** The Item of a row: a promise, which reads it once only. */
serial_tracking.voucher.get_item = function (row) {
	return frappe.model.with_doc("Item", row.item_code).then(() => locals.Item?.[row.item_code]);
};

serial_tracking.voucher.take_item = function (frm, row) {
	if (!row.item_code) return;
	const item_code = row.item_code;
	return serial_tracking.voucher.get_item(row).then((item) => {
		if (!item || row.item_code !== item_code) return;
		row.stock_uom = row.uom = item.stock_uom;
		row.conversion_factor = 1;
		serial_tracking.voucher.calculate(frm);
		serial_tracking.voucher.show_row(frm, row);
	});
};

serial_tracking.voucher.take_uom = function (frm, row) {
	if (!row.uom || !row.item_code) return;
	return serial_tracking.voucher.get_item(row).then((item) => {
		const other = item?.uoms?.find((u) => u.uom === row.uom);
		// 0: the server looks it up, or says that there is none
		row.conversion_factor = row.uom === row.stock_uom ? 1 : other?.conversion_factor || 0;
		serial_tracking.voucher.calculate(frm);
	});
};

serial_tracking.voucher.take_serial_nos = function (frm, row, box) {
	const count = serial_tracking.count_serial_nos(row[box]);
	if (count && !flt(row[frm.voucher.boxes[box]])) serial_tracking.voucher.take_count(frm, row, box, count);
	serial_tracking.voucher.show_count(frm, row);
};

/** As many units as there are numbers. */
serial_tracking.voucher.take_count = function (frm, row, box, count) {
	const qty = flt(count / (flt(row.conversion_factor) || 1), 9);
	return frappe.model.set_value(row.doctype, row.name, frm.voucher.boxes[box], frm.doc.is_return ? -qty : qty);
};

/** The quantities of a return are below zero, whatever sign they were typed with. */
serial_tracking.voucher.sign_quantities = function (frm, row) {
	const fields = [...Object.values(frm.voucher.boxes), ...(frm.voucher.sums || [])];
	for (const field of fields) {
		if (row[field]) row[field] = frm.doc.is_return ? -Math.abs(row[field]) : Math.abs(row[field]);
	}
};

serial_tracking.voucher.fill_new_row = function (frm, row) {
	for (const [head, field] of Object.entries(frm.voucher.warehouses)) {
		const shown = !frappe.meta.get_docfield(row.doctype, field, frm.docname)?.hidden;
		if (shown && frm.doc[head] && !row[field]) row[field] = frm.doc[head];
	}
	frm.refresh_field("items");
};

serial_tracking.voucher.fill_rows = function (frm, head, field) {
	if (!frm.doc[head] || frappe.meta.get_docfield(frm.voucher.rows, field, frm.docname)?.hidden) return;
	frm.doc.items?.forEach((row) => {
		if (!row[field]) row[field] = frm.doc[head];
	});
	frm.refresh_field("items");
};

/** Quantities in stock units, amounts and totals, as the server will find them when it saves. */
serial_tracking.voucher.calculate = function (frm) {
	if (frm.doc.docstatus !== 0) return;
	const { stock_qty, rate, rate_per_stock_unit } = frm.voucher;
	let total_qty = 0;
	let total = 0;
	for (const row of frm.doc.items || []) {
		row[stock_qty] = flt(flt(row.qty) * flt(row.conversion_factor || 1), 9);
		row.amount = flt(flt(rate_per_stock_unit ? row[stock_qty] : row.qty) * flt(row[rate]), precision("amount", row));
		total_qty += flt(row.qty);
		total += row.amount;
	}
	frm.doc.total_qty = total_qty;
	frm.doc.total = total;
	["items", "total_qty", "total"].forEach((field) => frm.refresh_field(field));
	const open = frm.cur_grid?.doc;
	if (open) serial_tracking.voucher.show_count(frm, open);
};

// ---------------------------------------------------------------- the serial numbers of an open row

serial_tracking.voucher.show_row = function (frm, row) {
	const grid_row = frm.fields_dict.items.grid.grid_rows_by_docname[row.name];
	if (!grid_row?.grid_form) return;
	for (const name of Object.keys(frm.voucher.boxes)) {
		const watched = grid_row.grid_form.fields_dict[name]?.$input;
		if (!watched || watched.data("counts-serial-nos")) continue;
		watched.data("counts-serial-nos", true);
		watched.css("height", "9em"); // the count below it stays in sight
		watched.on("input", () => serial_tracking.voucher.show_count(frm, grid_row.doc));
	}
	if (!row.item_code) return serial_tracking.voucher.show_count(frm, row);
	serial_tracking.voucher.get_item(row).then((item) => {
		if (!item) return;
		// numbers that stand there all the same must be seen, to be taken out
		const shown = item.has_serial_no || Object.keys(frm.voucher.boxes).some((name) => row[name]);
		grid_row.grid_form.fields_dict.serial_nos_section?.wrapper.toggle(Boolean(shown));
		serial_tracking.voucher.show_count(frm, row);
	});
};

/** "3 of 5" below each box of the open row, or what happens if it is left blank. */
serial_tracking.voucher.show_count = function (frm, row) {
	const { fields_dict } = frm.fields_dict.items.grid.grid_rows_by_docname[row.name]?.grid_form || {};
	if (!fields_dict) return;
	serial_tracking.voucher.show_stock_qty(frm, row, fields_dict.qty);
	for (const name of Object.keys(frm.voucher.boxes)) {
		const box = fields_dict[name];
		if (!box) continue;
		const text = box.$input?.is(":focus") ? box.$input.val() : row[name]; // what is being typed
		const count = serial_tracking.count_serial_nos(text);
		const wanted = serial_tracking.voucher.units_wanted(frm, row, name);
		const lines = count
			? [serial_tracking.voucher.count_pill(frm, count, wanted)]
			: [serial_tracking.voucher.if_left_blank(frm, row, wanted)];
		if (frm.doc.docstatus === 0) lines.push(__(box.df.description || ""));
		box.set_new_description(lines.filter(Boolean).join("<br>"));
		serial_tracking.voucher.show_serials_button(frm, row, name, box, count);
		// mousedown comes before the box loses the focus, which draws all this anew; not every Desk lets it through
		box.$wrapper.find(".take-count").on("mousedown click", async (event) => {
			event.preventDefault();
			await frappe.model.set_value(row.doctype, row.name, name, text);
			serial_tracking.voucher.take_count(frm, row, name, count);
		});
	}
};

/** Units that a box must name, in stock units; above zero in a return too. */
serial_tracking.voucher.units_wanted = function (frm, row, box) {
	return flt(Math.abs(flt(row[frm.voucher.boxes[box]])) * flt(row.conversion_factor || 1), 9);
};

serial_tracking.voucher.count_pill = function (frm, count, wanted) {
	const colour = count === wanted ? "green" : "red";
	const text = __("{0} of {1}", [count, wanted].map(serial_tracking.voucher.figure));
	const pill = `<span class="indicator-pill no-indicator-dot ${colour}">${text}</span>`;
	if (count === wanted || frm.doc.docstatus !== 0) return pill;
	return `${pill} <a class="take-count" role="button">${__("Set the quantity to {0}", [count])}</a>`;
};

serial_tracking.voucher.if_left_blank = function (frm, row, wanted) {
	const item = locals.Item?.[row.item_code];
	const { is_inward, takes_out, source, wants_numbers } = frm.voucher;
	if (!item?.has_serial_no || frm.doc.docstatus !== 0 || !wanted) return "";
	if (wants_numbers && !wants_numbers(frm.doc, row)) return "";
	if (is_inward(frm.doc, row) && item.serial_no_series) {
		const series = `<b>${frappe.utils.escape_html(item.serial_no_series)}</b>`;
		return __("Left blank: {0} from the series {1}", [wanted, series]);
	}
	const { auto_pick_serial_nos, pick_serial_nos_based_on } = frappe.boot.serial_tracking || {};
	if (auto_pick_serial_nos && takes_out(frm.doc) && row[source]) {
		return __("Left blank: {0} are picked when it is saved, by {1}", [wanted, __(pick_serial_nos_based_on)]);
	}
	return __("Numbers needed: {0}", [wanted]);
};

/** "2 Box × 10 = 20 Nos" below the quantity. */
serial_tracking.voucher.show_stock_qty = function (frm, row, box) {
	const factor = flt(row.conversion_factor);
	if (!box || !factor || row.uom === row.stock_uom) return box?.set_new_description("");
	const [uom, stock_uom] = [row.uom, row.stock_uom].map((name) => frappe.utils.escape_html(__(name || "")));
	const stock_qty = flt(flt(row.qty) * factor, 9);
	box.set_new_description(`${flt(row.qty)} ${uom} × ${factor} = <b>${stock_qty} ${stock_uom}</b>`);
};
