"""Whitelisted methods about serial numbers. Errors are those of DOMAIN 6, answered with HTTP 417.

What only reads asks the read replica of a site that has one (docs/scaling.md): it may be a moment behind, and
within a transaction that has written it does not see what that wrote. The engine itself never calls these.
"""

import base64
import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, flt, now_datetime

from serial_tracking import permissions
from serial_tracking.exceptions import (
	SerialNoFormatError,
	SerialNoItemError,
	SerialNoLimitError,
	SerialNoQtyError,
	SerialNoRequiredError,
)
from serial_tracking.serial_tracking import correction
from serial_tracking.serial_tracking.stock_voucher import is_stock_voucher
from serial_tracking.serial_tracking.well_formed import read_date
from serial_tracking.stock import (
	entry_text,
	gtin,
	holds,
	numbers_file,
	opening,
	opening_file,
	opening_reasons,
	picking,
	rules,
	series,
	units,
)
from serial_tracking.stock.reasons import reason_text, shown_value

LONGEST_PAGE = 10_000  # units


@frappe.whitelist()
@frappe.read_only()
def expand(text: str, item_code: str | None = None) -> list[str]:
	"""The numbers that an entry text means, one for each unit, in the order of entry.

	:param text: numbers, ranges, counts and GS1 codes as in a voucher row (DOMAIN 5)
	:param item_code: with it, the GTIN of a GS1 code must be a barcode of the item
	Raises SerialNoFormatError, SerialNoLimitError (more than 200,000 units) or SerialNoItemError.
	Needs the right to read Serial No.
	"""
	frappe.has_permission("Serial No", throw=True)
	entry = entry_text.parse(text)
	rules.refuse_unreadable(entry)
	if item_code:
		frappe.has_permission("Item", doc=item_code, throw=True)
		known = gtin.recorded([item_code])
		for scanned in entry.scanned:
			if scanned.gtin and (item_code, scanned.gtin) not in known:
				frappe.throw(
					_("{0}: the GTIN {1} is not a barcode of the item").format(
						rules.quote_number(scanned.number), scanned.gtin
					),
					SerialNoItemError,
				)
	return entry.numbers()


@frappe.whitelist()
@frappe.read_only()
def preview_series(item_code: str, qty: int, posting_date: str | None = None) -> list[str]:
	"""The numbers that a receipt of `qty` units would get from the item's series now; none is reserved.

	:param qty: pieces, at most 200,000
	:param posting_date: the date that the date tokens take their value from, today by default
	Raises SerialNoSeriesError, SerialNoRequiredError (no series), SerialNoQtyError or SerialNoLimitError.
	Needs the right to read the item.
	"""
	frappe.has_permission("Item", doc=item_code, throw=True)
	if qty < 1:
		frappe.throw(_("The quantity is {0}, it must be above zero").format(qty), SerialNoQtyError)
	if qty > rules.MAX_UNITS:
		frappe.throw(
			_("{0} units, at most {1} are possible").format(qty, rules.MAX_UNITS), SerialNoLimitError
		)
	item = frappe.get_cached_doc("Item", item_code)
	if not item.has_serial_no or not item.serial_no_series:
		frappe.throw(
			_("Item {0} has no series").format(frappe.utils.escape_html(item_code)), SerialNoRequiredError
		)
	return series.preview(series.demand(item.serial_no_series, qty, _day(posting_date), [item.as_dict()]))


@frappe.whitelist()
@frappe.read_only()
def pick(
	item_code: str,
	warehouse: str,
	qty: float,
	based_on: str | None = None,
	posting_date: str | None = None,
	taken: str | list[str] | None = None,
) -> list[str]:
	"""Numbers of units that may be delivered from a warehouse; none is reserved.

	:param qty: stock units, at most 200,000
	:param based_on: FIFO, LIFO or End of Life; by default what the settings say
	:param posting_date: the day on which they must not have expired, today by default
	:param taken: numbers to leave out, since other rows name them: a list, or a text as in a voucher row
	Raises SerialNoQtyError, SerialNoLimitError or SerialNoNotAvailableError (fewer are available).
	Needs the right to read the item, the warehouse and Serial No.
	"""
	_may_look_for_units(item_code, warehouse)
	if qty > rules.MAX_UNITS:
		frappe.throw(
			_("{0} units, at most {1} are possible").format(qty, rules.MAX_UNITS), SerialNoLimitError
		)
	if not 1 <= flt(qty) == round(flt(qty)):
		frappe.throw(_("{0} is not a whole number of units above zero").format(qty), SerialNoQtyError)
	based_on, day = _order_of_picking(based_on), _day(posting_date)
	left_out = frozenset(units.numbers_of(taken or ""))
	return picking.pick(item_code, warehouse, int(qty), based_on, day, left_out)


