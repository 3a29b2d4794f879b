"""A voucher in the words of the engine: its rows, the moves of single units, and what is known of them."""

import datetime
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from frappe.utils import now_datetime

from serial_tracking.stock import entry_text, units, valuation


@dataclass(slots=True)
class Row:
	"""A voucher row as the engine sees it, or the rejected part of one.

	Quantities: `qty` in `uom`, `stock_qty` in stock units; above zero in a return too.
	"""

	no: int  # tells the rows of a posting apart
	idx: int  # of the voucher row, for messages
	name: str  # of the voucher row, for the ledgers
	item_code: str
	qty: float
	uom: str | None
	stock_qty: float
	move_type: str  # of Serial No Ledger Entry; "Invoiced": moves nothing; "": does not concern units
	from_warehouse: str | None
	to_warehouse: str | None
	rate: float  # of one stock unit that comes in; ignored for what goes out
	entry: entry_text.Entry
	unit_details: Mapping[str, Mapping[str, Any]]  # number → what is known of the unit besides
	source: Mapping[str, Any]  # the row's fields, for tokens of the series
	serial_no_field: str = "serial_no"  # of the voucher row: where its numbers stand
	hold_reason: str | None = None  # why its units are held once they are in
	used_for: str | None = None  # name of the unit that what leaves is built into

	@property
	def inward(self) -> bool:
		return bool(self.to_warehouse and not self.from_warehouse)

	@property
	def wants_known_units(self) -> bool:
		"""Does it take units that are recorded already?"""
		return self.outward or self.brings_back or self.move_type == "Invoiced"

	@property
	def brings_back(self) -> bool:
		"""Do units come in that must have gone out before?"""
		return self.move_type in ("Returned", "Returned from Use")

	@property
	def outward(self) -> bool:
		return bool(self.from_warehouse)


@dataclass(slots=True)
class UnitMove:
	"""One unit going through one row."""

	row: Row
	number: str
	key: str
	identity: Any  # equal for the same unit
	unit: units.Unit | None = None  # its record, None for a unit not known yet


@dataclass(slots=True)
class Posting:
	"""A voucher on its way through the engine."""

	voucher_type: str
	voucher_no: str
	posting_datetime: datetime.datetime
	rows: list[Row]
	source: Mapping[str, Any]  # the voucher's fields, for tokens of the series
	party_type: str | None = None
	party: str | None = None
	party_name: str | None = None
	may_reproduce: bool = False  # Manufacture, Repack: a unit may go out and come in again
	is_return: bool = False
	return_against: str | None = None  # the voucher, of the same type, whose units come back
	custodian: str | None = None
	location: str | None = None
	sales_invoice: str | None = None  # which invoices what it delivers
	carried_warranty: datetime.date | None = None  # of what it replaces, for the unit that it delivers
	now: datetime.datetime = field(default_factory=now_datetime)
	settings: Any = None
	items: dict[str, Any] = field(default_factory=dict)
	whole_uoms: set[str] = field(default_factory=set)
	foreign_gtins: list[tuple[Row, str, str]] = field(default_factory=list)
	moves: list[UnitMove] = field(default_factory=list)
	refused: set[int] = field(default_factory=set)  # ids of the moves that break a rule
	found: dict[str, list[units.Unit]] = field(default_factory=dict)
	served: dict[str, units.Unit] = field(default_factory=dict)  # that parts are used for, by name
	balances: dict[valuation.Place, valuation.Balance] = field(default_factory=dict)
	entries: list[valuation.Entry] = field(default_factory=list)
	rates: dict[int, float] = field(default_factory=dict)  # row no → value of one stock unit moved
	came_in_on_source: set[str] = field(default_factory=set)  # units that the returned voucher brought in
	returnable: dict[str, float] = field(
		default_factory=dict
	)  # item → what is not yet returned, in stock units
	return_rates: dict[str, float] = field(default_factory=dict)  # item → at which value it went out
	visible_warehouses: set[str] | None = None  # None: the user may see all

	@property
	def posting_date(self) -> datetime.date:
		return self.posting_datetime.date()

	def may_see(self, unit: Mapping[str, Any]) -> bool:
		"""May the user know where a unit is and by which voucher it came there?"""
		return units.may_see(unit, self.visible_warehouses)

	def units_served(self) -> set[str]:
		"""Names of the units that its parts are built into."""
		return {row.used_for for row in self.rows if row.used_for}

	def stock_rows(self) -> list[Row]:
		"""The rows that move stock."""
		return [row for row in self.rows if self.items[row.item_code].is_stock_item]

	def stock_changes(self) -> dict[valuation.Place, float]:
		"""The net change of quantity in each item and warehouse."""
		changes: dict[valuation.Place, float] = defaultdict(float)
		for row in self.stock_rows():
			if row.from_warehouse:
				changes[(row.item_code, row.from_warehouse)] -= row.stock_qty
			if row.to_warehouse:
				changes[(row.item_code, row.to_warehouse)] += row.stock_qty
		return changes
