"""What the calendar changes: the daily job that brings status and maintenance status up to date (DOMAIN 3, 4)."""

import datetime

import frappe
from frappe.utils import getdate

from serial_tracking.stock import status


def update_statuses(today: datetime.date | None = None) -> None:
	"""Bring every stored status that differs from the rule up to date, NULLs included.

	One UPDATE for each value: the number of units does not change the number of statements.
	"""
	day = getdate(today)
	for value, condition in _rules(frappe.qb.DocType("Serial No"), day):
		table = frappe.qb.DocType("Serial No")
		field = (
			table.status
			if value in (status.AVAILABLE, status.ON_HOLD, status.EXPIRED)
			else table.maintenance_status
		)
		wrong = field.isnull() | (field != (value or "")) if value else field.isnotnull() & (field != "")
		(
			frappe.qb.update(table)
			.set(field, value)
			.set(table.modified, frappe.utils.now())
			.where(condition & wrong)
		).run()


def _rules(unit, day: datetime.date):
	"""Each status with the condition under which `status.in_stock` and `status.maintenance` give it."""
	here = unit.warehouse.isnotnull() & (unit.warehouse != "")
	expired = unit.end_of_life_date.isnotnull() & (unit.end_of_life_date < day)
	fresh = unit.end_of_life_date.isnull() | (unit.end_of_life_date >= day)
	yield status.ON_HOLD, here & (unit.on_hold == 1)
	yield status.EXPIRED, here & (unit.on_hold == 0) & expired
	yield status.AVAILABLE, here & (unit.on_hold == 0) & fresh
	warranty, amc = unit.warranty_expiry_date, unit.amc_expiry_date
	no_warranty = warranty.isnull() | (warranty < day)
	yield "Under Warranty", warranty.isnotnull() & (warranty >= day)
	yield "Under AMC", no_warranty & amc.isnotnull() & (amc >= day)
	yield "Out of AMC", no_warranty & amc.isnotnull() & (amc < day)
	yield "Out of Warranty", warranty.isnotnull() & (warranty < day) & amc.isnull()
	yield None, warranty.isnull() & amc.isnull()
