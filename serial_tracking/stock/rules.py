"""The rules of DOMAIN 6 for vouchers, in their order, each in one place.

A rule looks at a Posting and says which rows break it and how. `enforce` raises the class of the first rule
that any row breaks, with one message that names every serial that breaks it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.utils import escape_html, format_datetime, formatdate

from serial_tracking import exceptions as exc
from serial_tracking.stock import entry_text, status
from serial_tracking.stock.reasons import reason_text
from serial_tracking.stock.valuation import PRECISION

if TYPE_CHECKING:
	from serial_tracking.stock import units
	from serial_tracking.stock.voucher import Posting, Row, UnitMove

MAX_UNITS = entry_text.MOST_UNITS  # in one voucher

# row, what is wrong, with which numbers, and why: the same without them, or for each number
Problem = (
	tuple["Row | None", str]
	| tuple["Row | None", str, list[str]]
	| tuple["Row | None", str, list[str], str | dict[str, str]]
)
Rule = Callable[["Posting"], Iterator[Problem]]

TEXT, UNITS, STOCK = "text", "units", "stock"  # phases


def enforce(posting: "Posting", phase: str, only: tuple[Rule, ...] | None = None) -> None:
	"""Raise the first rule of a phase that is broken.

	The phases follow each other as more becomes known: TEXT needs only the rows and the items, UNITS the
	locked Serial Nos, STOCK the locked Bins. Together they keep the order of the table.

	:param only: these rules alone
	"""
	for rule_phase, exception, title, rule in table():
		if rule_phase == phase and (only is None or rule in only):
			if problems := list(rule(posting)):
				throw(problems, exception, title)


def collect(posting: "Posting", phase: str, only: tuple[Rule, ...] | None = None) -> list[dict[str, Any]]:
	"""All problems of a phase: `row` (idx or None), `item_code`, `exception`, `title`, `message`, `serial_nos`,
	`reason` (the message without the numbers, where they share one), and `reasons` (of each, where they do not).

	A unit that breaks one rule is not asked about the rules after it.

	:param only: these rules alone
	"""
	found = []
	for rule_phase, exception, title, rule in table():
		if rule_phase != phase or (only is not None and rule not in only):
			continue
		for row, text, *more in rule(posting):
			found.append(as_problem(exception, title, text, row, *more))
	return found


def as_problem(
	exception: type[Exception],
	title: str,
	message: str,
	row: "Row | None" = None,
	serial_nos: list[str] | None = None,
	reason: str | dict[str, str] | None = None,
) -> dict[str, Any]:
	"""A problem as `collect` tells it."""
	return {
		"row": row and row.idx,
		"item_code": row and row.item_code,
		"exception": exception.__name__,
		"title": title,
		"message": message,
		"serial_nos": serial_nos or [],
		"reason": reason if isinstance(reason, str) else None,
		"reasons": reason if isinstance(reason, dict) else {},
	}


def are_too_many(problems: list[dict[str, Any]]) -> bool:
	"""Is one of the problems that there are more units than a voucher may have? Then they are not to be expanded."""
	return any(problem["exception"] == exc.SerialNoLimitError.__name__ for problem in problems)


def throw(problems: list[Problem], exception: type[Exception], title: str) -> None:
	"""One message for all problems of a rule, row by row."""
	lines = [
		_("Row {0}, {1}: {2}").format(row.idx, escape_html(row.item_code), text) if row else text
		for row, text, *_numbers in problems
	]
	frappe.throw("<br>".join(lines), exception, title=title)


# ---------------------------------------------------------------------------------- rows and items


def item_is_active(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		item = posting.items[row.item_code]
		if item.disabled:
			yield row, _("the item is disabled")
		elif item.end_of_life and item.end_of_life < posting.posting_date:
			yield row, _("the item reached its end of life on {0}").format(formatdate(item.end_of_life))
		elif not item.is_stock_item and posting.voucher_type == "Stock Entry":
			yield row, _("the item is not kept in stock")


def posting_is_not_in_the_future(posting: "Posting") -> Iterator[Problem]:
	if posting.posting_datetime > posting.now:
		yield (
			None,
			_("The posting time {0} lies in the future").format(format_datetime(posting.posting_datetime)),
		)


def period_is_open(posting: "Posting") -> Iterator[Problem]:
	frozen_upto = posting.settings.stock_frozen_upto
	if frozen_upto and posting.posting_date <= frappe.utils.getdate(frozen_upto):
		role = posting.settings.role_allowed_for_frozen_stock
		if not role or role not in frappe.get_roles():
			yield (
				None,
				_("Stock is frozen up to {0}; the posting date {1} lies before").format(
					formatdate(frozen_upto), formatdate(posting.posting_date)
				),
			)


def whole_units(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		item = posting.items[row.item_code]
		if item.has_serial_no:
			continue
		for qty, uom in ((row.qty, row.uom), (row.stock_qty, item.stock_uom)):
			if uom in posting.whole_uoms and qty != round(qty):
				yield row, _("{0} {1} cannot be a fraction").format(qty, escape_html(uom))
				break


def quantity_is_positive(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		if not posting.items[row.item_code].has_serial_no and row.stock_qty <= 0:
			yield row, not_above_zero(posting, row)


def not_above_zero(posting: "Posting", row: "Row") -> str:
	if posting.is_return:
		return _("the quantity is {0}, in a return it must be below zero").format(-row.stock_qty)
	return _("the quantity is {0}, it must be above zero").format(row.stock_qty)


def text_is_understood(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		for text, reason in row.entry.problems:
			yield row, f"{quote_number(text)}: {reason_text(reason)}", [text], reason_text(reason)


def units_are_within_the_limit(posting: "Posting") -> Iterator[Problem]:
	units = sum(
		row.entry.count or (int(row.stock_qty) if posting.items[row.item_code].has_serial_no else 0)
		for row in posting.rows
	)
	if units > MAX_UNITS:
		yield (
			None,
			_("{0} units in one voucher, at most {1} are possible. Use several vouchers.").format(
				f"{units:,}", f"{MAX_UNITS:,}"
			),
		)


def serials_are_wanted(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		if row.entry.count and not posting.items[row.item_code].has_serial_no:
			yield row, _("the item has no serial numbers, but {0} are given").format(row.entry.count)


def serials_are_given(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		item = posting.items[row.item_code]
		if not item.has_serial_no or row.entry.count or not row.move_type:
			continue
		if row.from_warehouse:
			yield (
				row,
				_("enter the serial numbers of the units that leave {0}").format(
					escape_html(row.from_warehouse)
				),
			)
		elif row.brings_back:
			yield row, _("enter the serial numbers of the units that come back")
		elif row.move_type == "Invoiced":
			yield row, _("enter the serial numbers of the units that are invoiced")
		elif not item.serial_no_series:
			yield row, _("enter the serial numbers: the item has no series to make them from")


def quantity_is_the_count(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		if not posting.items[row.item_code].has_serial_no:
			continue
		if row.stock_qty <= 0:
			yield row, not_above_zero(posting, row)
		elif row.stock_qty != round(row.stock_qty):
			yield row, _("{0} is not a whole number of units").format(row.stock_qty)
		elif row.entry.count and row.entry.count != row.stock_qty:
			yield (
				row,
				_("the quantity is {0}, but {1} serial numbers are given").format(
					int(row.stock_qty), row.entry.count
				),
			)


def no_unit_twice(posting: "Posting") -> Iterator[Problem]:
	first: dict[tuple, UnitMove] = {}
	repeated: dict[int, dict[str, str]] = defaultdict(dict)
	reasons: dict[int, dict[str, str]] = defaultdict(dict)
	rows = {row.idx: row for row in posting.rows}
	for move in posting.moves:
		# consumed and produced again in one Repack is one unit that goes out and comes in
		side = move.row.inward if posting.may_reproduce else None
		earlier = first.setdefault((move.identity, side), move)
		if earlier is not move:
			text, reason = quote_number(move.number), _("given more than once")
			if earlier.row.idx != move.row.idx:
				text = _("{0} (row {1})").format(text, earlier.row.idx)
				reason = _("given in row {0} too").format(earlier.row.idx)
			reasons[move.row.idx][move.number] = reason
			repeated[move.row.idx][move.number] = text
			posting.refused.add(id(move))
	for idx, numbers in repeated.items():
		yield (
			rows[idx],
			_("given more than once: {0}").format(", ".join(numbers.values())),
			list(numbers),
			reasons[idx],
		)


# ---------------------------------------------------------------------------------- units


def unit_is_of_the_item(posting: "Posting") -> Iterator[Problem]:
	for row, text, gtin in posting.foreign_gtins:
		why = _("{0}: the GTIN {1} is not a barcode of the item")
		reason = _("the GTIN {0} is not a barcode of the item").format(gtin)
		yield row, why.format(quote_number(text), gtin), [text], reason
	yield from _by_row(
		posting,
		lambda move: move.unit and move.unit["item_code"] != move.row.item_code,
		lambda move: _("is a unit of item {0}").format(escape_html(move.unit["item_code"])),
	)


def unit_exists(posting: "Posting") -> Iterator[Problem]:
	yield from _by_row(
		posting,
		lambda move: move.row.wants_known_units and not move.unit,
		lambda move: _("is not known"),
	)


def part_is_used_for_a_known_unit(posting: "Posting") -> Iterator[Problem]:
	for row in posting.rows:
		if not row.used_for:
			continue
		unit = posting.served.get(row.used_for)
		if not unit or not posting.may_see(unit):
			yield row, _("the unit that it is used for, {0}, is not known").format(quote_number(row.used_for))


def part_is_not_used_for_itself(posting: "Posting") -> Iterator[Problem]:
	yield from _by_row(
		posting,
		lambda move: move.unit and move.unit["name"] == move.row.used_for,
		lambda move: _("cannot be used for itself"),
	)


def unit_went_out_on_the_document(posting: "Posting") -> Iterator[Problem]:
	"""A return takes units of its document; without one, units that this party has or had."""

	def refused(move):
		return (move.row.brings_back and not _may_come_back(posting, move.unit)) or (
			move.row.move_type == "Returned to Supplier" and not _may_go_back(posting, move.unit)
		)

	def why(move):
		visible = posting.may_see(move.unit)
		if move.row.move_type == "Returned to Supplier":
			if posting.return_against:
				why = _("did not come in on {0}, or went back since").format(
					escape_html(posting.return_against)
				)
			else:
				why = _("was not supplied by {0}").format(escape_html(posting.party))
		elif move.row.move_type == "Returned from Use":
			why = _("is not in use")
		elif posting.return_against:
			why = _("is not out on {0}").format(escape_html(posting.return_against))
		else:
			why = _("is not with customer {0}").format(escape_html(posting.party))
		if visible and move.row.brings_back:
			why = _("{0}: it is {1}").format(why, _(move.unit["status"]))
		return with_voucher(why, move.unit, visible)

	yield from _by_row(posting, refused, why)


def _may_come_back(posting: "Posting", unit: "units.Unit") -> bool:
	if posting.voucher_type == "Stock Entry":
		return unit["status"] == status.IN_USE
	if posting.return_against:
		delivered_by = (unit["delivery_document_type"], unit["delivery_document_no"])
		return delivered_by == (posting.voucher_type, posting.return_against)
	if not unit["last_voucher_no"]:  # sold before the records began
		return True
	return unit["status"] == status.DELIVERED and unit["customer"] == posting.party


def _may_go_back(posting: "Posting", unit: "units.Unit") -> bool:
	if posting.return_against:
		return unit["name"] in posting.came_in_on_source
	return unit["supplier"] in (None, "", posting.party)


def unit_is_out_to_be_invoiced(posting: "Posting") -> Iterator[Problem]:
	def refused(move):
		if move.row.move_type != "Invoiced":
			return False
		delivered_by = (move.unit["delivery_document_type"], move.unit["delivery_document_no"])
		return (
			delivered_by != ("Delivery Note", move.row.source["delivery_note"]) or move.unit["sales_invoice"]
		)

	def why(move):
		visible = posting.may_see(move.unit)
		if (
			move.unit["sales_invoice"]
			and move.unit["delivery_document_no"] == move.row.source["delivery_note"]
		):
			if not visible:
				return _("is invoiced already")
			return _("is invoiced already, on {0}").format(escape_html(move.unit["sales_invoice"]))
		why = _("is not out on Delivery Note {0}").format(escape_html(move.row.source["delivery_note"]))
		if visible:
			why = _("{0}: it is {1}").format(why, _(move.unit["status"]))
		return with_voucher(why, move.unit, visible)

	yield from _by_row(posting, refused, why)


def unit_is_free_to_come_in(posting: "Posting") -> Iterator[Problem]:
	leaving = (
		{move.identity for move in posting.moves if move.row.outward} if posting.may_reproduce else set()
	)
	again = posting.settings.allow_existing_serial_no

	def refused(move):
		if not move.unit or not move.row.inward or move.identity in leaving:
			return False
		if move.unit["warehouse"]:
			return True
		if move.row.brings_back:
			return False
		return move.unit["status"] == status.IN_USE or (move.unit["last_voucher_no"] and not again)

	def why(move):
		visible = posting.may_see(move.unit)
		if not visible and (move.unit["warehouse"] or again):
			why = _("is in stock or in use already")
		elif move.unit["warehouse"]:
			why = _("is in {0} already").format(escape_html(move.unit["warehouse"]))
		elif move.unit["status"] == status.IN_USE:
			why = _("is in use: it comes back by a Stock Entry, Return from Use")
		else:
			why = _("is known already, and known serials may not be received again")
		return with_voucher(why, move.unit, visible)

	yield from _by_row(posting, refused, why)


def unit_is_in_the_warehouse(posting: "Posting") -> Iterator[Problem]:
	def why(move):
		here, there = escape_html(move.row.from_warehouse), escape_html(move.unit["warehouse"] or "")
		if not posting.may_see(move.unit):
			return _("not in {0}").format(here)
		if there:
			return with_voucher(_("not in {0}: it is in {1}").format(here, there), move.unit)
		return with_voucher(_("not in {0}: it is {1}").format(here, _(move.unit["status"])), move.unit)

	yield from _by_row(
		posting,
		lambda move: move.row.outward and move.unit["warehouse"] != move.row.from_warehouse,
		why,
	)


def unit_is_free_to_leave(posting: "Posting") -> Iterator[Problem]:
	def status_then(move):
		return status.in_stock(move.unit["on_hold"], move.unit["end_of_life_date"], posting.posting_date)

	def why(move):
		if status_then(move) == status.ON_HOLD:
			return _("is On Hold: {0}").format(escape_html(move.unit["hold_reason"] or ""))
		why = _("is Expired since {0}").format(formatdate(move.unit["end_of_life_date"]))
		return with_voucher(why, move.unit)

	yield from _by_row(
		posting,
		lambda move: move.row.outward and status_then(move) not in status.FREE_TO_LEAVE[move.row.move_type],
		why,
	)


def unit_has_not_moved_since(posting: "Posting") -> Iterator[Problem]:
	yield from _by_row(
		posting,
		lambda move: (
			move.unit
			and move.unit["last_posting_datetime"]
			and move.unit["last_posting_datetime"] > posting.posting_datetime
		),
		lambda move: with_voucher(
			_("moved later, at {0}").format(format_datetime(move.unit["last_posting_datetime"])),
			move.unit,
			posting.may_see(move.unit),
		),
	)


# ---------------------------------------------------------------------------------- stock


def stock_stays_above_zero(posting: "Posting") -> Iterator[Problem]:
	changes: dict[tuple[str, str], float] = defaultdict(float)
	lowest: dict[tuple[str, str], tuple[float, Row]] = {}  # after a row, in the order of the rows
	for row in posting.stock_rows():
		if posting.items[row.item_code].has_serial_no:
			continue
		if row.from_warehouse:
			place = (row.item_code, row.from_warehouse)
			changes[place] -= row.stock_qty
			low = round(posting.balances[place].qty_then + changes[place], PRECISION)
			if place not in lowest or low < lowest[place][0]:
				lowest[place] = (low, row)
		if row.to_warehouse:
			changes[(row.item_code, row.to_warehouse)] += row.stock_qty
	for place, (low, row) in lowest.items():
		later = posting.balances[place].lowest_later
		if later is not None:
			low = min(low, round(later + changes[place], PRECISION))
		if low < 0:
			yield row, below_zero(place[1], low)


def no_more_than_went_out(posting: "Posting") -> Iterator[Problem]:
	if not posting.return_against:
		return
	left = dict(posting.returnable)
	for row in posting.stock_rows():
		if posting.items[row.item_code].has_serial_no:
			continue
		before = left.get(row.item_code, 0.0)
		left[row.item_code] = round(before - row.stock_qty, PRECISION)
		if left[row.item_code] < 0:
			yield (
				row,
				_("{0} are returned, but of {1} only {2} are left to return").format(
					row.stock_qty, escape_html(posting.return_against), before
				),
			)


def below_zero(warehouse: str, low: float) -> str:
	return _("the stock in {0} would fall to {1}").format(escape_html(warehouse), low)


def table() -> list[tuple[str, type[Exception], str, Rule]]:
	"""Phase, class, title and rule, in the order of DOMAIN 6."""
	return [
		(TEXT, exc.ItemNotActiveError, _("Item Not Active"), item_is_active),
		(TEXT, exc.FuturePostingError, _("Future Posting"), posting_is_not_in_the_future),
		(TEXT, exc.StockFrozenError, _("Stock Frozen"), period_is_open),
		(TEXT, exc.UOMMustBeIntegerError, _("Whole Number Needed"), whole_units),
		(TEXT, exc.InvalidQuantityError, _("Invalid Quantity"), quantity_is_positive),
		(TEXT, exc.SerialNoFormatError, _("Serial No Not Understood"), text_is_understood),
		(TEXT, exc.SerialNoLimitError, _("Too Many Units"), units_are_within_the_limit),
		(TEXT, exc.SerialNoNotRequiredError, _("Serial No Not Wanted"), serials_are_wanted),
		(TEXT, exc.SerialNoRequiredError, _("Serial No Needed"), serials_are_given),
		(TEXT, exc.SerialNoQtyError, _("Quantity and Serial Nos Differ"), quantity_is_the_count),
		(UNITS, exc.SerialNoDuplicateError, _("Serial No Given Twice"), no_unit_twice),
		(UNITS, exc.SerialNoDuplicateError, _("Part Used for Itself"), part_is_not_used_for_itself),
		(UNITS, exc.SerialNoItemError, _("Serial No of Another Item"), unit_is_of_the_item),
		(UNITS, exc.SerialNoNotExistsError, _("Serial No Not Known"), unit_exists),
		(UNITS, exc.SerialNoNotExistsError, _("Unit Not Known"), part_is_used_for_a_known_unit),
		(UNITS, exc.SerialNoReturnError, _("Not to Be Returned"), unit_went_out_on_the_document),
		(UNITS, exc.SerialNoInvoiceError, _("Not to Be Invoiced"), unit_is_out_to_be_invoiced),
		(UNITS, exc.SerialNoDuplicateError, _("Serial No in Stock Already"), unit_is_free_to_come_in),
		(UNITS, exc.SerialNoWarehouseError, _("Serial No Not in Warehouse"), unit_is_in_the_warehouse),
		(UNITS, exc.SerialNoNotAvailableError, _("Serial No Not Available"), unit_is_free_to_leave),
		(
			UNITS,
			exc.SerialNoExistsInFutureTransactionError,
			_("Serial No Moved Later"),
			unit_has_not_moved_since,
		),
		(STOCK, exc.ReturnQuantityError, _("More Than Went Out"), no_more_than_went_out),
		(STOCK, exc.NegativeStockError, _("Insufficient Stock"), stock_stays_above_zero),
	]


def _by_row(posting: "Posting", broken: Callable, why: Callable) -> Iterator[Problem]:
	"""For each row its broken moves, those with the same reason told together."""
	reasons: dict[int, dict[str, list[str]]] = {}
	rows = {}
	for move in posting.moves:
		if id(move) not in posting.refused and broken(move):
			posting.refused.add(id(move))
			rows[move.row.idx] = move.row
			reasons.setdefault(move.row.idx, {}).setdefault(why(move), []).append(move.number)
	for idx, by_reason in reasons.items():
		for reason, numbers in by_reason.items():
			yield rows[idx], f"{', '.join(quote_number(n) for n in numbers)} {reason}", numbers, reason


def refuse_unreadable(entry: "entry_text.Entry") -> None:
	"""Raise SerialNoFormatError or SerialNoLimitError for a text that is not one of a voucher row."""
	if entry.problems:
		lines = [f"{quote_number(part)}: {reason_text(reason)}" for part, reason in entry.problems]
		frappe.throw("<br>".join(lines), exc.SerialNoFormatError)
	refuse_too_many(entry)


def refuse_too_many(entry: "entry_text.Entry") -> None:
	"""Raise SerialNoLimitError for a text that means more units than a voucher may have."""
	if entry.count > MAX_UNITS:
		frappe.throw(
			_("{0} units, at most {1} are possible").format(entry.count, MAX_UNITS), exc.SerialNoLimitError
		)


def quote_number(text: str) -> str:
	"""A number as it stands in a message: escaped, what cannot be seen made visible, and not endless."""
	shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:141])
	return frappe.bold(escape_html(shown if len(shown) <= 140 else shown[:139] + "…"))


def with_voucher(why: str, unit: "units.Unit", visible: bool = True) -> str:
	"""A reason with the document in the way: the voucher of the unit's latest move, if the user may see it."""
	if not visible or not unit["last_voucher_no"]:
		return why
	return f"{why} ({_(unit['last_voucher_type'])} {escape_html(unit['last_voucher_no'])})"
