"""Who sees which documents in a list, beyond what Frappe looks at (hooks.py names this)."""

from collections.abc import Iterable

import frappe
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.permissions import get_allowed_docs_for_doctype

from serial_tracking.service import agreement, contracts
from serial_tracking.stock import bulk, units

# DocTypes of single units: the fields that name them
UNIT_FIELDS = {
	"Service Contract Entry": ("serial_no",),
	"Warranty Claim": ("serial_no", "replacement_serial_no"),
}


def only_for_stock_managers() -> None:
	"""Raise frappe.PermissionError unless the user manages stock."""
	frappe.only_for(("Stock Manager", "System Manager"), message=True)


def with_permitted_rows(user: str | None, doctype: str) -> str:
	"""SQL condition for the documents none of whose rows a User Permission keeps from the user.

	Frappe looks at the rows when a document is opened but not when it is listed, so that a list would show
	vouchers of warehouses that the user may not see (DOMAIN 2, Roles).
	"""
	permissions = get_user_permissions(user or frappe.session.user)
	conditions = []
	for table in frappe.get_meta(doctype).get_table_fields() if permissions else ():
		for link in frappe.get_meta(table.options).get_link_fields():
			allowed = get_allowed_docs_for_doctype(permissions.get(link.options, []), doctype)
			if allowed and not link.ignore_user_permissions:
				names = ", ".join(frappe.db.escape(name, percent=False) for name in sorted(allowed))
				conditions.append(
					f"NOT EXISTS (SELECT 1 FROM `tab{table.options}` AS `line`"
					f" WHERE `line`.`parent` = `tab{doctype}`.`name` AND `line`.`parenttype` = '{doctype}'"
					f" AND `line`.`{link.fieldname}` <> '' AND `line`.`{link.fieldname}` NOT IN ({names}))"
				)
	return " AND ".join(conditions)


def schedules_of_seen_units(user: str | None, doctype: str = "Maintenance Schedule") -> str:
	"""The same for Maintenance Schedules, none of whose units lies, or did last lie, where the user may not look.

	A submitted schedule is asked where its units are now. Of a draft or a cancelled one it is known where they were
	when it was written; whether it may be opened, `may_open_schedule` says of now.
	"""
	conditions = [with_permitted_rows(user, doctype)]
	visible = units.visible_warehouses(user=user)
	if visible is not None:
		table = f"`tab{doctype}`"
		conditions.append(
			_none_out_of_sight(
				visible,
				"`tabService Contract Entry` AS `entry`"
				" INNER JOIN `tabSerial No` AS `unit` ON `unit`.`name` = `entry`.`serial_no`",
				f"`entry`.`maintenance_schedule` = {table}.`name`",
			)
		)
		left = f"COALESCE({table}.`warehouses`, '')"
		for name in sorted(visible):
			line = frappe.db.escape(f"\n{name}\n", percent=False)
			left = f"REPLACE({left}, {line}, '')"
		conditions.append(f"({table}.`docstatus` = 1 OR {left} = '')")
	return " AND ".join(filter(None, conditions))


def may_open_schedule(doc, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""May the user see all units of a saved Maintenance Schedule? (hook `has_permission`)"""
	visible = units.visible_warehouses(user=user)
	if visible is None or doc.is_new():
		return True  # of a new one its own rules look at the units
	if doc.docstatus == 1:
		return _all_in_sight(contracts.units_of(doc.name), visible)
	lines = bulk.select("Maintenance Schedule Item", ("item_code", "serial_no"), "parent", [doc.name])
	return agreement.warehouses_of((line["item_code"], line["serial_no"]) for line in lines) <= visible


def visits_of_seen_units(user: str | None, doctype: str = "Maintenance Visit") -> str:
	"""The same for Maintenance Visits, none of whose units lies, or did last lie, where the user may not look."""
	conditions = [with_permitted_rows(user, doctype)]
	visible = units.visible_warehouses(user=user)
	if visible is not None:
		conditions.append(
			_none_out_of_sight(
				visible,
				"`tabMaintenance Visit Purpose` AS `line`"
				" INNER JOIN `tabSerial No` AS `unit` ON `unit`.`name` = `line`.`serial_no`",
				f"`line`.`parent` = `tab{doctype}`.`name` AND `line`.`parenttype` = '{doctype}'",
			)
		)
	return " AND ".join(filter(None, conditions))


def may_open_visit(doc, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""May the user see all units of a saved Maintenance Visit? (hook `has_permission`)"""
	visible = units.visible_warehouses(user=user)
	if visible is None or doc.is_new():
		return True  # of a new one its own rules look at the units
	rows = bulk.select(
		"Maintenance Visit Purpose", ("serial_no",), "parent", [doc.name], where={"parenttype": doc.doctype}
	)
	return _all_in_sight((row["serial_no"] for row in rows), visible)


def with_seen_units(user: str | None, doctype: str) -> str:
	"""SQL condition for the claims and contracts whose units the user may see where they are now."""
	visible = units.visible_warehouses(user=user)
	if visible is None:
		return ""
	return " AND ".join(
		_none_out_of_sight(visible, "`tabSerial No` AS `unit`", f"`unit`.`name` = `tab{doctype}`.`{field}`")
		for field in UNIT_FIELDS[doctype]
	)


def may_see_units_of(doc, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""May the user see the units of a saved claim or contract? (hook `has_permission`)"""
	visible = units.visible_warehouses(user=user)
	if visible is None or doc.is_new():
		return True  # of a new one its own rules look at the unit
	# as it is saved: a unit that somebody writes into it is a matter of its rules again
	fields = UNIT_FIELDS[doc.doctype]
	rows = bulk.select(doc.doctype, fields, "name", [doc.name])
	return _all_in_sight((row[field] for row in rows for field in fields), visible)


def _none_out_of_sight(visible: set[str], source: str, condition: str) -> str:
	"""SQL condition: of the `unit`s of a source none lies, or did last lie, where the user may not look."""
	names = ", ".join(frappe.db.escape(name, percent=False) for name in sorted(visible))
	return (
		f"NOT EXISTS (SELECT 1 FROM {source} WHERE {condition}"
		f" AND `unit`.`last_warehouse` <> '' AND `unit`.`last_warehouse` NOT IN ({names}))"
	)


def _all_in_sight(names: Iterable[str | None], visible: set[str]) -> bool:
	"""The same of units by their record names."""
	found = bulk.select("Serial No", ("last_warehouse",), "name", filter(None, names))
	return all(units.may_see(unit, visible) for unit in found)
