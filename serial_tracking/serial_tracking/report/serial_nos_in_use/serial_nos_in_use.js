{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial Nos in Use"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		{ fieldname: "custodian", label: __("Custodian"), fieldtype: "Link", options: "User" },
		{ fieldname: "location", label: __("Location"), fieldtype: "Data" },
		...serial_tracking.unit_report.of_item(),
		{ fieldname: "warehouse", label: __("Last Warehouse"), fieldtype: "Link", options: "Warehouse" },
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter: serial_tracking.unit_report.format,
};
