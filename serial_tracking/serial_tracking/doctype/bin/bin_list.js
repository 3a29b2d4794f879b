frappe.listview_settings["Bin"] = {
	hide_name_column: true,
};
