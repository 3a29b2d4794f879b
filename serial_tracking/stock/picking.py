"""Which units to take: FIFO, LIFO or those that expire first (DOMAIN 5)."""

import datetime
from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import escape_html

from serial_tracking.exceptions import SerialNoNotAvailableError
from serial_tracking.stock import entry_text
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.voucher import Posting

FIFO, LIFO, END_OF_LIFE = "FIFO", "LIFO", "End of Life"
BASES = (FIFO, LIFO, END_OF_LIFE)


def pick(
	item_code: str,
	warehouse: str,
	qty: int,
	based_on: str,
	posting_date: datetime.date,
	taken: frozenset[str] = frozenset(),
) -> list[str]:
	"""Numbers of `qty` units that may be delivered from a warehouse on a day, none of them reserved.

	:param based_on: FIFO and LIFO go by the day and time of the purchase, End of Life by the date of the unit and
		then as FIFO; units alike follow each other by number, in whatever case it is written
	:param taken: numbers to leave out, however they are written
	Raises SerialNoNotAvailableError if there are fewer.
	"""
	table = frappe.qb.DocType("Serial No")
	desc = frappe.qb.desc
	# by the key: the order of names depends on the database, which may put a01 behind B1
	came = (table.purchase_date, table.purchase_time, table.serial_key)
	order = {
		FIFO: [(field, None) for field in came],
		LIFO: [(field, desc) for field in came],
		# NULLs sort first on some databases: what never expires comes last everywhere
		END_OF_LIFE: [
			(table.end_of_life_date.isnull(), None),
			(table.end_of_life_date, None),
			*((field, None) for field in came),
		],
	}[based_on]
	query = (
		frappe.qb.from_(table)
		.select(table.serial_no)
		.where((table.item_code == item_code) & (table.warehouse == warehouse) & (table.on_hold == 0))
		.where(table.end_of_life_date.isnull() | (table.end_of_life_date >= posting_date))
		.limit(qty + len(taken))
	)
	for field, direction in order:
		query = query.orderby(field, order=direction) if direction else query.orderby(field)
	keys = {serial_number.key(number) for number in taken}
	numbers = [number for (number,) in query.run() if serial_number.key(number) not in keys][:qty]
	if len(numbers) < qty:
		frappe.throw(
			_("{0}: {1} units are wanted, {2} are available in {3}").format(
				escape_html(item_code), qty, len(numbers), escape_html(warehouse)
			),
			SerialNoNotAvailableError,
		)
	return numbers


def pick_for(posting: Posting) -> dict[int, list[str]]:
	"""Numbers for the rows that take units out and name none, by row `no`. A row that finds too few gets none."""
	taken: dict[tuple[str, str | None], set[str]] = defaultdict(set)
	for row in posting.rows:
		taken[row.item_code, row.from_warehouse].update(
			row.entry.numbers() if row.entry.count <= entry_text.MOST_UNITS else ()
		)
	found = {}
	for row in posting.rows:
		item = posting.items[row.item_code]
		wanted = int(row.stock_qty)
		if (
			not (item.has_serial_no and row.outward)
			or row.entry.count
			or wanted != row.stock_qty
			or wanted < 1
		):
			continue
		here = taken[row.item_code, row.from_warehouse]
		based_on = posting.settings.pick_serial_nos_based_on or FIFO
		try:
			numbers = pick(
				row.item_code, row.from_warehouse, wanted, based_on, posting.posting_date, frozenset(here)
			)
		except SerialNoNotAvailableError:
			continue  # said at the submit, with all else that is missing
		here.update(numbers)
		found[row.no] = numbers
	return found
