{% include "serial_tracking/public/js/named_fields.js" %}

// Rows of a Material Receipt from a file: the button "Upload Units" of a draft. See docs/opening-stock.md.

frappe.provide("serial_tracking.opening_stock");

serial_tracking.opening_stock.show_button = function (frm) {
	const label = __("Upload Units");
	frm.remove_custom_button(label);
	if (frm.doc.docstatus !== 0 || frm.doc.purpose !== "Material Receipt" || !frm.perm[0]?.write) return;
	frm.add_custom_button(label, () => serial_tracking.opening_stock.open(frm));
};

serial_tracking.opening_stock.open = async function (frm) {
	if (frm.is_dirty() && !frm.is_new()) await frm.save();
	const opening = serial_tracking.opening_stock;
	const link = (file_type) => {
		const method = "serial_tracking.api.opening.template";
		return `<a href="/api/method/${method}?file_type=${file_type}" download style="text-decoration: underline">${file_type}</a>`;
	};
	const dialog = new frappe.ui.Dialog({
		title: __("Upload Units"),
		size: "large",
		fields: [
			{
				fieldtype: "HTML",
				fieldname: "help",
				options: `<p>${__("A line for each unit: item, warehouse, serial number, rate, and what else is known of it.")}
					${__("For items without serial numbers: a quantity.")}
					${__("Template: {0} or {1}", [link("XLSX"), link("CSV")])}</p>`,
			},
			{
				fieldtype: "Attach",
				fieldname: "file",
				label: __("File"),
				reqd: 1,
				options: { restrictions: { allowed_file_types: [".xlsx", ".csv", ".tsv", ".txt"] } },
				onchange: () => opening.clear(dialog),
			},
			{
				fieldtype: "Check",
				fieldname: "ignore_unknown_columns",
				label: __("Ignore unknown columns"),
				onchange: () => opening.clear(dialog),
			},
			{ fieldtype: "HTML", fieldname: "result" },
		],
		primary_action_label: __("Fill"),
		primary_action: () => opening.fill(frm, dialog),
		secondary_action_label: __("Check"),
		secondary_action: () => opening.check(frm, dialog),
	});
	dialog.show();
	serial_tracking.name_fields(dialog);
};

serial_tracking.opening_stock.clear = (dialog) => dialog.fields_dict.result?.$wrapper.empty();

/** Ask the server. Meanwhile a bar shows what the site tells of its progress. */
serial_tracking.opening_stock.call = async function (frm, dialog, method) {
	const { file, ignore_unknown_columns } = dialog.get_values() || {};
	if (!file) return null;
	const args = { file, ignore_unknown_columns: ignore_unknown_columns ? 1 : 0 };
	if (frm.is_new()) args.values = serial_tracking.opening_stock.head_of(frm);
	else args.stock_entry = frm.doc.name;
	const buttons = dialog.$wrapper.find(".modal-footer button");
	const { $wrapper } = dialog.fields_dict.result;
	const show = ({ percent, description }) => {
		$wrapper.html(
			`<div class="progress"><div class="progress-bar" style="width: ${percent}%"></div></div>
			<p class="text-muted small">${frappe.utils.escape_html(description)}</p>`
		);
	};
	buttons.prop("disabled", true);
	show({ percent: 2, description: __("Reading the file. This may take a minute") });
	frappe.realtime.on("opening_stock_progress", show);
	try {
		return (await frappe.call({ method: `serial_tracking.api.opening.${method}`, args })).message;
	} catch {
		return null; // the server has said why
	} finally {
		frappe.realtime.off("opening_stock_progress", show);
		$wrapper.empty();
		buttons.prop("disabled", false);
	}
};

/** The fields of a form that is not saved yet, without its rows. */
serial_tracking.opening_stock.head_of = function (frm) {
	const fields = frm.meta.fields.filter((df) => frappe.model.is_value_type(df)).map((df) => df.fieldname);
	return Object.fromEntries(fields.filter((f) => frm.doc[f] != null).map((f) => [f, frm.doc[f]]));
};

serial_tracking.opening_stock.check = async function (frm, dialog) {
	const opening = serial_tracking.opening_stock;
	opening.clear(dialog);
	const found = await opening.call(frm, dialog, "check");
	if (found) dialog.fields_dict.result.$wrapper.html(opening.describe(found));
};

serial_tracking.opening_stock.fill = async function (frm, dialog) {
	const opening = serial_tracking.opening_stock;
	const rows = (frm.doc.items || []).filter((row) => row.item_code).length;
	if (rows && !(await opening.confirm(__("The {0} rows of this draft will be replaced. Go on?", [rows])))) return;
	opening.clear(dialog);
	const filled = await opening.call(frm, dialog, "fill");
	if (!filled) return;
	dialog.hide();
	const message = __("{0} rows filled, with {1} units", [filled.rows, format_number(filled.units, null, 0)]);
	frappe.show_alert({ message: [message, ...filled.notes].join("<br>"), indicator: "green" }, 15);
	if (!frm.is_new()) return frm.reload_doc();
	const draft = frm.doc.name;
	await frappe.set_route("Form", "Stock Entry", filled.stock_entry);
	frappe.model.clear_doc("Stock Entry", draft);
};

serial_tracking.opening_stock.confirm = (message) =>
	new Promise((resolve) => frappe.confirm(message, () => resolve(true), () => resolve(false)));

/** What a check found: the mistakes by line, or how much there is of each item in each warehouse. */
serial_tracking.opening_stock.describe = function ({ problems, problem_count, totals, notes, lines }) {
	const escape = frappe.utils.escape_html;
	const count = (number) => format_number(number, null, Number.isInteger(number) ? 0 : undefined);
	const table = (heads, rows) => `
		<div style="max-height: 40vh; overflow: auto">
			<table class="table table-bordered table-sm small">
				<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead>
				<tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</tbody>
			</table>
		</div>`;
	const pill = (colour, text) => `<p><span class="indicator-pill ${colour}">${text}</span></p>`;
	const told = notes.map((note) => pill("orange", note)).join(""); // escaped by the server
	if (problem_count) {
		// what is wrong with the file as a whole is wrong in no line of it
		const heading = problems.some((problem) => problem.lines)
			? __("Problems: {0}, in {1} lines. Nothing is filled before they are mended", [
					count(problem_count),
					count(lines),
			  ])
			: __("Problems: {0}. Nothing is filled before they are mended", [count(problem_count)]);
		const shown = problems.map((problem) => [escape(problem.lines) || __("All"), problem.message]);
		const more = problem_count - problems.length;
		const rest = more > 0 ? `<p>${__("and {0} more", [count(more)])}</p>` : "";
		return pill("red", heading) + told + table([__("Line", null, "File"), __("Problem")], shown) + rest;
	}
	const rows = totals.map((total) => [
		escape(total.item_code),
		escape(total.warehouse),
		count(total.units),
		count(total.qty),
		frappe.format(total.value, { fieldtype: "Currency" }, { inline: true }),
	]);
	const heads = [__("Item Code"), __("Warehouse"), __("Units"), __("Quantity"), __("Value")];
	return pill("green", __("Lines: {0}. Nothing stands in the way", [count(lines)])) + told + table(heads, rows);
};
