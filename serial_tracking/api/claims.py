"""Whitelisted methods about warranty claims. Errors are those of DOMAIN 6 and 8, answered with HTTP 417."""

import frappe

from serial_tracking.serial_tracking import claiming
from serial_tracking.stock import units


@frappe.whitelist(methods=["POST"])
def replace_unit(
	claim: str,
	replacement_serial_no: str,
	return_warehouse: str,
	warehouse: str | None = None,
	item_code: str | None = None,
) -> dict[str, str]:
	"""Take the unit of a Warranty Claim back and deliver another for it: both vouchers or none.

	:param replacement_serial_no: number of an available unit
	:param return_warehouse: where the broken unit goes; it is held there, with the claim as reason
	:param warehouse: which the replacement leaves, where it lies by default
	:param item_code: of the replacement, the item of the claim by default
	Returns the names of the `return` (a Delivery Note or Sales Invoice, as the unit was delivered) and of the
	`delivery_note`. With the setting *Carry Warranty to Replacement* the new unit takes over the warranty date.
	Raises WarrantyClaimError (a cancelled claim, a unit that is not with its customer or was replaced already),
	SerialNoNotExistsError, or what the vouchers raise. Needs the right to write the claim and to create and submit
	the vouchers.
	"""
	doc = frappe.get_doc("Warranty Claim", claim)
	doc.check_permission("write")
	frappe.has_permission("Delivery Note", "create", throw=True)
	frappe.has_permission("Delivery Note", "submit", throw=True)
	replacement = units.resolve(replacement_serial_no, item_code or doc.item_code)
	return claiming.replace_unit(doc, replacement, return_warehouse, warehouse)