@frappe.whitelist()
@frappe.read_only()
def available(
	item_code: str,
	warehouse: str,
	based_on: str | None = None,
	posting_date: str | None = None,
	search: str = "",
	start: int = 0,
	page_length: int = 200,
) -> dict[str, Any]:
	"""The units that may be delivered from a warehouse, page by page in the order in which `pick` takes them.

	:param based_on, posting_date: see `pick`
	:param search: those whose number has this in it, however it is written
	:param page_length: at most 10,000
	Returns `total`, and `units` with `serial_no`, `purchase_date` and `end_of_life_date`.
	Needs the right to read the item, the warehouse and Serial No.
	"""
	_may_look_for_units(item_code, warehouse)
	page_length = min(max(page_length, 1), LONGEST_PAGE)
	total, found = picking.offer(
		item_code,
		warehouse,
		_order_of_picking(based_on),
		_day(posting_date),
		search[:100],
		max(start, 0),
		page_length,
	)
	return {"total": total, "units": found}


@frappe.whitelist()
@frappe.read_only()
def read(text: str, item_code: str | None = None) -> dict[str, Any]:
	"""What a text means, with what is wrong in it; `expand` refuses a text that has anything wrong.

	:param text: numbers, ranges, counts and GS1 codes as in a voucher row (DOMAIN 5)
	:param item_code: with it, the GTIN of a GS1 code must be a barcode of the item
	Returns `numbers`, one for each unit in the order of entry, and `problems`: pairs of a text and the reason, as HTML.
	Raises SerialNoLimitError (more than 200,000 units). Needs the right to read Serial No.
	"""
	frappe.has_permission("Serial No", throw=True)
	if item_code:
		frappe.has_permission("Item", doc=item_code, throw=True)
	return _understand(text, item_code)


@frappe.whitelist(methods=["POST"])
def read_file(content: str) -> dict[str, Any]:
	"""The numbers in a file with a column of them, CSV or XLSX, of at most 6 MB; it is not kept.

	:param content: its bytes, in base 64
	Returns `numbers` and `problems` as `read` does (the text of a problem names its line), and `notes` as HTML.
	Raises SerialNoFormatError for a file that cannot be read, or SerialNoLimitError (more than 200,000 units).
	Needs the right to read Serial No.
	"""
	frappe.has_permission("Serial No", throw=True)
	try:
		given = base64.b64decode(content, validate=True)
	except ValueError:
		frappe.throw(_("The file did not arrive whole"), SerialNoFormatError)
	try:
		texts, wrong, notes = numbers_file.read(given, opening_reasons.labels())
	except opening_file.Unusable as unusable:
		why = opening_reasons.problem_text(opening.Problem(unusable.line, unusable.code, unusable.values))
		if unusable.line:
			why = _("Line {0}: {1}").format(unusable.line, why)
		frappe.throw(why, SerialNoFormatError, title=_("The File Was Refused"))
	understood = _understand("\n".join(texts))
	of_lines = [(_("Line {0}").format(p.line), opening_reasons.problem_text(p)) for p in wrong]
	return {
		**understood,
		"problems": of_lines + understood["problems"],
		"notes": [opening_reasons.note_text(*note) for note in notes],
	}


@frappe.whitelist(methods=["POST"])
def hold(serial_nos: str | list[str], reason: str, item_code: str | None = None) -> dict[str, int]:
	"""Set units in stock aside: `{"held": pieces}`, without those held for this reason already.

	:param serial_nos: a list of numbers, or a text as in a voucher row
	:param item_code: needed where two items bear a number
	Raises SerialNoNotExistsError, SerialNoAmbiguousError or SerialNoCannotChangeError (out of stock); nothing is
	held then. Needs the role Stock Manager.
	"""
	permissions.only_for_stock_managers()
	reason = holds.reason(reason)
	return {"held": holds.hold((u["name"] for u in units.resolve_many(serial_nos, item_code)), reason)}


