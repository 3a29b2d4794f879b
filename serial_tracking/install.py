"""What happens when the app comes to a site, meets another app there, and leaves (hooks.py names these)."""

import json
from pathlib import Path

import frappe
from frappe import _

from serial_tracking.exceptions import DocTypeConflictError

APP = "serial_tracking"
MODULE = "Serial Tracking"
WORKSPACE = "Stock"

ROLES = (
	"Stock Manager",
	"Stock User",
	"Purchase User",
	"Sales User",
	"Maintenance Manager",
	"Maintenance User",
)
PORTAL_ROLE = "Customer"  # of who logs in on the website
ROLES_MADE = "serial_tracking_roles_made"  # a global default: the roles that were not there before

# What refers to records of a DocType, and goes with them: what Frappe deletes with a single document …
ROWS_ABOUT_A_DOCTYPE = (
	("Comment", "reference_doctype"),
	("Communication Link", "link_doctype"),
	("DocShare", "share_doctype"),
	("Document Follow", "ref_doctype"),
	("Document Share Key", "reference_doctype"),
	("Dynamic Link", "link_doctype"),
	("Email Unsubscribe", "reference_doctype"),
	("Energy Point Log", "reference_doctype"),
	("Event Participants", "reference_doctype"),
	("Milestone", "reference_type"),
	("Notification Log", "document_type"),
	("Reminder", "reminder_doctype"),
	("Submission Queue", "ref_doctype"),
	("Tag Link", "document_type"),
	("ToDo", "reference_type"),
	("User Permission", "allow"),
	("User Permission", "applicable_for"),
	("Version", "ref_doctype"),
	("View Log", "reference_doctype"),
	("Workflow Action", "reference_doctype"),
	# … and what people have set for the DocType itself
	("Amended Document Naming Settings", "document_type"),
	("Custom DocPerm", "parent"),
	("Custom Field", "dt"),
	("Global Search DocType", "document_type"),
	("List Filter", "reference_doctype"),
	("List View Settings", "name"),
	("Notification Subscribed Document", "document"),
	("Property Setter", "doc_type"),
	("Session Default", "ref_doctype"),
)
# Set-ups that serve one DocType alone. Left behind, some of them would fail daily (Notification, Auto Repeat).
DOCUMENTS_ABOUT_A_DOCTYPE = (
	("Assignment Rule", "document_type"),
	("Auto Repeat", "reference_doctype"),
	("Calendar View", "reference_doctype"),
	("Client Script", "dt"),
	("Dashboard Chart", "document_type"),
	("Data Import", "reference_doctype"),
	("DocType Layout", "document_type"),
	("Document Naming Rule", "document_type"),
	("Energy Point Rule", "reference_doctype"),
	("Form Tour", "reference_doctype"),
	("Kanban Board", "reference_doctype"),
	("Milestone Tracker", "document_type"),
	("Notification", "document_type"),
	("Number Card", "document_type"),
	("Print Format", "doc_type"),
	("Print Format Field Template", "document_type"),
	("Report", "ref_doctype"),
	("Server Script", "reference_doctype"),
	("Success Action", "ref_doctype"),
	("Web Form", "doc_type"),
	("Webhook", "webhook_doctype"),
	("Workflow", "document_type"),
)
# These have a life of their own, and only forget the record that they were about.
DOCUMENTS_THAT_STAY = (
	("Activity Log", "reference_doctype", "reference_name"),
	("Activity Log", "timeline_doctype", "timeline_name"),
	("Communication", "reference_doctype", "reference_name"),
	("Event", "reference_doctype", "reference_docname"),
)

ROOT_ITEM_GROUP = "All Item Groups"
ROOT_WAREHOUSE = "All Warehouses"
DEFAULT_UOM = "Nos"
RECALL_TEMPLATE = "Serial No Recall"  # an Email Template
UOMS = (("Nos", 1), ("Box", 1), ("Pair", 1), ("Set", 1), ("Kg", 0), ("Litre", 0), ("Metre", 0))


def before_install():
	"""Refuse a site where another app has a DocType of the same name; raises before anything changes."""
	refuse_conflicts(doctypes_of(APP), frappe.get_all("DocType", {"module": ("!=", MODULE)}, pluck="name"))
	# an install that broke off, or is repeated by force, finds the roles that the app has made itself
	remember_roles(*ROLES, PORTAL_ROLE)


def before_app_install(app_name: str):
	"""Refuse an app that brings a DocType which this one has (ERPNext above all)."""
	if app_name != APP:
		refuse_conflicts(doctypes_of(app_name), frappe.get_all("DocType", {"module": MODULE}, pluck="name"))


def after_install():
	"""Make the roles, the roots of the trees and the usual units of measure, where they are missing."""
	for role in ROLES:
		insert_missing("Role", role, role_name=role, desk_access=1)
	make_portal_role()
	for uom, whole in UOMS:
		insert_missing("UOM", uom, uom_name=uom, enabled=1, must_be_whole_number=whole)
	insert_missing("Item Group", ROOT_ITEM_GROUP, item_group_name=ROOT_ITEM_GROUP, is_group=1)
	insert_missing("Warehouse", ROOT_WAREHOUSE, warehouse_name=ROOT_WAREHOUSE, is_group=1)
	make_recall_template()


