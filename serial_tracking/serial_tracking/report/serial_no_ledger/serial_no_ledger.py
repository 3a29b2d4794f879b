"""Moves of units: of a unit, a voucher, an item, a warehouse, a party, a period (DOMAIN 9)."""

import datetime
from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Date
from frappe.utils import cint, getdate
from pypika import Case, Order
from pypika.terms import Criterion, LiteralValue, Term

from serial_tracking.serial_tracking import unit_report
from serial_tracking.stock import bulk
from serial_tracking.stock.as_of import LEDGER, end_of

IN, OUT, WITHIN, CANCELLED = "In", "Out", "Within", "Cancelled"
CHANGE = {IN: 1, OUT: -1}
SHOWN_FIELDS = (
	"posting_datetime", "move_type", "serial_no", "item_code", "from_warehouse", "to_warehouse",
	"voucher_type", "voucher_no", "party_type", "party", "party_name", "custodian", "location", "used_for",
	"sales_invoice", "rate", "is_cancelled",
)  # fmt: skip


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	moves = Moves(filters)
	rows = moves.rows()
	counts = moves.count(rows)
	columns = unit_report.without_empty(
		_columns(), rows, ("custodian", "location", "used_for", "sales_invoice", "party_name", "is_cancelled")
	)
	return (
		columns,
		rows,
		unit_report.say_what_is_cut(counts.total(), moves.filters),
		_chart(counts),
		_summary(counts),
	)


class Moves:
	"""The moves that the filters ask for and the user may see, the latest first.

	With a warehouse a move is In or Out as it is seen from there, and Within between two that are asked for.
	Raises frappe.PermissionError without the right to read Serial No Ledger Entry.
	"""

	def __init__(self, filters: dict[str, Any] | None):
		frappe.has_permission(LEDGER, throw=True)
		self.filters = frappe._dict(filters or {})
		self.move = frappe.qb.DocType(LEDGER)
		self.query = frappe.qb.from_(self.move)
		self.warehouses = unit_report.with_descendants(
			"Warehouse", unit_report.values_of(self.filters, "warehouse")
		)
		for condition in (*unit_report.listed_moves(self.move), *self._filters()):
			self.query = self.query.where(condition)

	def _filters(self) -> list[Criterion]:
		move, filters = self.move, self.filters
		conditions = unit_report.of_items(filters, move.item_code)
		for field in ("serial_no", "voucher_type", "voucher_no", "party_type", "party", "move_type"):
			if wanted := unit_report.values_of(filters, field):
				conditions.append(move[field].isin(wanted))
		if self.warehouses:
			conditions.append(self._here(move.from_warehouse) | self._here(move.to_warehouse))
		conditions += in_period(move.posting_datetime, filters)
		if not cint(filters.show_cancelled):
			conditions.append(move.is_cancelled == 0)
		return conditions

	def _here(self, warehouse: Term) -> Criterion:
		return warehouse.isin(self.warehouses) if self.warehouses else warehouse != ""  # NULL is not either

	@property
	def direction(self) -> Term:
		move = self.move
		comes, goes = self._here(move.to_warehouse), self._here(move.from_warehouse)
		term = Case().when(move.is_cancelled == 1, CANCELLED).when(comes & goes, WITHIN)
		return term.when(comes, IN).else_(OUT)

	def rows(self) -> list[unit_report.Row]:
		move = self.move
		query = (
			self.query.select(*(move[field] for field in SHOWN_FIELDS), self.direction.as_("direction"))
			.orderby(move.posting_datetime, order=Order.desc)
			.orderby(move.name, order=Order.desc)  # given in the order of submission
		)
		rows = unit_report.page(query, self.filters).run(as_dict=True)
		if not rows and unit_report.turn_back(self.query, self.filters):
			return self.rows()
		items = bulk.select("Item", ("name", "item_name"), "name", {row["item_code"] for row in rows})
		names = {item["name"]: item["item_name"] for item in items}
		for row in rows:
			row["item_name"] = names.get(row["item_code"])
			row["change"] = CHANGE.get(row["direction"], 0)
		return rows

	def count(self, rows: list[unit_report.Row]) -> Counter:
		"""How many moves there are on each day in each direction, those beyond the rows that are shown included."""
		if unit_report.is_whole(rows, self.filters):
			return Counter((row["posting_datetime"].date(), row["direction"]) for row in rows)
		query = self.query.select(
			Date(self.move.posting_datetime).as_("day"), self.direction.as_("direction"), Count("*")
		)
		counts = query.groupby(LiteralValue("`day`"), LiteralValue("`direction`")).run()
		return Counter({(getdate(day), direction): count for day, direction, count in counts})


