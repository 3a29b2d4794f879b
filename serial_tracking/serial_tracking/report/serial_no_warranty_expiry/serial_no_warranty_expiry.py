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
	return report.told_by_date("warranty_expiry_date", _columns())


def _columns():
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("warranty_expiry_date", _("Warranty Expiry Date"), "Date", width=160),
		column("days_left", _("Days Left"), "Int", width=90),
		column("amc_expiry_date", _("Service Contract Until"), "Date", width=170),
		*unit_report.columns_of_customer(),
		column("status", _("Status"), width=130),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		column("delivery_document_no", _("Delivered By"), width=150),
		column("supplier_warranty_expiry_date", _("Supplier's Warranty Until"), "Date", width=190),
		*unit_report.columns_of_item(),
	]
