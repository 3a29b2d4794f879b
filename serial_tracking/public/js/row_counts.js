{% include "serial_tracking/public/js/markup.js" %}

// How many serial numbers a row has and how many it needs: "3 of 5", in the rows of a voucher and in the form of a row.
// A click on it, a button below the box and a key open the dialog Serials (docs/serials-of-a-row.md).
// Included after stock_voucher.js.

frappe.provide("serial_tracking.voucher");

serial_tracking.voucher.SERIALS_KEY = "F4";
serial_tracking.voucher.MANY = 500; // numbers above which the form of a row does not show its box

/** The count stands where the text stood: called once for each form. */
serial_tracking.voucher.bind_counts = function (frm) {
	const { voucher } = serial_tracking;
	frappe.dom.set_style(serial_tracking.voucher.COUNT_STYLE, "serial-counts-style");
	for (const box of Object.keys(frm.voucher.boxes)) {
		// in the rows there are no options; the form of a row passes some
		const formatter = (value, df, options, row) => {
			if (options || row?.doctype !== frm.voucher.rows) return voucher.shown_text(value);
			return voucher.count_cell(frm, row);
		};
		for (const df of voucher.docfields_of(frm, box)) df.formatter = formatter;
	}
	const area = frm.fields_dict.items.$wrapper[0];
	area.classList.add("has-serial-counts");
	// before the row hears of it, which would open its boxes
	area.addEventListener(
		"click",
		(event) => {
			const button = event.target.closest(".serial-count");
			if (!button) return;
			event.preventDefault();
			event.stopPropagation();
			const row = locals[frm.voucher.rows][button.closest(".grid-row").dataset.name];
			voucher.open_serials(frm, row, button.dataset.box);
		},
		true
	);
	frappe.ui.keys.add_shortcut({
		shortcut: voucher.SERIALS_KEY.toLowerCase(),
		action: () => voucher.open_serials_of_current_row(frm),
		description: __("Serial numbers of the row"),
		page: frm.page,
		ignore_inputs: true,
		condition: () => cur_frm === frm && !document.querySelector(".modal.show"),
	});
};

/** The field of the rows, and the copies of it that the table has made before the script of its form runs. */
serial_tracking.voucher.docfields_of = function (frm, box) {
	const { rows } = frm.voucher;
	const { docfield_map, docfield_list, docfield_copy } = frappe.meta;
	const named = (fields) => fields?.find((df) => df.fieldname === box);
	return [
		docfield_map[rows][box],
		named(docfield_list[rows]),
		named(frm.fields_dict.items.grid.docfields),
		...Object.values(docfield_copy[rows] || {}).map((fields) => fields[box]),
	].filter(Boolean);
};

/** What is known of the items may come after the rows are drawn. */
serial_tracking.voucher.show_counts = async function (frm) {
	const rows = (frm.doc.items || []).filter((row) => row.item_code && !locals.Item?.[row.item_code]);
	if (!rows.length) return;
	await Promise.all(rows.map(serial_tracking.voucher.get_item));
	for (const row of rows) {
		const grid_row = frm.fields_dict.items.grid.grid_rows_by_docname[row.name];
		if (grid_row?.columns?.serial_no) grid_row.refresh_field("serial_no");
	}
};

/** How many numbers a text means; it is asked often of the same long text. */
serial_tracking.voucher.count_of = function (row, box) {
	const counted = (serial_tracking.voucher.counted ||= new WeakMap());
	const known = counted.get(row) || {};
	if (!known[box] || known[box].text !== row[box]) {
		known[box] = { text: row[box], count: serial_tracking.count_serial_nos(row[box]) };
		counted.set(row, known);
	}
	return known[box].count;
};

/** The colour of a count: red is wrong, grey what may be left blank, green is right. */
serial_tracking.voucher.colour_of_count = function (frm, row, count, wanted) {
	if (count) return count === wanted ? "green" : "red";
	const { is_inward, takes_out, source, wants_numbers } = frm.voucher;
	const may_be_blank =
		!wanted ||
		(wants_numbers && !wants_numbers(frm.doc, row)) ||
		(is_inward(frm.doc, row) && locals.Item?.[row.item_code]?.serial_no_series) ||
		(frappe.boot.serial_tracking?.auto_pick_serial_nos && takes_out(frm.doc) && row[source]);
	return may_be_blank ? "gray" : "red";
};

/** What stands in a box and what it needs: {count, wanted, colour, text}. */
serial_tracking.voucher.state_of_box = function (frm, row, box) {
	const { count_of, units_wanted, colour_of_count, figure } = serial_tracking.voucher;
	const [count, wanted] = [count_of(row, box), units_wanted(frm, row, box)];
	const figures = [count, wanted].map(figure);
	const text = box === "serial_no" ? __("{0} of {1}", figures) : __("{0} of {1} rejected", figures);
	return { count, wanted, colour: colour_of_count(frm, row, count, wanted), text };
};

