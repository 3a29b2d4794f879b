{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial No Status"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		{ fieldname: "serial_no", label: __("Serial No"), fieldtype: "Link", options: "Serial No" },
		...serial_tracking.unit_report.of_unit(),
		{ fieldname: "custodian", label: __("Custodian"), fieldtype: "Link", options: "User" },
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter: serial_tracking.unit_report.format,
};
