"""An invoice of what Delivery Notes have delivered: it moves nothing, and writes itself on the units."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from serial_tracking.exceptions import SerialNoInvoiceError
from serial_tracking.stock import bulk, posting, rules, units
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.voucher import Posting

RULES_OF_TEXT = (
	rules.text_is_understood,
	rules.units_are_within_the_limit,
	rules.serials_are_wanted,
	rules.serials_are_given,
	rules.quantity_is_the_count,
)


def check(invoice: Posting) -> list[dict[str, Any]]:
	"""What `prepare` would refuse now, of all rules at once (see `rules.collect`); locks and writes nothing."""
	posting.load_items(invoice)
	problems = rules.collect(invoice, rules.TEXT, only=RULES_OF_TEXT)
	if rules.are_too_many(problems):
		return problems
	posting.load_units(invoice, lock=False)
	return problems + rules.collect(invoice, rules.UNITS)


def prepare(invoice: Posting) -> list[units.Unit]:
	"""Check an invoice and lock the units of its rows that name a Delivery Note; returns these units.

	Raises the class of the first broken rule of DOMAIN 6 that does not concern stock, SerialNoInvoiceError
	among them, or StockBusyError.
	"""
	with told_plainly():
		bulk.begin_writing()
		posting.load_items(invoice)
		rules.enforce(invoice, rules.TEXT, only=RULES_OF_TEXT)
		_lock_delivery_notes(invoice)
		posting.load_units(invoice)
		rules.enforce(invoice, rules.UNITS)
		return [move.unit for move in invoice.moves]


def _lock_delivery_notes(invoice: Posting) -> None:
	"""Who cancels one waits now, or has cancelled it: read what is committed."""
	notes = {row.source["delivery_note"] for row in invoice.rows if row.move_type == "Invoiced"}
	for note in bulk.select("Delivery Note", ("name", "docstatus"), "name", notes, for_update=True):
		if note["docstatus"] != 1:
			frappe.throw(
				_("Delivery Note {0} is not submitted, or a return").format(escape_html(note["name"])),
				SerialNoInvoiceError,
			)


def write(sales_invoice: str, invoiced: list[units.Unit]) -> None:
	"""Write the invoice on the units and on the moves that delivered them."""
	with told_plainly():
		_write(invoiced, None, sales_invoice)


def cancel(sales_invoice: str, keys: Iterable[str]) -> None:
	"""Take an invoice off the units that bear these keys, back or not, and off their moves."""
	with told_plainly():
		bulk.begin_writing()
		invoiced = [unit for found in units.find(keys, lock=True).values() for unit in found]
		_write(invoiced, sales_invoice, None)


def _write(invoiced: list[units.Unit], before: str | None, after: str | None) -> None:
	by_name = {unit["name"]: unit for unit in invoiced}
	delivered = {"move_type": "Delivered", "is_cancelled": 0}
	known = bulk.select("Serial No Ledger Entry", ["name"], "serial_no", by_name, where=delivered)
	moves = bulk.select(  # by name, as they are now: another invoice may have been cancelled
		"Serial No Ledger Entry",
		["name", "serial_no", "voucher_no", "sales_invoice"],
		"name",
		[move["name"] for move in known],
		where=delivered,
		for_update=True,
	)
	concerned = [
		move
		for move in moves
		# of the deliveries of a unit the one that it is out on; to take it off, the one that bears it
		if move["sales_invoice"] == before
		and (before or move["voucher_no"] == by_name[move["serial_no"]]["delivery_document_no"])
	]
	bulk.update("Serial No Ledger Entry", {move["name"]: {"sales_invoice": after} for move in concerned})
	bulk.update(
		"Serial No",
		{name: {"sales_invoice": after} for name, unit in by_name.items() if unit["sales_invoice"] == before},
	)