serial_tracking.voucher.figure = (number) => format_number(number, null, number % 1 ? undefined : 0);

/** The cell of a row: its counts, each a button. */
serial_tracking.voucher.count_cell = function (frm, row) {
	const { html, voucher } = serial_tracking;
	const serialised = locals.Item?.[row.item_code]?.has_serial_no;
	const buttons = Object.keys(frm.voucher.boxes)
		.filter((box) => row[box] || (serialised && (box === "serial_no" || flt(row[frm.voucher.boxes[box]]))))
		.map((box) => {
			const { colour, text } = voucher.state_of_box(frm, row, box);
			const label = frappe.meta.get_label(frm.voucher.rows, box);
			return html`<button type="button" data-box="${box}"
				class="serial-count indicator-pill no-indicator-dot ${colour}"
				title="${__("{0}: {1}. Click to see and change them", [label, text])}">${text}</button> `;
		});
	return buttons.join("");
};

/** The text of a box where it may not be written: of many numbers the first. */
serial_tracking.voucher.shown_text = function (text) {
	const lines = (text || "").split("\n");
	const shown = lines.length > serial_tracking.voucher.MANY ? [...lines.slice(0, 20), "…"] : lines;
	return shown.join("\n").replace(/</g, "&lt;"); // Frappe 16 has escaped it before
};

/** Below the box of an open row: a button to the dialog; of many numbers the box itself is not shown. */
serial_tracking.voucher.show_serials_button = function (frm, row, box, control, count) {
	const { voucher } = serial_tracking;
	const many = count > voucher.MANY && !control.$input?.is(":focus");
	control.$input?.toggle(!many);
	const item = locals.Item?.[row.item_code];
	if (!item?.has_serial_no && !count) return;
	const button = document.createElement("button");
	button.type = "button";
	button.className = "btn btn-default btn-xs open-serials";
	button.textContent = __("Serials ({0})", [voucher.SERIALS_KEY]);
	button.addEventListener("click", () => voucher.open_serials(frm, row, box));
	const help = control.$wrapper.find(".help-box");
	help.removeClass("hide");
	help.prepend(button, " ");
	if (!many) return;
	const told = document.createElement("div");
	told.textContent = __("{0} serial numbers, too many to be shown here", [voucher.figure(count)]);
	help.prepend(told);
};

/** The row that is open, or being edited, or else the first that is wrong. */
serial_tracking.voucher.open_serials_of_current_row = async function (frm) {
	const { voucher } = serial_tracking;
	const { grid } = frm.fields_dict.items;
	const focused = document.activeElement;
	const open = $(".grid-row-open").data("grid_row");
	const edited = frappe.ui.form.editable_row;
	const current = [open, edited].find((grid_row) => grid_row?.grid === grid && grid_row.doc)?.doc;
	focused.blur?.(); // what stands in a cell is taken over
	await frappe.after_ajax();
	const rows = (frm.doc.items || []).filter((row) => row.item_code);
	await Promise.all(rows.map(voucher.get_item));
	const serialised = rows.filter((row) => locals.Item?.[row.item_code]?.has_serial_no);
	const wrong = serialised.find((row) => voucher.state_of_box(frm, row, "serial_no").colour === "red");
	const row = serialised.includes(current) ? current : wrong || serialised[0];
	if (!row) return frappe.show_alert(__("No row has an item with serial numbers"));
	const other = Object.keys(frm.voucher.boxes).find((box) => focused.dataset?.fieldname === box);
	voucher.open_serials(frm, row, other || "serial_no");
};

// the box of a cell is never shown: its text may be long, and the dialog is the better place
serial_tracking.voucher.COUNT_STYLE = `
	.has-serial-counts .grid-body .data-row [data-fieldname=serial_no] > .field-area { display: none !important }
	.has-serial-counts .grid-body .data-row [data-fieldname=serial_no] > .static-area {
		display: flex !important; flex-wrap: wrap; align-items: center; gap: 2px; min-height: 100%; white-space: normal; overflow: visible;
	}
	.has-serial-counts .grid-body .data-row [data-fieldname=serial_no] { height: auto }
	.has-serial-counts .grid-body .data-row.editable-row [data-fieldname=serial_no] > .static-area { padding: 2px 8px }
	.serial-count { border: 0; cursor: pointer; line-height: 1.5; white-space: nowrap }
	.serial-count:focus-visible { outline: 2px solid var(--primary, #171717); outline-offset: 1px }
`;
