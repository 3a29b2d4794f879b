"""A daily digest of what runs out and of visits that are due, by mail and in the Desk (DOMAIN 8). Off by default.

What somebody was told of stands in Reminder Sent: each unit once for each date and threshold, each visit once as due
and once as overdue. Mails are queued by Frappe in the same transaction, so that one that is rolled back tells nobody
and remembers nothing.
"""

import datetime
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled,
	is_notifications_enabled,
)
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import (
	add_days,
	cstr,
	formatdate,
	get_url_to_form,
	get_url_to_list,
	get_url_to_report,
	getdate,
	now_datetime,
)
from pypika import Case

from serial_tracking.stock import bulk, units
from serial_tracking.stock.naming import ledger_names
from serial_tracking.stock.races import told_plainly

TOLD, UNIT, SCHEDULE, VISIT = (
	"Reminder Sent",
	"Serial No",
	"Maintenance Schedule",
	"Maintenance Schedule Detail",
)
WARRANTY, CONTRACT, LIFE = "Warranty", "Service Contract", "End of Life"
VISIT_DUE, VISIT_OVERDUE = "Visit Due", "Visit Overdue"
DEFAULT_DAYS = [30, 60, 90]
MOST_THRESHOLDS = 10
MOST_DAYS = 9999
DAYS_OF_VISITS = 7  # a visit is told of so many days before
LINES = 50  # of a section
DAYS_REMEMBERED = 180  # after the date


@dataclass(frozen=True, slots=True)
class Matter:
	"""Something to tell: a unit's date at a threshold, or a visit."""

	kind: str
	doctype: str
	name: str  # of the unit or of the schedule
	row: str  # of the visit, else empty
	date: datetime.date
	threshold: int
	details: Mapping[str, Any]

	@property
	def key(self) -> tuple:
		return self.doctype, self.name, self.row, self.kind, self.date, self.threshold


@dataclass(frozen=True, slots=True)
class Recipient:
	user: str
	email: str
	language: str | None


# ---------------------------------------------------------------------------------- pure


def parse_days(text: str | None) -> list[int]:
	"""Thresholds in days, ascending, each once; the usual ones for a blank text.

	Raises ValueError for what is no list of 1 to 10 whole numbers above 0.
	"""
	if not (text or "").strip():
		return DEFAULT_DAYS
	days = sorted({_whole_positive(word) for word in re.split(r"[\s,;]+", text or "") if word})
	if not 1 <= len(days) <= MOST_THRESHOLDS:
		raise ValueError(text)
	return days


def _whole_positive(word: str) -> int:
	if not re.fullmatch(r"[0-9]{1,4}", word) or not 0 < int(word) <= MOST_DAYS:
		raise ValueError(word)
	return int(word)


# ---------------------------------------------------------------------------------- the job


def send(today: datetime.date | str | None = None) -> int:
	"""Tell each recipient what is new today and what he may see; how many were told.

	The number of statements does not grow with what there is to tell but by some for each 2,500, and with the
	recipients. Raises StockBusyError for a lost race: nobody was told then, and the next run tells.
	"""
	day = getdate(today or now_datetime().date())
	settings = frappe.get_cached_doc("Serial Tracking Settings")
	recipients = _recipients(settings.reminder_role) if settings.send_reminders else []
	if not recipients:
		return 0
	with told_plainly():
		bulk.begin_writing()
		_forget(day)
		thresholds = parse_days(settings.reminder_days)
		matters = [*_visits(day), *_running_out(day, thresholds)]
		seen = {recipient: _seen_by(recipient, matters) for recipient in recipients}
		new = _record({matter.key for of_one in seen.values() for matter in of_one})
		told, mails = 0, _has_mail_account()
		if new and not mails:
			frappe.log_error(
				"Reminders: no mail sent",
				"There is no outgoing Email Account. What there was to tell stands in the notifications of the Desk.",
			)
		for recipient, of_one in seen.items():
			if matters_of_one := [matter for matter in of_one if matter.key in new]:
				_tell(recipient, matters_of_one, day, thresholds[-1], mails)
				told += 1
		return told


def _recipients(role: str | None) -> list[Recipient]:
	user, has_role = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	rows = (
		frappe.qb.from_(user)
		.inner_join(has_role)
		.on((has_role.parent == user.name) & (has_role.parenttype == "User"))
		.select(user.name, user.email, user.language)
		.distinct()
		.where(
			(has_role.role == role)
			& (user.enabled == 1)
			& (user.user_type == "System User")
			& (user.email != "")
			& (user.name != "Administrator")  # the one who keeps the server, with a role for everything
		)
		.orderby(user.name)
		.run()
	)
	return [
		Recipient(*row)
		for row in rows
		if is_notifications_enabled(row[0]) or is_email_notifications_enabled(row[0])
	]


