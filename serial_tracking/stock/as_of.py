"""Units as they were at the end of a day: a query that reports select from.

What a unit says today is in its record, and no ledger is read. For a day in the past a unit that has not moved since
is still what its record says; of the others the latest move up to that day decides, as in `ledger.apply`: each fact of
place, party and status follows from that one move, only the purchase needs those before it (`facts` folds them all).
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce
from frappe.utils import getdate, now_datetime
from pypika import Case
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, Term

from serial_tracking.stock import bulk, ledger, status

LEDGER = "Serial No Ledger Entry"
# facts that are columns of the latest move
OF_THE_MOVE = {
	"warehouse": "to_warehouse",
	"custodian": "custodian",
	"location": "location",
	"valuation_rate": "rate",
	"last_voucher_type": "voucher_type",
	"last_voucher_no": "voucher_no",
	"last_posting_datetime": "posting_datetime",
}
# facts that it has while the unit is delivered
WHILE_DELIVERED = {
	"customer": "party",
	"customer_name": "party_name",
	"delivery_document_type": "voucher_type",
	"delivery_document_no": "voucher_no",
	"sales_invoice": "sales_invoice",
}


def end_of(day: datetime.date) -> datetime.datetime:
	"""The last moment of a day."""
	return datetime.datetime.combine(day, datetime.time.max)


class Units:
	"""The units that were known at the end of a day.

	`units["warehouse"]` is what a field of Serial No said then, as a term of `units.query`; other tables may be joined
	to that. A field that is neither in the ledger nor the calendar's is as it is today: a hold is no move, so a unit
	that is held counts as held since its latest move.
	"""

	def __init__(self, day: datetime.date | str | None = None):
		today = now_datetime().date()
		self.day = getdate(day) if day else today
		self.past, self.future = self.day < today, self.day > today
		self.end = end_of(self.day)
		self.unit = frappe.qb.DocType("Serial No")
		self.query: QueryBuilder = frappe.qb.from_(self.unit)
		self._terms: dict[str, Term] = {}
		if self.past:
			self._join_latest_move()
		if self.past or self.future:
			self._terms["status"] = self._status()

	def __getitem__(self, field: str) -> Term:
		return self._terms.get(field) or self.unit[field]

	def __setitem__(self, field: str, term: Term) -> None:
		self._terms[field] = term

	def where(self, condition: Criterion) -> None:
		self.query = self.query.where(condition)

	def join_move(self, alias: str, *, after: bool = False, having: str | None = None) -> Table:
		"""Left join the latest move up to the day, or the first one after it, of the units that have moved since.

		:param having: only moves count that have a value in this column
		"""
		joined, moves = (frappe.qb.DocType(LEDGER, alias=name) for name in (alias, f"{alias}_moves"))
		at = moves.posting_datetime
		# by name: MariaDB reads the moves backwards and stops at the first that fits
		wanted = (
			frappe.qb.from_(moves)
			.select(moves.name)
			.where((moves.serial_no == self.unit.name) & (moves.is_cancelled == 0))
			.where(at > self.end if after else at <= self.end)
			.orderby(moves.move_no, order=frappe.qb.asc if after else frappe.qb.desc)
			.limit(1)
		)
		if having:
			wanted = wanted.where(moves[having].notnull())
		self.query = self.query.left_join(joined).on(self.moved & (joined.name == wanted))
		return joined

	@property
	def moved(self) -> Criterion:
		"""Has the unit moved since the day?"""
		return self.unit.last_posting_datetime > self.end

	def _join_latest_move(self) -> None:
		move = self.move = self.join_move("latest")
		delivered = self.moved & (move.move_type == "Delivered")
		for fact, column in OF_THE_MOVE.items():
			self._terms[fact] = Case().when(self.moved, move[column]).else_(self.unit[fact])
		for fact, column in WHILE_DELIVERED.items():
			self._terms[fact] = (
				Case().when(delivered, move[column]).when(self.moved, None).else_(self.unit[fact])
			)
		self._terms["last_warehouse"] = (
			Case()
			.when(self.moved, Coalesce(move.to_warehouse, move.from_warehouse))
			.else_(self.unit.last_warehouse)
		)
		# a record made by hand is known before it moves
		known = (self.unit.last_posting_datetime <= self.end) | (self.unit.creation <= self.end)
		self.where(known | move.name.notnull())

	def _status(self) -> Term:
		"""As `ledger.status_after`."""
		here = self["warehouse"].notnull() & (self["warehouse"] != "")
		held = self.unit.on_hold == 1
		term = Case()
		if self.past:
			term = term.when(self.moved & self.move.name.isnull(), status.INACTIVE)
			held &= self.unit.last_posting_datetime <= self.end
		term = (
			term.when(here & held, status.ON_HOLD)
			.when(here & (self.unit.end_of_life_date < self.day), status.EXPIRED)
			.when(here, status.AVAILABLE)
		)
		if self.past:
			for move_type, after in status.STATUS_AFTER_LEAVING.items():
				term = term.when(self.moved & (self.move.move_type == move_type), after)
		return term.else_(self.unit.status)


def facts(names: Iterable[str], day: datetime.date | str) -> dict[str, dict[str, Any]]:
	"""All that the ledger said of units at the end of a day, by record name: the fold of their moves up to then.

	A statement for each 2,500 units.
	"""
	end = end_of(getdate(day))
	moves = defaultdict(list)
	columns = ("serial_no", "move_no", *ledger.MOVE_FIELDS)
	for move in bulk.select(
		LEDGER, columns, "serial_no", names, where={"is_cancelled": 0}, order_by="move_no"
	):
		if move["posting_datetime"] <= end:
			moves[move["serial_no"]].append(move)
	return {name: ledger.derive(moves[name]) for name in names}
