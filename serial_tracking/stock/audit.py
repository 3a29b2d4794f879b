"""Proof that the records are what the ledger says, and the means to make them so again.

bench --site SITE execute serial_tracking.stock.audit.audit
bench --site SITE execute serial_tracking.stock.audit.repair
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import frappe
from frappe.query_builder.functions import Abs, Coalesce, Count, Max, Sum
from frappe.utils import flt, get_datetime, getdate, now_datetime
from pypika import Case, analytics

from serial_tracking.stock import bulk, ledger, status, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.valuation import PRECISION, make_bins

TOLERANCE = 1e-6  # of sums of floats
BATCH = 5000  # units looked at together

Difference = dict[str, Any]


def audit(item_code: str | None = None, warehouses: set[str] | None = None) -> list[Difference]:
	"""Every record that differs from the ledgers.

	Each as `doctype`, `name`, `item_code`, `warehouse`, `field`, `stored`, `derived`, and whether it is `repairable`.
	Looks at the derived fields of each Serial No, at the balance after each Stock Ledger Entry against the sum
	of those before it, at each Bin against its Stock Ledger Entries, and, for items with serials, at these
	against the units that the unit ledger puts there. And at what each Warranty Claim says of its replacement, each
	planned visit of what submitted visits did, and each issued part of the unit that it went into.

	:param item_code: only units, entries and bins of this item
	:param warehouses: only what lies, or last lay, in one of these
	"""
	differences = (
		*_audit_units(item_code),
		*_audit_missing_units(item_code),
		*_audit_balances(item_code),
		*_audit_bins(item_code),
		*_audit_claims(item_code),
		*_audit_planned_visits(item_code),
		*_audit_served_units(item_code),
	)
	return [
		d for d in differences if warehouses is None or not d["warehouse"] or d["warehouse"] in warehouses
	]


def repair(item_code: str | None = None, warehouses: set[str] | None = None) -> list[Difference]:
	"""Write what the ledgers say wherever a record differs; returns the differences found.

	A record that somebody else changes meanwhile is left alone. Raises StockBusyError for a lost race.
	"""
	with told_plainly():
		bulk.begin_writing()
		differences = found = audit(item_code, warehouses)
		if missing := [
			(d["item_code"], d["derived"]) for d in found if d["doctype"] == "Bin" and not d["name"]
		]:
			make_bins(missing)
			found = audit(item_code, warehouses)
		for doctype in (
			"Serial No",
			"Stock Ledger Entry",
			"Bin",
			"Warranty Claim",
			"Maintenance Schedule Detail",
		):
			wrong = [d for d in found if d["doctype"] == doctype and d["name"] and d["repairable"]]
			unchanged = _lock_unchanged(doctype, wrong)
			changes: dict[str, dict[str, Any]] = defaultdict(dict)
			for difference in wrong:
				if difference["name"] in unchanged:
					changes[difference["name"]][difference["field"]] = difference["derived"]
			bulk.update(doctype, changes)
		return differences


def _lock_unchanged(doctype: str, wrong: list[Difference]) -> set[str]:
	"""Lock the records; the names of those that are still what the transaction's snapshot says."""
	fields = ("name", "modified", *sorted({d["field"] for d in wrong}))
	names = {d["name"] for d in wrong}
	as_found = {row["name"]: row for row in bulk.select(doctype, fields, "name", names)}
	as_is = bulk.select(doctype, fields, "name", names, for_update=True)
	return {row["name"] for row in as_is if row == as_found.get(row["name"])}


