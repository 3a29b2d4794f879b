"""What a unit was made from and what it went into, through Manufacture and Repack (DOMAIN 7).

A voucher that transforms makes all that it produces from all that it consumes. So every voucher has one sub-tree
whichever unit leads to it, and is laid open once. Only what came before counts on the way back and only what
came after on the way on: a unit that was taken apart and used again leads each time to that time's vouchers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import frappe

from serial_tracking.stock import units

BACKWARD, FORWARD = "backward", "forward"
DIRECTIONS = (BACKWARD, FORWARD)

MAX_UNITS = 10_000  # in one tree
MAX_LEVELS = 50  # an answer nested deeper than this breaks the readers of JSON

UNIT_FIELDS = (
	"name",
	"serial_no",
	"item_code",
	"item_name",
	"status",
	"warehouse",
	"customer",
	"customer_name",
)

Node = dict[str, Any]
Voucher = tuple[str, str]


def tree(name: str, direction: str) -> dict[str, Any]:
	"""The tree of a unit: `unit`, `direction`, `units` (how many it shows), `complete`.

	A unit has `vouchers`: backward those that produced it, forward those that consumed it; a voucher has
	`voucher_type`, `voucher_no`, `posting_datetime` and `units` on its other side, or `shown_above` where the
	tree has shown these already. What the user may not see is counted in `hidden`, of vouchers with a unit and
	of units with a voucher, and not followed. Two statements for each level, however wide it is.
	"""
	near, far = ("Produced", "Consumed") if direction == BACKWARD else ("Consumed", "Produced")
	visible = units.visible_warehouses("Serial No Ledger Entry")
	root = _node(frappe.db.get_value("Serial No", name, UNIT_FIELDS, as_dict=True))
	shown: dict[Voucher, Node] = {}
	count, complete = 1, True
	frontier = _lead(root, _moves_of_root(name, near), shown, visible)
	for _level in range(MAX_LEVELS):
		if not frontier:
			break
		parts, whole = _other_side(frontier, near, far, direction)
		complete = complete and whole
		known = _readable({part["serial_no"] for part in parts})
		found: dict[Voucher, Node] = {}
		for moves in _by_unit(parts):
			first = moves[0]
			voucher = frontier[first["voucher_type"], first["voucher_no"]]
			if first["serial_no"] not in known or not units.in_sight(first, visible):
				voucher["hidden"] += 1
				continue
			if count == MAX_UNITS:
				complete = False
				break
			count += 1
			node = _node(known[first["serial_no"]])
			voucher["units"].append(node)
			further = [
				{key.removeprefix("next_"): move[key] for key in move if key.startswith("next_")}
				for move in moves
				if move["next_voucher_no"]
			]
			found |= _lead(node, further, shown, visible)
		frontier = found
	return {
		"direction": direction,
		"unit": root,
		"units": count,
		"complete": complete and not frontier,
	}


def _node(unit: Mapping[str, Any]) -> Node:
	return {**unit, "vouchers": [], "hidden": 0}


def _lead(
	node: Node, moves: Iterable[Mapping[str, Any]], shown: dict[Voucher, Node], visible: set[str] | None
) -> dict[Voucher, Node]:
	"""Hang the vouchers of these moves below a unit; those that have not been shown yet."""
	new = {}
	for move in moves:
		if not units.in_sight(move, visible):
			node["hidden"] += 1
			continue
		key = (move["voucher_type"], move["voucher_no"])
		voucher = {
			"voucher_type": key[0],
			"voucher_no": key[1],
			"posting_datetime": move["posting_datetime"],
		}
		if key in shown:
			voucher["shown_above"] = True
		else:
			voucher |= {"units": [], "hidden": 0}
			shown[key] = new[key] = voucher
		node["vouchers"].append(voucher)
	return new


def _moves_of_root(name: str, near: str) -> list[dict[str, Any]]:
	return [move for move in units.moves_of([name]) if move["move_type"] == near]


def _other_side(
	vouchers: Iterable[Voucher], near: str, far: str, direction: str
) -> tuple[list[dict[str, Any]], bool]:
	"""The units on the far side of vouchers, each once for every voucher that it leads on to (or once).

	Also says whether these are all.
	"""
	part, onward = frappe.qb.DocType("Serial No Ledger Entry"), frappe.qb.DocType("Serial No Ledger Entry")
	part, onward = part.as_("part"), onward.as_("onward")
	later = onward.move_no < part.move_no if direction == BACKWARD else onward.move_no > part.move_no
	limit = 2 * MAX_UNITS
	rows = (
		frappe.qb.from_(part)
		.left_join(onward)
		.on(
			(onward.serial_no == part.serial_no)
			& (onward.move_type == near)
			& (onward.is_cancelled == 0)
			& later
		)
		.select(
			part.voucher_type,
			part.voucher_no,
			part.serial_no,
			part.from_warehouse,
			part.to_warehouse,
			onward.voucher_type.as_("next_voucher_type"),
			onward.voucher_no.as_("next_voucher_no"),
			onward.posting_datetime.as_("next_posting_datetime"),
			onward.from_warehouse.as_("next_from_warehouse"),
			onward.to_warehouse.as_("next_to_warehouse"),
		)
		.where(part.voucher_no.isin(sorted({voucher_no for _type, voucher_no in vouchers})))
		.where((part.move_type == far) & (part.is_cancelled == 0))
		.orderby(part.voucher_no, part.serial_no, onward.move_no)
		.limit(limit)
		.run(as_dict=True)
	)
	return [row for row in rows if (row["voucher_type"], row["voucher_no"]) in vouchers], len(rows) < limit


def _by_unit(parts: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
	grouped = defaultdict(list)
	for part in parts:
		grouped[part["voucher_no"], part["serial_no"]].append(part)
	return grouped.values()


def _readable(names: Collection[str]) -> dict[str, dict[str, Any]]:
	"""The units among these that the user may read."""
	if not names:
		return {}
	found = frappe.get_list(
		"Serial No", {"name": ("in", sorted(names))}, list(UNIT_FIELDS), order_by="name", limit_page_length=0
	)
	return {unit.name: dict(unit) for unit in found}
