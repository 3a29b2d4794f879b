"""What a customer sees on the website: their own units and claims, and nothing else.

A portal user has no right to any DocType of the app, so that lists, forms and REST show them nothing. What they see
is read here, without asking for rights, and always by the customers that the user stands for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.query_builder import Order
from frappe.query_builder.functions import Count, Locate, Lower
from frappe.utils.html_utils import sanitize_html

from serial_tracking.install import PORTAL_ROLE
from serial_tracking.service import claims, coverage, history
from serial_tracking.stock import bulk, units
from serial_tracking.stock import number as serial_number

ROLE = PORTAL_ROLE  # shows the menu; what a user may see, the table Portal Users of their customer says
HOME = "my-units"
PAGE_LENGTH = 20
LONGEST_SEARCH = 140

# how the list may be sorted: fields, and whether from the latest to the earliest; units without a date come last
SORTS = {
	"delivered": (("delivery_date", "delivery_time"), True),
	"number": (("serial_key",), False),  # the same order on every database
	"item": (("item_name",), False),
	"warranty": (("warranty_expiry_date",), False),
	"contract": (("amc_expiry_date",), False),
}
UNIT = ("name", "serial_no", "item_code", "item_name", "delivery_date", "customer", "customer_name")
CLAIM = (
	"name", "serial_no", "item_code", "item_name", "status", "complaint_date", "complaint", "warranty_amc_status",
	"warranty_expiry_date", "amc_expiry_date", "resolution_date", "replacement_serial_no",
)  # fmt: skip
UNSETTLED = (claims.OPEN, claims.IN_PROGRESS)

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
	"""Some of many records."""

	rows: list[Record]
	number: int  # from 1
	pages: int
	total: int


# ---------------------------------------------------------------------------------- who stands for whom


def home_page(user: str) -> str | None:
	"""Where a customer's login on the website leads; None for everybody else (hooks.py names this).

	The home page of a role would be that of the Desk's users too who have the role, the Administrator above all:
	Frappe 16 asks for it after each login.
	"""
	if frappe.get_cached_value("User", user, "user_type") != "Website User":
		return None
	return HOME if ROLE in frappe.get_roles(user) else None


def customers_of(user: str) -> set[str]:
	"""The customers whose portal user somebody is; disabled ones have no portal."""
	if user == "Guest":
		return set()
	table, customer = frappe.qb.DocType("Portal User"), frappe.qb.DocType("Customer")
	found = (
		frappe.qb.from_(table)
		.join(customer)
		.on((customer.name == table.parent) & (table.parenttype == "Customer"))
		.select(customer.name)
		.where((table.user == user) & (customer.disabled == 0))
		.run()
	)
	return {name for (name,) in found}


def set_roles(users: Iterable[str]) -> None:
	"""Give the role Customer to those of the users who are portal users of a customer, take it from the others."""
	users = set(users)
	rows = bulk.select("Portal User", ("user",), "user", users, where={"parenttype": "Customer"})
	are = {row["user"] for row in rows}
	for name in sorted(users):
		if name == "Administrator" or not frappe.db.exists("User", name):
			continue
		user = frappe.get_doc("User", name)
		user.flags.ignore_permissions = True
		if name in are:
			user.add_roles(ROLE)
		else:
			user.remove_roles(ROLE)


# ---------------------------------------------------------------------------------- units


def list_units(customers: set[str], text: str = "", sort: str = "delivered", page: int = 1) -> Page:
	"""The units that are with these customers now, each with its `coverage` of today.

	:param text: part of a number, item code or item name
	:param sort: a key of SORTS; another counts as the first
	"""
	unit = frappe.qb.DocType("Serial No")
	query = frappe.qb.from_(unit).where(_with(unit, customers))
	if text := text.strip()[:LONGEST_SEARCH]:
		found = _holds(unit.item_code, text) | _holds(unit.item_name, text)
		key = serial_number.key(serial_number.normalise(text))
		query = query.where((found | (Locate(key, unit.serial_key) > 0)) if key else found)
	fields = [unit[field] for field in UNIT]
	sorted_by, latest_first = SORTS.get(sort) or SORTS["delivered"]
	ordered = query.select(*fields).orderby(unit[sorted_by[0]].isnull())
	for field in sorted_by:
		ordered = ordered.orderby(unit[field], order=Order.desc if latest_first else Order.asc)
	ordered = ordered.orderby(unit.serial_key).orderby(unit.name)
	found = _paged(query.select(Count("*")), ordered, page)
	covered = coverage.as_of(row["name"] for row in found.rows)
	for row in found.rows:
		row["coverage"] = covered[row["name"]]
	return found


def read_unit(customers: set[str], name: str) -> Record | None:
	"""A unit that is with one of these customers now, None for every other.

	Also its `coverage` of today, its `planned` visits and the `claims` that these customers have made for it. Visits
	that somebody else has agreed on are not theirs to see.
	"""
	if not customers or not can_be_a_name(name):
		return None
	unit = frappe.qb.DocType("Serial No")
	query = frappe.qb.from_(unit).select(*(unit[field] for field in UNIT))
	found = query.where(_with(unit, customers) & (unit.name == name)).run(as_dict=True)
	found = [row for row in found if row["name"] == name]  # the database's collation may find another
	if not found:
		return None
	entries = bulk.select("Service Contract Entry", history.CONTRACT, "serial_no", [name])
	theirs = [entry for entry in entries if entry["customer"] in (None, "", *customers)]
	planned = {line["scheduled_date"] for line in history.planned(theirs)}
	return {
		**found[0],
		"coverage": coverage.as_of([name])[name],
		"planned": sorted(planned),
		"claims": list_claims(customers, unit=name).rows,
	}


def is_with(customers: set[str], unit: units.Unit) -> bool:
	"""Is a unit with one of these customers, and where the user may see it?"""
	return unit["customer"] in customers and units.may_see(unit, units.visible_warehouses())


def _with(unit, customers: set[str]):
	"""The same of a query (DOMAIN 2, Roles)."""
	criterion = unit.customer.isin(sorted(customers))
	if (visible := units.visible_warehouses()) is not None:
		criterion &= unit.last_warehouse.isin(sorted(visible))
	return criterion


# ---------------------------------------------------------------------------------- claims


def list_claims(customers: set[str], page: int = 1, unit: str | None = None) -> Page:
	"""The claims of these customers, the latest first, with the `number` of the unit of each.

	:param unit: record name of a unit, whose claims alone are wanted; all on one page then
	"""
	claim, of = _claims(customers)
	query = _joined(claim, of, customers)
	if unit:
		query = query.where(claim.serial_no == unit)
	ordered = query.select(*_columns(claim, of))
	ordered = ordered.orderby(claim.complaint_date, claim.creation, claim.name, order=Order.desc)
	return _paged(query.select(Count("*")), ordered, page, length=None if unit else PAGE_LENGTH)


def read_claim(customers: set[str], name: str) -> Record | None:
	"""A claim of one of these customers, None for every other.

	Also the `number` of its unit, `coverage` of the complaint date in a sentence, the `replacement` if its unit was
	replaced, and as `links` which of the two units are with these customers now.
	"""
	if not customers or not can_be_a_name(name):
		return None
	claim, of = _claims(customers)
	query = _joined(claim, of, customers).select(*_columns(claim, of))
	found = [row for row in query.where(claim.name == name).run(as_dict=True) if row["name"] == name]
	if not found:
		return None
	(row,) = found
	covered = coverage.Coverage(
		row["warranty_expiry_date"], row["amc_expiry_date"], None, row["warranty_amc_status"]
	)
	both = units.read_by_name({row["serial_no"], row["replacement_serial_no"]} - {None, ""})
	return {
		**row,
		"coverage": claims.tell(covered, schedule_may_be_named=False),
		"replacement": next((u for u in both if u["name"] == row["replacement_serial_no"]), None),
		"links": {u["name"] for u in both if u["customer"] in customers},
	}


def unsettled_claim(unit: str, customer: str, complaint: str) -> str | None:
	"""The name of a claim of a customer for a locked unit, not settled yet, that says the same; None without one."""
	claim = frappe.qb.DocType("Warranty Claim")
	query = frappe.qb.from_(claim).select(claim.name, claim.complaint)
	query = query.where(
		(claim.serial_no == unit) & (claim.customer == customer) & claim.status.isin(UNSETTLED)
	)
	said = (complaint.split(), sanitize_html(complaint).split())  # Frappe keeps HTML in its own spelling
	# as committed now: somebody may press the button twice
	same = (name for name, text in query.for_update().run() if (text or "").split() in said)
	return next(same, None)


def _claims(customers: set[str]):
	return frappe.qb.DocType("Warranty Claim"), frappe.qb.DocType("Serial No", alias="unit")


def _joined(claim, unit, customers: set[str]):
	query = frappe.qb.from_(claim).join(unit).on(unit.name == claim.serial_no)
	query = query.where(claim.customer.isin(sorted(customers)))
	if (visible := units.visible_warehouses()) is not None:
		query = query.where(unit.last_warehouse.isin(sorted(visible)))
	return query


def _columns(claim, unit) -> list:
	return [*(claim[field] for field in CLAIM), unit.serial_no.as_("number")]


# ---------------------------------------------------------------------------------- how


def _paged(counting, query, page: int, length: int | None = PAGE_LENGTH) -> Page:
	"""A page of what a query finds; the last one where there are less."""
	((total,),) = counting.run()
	pages = max(1, -(-total // length)) if length else 1
	page = min(max(page, 1), pages)
	if length:
		query = query.limit(length).offset((page - 1) * length)
	return Page([dict(row) for row in query.run(as_dict=True)], page, pages, total)


def _holds(field, text: str):
	return Locate(text.lower(), Lower(field)) > 0


def can_be_a_name(name: str) -> bool:
	"""Can a record have this name? What comes from an address may be anything."""
	return 0 < len(name) <= serial_number.NAME_LENGTH and serial_number.is_unicode(name)
