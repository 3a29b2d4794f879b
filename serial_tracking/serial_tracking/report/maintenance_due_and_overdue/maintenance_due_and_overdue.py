"""Visits of submitted schedules that are to be made, and those that are late, as of a day."""

import datetime
from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Function
from frappe.utils import cint, formatdate, getdate, now_datetime
from pypika import Case
from pypika.functions import Length

from serial_tracking.serial_tracking import unit_report
from serial_tracking.service import schedule

SCHEDULE, LINE = "Maintenance Schedule", "Maintenance Schedule Detail"
DONE, PENDING = "Fully Completed", "Pending"
SHOWN_NUMBERS = 5  # of a visit
SHOWN_TEXT = 700  # characters in which these are found


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	visits = Visits(filters)
	rows = visits.rows()
	counts = visits.count(rows)
	return (
		unit_report.without_names_twice(_columns(), rows),
		rows,
		unit_report.say_what_is_cut(counts.total(), visits.filters),
		unit_report.chart_by_month(counts, visits.day, (_("Overdue"), _("Due"))),
		_summary(counts, visits.day),
	)


class Visits:
	"""The visits that are open at the end of `filters.as_on_date`, of schedules that the user may see.

	A visit that was made after that day is open on it, and a schedule dated after it is not known yet.
	Raises frappe.PermissionError without the right to read Maintenance Schedule.
	"""

	def __init__(self, filters: dict[str, Any] | None):
		frappe.has_permission(SCHEDULE, throw=True)
		self.filters = frappe._dict(filters or {})
		today = now_datetime().date()
		self.day = unit_report.date_of(self.filters, "as_on_date") or today
		self.schedule, self.line = frappe.qb.DocType(SCHEDULE), frappe.qb.DocType(LINE)
		status = Coalesce(self.line.completion_status, PENDING)
		if self.day < today:
			status = Case().when(self.line.actual_date > self.day, PENDING).else_(status)
		self.status = status
		self.query = (
			frappe.qb.from_(self.line)
			.join(self.schedule)
			.on((self.schedule.name == self.line.parent) & (self.line.parenttype == SCHEDULE))
			.where((self.schedule.docstatus == 1) & (self.schedule.transaction_date <= self.day))
			.where(self.status != DONE)
		)
		if (listed := unit_report.listed(SCHEDULE, self.schedule)) is not None:
			self.query = self.query.where(listed)
		self._filter()

	def _filter(self) -> None:
		line = self.line
		for fieldname, field in (
			("maintenance_schedule", self.schedule.name),
			("customer", self.schedule.customer),
			("service_person", line.service_person),
			("completion_status", self.status),
		):
			if wanted := unit_report.values_of(self.filters, fieldname):
				self.query = self.query.where(field.isin(wanted))
		for condition in unit_report.of_items(self.filters, line.item_code):
			self.query = self.query.where(condition)
		overdue = cint(self.filters.show_overdue)
		condition = unit_report.within(line.scheduled_date, self.filters, self.day, overdue)
		self.query = self.query.where(condition)

	def rows(self) -> list[unit_report.Row]:
		line, head, text = self.line, self.schedule, self.line.serial_no
		query = (
			self.query.select(
				line.name,
				line.parent.as_("maintenance_schedule"),
				head.customer,
				head.customer_name,
				line.item_code,
				line.item_name,
				line.scheduled_date,
				line.service_person,
				line.actual_date,
				self.status.as_("completion_status"),
				# a row of thousands of numbers has as many visits: they stay where they are
				Function("SUBSTR", text, 1, SHOWN_TEXT).as_("serial_no"),
				(Length(text) - Length(Function("REPLACE", text, "\n", "")) + 1).as_("units"),
			)
			.orderby(line.scheduled_date)
			.orderby(line.parent)
			.orderby(line.idx)
		)
		rows = unit_report.page(query, self.filters).run(as_dict=True)
		if not rows and unit_report.turn_back(self.query, self.filters):
			return self.rows()
		persons = unit_report.full_names(row["service_person"] for row in rows)
		for row in rows:
			numbers = (row["serial_no"] or "").split("\n", SHOWN_NUMBERS)[:SHOWN_NUMBERS]
			row["units"] = row["units"] if row["serial_no"] else 0
			more = row["units"] - len(numbers)
			row["serial_no"] = ", ".join(numbers) + (f" … (+{more:,})" if more > 0 else "")
			row["service_person_name"] = persons.get(row["service_person"])
			row["days_left"] = (row["scheduled_date"] - self.day).days
			late = schedule.is_overdue(row["scheduled_date"], row["completion_status"], self.day)
			row["state"] = _("Overdue") if late else _("Due")
			if row["actual_date"] and row["actual_date"] > self.day:
				row["actual_date"] = None  # not known then
		return rows

	def count(self, rows: list[unit_report.Row]) -> Counter:
		"""How many visits there are on each day, those beyond the rows that are shown included."""
		if unit_report.is_whole(rows, self.filters):
			return Counter(row["scheduled_date"] for row in rows)
		day = self.line.scheduled_date
		return Counter({getdate(on): n for on, n in self.query.select(day, Count("*")).groupby(day).run()})


def _summary(counts: Counter, day: datetime.date) -> list[unit_report.Row]:
	overdue = sum(count for on, count in counts.items() if on < day)
	today = counts.get(day, 0)
	return [
		unit_report.card(_("Overdue"), overdue, "Red"),
		unit_report.card(_("Due on {0}").format(formatdate(day)), today, "Orange"),
		unit_report.card(_("Due Later"), counts.total() - overdue - today, "Green"),
	]


def _columns() -> list[unit_report.Column]:
	column = unit_report.column
	return [
		column("scheduled_date", _("Scheduled Date"), "Date", width=130),
		column("days_left", _("Days Left"), "Int", width=90),
		column("state", _("State"), width=100),
		column("completion_status", _("Completion Status"), width=160),
		column("maintenance_schedule", _("Maintenance Schedule"), "Link", SCHEDULE, 190),
		*unit_report.columns_of_customer(),
		column("item_code", _("Item"), "Link", "Item", 120),
		column("item_name", _("Item Name"), width=160),
		column("units", _("Units"), "Int", width=70),
		column("serial_no", _("Serial Nos"), width=240),
		# no link: a User Permission on User is not meant for service persons (the schedule ignores it too)
		column("service_person", _("Service Person"), width=210),
		column("service_person_name", _("Service Person Name"), width=140),
		column("actual_date", _("Last Visit"), "Date"),
	]
