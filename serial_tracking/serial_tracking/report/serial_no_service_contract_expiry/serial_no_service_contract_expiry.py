"""Units and the end of their service contract, as of a day."""

from typing import Any

from frappe import _

from serial_tracking.serial_tracking import unit_report
from serial_tracking.service import covered


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	covered.add_warranty(report.units)
	covered.add_contract(report.units)
	contract = covered.join_contract(report.units)
	report.where(unit_report.permitted(contract.customer, "Customer", "Service Contract Entry"))
	return report.told_by_date(
		"amc_expiry_date",
		_columns(),
		maintenance_schedule=contract.maintenance_schedule,
		start_date=contract.start_date,
	)


def _columns():
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("maintenance_schedule", _("Contract"), "Link", "Maintenance Schedule", 190),
		column("start_date", _("From"), "Date"),
		column("amc_expiry_date", _("Service Contract Until"), "Date", width=170),
		column("days_left", _("Days Left"), "Int", width=90),
		column("customer", _("Customer"), "Link", "Customer", 150),
		column("warranty_expiry_date", _("Warranty Expiry Date"), "Date", width=160),
		column("status", _("Status"), width=130),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		*unit_report.columns_of_item(),
	]