def in_period(at: Term, filters: dict[str, Any]) -> list[Criterion]:
	"""From a date to a date, both included."""
	from_date, to_date = (unit_report.date_of(filters, field) for field in ("from_date", "to_date"))
	if from_date and to_date and from_date > to_date:
		frappe.throw(_("From Date is after To Date"))
	conditions = []
	if from_date:
		conditions.append(at >= datetime.datetime.combine(from_date, datetime.time.min))
	if to_date:
		conditions.append(at <= end_of(to_date))
	return conditions


def _chart(counts: Counter) -> dict[str, Any] | None:
	series = []
	for direction, name, colour in (
		(IN, _("In", context="Stock"), unit_report.GREEN),
		(OUT, _("Out", context="Stock"), unit_report.RED),
		(WITHIN, _("Between Warehouses"), unit_report.BLUE),
		(CANCELLED, _("Cancelled"), unit_report.GREY),
	):
		of_days = {day: count for (day, kind), count in counts.items() if kind == direction}
		series.append((name, of_days, colour))
	return unit_report.chart_of_dates(series, days=True)


def _summary(counts: Counter) -> list[unit_report.Row]:
	totals = Counter()
	for (_day, direction), count in counts.items():
		totals[direction] += count
	cards = [
		unit_report.card(_("In", context="Stock"), totals[IN], "Green"),
		unit_report.card(_("Out", context="Stock"), totals[OUT], "Red"),
		unit_report.card(_("Change of Stock"), totals[IN] - totals[OUT], "Grey"),
		unit_report.card(_("Between Warehouses"), totals[WITHIN], "Blue"),
	]
	if totals[CANCELLED]:
		cards.append(unit_report.card(_("Cancelled"), totals[CANCELLED], "Grey"))
	return [*cards, unit_report.card(_("Moves"), totals.total(), "Blue")]


def _columns() -> list[unit_report.Column]:
	column = unit_report.column
	return [
		column("posting_datetime", _("Posted"), "Datetime", width=190),
		column("move_type", _("Move", context="Serial No Ledger Entry"), width=140),
		column("serial_no", _("Serial No"), "Link", "Serial No", 170),
		column("item_code", _("Item"), "Link", "Item", 120),
		column("item_name", _("Item Name"), width=160),
		column("change", _("Change", context="Stock"), "Int", width=80),
		column("from_warehouse", _("From Warehouse"), "Link", "Warehouse", 140),
		column("to_warehouse", _("To Warehouse"), "Link", "Warehouse", 140),
		column("voucher_type", _("Voucher Type"), width=130),
		column("voucher_no", _("Voucher No"), "Dynamic Link", "voucher_type", 180),
		column("party", _("Party"), "Dynamic Link", "party_type", 150),
		column("party_name", _("Party Name"), width=150),
		*unit_report.columns_of_custodian(),
		column("used_for", _("Used For"), width=150),
		column("sales_invoice", _("Sales Invoice"), "Link", "Sales Invoice", 160),
		{**column("rate", _("Value"), "Currency", width=100), "align": "right"},
		column("is_cancelled", _("Cancelled"), "Check", width=90),
	]
