"""Who sees which documents in a list, beyond what Frappe looks at (hooks.py names this)."""

import frappe
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.permissions import get_allowed_docs_for_doctype


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
