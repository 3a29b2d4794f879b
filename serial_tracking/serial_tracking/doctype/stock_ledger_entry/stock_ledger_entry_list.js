frappe.listview_settings["Stock Ledger Entry"] = {
	add_fields: ["is_cancelled", "actual_qty"],
	hide_name_column: true,

	get_indicator(doc) {
		if (doc.is_cancelled) return [__("Cancelled"), "red", "is_cancelled,=,1"];
		return doc.actual_qty < 0
			? [__("Out", null, "Stock"), "orange", "actual_qty,<,0|is_cancelled,=,0"]
			: [__("In", null, "Stock"), "green", "actual_qty,>,0|is_cancelled,=,0"];
	},
};
