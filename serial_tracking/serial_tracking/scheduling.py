"""Drafts of Maintenance Schedules: for what was delivered, for units that somebody chose, and for the next term."""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, getdate, now_datetime

from serial_tracking.exceptions import MaintenanceScheduleError
from serial_tracking.serial_tracking.mapping import make_draft, parsed
from serial_tracking.service import schedule
from serial_tracking.stock import bulk, entry_text, units

SCHEDULE = "Maintenance Schedule"
ROW_FIELDS = ("item_code", "item_name", "periodicity", "service_person", "serial_no")


def make_of_delivery(doctype: str, source_name: str, target_doc=None) -> Document:
	"""A draft for the units of a Delivery Note or Sales Invoice that are still out on it.

	Needs the right to read the voucher and to create a schedule. Raises MaintenanceScheduleError if none is out.
	"""

	def fill(source, target):
		target.customer, target.customer_name = source.customer, source.customer_name
		_add_rows(target, units_out_on(source), doctype, source.name)
		if not target.items:
			frappe.throw(
				_("No unit of {0} {1} is still with the customer").format(
					_(doctype), escape_html(source.name)
				),
				MaintenanceScheduleError,
			)

	return make_draft(
		doctype,
		source_name,
		SCHEDULE,
		target_doc,
		fill,
		validation={"docstatus": ["=", 1], "is_return": ["=", 0]},
		not_taken_over=("remarks", "status", "naming_series"),
		rows={f"{doctype} Item": f"{SCHEDULE} Item"},
	)


def units_out_on(source: Document) -> list[units.Unit]:
	"""The units that a document delivered or invoiced, that are still out, and that the user may see."""
	by = "sales_invoice" if source.doctype == "Sales Invoice" else "delivery_document_no"
	names = [row["name"] for row in bulk.select("Serial No", ("name",), by, [source.name])]
	visible = units.visible_warehouses()
	return [
		unit
		for unit in units.read_by_name(names)
		if unit["customer"] == source.customer
		and (by == "sales_invoice" or unit["delivery_document_type"] == source.doctype)
		and units.may_see(unit, visible)
	]


def make_of_units(names: Iterable[str], target_doc=None) -> Document:
	"""A draft for units by their record names, a row for each item.

	All must be with one customer, or all with none: own assets. Needs the right to read them and to create a
	schedule. Raises MaintenanceScheduleError, or frappe.PermissionError for a unit that the user may not read.
	"""
	names = list(dict.fromkeys(names))
	frappe.has_permission(SCHEDULE, "create", throw=True)
	if set(names) - units.readable_names(names):
		frappe.throw(_("Some of these units are not known"), frappe.PermissionError)
	found = units.read_by_name(names)
	customers = sorted({unit["customer"] or "" for unit in found})
	if len(customers) > 1:
		shown = ", ".join(
			escape_html(customer) if customer else _("none: own assets") for customer in customers
		)
		frappe.throw(
			_("The units of a schedule are with one customer; these are with several: {0}").format(shown),
			MaintenanceScheduleError,
		)
	target = frappe.get_doc(parsed(target_doc)) if target_doc else frappe.new_doc(SCHEDULE)
	target.customer = customers[0] or None if customers else None
	if target.customer:
		target.customer_name = frappe.db.get_value("Customer", target.customer, "customer_name")
	_add_rows(target, found)
	return target


def make_renewal(source_name: str, target_doc=None) -> Document:
	"""See `maintenance_schedule.make_renewal`."""

	def fill(source, target):
		target.renewal_of = source.name
		for row in source.items:
			start, end = next_term(row)
			target.append(
				"items",
				{
					**{field: row.get(field) for field in ROW_FIELDS},
					"start_date": start,
					"end_date": end,
					"no_of_visits": row.no_of_visits,
				},
			)

	return make_draft(
		SCHEDULE,
		source_name,
		SCHEDULE,
		target_doc,
		fill,
		validation={"docstatus": ["=", 1]},
		not_taken_over=("remarks", "status", "transaction_date"),
		rows={table: table for table in (f"{SCHEDULE} Item", f"{SCHEDULE} Detail")},
	)


def next_term(row) -> tuple:
	"""Start and end of the contract that follows on a row, as long as it was."""
	start = row.end_date + schedule.DAY
	return start, schedule.same_length(row.start_date, row.end_date, row.periodicity, start)


def _add_rows(target: Document, found: list[units.Unit], doctype: str | None = None, name: str | None = None):
	by_item = defaultdict(list)
	for unit in sorted(found, key=lambda unit: unit["name"]):
		by_item[unit["item_code"]].append(unit["serial_no"])
	items = bulk.select("Item", ("name", "item_name"), "name", by_item)
	item_names = {item["name"]: item["item_name"] for item in items}
	today = getdate(now_datetime())
	for item_code, numbers in by_item.items():
		target.append(
			"items",
			{
				"item_code": item_code,
				"item_name": item_names.get(item_code),
				"serial_no": entry_text.canonical(numbers),
				"start_date": today,
				"end_date": schedule.end_of(today, "Yearly", 1),
				"periodicity": "Yearly",
				"reference_doctype": doctype,
				"reference_name": name,
			},
		)
