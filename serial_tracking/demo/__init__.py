"""A small believable company to look at: Halden Technik, a reseller with stores, a shop and a workshop.

	bench --site SITE execute serial_tracking.demo.setup

Everything that moves is moved by submitted vouchers, dated over the past year, so that ledgers, statuses and
warranty dates are what they would be there: returns, rejects, invoices, units in use and slips entered late included;
and so are contracts, visits and claims. The caller commits (`bench execute` does).
"""

import frappe

from serial_tracking.demo.company import (
	CUSTOMERS,
	PORTAL_USERS,
	USERS,
	Company,
	make_masters,
	make_portal_users,
	make_users,
)
from serial_tracking.demo.service import ServiceDesk
from serial_tracking.stock.audit import audit

# email, password, and who it is: told by `make demo`
LOGINS = (
	*((email, password, ", ".join(roles)) for email, password, _name, roles in USERS),
	*((email, password, f"{customer}, on the website") for email, password, _name, customer in PORTAL_USERS),
)


def setup() -> None:
	"""Make the demo company; does nothing if it is there. The audit is clean when it returns."""
	if frappe.db.exists("Customer", CUSTOMERS[0][0]):
		return
	make_users()
	make_masters()
	make_portal_users()
	company = Company()
	company.run()
	ServiceDesk(company).run()
	if differences := audit():
		raise AssertionError(f"demo company: {len(differences)} differences, first: {differences[0]}")
