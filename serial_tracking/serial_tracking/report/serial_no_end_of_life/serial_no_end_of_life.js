{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial No End of Life"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		...serial_tracking.unit_report.window(90, {
			fieldname: "show_expired",
			label: __("Show Expired"),
			default: 1,
		}),
		{ fieldname: "in_stock", label: __("In Stock Only"), fieldtype: "Check", default: 1 },
		...serial_tracking.unit_report.of_unit(),
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter: serial_tracking.unit_report.format,
};
