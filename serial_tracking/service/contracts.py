"""Service contracts of units: which stand, and what `amc_expiry_date` says of them (DOMAIN 8).

One Service Contract Entry for each unit and contract that stands. The unit's date is the latest end of its
contracts; an entry remembers the date that it replaced, which may have been typed by hand, so that cancelling gives
it back. `lock` and the pure functions decide, `begin` and `end` write.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.utils import now_datetime

from serial_tracking.stock import bulk, status, units
from serial_tracking.stock.naming import ledger_names
from serial_tracking.stock.races import raise_busy

Entry = Mapping[
	str, Any
]  # name, contract_no, start_date, end_date, previous_amc_expiry_date, maintenance_schedule
Date = datetime.date | None

COLUMNS = (
	"name", "serial_no", "contract_no", "start_date", "end_date", "maintenance_schedule", "schedule_item",
	"previous_amc_expiry_date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
	"""A unit under contract by a row of a schedule."""

	serial_no: str  # name of the Serial No
	item_code: str
	start_date: datetime.date
	end_date: datetime.date
	schedule_item: str  # name of the row


@dataclass(slots=True)
class Locked:
	"""Units that are locked, and the entries of each as they are committed now, in the order of their numbers."""

	found: dict[str, units.Unit] = field(default_factory=dict)
	entries: Mapping[str, list[Entry]] = field(default_factory=dict)


# ---------------------------------------------------------------------------------- pure


def latest_end(entries: Iterable[Entry]) -> Date:
	"""What the contracts of a unit make of its date."""
	return max((entry["end_date"] for entry in entries), default=None)


def without(entries: Sequence[Entry], ended: set[str], current: Date) -> tuple[Date, dict[str, Date]]:
	"""What is so when some contracts of a unit are cancelled, as if they had never been.

	:param entries: all that stand, in the order of their `contract_no`
	:param ended: names of those that are cancelled
	:param current: the unit's date now
	Returns its date then, and the remembered dates that change: entry name → date. A date typed by hand after a
	contract stays, whether that one goes or another before it.
	"""
	remembered = {entry["name"]: entry["previous_amc_expiry_date"] for entry in entries}
	standing = list(entries)
	for gone in [entry for entry in entries if entry["name"] in ended]:
		at = standing.index(gone)
		# what each contract from here on made of the date, with this one and without it
		for n in range(at, len(standing)):
			made = latest_end(standing[: n + 1])
			makes = (
				latest_end(standing[:at] + standing[at + 1 : n + 1]) if n > at else remembered[gone["name"]]
			)
			if n + 1 < len(standing):
				following = standing[n + 1]["name"]
				if remembered[following] == made:
					remembered[following] = makes
			elif current == made:
				current = makes
		del standing[at]
	before = {entry["name"]: entry["previous_amc_expiry_date"] for entry in standing}
	return current, {name: remembered[name] for name in before if remembered[name] != before[name]}


# ---------------------------------------------------------------------------------- reading


def entries_of(names: Iterable[str]) -> dict[str, list[Entry]]:
	"""The contracts of units by record name, in the order of their numbers; not locked."""
	return _by_unit(
		bulk.select("Service Contract Entry", COLUMNS, "serial_no", set(names), order_by="contract_no")
	)


def lock(names: Iterable[str]) -> Locked:
	"""Lock units, in sorted order, and read their contracts as they are committed now.

	Every writing of a contract moves `modified` of its unit. So the entries that the request sees are those of
	today where the unit did not change since its snapshot; only of the others they are read by a locking read, which
	would lock the gaps beside them too.
	"""
	names = set(names)
	bulk.begin_writing()
	seen = {
		row["name"]: row["modified"] for row in bulk.select("Serial No", ("name", "modified"), "name", names)
	}
	found = {unit["name"]: unit for unit in units.lock_by_name(names)}
	if len(found) < len(names):
		raise_busy()  # one was renamed since, when its number was corrected
	now = bulk.select("Serial No", ("name", "modified"), "name", names, for_update=True)
	changed = {row["name"] for row in now if row["modified"] != seen.get(row["name"])}
	entries = entries_of(names - changed)
	if changed:
		entries.update(_by_unit(_read_locking(sorted(changed))))
	return Locked(found, entries)


def _read_locking(names: list[str]) -> list[dict[str, Any]]:
	table = frappe.qb.DocType("Service Contract Entry")
	found = []
	for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
		query = frappe.qb.from_(table).select(*(table[column] for column in COLUMNS))
		query = query.where(table.serial_no.isin(names[start : start + bulk.ROWS_PER_STATEMENT]))
		found += query.orderby(table.contract_no).for_update().run(as_dict=True)
	return found


def _by_unit(rows: Iterable[dict[str, Any]]) -> dict[str, list[Entry]]:
	found = defaultdict(list)
	for row in rows:
		found[row["serial_no"]].append(row)
	return found


def units_of(schedule: str) -> set[str]:
	"""Names of the units under contract by a submitted schedule."""
	rows = bulk.select("Service Contract Entry", ("serial_no",), "maintenance_schedule", [schedule])
	return {row["serial_no"] for row in rows}


# ---------------------------------------------------------------------------------- writing


def begin(schedule: str, customer: str | None, terms: Iterable[Term], locked: Locked) -> None:
	"""Write contracts that are to stand, and the dates of their units."""
	by_unit = defaultdict(list)
	for term in terms:
		by_unit[term.serial_no].append(term)
	rows, dates, entry_names = [], {}, ledger_names()
	for name, own in by_unit.items():
		standing = list(locked.entries.get(name, ()))
		date = locked.found[name]["amc_expiry_date"]
		for term in sorted(own, key=lambda term: term.start_date):
			entry = {
				"name": next(entry_names),
				"serial_no": name,
				"contract_no": standing[-1]["contract_no"] + 1 if standing else 1,
				"start_date": term.start_date,
				"end_date": term.end_date,
				"maintenance_schedule": schedule,
				"schedule_item": term.schedule_item,
				"previous_amc_expiry_date": date,
			}
			standing.append(entry)
			date = latest_end(standing)
			rows.append((*entry.values(), term.item_code, customer or None))
		dates[name] = date
	now, user = frappe.utils.now(), frappe.session.user
	stamp = ("creation", "modified", "owner", "modified_by")
	bulk.insert(
		"Service Contract Entry",
		(*COLUMNS, "item_code", "customer", *stamp),
		((*row, now, now, user, user) for row in rows),
	)
	_write_dates(dates, locked)


def end(schedule: str, locked: Locked) -> None:
	"""Take back the contracts of a schedule; what its units said before comes back."""
	dates, remembered, ended = {}, {}, []
	for name, unit in locked.found.items():
		entries = locked.entries.get(name, [])
		own = {entry["name"] for entry in entries if entry["maintenance_schedule"] == schedule}
		dates[name], changes = without(entries, own, unit["amc_expiry_date"])
		remembered |= {entry: {"previous_amc_expiry_date": date} for entry, date in changes.items()}
		ended += own
	for start in range(0, len(ended), bulk.ROWS_PER_STATEMENT):
		some = ended[start : start + bulk.ROWS_PER_STATEMENT]
		frappe.db.delete("Service Contract Entry", {"name": ("in", some)})
	bulk.update("Service Contract Entry", remembered)
	_write_dates(dates, locked)


def _write_dates(dates: Mapping[str, Date], locked: Locked) -> None:
	"""The dates and what follows from them; of every unit, so that `modified` tells of the contract (`lock`)."""
	today = now_datetime().date()
	bulk.update(
		"Serial No",
		{
			name: {
				"amc_expiry_date": date,
				"maintenance_status": status.maintenance(
					locked.found[name]["warranty_expiry_date"], date, today
				),
			}
			for name, date in dates.items()
		},
	)
