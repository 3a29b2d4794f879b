"""The stock as DOMAIN tells it, in a few dicts: what a step must give, for test_model to hold the app against.

Written from the rules and not from the engine, one unit and one row at a time, and without a database. A command is
a dict of small numbers; `Planner` makes a step of it that fits the state, so that a shortened list of commands is
still a sequence.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

BOX = 2  # pieces
FINEST = 512  # part of a kilogram that nine decimals can tell, as many as a Float column keeps
OUT = {
	"Delivered": "Delivered",
	"Issued": "Consumed",
	"Consumed": "Consumed",
	"Issued for Use": "In Use",
	"Returned to Supplier": "Returned to Supplier",
}
# what keeps a unit from being taken out, by the move
FORBIDDEN = {
	"Delivered": {"On Hold", "Expired"},
	"Consumed": {"On Hold", "Expired"},
	"Issued": {"On Hold"},
	"Issued for Use": {"On Hold"},
	"Transferred": set(),
	"Returned to Supplier": set(),
}
SETTINGS = {  # that a step may change
	"auto_pick_serial_nos": 0,
	"pick_serial_nos_based_on": "FIFO",
	"stock_frozen_upto": None,
	"role_allowed_for_frozen_stock": None,
}
ROLE, OTHER_ROLE = "Stock Manager", "Purchase User"  # of the user who does the steps, and of somebody else


def kept(number: str) -> str:
	return unicodedata.normalize("NFC", number.strip())


def key(number: str) -> str:
	decomposed = unicodedata.normalize("NFKD", number.casefold())
	return "".join(c for c in decomposed if not unicodedata.combining(c))


@dataclass
class Item:
	code: str
	has_serial_no: bool = True
	series: str | None = None
	whole: bool = True  # its stock unit of measure
	warranty_period: int = 0
	shelf_life: int = 0


@dataclass(frozen=True)
class Row:
	"""A voucher row. `qty` is in its unit of measure and above zero where the voucher is right."""

	item: Item
	qty: Fraction
	source: str | None = None
	target: str | None = None
	numbers: tuple[str, ...] = ()
	in_boxes: bool = False
	note: "Voucher | None" = None  # the Delivery Note that an invoice row comes from
	rejected: "Row | None" = None  # the rejected part of a row of a Purchase Receipt

	@property
	def stock_qty(self) -> Fraction:
		return self.qty * BOX if self.in_boxes else self.qty


@dataclass(eq=False)
class Voucher:
	doctype: str
	rows: list[Row]
	at: datetime.datetime
	purpose: str | None = None
	party: str | None = None
	is_return: bool = False
	against: "Voucher | None" = None
	update_stock: bool = True
	amends: "Voucher | None" = None
	name: str | None = None
	state: str = "Draft"
	no: int = 0  # in the order of submission
	made: dict[int, list[str]] = field(default_factory=dict)  # part → numbers from the series

	@property
	def transforms(self) -> bool:
		return self.purpose in ("Manufacture", "Repack")

	@property
	def moves_stock(self) -> bool:
		return self.doctype != "Sales Invoice" or self.update_stock

	def parts(self) -> Iterator[tuple[int, Row, bool]]:
		"""Number, row and whether it is the rejected part of one."""
		no = 0
		for row in self.rows:
			if row.qty or row.numbers or not row.rejected:
				yield no, row, False
				no += 1
			if row.rejected:
				yield no, row.rejected, True
				no += 1

	def kind(self, row: Row) -> str:
		"""The type of move; "" for a row that moves no unit."""
		if not self.moves_stock:
			return "Invoiced" if row.note and not self.is_return else ""
		if self.doctype == "Purchase Receipt":
			return "Returned to Supplier" if self.is_return else "Received"
		if self.doctype in ("Delivery Note", "Sales Invoice"):
			return "Returned" if self.is_return else "Delivered"
		if self.purpose == "Material Transfer":
			return "Transferred"
		if self.purpose == "Issue for Use":
			return "Issued for Use"
		if self.purpose == "Return from Use":
			return "Returned from Use"
		if row.target:
			return "Produced" if self.transforms else "Received"
		return "Consumed" if self.transforms else "Issued"


@dataclass
class Move:
	kind: str
	voucher: Voucher
	source: str | None
	target: str | None
	invoice: Voucher | None = None
	wrote_warranty: bool = False
	warranty_before: datetime.date | None = None
	wrote_end_of_life: bool = False
	hold_before: str | None = None


@dataclass(eq=False)
class Unit:
	number: str
	item: Item
	name: str  # of the record
	moves: list[Move] = field(default_factory=list)
	hold: str | None = None
	warranty: datetime.date | None = None
	end_of_life: datetime.date | None = None

	@property
	def last(self) -> Move | None:
		return self.moves[-1] if self.moves else None

	@property
	def warehouse(self) -> str | None:
		return self.last.target if self.last else None

	@property
	def delivery(self) -> Move | None:
		"""The delivery that it is out on."""
		for move in reversed(self.moves):
			if move.kind == "Delivered":
				return move
			if move.target:
				return None
		return None

	@property
	def purchase(self) -> Voucher | None:
		"""The latest receipt, or the Stock Entry that first brought in what was never bought."""
		entries = [m for m in self.moves if m.voucher.doctype == "Stock Entry"]
		bought = [m.voucher for m in self._receipts[-1:]]
		first = [m.voucher for m in entries if m.kind in ("Received", "Produced")]
		return next(iter(bought or first), None)

	@property
	def _receipts(self) -> list[Move]:
		return [m for m in self.moves if m.voucher.doctype == "Purchase Receipt" and m.kind == "Received"]

	def status(self, on: datetime.date) -> str:
		if not self.last:
			return "Inactive"
		if not self.warehouse:
			return OUT[self.last.kind]
		if self.hold:
			return "On Hold"
		return "Expired" if self.end_of_life and self.end_of_life < on else "Available"

	def came_in_on(self, receipt: Voucher) -> bool:
		"""Did this receipt bring it in, and has it not gone back or been bought anew since?"""
		bought = [m for m in self.moves if m.voucher.doctype == "Purchase Receipt"]
		return bool(bought) and bought[-1].voucher is receipt and bought[-1].kind == "Received"

	def facts(self, today: datetime.date) -> dict[str, Any]:
		receipts, purchase = self._receipts, self.purchase
		delivery, last = self.delivery, self.last
		return {
			"name": self.name,
			"serial_no": self.number,
			"status": self.status(today),
			"warehouse": self.warehouse,
			"on_hold": int(bool(self.hold)),
			"hold_reason": self.hold,
			"purchase_document_no": purchase and purchase.name,
			"supplier": receipts[-1].voucher.party if receipts else None,
			"delivery_document_no": delivery and delivery.voucher.name,
			"customer": delivery and delivery.voucher.party,
			"sales_invoice": delivery and delivery.invoice and delivery.invoice.name,
			"last_voucher_no": last and last.voucher.name,
			"last_posting_datetime": last and last.voucher.at,
			"custodian": "Administrator" if last and last.kind == "Issued for Use" else None,
			"warranty_expiry_date": self.warranty,
			"end_of_life_date": self.end_of_life,
		}


@dataclass
class Change:
	"""Of the stock of an item without serials, by one row."""

	voucher: Voucher
	item: Item
	warehouse: str
	qty: Fraction


class Model:
	def __init__(self, items: list[Item], now: datetime.datetime, per_item: bool, receive_again: bool):
		self.items, self.now, self.per_item, self.receive_again = items, now, per_item, receive_again
		self.units: dict[Any, Unit] = {}
		self.changes: list[Change] = []  # the uncancelled ones, in the order of submission
		self.counters: dict[str, int] = {}
		self.vouchers: list[Voucher] = []
		self.drafts: list[Voucher] = []  # that are kept
		self.settings = dict(SETTINGS)

	# ------------------------------------------------------------------ what would be refused

	def refusal(self, voucher: Voucher) -> str | None:
		"""The class of the first broken rule, DOMAIN 6 in its order."""
		if not voucher.name:
			voucher = replace(voucher, rows=self.picked(voucher))
		return next((name for name, broken in self._rules(voucher) if broken), None)

	def refusal_to_keep(self, draft: Voucher) -> str | None:
		"""What is refused before anybody thinks of a submit."""
		return next((name for name, broken in self._rules_of_drafts(draft) if broken), None)

	def _rules(self, v: Voucher) -> Iterator[tuple[str, bool]]:
		yield from self._rules_of_drafts(v)
		parts = [(row, v.kind(row)) for _no, row, _rejected in v.parts()]
		if v.moves_stock:
			yield "FuturePostingError", v.at > self.now
			yield "StockFrozenError", self.is_closed(v.at.date())
			counted = [row for row, _kind in parts if not row.item.has_serial_no]
			yield "UOMMustBeIntegerError", any(not self._whole(row) for row in counted)
			yield "InvalidQuantityError", any(row.qty <= 0 for row in counted)
		yield "SerialNoNotRequiredError", any(r.numbers and not r.item.has_serial_no for r, _kind in parts)
		kept = [(row, kind) for row, kind in parts if row.item.has_serial_no]
		yield "SerialNoRequiredError", any(
			kind and not row.numbers
			and (row.source or kind.startswith("Returned") or kind == "Invoiced" or not row.item.series)
			for row, kind in kept
		)  # fmt: skip
		yield (
			"SerialNoQtyError",
			any(
				row.qty <= 0
				or row.stock_qty != int(row.stock_qty)
				or (row.numbers and len(row.numbers) != row.stock_qty)
				for row, _kind in kept
			),
		)
		moves = [(row, kind, number) for row, kind in kept if kind for number in row.numbers]
		yield from self._unit_rules(v, moves)
		if v.moves_stock:
			yield from self._stock_rules(v)

	def _rules_of_drafts(self, v: Voucher) -> Iterator[tuple[str, bool]]:
		if v.is_return and v.against:
			source = v.against
			yield "CancelledLinkError", source.state == "Cancelled"
			yield "SerialNoReturnError", (source.is_return or source.party != v.party or v.at < source.at)
		if v.purpose == "Material Transfer":
			yield "InvalidWarehouseError", any(row.source == row.target for row in v.rows)
		if v.transforms:
			yield (
				"InvalidWarehouseError",
				not (any(r.source for r in v.rows) and any(r.target for r in v.rows)),
			)
		if any(row.note for row in v.rows):
			yield "CancelledLinkError", any(row.note and row.note.state == "Cancelled" for row in v.rows)
			yield "SerialNoInvoiceError", any(r.note.is_return or r.note.party != v.party for r in v.rows)

	def _whole(self, row: Row) -> bool:
		if row.in_boxes and row.qty != int(row.qty):
			return False
		return not row.item.whole or row.stock_qty == int(row.stock_qty)

	def _unit_rules(self, v: Voucher, moves: list[tuple[Row, str, str]]) -> Iterator[tuple[str, bool]]:
		sides = [(self.identity(row.item, n), bool(row.target) and v.transforms) for row, _kind, n in moves]
		yield "SerialNoDuplicateError", len(set(sides)) < len(sides)
		found = [(row, kind, self.find(row.item, number)) for row, kind, number in moves]
		known = [(row, kind, unit) for row, kind, unit in found if unit]
		yield "SerialNoItemError", any(unit.item is not row.item for row, _kind, unit in known)
		yield (
			"SerialNoNotExistsError",
			any(
				not unit and (row.source or kind in ("Returned", "Returned from Use", "Invoiced"))
				for row, kind, unit in found
			),
		)
		yield "SerialNoReturnError", any(not self._may_return(v, kind, unit) for _row, kind, unit in known)
		yield (
			"SerialNoInvoiceError",
			any(
				kind == "Invoiced"
				and not (unit.delivery and unit.delivery.voucher is row.note and not unit.delivery.invoice)
				for row, kind, unit in known
			),
		)
		leaving = {id(unit) for row, _kind, unit in known if row.source} if v.transforms else set()
		yield (
			"SerialNoDuplicateError",
			any(
				row.target and not row.source and id(unit) not in leaving and not self._may_enter(kind, unit)
				for row, kind, unit in known
			),
		)
		outward = [(row, kind, unit) for row, kind, unit in known if row.source]
		yield "SerialNoWarehouseError", any(unit.warehouse != row.source for row, _kind, unit in outward)
		yield (
			"SerialNoNotAvailableError",
			any(unit.status(v.at.date()) in FORBIDDEN[kind] for _row, kind, unit in outward),
		)
		yield (
			"SerialNoExistsInFutureTransactionError",
			any(unit.last and unit.last.voucher.at > v.at for _row, _kind, unit in known),
		)

	def _may_return(self, v: Voucher, kind: str, unit: Unit) -> bool:
		if kind == "Returned from Use":
			return unit.status(self.now.date()) == "In Use"
		if kind == "Returned" and v.against:
			return bool(unit.delivery) and unit.delivery.voucher is v.against
		if kind == "Returned":
			return not unit.last or bool(unit.delivery and unit.delivery.voucher.party == v.party)
		if kind == "Returned to Supplier" and v.against:
			return unit.came_in_on(v.against)
		if kind == "Returned to Supplier":
			return unit.facts(self.now.date())["supplier"] in (None, v.party)
		return True

	def _may_enter(self, kind: str, unit: Unit) -> bool:
		if unit.warehouse:
			return False
		if kind in ("Returned", "Returned from Use") or not unit.last:
			return True
		return self.receive_again and unit.last.kind != "Issued for Use"

	def _stock_rules(self, v: Voucher) -> Iterator[tuple[str, bool]]:
		changes = self._changes_of(v)
		if v.against:
			left: dict[str, Fraction] = {}
			for change in [*self.changes, *changes]:
				w = change.voucher
				if w is v.against or w.against is v.against:
					left[change.item.code] = left.get(change.item.code, 0) + change.qty
			sign = 1 if v.doctype == "Purchase Receipt" else -1
			yield "ReturnQuantityError", any(left[change.item.code] * sign < 0 for change in changes)
		yield "NegativeStockError", self._falls_below_zero([*self.changes, *changes])

	def _changes_of(self, v: Voucher) -> list[Change]:
		return [
			Change(v, row.item, warehouse, sign * row.stock_qty)
			for _no, row, _rejected in v.parts()
			for warehouse, sign in ((row.source, -1), (row.target, 1))
			if warehouse and not row.item.has_serial_no
		]

	def _falls_below_zero(self, changes: list[Change]) -> bool:
		stock: dict[tuple[str, str], Fraction] = {}
		for change in sorted(changes, key=lambda c: c.voucher.at):  # stable: then in the order of submission
			place = (change.item.code, change.warehouse)
			stock[place] = stock.get(place, 0) + change.qty
			if stock[place] < 0:
				return True
		return False

	def is_closed(self, day: datetime.date) -> bool:
		upto, role = self.settings["stock_frozen_upto"], self.settings["role_allowed_for_frozen_stock"]
		return bool(upto) and day <= upto and role != ROLE

	def refusal_to_cancel(self, v: Voucher) -> str | None:
		if v.moves_stock:
			if self.is_closed(v.at.date()):
				return "StockFrozenError"
			moved = [unit for unit in self.units.values() if any(m.voucher is v for m in unit.moves)]
			if any(unit.last.voucher is not v for unit in moved):
				return "SerialNoExistsInFutureTransactionError"
			if self._falls_below_zero([c for c in self.changes if c.voucher is not v]):
				return "NegativeStockError"
		later = [w for w in self.vouchers if w.state == "Submitted"]
		if any(w.against is v or any(row.note is v for row in w.rows) for w in later):
			return "LinkExistsError"
		return None

	def refusal_to_hold(self, units: list[Unit]) -> str | None:
		return None if all(unit.warehouse for unit in units) else "SerialNoCannotChangeError"

	def refusal_to_correct(self, unit: Unit, new: str) -> str | None:
		new = kept(new)
		if not 1 <= len(new) <= 100 or set(new) & set("<>,\a") or ".." in new or re.search(r" \+\d+$", new):
			return "SerialNoFormatError"
		if self.find(unit.item, new) not in (None, unit):
			return "SerialNoDuplicateError"
		name = key(self.name_for(new, unit.item))
		if any(key(other.name) == name and other is not unit for other in self.units.values()):
			return "SerialNoDuplicateError"
		return None

	# ------------------------------------------------------------------ what is done

	def save(self, v: Voucher) -> None:
		"""What the first save does to a voucher."""
		v.rows = self.picked(v)

	def picked(self, v: Voucher) -> list[Row]:
		"""The rows; those that take units out and name none are filled, where there are enough that are free."""
		if not self.settings["auto_pick_serial_nos"] or v.is_return:
			return v.rows
		taken = {(row.source, self.identity(row.item, n)) for row in v.rows for n in row.numbers}
		rows = []
		for row in v.rows:
			count = int(row.stock_qty)
			if row.item.has_serial_no and row.source and not row.numbers and row.stock_qty == count > 0:
				free = [
					unit for unit in self.units.values()
					if unit.item is row.item and unit.warehouse == row.source
					and unit.status(v.at.date()) == "Available"
					and (row.source, self.identity(row.item, unit.number)) not in taken
				]  # fmt: skip
				found = self.in_turn(free)[:count]
				if len(found) == count:
					row = replace(row, numbers=tuple(unit.number for unit in found))
					taken |= {(row.source, self.identity(row.item, n)) for n in row.numbers}
			rows.append(row)
		return rows

	def in_turn(self, units: list[Unit]) -> list[Unit]:
		"""The units, the one to take first first. What was never bought is the oldest."""
		first = sorted(
			units,
			key=lambda u: (u.purchase.at if u.purchase else datetime.datetime.min, key(u.number)),
		)
		if self.settings["pick_serial_nos_based_on"] == "LIFO":
			return first[::-1]
		if self.settings["pick_serial_nos_based_on"] == "End of Life":
			return sorted(first, key=lambda u: u.end_of_life or datetime.date.max)
		return first

	def submit(self, v: Voucher) -> None:
		v.state, v.no = "Submitted", len(self.vouchers)
		self.vouchers.append(v)
		if not v.moves_stock:
			for row in v.rows:
				if v.kind(row) == "Invoiced":
					for number in row.numbers if row.item.has_serial_no else ():
						self.find(row.item, number).delivery.invoice = v
			return
		v.made = self.next_numbers(v, reserve=True)
		self.changes += self._changes_of(v)
		steps = [
			(row, rejected, number)
			for no, row, rejected in v.parts()
			if row.item.has_serial_no
			for number in row.numbers or v.made.get(no, ())
		]
		for row, rejected, number in sorted(steps, key=lambda step: not step[0].source):
			self._move(v, row, rejected, number)

	def _move(self, v: Voucher, row: Row, rejected: bool, number: str) -> None:
		unit = self.find(row.item, number)
		if not unit:
			unit = Unit(number, row.item, self.name_for(number, row.item))
			self.units[self.identity(row.item, number)] = unit
		day = v.at.date()
		move = Move(v.kind(row), v, row.source, row.target)
		if move.kind == "Delivered":
			move.invoice = v if v.doctype == "Sales Invoice" else None
			if row.item.warranty_period:
				move.wrote_warranty, move.warranty_before = True, unit.warranty
				unit.warranty = day + datetime.timedelta(days=row.item.warranty_period)
		if row.target and not row.source and not unit.moves and row.item.shelf_life and not unit.end_of_life:
			move.wrote_end_of_life = True
			unit.end_of_life = day + datetime.timedelta(days=row.item.shelf_life)
		if not row.target:
			move.hold_before, unit.hold = unit.hold, None
		if rejected and not v.is_return:
			unit.hold = f"Rejected: {v.name}"
		unit.moves.append(move)

	def cancel(self, v: Voucher) -> None:
		v.state = "Cancelled"
		if not v.moves_stock:
			for unit in self.units.values():
				for move in unit.moves:
					if move.invoice is v:
						move.invoice = None
			return
		self.changes = [change for change in self.changes if change.voucher is not v]
		for unit in self.units.values():
			while unit.last and unit.last.voucher is v:
				move = unit.moves.pop()
				if move.wrote_warranty:
					unit.warranty = move.warranty_before
				if move.wrote_end_of_life:
					unit.end_of_life = None
				unit.hold = move.hold_before or unit.hold
			if not unit.warehouse:
				unit.hold = None

	def correct(self, unit: Unit, new: str) -> None:
		"""The unit, and every document that names it, under another number."""
		old, new = key(unit.number), kept(new)

		def right(item: Item, numbers: Iterable[str]) -> Iterator[str]:
			return (new if item is unit.item and key(n) == old else n for n in numbers)

		def corrected(row: Row) -> Row:
			part = row.rejected and corrected(row.rejected)
			return replace(row, numbers=tuple(right(row.item, row.numbers)), rejected=part)

		for v in (*self.vouchers, *self.drafts):
			items = {no: row.item for no, row, _rejected in v.parts()}
			v.made = {no: list(right(items[no], numbers)) for no, numbers in v.made.items()}
			v.rows = [corrected(row) for row in v.rows]
		unit.name, unit.number = self.name_for(new, unit.item), new
		self.units = {self.identity(u.item, u.number): u for u in self.units.values()}

	def next_numbers(self, v: Voucher, reserve: bool = False) -> dict[int, list[str]]:
		"""What the series give to the rows without numbers: part → numbers."""
		counters = dict(self.counters)
		taken = {key(unit.number) for unit in self.units.values()}
		taken |= {key(n) for _no, row, _r in v.parts() if row.item.has_serial_no for n in row.numbers}
		wanted = []
		for no, row, _rejected in v.parts():
			item = row.item
			if (
				item.has_serial_no
				and item.series
				and not row.numbers
				and v.kind(row) in ("Received", "Produced")
			):
				parts = item.series.split(".")
				digits = next((p for p in parts if p.startswith("#")), "#####")
				words = [p for p in parts if p and not p.startswith("#")]
				prefix = "".join(f"{v.at:%Y}" if word == "YYYY" else word for word in words)
				wanted.append((prefix, len(digits), no, int(row.stock_qty)))
		made = {}
		for prefix, width, no, count in sorted(wanted, key=lambda w: w[0]):
			n, made[no] = counters.get(prefix, 0), []
			while len(made[no]) < count:
				n += 1
				number = f"{prefix}{n:0{width}d}"
				if key(number) not in taken:
					taken.add(key(number))
					made[no].append(number)
			counters[prefix] = n
		if reserve:
			self.counters = counters
		return made

	# ------------------------------------------------------------------ what is so

	def identity(self, item: Item, number: str) -> Any:
		return (item.code, key(number)) if self.per_item else key(number)

	def find(self, item: Item, number: str) -> Unit | None:
		return self.units.get(self.identity(item, number))

	def name_for(self, number: str, item: Item) -> str:
		"""Of the record: qualified with the item where a unit of another bears the number."""
		others = (u for u in self.units.values() if u.item is not item and key(u.number) == key(number))
		return f"{number} ({item.code})" if any(others) else number

	def stock(self) -> dict[tuple[str, str], float]:
		"""Item and warehouse → quantity, where there is any."""
		found: dict[tuple[str, str], Fraction] = {}
		for unit in self.units.values():
			if unit.warehouse:
				place = (unit.item.code, unit.warehouse)
				found[place] = found.get(place, 0) + 1
		for change in self.changes:
			place = (change.item.code, change.warehouse)
			found[place] = found.get(place, 0) + change.qty
		return {place: float(qty) for place, qty in found.items() if qty}

	def backwards(self) -> list[Voucher]:
		"""The submitted vouchers in an order in which each can be cancelled: credit notes and invoices that moved
		nothing first, then by posting time, and at the same time by submission, backwards."""
		standing = [v for v in self.vouchers if v.state == "Submitted"]
		return sorted(standing, key=lambda v: (not v.moves_stock, v.moves_stock and v.at.timestamp(), v.no))[
			::-1
		]


# ---------------------------------------------------------------------------------- commands → steps

POOL = ("A01", "A02", "A03", "A04", "A05", "A06", "a01", "É7", "e7", "T-002", "T-004", "U-3", "B/9")
SERIES = ("T-.###", "U-.#", "V.YYYY.-.##", "T-")
STEP = datetime.timedelta(hours=6)
RIGHT = ("C01", "c01", "C_1", "C%1", "C\\1", "É8", " e9 ", "E\u03019", "T-003", "T-011", "U-5", *POOL)
WRONG = ("", " ", "A<1", "A01, A02", "A01..A03", "x" * 101, "A\a1", "A01 +2")
# A failure that is kept names its actions by their place in here, so that this list stays as it is. Others go to
# LATER_ACTIONS, and a sequence says which of those it has.
ACTIONS = (
	*("receive",) * 6, *("deliver",) * 5, *("invoice",) * 2, *("bill",) * 2, *("credit",), *("enter",) * 8,
	*("return",) * 6, *("cancel",) * 6, *("amend",) * 3, *("hold",) * 2, "release", "series", "series",
)  # fmt: skip
LATER_ACTIONS = ("correct", "correct", "draft", "draft", "settings", "settings")  # 50 with the others


class Planner:
	"""Makes a voucher, or what else is to be done, of a command: a list of numbers from 0 to 99."""

	def __init__(
		self,
		model: Model,
		warehouses: list[str],
		suppliers: list[str],
		customers: list[str],
		later_actions: Iterable[str] = (),
	):
		self.model, self.warehouses = model, warehouses
		self.actions = (*ACTIONS, *later_actions)
		self.suppliers, self.customers = suppliers, customers
		self.clock = model.now - datetime.timedelta(days=20)
		self.numbers: Iterator[int] = iter(())

	def plan(self, command: list[int]) -> tuple[str, Any]:
		"""What to do, and with what: a Voucher to submit, keep, cancel or amend, units, an item, or settings."""
		self.numbers = iter(command)
		action = self.one_of(self.actions)
		self.clock += STEP
		blank = self.next() if self.model.settings["auto_pick_serial_nos"] else 0
		subject = getattr(self, f"plan_{action}")()
		if subject is None:
			return "nothing", None
		if isinstance(subject, Voucher) and subject.state == "Draft" and not (subject.amends or subject.name):
			subject = self.twisted(subject)
			return "draft" if action == "draft" else "submit", self.blanked(subject, blank)
		return "finish" if action == "draft" else action, subject

	def next(self) -> int:
		return next(self.numbers, 0)

	def one_of(self, choices):
		return choices[self.next() % len(choices)] if choices else None

	def moment(self) -> datetime.datetime:
		"""Mostly now; now and then earlier, or at the same time as the step before."""
		back = self.next()
		return self.clock - STEP * (back - 85 if back > 85 else 1 if back > 75 else 0)

	# ------------------------------------------------------------------ vouchers

	def plan_receive(self):
		rows = [self.inward_row() for _n in range(1 + (self.next() > 80))]
		if self.next() > 80:
			part = replace(self.inward_row(), item=rows[0].item, in_boxes=rows[0].in_boxes)
			part = self.fitted(part) if part.item.has_serial_no else replace(part, numbers=())
			rows[0] = replace(rows[0], rejected=part)
		return Voucher("Purchase Receipt", rows, self.moment(), party=self.one_of(self.suppliers))

	def plan_deliver(self):
		return Voucher("Delivery Note", self.outward_rows(), self.moment(), party=self.one_of(self.customers))

	def plan_invoice(self):
		return Voucher("Sales Invoice", self.outward_rows(), self.moment(), party=self.one_of(self.customers))

	def plan_bill(self):
		"""An invoice of what a Delivery Note has delivered."""
		note = self.one_of([v for v in self.recent() if v.doctype == "Delivery Note"])
		if not note:
			return None
		row = self.one_of(note.rows)
		line = Row(row.item, row.qty, numbers=self.some(row.numbers), in_boxes=row.in_boxes, note=note)
		return Voucher(
			"Sales Invoice", [self.fitted(line)], self.moment(), party=note.party, update_stock=False
		)

	def plan_credit(self):
		"""A return of an invoice that moved nothing."""
		bill = self.one_of([v for v in self.recent() if not v.moves_stock and not v.is_return])
		if not bill:
			return None
		rows = [replace(row, note=None) for row in bill.rows]
		return Voucher(
			"Sales Invoice", rows, self.moment(), party=bill.party, is_return=True, against=bill,
			update_stock=False,
		)  # fmt: skip

	def plan_enter(self):
		purpose = self.one_of((
			"Material Receipt", "Material Issue", "Material Transfer", "Material Transfer", "Manufacture", "Repack",
			"Repack", "Issue for Use", "Return from Use",
		))  # fmt: skip
		if purpose == "Material Receipt":
			rows = [self.inward_row()]
		elif purpose == "Return from Use":
			used = [u for u in self.model.units.values() if u.last and u.last.kind == "Issued for Use"]
			unit = self.one_of(used) or self.one_of(list(self.model.units.values()))
			if not unit:
				return None
			rows = [Row(unit.item, Fraction(1), target=self.one_of(self.warehouses), numbers=(unit.number,))]
		else:
			rows = self.outward_rows()
			if purpose == "Material Transfer":
				rows = [replace(row, target=self.one_of(self.warehouses)) for row in rows]
			if purpose in ("Manufacture", "Repack"):
				rows.append(self.inward_row())
				if self.next() > 60:  # the same units come out again
					rows[-1] = replace(rows[0], source=None, target=self.one_of(self.warehouses))
		return Voucher("Stock Entry", rows, self.moment(), purpose=purpose)

	def plan_return(self):
		source = self.one_of(
			[v for v in self.recent() if v.moves_stock and v.doctype != "Stock Entry" and not v.is_return]
		)
		if not source:
			return None
		rows = []
		for no, row, _rejected in source.parts():
			if rows and self.next() > 40:
				continue
			numbers = self.some(row.numbers or tuple(source.made.get(no, ())))
			here = row.source or row.target
			if source.doctype == "Purchase Receipt":
				unit = self.model.find(row.item, numbers[0]) if numbers else None
				back = Row(row.item, row.qty, source=(unit and unit.warehouse) or here, numbers=numbers)
			else:
				back = Row(row.item, row.qty, target=here, numbers=numbers)
			rows.append(self.fitted(replace(back, in_boxes=row.in_boxes)))
		against = None if self.next() > 85 else source
		return Voucher(
			source.doctype, rows, self.moment(), party=source.party, is_return=True, against=against
		)

	def plan_cancel(self):
		return self.one_of([v for v in self.recent() if v.state == "Submitted"])

	def plan_amend(self):
		cancelled = [v for v in self.model.vouchers if v.state == "Cancelled"]
		amended = {id(v.amends) for v in self.model.vouchers if v.amends}
		old = self.one_of([v for v in cancelled if id(v) not in amended][::-1])
		if not old:
			return None
		rows, no = [], 0
		for row in old.rows:  # numbers that the series gave stand in its rows now
			if row.qty or row.numbers or not row.rejected:
				row = replace(row, numbers=row.numbers or tuple(old.made.get(no, ())))
				no += 1
			if row.rejected:
				part = row.rejected
				row = replace(
					row, rejected=replace(part, numbers=part.numbers or tuple(old.made.get(no, ())))
				)
				no += 1
			rows.append(row)
		return replace(old, rows=rows, amends=old, name=None, state="Draft", made={})

	def plan_draft(self):
		"""A draft to be kept, or one that is, to be submitted at last."""
		if self.model.drafts and self.next() > 40:
			return self.one_of(self.model.drafts[::-1])
		return self.plan_deliver() if self.next() > 50 else self.plan_enter()

	# ------------------------------------------------------------------ what else is done

	def plan_correct(self):
		"""A unit and its right number, which now and then is none, or that of another."""
		units = list(self.model.units.values())[::-1]
		if not units:
			return None
		unit, other = self.one_of(units), self.one_of(units)
		if self.next() > 50:  # one that a document names which moves nothing: a draft, or what was cancelled
			silent = [*self.model.drafts, *(v for v in self.model.vouchers if v.state == "Cancelled")][::-1]
			named = [self.model.find(row.item, n) for v in silent[:6] for row in v.rows for n in row.numbers]
			unit = self.one_of([u for u in named if u]) or unit
		which = self.next()
		if which < 60:
			return unit, self.one_of(RIGHT)
		if which < 70:
			return unit, unit.number.swapcase()
		if which < 80:
			return unit, other.number
		if which < 90:
			names = [u.name for u in units if u.name != u.number]
			return unit, self.one_of(names) or unit.number
		return unit, self.one_of(WRONG)

	def plan_settings(self):
		if self.next() < 50:
			return {
				"auto_pick_serial_nos": int(self.next() < 75),
				"pick_serial_nos_based_on": self.one_of(("FIFO", "LIFO", "End of Life")),
			}
		days = self.one_of((None, 0, 1, 2, 3))
		return {
			"stock_frozen_upto": None if days is None else self.clock.date() - datetime.timedelta(days=days),
			"role_allowed_for_frozen_stock": self.one_of((None, ROLE, OTHER_ROLE)),
		}

	def plan_hold(self):
		units = sorted(self.model.units.values(), key=lambda u: not u.warehouse)
		return [units[self.next() % len(units)], units[0]] if units else None

	def plan_release(self):
		held = [unit for unit in self.model.units.values() if unit.hold]
		return held[: 1 + self.next() % 3] or None

	def plan_series(self):
		return self.one_of([i for i in self.model.items if i.series]), self.one_of(SERIES)

	# ------------------------------------------------------------------ rows

	def recent(self) -> list[Voucher]:
		return self.model.vouchers[:-12:-1]

	def some(self, numbers: tuple[str, ...]) -> tuple[str, ...]:
		"""All of them, or the first or the last."""
		which = self.next()
		return numbers if which < 60 else numbers[:1] if which < 80 else numbers[-1:]

	def inward_row(self) -> Row:
		item, target = self.one_of(self.model.items), self.one_of(self.warehouses)
		if not item.has_serial_no:
			qty = Fraction(1 + self.next() % 6, 1 if item.whole else 4)
			return Row(item, qty, target=target, in_boxes=item.whole and self.next() > 70)
		if item.series and self.next() > 30:
			return Row(item, Fraction(1 + self.next() % 3), target=target)
		pool = POOL[self.next() % len(POOL) :] + POOL
		row = Row(item, Fraction(0), target=target, numbers=pool[: 1 + self.next() % 3])
		return self.fitted(replace(row, in_boxes=self.next() > 80))

	def outward_rows(self) -> list[Row]:
		rows = [self.outward_row()]
		if self.next() > 75:
			other = self.outward_row()
			if not set(other.numbers) & set(rows[0].numbers) or self.next() > 80:
				rows.append(other)
		return rows

	def outward_row(self) -> Row:
		stock = sorted(self.model.stock().items())
		if not stock:
			return Row(
				self.one_of(self.model.items),
				Fraction(1),
				source=self.one_of(self.warehouses),
				numbers=("A01",),
			)
		(code, warehouse), qty = self.one_of(stock)
		item = next(i for i in self.model.items if i.code == code)
		if not item.has_serial_no:
			share = Fraction(qty) * (1 if self.next() > 70 else Fraction(1, 2))
			if share.denominator > FINEST:
				share = Fraction(qty)
			return Row(item, share if not item.whole else Fraction(max(int(share), 1)), source=warehouse)
		here = sorted(
			u.number for u in self.model.units.values() if u.item is item and u.warehouse == warehouse
		)
		start = self.next() % len(here)
		row = Row(
			item, Fraction(0), source=warehouse, numbers=tuple(here[start : start + 1 + self.next() % 3])
		)
		return self.fitted(replace(row, in_boxes=self.next() > 80))

	def fitted(self, row: Row) -> Row:
		"""With the quantity that its numbers ask for."""
		if not row.numbers or not row.item.has_serial_no:
			return row
		return replace(row, qty=Fraction(len(row.numbers), BOX if row.in_boxes else 1))

	def blanked(self, v: Voucher, how: int) -> Voucher:
		"""The voucher, or one that leaves open which units go out; now and then more than there are."""
		if how < 40 or v.is_return:
			return v
		more = 3 if how > 90 else 0
		rows = [
			replace(row, numbers=(), qty=row.qty + more) if row.source and row.item.has_serial_no else row
			for row in v.rows
		]
		return replace(v, rows=rows)

	def twisted(self, v: Voucher) -> Voucher:
		"""The voucher, or one that is wrong in one place."""
		twist, row = self.next(), v.rows[0]
		if twist < 75 or v.amends:
			return v
		other = self.one_of(self.warehouses)
		number = self.one_of(POOL)
		if twist < 79:
			row = replace(row, source=row.source and other, target=row.target and other)
		elif twist < 83 and row.numbers:
			row = self.fitted(replace(row, numbers=(*row.numbers, number)))
		elif twist < 85:
			row = replace(row, qty=row.qty + 1)
		elif twist < 87:
			row = replace(row, qty=-row.qty)
		elif twist < 89:
			row = replace(row, qty=row.qty + Fraction(1, 4))
		elif twist < 91:
			row = self.fitted(replace(row, numbers=(number,)))
		elif twist < 93:
			row = replace(row, numbers=())
		elif twist < 95:
			row = replace(row, item=self.one_of(self.model.items), in_boxes=False)
		elif twist < 96:
			v = replace(v, at=self.model.now + datetime.timedelta(days=2))
		elif twist < 98 and v.party:
			v = replace(v, party=self.one_of(self.suppliers if v.party in self.suppliers else self.customers))
		elif v.against:
			others = [w for w in self.model.vouchers if w.doctype == v.doctype and w.moves_stock]
			v = replace(v, against=self.one_of(others))
		if row.rejected and row.item is not row.rejected.item:
			row = replace(row, rejected=None)
		elif row.rejected:  # one unit of measure for both parts
			row = replace(row, rejected=replace(row.rejected, in_boxes=row.in_boxes))
		return replace(v, rows=[row, *v.rows[1:]])
