frappe.treeview_settings["Warehouse"] = {
	title: __("Warehouses"),
	fields: [
		{ fieldtype: "Data", fieldname: "warehouse_name", label: __("Warehouse Name"), reqd: 1 },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("A group holds warehouses, not stock"),
		},
	],
	extend_toolbar: true,
	toolbar: [
		{
			label: __("Units"),
			condition: (node) => !node.expandable,
			click: (node) => frappe.set_route("List", "Serial No", { warehouse: node.data.value }),
			btnClass: "hidden-xs",
		},
	],
};
