"""What the moves of a unit say of it (DOMAIN 2, "What the derived facts say"). Pure functions.

A move is a mapping with the columns MOVE_FIELDS of a Serial No Ledger Entry; facts are a mapping with the
columns FACTS of a Serial No. `derive` folds `apply` over the uncancelled moves in their order, and a new
move is one more step of the same fold: the rule stands here alone.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from serial_tracking.stock import status

FACTS = (
	"warehouse",
	"last_warehouse",
	"purchase_document_type",
	"purchase_document_no",
	"purchase_date",
	"purchase_time",
	"purchase_rate",
	"supplier",
	"supplier_name",
	"delivery_document_type",
	"delivery_document_no",
	"delivery_date",
	"delivery_time",
	"customer",
	"customer_name",
	"sales_invoice",
	"custodian",
	"location",
	"valuation_rate",
	"last_voucher_type",
	"last_voucher_no",
	"last_posting_datetime",
)

MOVE_FIELDS = (
	"move_type",
	"posting_datetime",
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
	"rate",
)

NUMERIC = frozenset(("purchase_rate", "valuation_rate"))
BLANK: dict[str, Any] = {fact: 0 if fact in NUMERIC else None for fact in FACTS}
NO_DELIVERY: dict[str, Any] = {
	fact: None for fact in FACTS if fact.startswith(("delivery_", "customer", "sales_"))
}


def apply(facts: Mapping[str, Any], move: Mapping[str, Any]) -> dict[str, Any]:
	"""The facts after one more move."""
	at = move["posting_datetime"]
	after = {
		**facts,
		"warehouse": move["to_warehouse"],
		"custodian": move["custodian"],
		"location": move["location"],
		"last_warehouse": move["to_warehouse"] or move["from_warehouse"],
		"valuation_rate": move["rate"],
		"last_voucher_type": move["voucher_type"],
		"last_voucher_no": move["voucher_no"],
		"last_posting_datetime": at,
	}
	bought = move["move_type"] == "Received" and move["voucher_type"] == "Purchase Receipt"
	if bought or (move["move_type"] in ("Received", "Produced") and not facts["purchase_document_no"]):
		after.update(
			purchase_document_type=move["voucher_type"],
			purchase_document_no=move["voucher_no"],
			purchase_date=at.date(),
			purchase_time=time_text(at),
			purchase_rate=move["rate"],
			supplier=move["party"] if bought else None,
			supplier_name=move["party_name"] if bought else None,
		)
	if move["move_type"] == "Delivered":
		after.update(
			delivery_document_type=move["voucher_type"],
			delivery_document_no=move["voucher_no"],
			delivery_date=at.date(),
			delivery_time=time_text(at),
			customer=move["party"],
			customer_name=move["party_name"],
			sales_invoice=move["sales_invoice"],
		)
	elif move["to_warehouse"]:
		after.update(NO_DELIVERY)
	return after


def units_of(moves: Iterable[Mapping[str, Any]], voucher_type: str, voucher_no: str) -> set[str]:
	"""Names of the units that a voucher brought in and that have not gone back to the supplier since.

	:param moves: the uncancelled moves of the units, each unit's in their order
	"""
	there = set()
	for move in moves:
		if move["move_type"] == "Received" and (move["voucher_type"], move["voucher_no"]) == (
			voucher_type,
			voucher_no,
		):
			there.add(move["serial_no"])
		elif move["voucher_type"] == voucher_type:  # bought anew, or back at the supplier
			there.discard(move["serial_no"])
	return there


def time_text(value: datetime.datetime | datetime.time | datetime.timedelta | str | None) -> str | None:
	"""A time of day as facts carry it. Databases give it back as a time, a timedelta or text."""
	if value is None:
		return None
	if isinstance(value, str):
		value = datetime.time.fromisoformat(value.zfill(8) if "." not in value else value.zfill(15))
	elif isinstance(value, datetime.timedelta):
		value = datetime.datetime.min + value
	return f"{value:%H:%M:%S.%f}"


def derive(moves: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
	"""The facts of a unit from all its uncancelled moves, in the order of their `move_no`."""
	facts = BLANK
	for move in moves:
		facts = apply(facts, move)
	return dict(facts)


def status_after(moves: list[Mapping[str, Any]], on_hold, end_of_life_date, today) -> str:
	"""The status that the uncancelled moves give."""
	if not moves:
		return status.INACTIVE
	last = moves[-1]
	if last["to_warehouse"]:
		return status.in_stock(on_hold, end_of_life_date, today)
	return status.STATUS_AFTER_LEAVING[last["move_type"]]
