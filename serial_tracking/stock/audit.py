"""Proof that the records are what the ledger says, and the means to make them so again.

bench --site SITE execute serial_tracking.stock.audit.audit
bench --site SITE execute serial_tracking.stock.audit.repair
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import frappe
from frappe.utils import flt, now_datetime

from serial_tracking.stock import bulk, ledger, status, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.valuation import PRECISION

BATCH = 5000  # units looked at together

Difference = dict[str, Any]


def audit(item_code: str | None = None) -> list[Difference]:
	"""Every record that differs from the ledgers: `doctype`, `name`, `item_code`, `field`, `stored`, `derived`.

	Looks at the derived fields of each Serial No, at each Bin against the last balance of its Stock Ledger
	Entries and their sum, and, for items with serials, against the units that the unit ledger puts there.

	:param item_code: only units and bins of this item
	"""
	return [*_audit_units(item_code), *_audit_bins(item_code)]


def repair(item_code: str | None = None) -> list[Difference]:
	"""Write what the ledgers say wherever a record differs; returns the differences found."""
	differences = audit(item_code)
	changes: dict[str, dict[str, dict[str, Any]]] = {"Serial No": {}, "Bin": {}}
	for difference in differences:
		if difference["doctype"] in changes and difference["repairable"]:
			record = changes[difference["doctype"]].setdefault(difference["name"], {})
			record[difference["field"]] = difference["derived"]
	for doctype, records in changes.items():
		bulk.update(doctype, records)
	return differences


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
			for field, value in derived.items():
				if not _same(unit[field], value):
					yield _difference("Serial No", name, unit["item_code"], field, unit[field], value)


def _audit_bins(item_code: str | None) -> Iterator[Difference]:
	entry = frappe.qb.DocType("Stock Ledger Entry")
	query = (
		frappe.qb.from_(entry)
		.select(
			entry.item_code,
			entry.warehouse,
			frappe.query_builder.functions.Sum(entry.actual_qty).as_("qty"),
			frappe.query_builder.functions.Sum(entry.stock_value_difference).as_("value"),
		)
		.where(entry.is_cancelled == 0)
		.groupby(entry.item_code, entry.warehouse)
		.orderby(entry.item_code, entry.warehouse)
	)
	booked = {
		(row.item_code, row.warehouse): row
		for row in (query.where(entry.item_code == item_code) if item_code else query).run(as_dict=True)
	}
	counted = _count_units(item_code)
	filters = {"item_code": item_code} if item_code else {}
	fields = ["name", "item_code", "warehouse", "actual_qty", "stock_value"]
	serialised = set(frappe.get_all("Item", {"has_serial_no": 1}, pluck="name"))
	for bin_ in frappe.get_all("Bin", filters, fields, order_by="item_code, warehouse"):
		place = (bin_.item_code, bin_.warehouse)
		row = booked.pop(place, None)
		for field, value in (("actual_qty", row and row.qty), ("stock_value", row and row.value)):
			if not _same(flt(bin_[field]), flt(value)):
				yield _difference("Bin", bin_.name, bin_.item_code, field, bin_[field], flt(value, PRECISION))
		if bin_.item_code in serialised and not _same(flt(row and row.qty), float(counted.get(place, 0))):
			yield _difference(
				"Stock Ledger Entry", bin_.warehouse, bin_.item_code, "units", flt(row and row.qty), counted.get(place, 0),
				repairable=False,
			)  # fmt: skip
	for place in booked:
		yield _difference("Bin", None, place[0], "warehouse", None, place[1], repairable=False)


def _count_units(item_code: str | None) -> dict[tuple[str, str], int]:
	"""Units in each item and warehouse by the unit ledger: moves in less moves out."""
	entry = frappe.qb.DocType("Serial No Ledger Entry")
	counted: dict[tuple[str, str], int] = defaultdict(int)
	for warehouse, sign in ((entry.to_warehouse, 1), (entry.from_warehouse, -1)):
		query = (
			frappe.qb.from_(entry)
			.select(entry.item_code, warehouse, frappe.query_builder.functions.Count("*"))
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


def _difference(doctype, name, item_code, field, stored, derived, repairable=True) -> Difference:
	return {
		"doctype": doctype,
		"name": name,
		"item_code": item_code,
		"field": field,
		"stored": stored,
		"derived": derived,
		"repairable": repairable,
	}


def _same(stored: Any, derived: Any) -> bool:
	if isinstance(stored, float) or isinstance(derived, float):
		return abs(flt(stored) - flt(derived)) < 1e-6
	return (stored or None) == (derived or None)