def _audit_units(item_code: str | None) -> Iterator[Difference]:
	today = now_datetime().date()
	for names in _unit_names(item_code):
		moves = defaultdict(list)
		for move in units.moves_of(names):
			moves[move["serial_no"]].append(move)
		last_move_no = _last_move_numbers(names)
		for unit in units.read_by_name(names):
			name = unit["name"]
			derived = ledger.derive(moves[name])
			derived["last_move_no"] = last_move_no.get(name, 0)
			derived["status"] = ledger.status_after(
				moves[name], unit["on_hold"], unit["end_of_life_date"], today
			)
			derived["maintenance_status"] = status.maintenance(
				unit["warranty_expiry_date"], unit["amc_expiry_date"], today
			)
			derived["serial_key"] = serial_number.key(unit["serial_no"])
			derived["name_key"] = serial_number.key(name)
			if moves[name]:
				derived["item_code"] = moves[name][-1]["item_code"]
			for field, value in derived.items():
				if not _same(unit[field], value):
					yield _difference(
						"Serial No",
						name,
						unit["item_code"],
						unit["last_warehouse"],
						field,
						unit[field],
						value,
					)


def _audit_missing_units(item_code: str | None) -> Iterator[Difference]:
	"""Units that the ledger knows and nobody else."""
	entry, unit = frappe.qb.DocType("Serial No Ledger Entry"), frappe.qb.DocType("Serial No")
	query = (
		frappe.qb.from_(entry)
		.left_join(unit)
		.on(unit.name == entry.serial_no)
		.select(entry.serial_no, entry.item_code, Max(Coalesce(entry.to_warehouse, entry.from_warehouse)))
		.where(unit.name.isnull())
		.groupby(entry.serial_no, entry.item_code)
		.orderby(entry.serial_no, entry.item_code)
	)
	for name, item, warehouse in (query.where(entry.item_code == item_code) if item_code else query).run():
		yield _difference("Serial No", name, item, warehouse, "name", None, name, repairable=False)


def _audit_balances(item_code: str | None) -> Iterator[Difference]:
	"""Stock Ledger Entries whose balance is not the sum of the changes up to them."""
	entry = frappe.qb.DocType("Stock Ledger Entry")

	def up_to_here(field):
		return (
			analytics.Sum(field)
			.over(entry.item_code, entry.warehouse)
			.orderby(entry.posting_datetime, entry.entry_no)
			.rows(analytics.Preceding())
		)

	query = (
		frappe.qb.from_(entry)
		.select(
			entry.name,
			entry.item_code,
			entry.warehouse,
			entry.qty_after_transaction,
			entry.stock_value,
			up_to_here(entry.actual_qty).as_("qty"),
			up_to_here(entry.stock_value_difference).as_("value"),
		)
		.where(entry.is_cancelled == 0)
	)
	running = query.where(entry.item_code == item_code) if item_code else query
	wrong = (
		frappe.qb.from_(running)
		.select("*")
		.where(
			(Abs(running.qty_after_transaction - running.qty) >= TOLERANCE)
			| (Abs(running.stock_value - running.value) >= TOLERANCE)
		)
		.orderby(running.name)
		.run(as_dict=True)
	)
	for row in wrong:
		for field, value in (("qty_after_transaction", flt(row.qty)), ("stock_value", flt(row.value))):
			if not _same(flt(row[field]), value):
				yield _difference(
					"Stock Ledger Entry", row.name, row.item_code, row.warehouse, field, row[field],
					flt(value, PRECISION),
				)  # fmt: skip


