"""What the calendar changes on Maintenance Schedules: overdue visits, and where a contract stands (DOMAIN 8)."""

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import Any

import frappe
from frappe.utils import getdate, now_datetime

from serial_tracking.service import schedule
from serial_tracking.stock import bulk
from serial_tracking.stock.races import told_plainly

SCHEDULE, VISIT = "Maintenance Schedule", "Maintenance Schedule Detail"
HEAD_COLUMNS = ("name", "modified", "docstatus", "status", "from_date", "to_date", "visits_overdue")
DRAFT, SUBMITTED, CANCELLED = 0, 1, 2


def update_schedules(today: datetime.date | str | None = None) -> int:
	"""Bring `overdue` of visits, and `visits_overdue` and `status` of schedules up to date, in both directions.

	Returns how many visits and schedules changed. A schedule that somebody else writes meanwhile is left alone: he
	writes what is right, and the next run looks again. Raises StockBusyError for a lost race.
	"""
	day = getdate(today or now_datetime().date())
	with told_plainly():
		bulk.begin_writing()
		visits = _visits_overdue(day)
		late = {visit["name"]: int(_is_overdue(visit, day)) for visit in visits}
		count = Counter(visit["parent"] for visit in visits if late[visit["name"]])
		of_visits = {visit["name"]: visit for visit in visits if visit["overdue"] != late[visit["name"]]}
		heads = {head["name"]: head for head in _unsettled(day)}
		known = {visit["parent"] for visit in of_visits.values()} | set(count)
		heads |= {h["name"]: h for h in bulk.select(SCHEDULE, HEAD_COLUMNS, "name", known - set(heads))}
		changes = {name: _changes(head, count[name], day) for name, head in heads.items()}
		wanted = {name for name, change in changes.items() if change}
		wanted |= {visit["parent"] for visit in of_visits.values()}
		locked = _lock_unchanged(heads, wanted)
		changes = {name: change for name, change in changes.items() if change and name in locked}
		flags = {
			name: {"overdue": late[name]} for name, visit in of_visits.items() if visit["parent"] in locked
		}
		bulk.update(SCHEDULE, changes)
		bulk.update(VISIT, flags)
		return len(changes) + len(flags)


def _is_overdue(visit: Mapping[str, Any], day: datetime.date) -> bool:
	return visit["docstatus"] == SUBMITTED and schedule.is_overdue(
		visit["scheduled_date"], visit["completion_status"], day
	)


def _changes(head: Mapping[str, Any], overdue: int, day: datetime.date) -> dict[str, Any]:
	right = {"visits_overdue": overdue}
	if head["docstatus"] != SUBMITTED:
		right["status"] = "Draft" if head["docstatus"] == DRAFT else "Cancelled"
	elif head["from_date"] and head["to_date"]:
		right["status"] = schedule.status(head["from_date"], head["to_date"], day)
	return {field: value for field, value in right.items() if value != head[field]}


def _visits_overdue(day: datetime.date) -> list[dict[str, Any]]:
	"""The visits that are overdue, and those that are called so."""
	visit = frappe.qb.DocType(VISIT)
	is_open = visit.completion_status.isnull() | (visit.completion_status != "Fully Completed")
	is_due = is_open & (visit.scheduled_date < day) & (visit.docstatus == SUBMITTED)
	return (
		frappe.qb.from_(visit)
		.select(
			visit.name,
			visit.parent,
			visit.docstatus,
			visit.scheduled_date,
			visit.completion_status,
			visit.overdue,
		)
		.where((visit.parenttype == SCHEDULE) & ((visit.overdue == 1) | ((visit.overdue == 0) & is_due)))
		.run(as_dict=True)
	)


def _unsettled(day: datetime.date) -> list[dict[str, Any]]:
	"""The schedules that time can change, or that are not what a settled one is."""
	head = frappe.qb.DocType(SCHEDULE)
	settled = (
		((head.docstatus == DRAFT) & (head.status == "Draft"))
		| ((head.docstatus == CANCELLED) & (head.status == "Cancelled"))
		| ((head.docstatus == SUBMITTED) & (head.status == schedule.ENDED) & (head.to_date < day))
	)
	return (
		frappe.qb.from_(head)
		.select(*(head[column] for column in HEAD_COLUMNS))
		.where(head.status.isnull() | (head.visits_overdue != 0) | settled.negate())
		.run(as_dict=True)
	)


def _lock_unchanged(heads: Mapping[str, Mapping[str, Any]], names: set[str]) -> set[str]:
	"""Lock schedules; the names of those that are as they were found. Whoever writes a visit writes its schedule too."""
	as_is = bulk.select(SCHEDULE, HEAD_COLUMNS, "name", names, for_update=True)
	return {head["name"] for head in as_is if head == heads[head["name"]]}
