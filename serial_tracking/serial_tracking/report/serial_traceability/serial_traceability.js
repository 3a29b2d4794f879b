{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial Traceability"] = {
	filters: [
		{ fieldname: "serial_no", label: __("Serial No"), fieldtype: "Link", options: "Serial No" },
		{
			fieldname: "direction",
			label: __("Direction"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Both Ways") },
				{ value: "backward", label: __("Made From") },
				{ value: "forward", label: __("Went Into") },
			],
		},
	],
	tree: true,
	name_field: "name",
	initial_depth: 3,
	formatter: serial_tracking.unit_report.format,
};
