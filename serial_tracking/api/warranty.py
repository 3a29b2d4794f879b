"""Whitelisted, open to guests: until when a unit is under warranty. Off unless the settings offer it."""

from typing import Any

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit

from serial_tracking.service import warranty_check

CHECKS_AN_HOUR = 60  # from one address: enough for a shelf of units, too few to try numbers out


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["GET", "POST"])
@rate_limit(limit=CHECKS_AN_HOUR, seconds=60 * 60)
@frappe.read_only()
def check(serial_no: str, item_code: str = "") -> dict[str, Any]:
	"""The warranty of a unit today, for anybody who knows its serial number and its item.

	:param serial_no: the number, or a GS1 code with number and GTIN
	:param item_code: code or barcode of the item; a GS1 code with a GTIN says it itself
	Returns the `status` (Under Warranty, Ended, Not Known), the last day of the warranty as `until`, None where it is
	not known, and a sentence as `message`. A wrong number and a wrong item are one answer.
	Raises frappe.DoesNotExistError (404) where the setting *Public Warranty Check* is off, and
	frappe.RateLimitExceededError (429) after 60 calls an hour from one address.
	"""
	if not warranty_check.is_offered():
		frappe.throw(_("A public warranty check is not offered here"), frappe.DoesNotExistError)
	answer = warranty_check.check(serial_no, item_code)
	return {"status": answer.status, "until": answer.until, "message": warranty_check.tell(answer)}