def _seen_by(recipient: Recipient, matters: Sequence[Matter]) -> list[Matter]:
	"""Those of the matters whose unit or schedule the recipient sees in a list."""
	readable: dict[str, Collection[str]] = {}
	with _as(recipient):
		for doctype in (UNIT, SCHEDULE):
			names = sorted({matter.name for matter in matters if matter.doctype == doctype})
			may_read = bool(names) and frappe.has_permission(doctype)
			readable[doctype] = units.readable_names(names, doctype) if may_read else ()
	return [matter for matter in matters if matter.name in readable[matter.doctype]]


@contextmanager
def _as(recipient: Recipient) -> Iterator[None]:
	user, lang = frappe.session.user, frappe.local.lang
	frappe.set_user(recipient.user)
	frappe.local.lang = recipient.language or lang
	try:
		yield
	finally:
		frappe.set_user(user)
		frappe.local.lang = lang


# ---------------------------------------------------------------------------------- what there is to tell


def _running_out(day: datetime.date, thresholds: Sequence[int]) -> Iterator[Matter]:
	"""Units whose warranty, contract or life ends within the largest threshold, not told of at the next one."""
	for kind, (field_name, concerns) in UNIT_KINDS.items():
		unit, told = frappe.qb.DocType(UNIT), frappe.qb.DocType(TOLD)
		date = unit[field_name]
		threshold = Case()
		for days in thresholds:
			threshold = threshold.when(date <= add_days(day, days), days)
		rows = (
			frappe.qb.from_(unit)
			.left_join(told)
			.on(
				(told.reference_name == unit.name)
				& (told.row == "")
				& (told.kind == kind)
				& (told.due_date == date)
				& (told.threshold == threshold)
			)
			.select(
				unit.name,
				date.as_("date"),
				threshold.as_("threshold"),
				unit.serial_no,
				unit.item_code,
				unit.item_name,
				unit.customer_name,
				unit.warehouse,
			)
			.where(told.name.isnull() & date[day : add_days(day, thresholds[-1])] & concerns(unit))
			.orderby(date)
			.orderby(unit.name)
			.run(as_dict=True)
		)
		for row in rows:
			yield Matter(kind, UNIT, row["name"], "", row["date"], row["threshold"], row)


UNIT_KINDS: Mapping[str, tuple[str, Callable]] = {
	WARRANTY: ("warranty_expiry_date", lambda unit: unit.status.isin(["Delivered", "In Use"])),
	CONTRACT: (
		"amc_expiry_date",
		lambda unit: unit.status.isnull() | unit.status.notin(["Consumed", "Returned to Supplier"]),
	),
	LIFE: ("end_of_life_date", lambda unit: unit.warehouse != ""),
}


def _visits(day: datetime.date) -> Iterator[Matter]:
	"""Visits that are not made in full, overdue or due within a week, not told of as that."""
	visit, head, told = (frappe.qb.DocType(doctype) for doctype in (VISIT, SCHEDULE, TOLD))
	week = add_days(day, DAYS_OF_VISITS)
	for kind, when, threshold in (
		(VISIT_OVERDUE, visit.scheduled_date < day, 0),
		(VISIT_DUE, visit.scheduled_date[day:week], DAYS_OF_VISITS),
	):
		rows = (
			frappe.qb.from_(visit)
			.inner_join(head)
			.on((head.name == visit.parent) & (visit.parenttype == SCHEDULE))
			.left_join(told)
			.on(
				(told.reference_name == head.name)
				& (told.row == visit.name)
				& (told.kind == kind)
				& (told.due_date == visit.scheduled_date)
				& (told.threshold == threshold)
			)
			.select(
				visit.name.as_("row"),
				head.name,
				visit.scheduled_date.as_("date"),
				visit.item_code,
				visit.item_name,
				visit.service_person,
				head.customer_name,
			)
			.where(
				told.name.isnull()
				& when
				& (head.docstatus == 1)
				& (visit.completion_status.isnull() | (visit.completion_status != "Fully Completed"))
			)
			.orderby(visit.scheduled_date)
			.orderby(visit.name)
			.run(as_dict=True)
		)
		for row in rows:
			yield Matter(kind, SCHEDULE, row["name"], row["row"], row["date"], threshold, row)


# ---------------------------------------------------------------------------------- what was told


def _record(keys: Collection[tuple]) -> set[tuple]:
	"""Remember what is told; those that no other run has told of meanwhile."""
	now, user = frappe.utils.now(), frappe.session.user
	named = dict(zip(ledger_names(), sorted(keys), strict=False))
	columns = ("reference_doctype", "reference_name", "row", "kind", "due_date", "threshold")
	bulk.insert(
		TOLD,
		("name", *columns, "owner", "creation", "modified", "modified_by"),
		((name, *key, user, now, now, user) for name, key in named.items()),
		ignore_duplicates=True,
	)
	for doctype in {key[0] for key in keys}:
		bulk.tell_of_links(TOLD, {"reference_doctype": doctype})
	return {named[row["name"]] for row in bulk.select(TOLD, ("name",), "name", named)}


