"""What the Desk asks of the app as such."""

import frappe

from serial_tracking.install import ROLES
from serial_tracking.serial_tracking import labels


def add_to_boot(bootinfo) -> None:
	"""The settings that the forms of vouchers ask for; their users may not read the settings themselves."""
	settings = frappe.get_cached_doc("Serial Tracking Settings")
	fields = (
		"pick_serial_nos_based_on",
		"auto_pick_serial_nos",
		"submit_in_background_above",
		"unique_serial_no_per_item",
	)
	bootinfo.serial_tracking = {field: settings.get(field) for field in fields}
	bootinfo.serial_tracking["labels"] = labels.offered()


def has_app_permission() -> bool:
	"""Does the apps screen show this app to the user?"""
	return bool({*ROLES, "System Manager", "Administrator"}.intersection(frappe.get_roles()))
