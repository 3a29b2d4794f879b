"""The stock of each item with serials in each warehouse as four records tell it, as of a day: the units, their moves, the
stock ledger and the Bin (DOMAIN 9). What differs is what `stock.audit` explains unit by unit."""

from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import cint, flt, now_datetime
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, Term

from serial_tracking.serial_tracking import unit_report
from serial_tracking.stock import bulk
from serial_tracking.stock.as_of import LEDGER, end_of
from serial_tracking.stock.audit import TOLERANCE

BOOKS = ("units", "moves", "booked", "bin")

Row = unit_report.Row


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	balance = Balance(filters)
	rows = balance.rows()
	wrong = [row for row in rows if row["differs"]]
	by_place = {f"{row['item_code']} · {row['warehouse']}": abs(row["differs"]) for row in wrong}
	shown = wrong if cint(balance.filters.only_differences) else rows
	unit_report.turn_back_to(balance.filters, len(shown))
	first = unit_report.first_of(balance.filters)
	return (
		_columns(balance.today),
		shown[first : first + unit_report.rows_of_page(balance.filters)],
		unit_report.say_what_is_cut(len(shown), balance.filters),
		unit_report.chart_of_groups(by_place, _("Difference"), unit_report.RED),
		[
			unit_report.card(_("Units"), sum(row["moves"] for row in rows), "Blue"),
			unit_report.card(_("Stock Ledger"), sum(row["booked"] for row in rows), "Blue"),
			unit_report.card(_("Places That Agree"), len(rows) - len(wrong), "Green"),
			unit_report.card(_("Places That Differ"), len(wrong), "Red" if wrong else "Grey"),
		],
	)


class Balance:
	"""The stock of items with serials by item and warehouse, where the user may look, at the end of `as_on_date`.

	For a day in the past the ledgers alone are compared: records and Bins tell of today. User Permissions on Item and
	Warehouse hold; others, which would hide some units of a place, would make what is right look wrong.
	Raises frappe.PermissionError without the right to read Bin and the ledgers.
	"""

	def __init__(self, filters: dict[str, Any] | None):
		for doctype in ("Bin", "Stock Ledger Entry", LEDGER, "Serial No"):
			frappe.has_permission(doctype, throw=True)
		self.filters = frappe._dict(filters or {})
		today = now_datetime().date()
		self.day = unit_report.date_of(self.filters, "as_on_date") or today
		self.today = self.day >= today
		self.warehouses = unit_report.with_descendants(
			"Warehouse", unit_report.values_of(self.filters, "warehouse")
		)
		self.found: dict[tuple[str, str], Row] = defaultdict(lambda: dict.fromkeys(BOOKS, 0))

	def rows(self) -> list[Row]:
		self._moves()
		self._stock_ledger()
		if self.today:
			self._records()
			self._bins()
		codes = {item for item, _place in self.found}
		items = bulk.select("Item", ("name", "item_name"), "name", codes, where={"has_serial_no": 1})
		names = {item["name"]: item["item_name"] for item in items}
		rows = []
		for (item, place), told in sorted(self.found.items()):
			if item not in names or not any(told.values()):
				continue
			books = [told[book] for book in (BOOKS if self.today else ("moves", "booked"))]
			differs = max(books) - min(books)
			rows.append(
				{
					"item_code": item,
					"item_name": names[item],
					"warehouse": place,
					**{book: told[book] for book in BOOKS if self.today or book in ("moves", "booked")},
					"differs": flt(differs, 6) if differs > TOLERANCE else 0,
				}
			)
		return rows

	def _tell(self, book: str, query: QueryBuilder, item: Term, warehouse: Term, qty: Term) -> None:
		conditions = [
			warehouse != "",
			*unit_report.of_items(self.filters, item),
			unit_report.permitted(item, "Item", "Bin"),
			unit_report.permitted(warehouse, "Warehouse", "Bin"),
		]
		if self.warehouses:
			conditions.append(warehouse.isin(self.warehouses))
		for condition in conditions:
			query = query if condition is None else query.where(condition)
		for code, place, count in query.select(item, warehouse, qty).groupby(item, warehouse).run():
			self.found[code, place][book] += flt(count)

	def _moves(self) -> None:
		move = frappe.qb.DocType(LEDGER)
		query = frappe.qb.from_(move).where(move.is_cancelled == 0)
		if not self.today:
			query = query.where(move.posting_datetime <= end_of(self.day))
		for condition in (*unit_report.of_items(self.filters, move.item_code), self._of_seen_items(move)):
			query = query if condition is None else query.where(condition)
		ends = (move.item_code, move.from_warehouse, move.to_warehouse)
		# both ends of a move in one reading of the ledger
		for code, came, went, count in query.select(*ends, Count("*")).groupby(*ends).run():
			for place, sign in ((went, 1), (came, -1)):
				if place and self._is_asked(place):
					self.found[code, place]["moves"] += sign * count

	def _of_seen_items(self, table: Table) -> Criterion | None:
		return unit_report.permitted(table.item_code, "Item", "Bin")

	def _is_asked(self, warehouse: str) -> bool:
		asked = not self.warehouses or warehouse in self.warehouses
		return asked and unit_report.is_permitted(warehouse, "Warehouse", "Bin")

	def _stock_ledger(self) -> None:
		entry = frappe.qb.DocType("Stock Ledger Entry")
		query = frappe.qb.from_(entry).where(entry.is_cancelled == 0)
		if not self.today:
			query = query.where(entry.posting_datetime <= end_of(self.day))
		self._tell("booked", query, entry.item_code, entry.warehouse, Sum(Coalesce(entry.actual_qty, 0)))

	def _records(self) -> None:
		unit = frappe.qb.DocType("Serial No")
		self._tell("units", frappe.qb.from_(unit), unit.item_code, unit.warehouse, Count("*"))

	def _bins(self) -> None:
		bin_ = frappe.qb.DocType("Bin")
		self._tell("bin", frappe.qb.from_(bin_), bin_.item_code, bin_.warehouse, Sum(bin_.actual_qty))


def _columns(today: bool) -> list[unit_report.Column]:
	column = unit_report.column
	columns = [
		column("item_code", _("Item"), "Link", "Item", 140),
		column("item_name", _("Item Name"), width=200),
		column("warehouse", _("Warehouse"), "Link", "Warehouse", 170),
		column("units", _("Units by Record"), "Int", width=140),
		column("moves", _("Units by Moves"), "Int", width=140),
		{**column("booked", _("Stock Ledger"), "Float", width=120), "align": "right"},
		{**column("bin", _("Bin"), "Float", width=110), "align": "right"},
		{**column("differs", _("Difference"), "Float", width=120), "align": "right"},
	]
	return columns if today else [c for c in columns if c["fieldname"] not in ("units", "bin")]
