"""What the calendar changes on units: status and maintenance status brought up to date (DOMAIN 3, 4).

Units that may be wrong are found without a lock, by ranges of indexes that are empty where nothing is due: what the
rules in `status.py` make of each class of dates is asked of the rules themselves. What is found is locked by primary
key, judged again by what is committed then, and written in bulk.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import frappe
from frappe.utils import getdate, now_datetime

from serial_tracking.stock import bulk, ledger, status, units
from serial_tracking.stock.races import told_plainly

UNITS_AT_ONCE = 20_000
IN_STOCK = (status.AVAILABLE, status.ON_HOLD, status.EXPIRED)
COLUMNS = (
	"name", "modified", "warehouse", "status", "on_hold", "end_of_life_date", "maintenance_status",
	"warranty_expiry_date", "amc_expiry_date",
)  # fmt: skip


def update_statuses(today: datetime.date | str | None = None) -> int:
	"""Bring every stored status that differs from the rule up to date, NULLs included; how many units changed.

	Which status a unit out of stock has, its moves decide: there only what no such unit can be called is mended, the
	rest is the audit's. The number of statements does not grow with the units that are right, and by three for each
	2,500 that are not. Raises StockBusyError for a lost race; the next run mends what this one did not.
	"""
	return sum(in_parts(today))


def in_parts(today: datetime.date | str | None = None) -> Iterator[int]:
	"""The same, after each 20,000 units: there the caller may commit, for each part stands for itself."""
	day = getdate(today or now_datetime().date())
	with told_plainly():
		bulk.begin_writing()
		names = sorted({*_wrong_status(day), *_wrong_maintenance_status(day)})
		for start in range(0, len(names), UNITS_AT_ONCE):
			bulk.begin_writing()  # anew after a commit
			yield _mend(names[start : start + UNITS_AT_ONCE], day)


# ---------------------------------------------------------------------------------- finding


def _wrong_status(day: datetime.date) -> Iterator[str]:
	"""Names of the units with a status that does not fit their place, their hold or their end of life."""
	unit = frappe.qb.DocType("Serial No")
	places = defaultdict(list)
	for warehouse, stored in frappe.qb.from_(unit).select(unit.warehouse, unit.status).distinct().run():
		if not stored or bool(warehouse) != (stored in IN_STOCK):
			places[stored].append(warehouse)
	for stored, warehouses in places.items():
		yield from _names(unit, _is_one_of(unit.warehouse, warehouses) & _is_one_of(unit.status, [stored]))
	for on_hold, (end_of_life, is_such) in product((0, 1), _classes(day)):
		wrong = [value for value in IN_STOCK if value != status.in_stock(bool(on_hold), end_of_life, day)]
		yield from _names(
			unit, unit.status.isin(wrong) & (unit.on_hold == on_hold) & is_such(unit.end_of_life_date)
		)


def _wrong_maintenance_status(day: datetime.date) -> Iterator[str]:
	"""Names of the units with a maintenance status that does not fit their dates."""
	unit = frappe.qb.DocType("Serial No")
	stored = [value for (value,) in frappe.qb.from_(unit).select(unit.maintenance_status).distinct().run()]
	# a statement for each: of all in one MariaDB makes a scan of the whole index
	for (warranty, warranty_is_such), (amc, amc_is_such) in product(_classes(day), repeat=2):
		wrong = [value for value in stored if (value or None) != status.maintenance(warranty, amc, day)]
		if wrong:
			dates = amc_is_such(unit.amc_expiry_date) & warranty_is_such(unit.warranty_expiry_date)
			yield from _names(unit, _is_one_of(unit.maintenance_status, wrong) & dates)


def _classes(day: datetime.date) -> tuple:
	"""The dates that the rules tell apart: one of each class, and the condition for all of it."""
	return (
		(None, lambda field: field.isnull()),
		(day - datetime.timedelta(1), lambda field: field < day),
		(day, lambda field: field >= day),
	)


def _is_one_of(field, values: Sequence[str | None]):
	if None not in values:
		return field.isin(values)
	given = [value for value in values if value is not None]
	return (field.isnull() | field.isin(given)) if given else field.isnull()


def _names(unit, condition) -> list[str]:
	return [name for (name,) in frappe.qb.from_(unit).select(unit.name).where(condition).run()]


# ---------------------------------------------------------------------------------- mending


def _mend(names: Sequence[str], day: datetime.date) -> int:
	locked = bulk.select("Serial No", COLUMNS, "name", names, for_update=True)
	called = _called_out_of_stock([unit for unit in locked if not unit["warehouse"]])
	changes = {unit["name"]: _changes(unit, called.get(unit["name"]), day) for unit in locked}
	bulk.update("Serial No", changes)
	return sum(map(bool, changes.values()))


def _changes(unit: Mapping[str, Any], called: str | None, day: datetime.date) -> dict[str, Any]:
	right = {
		"maintenance_status": status.maintenance(unit["warranty_expiry_date"], unit["amc_expiry_date"], day)
	}
	if unit["warehouse"]:
		right["status"] = status.in_stock(unit["on_hold"], unit["end_of_life_date"], day)
	elif called:
		right["status"] = called
	return {field: value for field, value in right.items() if value != (unit[field] or None)}


def _called_out_of_stock(locked: Sequence[Mapping[str, Any]]) -> dict[str, str]:
	"""What their moves call the units out of stock that bear a status which none of these can have."""
	wrong = {unit["name"]: unit for unit in locked if not unit["status"] or unit["status"] in IN_STOCK}
	if not wrong:
		return {}
	# seen are the moves as of the transaction's snapshot: who moved a unit since has set its status as well
	seen = {row["name"]: row for row in bulk.select("Serial No", COLUMNS, "name", wrong)}
	unchanged = [name for name, unit in wrong.items() if unit == seen.get(name)]
	moves = defaultdict(list)
	for move in units.moves_of(unchanged):
		moves[move["serial_no"]].append(move)
	called = {name: ledger.status_after(moves[name], False, None, datetime.date.max) for name in unchanged}
	return {name: value for name, value in called.items() if value not in IN_STOCK}
