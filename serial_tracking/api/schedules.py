"""Whitelisted methods about Maintenance Schedules: drafts for chosen units, and the visits of the calendar."""

import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate

from serial_tracking.exceptions import MaintenanceScheduleError
from serial_tracking.serial_tracking import scheduling
from serial_tracking.serial_tracking.doctype.maintenance_schedule.maintenance_schedule import why_not
from serial_tracking.serial_tracking.well_formed import read_date, read_json
from serial_tracking.service import schedule
from serial_tracking.stock import bulk
from serial_tracking.stock.reasons import shown_value

SCHEDULE, VISIT = "Maintenance Schedule", "Maintenance Schedule Detail"
MOST_SHOWN = 20_000  # visits at once


@frappe.whitelist()
def make_for_units(serial_nos: str | list[str]) -> Any:
	"""An unsaved Maintenance Schedule for units by their record names, a row for each item.

	:param serial_nos: a list, or its JSON text
	All units must be with one customer, or all with none (own assets); else MaintenanceScheduleError. Needs the right
	to read them and to create a schedule.
	"""
	names = read_json(serial_nos, list)
	if not names or not all(isinstance(name, str) for name in names):
		frappe.throw(_("Choose the units of the schedule"))
	return scheduling.make_of_units(names)


@frappe.whitelist()
@frappe.read_only()
def complete_row(
	start_date: str, periodicity: str, end_date: str | None = None, no_of_visits: int | None = None
) -> dict[str, Any]:
	"""`end_date` and `no_of_visits` of a row, the missing one filled from the other.

	Raises MaintenanceScheduleError for dates, periodicity and number that do not fit together. Needs the right to
	read Maintenance Schedules.
	"""
	frappe.has_permission(SCHEDULE, throw=True)
	row = frappe._dict(
		start_date=read_date(start_date, "start_date") or getdate(),
		end_date=read_date(end_date, "end_date"),
		periodicity=periodicity,
		no_of_visits=cint(no_of_visits),
	)
	try:
		if periodicity not in schedule.PERIODICITIES:
			raise schedule.NoSchedule("no_periodicity")
		end, visits = schedule.complete(row.start_date, row.end_date, periodicity, row.no_of_visits)
	except schedule.NoSchedule as e:
		frappe.throw(why_not(row, e), MaintenanceScheduleError)
	return {"end_date": str(end), "no_of_visits": visits}


@frappe.whitelist()
@frappe.read_only()
def get_visits(
	start: str | None = None,
	end: str | None = None,
	filters: str | list | dict | None = None,
	schedules: str | list[str] | None = None,
) -> list[dict[str, Any]]:
	"""The visits of the schedules that the user may read, as the calendar shows them; cancelled ones left out.

	:param start, end: the first and the last day, or none for all
	:param filters: those of the list: of the schedule, and of its visits
	:param schedules: names of schedules, or none for all
	Returns for each visit `visit` and `name` (the schedule's), `title`, `scheduled_date`, `status` (Overdue, Pending,
	Partially Completed, Fully Completed), `service_person`, and `editable`: may the user move it?
	"""
	wanted, of_visits = _split(read_json(filters, list, dict) or [])
	named = read_json(schedules, list)
	if named is not None:
		wanted.append([SCHEDULE, "name", "in", named or [""]])
	first, last = read_date(start, "start"), read_date(end, "end")
	if first:
		wanted.append([SCHEDULE, "to_date", ">=", first])
		of_visits.append(["scheduled_date", ">=", first])
	if last:
		wanted.append([SCHEDULE, "from_date", "<=", last])
		of_visits.append(["scheduled_date", "<=", last])
	columns = ["name", "customer", "customer_name", "docstatus"]
	found = frappe.get_list(
		SCHEDULE, [*wanted, [SCHEDULE, "docstatus", "<", 2]], columns, limit_page_length=0, order_by="name"
	)
	heads = {head.name: head for head in found}
	may_move = frappe.has_permission(SCHEDULE, "submit")
	today = frappe.utils.now_datetime().date()
	return [_as_shown(visit, heads[visit.parent], may_move, today) for visit in _visits_of(heads, of_visits)]


@frappe.whitelist(methods=["POST"])
def move_visit(visit: str, scheduled_date: str) -> str:
	"""Move a visit to another day; its Event goes with it. The name of the schedule.

	:param visit: name of the Maintenance Schedule Detail
	Raises MaintenanceScheduleError for a visit that is completed, or a day outside its contract. Needs the right to
	write the schedule.
	"""
	name = frappe.db.get_value(VISIT, {"name": visit, "parenttype": SCHEDULE}, "parent")
	if not name:
		frappe.throw(_("There is no visit {0}").format(shown_value(visit)), frappe.DoesNotExistError)
	doc = frappe.get_doc(SCHEDULE, name)
	doc.check_permission("write")
	row = next(row for row in doc.schedules if row.name == visit)
	row.scheduled_date = read_date(scheduled_date, "scheduled_date")
	doc.save()
	return name


def _split(filters: list | dict) -> tuple[list, list]:
	"""The filters of a list by what they are about: schedules, and visits. A schedule is wanted by both."""
	if isinstance(filters, dict):
		filters = [[SCHEDULE, field, "=", value] for field, value in filters.items()]
	wanted = [list(line) for line in filters]
	of_visits = [line[1:4] for line in wanted if len(line) > 3 and line[0] == VISIT]
	return wanted, of_visits


def _visits_of(names, filters: list) -> list:
	found = []
	columns = [
		"name", "parent", "item_code", "item_name", "scheduled_date", "completion_status", "service_person",
		"actual_date",
	]  # fmt: skip
	names = sorted(names)
	for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
		some = names[start : start + bulk.ROWS_PER_STATEMENT]
		found += frappe.get_all(
			VISIT,
			[["parent", "in", some], ["parenttype", "=", SCHEDULE], *filters],
			columns,
			order_by="scheduled_date, name",
			limit_page_length=MOST_SHOWN - len(found),
		)
		if len(found) >= MOST_SHOWN:
			break
	return found


def _as_shown(visit, head, may_move: bool, today: datetime.date) -> dict[str, Any]:
	status = visit.completion_status or "Pending"
	if head.docstatus == 1 and schedule.is_overdue(visit.scheduled_date, status, today):
		status = "Overdue" if status == "Pending" else status
	return {
		"visit": visit.name,
		"name": head.name,
		"title": ", ".join(
			filter(None, (visit.item_name or visit.item_code, head.customer_name or head.customer))
		),
		"scheduled_date": str(visit.scheduled_date),
		"status": status,
		"completion_status": visit.completion_status,
		"service_person": visit.service_person,
		"is_draft": int(head.docstatus == 0),
		"all_day": 1,
		"in_user_tz": 0,
		"editable": int(may_move and status != "Fully Completed"),
	}