def _forget(day: datetime.date) -> None:
	"""Drop what is remembered of dates long past. A visit that is still open would be told of anew: it stays."""
	told, visit = frappe.qb.DocType(TOLD), frappe.qb.DocType(VISIT)
	names = (
		frappe.qb.from_(told)
		.left_join(visit)
		.on(
			(visit.name == told.row)
			& (visit.docstatus == 1)
			& (visit.completion_status.isnull() | (visit.completion_status != "Fully Completed"))
		)
		.select(told.name)
		.where((told.due_date < add_days(day, -DAYS_REMEMBERED)) & visit.name.isnull())
		.orderby(told.name)
		.run()
	)
	for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
		chunk = [name for (name,) in names[start : start + bulk.ROWS_PER_STATEMENT]]
		frappe.db.delete(TOLD, {"name": ("in", chunk)})


# ---------------------------------------------------------------------------------- telling


def _tell(
	recipient: Recipient, matters: Sequence[Matter], day: datetime.date, days: int, mails: bool
) -> None:
	with _as(recipient):
		sections = [
			_section(kind, of_kind, day, days)
			for kind in (VISIT_OVERDUE, VISIT_DUE, *UNIT_KINDS)
			if (of_kind := [matter for matter in matters if matter.kind == kind])
		]
		subject = _("Reminders: {0}").format(", ".join(f"{s['title']} ({s['count']:,})" for s in sections))
		content = frappe.get_template("templates/emails/service_reminders.html").render(
			{"sections": sections, "and_more": _("and {0} more"), "open_list": _("Open the list")}
		)
	if is_notifications_enabled(recipient.user):
		log = {
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": recipient.user,
			"subject": subject,
			"email_content": content,
		}
		frappe.get_doc(log).insert(ignore_permissions=True)
	if mails and is_email_notifications_enabled(recipient.user):
		_mail(recipient, subject, content)


def _has_mail_account() -> bool:
	"""Is there an outgoing Email Account? On a site whose mails are muted Frappe makes up one without an address."""
	account = EmailAccount.find_outgoing()
	return bool(account and account.get("email_id"))


def _mail(recipient: Recipient, subject: str, content: str) -> None:
	try:
		frappe.sendmail(recipients=[recipient.email], subject=subject, message=content)
	except frappe.InvalidEmailAddressError:
		# the Desk tells all the same, and so does the mail to the others
		frappe.clear_last_message()
		frappe.log_error("Reminders: mail not sent", reference_doctype="User", reference_name=recipient.user)


def _section(kind: str, matters: Sequence[Matter], day: datetime.date, days: int) -> dict[str, Any]:
	"""A table of the soonest, as the template takes it: title, columns, rows of cells with their links."""
	of_visits = kind in (VISIT_OVERDUE, VISIT_DUE)
	matters = sorted(matters, key=lambda matter: (matter.date, matter.name, matter.row))
	return {
		"title": _title(kind),
		"count": len(matters),
		"columns": _visit_columns() if of_visits else _unit_columns(kind),
		"rows": [_visit_cells(m, day) if of_visits else _unit_cells(m, day) for m in matters[:LINES]],
		"more": max(len(matters) - LINES, 0),
		"link": _list_link(kind, day, days),
	}


def _title(kind: str) -> str:
	return {
		VISIT_OVERDUE: _("Visits overdue"),
		VISIT_DUE: _("Visits due"),
		WARRANTY: _("Warranty ends"),
		CONTRACT: _("Service contract ends"),
		LIFE: _("End of life"),
	}[kind]


def _visit_columns() -> list[str]:
	return [
		_("Schedule", context="Maintenance Schedule"),
		_("Item"),
		_("Customer"),
		_("Date"),
		_("Days"),
		_("Service Person"),
	]


def _visit_cells(matter: Matter, day: datetime.date) -> list[dict[str, str | None]]:
	row = matter.details
	return [
		_cell(matter.name, get_url_to_form(SCHEDULE, matter.name)),
		_cell(row["item_name"] or row["item_code"]),
		_cell(row["customer_name"]),
		_cell(formatdate(matter.date)),
		_cell((matter.date - day).days),
		_cell(row["service_person"]),
	]


def _unit_columns(kind: str) -> list[str]:
	return [
		_("Serial No"),
		_("Item"),
		_("Warehouse") if kind == LIFE else _("Customer"),
		_("Date"),
		_("Days"),
	]


def _unit_cells(matter: Matter, day: datetime.date) -> list[dict[str, str | None]]:
	row = matter.details
	return [
		_cell(row["serial_no"] or matter.name, get_url_to_form(UNIT, matter.name)),
		_cell(row["item_name"] or row["item_code"]),
		_cell(row["warehouse"] if matter.kind == LIFE else row["customer_name"]),
		_cell(formatdate(matter.date)),
		_cell((matter.date - day).days),
	]


def _cell(text: Any, link: str | None = None) -> dict[str, str | None]:
	return {"text": cstr(text), "link": link}


def _list_link(kind: str, day: datetime.date, days: int) -> str:
	if kind not in UNIT_KINDS:
		return get_url_to_report("Maintenance Due and Overdue")
	period = json.dumps(["between", [str(day), str(add_days(day, days))]])
	return f"{get_url_to_list(UNIT)}?{urlencode({UNIT_KINDS[kind][0]: period})}"