def _audit_bins(item_code: str | None) -> Iterator[Difference]:
	entry = frappe.qb.DocType("Stock Ledger Entry")
	valid = Case().when(entry.is_cancelled == 0, 1).else_(0)
	query = (
		frappe.qb.from_(entry)
		.select(
			entry.item_code,
			entry.warehouse,
			Sum(entry.actual_qty * valid).as_("qty"),
			Sum(entry.stock_value_difference * valid).as_("value"),
			Max(entry.entry_no).as_("last_entry_no"),
			Max(entry.posting_datetime).as_("last_posting_datetime"),
		)
		.groupby(entry.item_code, entry.warehouse)
		.orderby(entry.item_code, entry.warehouse)
	)
	booked = {
		(row.item_code, row.warehouse): row
		for row in (query.where(entry.item_code == item_code) if item_code else query).run(as_dict=True)
	}
	counted = _count_units(item_code)
	filters = {"item_code": item_code} if item_code else {}
	fields = [
		"name", "item_code", "warehouse", "actual_qty", "stock_value", "valuation_rate", "last_entry_no",
		"last_posting_datetime",
	]  # fmt: skip
	serialised = set(frappe.get_all("Item", {"has_serial_no": 1}, pluck="name"))
	for bin_ in frappe.get_all("Bin", filters, fields, order_by="item_code, warehouse"):
		place = (bin_.item_code, bin_.warehouse)
		row = booked.pop(place, None) or frappe._dict()
		qty, value = flt(row.qty, PRECISION), flt(row.value, PRECISION)
		derived = {
			"actual_qty": qty,
			"stock_value": value,
			"last_entry_no": row.last_entry_no or 0,
			"last_posting_datetime": row.last_posting_datetime and get_datetime(row.last_posting_datetime),
		}
		if qty > 0:  # an empty Bin keeps the rate that it had
			derived["valuation_rate"] = value / qty
		for field, value in derived.items():
			if not _same(bin_[field], value):
				yield _difference("Bin", bin_.name, *place, field, bin_[field], value)
		if bin_.item_code in serialised and not _same(qty, float(counted.get(place, 0))):
			yield _difference(
				"Stock Ledger Entry", None, *place, "units", qty, counted.get(place, 0), repairable=False
			)
	for place in booked:
		yield _difference("Bin", None, *place, "warehouse", None, place[1])


def _audit_claims(item_code: str | None) -> Iterator[Difference]:
	"""Warranty Claims whose replacement is not what a submitted Delivery Note delivered for them."""
	claim, note = frappe.qb.DocType("Warranty Claim"), frappe.qb.DocType("Delivery Note")
	move, unit = frappe.qb.DocType("Serial No Ledger Entry"), frappe.qb.DocType("Serial No")
	query = (
		frappe.qb.from_(claim)
		.left_join(note)
		.on((note.warranty_claim == claim.name) & (note.docstatus == 1) & (note.is_return == 0))
		.left_join(move)
		.on(
			(move.voucher_type == "Delivery Note") & (move.voucher_no == note.name) & (move.is_cancelled == 0)
		)
		.left_join(unit)
		.on(unit.name == claim.serial_no)
		.select(
			claim.name,
			claim.item_code,
			unit.last_warehouse,
			claim.replacement_delivery_note,
			note.name.as_("note"),
			claim.replacement_serial_no,
			move.serial_no,
		)
		.where(note.name.isnotnull() | claim.replacement_delivery_note.isnotnull())
		.orderby(claim.name)
	)
	for row in (query.where(claim.item_code == item_code) if item_code else query).run(as_dict=True):
		for field, derived in (
			("replacement_delivery_note", row.note),
			("replacement_serial_no", row.serial_no),
		):
			if not _same(row[field], derived):
				place = (row.item_code, row.last_warehouse)
				yield _difference("Warranty Claim", row.name, *place, field, row[field], derived)


def _audit_planned_visits(item_code: str | None) -> Iterator[Difference]:
	"""Visits of schedules that are not what the submitted Maintenance Visits made of them (`service.visits`).

	Each unit that a visit did belongs to the planned one, so that to count them is enough.
	"""
	line, visit = frappe.qb.DocType("Maintenance Schedule Detail"), frappe.qb.DocType("Maintenance Visit")
	work, unit = frappe.qb.DocType("Maintenance Visit Purpose"), frappe.qb.DocType("Serial No")
	done = work.completion_status == "Fully Completed"
	query = (
		frappe.qb.from_(line)
		.left_join(visit)
		.on((visit.maintenance_schedule_detail == line.name) & (visit.docstatus == 1))
		.left_join(work)
		.on((work.parent == visit.name) & (work.parenttype == "Maintenance Visit"))
		.left_join(unit)
		.on(unit.name == work.serial_no)
		.select(
			line.name,
			line.item_code,
			line.completion_status,
			line.actual_date,
			Max(line.serial_no).as_("numbers"),
			Max(unit.last_warehouse).as_("warehouse"),
			Max(visit.mntc_date).as_("day"),
			Count(Case().when(done, work.serial_no).else_(None)).distinct().as_("units_done"),
			Sum(Case().when(done, 1).else_(0)).as_("rows_done"),
		)
		.where((line.docstatus == 1) & (visit.name.isnotnull() | (line.completion_status != "Pending")))
		.groupby(line.name, line.item_code, line.completion_status, line.actual_date)
		.orderby(line.name)
	)
	for row in (query.where(line.item_code == item_code) if item_code else query).run(as_dict=True):
		units_planned = len((row.numbers or "").splitlines())
		whole = row.units_done >= units_planned if units_planned else row.rows_done > 0
		made = "Fully Completed" if whole else "Partially Completed"
		for field, derived in (
			("completion_status", made if row.day else "Pending"),
			("actual_date", row.day and getdate(row.day)),
		):
			if not _same(row[field], derived):
				place = (row.item_code, row.warehouse)
				doctype = "Maintenance Schedule Detail"
				yield _difference(doctype, row.name, *place, field, row[field], derived)


