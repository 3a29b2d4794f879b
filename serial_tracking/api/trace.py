"""Whitelisted: where a unit is and was, what it was made from and what it went into (DOMAIN 9)."""

import html
from typing import Any

import frappe
from frappe import _
from frappe.desk.notifications import get_open_count
from frappe.utils import strip_html

from serial_tracking.serial_tracking.well_formed import read_json
from serial_tracking.service import history
from serial_tracking.stock import bulk, units
from serial_tracking.stock import genealogy as stock_genealogy

UNIT = (
	"name",
	"serial_no",
	"item_code",
	"item_name",
	"status",
	"on_hold",
	"hold_reason",
	"supplier_serial_no",
	"maintenance_status",
	"warranty_expiry_date",
	"amc_expiry_date",
	"supplier_warranty_expiry_date",
	"end_of_life_date",
)
PLACE = ("warehouse", "customer", "customer_name", "custodian", "location")
MOVE = (
	"move_no",
	"move_type",
	"posting_datetime",
	"is_cancelled",
	"from_warehouse",
	"to_warehouse",
	"voucher_type",
	"voucher_no",
	"party_type",
	"party",
	"party_name",
	"sales_invoice",
	"custodian",
	"location",
	"previous_hold_reason",
	"used_for",
)


# what a unit's form leads to (serial_no_dashboard.py)
LINKED = frozenset(
	(
		"Purchase Receipt", "Stock Entry", "Delivery Note", "Sales Invoice", "Serial No Ledger Entry",
		"Maintenance Schedule", "Service Contract Entry", "Maintenance Visit", "Warranty Claim",
	)
)  # fmt: skip


@frappe.whitelist()
@frappe.read_only()
def trace(serial_no: str, item_code: str | None = None) -> dict[str, Any]:
	"""A unit, where it is, and all that happened to it (DOMAIN 9).

	:param serial_no: the number, as typed
	:param item_code: needed where two items bear the number
	Returns `unit` (its item, status, hold and dates), `place` (warehouse, or customer, or custodian and location,
	`since` when), `moves` in their order, cancelled ones too and flagged as such (`used_for`: the unit that it was built
	into), and `log`: holds, releases and corrections as text. Also its `contracts`, the `planned_visits` of these that are
	not made in full, the `visits` that were made, `claims` about it or that it was the replacement for, and the `parts`
	that were built into it; of all these what the user may read. A move from or to a warehouse that the user may not see
	is its `move_no` and `hidden`, a part that came from there is `hidden`.
	Raises SerialNoNotExistsError, also for a unit that the user may not see, or SerialNoAmbiguousError. Needs the
	right to read Serial No. A site with a read replica asks that.
	"""
	found = units.resolve(serial_no, item_code)
	unit = frappe.get_cached_value("Item", found["item_code"], ["item_name"], as_dict=True) or {}
	contracts = history.contracts(found["name"])
	return {
		"unit": {field: {**unit, **found}.get(field) for field in UNIT},
		"place": {**{field: found[field] for field in PLACE}, "since": found["last_posting_datetime"]},
		"moves": _moves(found["name"]),
		"contracts": contracts,
		"planned_visits": history.planned(contracts),
		"visits": history.visits(found["name"]),
		"claims": history.claims(found["name"]),
		"parts": history.parts(found["name"]),
		"log": _log(found["name"]),
	}


@frappe.whitelist()
@frappe.read_only()
def genealogy(serial_no: str, direction: str, item_code: str | None = None) -> dict[str, Any]:
	"""What a unit was made from, or what it went into: through Manufacture and Repack, and as a part (DOMAIN 7, 8).

	:param direction: "backward" (made from) or "forward" (went into)
	:param item_code: needed where two items bear the number
	Returns `unit` with its `vouchers`, each with the `units` on its other side, and these with theirs; `units`, how
	many the tree shows; and `complete`, false where it has more than 10,000 or more than 50 levels: then the units
	farthest from the root are left out. A voucher is laid open once, later it is `shown_above`. What the user may not
	see is counted in `hidden` and not followed; cancelled vouchers are left out.
	Raises SerialNoNotExistsError, also for a unit that the user may not see, or SerialNoAmbiguousError. Needs the
	right to read Serial No. A site with a read replica asks that.
	"""
	if direction not in stock_genealogy.DIRECTIONS:
		frappe.throw(_("{0} is not one of {1}").format(direction, ", ".join(stock_genealogy.DIRECTIONS)))
	return stock_genealogy.tree(units.resolve(serial_no, item_code)["name"], direction)


@frappe.whitelist()
@frappe.read_only()
def documents(doctype: str, name: str, items: str | list[str] | None = None) -> dict[str, Any]:
	"""How many documents of each kind a unit's form leads to, as `frappe.desk.notifications.get_open_count` answers.

	:param doctype: "Serial No"
	:param name: name of its record
	:param items: the DocTypes that are asked for; all of them if left out
	Returns `count`: `internal_links_found` with the `names` of the documents, `external_links_found` of those that
	carry the unit in their own `serial_no`; of both what the user may read. Cancelled vouchers count: they are part
	of its life. Raises frappe.PermissionError for a unit that the user may not see.
	"""
	frappe.get_doc("Serial No", name).check_permission("read")
	asked = set(read_json(items, list) if items else LINKED)
	moves = [move for move in _moves(name) if "hidden" not in move]
	contracts = history.contracts(name)
	named: dict[str, list[str | None]] = {
		"Maintenance Schedule": [entry["maintenance_schedule"] for entry in contracts],
		"Maintenance Visit": [visit["name"] for visit in history.visits(name)],
		"Warranty Claim": [claim["name"] for claim in history.claims(name)],
	}
	for move in moves:
		named.setdefault(move["voucher_type"], []).append(move["voucher_no"])
		named.setdefault("Sales Invoice", []).append(move["sales_invoice"])
	counts = {"Serial No Ledger Entry": len(moves), "Service Contract Entry": len(contracts)}
	internal, external = [], []
	for kind in sorted(asked.intersection(LINKED)):
		if not frappe.has_permission(kind):
			continue
		if kind in counts:
			external.append({"doctype": kind, "count": counts[kind], "open_count": 0})
		else:
			names = list(dict.fromkeys(filter(None, named.get(kind, ()))))
			internal.append({"doctype": kind, "count": len(names), "open_count": 0, "names": names})
	answer = {"internal_links_found": internal, "external_links_found": external}
	if others := sorted(asked - LINKED):  # what a site has linked to units itself
		for kind, found in get_open_count(doctype, name, others)["count"].items():
			answer[kind] += found
	return {"count": answer}


def _moves(name: str) -> list[dict[str, Any]]:
	visible = units.visible_warehouses("Serial No Ledger Entry")
	moves = bulk.select("Serial No Ledger Entry", MOVE, "serial_no", [name], order_by="move_no")
	served = {move["used_for"] for move in moves if move["used_for"]}
	readable = units.readable_names(sorted(served)) if served else set()
	for move in moves:
		if move["used_for"] not in readable:
			move["used_for"] = None
	return [
		move if units.in_sight(move, visible) else {"move_no": move["move_no"], "hidden": True}
		for move in moves
	]


def _log(name: str) -> list[dict[str, Any]]:
	"""What `holds.note` has written on a unit, as plain text."""
	lines = frappe.get_all(
		"Comment",
		{"reference_doctype": "Serial No", "reference_name": name, "comment_type": "Info"},
		["creation", "comment_by", "content"],
		order_by="creation, name",
	)
	return [
		{"at": line.creation, "by": line.comment_by, "text": html.unescape(strip_html(line.content or ""))}
		for line in lines
	]
