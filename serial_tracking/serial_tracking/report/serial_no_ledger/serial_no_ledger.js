{% include "serial_tracking/public/js/unit_report.js" %}

frappe.query_reports["Serial No Ledger"] = {
	filters: [
		...serial_tracking.unit_report.period(
			frappe.datetime.add_months(frappe.datetime.get_today(), -1),
			frappe.datetime.get_today()
		),
		{
			fieldname: "serial_no",
			label: __("Serial No"),
			fieldtype: "Link",
			options: "Serial No",
			on_change: (report) => serial_tracking.unit_report.whole_life(report, "serial_no"),
		},
		...serial_tracking.unit_report.voucher(),
		...serial_tracking.unit_report.of_item(),
		{ fieldname: "warehouse", label: __("Warehouse"), fieldtype: "Link", options: "Warehouse" },
		...serial_tracking.unit_report.party(),
		{
			fieldname: "move_type",
			label: __("Move", null, "Serial No Ledger Entry"),
			fieldtype: "Select",
			options: [
				"",
				...[
					"Received",
					"Produced",
					"Transferred",
					"Delivered",
					"Issued",
					"Consumed",
					"Returned",
					"Returned to Supplier",
					"Issued for Use",
					"Returned from Use",
				].map((value) => ({ value, label: __(value) })),
			],
		},
		{ fieldname: "show_cancelled", label: __("Show Cancelled"), fieldtype: "Check" },
		serial_tracking.unit_report.page(),
	],
	after_datatable_render: serial_tracking.unit_report.turn_pages,
	formatter(value, row, column, data, default_formatter) {
		if (data && ["move_type", "voucher_type"].includes(column.fieldname)) {
			return frappe.utils.escape_html(__(data[column.fieldname]));
		}
		if (data && column.fieldname === "change") {
			const { pill } = serial_tracking.unit_report;
			if (data.is_cancelled) return pill(__("Cancelled"), "gray");
			return data.change ? pill(data.change > 0 ? "+1" : "−1", data.change > 0 ? "green" : "red") : "";
		}
		return serial_tracking.unit_report.format(value, row, column, data, default_formatter);
	},
};
