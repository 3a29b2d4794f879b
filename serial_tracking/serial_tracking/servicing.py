"""Drafts of Maintenance Visits: for a planned one, and for a unit. That for a claim is in `claiming`."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from serial_tracking.exceptions import MaintenanceVisitError
from serial_tracking.serial_tracking.mapping import make_draft
from serial_tracking.service import visits

SCHEDULE, VISIT = "Maintenance Schedule", "Maintenance Visit"
# fields that the documents call alike and that do not go from one to the next
NOT_TAKEN_OVER = (
	"naming_series",
	"status",
	"remarks",
	"maintenance_schedule",
	"serial_no",
	"item_code",
	"item_name",
)


def visit_of_schedule(source_name: str, target_doc=None, detail: str | None = None) -> Document:
	"""A draft visit for a planned one, with a row for each of its units that is not done yet.

	:param detail: name of the planned visit; by default the next one that is not made in full
	Needs the right to read the schedule and to create a visit. Raises MaintenanceVisitError if there is none such.
	"""

	def fill(source, target):
		lines = visits.open_lines(source.name)
		if detail:
			lines = [line for line in lines if line["name"] == detail]
		if not lines:
			shown = f"{_(SCHEDULE)} {escape_html(source.name)}"
			frappe.throw(_("{0} has no open visit").format(shown), MaintenanceVisitError)
		line = lines[0]
		target.update(
			{
				"maintenance_type": "Scheduled",
				"maintenance_schedule": source.name,
				"maintenance_schedule_detail": line["name"],
			}
		)
		(person,) = (row.service_person for row in source.schedules if row.name == line["name"])
		done = {w.serial_no for w in visits.work_on(line["name"]) if w.completion_status == visits.FULLY}
		planned = visits.units_of_line(line["item_code"], line["serial_no"]).values()
		for name in planned or [None]:
			if name not in done and name != visits.UNKNOWN:
				_add_purpose(target, line["item_code"], name, person)

	return make_draft(
		SCHEDULE,
		source_name,
		VISIT,
		target_doc,
		fill,
		validation={"docstatus": ["=", 1]},
		not_taken_over=NOT_TAKEN_OVER,
		rows={f"{SCHEDULE} {table}": "Maintenance Visit Purpose" for table in ("Item", "Detail")},
	)


def visit_for_unit(source_name: str, target_doc=None) -> Document:
	"""A draft visit for one unit."""

	def fill(source, target):
		target.update({"maintenance_type": "Unscheduled", **_customer_of(source)})
		_add_purpose(target, source.item_code, source.name)

	return make_draft("Serial No", source_name, VISIT, target_doc, fill, not_taken_over=NOT_TAKEN_OVER)


def _customer_of(unit) -> dict:
	return {"customer": unit.customer, "customer_name": unit.customer_name}


def _add_purpose(target, item_code: str, serial_no: str | None, person: str | None = None, **values):
	target.append(
		"purposes",
		{
			"item_code": item_code,
			"item_name": frappe.get_cached_value("Item", item_code, "item_name"),
			"serial_no": serial_no,
			"service_person": person,
			"completion_status": visits.FULLY,
			**values,
		},
	)
