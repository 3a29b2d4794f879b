"""The role of customers led to their units, the Administrator too: a hook does it now, for customers alone."""

import frappe

from serial_tracking.install import PORTAL_ROLE
from serial_tracking.service import portal


def execute():
	"""Take the home page from the role, unless the site has chosen another."""
	if frappe.db.get_value("Role", PORTAL_ROLE, "home_page") == portal.HOME:
		frappe.db.set_value("Role", PORTAL_ROLE, "home_page", None)
		frappe.clear_cache()
