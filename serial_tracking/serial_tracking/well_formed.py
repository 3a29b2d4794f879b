"""What is a document at all. Over REST anything may come, and Frappe would answer some of it with HTTP 500."""

import datetime
from typing import Any

import frappe
from frappe import _
from frappe.model import numeric_fieldtypes
from frappe.model.base_document import BaseDocument
from frappe.utils import cstr, getdate

from serial_tracking.stock import number as serial_number
from serial_tracking.stock.reasons import shown_value

NUMBERS_FIELDS = ("serial_no", "rejected_serial_no")  # their text is looked at as such
NAMED = ("Link", "Dynamic Link", "Select")
DATES = ("Date", "Datetime")
TEXTS = ("Small Text", "Text", "Code")
OF_EVERY_DOCUMENT = ("name", "idx", "owner", "parent", "parenttype", "parentfield")
FIRST_YEAR = 1900
LARGEST_NUMBER = 2**63
LONGEST_NAME = 140  # characters
LONGEST_TEXT = 65_535  # bytes: MariaDB's TEXT


def read_json(value: Any, *kinds: type) -> Any:
	"""What a caller gave as JSON text, or as it is: one of `kinds`, or None. Raises ValidationError for anything else."""
	try:
		given = frappe.parse_json(value)
	except ValueError:
		given = value
	if given is not None and not isinstance(given, kinds):
		frappe.throw(_("{0} is not the JSON that is asked for").format(shown_value(value)))
	return given


def read_date(value: Any, fieldname: str) -> datetime.date | None:
	"""A date that a caller gave, None for nothing; raises frappe.ValidationError, naming the field, for what is none."""
	if not value:
		return None
	try:
		return getdate(value)
	except (TypeError, ValueError, OverflowError):  # what Frappe does not refuse itself
		frappe.throw(_("{0}: {1} is no date").format(_(frappe.unscrub(fieldname)), shown_value(value)))


def refuse_malformed(meta, values) -> None:
	"""Raise ValidationError, naming the field, for values that are of no use in their fields, rows included.

	Whether a value is right is asked later: this looks at what it is made of.
	"""
	fields = {field.fieldname: field for field in meta.fields}
	tables = {field.fieldname: field.options for field in meta.get_table_fields()}
	for name, value in values.items():
		if name in tables:
			_look_at_rows(meta, name, tables[name], value)
		elif value is None or not (name in fields or name in OF_EVERY_DOCUMENT):
			continue
		elif name == "idx" and not meta.istable and not _is_whole(value):  # rows are numbered anew
			frappe.throw(_("{0}: {1} is no number").format(name, shown_value(value)))
		elif wrong := _what_is_wrong(name, fields[name].fieldtype if name in fields else "Data", value):
			frappe.throw(wrong.format(_(meta.get_label(name)), shown_value(value)))
	if cstr(values.get("docstatus") or 0) not in ("0", "1", "2"):
		frappe.throw(_("{0} is no docstatus").format(shown_value(values.get("docstatus"))))


def _look_at_rows(meta, name: str, doctype: str, value: Any) -> None:
	rows = value or []
	if not isinstance(rows, list | tuple) or not all(isinstance(row, dict | BaseDocument) for row in rows):
		frappe.throw(_("{0} must be a list of rows").format(_(meta.get_label(name))))
	for row in rows:
		if isinstance(row, dict):
			refuse_malformed(frappe.get_meta(doctype), row)


def _what_is_wrong(name: str, fieldtype: str, value: Any) -> str | None:
	"""The text of a refusal, with {0} for the field and {1} for the value."""
	if name in NUMBERS_FIELDS and fieldtype not in NAMED:
		return None
	if isinstance(value, list | tuple | dict | set):
		return _("{0} must be text, a number or a date")
	if isinstance(value, str) and not value.isascii() and not serial_number.is_unicode(value):
		return _("{0} has characters that are none")
	if fieldtype in numeric_fieldtypes:
		return None
	if fieldtype in NAMED and not isinstance(value, str):
		return _("{0} must be text, not {1}")
	if isinstance(value, str):
		if fieldtype in NAMED and len(value) > LONGEST_NAME:
			return _("{0} is too long: {1}")
		if fieldtype in TEXTS and len(value.encode()) > LONGEST_TEXT:
			return _("{0} is too long: {1}")
	if isinstance(value, int | float) and not abs(value) < LARGEST_NUMBER:  # nor is NaN
		return _("{0} must be text, not {1}")
	if fieldtype in DATES and value != "":
		return None if _is_date(value) else _("{0}: {1} is no date")
	return None


def _is_whole(value: Any) -> bool:
	try:
		return abs(int(value)) < 2**31
	except (TypeError, ValueError, OverflowError):
		return False


def _is_date(value: Any) -> bool:
	if not isinstance(value, str | datetime.date):
		return False
	try:
		return getdate(value).year >= FIRST_YEAR
	except Exception:  # Frappe's getdate raises its own classes, and those of the parser below it
		return False
