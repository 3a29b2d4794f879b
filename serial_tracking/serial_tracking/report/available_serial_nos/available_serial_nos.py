"""Units that lie in stock and may be delivered, as of a day, with their age and their value (DOMAIN 3, 9)."""

from collections import Counter
from typing import Any

from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import cint, flt
from pypika.terms import LiteralValue

from serial_tracking.serial_tracking import unit_report
from serial_tracking.stock import status

IN_STOCK = (status.AVAILABLE, status.ON_HOLD, status.EXPIRED)


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	units = report.units
	shown = IN_STOCK if cint(report.filters.show_unavailable) else (status.AVAILABLE,)
	units.where(units["status"].isin(shown))
	report.filter_units()
	report.columns = _columns()
	rows = report.rows([units.unit.item_code], hold_reason=units.unit.hold_reason)
	report.correct_purchases(rows)
	for row in rows:
		row["age"] = (report.day - row["purchase_date"]).days if row["purchase_date"] else None
		row["days_left"] = (row["end_of_life_date"] - report.day).days if row["end_of_life_date"] else None
		if row["status"] != status.ON_HOLD:
			row["hold_reason"] = None
	by_place, by_status, value = _count(report, rows)
	return (
		unit_report.without_empty(
			report.columns, rows, ("end_of_life_date", "days_left", "hold_reason", "supplier_name")
		),
		rows,
		unit_report.say_what_is_cut(by_status.total(), report.filters),
		unit_report.chart_of_groups(by_place, _("Units"), unit_report.GREEN),
		[
			*(unit_report.card(_(name), by_status[name], unit_report.STATUS_COLOURS[name]) for name in shown),
			{**unit_report.card(_("Value"), value, "Blue"), "datatype": "Currency"},
		],
	)


def _count(report: unit_report.UnitReport, rows: list[unit_report.Row]) -> tuple[Counter, Counter, float]:
	"""Units by warehouse and by status, and what they are worth, those beyond the rows that are shown included."""
	if unit_report.is_whole(rows, report.filters):
		groups = [(row["warehouse"], row["status"], 1, row["valuation_rate"]) for row in rows]
	else:
		units = report.units
		groups = (
			units.query.select(
				units["warehouse"].as_("place"),
				units["status"].as_("called"),
				Count("*"),
				Sum(Coalesce(units["valuation_rate"], 0)),
			)
			.groupby(LiteralValue("`place`"), LiteralValue("`called`"))
			.run()
		)
	by_place, by_status, value = Counter(), Counter(), 0.0
	for place, called, count, worth in groups:
		by_place[place] += count
		by_status[called] += count
		value += flt(worth)
	return by_place, by_status, value


def _columns():
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("warehouse", _("Warehouse"), "Link", "Warehouse", 150),
		column("status", _("Status"), width=130),
		column("hold_reason", _("Hold Reason"), width=180),
		column("purchase_date", _("Received On"), "Date", width=110),
		column("age", _("Age (Days)"), "Int", width=100),
		column("end_of_life_date", _("End of Life"), "Date", width=110),
		column("days_left", _("Days Left"), "Int", width=90),
		{**column("valuation_rate", _("Value"), "Currency", width=110), "align": "right"},
		column("purchase_document_type", _("Received By"), width=140),
		column("purchase_document_no", _("Received With"), "Dynamic Link", "purchase_document_type", 180),
		column("supplier_name", _("Supplier Name"), width=150),
		*unit_report.columns_of_item(),
	]
