{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial No Service Contract Expiry"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		...serial_tracking.unit_report.window(90, { fieldname: "show_expired", label: __("Show Expired") }),
		...serial_tracking.unit_report.of_unit(),
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter: serial_tracking.unit_report.format,
};
