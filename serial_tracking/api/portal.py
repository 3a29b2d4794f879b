"""Whitelisted for customers who log in on the website."""

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit

from serial_tracking.exceptions import WarrantyClaimError
from serial_tracking.serial_tracking import claiming
from serial_tracking.service import portal

CLAIMS_AN_HOUR = 60  # from one address


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=CLAIMS_AN_HOUR, seconds=60 * 60)
def file_claim(
	serial_no: str,
	complaint: str,
	raised_by: str | None = None,
	contact_email: str | None = None,
	contact_mobile: str | None = None,
) -> str:
	"""The name of a Warranty Claim that a customer makes for a unit of theirs.

	:param serial_no: record name of the unit
	The same complaint sent twice makes one claim, as long as it is not settled; another complaint makes another.
	Raises frappe.PermissionError for a user who is no portal user of a customer, SerialNoNotExistsError for a unit that
	is not with their customer now, WarrantyClaimError without a complaint, and what the claim itself raises.
	"""
	customers = portal.customers_of(frappe.session.user)
	if not customers:
		frappe.throw(_("Your login does not belong to a customer"), frappe.PermissionError)
	if not complaint.strip():
		frappe.throw(_("Say what is wrong with the unit"), WarrantyClaimError)
	contact = {
		"complaint_raised_by": raised_by,
		"contact_email": contact_email,
		"contact_mobile": contact_mobile,
	}
	return claiming.file_by_customer(customers, serial_no, complaint.strip(), contact)
