import datetime
from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, formatdate, getdate, now_datetime, strip_html

from serial_tracking.exceptions import MaintenanceScheduleError, SerialNoFormatError
from serial_tracking.serial_tracking import printing, scheduling, servicing
from serial_tracking.serial_tracking.well_formed import refuse_malformed
from serial_tracking.service import agreement, contracts, events, schedule
from serial_tracking.stock import bulk, entry_text, rules
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.reasons import shown_value

COMPLETED = "Fully Completed"
UNTOUCHED = {"completion_status": "Pending", "actual_date": None, "event": None}
MOST_VISITS = 10_000  # of all rows
NUMBERS_IN_EVENT = 20


class MaintenanceSchedule(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.maintenance_schedule_detail.maintenance_schedule_detail import (
			MaintenanceScheduleDetail,
		)
		from serial_tracking.serial_tracking.doctype.maintenance_schedule_item.maintenance_schedule_item import (
			MaintenanceScheduleItem,
		)

		amended_from: DF.Link | None
		customer: DF.Link | None
		customer_name: DF.Data | None
		from_date: DF.Date | None
		holiday_list: DF.Link | None
		items: DF.Table[MaintenanceScheduleItem]
		naming_series: DF.Literal["MAT-MSH-.YYYY.-.#####"]
		remarks: DF.SmallText | None
		renewal_of: DF.Link | None
		schedules: DF.Table[MaintenanceScheduleDetail]
		service_person: DF.Link | None
		status: DF.Literal["Draft", "Upcoming", "Running", "Ended", "Cancelled"]
		to_date: DF.Date | None
		transaction_date: DF.Date
		visits_overdue: DF.Int
		warehouses: DF.LongText | None
	# end: auto-generated types

	def update(self, values):
		refuse_malformed(self.meta, values)
		return super().update(values)

	def before_print(self, settings=None):
		printing.fit_tables(self, "items", "schedules")

	def validate(self):
		self.require_rows()
		self.require_customer()
		self.number_rows()
		self.complete_rows()
		self.validate_service_persons(row.service_person for row in self.items)
		agreed = self.as_agreement()
		if self.docstatus.is_draft():
			agreement.check(agreed)
			self.keep_warehouses(agreed.warehouses())
		self.make_visits()
		self.set_period()
		self.tell_of_short_holiday_list()

	def before_submit(self):
		self.flags.agreed = self.as_agreement()
		agreement.prepare(self.flags.agreed)
		self.set_status()
		attended = [visit for visit in self.schedules if visit.service_person]
		for visit, name in zip(attended, events.new_names(len(attended)), strict=True):
			visit.event = name

	def on_submit(self):
		agreement.write(self.flags.pop("agreed"))
		events.create(self.name, (self.as_event(visit) for visit in self.schedules if visit.event))

	def before_cancel(self):
		with told_plainly():
			self.flags.ended = contracts.lock(contracts.units_of(self.name))
		found = self.flags.ended.found.values()
		self.keep_warehouses({unit["last_warehouse"] for unit in found if unit["last_warehouse"]})
		self.flags.events = {
			visit.event for visit in self.schedules if visit.event and visit.completion_status != COMPLETED
		}
		for visit in self.schedules:
			visit.overdue = 0
			if visit.event in self.flags.events:
				visit.event = None
		self.visits_overdue = 0
		self.status = "Cancelled"

	def on_cancel(self):
		# the contract that renewed it stands for itself
		self.ignore_linked_doctypes = ("Maintenance Schedule",)
		with told_plainly():
			contracts.end(self.name, self.flags.pop("ended"))
		events.delete(self.flags.pop("events"))

	def before_update_after_submit(self):
		self.keep_what_visits_write()
		moved = self.moved_visits()
		self.validate_service_persons(visit.service_person for visit in moved)
		self.set_overdue()
		self.plan_events(moved)

	def on_update_after_submit(self):
		made, changed, dropped = self.flags.pop("event_changes", ((), (), ()))
		events.delete(dropped)
		events.move(self.as_event(visit) for visit in changed)
		events.create(self.name, (self.as_event(visit) for visit in made))

	# ------------------------------------------------------------------ steps of validate

	def require_rows(self):
		# Frappe looks at what is mandatory only after validate
		if not self.items or not all(row.item_code and row.start_date for row in self.items):
			frappe.throw(
				_("Every row needs an item and a start date, and a schedule a row"), frappe.MandatoryError
			)

	def require_customer(self):
		# a link that fetches a name passes Frappe 15 though there is no such record
		if self.customer and not frappe.db.get_value("Customer", self.customer, "name", cache=True):
			shown = f"{_('Customer')}: {shown_value(self.customer)}"
			frappe.throw(_("Could not find {0}").format(shown), frappe.LinkValidationError)

	def number_rows(self):
		# over REST any idx may come, and messages tell rows apart by it
		for idx, row in enumerate(self.items, 1):
			row.idx = idx
			# a row added to a saved schedule gets its name when it is written; its visits need it before
			row.name = row.name or frappe.generate_hash(length=10)

	def complete_rows(self):
		"""Read the dates, and fill the end from the number of visits or the number from the end."""
		self.flags.entries = {}
		problems = []
		for row in self.items:
			row.start_date = getdate(row.start_date)
			row.end_date = getdate(row.end_date) if row.end_date else None
			row.periodicity = row.periodicity or "Yearly"
			row.service_person = row.service_person or self.service_person or None
			try:
				if row.periodicity not in schedule.PERIODICITIES:
					raise schedule.NoSchedule("no_periodicity")
				row.end_date, row.no_of_visits = schedule.complete(
					row.start_date, row.end_date, row.periodicity, cint(row.no_of_visits)
				)
			except schedule.NoSchedule as e:
				problems.append((row, why_not(row, e)))
			entry = entry_text.parse(as_box(row.serial_no))
			if not entry.problems and entry.count <= rules.MAX_UNITS:
				row.serial_no = entry_text.canonical(entry.numbers()) or None
			self.flags.entries[row.idx] = entry
		if problems:
			rules.throw(problems, MaintenanceScheduleError, _("Schedule Not Possible"))
		count = sum(row.no_of_visits for row in self.items)
		if count > MOST_VISITS:
			frappe.throw(
				_("{0} visits in one schedule, at most {1} are possible").format(
					f"{count:,}", f"{MOST_VISITS:,}"
				),
				MaintenanceScheduleError,
			)

	def validate_service_persons(self, persons: Iterable[str | None]):
		named = {person for person in persons if person}
		found = bulk.select("User", ("name", "enabled"), "name", named)
		enabled = {user["name"] for user in found if user["enabled"]}
		if refused := sorted(named - enabled):
			shown = ", ".join(frappe.bold(shown_value(person)) for person in refused)
			frappe.throw(
				_("A disabled or unknown user cannot be a service person: {0}").format(shown),
				MaintenanceScheduleError,
				title=_("Service Person"),
			)

	def make_visits(self):
		"""Plan the visits of each row whose dates changed; those that stay keep the day and the person they have."""
		before = self.get_doc_before_save()
		rows_before = {row.name: row for row in before.items} if before else {}
		same_holidays = bool(before) and (before.holiday_list or None) == (self.holiday_list or None)
		visits_of = defaultdict(list)
		for visit in self.schedules:
			visits_of[visit.item_reference].append(visit)
		planned, problems = [], []
		for row in self.items:
			visits, old = visits_of.get(row.name, []), rows_before.get(row.name)
			keeps = same_holidays and old and plan_of(old) == plan_of(row) and len(visits) == row.no_of_visits
			if keeps:
				days = [getdate(visit.scheduled_date) for visit in visits]
				problems += self.out_of_range(row, days)
			else:
				try:
					days = schedule.dates(
						row.start_date, row.end_date, row.periodicity, row.no_of_visits, self.get_holidays()
					)
				except schedule.NoSchedule as e:
					problems.append((row, why_not(row, e)))
					continue
				visits = [self.append("schedules", {}) for _day in days]
			for visit, day in zip(visits, days, strict=True):
				if not keeps or (old.service_person or None) == (visit.service_person or None):
					visit.service_person = row.service_person
				visit.update({"scheduled_date": day, **what_row_says(row), **UNTOUCHED})
				planned.append(visit)
		if problems:
			rules.throw(problems, MaintenanceScheduleError, _("Schedule Not Possible"))
		order = {row.name: row.idx for row in self.items}
		self.schedules = sorted(planned, key=lambda v: (v.scheduled_date, order[v.item_reference]))
		for idx, visit in enumerate(self.schedules, 1):
			visit.idx = idx

	def get_holidays(self) -> set[datetime.date]:
		if not self.holiday_list:
			return set()
		if self.flags.holidays is None:
			rows = bulk.select(
				"Holiday",
				("holiday_date",),
				"parent",
				[self.holiday_list],
				where={"parenttype": "Holiday List"},
			)
			self.flags.holidays = {row["holiday_date"] for row in rows}
		return self.flags.holidays

	def out_of_range(self, row, days: Iterable[datetime.date]) -> list[tuple]:
		outside = [formatdate(day) for day in days if not row.start_date <= day <= row.end_date]
		if not outside:
			return []
		why = _("a visit on {0} is not between {1} and {2}")
		return [(row, why.format(", ".join(outside), formatdate(row.start_date), formatdate(row.end_date)))]

	def set_period(self):
		self.from_date, self.to_date = schedule.period((row.start_date, row.end_date) for row in self.items)
		self.set_status()

	def set_status(self):
		if self.docstatus.is_draft():
			self.status = "Draft"
		else:
			self.status = schedule.status(self.from_date, self.to_date, now_datetime().date())
		self.set_overdue()

	def set_overdue(self):
		today = now_datetime().date()
		for visit in self.schedules:
			late = schedule.is_overdue(getdate(visit.scheduled_date), visit.completion_status, today)
			visit.overdue = int(self.docstatus.is_submitted() and late)
		self.visits_overdue = sum(visit.overdue for visit in self.schedules)

	def keep_warehouses(self, warehouses: Iterable[str]):
		"""Where the units are, for the lists of users who may not see all (permissions.py): only those of a submitted
		schedule can be asked themselves."""
		self.warehouses = "".join(f"\n{warehouse}\n" for warehouse in sorted(warehouses)) or None

	def tell_of_short_holiday_list(self):
		if not self.holiday_list or not self.docstatus.is_draft():
			return
		covered = frappe.db.get_value("Holiday List", self.holiday_list, ["from_date", "to_date"])
		if covered and not (covered[0] <= self.from_date and self.to_date <= covered[1]):
			frappe.msgprint(
				_(
					"Holiday List {0} goes from {1} to {2}. Outside it no visit was moved to a working day."
				).format(frappe.bold(escape_html(self.holiday_list)), *map(formatdate, covered)),
				title=_("Holiday List Too Short"),
				indicator="orange",
			)

	# ------------------------------------------------------------------ after the submit

	def keep_what_visits_write(self):
		"""Visits are moved, not made or dropped; what a Maintenance Visit writes on them is not written by hand."""
		before = {visit.name: visit for visit in self.get_doc_before_save().schedules}
		if {visit.name for visit in self.schedules} != set(before) or len(self.schedules) != len(before):
			frappe.throw(
				_("The visits of a submitted schedule can be moved, but not be added or removed"),
				MaintenanceScheduleError,
			)
		for visit in self.schedules:
			for field in ("completion_status", "actual_date", "event"):
				visit.set(field, before[visit.name].get(field))

	def moved_visits(self) -> list:
		"""The visits whose day or person changed."""
		before = {visit.name: visit for visit in self.get_doc_before_save().schedules}
		rows = {row.name: row for row in self.items}
		moved, problems = [], []
		for visit in self.schedules:
			old = before[visit.name]
			if not visit.scheduled_date:
				frappe.throw(_("Row {0}: a visit needs a day").format(visit.idx), frappe.MandatoryError)
			visit.scheduled_date = getdate(visit.scheduled_date)
			same_day = visit.scheduled_date == old.scheduled_date
			if same_day and (visit.service_person or None) == (old.service_person or None):
				continue
			if visit.completion_status == COMPLETED:
				why = _("the visit on {0} is completed and cannot be moved")
				problems.append((visit, why.format(formatdate(old.scheduled_date))))
			elif not same_day:
				problems += [
					(visit, why)
					for _row, why in self.out_of_range(rows[visit.item_reference], [visit.scheduled_date])
				]
			moved.append(visit)
		if problems:
			rules.throw(problems, MaintenanceScheduleError, _("Visit Not Moved"))
		return moved

	def plan_events(self, moved: list):
		made, changed, dropped = [], [], []
		for visit in moved:
			if visit.event and visit.service_person:
				changed.append(visit)
			elif visit.event:
				dropped.append(visit.event)
				visit.event = None
			elif visit.service_person:
				(visit.event,) = events.new_names(1)
				made.append(visit)
		self.flags.event_changes = made, changed, dropped

	# ------------------------------------------------------------------ towards the service room

	def as_agreement(self) -> agreement.Agreement:
		return agreement.Agreement(
			self.name,
			self.customer or None,
			[
				agreement.Row(
					row.idx,
					row.name,
					row.item_code,
					row.start_date,
					row.end_date,
					row.no_of_visits,
					self.flags.entries[row.idx],
				)
				for row in self.items
			],
		)

	def as_event(self, visit) -> events.Visit:
		numbers = entry_text.parse(visit.serial_no).numbers()
		what = visit.item_code
		if self.customer:
			what = f"{what}, {self.customer_name or self.customer}"
		if len(numbers) > 1:
			what = _("{0} ({1} units)").format(what, len(numbers))
		lines = [visit.item_name or visit.item_code, self.customer_name or self.customer]
		lines += numbers[:NUMBERS_IN_EVENT]
		if len(numbers) > NUMBERS_IN_EVENT:
			lines.append(_("and {0} more").format(len(numbers) - NUMBERS_IN_EVENT))
		return events.Visit(
			event=visit.event,
			day=getdate(visit.scheduled_date),
			person=visit.service_person,
			subject=strip_html(_("Maintenance: {0}").format(what)),
			description="<br>".join(escape_html(line) for line in lines if line),
		)


def what_row_says(row) -> dict:
	"""What a visit takes over from its row."""
	return {
		"item_code": row.item_code,
		"item_name": row.item_name,
		"serial_no": row.serial_no,
		"item_reference": row.name,
	}


def plan_of(row) -> tuple:
	"""What decides on the days of a row's visits."""
	return getdate(row.start_date), getdate(row.end_date), row.periodicity, cint(row.no_of_visits)


def as_box(text) -> str:
	if isinstance(text, list | dict):
		frappe.throw(_("Write the serial numbers as text, one per line"), SerialNoFormatError)
	return cstr(text)


def why_not(row, refusal: schedule.NoSchedule) -> str:
	"""What stands in the way of a row's visits, in the user's language."""
	start, end = formatdate(row.start_date), formatdate(row.end_date) if row.end_date else ""
	most = f"{schedule.MOST_VISITS:,}"
	return {
		"end_before_start": _("the end {0} lies before the start {1}").format(end, start),
		"end_needed": _("enter the end date, or with a periodicity other than Random the number of visits"),
		"visits_needed": _("enter the number of visits"),
		"too_many_visits": _("more than {0} visits are not possible").format(most),
		"visits_do_not_fit": _("{0} visits do not fit between {1} and {2}, at most {3} do").format(
			cint(row.no_of_visits), start, end, refusal.fit
		),
		"no_such_day": _("the end would lie after the year 9999"),
		"no_working_day": _("there is no working day between {0} and {1}").format(start, end),
		"no_periodicity": _("{0} is no periodicity").format(shown_value(row.periodicity)),
	}[refusal.code]


@frappe.whitelist()
def make_renewal(source_name: str, target_doc: str | dict | None = None):
	"""A draft of the contract that follows on a submitted one: of the same length, from the day after its end.

	Needs the right to read the schedule and to create another.
	"""
	return scheduling.make_renewal(source_name, target_doc)


@frappe.whitelist()
def make_maintenance_visit(source_name: str, target_doc: str | dict | None = None, detail: str | None = None):
	"""A draft visit for a planned one: `detail`, or the next that is not made in full.

	Needs the right to read the schedule and to create a visit. Raises MaintenanceVisitError if there is none such.
	"""
	detail = detail or (frappe.flags.args or {}).get("detail")
	return servicing.visit_of_schedule(source_name, target_doc, detail)
