"""Units and the end of their life, as of a day."""

from typing import Any

from frappe import _
from frappe.utils import cint

from serial_tracking.serial_tracking import unit_report


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	if cint(report.filters.in_stock):
		report.units.where(report.units["warehouse"].notnull() & (report.units["warehouse"] != ""))
	return report.told_by_date("end_of_life_date", _columns())


def _columns():
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("end_of_life_date", _("End of Life"), "Date"),
		column("days_left", _("Days Left"), "Int", width=90),
		column("status", _("Status"), width=130),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		*unit_report.columns_of_customer(),
		column("purchase_date", _("Received On"), "Date"),
		column("supplier_name", _("Supplier Name"), width=150),
		*unit_report.columns_of_item(),
	]
