from frappe import _


def get_data():
	"""Connections besides those of the DocType: the Events of the visits, as far as the user may see them."""
	return {
		"fieldname": "maintenance_schedule",
		"non_standard_fieldnames": {"Event": "reference_docname"},
		"dynamic_links": {"reference_docname": ["Maintenance Schedule", "reference_doctype"]},
		"transactions": [{"label": _("Calendar"), "items": ["Event"]}],
	}
