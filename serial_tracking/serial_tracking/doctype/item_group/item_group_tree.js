frappe.treeview_settings["Item Group"] = {
	title: __("Item Groups"),
	fields: [
		{ fieldtype: "Data", fieldname: "item_group_name", label: __("Item Group"), reqd: 1 },
		{
			fieldtype: "Check",
			fieldname: "is_group",
			label: __("Is Group"),
			description: __("A group holds item groups, not items"),
		},
	],
	extend_toolbar: true,
	toolbar: [
		{
			label: __("Items"),
			condition: (node) => !node.expandable,
			click: (node) => frappe.set_route("List", "Item", { item_group: node.data.value }),
			btnClass: "hidden-xs",
		},
	],
};
