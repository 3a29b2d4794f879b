"""Where each unit is, who has it, and what it is called for that, as of a day (DOMAIN 3, 9)."""

from typing import Any

from frappe import _
from frappe.utils import getdate

from serial_tracking.serial_tracking import unit_report
from serial_tracking.service import covered


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	report.filter_units()
	report.counted = report.units.query
	covered.add_warranty(report.units)
	covered.add_contract(report.units)
	report.columns = _columns()
	unit = report.units.unit
	rows = report.rows(
		[unit.item_code],
		last_posting_datetime=report.units["last_posting_datetime"],
		on_hold=unit.on_hold,
		hold_reason=unit.hold_reason,
	)
	report.correct_purchases(rows)
	for row in rows:
		row["since"] = row["last_posting_datetime"] and getdate(row.pop("last_posting_datetime"))
		if not row.pop("on_hold") or row["status"] != "On Hold":
			row["hold_reason"] = None
	counts = report.count(rows, "status")
	columns = unit_report.without_empty(report.columns, rows, ("custodian", "location", "hold_reason"))
	return (
		unit_report.without_names_twice(columns, rows),
		rows,
		unit_report.say_what_is_cut(counts.total(), report.filters),
		unit_report.chart_of_statuses(counts),
		unit_report.summary_of_statuses(counts),
	)


def _columns():
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("status", _("Status"), width=150),
		column("warehouse", _("Warehouse"), "Link", "Warehouse", 140),
		*unit_report.columns_of_customer(),
		*unit_report.columns_of_custodian(),
		column("hold_reason", _("Hold Reason"), width=180),
		column("since", _("Since"), "Date", width=110),
		column("last_voucher_type", _("Last Voucher Type"), width=140),
		column("last_voucher_no", _("Last Voucher"), "Dynamic Link", "last_voucher_type", 180),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		column("purchase_date", _("Received On"), "Date", width=110),
		column("purchase_document_type", _("Received By"), width=140),
		column("purchase_document_no", _("Received With"), "Dynamic Link", "purchase_document_type", 180),
		column("supplier_name", _("Supplier Name"), width=150),
		column("warranty_expiry_date", _("Warranty Expiry Date"), "Date", width=160),
		column("amc_expiry_date", _("Service Contract Until"), "Date", width=170),
		column("end_of_life_date", _("End of Life"), "Date", width=110),
		*unit_report.columns_of_item(),
	]
