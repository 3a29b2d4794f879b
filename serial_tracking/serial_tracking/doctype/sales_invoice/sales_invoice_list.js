frappe.listview_settings["Sales Invoice"] = {
	add_fields: ["is_return"],

	get_indicator(doc) {
		if (doc.docstatus === 1 && doc.is_return) return [__("Return"), "gray", "is_return,=,1"];
	},
};
