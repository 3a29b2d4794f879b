"""A mistyped number put right everywhere (DOMAIN 2): the one way in which a Serial No is renamed."""

import json

import frappe
from frappe import _
from frappe.model.rename_doc import rename_doc
from frappe.utils import create_batch, escape_html

from serial_tracking.exceptions import SerialNoDuplicateError, SerialNoFormatError
from serial_tracking.stock import bulk, entry_text, holds, rules, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.reasons import reason_text

ROWS_AT_ONCE = 100  # each may hold the text of thousands of numbers
ROWS = {
	"Purchase Receipt Item": ("serial_no", "rejected_serial_no"),
	"Delivery Note Item": ("serial_no",),
	"Sales Invoice Item": ("serial_no",),
	"Stock Entry Detail": ("serial_no",),
	"Maintenance Schedule Item": ("serial_no",),
	"Maintenance Schedule Detail": ("serial_no",),
	"Maintenance Visit Part": ("serial_no",),
}
CONTRACT_ROWS = ("Maintenance Schedule Item", "Maintenance Schedule Detail")
WITHOUT_DETAILS = (*CONTRACT_ROWS, "Maintenance Visit Part")


def correct(unit: units.Unit, new_serial_no: str, reason: str) -> str:
	"""Rename a unit and its number in the ledgers, in the vouchers that moved it, in its contracts and in drafts.

	Returns the new name. Raises SerialNoFormatError or SerialNoDuplicateError.
	"""
	new = serial_number.normalise(new_serial_no)
	if problem := entry_text.problem(new):
		frappe.throw(f"{rules.quote_number(new)}: {reason_text(problem)}", SerialNoFormatError)
	with told_plainly():
		bulk.begin_writing()
		(unit,) = units.lock_by_name([unit["name"]])
		old, key = unit["serial_no"], serial_number.key(new)
		others = [u for u in units.find([key], lock=True).get(key, []) if u["name"] != unit["name"]]
		if known := units.pick(others, unit["item_code"], units.unique_per_item()):
			frappe.throw(
				_("{0} is a unit of item {1} already").format(
					rules.quote_number(new), escape_html(known["item_code"])
				),
				SerialNoDuplicateError,
			)
		rows = _rows_of(unit)
		name = units.name_for(new, unit["item_code"], others)
		try:
			if name != unit["name"]:
				doc = frappe.get_doc("Serial No", unit["name"])
				rename_doc(doc=doc, new=name, validate=False, show_alert=False, rebuild_search=False)
			bulk.update(
				"Serial No",
				{name: {"serial_no": new, "serial_key": key, "name_key": serial_number.key(name)}},
			)
		except Exception as e:
			if not frappe.db.is_duplicate_entry(e):
				raise
			frappe.throw(
				_("{0} is the name of another unit").format(rules.quote_number(name)), SerialNoDuplicateError
			)
		for doctype, names in rows.items():
			_correct_rows(doctype, names, unit["serial_key"], new)
		text = _("Number corrected from {0} to {1}: {2}")
		holds.note([name], text.format(*(escape_html(word) for word in (old, new, reason))))
		return name


def _rows_of(unit: units.Unit) -> dict[str, set[str]]:
	"""Names of the voucher rows that may name a unit: those that moved or invoiced it, and drafts of its item.

	Which of them do, their text says: a number may be written in many ways, and a LIKE finds some of them on one
	database and others on the next.
	"""
	moves = frappe.get_all(
		"Serial No Ledger Entry",
		{"serial_no": unit["name"]},
		["voucher_type", "voucher_no", "voucher_detail_no", "sales_invoice"],
		order_by="move_no",
	)
	found: dict[str, set[str]] = {doctype: set() for doctype in ROWS}
	for move in moves:
		found[frappe.get_meta(move.voucher_type).get_field("items").options].add(move.voucher_detail_no)
	for doctype in ROWS:
		row = frappe.qb.DocType(doctype)
		drafts = frappe.qb.from_(row).select(row.name).where(row.item_code == unit["item_code"])
		found[doctype].update(n for (n,) in drafts.where(row.docstatus == 0).orderby(row.name).run())
	found["Sales Invoice Item"].update(_rows_without_moves(unit["item_code"], moves))
	for doctype in CONTRACT_ROWS:
		found[doctype].update(_rows_of_contracts(doctype, unit))
	found["Maintenance Visit Part"].update(_rows_of_visits(unit["item_code"], moves))
	return found


