"""Drafts that follow from a document, through Frappe's mapper; what `fill` says is all that differs."""

from collections.abc import Callable, Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc


def make_draft(
	doctype: str,
	source_name: str,
	target_doctype: str,
	target_doc: str | dict | None,
	fill: Callable[[Document, Document], None],
	*,
	validation: dict[str, list] | None = None,
	not_taken_over: Iterable[str] = (),
	rows: dict[str, str] | None = None,
) -> Document:
	"""A draft with the fields that both DocTypes have, completed by `fill(source, target)`.

	:param target_doc: a draft to be filled, as the Desk sends it: a document or its JSON text
	:param validation: what the source must be, as Frappe's mapper takes it
	:param not_taken_over: fields that mean something else in the draft
	:param rows: tables of the source and what their rows would become. They are made by `fill`: a row may give
		several, or none
	Needs the right to read the source and to create the draft. Raises frappe.PermissionError.
	"""
	maps = {
		doctype: {
			"doctype": target_doctype,
			"validation": validation or {},
			"field_no_map": list(not_taken_over),
		}
	}
	for table, target_table in (rows or {}).items():
		maps[table] = {"doctype": target_table, "condition": lambda row: False}
	return get_mapped_doc(doctype, source_name, maps, parsed(target_doc), lambda s, t: fill(s, t))


def parsed(target_doc: str | dict | None) -> dict | None:
	"""The draft that a caller sent, as a document or as its JSON text. Raises ValidationError for anything else."""
	try:
		target_doc = frappe.parse_json(target_doc)
	except ValueError:
		target_doc = ()
	if not isinstance(target_doc, dict | None):
		frappe.throw(_("The target must be a document"))
	return target_doc
