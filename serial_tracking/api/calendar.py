"""Whitelisted: a secret link under which ordinary calendar programs read the visits of a service person."""

import hashlib
import secrets
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import add_days, get_system_timezone, get_url, get_url_to_form, now_datetime
from werkzeug.wrappers import Response

from serial_tracking.service import visit_feed

LINK, SCHEDULE = "Calendar Link", "Maintenance Schedule"
DAYS_BACK = 90
MOST_VISITS = 5000
REQUESTS_AN_HOUR = 600  # from one address: calendar services read for many people


@frappe.whitelist(methods=["POST"])
def get_link() -> dict[str, str]:
	"""A new secret link to the caller's own visits: `url`. It is shown this once, and ends the one before it.

	Raises frappe.PermissionError without the right to read Maintenance Schedule.
	"""
	frappe.has_permission(SCHEDULE, throw=True)
	user, token = frappe.session.user, secrets.token_urlsafe(32)
	revoke()
	frappe.get_doc({"doctype": LINK, "user": user, "token_hash": _hash(token)}).insert(
		ignore_permissions=True
	)
	return {"url": get_url(f"/api/method/serial_tracking.api.calendar.feed?token={token}")}


@frappe.whitelist(methods=["POST"])
def revoke() -> bool:
	"""End the caller's own link; was there one? Raises frappe.PermissionError as `get_link` does."""
	frappe.has_permission(SCHEDULE, throw=True)
	if not frappe.db.exists(LINK, frappe.session.user):
		return False
	frappe.delete_doc(LINK, frappe.session.user, ignore_permissions=True, delete_permanently=True)
	return True


@frappe.whitelist(allow_guest=True, methods=["GET"])
@rate_limit(limit=REQUESTS_AN_HOUR, seconds=60 * 60)
def feed(token: str) -> Response:
	"""The visits of whom a link belongs to, from 90 days ago on, as text/calendar (RFC 5545). Open to guests.

	Raises frappe.DoesNotExistError (404) for a secret that is unknown or ended, or whose owner is disabled or may not
	read schedules any more; it does not say which.
	"""
	# only the hash is stored, and looked up by: neither a copy of the table nor the time of an answer tells a secret
	user = frappe.db.get_value(LINK, {"token_hash": _hash(token)}, "user")
	enabled, lang = (user and frappe.db.get_value("User", user, ["enabled", "language"])) or (0, None)
	if not enabled or not frappe.has_permission(SCHEDULE, user=user):
		frappe.throw(_("There is no such calendar"), frappe.DoesNotExistError)
	content = visit_feed.calendar(_visits(user), frappe.local.site, lang)
	return Response(
		content,
		content_type="text/calendar; charset=utf-8",
		headers={
			"Cache-Control": "private, max-age=900",
			"Content-Disposition": 'inline; filename="visits.ics"',
			"X-Robots-Tag": "noindex",
		},
	)


def _visits(user: str) -> list[dict[str, Any]]:
	line, schedule = frappe.qb.DocType("Maintenance Schedule Detail"), frappe.qb.DocType(SCHEDULE)
	rows = (
		frappe.qb.from_(line)
		.join(schedule)
		.on(schedule.name == line.parent)
		.select(
			line.name, line.scheduled_date, line.completion_status, line.actual_date, line.item_code, line.item_name,
			line.serial_no, line.modified, schedule.name.as_("schedule"), schedule.customer_name,
		)
		.where((line.service_person == user) & (schedule.docstatus == 1))
		.where(line.scheduled_date >= add_days(now_datetime().date(), -DAYS_BACK))
		.orderby(line.scheduled_date, line.name)
		.limit(MOST_VISITS)
		.run(as_dict=True)
	)  # fmt: skip
	zone = ZoneInfo(get_system_timezone())
	return [
		{
			**row,
			"item_name": row.item_name or row.item_code,
			"url": get_url_to_form(SCHEDULE, row.schedule),
			"changed": row.modified.replace(tzinfo=zone),
		}
		for row in rows
	]


def _hash(token: str) -> str:
	return hashlib.sha256(str(token).encode(errors="replace")).hexdigest()