def _rows_of_contracts(doctype: str, unit: units.Unit) -> set[str]:
	"""Names of the rows of this item in schedules that the unit is under contract by."""
	entries = bulk.select("Service Contract Entry", ("maintenance_schedule",), "serial_no", [unit["name"]])
	schedules = {entry["maintenance_schedule"] for entry in entries}
	rows = bulk.select(doctype, ("name",), "parent", schedules, where={"item_code": unit["item_code"]})
	return {row["name"] for row in rows}


def _rows_of_visits(item_code: str, moves: list[frappe._dict]) -> set[str]:
	"""Names of the rows of this item in visits, cancelled ones too, that issued what these moves moved."""
	entries = {move.voucher_no for move in moves if move.voucher_type == "Stock Entry"}
	visits = bulk.select("Maintenance Visit", ("name",), "stock_entry", entries)
	parents = {visit["name"] for visit in visits}
	rows = bulk.select("Maintenance Visit Part", ("name",), "parent", parents, where={"item_code": item_code})
	return {row["name"] for row in rows}


def _rows_without_moves(item_code: str, moves: list[frappe._dict]) -> set[str]:
	"""Names of the rows of this item in invoices of what these moves delivered, and in their credit notes."""
	row, invoice = frappe.qb.DocType("Sales Invoice Item"), frappe.qb.DocType("Sales Invoice")
	rows = frappe.qb.from_(row).select(row.name, row.parent).where(row.item_code == item_code)
	notes = sorted({move.voucher_no for move in moves if move.voucher_type == "Delivery Note"})
	# by the note and not by the move: that forgets an invoice which is cancelled, and may be amended
	invoiced = rows.where(row.delivery_note.isin(notes)).orderby(row.name).run() if notes else ()
	invoices = {parent for _name, parent in invoiced}
	invoices |= {move.sales_invoice for move in moves if move.sales_invoice}
	invoices |= {move.voucher_no for move in moves if move.voucher_type == "Sales Invoice"}
	if not invoices:
		return set()
	credits = (
		frappe.qb.from_(invoice)
		.select(invoice.name)
		.where(invoice.return_against.isin(sorted(invoices)))
		.orderby(invoice.name)
	)
	invoices |= {name for (name,) in credits.run()}
	named = rows.where(row.parent.isin(sorted(invoices))).orderby(row.name).run()
	return {name for name, _parent in named}


def _correct_rows(doctype: str, names: set[str], old_key: str, new: str) -> None:
	fields, has_details = ROWS[doctype], doctype not in WITHOUT_DETAILS
	columns = ["name", *fields, *(["unit_details"] if has_details else [])]
	for some in create_batch(sorted(names), ROWS_AT_ONCE):
		for row in bulk.select(doctype, columns, "name", some):
			changes = {field: _correct_box(row[field], old_key, new) for field in fields}
			if has_details:
				changes["unit_details"] = _correct_details(row["unit_details"], old_key, new)
			if changes := {field: value for field, value in changes.items() if value != row[field]}:
				frappe.db.set_value(doctype, row["name"], changes)


def _correct_box(text: str | None, old_key: str, new: str) -> str | None:
	if not text or old_key not in serial_number.key(text):  # thousands of lines are not looked at one by one
		return text
	old = (old_key, entry_text.canonical([old_key]))
	return "\n".join(new if serial_number.key(line) in old else line for line in text.split("\n"))


def _correct_details(text: str | None, old_key: str, new: str) -> str | None:
	if not text:
		return text
	details = {
		new if serial_number.key(n) == old_key else n: detail for n, detail in json.loads(text).items()
	}
	return json.dumps(details, ensure_ascii=False)
