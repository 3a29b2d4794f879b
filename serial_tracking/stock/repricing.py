"""What goes out of a warehouse at its average, priced anew where something was posted or cancelled before it.

Items without serials move at the average of their warehouse (DOMAIN 7, Value). A receipt in the past, or one that
is cancelled, changes that average for what left later, and with a transfer the average of another warehouse. What
was produced in Manufacture or Repack, and what a customer brought back, keeps its value.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import frappe

from serial_tracking.stock import bulk, valuation
from serial_tracking.stock.valuation import PRECISION

Entry = dict[str, Any]  # a Stock Ledger Entry
SMALL = 1e-6  # below this a value is the same: of sums of floats
FIELDS = (
	"name", "item_code", "warehouse", "posting_datetime", "entry_no", "voucher_detail_no", "actual_qty",
	"qty_after_transaction", "stock_value_difference", "stock_value",
)  # fmt: skip


def reprice(entries: Sequence[Entry]) -> dict[str, float]:
	"""What an item's entries change the value of stock by, where that is not what they say: name → value.

	:param entries: all uncancelled ones since a moment, with their balances, which are right before the first of
		each warehouse
	"""
	stock: dict[str, list[float]] = {}  # warehouse → quantity, value
	carried: dict[str, float] = {}  # what a transfer takes from one warehouse into the other
	changes = {}
	# a name ascends with the moment of submission, which decides between entries of one posting time
	for entry in sorted(entries, key=lambda e: (e["posting_datetime"], e["name"])):
		moved, worth = entry["actual_qty"], entry["stock_value_difference"]
		here = stock.setdefault(
			entry["warehouse"], [entry["qty_after_transaction"] - moved, entry["stock_value"] - worth]
		)
		qty, value = here
		if moved < 0 < qty:
			now_worth = -value if abs(qty + moved) < SMALL else value / qty * moved
			carried[entry["voucher_detail_no"]] = -now_worth
		else:
			now_worth = carried.get(entry["voucher_detail_no"], worth)
		if abs(now_worth - worth) >= SMALL:
			changes[entry["name"]] = worth = round(now_worth, PRECISION)
		here[0] += moved
		here[1] += worth
	return changes


def write(item_codes: Iterable[str], since: datetime.datetime) -> None:
	"""Price anew what left since a moment. The items have no serials, and their posting holds their Bins."""
	for item_code in sorted(item_codes):
		bins = valuation.lock_bins_of(item_code)
		entries = _entries_since(item_code, since)
		if changes := reprice(entries):
			gained = _write_entries(entries, changes)
			valuation.add_value(bins, gained)


def _write_entries(entries: list[Entry], changes: dict[str, float]) -> dict[str, float]:
	"""Write the values and the balances after them; returns what each warehouse gained in value."""
	gained: dict[str, float] = defaultdict(float)
	updates = {}
	for entry in sorted(entries, key=lambda e: (e["posting_datetime"], e["entry_no"])):
		update = {}
		if entry["name"] in changes:
			worth = changes[entry["name"]]
			gained[entry["warehouse"]] += worth - entry["stock_value_difference"]
			update = {"stock_value_difference": worth, "rate": round(worth / entry["actual_qty"], PRECISION)}
		if gain := gained.get(entry["warehouse"]):
			update["stock_value"] = round(entry["stock_value"] + gain, PRECISION)
		if update:
			updates[entry["name"]] = update
	bulk.update("Stock Ledger Entry", updates)
	return gained


def _entries_since(item_code: str, since: datetime.datetime) -> list[Entry]:
	table = frappe.qb.DocType("Stock Ledger Entry")
	return (
		frappe.qb.from_(table)
		.select(*(table[field] for field in FIELDS))
		.where((table.item_code == item_code) & (table.is_cancelled == 0) & (table.posting_datetime >= since))
		.orderby(table.name)
		.for_update()
		.run(as_dict=True)
	)
