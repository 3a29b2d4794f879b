"""Units and the end of their warranty, as of a day."""

from typing import Any

from frappe import _

from serial_tracking.serial_tracking import unit_report
from serial_tracking.service import covered


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	covered.add_warranty(report.units)
	covered.add_contract(report.units)
	date = report.units["warranty_expiry_date"]
	report.filter_units()
	report.filter_dates(date)
	report.columns = _columns()
	rows = report.rows([date])
	unit_report.days_left(rows, "warranty_expiry_date", report.day)
	counts = report.count(rows, "warranty_expiry_date")
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
		column("warranty_expiry_date", _("Warranty Expiry Date"), "Date", width=160),
		column("days_left", _("Days Left"), "Int", width=90),
		column("amc_expiry_date", _("Service Contract Until"), "Date", width=170),
		column("customer", _("Customer"), "Link", "Customer", 150),
		column("customer_name", _("Customer Name"), width=150),
		column("status", _("Status"), width=130),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		column("delivery_document_no", _("Delivered By"), width=150),
		column("supplier_warranty_expiry_date", _("Supplier's Warranty Until"), "Date", width=190),
		column("item_group", _("Item Group"), "Link", "Item Group"),
		column("brand", _("Brand"), "Link", "Brand"),
	]
