"""What happens when the app comes to a site, meets another app there, and leaves (hooks.py names these)."""

import json
from pathlib import Path

import frappe
from frappe import _

from serial_tracking.exceptions import DocTypeConflictError

APP = "serial_tracking"
MODULE = "Serial Tracking"

ROLES = (
	"Stock Manager",
	"Stock User",
	"Purchase User",
	"Sales User",
	"Maintenance Manager",
	"Maintenance User",
)
ROLES_MADE = "serial_tracking_roles_made"  # a global default: the roles that were not there before

ROOT_ITEM_GROUP = "All Item Groups"
ROOT_WAREHOUSE = "All Warehouses"
DEFAULT_UOM = "Nos"
UOMS = (("Nos", 1), ("Box", 1), ("Pair", 1), ("Set", 1), ("Kg", 0), ("Litre", 0), ("Metre", 0))


def before_install():
	"""Refuse a site where another app has a DocType of the same name; raises before anything changes."""
	refuse_conflicts(doctypes_of(APP), frappe.get_all("DocType", {"module": ("!=", MODULE)}, pluck="name"))
	missing = [role for role in ROLES if not frappe.db.exists("Role", role)]
	frappe.db.set_global(ROLES_MADE, json.dumps(missing))


def before_app_install(app_name: str):
	"""Refuse an app that brings a DocType which this one has (ERPNext above all)."""
	if app_name != APP:
		refuse_conflicts(doctypes_of(app_name), frappe.get_all("DocType", {"module": MODULE}, pluck="name"))


def after_install():
	"""Make the roles, the roots of the trees and the usual units of measure, where they are missing."""
	for role in ROLES:
		insert_missing("Role", role, role_name=role, desk_access=1)
	for uom, whole in UOMS:
		insert_missing("UOM", uom, uom_name=uom, enabled=1, must_be_whole_number=whole)
	insert_missing("Item Group", ROOT_ITEM_GROUP, item_group_name=ROOT_ITEM_GROUP, is_group=1)
	insert_missing("Warehouse", ROOT_WAREHOUSE, warehouse_name=ROOT_WAREHOUSE, is_group=1)


def before_uninstall():
	"""Take back what lives outside the app's own tables: its roles, and User Permissions on its records.

	Roles that were on the site before stay, as does the table of series, which all apps share.
	"""
	doctypes = frappe.get_all("DocType", {"module": MODULE, "istable": 0}, pluck="name")
	for doctype in ("User Permission", "Version", "Comment", "Custom Field", "Property Setter", "Custom DocPerm"):
		field = {"User Permission": "allow", "Version": "ref_doctype", "Comment": "reference_doctype",
			"Custom Field": "dt", "Property Setter": "doc_type", "Custom DocPerm": "parent"}[doctype]  # fmt: skip
		frappe.db.delete(doctype, {field: ("in", doctypes)})
	for role in json.loads(frappe.db.get_global(ROLES_MADE) or "[]"):
		if not other_permissions(role):
			frappe.db.delete("Has Role", {"role": role})
			frappe.db.delete("Role", {"name": role})
	frappe.db.delete("DefaultValue", {"defkey": ROLES_MADE})


def refuse_conflicts(ours: set[str], theirs: list[str]) -> None:
	"""Raise DocTypeConflictError, naming them, if a DocType stands on both sides."""
	if both := sorted(ours.intersection(theirs)):
		frappe.throw(
			_("Serial Tracking cannot share a site with an app that has DocTypes of the same name: {0}").format(
				", ".join(both)
			),
			DocTypeConflictError,
		)


def doctypes_of(app_name: str) -> set[str]:
	"""Names of the DocTypes that the files of an app define."""
	names = set()
	for path in Path(frappe.get_app_path(app_name)).glob("**/doctype/*/*.json"):
		if path.stem == path.parent.name:
			definition = json.loads(path.read_text())
			if isinstance(definition, dict) and definition.get("doctype") == "DocType":
				names.add(definition["name"])
	return names


def other_permissions(role: str) -> bool:
	"""Does a DocType of another app name this role?"""
	for permission in ("DocPerm", "Custom DocPerm"):
		for parent in frappe.get_all(permission, {"role": role}, pluck="parent"):
			if frappe.db.get_value("DocType", parent, "module") != MODULE:
				return True
	return False


def insert_missing(doctype: str, name: str, **values) -> None:
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
