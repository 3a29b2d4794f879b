"""Whitelisted submit of a voucher, in the background queue if it is large."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from serial_tracking.serial_tracking import background


@frappe.whitelist(methods=["POST"])
def submit(doctype: str, name: str, modified: str | None = None) -> dict[str, Any]:
	"""Submit a draft: at once, or in the background queue if it has more units than the settings allow at once.

	:param doctype: Stock Entry, Purchase Receipt, Delivery Note or Sales Invoice
	:param modified: the draft's `modified` as the caller knows it; another is refused (TimestampMismatchError)
	Returns `queued` and `units`, the pieces in all its rows, those to be made from a series too. What is queued is
	submitted as the caller, who is notified of the end; until then every other submit of it is refused with
	SubmitQueuedError (HTTP 409), and a change makes the job end with a refusal. What is not queued raises what a
	submit raises. Needs the right to submit the voucher.
	"""
	if doctype not in background.VOUCHERS:
		frappe.throw(_("{0} is no voucher that moves stock").format(escape_html(doctype)))
	frappe.has_permission(doctype, "submit", throw=True)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("submit")
	if modified and cstr(doc.modified) != modified:
		background.refuse_as_changed(doc)
	if not doc.docstatus.is_draft():
		frappe.throw(
			_("{0} {1} is no draft").format(_(doctype), escape_html(name)), frappe.DocstatusTransitionError
		)
	units = doc.count_units()
	limit = frappe.get_cached_doc("Serial Tracking Settings").submit_in_background_above
	if queued := 0 < limit < units:
		background.enqueue(doc)
	else:
		doc.submit()
	return {"queued": queued, "units": units}
