{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Maintenance Due and Overdue"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		...serial_tracking.unit_report.window(30, {
			fieldname: "show_overdue",
			label: __("Show Overdue"),
			default: 1,
		}),
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{ fieldname: "service_person", label: __("Service Person"), fieldtype: "Link", options: "User" },
		...serial_tracking.unit_report.of_item(),
		{
			fieldname: "maintenance_schedule",
			label: __("Maintenance Schedule"),
			fieldtype: "Link",
			options: "Maintenance Schedule",
			get_query: () => ({ filters: { docstatus: 1 } }),
		},
		{
			fieldname: "completion_status",
			label: __("Completion Status"),
			fieldtype: "Select",
			options: ["", "Pending", "Partially Completed"].map((value) => ({ value, label: __(value) })),
		},
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter(value, row, column, data, default_formatter) {
		const { pill, format } = serial_tracking.unit_report;
		if (data && column.fieldname === "state") return pill(data.state, data.days_left < 0 ? "red" : "blue");
		if (data && column.fieldname === "completion_status") {
			return pill(__(data.completion_status), data.completion_status === "Pending" ? "gray" : "orange");
		}
		return format(value, row, column, data, default_formatter);
	},
};
