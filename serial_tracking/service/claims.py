"""Warranty claims: what a claim says of its unit, what its visits make of it, and its replacement (DOMAIN 8).

Whoever writes on a claim locks its row first, then units, and moves its `modified`. So what the request sees of the
documents that follow a claim is so still where the claim did not change since the request's snapshot.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate, getdate

from serial_tracking.exceptions import WarrantyClaimError
from serial_tracking.service import coverage
from serial_tracking.stock import bulk, rules, units
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.voucher import Posting

CLAIM = "Warranty Claim"
OPEN, IN_PROGRESS, CLOSED, CANCELLED = "Open", "Work In Progress", "Closed", "Cancelled"
FULLY_COMPLETED = "Fully Completed"

COLUMNS = (
	"name", "modified", "status", "serial_no", "customer", "resolved_by", "resolution_date",
	"replacement_serial_no", "replacement_delivery_note",
)  # fmt: skip
RETURNS = ("Delivery Note", "Sales Invoice")  # by which a unit may come back for a claim

Claim = dict[str, Any]


def lock(claim: str) -> Claim:
	"""Lock a claim; what is committed of it now, and in `changed` whether that is news to this request.

	Raises frappe.LinkValidationError if there is none of this name.
	"""
	bulk.begin_writing()
	seen = bulk.select(CLAIM, ("modified",), "name", [claim])
	found = bulk.select(CLAIM, COLUMNS, "name", [claim], for_update=True)
	if not found:
		frappe.throw(
			_("Could not find {0}").format(f"{_(CLAIM)}: {escape_html(claim)}"), frappe.LinkValidationError
		)
	return {**found[0], "changed": [found[0]["modified"]] != [row["modified"] for row in seen]}


def refuse_cancelled(claim: Claim) -> None:
	"""Raise WarrantyClaimError for a cancelled claim: nothing more is done for it."""
	if claim["status"] == CANCELLED:
		frappe.throw(_("{0} is cancelled").format(_shown(claim["name"])), WarrantyClaimError)


# ---------------------------------------------------------------------------------- what it says of the unit


def tell(covered: coverage.Coverage, schedule_may_be_named: bool) -> str:
	"""In a sentence what a unit is covered by on a day, and since when it no longer is."""
	warranty, contract = covered.warranty_expiry_date, covered.amc_expiry_date
	if covered.status == "Under Warranty":
		return _("Under warranty until {0}").format(formatdate(warranty))
	out_of_warranty = _("Out of warranty since {0}").format(formatdate(warranty)) if warranty else None
	if covered.status == "Under AMC":
		until = formatdate(contract)
		if covered.maintenance_schedule and schedule_may_be_named:
			by_contract = _("Under contract {0} until {1}").format(covered.maintenance_schedule, until)
		else:
			by_contract = _("Under contract until {0}").format(until)
	elif covered.status == "Out of AMC":
		by_contract = _("Out of contract since {0}").format(formatdate(contract))
	else:
		return out_of_warranty or _("No warranty and no contract recorded")
	return f"{out_of_warranty}. {by_contract}" if out_of_warranty else by_contract


def customer_on(
	moves: Iterable[dict[str, Any]], day: datetime.date, visible: set[str] | None = None
) -> str | None:
	"""Who had a unit at the end of a day, None if nobody had it.

	:param moves: its uncancelled moves in their order
	:param visible: warehouses whose moves the user may see, None for all
	"""
	last = None
	for move in moves:
		if move["posting_datetime"].date() <= day:
			last = move
	if last and last["move_type"] == "Delivered" and units.in_sight(last, visible):
		return last["party"]
	return None


# ---------------------------------------------------------------------------------- what follows it


def followers(claim: str) -> list[tuple[str, str]]:
	"""DocType and name of the submitted documents that were made for a claim, as committed now."""
	found = [("Maintenance Visit", visit["name"]) for visit in _visits(claim, locking=True)]
	return found + [(kind, name) for kind, name, _is_return in _vouchers(claim, locking=True)]


def name_documents(found: Iterable[tuple[str, str]]) -> str:
	"""Documents as a message names them."""
	return ", ".join(f"{_(kind)} {escape_html(name)}" for kind, name in found)


def _vouchers(claim: str, locking: bool) -> list[tuple[str, str, bool]]:
	found = []
	for doctype in RETURNS:
		table = frappe.qb.DocType(doctype)
		query = frappe.qb.from_(table).select(table.name, table.is_return).where(table.docstatus == 1)
		query = query.where(table.warranty_claim == claim).orderby(table.name)
		rows = (query.for_update() if locking else query).run()
		found += [(doctype, name, bool(is_return)) for name, is_return in rows]
	return found


def _returns(claim: str, locking: bool) -> list[str]:
	return [name for _kind, name, is_return in _vouchers(claim, locking) if is_return]


def _visits(claim: str, locking: bool) -> list[dict[str, Any]]:
	table = frappe.qb.DocType("Maintenance Visit")
	query = frappe.qb.from_(table).select(table.name, table.completion_status, table.previous_claim_status)
	query = query.where((table.warranty_claim == claim) & (table.docstatus == 1)).orderby(table.name)
	return (query.for_update() if locking else query).run(as_dict=True)


# ---------------------------------------------------------------------------------- visits


def status_by_visits(completion_statuses: Iterable[str | None], without: str) -> str:
	"""The status that submitted visits give a claim; `without` any it is this. Pure."""
	statuses = set(completion_statuses)
	if not statuses:
		return without
	return CLOSED if FULLY_COMPLETED in statuses else IN_PROGRESS


def visited(
	claim: str,
	completion_status: str | None,
	date: datetime.date | str,
	person: str | None,
	visit: str | None = None,
) -> str:
	"""Write what a submitted visit makes of its claim; returns the status that the claim has without visits.

	A visit that changes nothing of what the visits say leaves a status as somebody has set it. Closing fills who
	resolved the claim and when, where that is blank.

	:param visit: name of the visit, which is left out of the others of the claim
	Raises WarrantyClaimError for a cancelled claim, or StockBusyError.
	"""
	with told_plainly():
		locked = lock(claim)
		refuse_cancelled(locked)
		others = _other_visits(locked, visit)
		base = next((other["previous_claim_status"] for other in others), None) or locked["status"]
		statuses = [other["completion_status"] for other in others]
		before = status_by_visits(statuses, base)
		after = status_by_visits([*statuses, completion_status], base)
		_write_status(locked, locked["status"] if before == after else after, date, person)
		return base


def unvisited(claim: str, previous_status: str | None, visit: str | None = None) -> None:
	"""Take back what a visit, that is being cancelled, made of its claim.

	:param previous_status: what `visited` returned
	:param visit: name of the visit; given, a status that somebody has set since stays
	Raises StockBusyError.
	"""
	with told_plainly():
		locked = lock(claim)
		base = previous_status or OPEN
		statuses = [other["completion_status"] for other in _other_visits(locked, visit)]
		after = status_by_visits(statuses, base)
		if visit:
			made = frappe.db.get_value("Maintenance Visit", visit, "completion_status")
			before = status_by_visits([*statuses, made], base)
			if before == after or locked["status"] != before:
				after = locked["status"]
		_write_status(locked, after)


def _other_visits(claim: Claim, visit: str | None) -> list[dict[str, Any]]:
	"""Those that have written on the claim, the others than this."""
	found = _visits(claim["name"], locking=claim["changed"])
	return [other for other in found if other["name"] != visit and other["previous_claim_status"]]


def _write_status(
	claim: Claim, status: str, date: datetime.date | str | None = None, person: str | None = None
) -> None:
	change: dict[str, Any] = {"status": status}  # written even if it is the same: `modified` moves
	if status == CLOSED and claim["status"] != CLOSED:
		midnight = datetime.datetime.combine(getdate(date), datetime.time())
		change["resolution_date"] = claim["resolution_date"] or midnight
		change["resolved_by"] = claim["resolved_by"] or person or frappe.session.user
	elif status != CLOSED and claim["status"] == CLOSED:
		change["resolution_date"] = change["resolved_by"] = None
	bulk.update(CLAIM, {claim["name"]: change})


# ---------------------------------------------------------------------------------- replacement


def check_voucher(claim: Claim, posting: Posting) -> None:
	"""What a voucher must be to be posted for a claim: the return of its unit by its customer, or after that the
	delivery of another unit to this customer. Sets the warranty that the delivered unit takes over.

	:param claim: as `lock` gave it
	:param posting: the voucher, prepared: its units are locked
	Raises WarrantyClaimError.
	"""
	returns = _returns(claim["name"], locking=True)
	if why := _why_not(claim, posting, returns):
		frappe.throw(why, WarrantyClaimError)
	if not posting.is_return and posting.settings.carry_warranty_to_replacement:
		posting.carried_warranty = _warranty_when_returned(claim["serial_no"], returns)


def find_problem(claim: str, posting: Posting) -> str | None:
	"""What `check_voucher` would refuse now, if anything; locks nothing."""
	(found,) = bulk.select(CLAIM, COLUMNS, "name", [claim])
	return _why_not(found, posting, _returns(claim, locking=False))


def _why_not(claim: Claim, posting: Posting, returns: Sequence[str]) -> str | None:
	shown, number = _shown(claim["name"]), rules.quote_number(claim["serial_no"])
	if why := why_not_replaced(claim):
		return why
	if posting.party != claim["customer"]:
		customers = (escape_html(customer or "") for customer in (claim["customer"], posting.party))
		return _("{0} is of customer {1}, not of {2}").format(shown, *customers)
	moved = {move.unit["name"] if move.unit else move.number for move in posting.moves}
	if posting.is_return:
		if moved != {claim["serial_no"]}:
			return _("A return for {0} brings back its unit {1} and no other").format(shown, number)
	elif len(moved) != 1 or claim["serial_no"] in moved:
		return _("A delivery for {0} is of one unit, and another than {1}").format(shown, number)
	elif not returns:
		return _("Serial No {0} has not come back for {1}: use Replace Unit").format(number, shown)
	return None


def why_not_replaced(claim: Claim) -> str | None:
	"""Why nothing is moved for a claim, if so: it is cancelled, or its unit has been replaced."""
	if claim["status"] == CANCELLED:
		return _("{0} is cancelled").format(_shown(claim["name"]))
	if note := claim["replacement_delivery_note"]:
		return _("The unit of {0} was replaced by {1} already").format(
			_shown(claim["name"]), name_documents([("Delivery Note", note)])
		)
	return None


def _warranty_when_returned(name: str, returns: Sequence[str]) -> datetime.date | None:
	"""The warranty date of a unit as it came back, whatever a later sale of it wrote."""
	(unit,) = units.lock_by_name([name])
	moves = bulk.select(
		"Serial No Ledger Entry",
		("voucher_no", "move_no", "warranty_expiry_date", "previous_warranty_expiry_date"),
		"serial_no",
		[name],
		where={"is_cancelled": 0},
		order_by="move_no",
	)
	came_back = max((move["move_no"] for move in moves if move["voucher_no"] in returns), default=0)
	later = [move for move in moves if move["move_no"] > came_back and move["warranty_expiry_date"]]
	return coverage.warranty_on(unit["warranty_expiry_date"], later)


def replaced(claim: Claim, serial_no: str, delivery_note: str) -> None:
	"""Write on a claim by what its unit was replaced.

	:param serial_no: record name of the unit that was delivered
	"""
	status = IN_PROGRESS if claim["status"] == OPEN else claim["status"]
	_write_replacement(claim, serial_no, delivery_note, status)


def not_replaced(claim: Claim) -> None:
	"""The Delivery Note of the replacement is cancelled: the claim's unit can be replaced anew."""
	_write_replacement(claim, None, None, claim["status"])


def _write_replacement(claim: Claim, serial_no: str | None, note: str | None, status: str) -> None:
	change = {"replacement_serial_no": serial_no, "replacement_delivery_note": note, "status": status}
	bulk.update(CLAIM, {claim["name"]: change})


def _shown(claim: str) -> str:
	return f"{_(CLAIM)} {escape_html(claim)}"
