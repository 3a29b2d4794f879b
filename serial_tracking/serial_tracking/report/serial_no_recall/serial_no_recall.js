{% include "serial_tracking/public/js/unit_report.js" %}
{% include "serial_tracking/public/js/unit_actions.js" %}
{% include "serial_tracking/public/js/recall_letters.js" %}

frappe.query_reports["Serial No Recall"] = {
	filters: [
		...serial_tracking.unit_report.voucher(),
		{ fieldname: "supplier", label: __("Supplier"), fieldtype: "Link", options: "Supplier" },
		...serial_tracking.unit_report.period(),
		...serial_tracking.unit_report.of_item(),
		{ fieldname: "serial_no", label: __("Bad Part"), fieldtype: "Link", options: "Serial No" },
		{
			fieldname: "built_into",
			label: __("With All They Went Into"),
			fieldtype: "Check",
			default: 1,
		},
		{ fieldname: "group_by_customer", label: __("One Row per Customer"), fieldtype: "Check" },
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	onload(report) {
		if (!serial_tracking.units.may_manage()) return;
		report.page.add_inner_button(__("Hold Those in Stock"), () => hold_those_in_stock(report));
		report.page.add_inner_button(__("Letters to Customers"), () =>
			serial_tracking.recall_letters.open(report.get_filter_values())
		);
	},
	formatter: serial_tracking.unit_report.format,
};

/** Those on pages that are not shown too: the server finds them. */
async function hold_those_in_stock(report) {
	const filters = report.get_filter_values();
	const ask = async (method, args) => {
		const { message } = await frappe.call({
			method: `serial_tracking.api.recall.${method}`,
			args: { filters, ...args },
			freeze: true,
		});
		return message;
	};
	const free = await ask("count_free");
	if (!free) {
		frappe.msgprint(__("None of the units lies in stock without being held."));
		return;
	}
	const hold = (reason) => ask("hold", { reason }).then(({ held }) => held, () => undefined);
	serial_tracking.units.ask_why(__("Hold {0} Units", [free]), hold, () => report.refresh());
}
