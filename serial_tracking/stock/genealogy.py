"""What a unit was made from and what it went into: through Manufacture and Repack, and as a part (DOMAIN 7, 8).

A voucher that transforms makes all that it produces from all that it consumes. One that issues parts builds each of
them into the unit that it is used for: here it counts as one voucher for each such unit. So every voucher has one
sub-tree whichever unit leads to it, and is laid open once. Only what came before counts on the way back and only what
came after on the way on: a unit that was taken apart and used again leads each time to that time's vouchers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import frappe
from pypika import Case
from pypika.queries import QueryBuilder

from serial_tracking.stock import bulk, units

BACKWARD, FORWARD = "backward", "forward"
DIRECTIONS = (BACKWARD, FORWARD)

MAX_UNITS = 10_000  # in one tree
MAX_LEVELS = 50  # an answer nested deeper than this breaks the readers of JSON

# of a move that leads on to a voucher
LEAD = ("voucher_type", "voucher_no", "posting_datetime", "move_no", "from_warehouse", "to_warehouse")

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
# its type, its number, and of one that issues parts the unit that they are for
Voucher = tuple[str, str, str | None]
Move = dict[str, Any]


def tree(name: str, direction: str) -> dict[str, Any]:
	"""The tree of a unit: `unit`, `direction`, `units` (how many it shows), `complete`.

	A unit has `vouchers`: backward those that produced it or issued parts for it, forward those that consumed it or
	issued it as a part; a voucher has `voucher_type`, `voucher_no`, `posting_datetime` and `units` on its other side, or
	`shown_above` where the tree has shown these already. What the user may not see is counted in `hidden`, of vouchers
	with a unit and of units with a voucher, and not followed. Two statements for each level, however wide it is.
	"""
	visible = units.visible_warehouses("Serial No Ledger Entry")
	root = _node(frappe.db.get_value("Serial No", name, UNIT_FIELDS, as_dict=True))
	shown: dict[Voucher, Node] = {}
	count, complete = 1, True
	frontier = _lead(root, _moves_of_root(name, direction), shown, visible)
	for _level in range(MAX_LEVELS):
		if not frontier:
			break
		parts, whole = _other_side(frontier, direction)
		complete = complete and whole
		known = _readable({part["serial_no"] for part in parts})
		found: dict[Voucher, Node] = {}
		for moves in _by_unit(parts):
			first = moves[0]
			voucher = frontier[_key(first)]
			if first["serial_no"] not in known or not any(units.in_sight(move, visible) for move in moves):
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


def went_into(sources: QueryBuilder, most: int) -> tuple[dict[str, Node], bool]:
	"""All that very many units went into after a move of theirs, and whether these are all; by record name.

	Each with its `level` (1 for what a source itself went into), the `parts` among those found that led to it, and the
	voucher that made it of them or issued them for it: its `voucher_type`, `voucher_no` and `posting_datetime`. Of a unit
	that is reached on several ways the first is told; sources may be among what is found. As in `tree`, what the user may
	not see is left out and not followed. A few statements for each level, however many units.

	:param sources: a query of `serial_no` and `move_no`
	:param most: units that are looked for
	"""
	visible = units.visible_warehouses("Serial No Ledger Entry")
	found: dict[str, Node] = {}
	known: set[Voucher] = set()
	first, complete = _moves_after(sources, 2 * most)
	frontier = _vouchers_of(first, known, visible)
	for level in range(1, MAX_LEVELS + 1):
		if not frontier:
			return found, complete
		rows: list[Move] = []
		for start in range(0, len(frontier), bulk.ROWS_PER_STATEMENT):
			chunk = dict(list(frontier.items())[start : start + bulk.ROWS_PER_STATEMENT])
			made, whole = _other_side(chunk, FORWARD)
			rows, complete = rows + made, complete and whole
		readable = units.readable_names(sorted({row["serial_no"] for row in rows}))
		onward: list[Move] = []
		for row in rows:
			name = row["serial_no"]
			if name not in readable or not units.in_sight(row, visible):
				continue
			voucher = frontier[_key(row)]
			if name not in found:
				if len(found) >= most:
					return found, False
				found[name] = {**voucher, "level": level}
			if row["next_voucher_no"]:
				further = {k.removeprefix("next_"): row[k] for k in row if k.startswith("next_")}
				onward.append({**further, "serial_no": name})
		frontier = _vouchers_of(onward, known, visible)
	return found, complete and not frontier


def _moves_after(sources: QueryBuilder, most: int) -> tuple[list[Move], bool]:
	"""The moves that lead on from units after those of a query, and whether these are all."""
	source, onward = sources.as_("source"), frappe.qb.DocType("Serial No Ledger Entry").as_("onward")
	moves = (
		frappe.qb.from_(source)
		.join(onward)
		.on((onward.serial_no == source.serial_no) & (onward.move_no > source.move_no))
		.select(onward.serial_no, *(onward[column] for column in LEAD), _served(onward).as_("used_for"))
		.where(_leads_on(onward, FORWARD) & _stands(onward))
		.distinct()
		.limit(most)
		.run(as_dict=True)
	)
	moves.sort(key=lambda move: (move["posting_datetime"], move["voucher_no"], move["serial_no"]))
	return moves, len(moves) < most


def _vouchers_of(
	moves: Iterable[Move], known: set[Voucher], visible: set[str] | None
) -> dict[Voucher, dict[str, Any]]:
	"""The vouchers that these moves lead to and that are not known yet, each with the units that led there."""
	new: dict[Voucher, dict[str, Any]] = {}
	for move in moves:
		key = _key(move)
		if key in new:
			if move["serial_no"] not in new[key]["parts"] and units.in_sight(move, visible):
				new[key]["parts"][move["serial_no"]] = None
		elif key not in known and units.in_sight(move, visible):
			new[key] = {
				"voucher_type": key[0],
				"voucher_no": key[1],
				"posting_datetime": move["posting_datetime"],
				"parts": {move["serial_no"]: None},  # a set that keeps its order
			}
	known.update(new)
	return new


def _node(unit: Mapping[str, Any]) -> Node:
	return {**unit, "vouchers": [], "hidden": 0}


def _key(move: Mapping[str, Any]) -> Voucher:
	return move["voucher_type"], move["voucher_no"], move["used_for"] or None


def _lead(
	node: Node, moves: Iterable[Mapping[str, Any]], shown: dict[Voucher, Node], visible: set[str] | None
) -> dict[Voucher, Node]:
	"""Hang the vouchers of these moves below a unit; those that have not been shown yet."""
	by_voucher: dict[Voucher, list[Mapping[str, Any]]] = defaultdict(list)
	for move in moves:
		by_voucher[_key(move)].append(move)
	new = {}
	for key, alike in by_voucher.items():
		move = next((move for move in alike if units.in_sight(move, visible)), None)
		if not move:
			node["hidden"] += 1
			continue
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


def _moves_of_root(name: str, direction: str) -> list[Move]:
	entry = frappe.qb.DocType("Serial No Ledger Entry")
	of_unit = _leads_on(entry, direction) & (entry.serial_no == name)
	if direction == BACKWARD:
		of_unit |= _is_part(entry) & (entry.used_for == name)
	return (
		frappe.qb.from_(entry)
		.select(*(entry[column] for column in LEAD), _served(entry).as_("used_for"))
		.where(of_unit & (entry.is_cancelled == 0))
		.orderby(entry.posting_datetime, entry.move_no, entry.name)
		.run(as_dict=True)
	)


def _other_side(vouchers: Mapping[Voucher, Node], direction: str) -> tuple[list[Move], bool]:
	"""The units on the far side of vouchers, each once for every voucher that it leads on to (or once).

	Also says whether these are all.
	"""
	limit = 2 * MAX_UNITS
	numbers = sorted({voucher_no for _type, voucher_no, _unit in vouchers})
	served = sorted({unit for _type, _no, unit in vouchers if unit})
	if direction == BACKWARD:
		first, second = _made_of(numbers, served), _parts_of_parts(numbers, served)
	else:
		first, second = _made_into(numbers), _built_into(numbers, served)
	first.wrap_set_operation_queries = False  # SQLite takes no brackets there
	rows = first + second
	found = (
		frappe.qb.from_(rows)
		.select(rows.star)
		.orderby(
			rows.voucher_no,
			rows.serial_no,
			rows.next_posting_datetime,
			rows.next_move_no,
			rows.next_voucher_no,
		)
		.limit(limit)
		.run(as_dict=True)
	)
	return [row for row in found if _key(row) in vouchers], len(found) < limit


def _made_of(numbers: list[str], served: list[str]):
	"""What vouchers consumed or issued as parts, and what produced it before."""
	part, onward = _two_moves()
	earlier = (onward.serial_no == part.serial_no) & (onward.move_no < part.move_no)
	query = (
		frappe.qb.from_(part).left_join(onward).on(earlier & _leads_on(onward, BACKWARD) & _stands(onward))
	)
	return _far_side(query, part, onward, part.serial_no).where(_near_side(part, numbers, served))


def _parts_of_parts(numbers: list[str], served: list[str]):
	"""The same units, and what issued parts for them before."""
	part, onward = _two_moves()
	earlier = (onward.used_for == part.serial_no) & _before(onward, part)
	query = frappe.qb.from_(part).inner_join(onward).on(earlier & _is_part(onward) & _stands(onward))
	return _far_side(query, part, onward, part.serial_no).where(_near_side(part, numbers, served))


def _made_into(numbers: list[str]):
	"""What vouchers produced, and what consumed it or issued it as a part afterwards."""
	made, onward = _two_moves()
	later = (onward.serial_no == made.serial_no) & (onward.move_no > made.move_no)
	query = frappe.qb.from_(made).left_join(onward).on(later & _leads_on(onward, FORWARD) & _stands(onward))
	query = _far_side(query, made, onward, made.serial_no)
	return query.where(made.voucher_no.isin(numbers) & (made.move_type == "Produced") & _stands(made))


def _built_into(numbers: list[str], served: list[str]):
	"""The units that vouchers issued parts for, and what consumed these or issued them as parts afterwards."""
	part, onward = _two_moves()
	later = (onward.serial_no == part.used_for) & _before(part, onward)
	query = frappe.qb.from_(part).left_join(onward).on(later & _leads_on(onward, FORWARD) & _stands(onward))
	query = _far_side(query, part, onward, part.used_for)
	return query.where(
		part.voucher_no.isin(numbers) & part.used_for.isin(served or [""]) & _is_part(part) & _stands(part)
	)


def _two_moves():
	table = frappe.qb.DocType("Serial No Ledger Entry")
	return table.as_("part"), table.as_("onward")


def _far_side(query, move, onward, unit):
	columns = ("voucher_type", "voucher_no", "from_warehouse", "to_warehouse")
	return query.select(
		*(move[column] for column in columns),
		_served(move).as_("used_for"),
		unit.as_("serial_no"),
		*(onward[column].as_(f"next_{column}") for column in LEAD),
		_served(onward).as_("next_used_for"),
	)


def _near_side(part, numbers: list[str], served: list[str]):
	"""What these vouchers consumed, and the parts that they issued for these units."""
	parts = _is_part(part) & part.used_for.isin(served or [""])
	return part.voucher_no.isin(numbers) & ((part.move_type == "Consumed") | parts) & _stands(part)


def _leads_on(move, direction: str):
	"""Does a move lead from its unit to a voucher, backward or forward?"""
	if direction == BACKWARD:
		return move.move_type == "Produced"
	return (move.move_type == "Consumed") | _is_part(move)


def _is_part(move):
	return (move.move_type == "Issued") & (move.used_for != "")  # NULL is not either


def _served(move):
	"""What an issue is for. Who consumes or produces may serve nobody."""
	return Case().when(_is_part(move), move.used_for).else_(None)


def _stands(move):
	return move.is_cancelled == 0


def _before(move, other):
	"""Two moves of different units: by their time, and where that is the same in the order of their submission."""
	same_time = move.posting_datetime == other.posting_datetime
	return (move.posting_datetime < other.posting_datetime) | (same_time & (move.name < other.name))


def _by_unit(parts: Iterable[Move]) -> Iterable[list[Move]]:
	grouped = defaultdict(list)
	for part in parts:
		grouped[_key(part), part["serial_no"]].append(part)
	return grouped.values()


def _readable(names: Collection[str]) -> dict[str, dict[str, Any]]:
	"""The units among these that the user may read."""
	if not names:
		return {}
	found = frappe.get_list(
		"Serial No", {"name": ("in", sorted(names))}, list(UNIT_FIELDS), order_by="name", limit_page_length=0
	)
	return {unit.name: dict(unit) for unit in found}