def _audit_served_units(item_code: str | None) -> Iterator[Difference]:
	"""Parts that were issued for a unit which is not recorded."""
	entry, unit = frappe.qb.DocType("Serial No Ledger Entry"), frappe.qb.DocType("Serial No")
	query = (
		frappe.qb.from_(entry)
		.left_join(unit)
		.on(unit.name == entry.used_for)
		.select(entry.name, entry.item_code, entry.from_warehouse, entry.used_for)
		.where((entry.used_for != "") & unit.name.isnull())
		.orderby(entry.name)
	)
	for name, item, warehouse, used_for in (
		query.where(entry.item_code == item_code) if item_code else query
	).run():
		yield _difference(
			"Serial No Ledger Entry", name, item, warehouse, "used_for", used_for, None, repairable=False
		)


def _count_units(item_code: str | None) -> dict[tuple[str, str], int]:
	"""Units in each item and warehouse by the unit ledger: moves in less moves out."""
	entry = frappe.qb.DocType("Serial No Ledger Entry")
	counted: dict[tuple[str, str], int] = defaultdict(int)
	for warehouse, sign in ((entry.to_warehouse, 1), (entry.from_warehouse, -1)):
		query = (
			frappe.qb.from_(entry)
			.select(entry.item_code, warehouse, Count("*"))
			.where((entry.is_cancelled == 0) & warehouse.isnotnull() & (warehouse != ""))
			.groupby(entry.item_code, warehouse)
			.orderby(entry.item_code, warehouse)
		)
		for item, place, count in (query.where(entry.item_code == item_code) if item_code else query).run():
			counted[(item, place)] += sign * count
	return counted


def _unit_names(item_code: str | None) -> Iterator[list[str]]:
	table = frappe.qb.DocType("Serial No")
	after = ""
	while True:
		query = (
			frappe.qb.from_(table)
			.select(table.name)
			.where(table.name > after)
			.orderby(table.name)
			.limit(BATCH)
		)
		if item_code:
			query = query.where(table.item_code == item_code)
		names = [name for (name,) in query.run()]
		if not names:
			return
		yield names
		after = names[-1]


def _last_move_numbers(names: list[str]) -> dict[str, int]:
	last: dict[str, int] = {}
	for row in bulk.select(
		"Serial No Ledger Entry", ["serial_no", "move_no"], "serial_no", names, order_by="move_no"
	):
		last[row["serial_no"]] = row["move_no"]
	return last


def _difference(doctype, name, item_code, warehouse, field, stored, derived, repairable=True) -> Difference:
	return {
		"doctype": doctype,
		"name": name,
		"item_code": item_code,
		"warehouse": warehouse,
		"field": field,
		"stored": stored,
		"derived": derived,
		"repairable": repairable,
	}


def _same(stored: Any, derived: Any) -> bool:
	if isinstance(stored, float) or isinstance(derived, float):
		return abs(flt(stored) - flt(derived)) < TOLERANCE * max(1, abs(flt(derived)))
	return (stored or None) == (derived or None)
