"""What visits make of a planned visit (DOMAIN 8); of a claim, `claims` says it.

`lock_line` reads what is committed now, `completion` decides, `write_line` writes.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import frappe

from serial_tracking.service import events, schedule
from serial_tracking.stock import bulk, entry_text, units
from serial_tracking.stock import number as serial_number

SCHEDULE, LINE = "Maintenance Schedule", "Maintenance Schedule Detail"
VISIT, PURPOSE = "Maintenance Visit", "Maintenance Visit Purpose"
PENDING, PARTIALLY, FULLY = "Pending", "Partially Completed", "Fully Completed"
UNKNOWN = ""  # a unit that a planned visit names and nobody knows: it is never done

HEAD_COLUMNS = ("name", "docstatus", "customer", "visits_overdue")
LINE_COLUMNS = (
	"name", "parent", "modified", "item_code", "serial_no", "scheduled_date", "completion_status", "actual_date",
	"overdue", "event",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
	"""What a submitted visit did on a unit."""

	visit: str
	day: datetime.date
	serial_no: str | None  # name of the Serial No; None for an item without serials
	completion_status: str


@dataclass(slots=True)
class Line:
	"""A planned visit, with its schedule and the work done on it so far."""

	head: Mapping[str, Any]
	row: Mapping[str, Any]
	work: list[Work]


# ---------------------------------------------------------------------------------- pure


def completion(wanted: Collection[str], work: Iterable[Work]) -> tuple[str, datetime.date | None]:
	"""How far a planned visit is done, and on which day it was last worked on.

	:param wanted: names of its units, UNKNOWN among them for one that is not known; none for an item without serials
	"""
	work = list(work)
	if not work:
		return PENDING, None
	done = {w.serial_no for w in work if w.completion_status == FULLY}
	return (FULLY if done.issuperset(wanted or {None}) else PARTIALLY), max(w.day for w in work)


# ---------------------------------------------------------------------------------- reading


def units_of_line(item_code: str, text: str | None) -> dict[str, str]:
	"""The units that a planned visit names: number → record name, UNKNOWN where there is none."""
	keys = {number: serial_number.key(number) for number in entry_text.parse(text).numbers()}
	found, per_item = units.find(keys.values()), units.unique_per_item()
	meant = {number: units.pick(found.get(key, []), item_code, per_item) for number, key in keys.items()}
	return {number: unit["name"] if unit else UNKNOWN for number, unit in meant.items()}


def read_line(name: str | None) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
	"""A planned visit, after its schedule; not locked."""
	for line in bulk.select(LINE, LINE_COLUMNS, "name", [name]) if name else ():
		for head in bulk.select(SCHEDULE, HEAD_COLUMNS, "name", [line["parent"]]):
			return head, line
	return None, None


def open_lines(name: str) -> list[Mapping[str, Any]]:
	"""The visits of a schedule that are not made in full, in the order of their days."""
	lines = bulk.select(LINE, (*LINE_COLUMNS, "idx"), "parent", [name], where={"parenttype": SCHEDULE})
	lines = [line for line in lines if line["completion_status"] != FULLY]
	return sorted(lines, key=lambda line: (line["scheduled_date"], line["idx"]))


def lock_schedule(name: str) -> list[Mapping[str, Any]]:
	"""Lock a schedule, if there is one of this name."""
	bulk.begin_writing()
	return bulk.select(SCHEDULE, HEAD_COLUMNS, "name", [name], for_update=True)


def lock_line(schedule_name: str, name: str) -> Line | None:
	"""Lock a planned visit and its schedule; None if there is none such in the schedule."""
	bulk.begin_writing()
	seen = _modified(LINE, name)
	heads = lock_schedule(schedule_name)
	rows = bulk.select(LINE, LINE_COLUMNS, "name", [name], for_update=True)
	if not heads or not rows or rows[0]["parent"] != heads[0]["name"]:
		return None
	return Line(heads[0], rows[0], work_on(name, locking=rows[0]["modified"] != seen))


def work_on(name: str, *, locking: bool = False) -> list[Work]:
	"""What submitted visits did on the units of a planned visit.

	:param locking: read what is committed now. Every writing of a visit moves `modified` of the planned one, so that
	    what the request sees is that, unless the row changed since its snapshot (see `contracts.lock`)
	"""
	visit, purpose = frappe.qb.DocType(VISIT), frappe.qb.DocType(PURPOSE)
	query = (
		frappe.qb.from_(visit)
		.inner_join(purpose)
		.on((purpose.parent == visit.name) & (purpose.parenttype == VISIT))
		.select(visit.name, visit.mntc_date, purpose.serial_no, purpose.completion_status)
		.where((visit.maintenance_schedule_detail == name) & (visit.docstatus == 1))
		.orderby(visit.name, purpose.idx)
	)
	rows = (query.for_update() if locking else query).run()
	return [Work(visit_name, day, serial_no or None, done) for visit_name, day, serial_no, done in rows]


def _modified(doctype: str, name: str) -> datetime.datetime | None:
	return next((row["modified"] for row in bulk.select(doctype, ("modified",), "name", [name])), None)


# ---------------------------------------------------------------------------------- writing


def write_line(line: Line, work: Iterable[Work], today: datetime.date) -> None:
	"""Write what the work makes of a locked planned visit, on its schedule and in the calendar."""
	row = line.row
	wanted = set(units_of_line(row["item_code"], row["serial_no"]).values())
	status, day = completion(wanted, work)
	overdue = int(schedule.is_overdue(row["scheduled_date"], status, today))
	bulk.update(LINE, {row["name"]: {"completion_status": status, "actual_date": day, "overdue": overdue}})
	late = (line.head["visits_overdue"] or 0) + overdue - (row["overdue"] or 0)
	bulk.update(SCHEDULE, {line.head["name"]: {"visits_overdue": late}})
	if row["event"] and (status == FULLY) != (row["completion_status"] == FULLY):
		(events.complete if status == FULLY else events.reopen)([row["event"]])
