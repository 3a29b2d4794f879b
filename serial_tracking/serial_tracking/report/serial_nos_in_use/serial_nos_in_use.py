"""Own assets that are out with a custodian at a location, as of a day (DOMAIN 8)."""

from collections import Counter
from typing import Any

from frappe import _
from frappe.utils import get_datetime

from serial_tracking.serial_tracking import unit_report
from serial_tracking.service import covered
from serial_tracking.stock import status


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	report = unit_report.UnitReport(filters)
	units = report.units
	covered.add_warranty(units)
	covered.add_contract(units)
	units.where(units["status"] == status.IN_USE)
	report.filter_units()
	if locations := unit_report.values_of(report.filters, "location"):
		units.where(units["location"].isin(locations))
	report.columns = _columns()
	order = [units["custodian"], units["location"]]
	rows = report.rows(order, last_posting_datetime=units["last_posting_datetime"])
	by_custodian, by_location = report.count(rows, "custodian"), report.count(rows, "location")
	names = unit_report.full_names(by_custodian)
	for row in rows:
		row["custodian_name"] = names.get(row["custodian"])
		row["since"] = get_datetime(row.pop("last_posting_datetime")).date()
		row["days_in_use"] = (report.day - row["since"]).days
	by_name = Counter()
	for custodian, count in by_custodian.items():
		by_name[names.get(custodian) or custodian] += count
	return (
		report.columns,
		rows,
		unit_report.say_what_is_cut(by_custodian.total(), report.filters),
		unit_report.chart_of_groups(by_name, _("Units in Use")),
		[
			unit_report.card(_("Units in Use"), by_custodian.total(), "Blue"),
			unit_report.card(_("Custodians"), len(by_custodian), "Grey"),
			unit_report.card(_("Locations"), len([place for place in by_location if place]), "Grey"),
		],
	)


def _columns():
	column = unit_report.column
	return [
		# no link: a User Permission on User is not meant for custodians (Serial No ignores it too)
		column("custodian", _("Custodian"), width=210),
		column("custodian_name", _("Custodian Name"), width=150),
		column("location", _("Location"), width=150),
		*unit_report.columns_of_unit(),
		column("since", _("In Use Since"), "Date"),
		column("days_in_use", _("Days in Use"), "Int", width=100),
		column("last_voucher_no", _("Handed Over By"), "Link", "Stock Entry", 180),
		column("warranty_expiry_date", _("Warranty Expiry Date"), "Date", width=160),
		column("amc_expiry_date", _("Service Contract Until"), "Date", width=170),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
		*unit_report.columns_of_item(),
	]
