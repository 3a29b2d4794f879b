"""Drafts that follow from a submitted voucher: its return, and the invoice of a Delivery Note."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import escape_html, flt

from serial_tracking.exceptions import SerialNoReturnError
from serial_tracking.serial_tracking.mapping import make_draft
from serial_tracking.stock import bulk, entry_text, ledger, units, valuation
from serial_tracking.stock.valuation import PRECISION

DETAIL_FIELDS = {
	"Purchase Receipt": "purchase_receipt_item",
	"Delivery Note": "dn_detail",
	"Sales Invoice": "sales_invoice_item",
}
ROW_FIELDS = ("item_code", "item_name", "description", "uom", "conversion_factor", "stock_uom", "rate")


def make_return(doctype: str, source_name: str, target_doc=None):
	"""A draft return of everything that is still to be returned of a submitted voucher.

	Needs the right to read the voucher and to create another. Raises SerialNoReturnError if nothing is left.
	"""

	def fill(source, target):
		target.update({"is_return": 1, "return_against": source.name})
		rows = (
			_rows_left(source)
			if doctype != "Sales Invoice" or source.update_stock
			else _rows_invoiced(source)
		)
		for row, warehouse, stock_qty, numbers in rows:
			target.append(
				"items",
				{
					**{field: row.get(field) for field in ROW_FIELDS},
					**_measure(row, stock_qty, -1),
					DETAIL_FIELDS[doctype]: row.name,
					"warehouse": warehouse,
					"serial_no": entry_text.canonical(numbers),
				},
			)
		if not target.items:
			frappe.throw(
				_("Nothing of {0} {1} is left to return").format(_(doctype), escape_html(source.name)),
				SerialNoReturnError,
			)

	return _map(doctype, source_name, doctype, target_doc, fill)


def map_sales_invoice(source_name: str, target_doc=None):
	"""A draft invoice of what is out on a Delivery Note and on no invoice yet."""

	def fill(source, target):
		for row, warehouse, stock_qty, numbers in _rows_to_invoice(source):
			target.append(
				"items",
				{
					**{field: row.get(field) for field in ROW_FIELDS},
					**_measure(row, stock_qty),
					"delivery_note": source.name,
					"dn_detail": row.name,
					"warehouse": warehouse,
					"serial_no": entry_text.canonical(numbers),
				},
			)
		if not target.items:
			frappe.throw(
				_("Nothing of {0} {1} is left to invoice").format(
					_("Delivery Note"), escape_html(source.name)
				),
				frappe.ValidationError,
			)

	return _map("Delivery Note", source_name, "Sales Invoice", target_doc, fill)


def _measure(row, stock_qty: float, sign: int = 1) -> dict:
	"""Quantity, unit of measure and rate of a part of a row: in the row's unit, or where that would not come out
	even, in the stock unit."""
	factor = flt(row.conversion_factor) or 1
	qty = round(stock_qty / factor, PRECISION)
	even = qty == round(qty) or flt(row.qty) != round(flt(row.qty))
	if even and round(qty * factor, PRECISION) == round(stock_qty, PRECISION):
		return {"qty": sign * qty}
	rate = flt(row.rate) / factor
	return {"qty": sign * stock_qty, "uom": row.stock_uom, "conversion_factor": 1, "rate": rate}


def what_is_left(source) -> dict[str, bool]:
	"""Is there something to return of a submitted voucher, or to invoice: which buttons its form shows.

	A glance, whatever the number of units; the mappers look closer, and may still find nothing.
	"""
	name, unit = source.name, frappe.qb.DocType("Serial No")
	if source.doctype == "Purchase Receipt":
		here = (unit.purchase_document_no == name) & (unit.purchase_document_type == source.doctype)
		return {"return": _any(unit, here & (unit.warehouse != "")) or _any_row(_rows_left, source)}
	invoiced = unit.sales_invoice == name
	if source.doctype == "Sales Invoice" and not source.update_stock:
		left = {"return": any(True for _row in _rows_invoiced(source))}
		return {**left, "maintenance": _any(unit, invoiced)}
	out = (unit.delivery_document_no == name) & (unit.delivery_document_type == source.doctype)
	left = {"return": _any(unit, out) or _any_row(_rows_left, source)}
	left["maintenance"] = _any(unit, invoiced if source.doctype == "Sales Invoice" else out)
	if source.doctype == "Delivery Note":
		not_invoiced = unit.sales_invoice.isnull() | (unit.sales_invoice == "")
		left["invoice"] = _any(unit, out & not_invoiced) or _any_row(_rows_to_invoice, source)
	return left


def _any(unit, condition) -> bool:
	return bool(frappe.qb.from_(unit).select(unit.name).where(condition).limit(1).run())


def _any_row(rows, source) -> bool:
	return any(True for _row in rows(source, serialised_too=False))


def _map(doctype: str, source_name: str, target_doctype: str, target_doc, fill):
	return make_draft(
		doctype,
		source_name,
		target_doctype,
		target_doc,
		fill,
		validation={"docstatus": ["=", 1], "is_return": ["=", 0]},
		not_taken_over=("total", "total_qty", "remarks"),
		rows={f"{doctype} Item": f"{target_doctype} Item"},
	)


def _rows_to_invoice(source, serialised_too: bool = True):
	"""The same of what is out on a Delivery Note and on no invoice yet."""
	invoiced = _invoiced_by_row(source.name)
	for row, warehouse, stock_qty, numbers in _rows_left(source, True, serialised_too):
		if not numbers:
			factor = flt(row.conversion_factor) or 1
			stock_qty = min(stock_qty, flt(row.stock_qty) - invoiced.get(row.name, 0.0) * factor)
		if stock_qty > 0:
			yield row, warehouse, stock_qty, numbers


def _rows_left(source, to_invoice: bool = False, serialised_too: bool = True):
	"""Row, warehouse, stock units and numbers of what can still come back (or be invoiced) of a voucher."""
	serialised = units.serialised({row.item_code for row in source.items})
	out = _units_left(source, to_invoice) if serialised_too else {}
	counted = sorted({row.item_code for row in source.items} - serialised)
	left = valuation.outstanding(source.doctype, source.name, counted, lock=False)[0] if counted else {}
	returned = _returned_by_row(source) if counted else {}
	for row in source.items:
		if row.item_code in serialised:
			for warehouse, numbers in sorted(out.get(row.name, {}).items()):
				yield row, warehouse, len(numbers), numbers
			continue
		for warehouse, qty in _parts(row):
			stock_qty = flt(qty) * flt(row.conversion_factor) + returned.get((row.name, warehouse), 0.0)
			if row.item_code in left:  # not what is kept in no stock: that comes back in full
				stock_qty = min(stock_qty, left[row.item_code])
				left[row.item_code] -= stock_qty
			if stock_qty > 0:
				yield row, warehouse, stock_qty, []


def _returned_by_row(source) -> dict[tuple[str, str], float]:
	"""Stock units that came back of a row, from a warehouse; below zero."""
	row = frappe.qb.DocType(f"{source.doctype} Item")
	detail = row[DETAIL_FIELDS[source.doctype]]
	rows = (
		frappe.qb.from_(row)
		.select(detail, row.warehouse, Sum(row.stock_qty))
		.where(detail.isin([r.name for r in source.items]) & (row.docstatus == 1))
		.groupby(detail, row.warehouse)
		.orderby(detail, row.warehouse)
		.run()
	)
	return {(name, warehouse): flt(qty) for name, warehouse, qty in rows}


def _parts(row):
	yield row.warehouse, row.qty
	if flt(row.get("rejected_qty")):
		yield row.rejected_warehouse, row.rejected_qty


def _units_left(source, to_invoice: bool) -> dict[str, dict[str, list[str]]]:
	"""Numbers by row and the warehouse that they leave or come back to."""
	entries = bulk.select(
		"Serial No Ledger Entry",
		["serial_no", "voucher_detail_no", "from_warehouse"],
		"voucher_no",
		[source.name],
		where={"voucher_type": source.doctype, "is_cancelled": 0},
	)
	names = {entry["serial_no"] for entry in entries}
	found = {unit["name"]: unit for unit in units.read_by_name(names)}
	if source.doctype == "Purchase Receipt":
		there = ledger.units_of(units.moves_of(names), source.doctype, source.name)
	visible = units.visible_warehouses()
	left: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
	for entry in entries:
		unit = found[entry["serial_no"]]
		if not units.may_see(unit, visible):
			continue
		if source.doctype == "Purchase Receipt":
			if unit["name"] in there and unit["warehouse"]:
				left[entry["voucher_detail_no"]][unit["warehouse"]].append(unit["serial_no"])
		elif unit["delivery_document_no"] == source.name and not (to_invoice and unit["sales_invoice"]):
			left[entry["voucher_detail_no"]][entry["from_warehouse"]].append(unit["serial_no"])
	return left


def _rows_invoiced(source):
	"""Of an invoice that moved nothing: what is not yet credited, as it was invoiced."""
	row_doctype = frappe.qb.DocType("Sales Invoice Item")
	credited = dict(
		frappe.qb.from_(row_doctype)
		.select(row_doctype.sales_invoice_item, Sum(row_doctype.stock_qty))
		.where(row_doctype.sales_invoice_item.isin([row.name for row in source.items]))
		.where(row_doctype.docstatus == 1)
		.groupby(row_doctype.sales_invoice_item)
		.orderby(row_doctype.sales_invoice_item)
		.run()
	)
	for row in source.items:
		stock_qty = flt(row.stock_qty) + flt(credited.get(row.name))
		if stock_qty > 0:
			whole = stock_qty == flt(row.stock_qty)
			yield row, row.warehouse, stock_qty, entry_text.parse(row.serial_no).numbers() if whole else []


def _invoiced_by_row(delivery_note: str) -> dict[str, float]:
	row = frappe.qb.DocType("Sales Invoice Item")
	return dict(
		frappe.qb.from_(row)
		.select(row.dn_detail, Sum(row.qty))
		.where((row.delivery_note == delivery_note) & (row.docstatus == 1))
		.groupby(row.dn_detail)
		.orderby(row.dn_detail)
		.run()
	)
