"""The visits of a schedule in the calendars of those who make them.

One Event for each visit, in the calendar of its service person: an Event is seen by its owner, in every Frappe. The
person is assigned to it as people assign, by a ToDo. Written in bulk, so no document hook of Event fires.
"""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.utils import create_batch, escape_html

from serial_tracking.stock import bulk
from serial_tracking.stock.naming import ledger_names

SCHEDULE = "Maintenance Schedule"
OPEN, COMPLETED = "Open", "Completed"
# rows about an Event that go with it: DocType and the fields that name it
ROWS_OF_EVENTS = (
	("Event Participants", "parenttype", "parent"),
	("ToDo", "reference_type", "reference_name"),
	("Comment", "reference_doctype", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Version", "ref_doctype", "docname"),
)


@dataclass(frozen=True, slots=True)
class Visit:
	"""A visit as its Event tells it."""

	event: str  # name of the Event
	day: datetime.date
	person: str  # User
	subject: str
	description: str


def new_names(count: int) -> list[str]:
	"""Names for Events that are to be made."""
	return [name for name, _n in zip(ledger_names(), range(count), strict=False)]


def create(schedule: str, visits: Iterable[Visit]) -> None:
	"""Put visits into the calendars of their service persons, and tell each of them once."""
	visits = list(visits)
	if not visits:
		return
	now, user = frappe.utils.now(), frappe.session.user
	stamp, stamped = ("creation", "modified", "modified_by"), (now, now, user)
	bulk.insert(
		"Event",
		(
			"name", "owner", "subject", "description", "event_category", "event_type", "status", "all_day",
			"send_reminder", "starts_on", "ends_on", "reference_doctype", "reference_docname", "_assign", *stamp,
		),
		(
			(
				visit.event, visit.person, visit.subject, visit.description, "Event", "Private", OPEN, 1, 1,
				*_hours(visit.day), SCHEDULE, schedule, json.dumps([visit.person]), *stamped,
			)
			for visit in visits
		),
	)  # fmt: skip
	bulk.insert(
		"Event Participants",
		(
			"name", "owner", "parent", "parenttype", "parentfield", "idx", "reference_doctype",
			"reference_docname", *stamp,
		),
		(
			(name, user, visit.event, "Event", "event_participants", 1, SCHEDULE, schedule, *stamped)
			for name, visit in zip(ledger_names(), visits, strict=False)
		),
	)  # fmt: skip
	full_name = frappe.utils.get_fullname(user)
	bulk.insert(
		"ToDo",
		(
			"name", "owner", "status", "priority", "date", "allocated_to", "description", "reference_type",
			"reference_name", "assigned_by", "assigned_by_full_name", *stamp,
		),
		(
			(
				name, user, OPEN, "Medium", visit.day, visit.person, visit.description, "Event", visit.event,
				user, full_name, *stamped,
			)
			for name, visit in zip(ledger_names(), visits, strict=False)
		),
	)  # fmt: skip
	bulk.tell_of_links("Event", {"reference_doctype": SCHEDULE})
	bulk.tell_of_links("Event Participants", {"reference_doctype": SCHEDULE})
	bulk.tell_of_links("ToDo", {"reference_type": "Event"})
	_tell(schedule, {visit.person for visit in visits})


def move(visits: Iterable[Visit]) -> None:
	"""Bring Events that are there to the day and the person of their visits."""
	visits = {visit.event: visit for visit in visits}
	bulk.update(
		"Event",
		{
			name: {
				"starts_on": _hours(visit.day)[0],
				"ends_on": _hours(visit.day)[1],
				"owner": visit.person,
				"subject": visit.subject,
				"description": visit.description,
				"_assign": json.dumps([visit.person]),
			}
			for name, visit in visits.items()
		},
	)
	bulk.update(
		"ToDo",
		{
			todo["name"]: {
				"date": visits[todo["reference_name"]].day,
				"allocated_to": visits[todo["reference_name"]].person,
				"description": visits[todo["reference_name"]].description,
			}
			for todo in _todos(visits)
		},
	)


def complete(event_names: Iterable[str]) -> None:
	"""The visits of these Events are made: each Event is completed, and its ToDo closed."""
	_set_status(event_names, COMPLETED)


def reopen(event_names: Iterable[str]) -> None:
	"""The visits of these Events are to be made again."""
	_set_status(event_names, OPEN)


def delete(event_names: Iterable[str]) -> None:
	"""Take Events out of the calendars, with what is written about them."""
	for some in create_batch(sorted(set(filter(None, event_names))), bulk.ROWS_PER_STATEMENT):
		for doctype, kind, name in ROWS_OF_EVENTS:
			frappe.db.delete(doctype, {kind: "Event", name: ("in", some)})
		frappe.db.delete("Event", {"name": ("in", some)})


def _set_status(event_names: Iterable[str], status: str) -> None:
	owners = {
		row["name"]: row["owner"]
		for row in bulk.select("Event", ("name", "owner"), "name", filter(None, event_names))
	}
	bulk.update(
		"Event",
		{
			name: {"status": status, "_assign": json.dumps([owner]) if status == OPEN else ""}
			for name, owner in owners.items()
		},
	)
	todo_status = "Open" if status == OPEN else "Closed"
	bulk.update("ToDo", {todo["name"]: {"status": todo_status} for todo in _todos(owners)})


def _todos(event_names: Iterable[str]) -> list[dict]:
	columns = ("name", "reference_name")
	return bulk.select("ToDo", columns, "reference_name", event_names, where={"reference_type": "Event"})


def _hours(day: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
	"""The day as the Desk writes a whole day."""
	last_second = datetime.time(23, 59, 59)
	return datetime.datetime.combine(day, datetime.time()), datetime.datetime.combine(day, last_second)


def _tell(schedule: str, persons: set[str]) -> None:
	"""One notification for each person and schedule, whatever the number of visits; none to oneself.

	An alert: shown in the Desk, in the same transaction, and not mailed. Mails are what the calendar's own reminders
	are for.
	"""
	by, shown = frappe.utils.get_fullname(frappe.session.user), f"{_(SCHEDULE)} {escape_html(schedule)}"
	for person in sorted(persons - {frappe.session.user}):
		if is_notifications_enabled(person):
			frappe.get_doc(
				{
					"doctype": "Notification Log",
					"type": "Alert",
					"for_user": person,
					"from_user": frappe.session.user,
					"document_type": SCHEDULE,
					"document_name": schedule,
					"subject": _("{0} assigned visits to you: {1}").format(
						frappe.bold(escape_html(by)), frappe.bold(shown)
					),
				}
			).insert(ignore_permissions=True)
