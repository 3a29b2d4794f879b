"""Which units to take: FIFO, LIFO or those that expire first (DOMAIN 5)."""

import datetime
from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import escape_html
from pypika import CustomFunction, Table
from pypika.queries import QueryBuilder

from serial_tracking.exceptions import SerialNoNotAvailableError
from serial_tracking.stock import entry_text
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.voucher import Posting

FIFO, LIFO, END_OF_LIFE = "FIFO", "LIFO", "End of Life"
BASES = (FIFO, LIFO, END_OF_LIFE)

IN_TEXT = CustomFunction("INSTR", ["text", "part"])  # no pattern: numbers have _ and % in them


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
	query = _free(table, item_code, warehouse, posting_date).select(table.serial_no).limit(qty + len(taken))
	query = _in_order(query, table, based_on)
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


def offer(
	item_code: str,
	warehouse: str,
	based_on: str,
	posting_date: datetime.date,
	search: str = "",
	start: int = 0,
	page_length: int = 200,
) -> tuple[int, list[dict[str, Any]]]:
	"""How many units may be delivered from a warehouse on a day, and a page of them in the order of `pick`.

	:param search: those whose number has this in it, however it is written
	Each has `serial_no`, `purchase_date` and `end_of_life_date`. Two statements.
	"""
	table = frappe.qb.DocType("Serial No")
	free = _free(table, item_code, warehouse, posting_date)
	if part := serial_number.key(serial_number.normalise(search)):
		free = free.where(IN_TEXT(table.serial_key, part) > 0)
	((total,),) = free.select(Count("*")).run()
	page = free.select(table.serial_no, table.purchase_date, table.end_of_life_date)
	page = _in_order(page, table, based_on).limit(page_length).offset(start)
	return total, page.run(as_dict=True)


def _free(table: Table, item_code: str, warehouse: str, posting_date: datetime.date) -> QueryBuilder:
	"""The units that may be delivered from a warehouse on a day."""
	return (
		frappe.qb.from_(table)
		.where((table.item_code == item_code) & (table.warehouse == warehouse) & (table.on_hold == 0))
		.where(table.end_of_life_date.isnull() | (table.end_of_life_date >= posting_date))
	)


def _in_order(query: QueryBuilder, table: Table, based_on: str) -> QueryBuilder:
	# by the key: the order of names depends on the database, which may put a01 behind B1
	came = (table.purchase_date, table.purchase_time, table.serial_key)
	order = {
		FIFO: [(field, None) for field in came],
		LIFO: [(field, frappe.qb.desc) for field in came],
		# NULLs sort first on some databases: what never expires comes last everywhere
		END_OF_LIFE: [
			(table.end_of_life_date.isnull(), None),
			(table.end_of_life_date, None),
			*((field, None) for field in came),
		],
	}[based_on]
	for field, direction in order:
		query = query.orderby(field, order=direction) if direction else query.orderby(field)
	return query


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
