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
 *   is_inward(doc, row): do new units come in by this row
 */
serial_tracking.voucher.bind = function (doctype, options) {
	const voucher = serial_tracking.voucher;
	const on_head = {
		setup(frm) {
			frm.voucher = options;
			voucher.set_queries(frm);
		},
		onload(frm) {
			if (frm.is_new() && !frm.doc.set_posting_time) voucher.set_posting_to_now(frm);
			frm.doc.items?.forEach((row) => row.item_code && voucher.get_item(row));
		},
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
	frappe.ui.form.on(options.rows, {
		items_add: (frm, cdt, cdn) => voucher.fill_new_row(frm, locals[cdt][cdn]),
		items_remove: calculate,
		form_render: (frm, cdt, cdn) => voucher.show_row(frm, locals[cdt][cdn]),
		item_code: (frm, cdt, cdn) => voucher.take_item(frm, locals[cdt][cdn]),
		uom: (frm, cdt, cdn) => voucher.take_uom(frm, locals[cdt][cdn]),
		serial_no: (frm, cdt, cdn) => voucher.take_serial_nos(frm, locals[cdt][cdn]),
		qty: calculate,
		conversion_factor: calculate,
		[options.rate]: calculate,
	});
};

serial_tracking.voucher.set_queries = function (frm) {
	const { warehouses, party } = frm.voucher;
	const places = () => ({ filters: { is_group: 0, disabled: 0 } });
	for (const [head, field] of Object.entries(warehouses)) {
		frm.set_query(head, places);
		frm.set_query(field, "items", places);
	}
	if (party) frm.set_query(party, () => ({ filters: { disabled: 0 } }));
	frm.set_query("item_code", "items", () => ({ filters: { disabled: 0, is_stock_item: 1 } }));
	frm.set_query("uom", "items", (doc, cdt, cdn) => {
		const item = locals.Item?.[locals[cdt][cdn].item_code];
		if (!item) return {};
		return { filters: { name: ["in", [item.stock_uom, ...(item.uoms || []).map((u) => u.uom)]] } };
	});
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

serial_tracking.voucher.take_serial_nos = function (frm, row) {
	const count = serial_tracking.count_serial_nos(row.serial_no);
	if (count && !flt(row.qty)) {
		frappe.model.set_value(row.doctype, row.name, "qty", count / (flt(row.conversion_factor) || 1));
	}
	serial_tracking.voucher.show_count(frm, row);
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

serial_tracking.voucher.open_box = function (frm, row) {
	const grid_row = frm.fields_dict.items.grid.grid_rows_by_docname[row.name];
	return { grid_row, box: grid_row?.grid_form?.fields_dict?.serial_no };
};

serial_tracking.voucher.show_row = function (frm, row) {
	const { grid_row, box } = serial_tracking.voucher.open_box(frm, row);
	if (!box) return;
	const watched = box.$input;
	if (watched && !watched.data("counts-serial-nos")) {
		watched.data("counts-serial-nos", true);
		watched.css("height", "9em"); // the count below it stays in sight
		watched.on("input", () => serial_tracking.voucher.show_count(frm, grid_row.doc, watched.val()));
	}
	if (!row.item_code) return serial_tracking.voucher.show_count(frm, row);
	serial_tracking.voucher.get_item(row).then((item) => {
		if (!item) return;
		// numbers that stand there all the same must be seen, to be taken out
		const shown = item.has_serial_no || row.serial_no;
		grid_row.grid_form.fields_dict.serial_nos_section?.wrapper.toggle(Boolean(shown));
		serial_tracking.voucher.show_count(frm, row);
	});
};

/** "3 of 5" below the box, or what happens if it is left blank. */
serial_tracking.voucher.show_count = function (frm, row, typed) {
	const { box } = serial_tracking.voucher.open_box(frm, row);
	if (!box) return;
	const lines = [];
	const item = locals.Item?.[row.item_code];
	const wanted = flt(row[frm.voucher.stock_qty]);
	const count = serial_tracking.count_serial_nos(typed === undefined ? row.serial_no : typed);
	if (count) {
		const colour = count === wanted ? "green" : "orange";
		lines.push(
			`<span class="indicator-pill no-indicator-dot ${colour}">${__("{0} of {1}", [count, wanted])}</span>`
		);
	} else if (item?.has_serial_no && frm.doc.docstatus === 0) {
		if (frm.voucher.is_inward(frm.doc, row) && item.serial_no_series) {
			lines.push(
				__("Left blank: {0} from the series {1}", [
					wanted,
					`<b>${frappe.utils.escape_html(item.serial_no_series)}</b>`,
				])
			);
		} else if (wanted) {
			lines.push(__("Numbers needed: {0}", [wanted]));
		}
	}
	if (frm.doc.docstatus === 0) lines.push(__(box.df.description || ""));
	box.set_new_description(lines.filter(Boolean).join("<br>"));
};

/**
 * How many units a text means: numbers, ranges and counts. A help for the eye while it is typed; the server reads
 * the text when it is saved (entry_text.py), and its reading is the one that counts.
 */
serial_tracking.count_serial_nos = function (text) {
	const is_gs1 = (line) => /^(\]C1|\]d2|\]Q3|\(\d{2,4}\)|https?:\/\/)/i.test(line) || line.includes("\x1d");
	const count_token = (token) => {
		const count = /^.*\S\s+\+(\d+)$/.exec(token);
		if (count) return 1 + parseInt(count[1]);
		const [low, high, more] = token.split("..").map((end) => end.trim());
		if (!low || !high || more !== undefined || low.length !== high.length || low === high) return 1;
		let start = [...low].findIndex((letter, i) => letter !== high[i]);
		let stop = low.length;
		while (low[stop - 1] === high[stop - 1]) stop--;
		while (start && /\d/.test(low[start - 1])) start--;
		while (stop < low.length && /\d/.test(low[stop])) stop++;
		const [first, last] = [low, high].map((end) => end.slice(start, stop));
		if (![first, last].every((digits) => /^\d+$/.test(digits))) return 1;
		return Math.max(parseInt(last) - parseInt(first) + 1, 1);
	};
	let units = 0;
	for (const line of (text || "").split(/\r\n|\r|\n/).map((l) => l.trim())) {
		if (!line) continue;
		const tokens = is_gs1(line) ? [line] : line.split(/[,\t]/).map((t) => t.trim());
		for (const token of tokens) units += !token ? 0 : is_gs1(token) ? 1 : count_token(token);
	}
	return units;
};
