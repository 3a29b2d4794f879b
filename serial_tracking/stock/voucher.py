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
	"""One voucher row as the engine sees it. Quantities: `qty` in `uom`, `stock_qty` in stock units."""

	idx: int
	name: str
	item_code: str
	qty: float
	uom: str | None
	stock_qty: float
	move_type: str
	from_warehouse: str | None
	to_warehouse: str | None
	rate: float  # of one stock unit that comes in; ignored for what goes out
	entry: entry_text.Entry
	unit_details: Mapping[str, Mapping[str, Any]]  # number → what is known of the unit besides
	source: Mapping[str, Any]  # the row's fields, for tokens of the series

	@property
	def inward(self) -> bool:
		return bool(self.to_warehouse and not self.from_warehouse)

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
	now: datetime.datetime = field(default_factory=now_datetime)
	settings: Any = None
	items: dict[str, Any] = field(default_factory=dict)
	whole_uoms: set[str] = field(default_factory=set)
	foreign_gtins: list[tuple[Row, str, str]] = field(default_factory=list)
	moves: list[UnitMove] = field(default_factory=list)
	found: dict[str, list[units.Unit]] = field(default_factory=dict)
	balances: dict[valuation.Place, valuation.Balance] = field(default_factory=dict)
	entries: list[valuation.Entry] = field(default_factory=list)
	rates: dict[int, float] = field(default_factory=dict)  # row idx → value of one stock unit moved

	@property
	def posting_date(self) -> datetime.date:
		return self.posting_datetime.date()

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
