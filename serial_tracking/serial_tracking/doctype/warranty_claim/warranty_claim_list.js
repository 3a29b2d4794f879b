// the form takes the colour of its status from here too
frappe.listview_settings["Warranty Claim"] = {
	add_fields: ["status", "serial_no", "customer_name", "warranty_amc_status"],

	get_indicator(doc) {
		const colours = { Open: "orange", "Work In Progress": "blue", Closed: "green", Cancelled: "gray" };
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
