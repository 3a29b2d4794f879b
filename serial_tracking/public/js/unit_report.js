{% include "serial_tracking/public/js/markup.js" %}
{% include "serial_tracking/public/js/unit_shown.js" %}

// What the reports of units as of a day have alike: their filters and their colours. Each script includes this file.

frappe.provide("serial_tracking.unit_report");

serial_tracking.unit_report.SOON = 30; // days, as the number cards count

serial_tracking.unit_report.as_on = () => ({
	fieldname: "as_on_date",
	label: __("As On Date"),
	fieldtype: "Date",
	default: frappe.datetime.get_today(),
	reqd: 1,
});

/**
 * The filters of a window of dates.
 * @param {number} days ahead, shown at first
 * @param {object} past filter that adds what lies before the day
 */
serial_tracking.unit_report.window = (days, past) => [
	{
		fieldname: "within_days",
		label: __("Within Days"),
		fieldtype: "Int",
		default: days,
		description: __("Empty: all that lies ahead. A range of dates goes before it"),
	},
	{ fieldtype: "Check", ...past },
	{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
];

/** A period of time, which a unit's or a document's own moves are not held to. */
serial_tracking.unit_report.period = (from_date, to_date) => [
	{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date", default: from_date },
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: to_date },
];

/** Let go of the period when somebody asks for all of one unit or document. */
serial_tracking.unit_report.whole_life = async function (report, fieldname) {
	const wait = report._no_refresh; // the page sets several filters, and refreshes itself then
	if (report.get_filter_value(fieldname)) {
		report._no_refresh = true;
		for (const date of ["from_date", "to_date"]) await report.get_filter(date).set_value("");
		report._no_refresh = wait;
	}
	if (!wait) report.refresh(true);
};

/** Empty the filter that depends on the one which has changed. */
serial_tracking.unit_report.forget = async function (report, fieldname) {
	const wait = report._no_refresh;
	if (wait) return;
	report._no_refresh = true;
	await report.get_filter(fieldname).set_value("");
	report._no_refresh = wait;
	report.refresh(true);
};

serial_tracking.unit_report.ROWS = 5000; // of a page, as the server sends them

/** The filter for the page that is shown: blank, so that its label is seen, is the first one. A line above the table says how many rows there are. */
serial_tracking.unit_report.page = () => ({
	fieldname: "page",
	label: __("Page"),
	fieldtype: "Int",
});

/** After each drawing of the table: buttons to turn the pages, and back to the first one when other rows are asked for. */
serial_tracking.unit_report.turn_pages = function () {
	const report = frappe.query_report;
	const { page, ...others } = report.get_filter_values();
	const shown = page || 1;
	const asked = JSON.stringify([report.report_name, others]);
	const [before, turned] = [report.units_asked_for, shown > 1];
	report.units_asked_for = asked;
	if (turned && before && before !== asked && before.startsWith(JSON.stringify([report.report_name]).slice(0, -1))) {
		report.set_filter_value("page", 1);
		return;
	}
	for (const [label, to, offered] of [
		[__("Previous Page"), shown - 1, turned],
		[__("Next Page"), shown + 1, report.data.length >= serial_tracking.unit_report.ROWS],
	]) {
		report.page.remove_inner_button(label);
		if (offered) report.page.add_inner_button(label, () => report.set_filter_value("page", to));
	}
	serial_tracking.unit_report.offer_all(report, turned || report.data.length >= serial_tracking.unit_report.ROWS);
};

/** Frappe exports the rows that are shown: where there are more pages, a button exports all of them. */
serial_tracking.unit_report.offer_all = function (report, is_cut) {
	const label = __("Export All Pages");
	report.page.remove_inner_button(label);
	if (!is_cut || !frappe.model.can_export(report.report_doc.ref_doctype)) return;
	report.page.add_inner_button(label, () => {
		frappe.prompt(
			{ fieldtype: "Select", fieldname: "format", label: __("File Format"), options: "Excel\nCSV", default: "Excel", reqd: 1 },
			({ format }) =>
				open_url_post(frappe.request.url, {
					cmd: "frappe.desk.query_report.export_query",
					report_name: report.report_name,
					file_format_type: format,
					filters: { ...report.get_filter_values(), page: 1, all_rows: 1 },
					visible_idx: [],
				}),
			label,
			__("Export")
		);
	});
};

serial_tracking.unit_report.voucher = () => [
	{
		fieldname: "voucher_type",
		label: __("Voucher Type"),
		fieldtype: "Select",
		options: [
			"",
			...["Stock Entry", "Purchase Receipt", "Delivery Note", "Sales Invoice"].map((value) => ({
				value,
				label: __(value),
			})),
		],
		on_change: (report) => serial_tracking.unit_report.forget(report, "voucher_no"),
	},
	{
		fieldname: "voucher_no",
		label: __("Voucher No"),
		fieldtype: "Dynamic Link",
		options: "voucher_type",
		get_options: () => frappe.query_report.get_filter_value("voucher_type"),
		depends_on: "eval: doc.voucher_type",
		on_change: (report) => serial_tracking.unit_report.whole_life(report, "voucher_no"),
	},
];

serial_tracking.unit_report.party = () => [
	{
		fieldname: "party_type",
		label: __("Party Type"),
		fieldtype: "Select",
		options: ["", ...["Supplier", "Customer"].map((value) => ({ value, label: __(value) }))],
		on_change: (report) => serial_tracking.unit_report.forget(report, "party"),
	},
	{
		fieldname: "party",
		label: __("Party"),
		fieldtype: "Dynamic Link",
		options: "party_type",
		get_options: () => frappe.query_report.get_filter_value("party_type"),
		depends_on: "eval: doc.party_type",
	},
];

serial_tracking.unit_report.of_item = () => [
	{
		fieldname: "item_code",
		label: __("Item"),
		fieldtype: "Link",
		options: "Item",
		get_query: () => ({ filters: { has_serial_no: 1 } }),
	},
	{ fieldname: "item_group", label: __("Item Group"), fieldtype: "Link", options: "Item Group" },
	{ fieldname: "brand", label: __("Brand"), fieldtype: "Link", options: "Brand" },
];

serial_tracking.unit_report.of_unit = () => [
	...serial_tracking.unit_report.of_item(),
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
	{ fieldname: "warehouse", label: __("Last Warehouse"), fieldtype: "Link", options: "Warehouse" },
	{
		fieldname: "status",
		label: __("Status"),
		fieldtype: "Select",
		options: [
			"",
			...Object.keys(serial_tracking.units.STATUS_COLOURS).map((value) => ({ value, label: __(value) })),
		],
	},
];

serial_tracking.unit_report.pill = (text, colour) => String(serial_tracking.pill(text, colour));

serial_tracking.unit_report.format = function (value, row, column, data, default_formatter) {
	const formatted = default_formatter(value, row, column, data);
	if (!data) return formatted;
	const { pill, SOON } = serial_tracking.unit_report;
	if (column.fieldname === "serial_no" && column.options === "Serial No" && data.name) {
		// where two items bear the number, a record has another name
		return frappe.utils.get_form_link("Serial No", data.name, true, frappe.utils.escape_html(data.serial_no));
	}
	if (column.fieldname?.endsWith("_type") && value) {
		return frappe.utils.escape_html(__(value)); // of a document or a party
	}
	if (column.fieldname === "status" && data.status) {
		return String(serial_tracking.units.status_pill(data.status));
	}
	if (column.fieldname === "days_left" && Number.isInteger(data.days_left)) {
		const colour = data.days_left < 0 ? "red" : data.days_left <= SOON ? "orange" : "green";
		return pill(String(data.days_left), colour);
	}
	return formatted;
};
