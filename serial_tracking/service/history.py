"""What was done for a unit, each only as far as the user may read it: contracts, visits, claims, parts (DOMAIN 9)."""

from collections.abc import Iterable
from typing import Any

import frappe

from serial_tracking.service import visits as planned_visits
from serial_tracking.stock import bulk, units

CONTRACT = ("maintenance_schedule", "start_date", "end_date", "customer", "schedule_item")
VISIT = (
	"name",
	"mntc_date",
	"mntc_time",
	"maintenance_type",
	"customer",
	"maintenance_schedule",
	"warranty_claim",
)
WORK = ("parent", "work_done", "completion_status", "service_person")
CLAIM = (
	"name", "status", "complaint_date", "complaint", "coverage", "warranty_amc_status", "serial_no",
	"replacement_serial_no", "replacement_delivery_note", "resolution_date",
)  # fmt: skip
PLANNED = ("parent", "scheduled_date", "completion_status", "actual_date", "service_person", "overdue")
PART = (
	"serial_no", "item_code", "posting_datetime", "voucher_type", "voucher_no", "from_warehouse", "to_warehouse",
)  # fmt: skip

Record = dict[str, Any]


def contracts(name: str) -> list[Record]:
	"""The contracts of a unit that stand, in the order of their starts; without a schedule that the user may not read."""
	found = _list("Service Contract Entry", {"serial_no": name}, CONTRACT, "start_date, contract_no")
	readable = _readable("Maintenance Schedule", (entry["maintenance_schedule"] for entry in found))
	for entry in found:
		if entry["maintenance_schedule"] not in readable:
			entry["maintenance_schedule"] = None
	return found


def planned(entries: Iterable[Record]) -> list[Record]:
	"""The visits of these contracts, as `contracts` gave them, that are not made in full; sorted by their days."""
	rows = {entry["schedule_item"] for entry in entries if entry["maintenance_schedule"]}
	found = bulk.select(
		planned_visits.LINE, (*PLANNED, "item_reference"), "item_reference", rows, order_by="scheduled_date"
	)
	for line in found:
		del line["item_reference"]
		line["maintenance_schedule"] = line.pop("parent")
	return [line for line in found if line["completion_status"] != planned_visits.FULLY]


def visits(name: str) -> list[Record]:
	"""The submitted visits of a unit with what was done on it, in their order."""
	where = {"docstatus": 1, "parenttype": planned_visits.VISIT}
	work = bulk.select(planned_visits.PURPOSE, WORK, "serial_no", [name], where=where)
	done = {row.pop("parent"): row for row in work}
	filters = {"name": ("in", sorted(done)), "docstatus": 1}
	found = _list(planned_visits.VISIT, filters, VISIT, "mntc_date, mntc_time, name") if done else []
	return [{**visit, **done[visit["name"]]} for visit in found]


def claims(name: str) -> list[Record]:
	"""The claims about a unit, and those that it replaced another for, in the order of the complaints."""
	either = [["serial_no", "=", name], ["replacement_serial_no", "=", name]]
	return _list("Warranty Claim", {}, CLAIM, "complaint_date, creation", or_filters=either)


def parts(name: str) -> list[Record]:
	"""The units that were built into a unit, in their order; those that the user may not see are `hidden` alone."""
	where = {"is_cancelled": 0, "move_type": "Issued"}
	found = bulk.select(
		"Serial No Ledger Entry", PART, "used_for", [name], where=where, order_by="posting_datetime"
	)
	readable = units.readable_names([part["serial_no"] for part in found]) if found else set()
	visible = units.visible_warehouses("Serial No Ledger Entry")
	return [
		part if part["serial_no"] in readable and units.in_sight(part, visible) else {"hidden": True}
		for part in found
	]


def _readable(doctype: str, names: Iterable[str | None]) -> set[str]:
	named = sorted({name for name in names if name})
	return (
		{row["name"] for row in _list(doctype, {"name": ("in", named)}, ("name",), "name")}
		if named
		else set()
	)


def _list(doctype: str, filters: dict, fields: Iterable[str], order_by: str, **values) -> list[Record]:
	if not frappe.has_permission(doctype):
		return []
	found = frappe.get_list(doctype, filters, list(fields), order_by=order_by, limit_page_length=0, **values)
	return [dict(row) for row in found]
