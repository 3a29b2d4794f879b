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
		report.page.add_inner_button(__("Hold Those in Stock"), () => {
			const free = (report.data || []).filter((unit) => unit.warehouse && unit.status !== "On Hold");
			if (!free.length) {
				frappe.msgprint(__("None of the units shown lies in stock without being held."));
				return;
			}
			serial_tracking.units.hold(free, () => report.refresh());
		});
		report.page.add_inner_button(__("Letters to Customers"), () =>
			serial_tracking.recall_letters.open(report.get_filter_values())
		);
	},
	formatter: serial_tracking.unit_report.format,
};
