"""Units and the end of their life, as of a day."""

from typing import Any

from frappe import _
from frappe.utils import cint

from serial_tracking.serial_tracking import unit_report


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	date = report.units["end_of_life_date"]
	if cint(report.filters.in_stock):
		report.units.where(report.units["warehouse"].notnull() & (report.units["warehouse"] != ""))
	report.filter_units()
	report.filter_dates(date)
	report.columns = _columns()
	rows = report.rows([date])
	unit_report.days_left(rows, "end_of_life_date", report.day)
	counts = report.count(rows, "end_of_life_date")
	return (
		unit_report.without_names_twice(report.columns, rows),
		rows,
		unit_report.say_what_is_cut(counts.total()),
		unit_report.chart_by_month(counts, report.day),
		unit_report.summary_of_dates(counts, report.day),
	)


def _columns():
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("end_of_life_date", _("End of Life"), "Date"),
		column("days_left", _("Days Left"), "Int", width=90),
		column("status", _("Status"), width=130),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		column("customer", _("Customer"), "Link", "Customer", 150),
		column("customer_name", _("Customer Name"), width=150),
		column("purchase_date", _("Received On"), "Date"),
		column("supplier_name", _("Supplier Name"), width=150),
		column("item_group", _("Item Group"), "Link", "Item Group"),
		column("brand", _("Brand"), "Link", "Brand"),
	]
