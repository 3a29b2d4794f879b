"""What a Maintenance Schedule agrees on: which units, from when to when; and what it must fulfil (DOMAIN 6, 8).

The rules in their order; each raises its class with one message that names the rows and all serials that break it.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate

from serial_tracking import exceptions as exc
from serial_tracking.service import contracts, schedule
from serial_tracking.stock import bulk, entry_text, gtin, rules, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.reasons import reason_text, shown_value

MOST_UNIT_VISITS = 2_500_000  # units times visits: each visit names its units


@dataclass(slots=True)
class Row:
	"""A row of a schedule."""

	idx: int
	name: str
	item_code: str
	start_date: datetime.date
	end_date: datetime.date
	no_of_visits: int
	entry: entry_text.Entry
	found: dict[str, units.Unit | None] = field(
		default_factory=dict
	)  # number → unit, None for an unknown one


@dataclass(slots=True)
class Agreement:
	"""The rows of a schedule and what is known of their units."""

	name: str | None  # of the schedule
	customer: str | None
	rows: list[Row]
	items: Mapping[str, Any] = field(default_factory=dict)
	locked: contracts.Locked = field(default_factory=contracts.Locked)
	foreign_gtins: list[tuple[Row, str, str]] = field(default_factory=list)

	def terms(self) -> Iterator[contracts.Term]:
		"""The contracts of single units that it makes."""
		for row in self.rows:
			for unit in row.found.values():
				yield contracts.Term(unit["name"], unit["item_code"], row.start_date, row.end_date, row.name)

	def warehouses(self) -> set[str]:
		"""Where its units are, or were last."""
		found = (unit for row in self.rows for unit in row.found.values())
		return {unit["last_warehouse"] for unit in found if unit and unit["last_warehouse"]}


def check(agreement: Agreement) -> None:
	"""Raise what a submit would refuse now; nothing is locked."""
	_check_text(agreement)
	_find(agreement)
	names = _names(agreement)
	if names:
		agreement.locked = contracts.Locked({}, contracts.entries_of(names))
	_check_units(agreement)


def prepare(agreement: Agreement) -> None:
	"""Lock the units and decide on what is so now. Raises the first broken rule, or StockBusyError."""
	with told_plainly():
		bulk.begin_writing()
		_check_text(agreement)
		_find(agreement)
		agreement.locked = contracts.lock(_names(agreement))
		for row in agreement.rows:  # what moved while the lock was waited for
			for number, unit in row.found.items():
				row.found[number] = unit and agreement.locked.found[unit["name"]]
		_check_units(agreement)


def write(agreement: Agreement) -> None:
	"""Write what was prepared: the contracts, and the dates of their units."""
	with told_plainly():
		contracts.begin(agreement.name, agreement.customer, agreement.terms(), agreement.locked)


def warehouses_of(lines: Iterable[tuple[str, str | None]]) -> set[str]:
	"""Where the units are, or were last, that pairs of an item and the text of a box name."""
	agreement = Agreement(
		None,
		None,
		[
			Row(0, "", item_code, datetime.date.min, datetime.date.min, 0, entry_text.parse(text))
			for item_code, text in lines
		],
	)
	_find(agreement, only_visible=False)
	return agreement.warehouses()


# ---------------------------------------------------------------------------------- the rules


def _check_text(agreement: Agreement) -> None:
	agreement.items = {
		item["name"]: item
		for item in bulk.select(
			"Item", ("name", "has_serial_no"), "name", {r.item_code for r in agreement.rows}
		)
	}
	if missing := sorted({row.item_code for row in agreement.rows} - set(agreement.items)):
		# Frappe 15 lets a link pass that it also fetches fields of
		shown = ", ".join(shown_value(code) for code in missing)
		frappe.throw(_("Could not find {0}").format(f"{_('Item')}: {shown}"), frappe.LinkValidationError)
	for broken, exception, title in (
		(_not_understood, exc.SerialNoFormatError, _("Serial No Not Understood")),
		(_too_many, exc.SerialNoLimitError, _("Too Many Units")),
		(_not_wanted, exc.SerialNoNotRequiredError, _("Serial No Not Wanted")),
		(_missing, exc.SerialNoRequiredError, _("Serial No Needed")),
	):
		if problems := list(broken(agreement)):
			rules.throw(problems, exception, title)


def _check_units(agreement: Agreement) -> None:
	for broken, exception, title in (
		(_of_another_item, exc.SerialNoItemError, _("Serial No of Another Item")),
		(_unknown, exc.SerialNoNotExistsError, _("Serial No Not Known")),
		(_twice, exc.MaintenanceOverlapError, _("Contracts Overlap")),
		(_under_contract, exc.MaintenanceOverlapError, _("Contracts Overlap")),
	):
		if problems := list(broken(agreement)):
			rules.throw(problems, exception, title)


def _not_understood(agreement: Agreement) -> Iterator[rules.Problem]:
	for row in agreement.rows:
		for text, reason in row.entry.problems:
			yield row, f"{rules.quote_number(text)}: {reason_text(reason)}"


def _too_many(agreement: Agreement) -> Iterator[rules.Problem]:
	count = sum(row.entry.count for row in agreement.rows)
	if count > rules.MAX_UNITS:
		yield (
			None,
			_("{0} units in one schedule, at most {1} are possible. Use several schedules.").format(
				f"{count:,}", f"{rules.MAX_UNITS:,}"
			),
		)
		return
	visits = sum(row.entry.count * row.no_of_visits for row in agreement.rows)
	if visits > MOST_UNIT_VISITS:
		yield (
			None,
			_(
				"{0} visits of single units in one schedule, at most {1} are possible. Use several schedules."
			).format(f"{visits:,}", f"{MOST_UNIT_VISITS:,}"),
		)


def _not_wanted(agreement: Agreement) -> Iterator[rules.Problem]:
	for row in agreement.rows:
		if row.entry.count and not agreement.items[row.item_code]["has_serial_no"]:
			yield row, _("the item has no serial numbers, but {0} are given").format(row.entry.count)


def _missing(agreement: Agreement) -> Iterator[rules.Problem]:
	for row in agreement.rows:
		if not row.entry.count and agreement.items[row.item_code]["has_serial_no"]:
			yield row, _("enter the serial numbers of the units under contract")


def _of_another_item(agreement: Agreement) -> Iterator[rules.Problem]:
	for row, number, code in agreement.foreign_gtins:
		why = _("{0}: the GTIN {1} is not a barcode of the item")
		yield row, why.format(rules.quote_number(number), code)
	for row in agreement.rows:
		by_item = defaultdict(list)
		for number, unit in row.found.items():
			if unit and unit["item_code"] != row.item_code:
				by_item[unit["item_code"]].append(number)
		for item_code, numbers in by_item.items():
			yield row, _("{0} is a unit of item {1}").format(_list(numbers), escape_html(item_code))


def _unknown(agreement: Agreement) -> Iterator[rules.Problem]:
	for row in agreement.rows:
		if numbers := [number for number, unit in row.found.items() if not unit]:
			yield row, _("{0} is not known").format(_list(numbers))


def _twice(agreement: Agreement) -> Iterator[rules.Problem]:
	"""One unit twice in a row, or in two rows whose times overlap."""
	keys: dict[str, list[Row]] = defaultdict(list)
	for row in agreement.rows:
		for number in row.entry.numbers():
			keys[row.found[number]["name"]].append(row)
	told: dict[tuple[int, int], list[str]] = defaultdict(list)
	rows = {row.idx: row for row in agreement.rows}
	numbers = {u["name"]: u["serial_no"] for row in agreement.rows for u in row.found.values()}
	for name, named in keys.items():
		# by their start: who overlaps any earlier one overlaps the one that ends last
		named.sort(key=lambda row: (row.start_date, row.idx))
		last = named[0]
		for row in named[1:]:
			if schedule.overlap(last.start_date, last.end_date, row.start_date, row.end_date):
				told[row.idx, last.idx].append(numbers[name])
			last = max(last, row, key=lambda r: r.end_date)
	for (idx, other), same in sorted(told.items()):
		if idx == other:
			yield rows[idx], _("given more than once: {0}").format(_list(same))
			continue
		yield (
			rows[idx],
			_("{0} is under contract in row {1} already, from {2} to {3}").format(
				_list(same), other, formatdate(rows[other].start_date), formatdate(rows[other].end_date)
			),
		)


def _under_contract(agreement: Agreement) -> Iterator[rules.Problem]:
	"""Contracts that stand; back to back is a renewal."""
	found: dict[int, dict[tuple, list[str]]] = defaultdict(lambda: defaultdict(list))
	rows = {row.idx: row for row in agreement.rows}
	for row in agreement.rows:
		for unit in row.found.values():
			for entry in agreement.locked.entries.get(unit["name"], ()):
				other = (entry["maintenance_schedule"], entry["start_date"], entry["end_date"])
				if other[0] != agreement.name and schedule.overlap(row.start_date, row.end_date, *other[1:]):
					found[row.idx][other].append(unit["serial_no"])
	readable = _readable({other[0] for by_other in found.values() for other in by_other})
	for idx, by_other in found.items():
		for (name, start, end), numbers in by_other.items():
			why = _("{0} is under another contract in that time").format(_list(numbers))
			if name in readable:
				why = _("{0} is under contract in {1} already, from {2} to {3}").format(
					_list(numbers), escape_html(name), formatdate(start), formatdate(end)
				)
			yield rows[idx], why


def _readable(names: set[str]) -> set[str]:
	if not names or not frappe.has_permission("Maintenance Schedule"):
		return set()
	return set(
		frappe.get_list(
			"Maintenance Schedule", {"name": ("in", sorted(names))}, pluck="name", limit_page_length=0
		)
	)


def _list(numbers: Iterable[str]) -> str:
	return ", ".join(rules.quote_number(number) for number in numbers)


# ---------------------------------------------------------------------------------- finding


def _find(agreement: Agreement, only_visible: bool = True) -> None:
	"""The units that the rows name; those that the user may not see are unknown."""
	keys = {}
	for row in agreement.rows:
		for number in row.entry.numbers():
			keys[number] = serial_number.key(number)
	if not keys:
		return
	found, per_item = units.find(keys.values()), units.unique_per_item()
	visible = units.visible_warehouses() if only_visible else None
	for row in agreement.rows:
		for number in row.entry.numbers():
			bearers = [unit for unit in found.get(keys[number], ()) if units.may_see(unit, visible)]
			row.found[number] = units.pick(bearers, row.item_code, per_item)
	scanned = [(row, code) for row in agreement.rows for code in row.entry.scanned if code.gtin]
	known = gtin.recorded({row.item_code for row, _code in scanned}) if scanned else set()
	agreement.foreign_gtins = [
		(row, code.number, code.gtin) for row, code in scanned if (row.item_code, code.gtin) not in known
	]


def _names(agreement: Agreement) -> set[str]:
	return {unit["name"] for row in agreement.rows for unit in row.found.values() if unit}
