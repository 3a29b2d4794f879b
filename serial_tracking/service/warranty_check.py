"""Until when a unit is under warranty, for anybody who knows its number and its item: nothing else is told.

An unknown number, a number of another item and a unit without a warranty are one answer, found by the same statements.
"""

import datetime
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import formatdate, now_datetime

from serial_tracking.service import coverage
from serial_tracking.stock import bulk, gs1, units
from serial_tracking.stock import number as serial_number

UNDER_WARRANTY, ENDED, NOT_KNOWN = "Under Warranty", "Ended", "Not Known"
LONGEST = 500  # characters of a code from a label


@dataclass(frozen=True, slots=True)
class Answer:
	"""What is told of a unit."""

	status: str  # UNDER_WARRANTY, ENDED or NOT_KNOWN
	until: datetime.date | None = None  # the last day of the warranty


def is_offered() -> bool:
	return bool(frappe.get_cached_doc("Serial Tracking Settings").public_warranty_check)


def check(code: str, item_code: str = "") -> Answer:
	"""The warranty of a unit today.

	:param code: its number, or a GS1 code as a scanner or a telephone reads it from a label
	:param item_code: code or barcode of its item; a code that holds a GTIN says itself which it is
	Five statements, whatever the answer is.
	"""
	read = _read(code)
	item = read.gtin or _kept(item_code)
	spellings = gs1.spellings(item)
	# the database's collation may find more
	barcodes = bulk.select(
		"Item Barcode", ("parent", "barcode"), "barcode", spellings, where={"parenttype": "Item"}
	)
	items = {row["parent"].casefold() for row in barcodes if row["barcode"] in spellings}
	items.add(item.casefold())
	key = serial_number.key(read.number or "")
	bearers = units.find([key]).get(key, [])
	unit = next((unit for unit in bearers if unit["item_code"].casefold() in items), None)
	covered = coverage.as_of([unit["name"] if unit else ""])
	until = covered[unit["name"]].warranty_expiry_date if unit else None
	if not until:
		return Answer(NOT_KNOWN)
	return Answer(ENDED if until < now_datetime().date() else UNDER_WARRANTY, until)


def tell(answer: Answer) -> str:
	"""The answer in a sentence."""
	if answer.status == UNDER_WARRANTY:
		return _("Under warranty until {0}").format(formatdate(answer.until))
	if answer.status == ENDED:
		return _("The warranty ended on {0}").format(formatdate(answer.until))
	return _("Not known: there is no warranty for this serial number and item")


def _read(code: str) -> gs1.Code:
	text = _kept(code)
	read = gs1.parse(text) if gs1.is_marked(text) else None
	return read if isinstance(read, gs1.Code) else gs1.Code(serial_number.normalise(text))


def _kept(text: str) -> str:
	"""What was typed, without the blanks around it; nothing where no record can have it."""
	text = text.rstrip().lstrip(" \t\r\n")  # an FNC1 before a code is part of it
	return text if len(text) <= LONGEST and serial_number.is_unicode(text) else ""
