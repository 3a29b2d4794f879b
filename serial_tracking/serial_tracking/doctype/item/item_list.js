frappe.listview_settings["Item"] = {
	hide_name_column: true,
	add_fields: ["disabled", "has_serial_no", "is_stock_item", "end_of_life"],

	get_indicator(doc) {
		if (doc.disabled) return [__("Disabled"), "gray", "disabled,=,1"];
		if (doc.end_of_life && doc.end_of_life < frappe.datetime.get_today()) {
			return [__("End of Life"), "red", `end_of_life,<,${frappe.datetime.get_today()}`];
		}
		if (doc.has_serial_no) return [__("Serialised"), "green", "has_serial_no,=,1"];
		return [__("Without Serials"), "blue", "has_serial_no,=,0"];
	},
};
