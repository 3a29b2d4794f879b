{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Available Serial Nos"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		{ fieldname: "warehouse", label: __("Warehouse"), fieldtype: "Link", options: "Warehouse" },
		...serial_tracking.unit_report.of_item(),
		{ fieldname: "show_unavailable", label: __("Show Held and Expired"), fieldtype: "Check" },
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter: serial_tracking.unit_report.format,
};
