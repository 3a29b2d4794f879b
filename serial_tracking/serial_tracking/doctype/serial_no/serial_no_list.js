// the form takes the colour of its status from here too
frappe.listview_settings["Serial No"] = {
	add_fields: ["status", "item_code", "warehouse"],
	hide_name_column: true,

	get_indicator(doc) {
		const colours = {
			Inactive: "gray",
			Available: "green",
			"On Hold": "orange",
			Expired: "red",
			"In Use": "blue",
			Delivered: "purple",
			Consumed: "gray",
			"Returned to Supplier": "gray",
		};
		if (doc.status) return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
