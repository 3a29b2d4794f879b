// the form takes the colour of its status from here too
frappe.listview_settings["Maintenance Visit"] = {
	add_fields: ["completion_status", "customer_name", "maintenance_type"],

	get_indicator(doc) {
		if (doc.docstatus !== 1) return;
		const colour = doc.completion_status === "Fully Completed" ? "green" : "orange";
		return [__(doc.completion_status), colour, `completion_status,=,${doc.completion_status}`];
	},
};
