frappe.listview_settings["Serial No Ledger Entry"] = {
	add_fields: ["move_type", "is_cancelled"],
	hide_name_column: true,

	get_indicator(doc) {
		const colours = {
			Received: "green",
			Produced: "green",
			Transferred: "blue",
			Delivered: "purple",
			Issued: "gray",
			Consumed: "gray",
		};
		if (doc.is_cancelled) return [__("Cancelled"), "red", "is_cancelled,=,1"];
		return [__(doc.move_type), colours[doc.move_type] || "gray", `move_type,=,${doc.move_type}`];
	},
};