@frappe.whitelist(methods=["POST"])
def release(serial_nos: str | list[str], item_code: str | None = None) -> dict[str, int]:
	"""End the hold of units: `{"released": pieces}`, without those that were not held.

	:param serial_nos: a list of numbers, or a text as in a voucher row
	Raises SerialNoNotExistsError or SerialNoAmbiguousError. Needs the role Stock Manager.
	"""
	permissions.only_for_stock_managers()
	return {"released": holds.release(u["name"] for u in units.resolve_many(serial_nos, item_code))}


@frappe.whitelist()
@frappe.read_only()
def check(doc: str | dict[str, Any]) -> list[dict[str, Any]]:
	"""What a submit of this voucher would refuse now, row by row; nothing is written or locked.

	:param doc: a voucher as a document or JSON text, saved or not
	Returns for each problem `row` (idx, None for the whole voucher), `item_code`, `exception`, `title`, `message`,
	`serial_nos`, `reason` (the message without the numbers, where they share one) and `reasons` (number → why, where
	each has its own); all rules at once, where a submit stops at the first. Needs the right to write the voucher, or
	for a new one to create it.
	"""
	try:
		values = frappe.parse_json(doc)
	except ValueError:
		values = None
	if (
		not isinstance(values, dict)
		or not isinstance(values.get("name"), str | None)
		or not is_stock_voucher(values.get("doctype"))
	):
		frappe.throw(_("This is no stock voucher"))
	saved = bool(values.get("name")) and frappe.db.exists(values["doctype"], values["name"])
	voucher = frappe.get_doc(values["doctype"], values["name"]) if saved else frappe.get_doc(values)
	if saved:
		voucher.check_permission("write")
		voucher.update(values)
	voucher.check_permission("write" if saved else "create")
	return voucher.find_problems()


@frappe.whitelist(methods=["POST"])
def correct(serial_no: str, new_serial_no: str, reason: str, item_code: str | None = None) -> str:
	"""Put a mistyped number right, on the unit, in the ledgers and in its documents; the unit's new name.

	:param item_code: needed where two items bear the number
	Raises SerialNoNotExistsError, SerialNoAmbiguousError, SerialNoFormatError or SerialNoDuplicateError.
	Needs the role Stock Manager. The reason is written into the unit's time line.
	"""
	permissions.only_for_stock_managers()
	return correction.correct(units.resolve(serial_no, item_code), new_serial_no, holds.reason(reason))


def _understand(text: str, item_code: str | None = None) -> dict[str, Any]:
	entry = entry_text.parse(text)
	rules.refuse_too_many(entry)
	problems = [(part, reason_text(code)) for part, code in entry.problems]
	if item_code and entry.scanned:
		known = gtin.recorded([item_code])
		problems += [
			(scanned.number, _("the GTIN {0} is not a barcode of the item").format(scanned.gtin))
			for scanned in entry.scanned
			if scanned.gtin and (item_code, scanned.gtin) not in known
		]
	return {"numbers": entry.numbers(), "problems": problems}


def _may_look_for_units(item_code: str, warehouse: str) -> None:
	frappe.has_permission("Serial No", throw=True)
	frappe.has_permission("Item", doc=item_code, throw=True)
	frappe.has_permission("Warehouse", doc=warehouse, throw=True)
	if warehouse not in (units.visible_warehouses() or {warehouse}):
		frappe.throw(
			_("You may not see the units in {0}").format(escape_html(warehouse)), frappe.PermissionError
		)


def _order_of_picking(based_on: str | None) -> str:
	settings = frappe.get_cached_doc("Serial Tracking Settings")
	based_on = based_on or settings.pick_serial_nos_based_on or picking.FIFO
	if based_on not in picking.BASES:
		frappe.throw(_("{0} is not one of {1}").format(shown_value(based_on), ", ".join(picking.BASES)))
	return based_on


def _day(posting_date: str | None) -> datetime.date:
	return read_date(posting_date, "posting_date") or now_datetime().date()