def make_recall_template():
	"""The Email Template of letters to customers, made once: it is the site's to change, or to delete."""
	insert_missing(
		"Email Template",
		RECALL_TEMPLATE,
		__newname=RECALL_TEMPLATE,
		subject="Recall of {{ units | length }} {{ 'product' if units | length == 1 else 'products' }}: {{ recall }}",
		use_html=1,
		response_html=Path(frappe.get_app_path(APP, "templates", "recall_letter.html")).read_text(),
	)


def after_uninstall():
	"""Take back what is left once the framework has removed the DocTypes.

	Roles that were on the site before stay, as do those that another DocType has come to use, and the table
	of series, which all apps share. Frappe's own logs (Deleted Document, Error Log …) are left alone.
	"""
	if APP in frappe.get_installed_apps():
		return  # a dry run calls this too
	gone = sorted(doctypes_of(APP))
	delete_attachments(gone)
	for doctype, field in ROWS_ABOUT_A_DOCTYPE:
		delete_rows(doctype, {field: ("in", gone)})
	for doctype, field in DOCUMENTS_ABOUT_A_DOCTYPE:
		delete_documents(doctype, {field: ("in", gone)})
	for doctype, *fields in DOCUMENTS_THAT_STAY:
		clear_references(doctype, *fields, gone)
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		delete_documents(doctype, {"app": APP})
	for table in ("Singles", "__UserSettings"):  # tables without a DocType
		frappe.db.delete(table, {"doctype": ("in", gone)})
	delete_rows("Block Module", {"module": MODULE})
	delete_documents("Email Template", {"name": RECALL_TEMPLATE})
	delete_jobs()
	delete_roles()
	forget_start_page()
	# the framework commits before this hook and not after it
	frappe.db.commit()  # nosemgrep
	frappe.clear_cache()


def delete_attachments(doctypes: list[str]) -> None:
	"""Delete the files attached to records of these DocTypes, from the disk too."""
	for name in frappe.get_all("File", {"attached_to_doctype": ("in", doctypes)}, pluck="name"):
		# or the File would write a comment to a record that is no more
		frappe.db.set_value("File", name, {"attached_to_doctype": None, "attached_to_name": None})
		frappe.delete_doc("File", name, force=True, ignore_permissions=True)


def delete_rows(doctype: str, filters: dict) -> None:
	if has_columns(doctype, *filters):
		frappe.db.delete(doctype, filters)


def delete_documents(doctype: str, filters: dict) -> None:
	"""Delete documents together with the rows of their tables."""
	if has_columns(doctype, *filters):
		for name in frappe.get_all(doctype, filters, pluck="name"):
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, ignore_on_trash=True)


def clear_references(doctype: str, doctype_field: str, name_field: str, doctypes: list[str]) -> None:
	if has_columns(doctype, doctype_field, name_field):
		table = frappe.qb.DocType(doctype)
		(
			frappe.qb.update(table)
			.set(table[doctype_field], None)
			.set(table[name_field], None)
			.where(table[doctype_field].isin(doctypes))
		).run()


def delete_jobs() -> None:
	"""Delete the daily jobs at once; the framework would at the next migration."""
	for job in frappe.get_all("Scheduled Job Type", fields=["name", "method"]):
		if job.method.startswith(f"{APP}."):
			delete_rows("Scheduled Job Log", {"scheduled_job_type": job.name})
			frappe.db.delete("Scheduled Job Type", {"name": job.name})


def delete_roles() -> None:
	"""Delete the roles that the app made, except those that another DocType has come to use."""
	for role in roles_made():
		if not any(frappe.db.exists(doctype, {"role": role}) for doctype in ("DocPerm", "Custom DocPerm")):
			frappe.db.delete("Has Role", {"role": role})
			frappe.db.delete("Role", {"name": role})
	frappe.db.delete("DefaultValue", {"defkey": ROLES_MADE})


def make_portal_role() -> None:
	insert_missing("Role", PORTAL_ROLE, role_name=PORTAL_ROLE, desk_access=0)


def remember_roles(*roles: str) -> None:
	"""Remember which of these roles are not there yet: the app makes them, and takes them along when it leaves."""
	made = roles_made() | {role for role in roles if not frappe.db.exists("Role", role)}
	frappe.db.set_global(ROLES_MADE, json.dumps(sorted(made)))


def roles_made() -> set[str]:
	return set(json.loads(frappe.db.get_global(ROLES_MADE) or "[]"))


def forget_start_page() -> None:
	"""Let nobody land on the app, or its workspace, after login."""
	for field, value in (("default_app", APP), ("default_workspace", WORKSPACE)):
		if has_columns("User", field):
			frappe.db.set_value("User", {field: value}, field, None, update_modified=False)
	settings = "System Settings"
	if frappe.get_meta(settings).has_field("default_app"):
		if frappe.db.get_single_value(settings, "default_app") == APP:
			frappe.db.set_single_value(settings, "default_app", None)


def has_columns(doctype: str, *columns: str) -> bool:
	"""The tables of the framework differ between its versions."""
	return frappe.db.table_exists(doctype) and not set(columns).difference(
		frappe.db.get_table_columns(doctype)
	)


def refuse_conflicts(ours: set[str], theirs: list[str]) -> None:
	"""Raise DocTypeConflictError, naming them, if a DocType stands on both sides."""
	if both := sorted(ours.intersection(theirs)):
		frappe.throw(
			_(
				"Serial Tracking cannot share a site with an app that has DocTypes of the same name: {0}"
			).format(", ".join(both)),
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


def insert_missing(doctype: str, name: str, **values) -> None:
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
