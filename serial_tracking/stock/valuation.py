"""Stock by item and warehouse: Bin and Stock Ledger Entry (DOMAIN 7, Value).

A serialised unit carries its own rate, other items move at the average of their warehouse. Quantities are
in stock units, values in the currency of the site.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

import frappe

from serial_tracking.stock import bulk
from serial_tracking.stock.naming import ledger_names

BIN_INDEX = "unique_item_warehouse"
PRECISION = 9  # decimals of Frappe's Float columns

Place = tuple[str, str]  # item, warehouse


@dataclass(slots=True)
class Entry:
	"""One change of stock by one voucher row."""

	item_code: str
	warehouse: str
	qty: float
	value: float
	voucher_detail_no: str
	stock_uom: str | None


@dataclass(slots=True)
class Balance:
	"""A Bin, locked, and the stock at the moment of posting."""

	name: str
	qty: float
	value: float
	rate: float
	last_posting_datetime: datetime.datetime | None
	last_entry_no: int
	qty_then: float = 0.0
	value_then: float = 0.0
	lowest_later: float | None = None  # of the entries after the moment of posting


@dataclass(slots=True)
class Reversal:
	"""What cancelling a voucher changes: its entries, and in each place quantity and value and its last entry."""

	entries: list[str] = field(default_factory=list)
	changes: dict[Place, list[float]] = field(default_factory=dict)
	last_entry_no: dict[Place, int] = field(default_factory=dict)


def lock_balances(
	places: set[Place], at: datetime.datetime, cancelling: dict[Place, int] | None = None
) -> dict[Place, Balance]:
	"""Bins of these places, made where missing and locked in sorted order, with the stock at `at`.

	:param cancelling: of a voucher about to be cancelled, its last `entry_no` in each place
	"""
	if not places:
		return {}
	rows = _read_bins(places, lock=False)
	if missing := sorted(places - {(r["item_code"], r["warehouse"]) for r in rows}):
		make_bins(missing)
	return _balances(places, at, cancelling, lock=True)


def moved_later(balances: dict[Place, Balance]) -> set[str]:
	"""The items that have entries after the moment of posting, or of what is cancelled."""
	return {item for (item, _w), balance in balances.items() if balance.lowest_later is not None}


def read_balances(places: set[Place], at: datetime.datetime) -> dict[Place, Balance]:
	"""The same for a look ahead: nothing is made or locked."""
	empty = {place: Balance("", 0.0, 0.0, 0.0, None, 0) for place in places}
	return {**empty, **_balances(places, at, None, lock=False)} if places else {}


def _balances(
	places: set[Place], at: datetime.datetime, cancelling: dict[Place, int] | None, lock: bool
) -> dict[Place, Balance]:
	balances = {}
	for row in _read_bins(places, lock=lock):
		place = (row["item_code"], row["warehouse"])
		if place not in places:
			continue
		balance = Balance(
			row["name"], row["actual_qty"], row["stock_value"], row["valuation_rate"],
			row["last_posting_datetime"], row["last_entry_no"], row["actual_qty"], row["stock_value"],
		)  # fmt: skip
		if cancelling:
			balance.lowest_later = _lowest(place, at, lock, cancelling[place])
		elif balance.last_posting_datetime and balance.last_posting_datetime > at:
			balance.qty_then, balance.value_then = _stock_at(place, at, lock)
			balance.lowest_later = _lowest(place, at, lock)
		balances[place] = balance
	return balances


def write(
	entries: list[Entry],
	balances: dict[Place, Balance],
	voucher_type: str,
	voucher_no: str,
	at: datetime.datetime,
) -> None:
	"""Write the Stock Ledger Entries of a voucher, later balances moved on, and the Bins."""
	now, user = frappe.utils.now(), frappe.session.user
	columns = (
		"name", "creation", "modified", "owner", "modified_by", "item_code", "warehouse", "posting_datetime",
		"entry_no", "voucher_type", "voucher_no", "voucher_detail_no", "actual_qty", "qty_after_transaction",
		"stock_uom", "rate", "stock_value_difference", "stock_value",
	)  # fmt: skip
	names = ledger_names()
	rows = []
	changes: dict[Place, list[float]] = {}
	for entry in entries:
		balance = balances[(entry.item_code, entry.warehouse)]
		balance.last_entry_no += 1
		balance.qty_then = round(balance.qty_then + entry.qty, PRECISION)
		balance.value_then = round(balance.value_then + entry.value, PRECISION)
		change = changes.setdefault((entry.item_code, entry.warehouse), [0.0, 0.0])
		change[0] += entry.qty
		change[1] += entry.value
		rows.append((
			next(names), now, now, user, user, entry.item_code, entry.warehouse, at, balance.last_entry_no,
			voucher_type, voucher_no, entry.voucher_detail_no, entry.qty, balance.qty_then, entry.stock_uom,
			entry.value / entry.qty, entry.value, balance.value_then,
		))  # fmt: skip
	_shift_later(changes, balances, at)
	bulk.insert("Stock Ledger Entry", columns, rows)
	bulk.tell_of_links("Stock Ledger Entry", {"voucher_type": voucher_type})
	_write_bins(changes, balances, at)


def outstanding(
	voucher_type: str, voucher_no: str, item_codes: list[str], lock: bool = True
) -> tuple[dict[str, float], dict[str, float]]:
	"""What of a voucher is not yet returned, and at which rate it moved: item → stock units, item → rate.

	:param lock: lock the voucher, so that two returns of it follow each other, and read what is committed now
	"""

	def run(query):
		return (query.for_update() if lock else query).run()

	source = frappe.qb.DocType(voucher_type)
	run(frappe.qb.from_(source).select(source.name).where(source.name == voucher_no))
	entry = frappe.qb.DocType("Stock Ledger Entry")
	returns = run(
		frappe.qb.from_(source)
		.select(source.name)
		.where((source.return_against == voucher_no) & (source.docstatus == 1))
		.orderby(source.name)
	)
	names = [voucher_no, *(name for (name,) in returns)]
	rows = run(
		frappe.qb.from_(entry)
		.select(entry.item_code, entry.voucher_no, entry.actual_qty, entry.stock_value_difference)
		.where(
			(entry.voucher_type == voucher_type) & entry.voucher_no.isin(names) & (entry.is_cancelled == 0)
		)
		.where(entry.item_code.isin(item_codes))
		.orderby(entry.voucher_no, entry.entry_no)
	)
	moved: dict[str, list[float]] = {}
	left: dict[str, float] = {}
	for item_code, name, qty, value in rows:
		left[item_code] = left.get(item_code, 0.0) + qty
		if name == voucher_no:
			total = moved.setdefault(item_code, [0.0, 0.0])
			total[0] += qty
			total[1] += value
	rates = {item: value / qty for item, (qty, value) in moved.items() if qty}
	return {item: round(abs(qty), PRECISION) for item, qty in left.items()}, rates


def read_reversal(voucher_type: str, voucher_no: str, lock: bool = False) -> Reversal:
	"""What cancelling a voucher would change.

	:param lock: the Bins are locked: read what was committed before, a repricing may have been
	"""
	reversal = Reversal()
	rows = _entries_of(voucher_type, voucher_no)
	if lock and rows:
		names = [row["name"] for row in rows]
		rows = bulk.select(
			"Stock Ledger Entry", list(rows[0]), "name", names, order_by="entry_no", for_update=True
		)
	for row in rows:
		place = (row["item_code"], row["warehouse"])
		reversal.entries.append(row["name"])
		reversal.last_entry_no[place] = row["entry_no"]
		change = reversal.changes.setdefault(place, [0.0, 0.0])
		change[0] -= row["actual_qty"]
		change[1] -= row["stock_value_difference"]
	return reversal


def cancel(reversal: Reversal, balances: dict[Place, Balance], at: datetime.datetime) -> None:
	"""Flag the entries of a voucher as cancelled and take them out of the balances after it."""
	bulk.update("Stock Ledger Entry", {name: {"is_cancelled": 1} for name in reversal.entries})
	_shift_later(reversal.changes, balances, at, reversal.last_entry_no)
	_write_bins(reversal.changes, balances, None)


def _entries_of(voucher_type: str, voucher_no: str) -> list[dict[str, Any]]:
	"""The uncancelled Stock Ledger Entries of a voucher."""
	table = frappe.qb.DocType("Stock Ledger Entry")
	return (
		frappe.qb.from_(table)
		.select(
			table.name, table.item_code, table.warehouse, table.actual_qty, table.stock_value_difference,
			table.entry_no,
		)
		.where((table.voucher_type == voucher_type) & (table.voucher_no == voucher_no) & (table.is_cancelled == 0))
		.orderby(table.entry_no)
		.run(as_dict=True)
	)  # fmt: skip


def _read_bins(places: set[Place], lock: bool) -> list[dict[str, Any]]:
	table = frappe.qb.DocType("Bin")
	query = (
		frappe.qb.from_(table)
		.select(
			table.name, table.item_code, table.warehouse, table.actual_qty, table.stock_value,
			table.valuation_rate, table.last_posting_datetime, table.last_entry_no,
		)
		.where(table.item_code.isin(sorted({item for item, _w in places})))
		.orderby(table.item_code, table.warehouse)
	)  # fmt: skip
	if warehouses := sorted({warehouse for _i, warehouse in places if warehouse}):
		query = query.where(table.warehouse.isin(warehouses))
	if not lock:
		return query.run(as_dict=True)
	if frappe.db.db_type == "mariadb":
		query = query.force_index(BIN_INDEX)  # a scan would lock the bins of everybody
	return query.for_update().run(as_dict=True)


def lock_bins_of(item_code: str) -> list[dict[str, Any]]:
	"""All Bins of an item, locked, those made since the transaction began among them."""
	return _read_bins({(item_code, None)}, lock=True)


def add_value(bins: list[dict[str, Any]], gained: dict[str, float]) -> None:
	"""Add to the value of Bins what their warehouses gained."""
	updates = {}
	for row in bins:
		if gain := gained.get(row["warehouse"]):
			value, qty = round(row["stock_value"] + gain, PRECISION), row["actual_qty"]
			rate = value / qty if qty > 0 else row["valuation_rate"]
			updates[row["name"]] = {"stock_value": value, "valuation_rate": rate}
	bulk.update("Bin", updates)


def make_bins(places: list[Place]) -> None:
	"""Empty Bins for these places; those that are there already are left alone."""
	now, user = frappe.utils.now(), frappe.session.user
	names = ledger_names()
	bulk.insert(
		"Bin",
		("name", "creation", "modified", "owner", "modified_by", "item_code", "warehouse"),
		[(next(names), now, now, user, user, *place) for place in places],
		ignore_duplicates=True,
	)


# Both read with a lock before something is written: others may have posted here since the transaction took its
# snapshot. Whoever adds to
# these rows holds the Bin first, so nobody waits at them.


def _stock_at(place: Place, at: datetime.datetime, lock: bool) -> tuple[float, float]:
	"""Quantity and value of a place at a moment, whatever was submitted for that moment included."""
	table = frappe.qb.DocType("Stock Ledger Entry")
	query = (
		frappe.qb.from_(table)
		.select(table.qty_after_transaction, table.stock_value)
		.where(_here(table, place) & (table.posting_datetime <= at))
		.orderby(table.posting_datetime, order=frappe.qb.desc)
		.orderby(table.entry_no, order=frappe.qb.desc)
		.limit(1)
	)
	rows = (query.for_update() if lock else query).run()
	return rows[0] if rows else (0.0, 0.0)


def _lowest(place: Place, at: datetime.datetime, lock: bool, entry_no: int | None = None) -> float | None:
	"""The lowest balance of a place after a moment, or after an entry of that moment; None without any."""
	table = frappe.qb.DocType("Stock Ledger Entry")
	query = (
		frappe.qb.from_(table)
		.select(table.qty_after_transaction)
		.where(_here(table, place) & _after(table, at, entry_no))
		.orderby(table.qty_after_transaction)
		.limit(1)
	)
	rows = (query.for_update() if lock else query).run()
	return rows[0][0] if rows else None


def _here(table, place: Place):
	return (table.item_code == place[0]) & (table.warehouse == place[1]) & (table.is_cancelled == 0)


def _after(table, at: datetime.datetime, entry_no: int | None):
	later = table.posting_datetime > at
	if entry_no is None:
		return later
	return later | ((table.posting_datetime == at) & (table.entry_no > entry_no))


def _shift_later(
	changes: dict[Place, list[float]],
	balances: dict[Place, Balance],
	at: datetime.datetime,
	cancelling: dict[Place, int] | None = None,
) -> None:
	"""Move the balances after a moment on by what changed at it."""
	table = frappe.qb.DocType("Stock Ledger Entry")
	for place, (qty, value) in sorted(changes.items()):
		last = balances[place].last_posting_datetime
		entry_no = cancelling and cancelling[place]
		if not last or last < at or (last == at and entry_no is None):
			continue
		(
			frappe.qb.update(table)
			.set(table.qty_after_transaction, table.qty_after_transaction + qty)
			.set(table.stock_value, table.stock_value + value)
			.where(_here(table, place) & _after(table, at, entry_no))
		).run()


def _write_bins(
	changes: dict[Place, list[float]], balances: dict[Place, Balance], at: datetime.datetime | None
) -> None:
	updates = {}
	for place, (qty, value) in changes.items():
		balance = balances[place]
		actual_qty = round(balance.qty + qty, PRECISION)
		stock_value = round(balance.value + value, PRECISION)
		last = max((t for t in (balance.last_posting_datetime, at) if t), default=None)
		updates[balance.name] = {
			"actual_qty": actual_qty,
			"stock_value": stock_value,
			"valuation_rate": stock_value / actual_qty if actual_qty > 0 else balance.rate,
			"last_posting_datetime": last,
			"last_entry_no": balance.last_entry_no,
		}
	bulk.update("Bin", updates)
