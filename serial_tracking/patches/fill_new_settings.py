"""Settings that came with a later version have no stored value on a site whose settings were saved before."""

import frappe

SETTINGS = "Serial Tracking Settings"


def execute():
	"""Give them their defaults; what a site has chosen, an empty value too, stays."""
	stored = frappe.db.get_singles_dict(SETTINGS)
	if not stored:
		return  # never saved: the defaults count
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and field.fieldname not in stored:
			frappe.db.set_single_value(SETTINGS, field.fieldname, field.default)
