"""Whitelisted audit and repair: the records against the ledgers."""

import frappe

from serial_tracking import permissions
from serial_tracking.stock import audit as stock_audit
from serial_tracking.stock import units


@frappe.whitelist()
@frappe.read_only()
def audit(item_code: str | None = None) -> list[dict]:
	"""Records that differ from the ledgers, see `serial_tracking.stock.audit.audit`; User Permissions on Warehouse
	hold. For Stock Managers."""
	permissions.only_for_stock_managers()
	return stock_audit.audit(item_code, units.visible_warehouses())


@frappe.whitelist(methods=["POST"])
def repair(item_code: str | None = None) -> list[dict]:
	"""Write what the ledgers say wherever a record differs; returns what was found. For Stock Managers."""
	permissions.only_for_stock_managers()
	return stock_audit.repair(item_code, units.visible_warehouses())
