"""The way back of a voucher: `prepare` decides whether it may be taken back, `write` takes it back."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from serial_tracking import exceptions as exc
from serial_tracking.stock import bulk, ledger, repricing, rules, status, units, valuation
from serial_tracking.stock.races import raise_busy, told_plainly
from serial_tracking.stock.voucher import Posting


@dataclass(slots=True)
class Cancellation:
	"""A voucher on its way back."""

	voucher_type: str
	voucher_no: str
	posting_datetime: datetime.datetime
	entries: list[dict[str, Any]]  # its uncancelled Serial No Ledger Entries
	units: dict[str, units.Unit]
	earlier: dict[str, list[dict[str, Any]]]  # the uncancelled moves that remain, by unit
	reversal: valuation.Reversal
	balances: dict[valuation.Place, valuation.Balance]


def prepare(voucher_type: str, voucher_no: str, posting_datetime: datetime.datetime) -> Cancellation:
	"""Lock what a voucher moved and check that it may be taken back.

	Raises StockFrozenError, SerialNoExistsInFutureTransactionError (a unit has moved since, naming the
	document) or NegativeStockError.
	"""
	with told_plainly():
		bulk.begin_writing()
		_check_period(voucher_type, voucher_no, posting_datetime)
		entries = _moves_of(voucher_type, voucher_no)
		names = {entry["serial_no"] for entry in entries}
		locked = {unit["name"]: unit for unit in units.lock_by_name(names)}
		if len(locked) < len(names):
			raise_busy()  # one was renamed since, when its number was corrected
		later = [
			unit
			for unit in locked.values()
			if (unit["last_voucher_type"], unit["last_voucher_no"]) != (voucher_type, voucher_no)
		]
		if later:
			visible = units.visible_warehouses()
			rules.throw(
				[
					(
						None,
						rules.with_voucher(
							_("{0} has moved since").format(rules.quote_number(u["serial_no"])),
							u,
							units.may_see(u, visible),
						),
					)
					for u in later
				],
				exc.SerialNoExistsInFutureTransactionError,
				_("Serial No Moved Later"),
			)
		reversal = valuation.read_reversal(voucher_type, voucher_no)
		balances = valuation.lock_balances(
			set(reversal.changes), posting_datetime, cancelling=reversal.last_entry_no
		)
		reversal = valuation.read_reversal(voucher_type, voucher_no, lock=True)
		_check_balances(reversal.changes, balances)
		_check_followers(voucher_type, voucher_no)
		earlier = defaultdict(list)
		for move in units.moves_of(names):
			if (move["voucher_type"], move["voucher_no"]) != (voucher_type, voucher_no):
				earlier[move["serial_no"]].append(move)
		_read_invoices(earlier)
		return Cancellation(
			voucher_type, voucher_no, posting_datetime, entries, locked, earlier, reversal, balances
		)


def write(cancellation: Cancellation) -> None:
	"""Flag the voucher's moves as cancelled; each unit's record is then what it was before the voucher."""
	with told_plainly():
		today = now_datetime().date()
		bulk.update(
			"Serial No Ledger Entry", {entry["name"]: {"is_cancelled": 1} for entry in cancellation.entries}
		)
		after = {}
		for name, unit in cancellation.units.items():
			moves = cancellation.earlier.get(name, [])
			after[name] = {**unit, **ledger.derive(moves)}
		for entry in reversed(cancellation.entries):
			unit = after[entry["serial_no"]]
			if entry["warranty_expiry_date"]:
				unit["warranty_expiry_date"] = entry["previous_warranty_expiry_date"]
			if entry["end_of_life_date"] and entry["end_of_life_date"] == unit["end_of_life_date"]:
				unit["end_of_life_date"] = None
			if entry["previous_hold_reason"]:
				unit["on_hold"], unit["hold_reason"] = 1, entry["previous_hold_reason"]
		for name, unit in after.items():
			if not unit["warehouse"]:
				unit["on_hold"], unit["hold_reason"] = 0, None
			unit["status"] = ledger.status_after(
				cancellation.earlier.get(name, []), unit["on_hold"], unit["end_of_life_date"], today
			)
			unit["maintenance_status"] = status.maintenance(
				unit["warranty_expiry_date"], unit["amc_expiry_date"], today
			)
		bulk.update(
			"Serial No", {name: units.changed(cancellation.units[name], unit) for name, unit in after.items()}
		)
		valuation.cancel(cancellation.reversal, cancellation.balances, cancellation.posting_datetime)
		if moved_later := valuation.moved_later(cancellation.balances):
			repricing.write(moved_later - units.serialised(moved_later), cancellation.posting_datetime)


def _moves_of(voucher_type: str, voucher_no: str) -> list[dict[str, Any]]:
	table = frappe.qb.DocType("Serial No Ledger Entry")
	return (
		frappe.qb.from_(table)
		.select(
			table.name, table.serial_no, table.warranty_expiry_date, table.previous_warranty_expiry_date,
			table.end_of_life_date, table.previous_hold_reason,
		)
		.where(table.voucher_type == voucher_type)
		.where((table.voucher_no == voucher_no) & (table.is_cancelled == 0))
		.orderby(table.move_no)
		.run(as_dict=True)
	)  # fmt: skip


def _read_invoices(earlier: dict[str, list[dict[str, Any]]]) -> None:
	"""An invoice is written on a delivery without a move: read what is committed now of those that count again."""
	delivered = {
		moves[-1]["name"]: moves[-1] for moves in earlier.values() if moves[-1]["move_type"] == "Delivered"
	}
	columns = ("name", "sales_invoice")
	for row in bulk.select("Serial No Ledger Entry", columns, "name", delivered, for_update=True):
		delivered[row["name"]]["sales_invoice"] = row["sales_invoice"]


def _check_followers(voucher_type: str, voucher_no: str) -> None:
	"""Frappe's own check of links reads what was so when the request began; a return may have come since."""
	found = []
	if frappe.get_meta(voucher_type).has_field("return_against"):
		table = frappe.qb.DocType(voucher_type)
		query = frappe.qb.from_(table).select(table.name).where(table.return_against == voucher_no)
		rows = query.where(table.docstatus == 1).orderby(table.name).for_update().run()
		found += [(voucher_type, name) for (name,) in rows]
	if voucher_type == "Delivery Note":
		table = frappe.qb.DocType("Sales Invoice Item")
		query = frappe.qb.from_(table).select(table.parent).where(table.delivery_note == voucher_no)
		rows = query.where(table.docstatus == 1).orderby(table.parent).for_update().run()
		found += [("Sales Invoice", name) for (name,) in rows]
	if found:
		shown = ", ".join(
			dict.fromkeys(f"{_(kind)} {frappe.utils.escape_html(name)}" for kind, name in found)
		)
		frappe.throw(
			_("{0} {1} cannot be cancelled before {2}").format(
				_(voucher_type), frappe.utils.escape_html(voucher_no), shown
			),
			frappe.LinkExistsError,
		)


def _check_period(voucher_type: str, voucher_no: str, posting_datetime: datetime.datetime) -> None:
	posting = Posting(voucher_type, voucher_no, posting_datetime, [], {})
	posting.settings = frappe.get_cached_doc("Serial Tracking Settings")
	rules.enforce(posting, rules.TEXT, only=(rules.period_is_open,))


def _check_balances(changes, balances) -> None:
	serialised = units.serialised({item for item, _warehouse in changes})
	problems = []
	for (item_code, warehouse), (qty, _value) in changes.items():
		balance = balances[(item_code, warehouse)]
		if qty >= 0 or item_code in serialised:
			continue
		low = balance.qty if balance.lowest_later is None else balance.lowest_later
		low = round(min(low, balance.qty) + qty, valuation.PRECISION)
		if low < 0:
			problems.append(
				(None, f"{frappe.utils.escape_html(item_code)}: {rules.below_zero(warehouse, low)}")
			)
	if problems:
		rules.throw(problems, exc.NegativeStockError, _("Insufficient Stock"))
