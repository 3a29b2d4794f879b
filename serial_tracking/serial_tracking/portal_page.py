"""What the website's pages for customers do alike: who is asked to log in, and how a unit's state is shown."""

from typing import Any
from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.utils import cint

from serial_tracking.service import portal

COLOURS = {
	"Under Warranty": "green",
	"Under AMC": "green",
	"Out of AMC": "orange",
	"Out of Warranty": "orange",
	"Open": "orange",
	"Work In Progress": "blue",
	"Closed": "green",
}


def begin(context, title: str) -> set[str]:
	"""The customers whose page this is, none for a user who belongs to none; a guest is sent to log in."""
	if frappe.session.user == "Guest":
		target = frappe.request.full_path.rstrip("?")
		frappe.local.flags.redirect_location = f"/login?{urlencode({'redirect-to': target})}"
		raise frappe.Redirect(302)
	context.title = title
	context.show_sidebar = True
	context.no_breadcrumbs = True
	context.state, context.colour = state, lambda status: COLOURS.get(status, "gray")
	context.customers = portal.customers_of(frappe.session.user)
	return context.customers


def argument(name: str) -> str:
	"""A value of the page's address, "" without one."""
	value = frappe.form_dict.get(name)
	return value if isinstance(value, str) else ""


def page_number() -> int:
	return cint(argument("page")[:9]) or 1


def address(path: str, **arguments: Any) -> str:
	"""The address of a page; arguments without a value are left out."""
	return f"{path}?{urlencode({name: value for name, value in arguments.items() if value})}"


def not_found():
	"""The answer for what is not there, and for what is somebody else's."""
	# a kept answer would come with the status 200, and an address stay unknown after it has come to be one
	frappe.local.no_cache = 1
	raise frappe.PageDoesNotExistError


def state(status: str | None) -> str:
	"""What a unit is covered by, in a customer's words."""
	words = {
		"Under Warranty": _("Under warranty"),
		"Under AMC": _("Under contract"),
		"Out of AMC": _("Contract ended"),
		"Out of Warranty": _("Out of warranty"),
	}
	return words.get(status or "", _("No warranty recorded"))
