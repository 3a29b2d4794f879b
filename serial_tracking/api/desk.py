"""What the Desk asks of the app as such."""

import frappe

from serial_tracking.install import ROLES


def has_app_permission() -> bool:
	"""Does the apps screen show this app to the user?"""
	return bool({*ROLES, "System Manager", "Administrator"}.intersection(frappe.get_roles()))
