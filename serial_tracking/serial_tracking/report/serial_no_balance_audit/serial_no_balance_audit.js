{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial No Balance Audit"] = {
	filters: [
		serial_tracking.unit_report.as_on(),
		{ fieldname: "warehouse", label: __("Warehouse"), fieldtype: "Link", options: "Warehouse" },
		...serial_tracking.unit_report.of_item(),
		{ fieldname: "only_differences", label: __("Only Differences"), fieldtype: "Check" },
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter(value, row, column, data, default_formatter) {
		if (data && column.fieldname === "differs") {
			const { pill } = serial_tracking.unit_report;
			return data.differs ? pill(String(data.differs), "red") : pill(__("Agrees"), "green");
		}
		return default_formatter(value, row, column, data);
	},
};
