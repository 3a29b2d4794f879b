"""Who had a unit in use, where, and until when (DOMAIN 8, own assets)."""

from collections.abc import Iterable, Mapping
from typing import Any

from serial_tracking.stock import bulk, units

MOVE_FIELDS = (
	"move_type", "posting_datetime", "from_warehouse", "to_warehouse", "voucher_type", "voucher_no", "custodian",
	"location", "owner",
)  # fmt: skip


def periods(moves: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
	"""The times that a unit was in use, from its uncancelled moves in their order. Pure.

	Each with `custodian`, `location`, `since`, `voucher_type`, `voucher_no` and `handed_over_by`; of one that ended also
	`until`, `returned_to` (a warehouse), `return_type`, `return_no` and `taken_back_by`, else these are None.
	"""
	found: list[dict[str, Any]] = []
	for move in moves:
		if found and found[-1]["until"] is None:
			found[-1].update(
				until=move["posting_datetime"],
				returned_to=move["to_warehouse"],
				return_type=move["voucher_type"],
				return_no=move["voucher_no"],
				taken_back_by=move["owner"],
			)
		if move["move_type"] == "Issued for Use":
			found.append(
				{
					"custodian": move["custodian"],
					"location": move["location"],
					"since": move["posting_datetime"],
					"voucher_type": move["voucher_type"],
					"voucher_no": move["voucher_no"],
					"handed_over_by": move["owner"],
					"until": None,
					"returned_to": None,
					"return_type": None,
					"return_no": None,
					"taken_back_by": None,
				}
			)
	return found


def history(name: str) -> list[dict[str, Any]]:
	"""The `periods` of a unit, the latest first, with full names of the people, as far as the user may see its moves.

	Of a time that began or ended in a warehouse that a User Permission keeps from the user it is only said that it is
	`hidden`.
	"""
	moves = bulk.select(
		"Serial No Ledger Entry",
		MOVE_FIELDS,
		"serial_no",
		[name],
		where={"is_cancelled": 0},
		order_by="move_no",
	)
	visible = units.visible_warehouses("Serial No Ledger Entry")
	unseen = {
		(move["voucher_type"], move["voucher_no"]) for move in moves if not units.in_sight(move, visible)
	}
	found = periods(moves)
	people = ("custodian", "handed_over_by", "taken_back_by")
	names = {
		user["name"]: user["full_name"]
		for user in bulk.select(
			"User", ("name", "full_name"), "name", {p[who] for p in found for who in people if p[who]}
		)
	}
	told = []
	for period in reversed(found):
		vouchers = {
			(period["voucher_type"], period["voucher_no"]),
			(period["return_type"], period["return_no"]),
		}
		if vouchers & unseen:
			told.append({"hidden": True})
		else:
			told.append({**period, **{f"{who}_name": names.get(period[who]) for who in people}})
	return told
