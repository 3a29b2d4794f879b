"""The one way of every voucher through the engine: decide first (`prepare`), write last (`write`).

A voucher controller describes its rows (`voucher.Row`) and asks `prepare` in before_submit: it reads and locks
what the rows concern, checks all rules at once and reserves numbers. `write` in on_submit writes everything at
once. Both are bulk: no query per unit. The way back is `cancelling`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, getdate

from serial_tracking import exceptions as exc
from serial_tracking.stock import bulk, gtin, ledger, repricing, rules, series, status, units, valuation
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.naming import ledger_names
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.reasons import shown_value
from serial_tracking.stock.voucher import Posting, Row, UnitMove


def check_draft(posting: Posting) -> None:
	"""What a draft must fulfil to be saved: its text is understood and not endless, its GTINs fit.

	Raises SerialNoFormatError, SerialNoLimitError or SerialNoItemError.
	"""
	load_items(posting)
	rules.enforce(posting, rules.TEXT, only=(rules.text_is_understood, rules.units_are_within_the_limit))
	rules.enforce(posting, rules.UNITS, only=(rules.unit_is_of_the_item,))


def check(posting: Posting) -> list[dict[str, Any]]:
	"""What `prepare` would refuse now, of all rules at once (see `rules.collect`); locks and writes nothing."""
	load_items(posting)
	problems = rules.collect(posting, rules.TEXT)
	if rules.are_too_many(problems):
		return problems
	load_units(posting, lock=False)
	problems += rules.collect(posting, rules.UNITS)
	posting.balances = valuation.read_balances(set(posting.stock_changes()), posting.posting_datetime)
	_load_returned(posting, lock=False)
	problems += rules.collect(posting, rules.STOCK)
	for row in _rows_without_numbers(posting):
		try:
			_demand(posting, row)
		except exc.SerialNoSeriesError as e:
			problems.append(rules.as_problem(exc.SerialNoSeriesError, _("Series Invalid"), str(e), row))
	return problems


def check_units(posting: Posting) -> list[dict[str, Any]]:
	"""What `prepare` would refuse of the items and units that the rows name, quantities and dates left aside; locks
	and writes nothing."""
	load_items(posting)
	problems = rules.collect(
		posting, rules.TEXT, only=(rules.item_is_active, rules.text_is_understood, rules.serials_are_wanted)
	)
	load_units(posting, lock=False)
	return problems + rules.collect(posting, rules.UNITS)


# ---------------------------------------------------------------------------------- deciding


def prepare(posting: Posting) -> dict[int, list[str]]:
	"""Check all rules of DOMAIN 6 in their order, lock what is concerned, and reserve numbers.

	Returns the numbers made from a series, by the row's `no`. Raises the class of the first broken rule, or
	StockBusyError where the database ended a lost race. Writes nothing but the counters of the series.
	"""
	with told_plainly():
		bulk.begin_writing()
		load_items(posting)
		rules.enforce(posting, rules.TEXT)
		load_units(posting)
		rules.enforce(posting, rules.UNITS)
		posting.balances = valuation.lock_balances(set(posting.stock_changes()), posting.posting_datetime)
		_load_returned(posting)
		rules.enforce(posting, rules.STOCK)
		made = _reserve_numbers(posting)
		_value(posting)
		return made


def load_items(posting: Posting) -> None:
	"""Read the settings and what the rules ask of the items."""
	if posting.items:
		return
	posting.settings = frappe.get_cached_doc("Serial Tracking Settings")
	posting.visible_warehouses = units.visible_warehouses()
	item = frappe.qb.DocType("Item")
	codes = sorted({row.item_code for row in posting.rows})
	found = (
		frappe.qb.from_(item)
		.select(
			item.name, item.item_name, item.item_group, item.brand, item.description, item.stock_uom,
			item.is_stock_item, item.has_serial_no, item.serial_no_series, item.warranty_period,
			item.shelf_life_in_days, item.end_of_life, item.disabled,
		)
		.where(item.name.isin(codes))
		.orderby(item.name)
		.run(as_dict=True)
	)  # fmt: skip
	posting.items = {row.name: row for row in found}
	if missing := [code for code in codes if code not in posting.items]:
		shown = ", ".join(shown_value(code) for code in missing)
		frappe.throw(_("Could not find {0}").format(f"{_('Item')}: {shown}"), frappe.LinkValidationError)
	uom = frappe.qb.DocType("UOM")
	uoms = sorted({u for row in posting.rows for u in (row.uom, posting.items[row.item_code].stock_uom) if u})
	whole = frappe.qb.from_(uom).select(uom.name).where(uom.name.isin(uoms) & (uom.must_be_whole_number == 1))
	posting.whole_uoms = {name for (name,) in whole.orderby(uom.name).run()}
	_check_gtins(posting)


def _check_gtins(posting: Posting) -> None:
	scanned = [(row, s) for row in posting.rows for s in row.entry.scanned if s.gtin]
	if not scanned:
		return
	known = gtin.recorded({row.item_code for row, _s in scanned})
	posting.foreign_gtins = [
		(row, s.number, s.gtin) for row, s in scanned if (row.item_code, s.gtin) not in known
	]


def load_units(posting: Posting, lock: bool = True) -> None:
	"""Find and lock the units that the rows name, and set the moves."""
	per_item = units.unique_per_item()
	for row in posting.rows:
		if not posting.items[row.item_code].has_serial_no or not row.move_type:
			continue
		posting.moves.extend(_unit_move(row, text, per_item) for text in row.entry.numbers())
	posting.found, posting.served = units.find_with(
		{move.key for move in posting.moves}, posting.units_served(), lock=lock
	)
	for move in posting.moves:
		move.unit = units.pick(posting.found.get(move.key, []), move.row.item_code, per_item)
	if posting.return_against and any(move.row.outward for move in posting.moves):
		names = {move.unit["name"] for move in posting.moves if move.unit}
		posting.came_in_on_source = ledger.units_of(
			units.moves_of(names), posting.voucher_type, posting.return_against
		)


def _load_returned(posting: Posting, lock: bool = True) -> None:
	"""Of items without serials: how much may still come back, and at which value it went."""
	counted = sorted(
		{r.item_code for r in posting.stock_rows() if not posting.items[r.item_code].has_serial_no}
	)
	if posting.return_against and counted:
		posting.returnable, posting.return_rates = valuation.outstanding(
			posting.voucher_type, posting.return_against, counted, lock
		)


def _unit_move(row: Row, text: str, per_item: bool) -> UnitMove:
	key = serial_number.key(text)
	return UnitMove(row, text, key, (row.item_code, key) if per_item else key)


def _rows_without_numbers(posting: Posting) -> list[Row]:
	"""The rows whose units get their numbers from the series."""
	return [
		row
		for row in posting.rows
		if posting.items[row.item_code].has_serial_no
		and row.inward
		and not row.brings_back
		and not row.entry.count
		and posting.items[row.item_code].serial_no_series
	]


def _demand(posting: Posting, row: Row) -> series.Demand:
	item = posting.items[row.item_code]
	sources = (row.source, posting.source, item)
	return series.demand(item.serial_no_series, cint(row.stock_qty), posting.posting_date, sources)


def _reserve_numbers(posting: Posting) -> dict[int, list[str]]:
	rows = _rows_without_numbers(posting)
	if not rows:
		return {}
	demands = [_demand(posting, row) for row in rows]
	per_item = units.unique_per_item()
	made = series.reserve(demands, {move.key for move in posting.moves})
	for row, numbers in zip(rows, made, strict=True):
		posting.moves.extend(_unit_move(row, text, per_item) for text in numbers)
	return {row.no: numbers for row, numbers in zip(rows, made, strict=True)}


# ---------------------------------------------------------------------------------- writing


def write(posting: Posting) -> None:
	"""Write a prepared voucher: units, both ledgers, bins. Raises SerialNoDuplicateError where another
	request has just recorded one of the new numbers, and StockBusyError for a lost race."""
	with told_plainly():
		_write_units(posting)
		valuation.write(
			posting.entries,
			posting.balances,
			posting.voucher_type,
			posting.voucher_no,
			posting.posting_datetime,
		)
		counted = {item for item, _w in posting.balances if not posting.items[item].has_serial_no}
		repricing.write(valuation.moved_later(posting.balances) & counted, posting.posting_datetime)


def _value(posting: Posting) -> None:
	"""Set the stock ledger entries and the rate of each row.

	What goes out bears its units' own rates, or the average of the warehouse. What is produced without a rate
	shares what was consumed.
	"""
	stock = {place: [balance.qty_then, balance.value_then] for place, balance in posting.balances.items()}
	unit_values: dict[int, float] = defaultdict(float)
	for move in posting.moves:
		unit_values[move.row.no] += flt(_unit_rate(move))
	values: dict[int, float] = {}
	rows = posting.stock_rows()
	for row in rows:
		place = (row.item_code, row.from_warehouse or row.to_warehouse)
		if posting.items[row.item_code].has_serial_no:
			values[row.no] = unit_values[row.no]
		elif row.brings_back:
			rate = posting.return_rates.get(row.item_code, flt(posting.balances[place].rate))
			values[row.no] = rate * row.stock_qty
		elif not row.outward:
			values[row.no] = row.rate * row.stock_qty
		else:
			qty, value = stock[place]
			rate = value / qty if qty > 0 else flt(posting.balances[place].rate)
			values[row.no] = value if row.stock_qty == qty else rate * row.stock_qty
		for warehouse, sign in ((row.from_warehouse, -1), (row.to_warehouse, 1)):
			if warehouse:  # the rows follow each other: what the first brings in, the second may take on
				place = (row.item_code, warehouse)
				stock[place][0] = round(stock[place][0] + sign * row.stock_qty, valuation.PRECISION)
				stock[place][1] += sign * values[row.no]
	if posting.may_reproduce:
		_share_consumed_value(rows, values)
	for row in rows:
		uom = posting.items[row.item_code].stock_uom
		for warehouse, sign in ((row.from_warehouse, -1), (row.to_warehouse, 1)):
			if warehouse:
				posting.entries.append(
					valuation.Entry(
						row.item_code, warehouse, sign * row.stock_qty, sign * values[row.no], row.name, uom
					)
				)
	posting.rates = {row.no: round(values[row.no] / row.stock_qty, valuation.PRECISION) for row in rows}


def _unit_rate(move: UnitMove) -> float:
	"""The value that a unit bears after a move: given to what comes in, its own for all else."""
	if move.row.inward and not move.row.brings_back:
		return flt(move.row.unit_details.get(move.number, {}).get("rate", move.row.rate))
	return flt(move.unit["valuation_rate"]) if move.unit else 0.0


def _share_consumed_value(rows: list[Row], values: dict[int, float]) -> None:
	consumed = sum(values[row.no] for row in rows if row.outward)
	rated = sum(values[row.no] for row in rows if row.inward and row.rate)
	unrated = [row for row in rows if row.inward and not row.rate]
	pieces = sum(row.stock_qty for row in unrated)
	for row in unrated:
		values[row.no] = max(consumed - rated, 0) * row.stock_qty / pieces


def _write_units(posting: Posting) -> None:
	if not posting.moves:
		return
	today = posting.now.date()
	delivered_before = _delivered_before(posting)
	templates = {row.no: _move_of(posting, row) for row in posting.stock_rows()}
	states: dict[Any, units.Unit] = {}
	new: dict[Any, UnitMove] = {}
	bearers = {key: list(found) for key, found in posting.found.items()}  # of a number, new ones included
	columns, rows = _LedgerRows.COLUMNS, _LedgerRows(posting)
	for move in sorted(posting.moves, key=lambda m: not m.row.outward):  # what goes out goes first
		item = posting.items[move.row.item_code]
		unit = states.get(move.identity)
		if unit is None:
			if move.unit is None:
				new[move.identity] = move
				unit = _blank_unit(move, item, bearers.get(move.key, []))
				bearers.setdefault(move.key, []).append(unit)
			else:
				unit = move.unit
		details = move.row.unit_details.get(move.number, {})
		step = templates[move.row.no]
		if step["rate"] is None:  # it was in stock before: the unit keeps its own rate
			step = {**step, "rate": unit["valuation_rate"]}
		elif "rate" in details:
			step = {**step, "rate": details["rate"]}
		after = {**unit, **ledger.apply({fact: unit[fact] for fact in ledger.FACTS}, step)}
		after["last_move_no"] = unit["last_move_no"] + 1
		wrote = _write_dates(move, item, unit, after, posting, delivered_before, details)
		if after["warehouse"]:
			if move.row.hold_reason:
				after["on_hold"], after["hold_reason"] = 1, move.row.hold_reason
			after["status"] = status.in_stock(after["on_hold"], after["end_of_life_date"], today)
		else:
			after["status"] = status.STATUS_AFTER_LEAVING[step["move_type"]]
			if unit["on_hold"]:
				wrote["previous_hold_reason"] = unit["hold_reason"]
			after["on_hold"], after["hold_reason"] = 0, None
		after["maintenance_status"] = status.maintenance(
			after["warranty_expiry_date"], after["amc_expiry_date"], today
		)
		states[move.identity] = after
		rows.add(after, move, step, wrote)
	try:
		_insert_units(posting, [states[identity] for identity in new])
	except Exception as e:
		if not frappe.db.is_duplicate_entry(e):
			raise
		told = re.search(
			"Duplicate entry '(.*)' for key", str(e)
		)  # MariaDB says which, other databases do not
		frappe.throw(
			_(
				"Another user has just recorded {0}, or the database cannot tell it from another number. Nothing was posted."
			).format(rules.quote_number(told[1]) if told else _("one of these serial numbers")),
			exc.SerialNoDuplicateError,
			title=_("Serial No Given Twice"),
		)
	known = {move.identity: move.unit for move in posting.moves if move.unit}
	bulk.update(
		"Serial No",
		{unit["name"]: units.changed(unit, states[identity]) for identity, unit in known.items()},
	)
	bulk.insert("Serial No Ledger Entry", columns, rows.rows)
	bulk.tell_of_links(
		"Serial No Ledger Entry", {"voucher_type": posting.voucher_type, "party_type": posting.party_type}
	)


def _move_of(posting: Posting, row: Row) -> dict[str, Any]:
	return {
		"move_type": row.move_type,
		"posting_datetime": posting.posting_datetime,
		"from_warehouse": row.from_warehouse,
		"to_warehouse": row.to_warehouse,
		"voucher_type": posting.voucher_type,
		"voucher_no": posting.voucher_no,
		"party_type": posting.party_type,
		"party": posting.party,
		"party_name": posting.party_name,
		"sales_invoice": posting.sales_invoice if row.move_type == "Delivered" else None,
		"custodian": posting.custodian if row.move_type == "Issued for Use" else None,
		"location": posting.location if row.move_type == "Issued for Use" else None,
		"rate": posting.rates[row.no] if row.inward and not row.brings_back else None,
	}


def _blank_unit(move: UnitMove, item: Mapping[str, Any], others: list[units.Unit]) -> units.Unit:
	name = units.name_for(move.number, item.name, others)
	return {
		**ledger.BLANK,
		"name": name,
		"serial_no": move.number,
		"serial_key": move.key,
		"name_key": serial_number.key(name),
		"item_code": item.name,
		"status": status.INACTIVE,
		"on_hold": 0,
		"hold_reason": None,
		"supplier_serial_no": None,
		"supplier_warranty_expiry_date": None,
		"warranty_expiry_date": None,
		"amc_expiry_date": None,
		"maintenance_status": None,
		"end_of_life_date": None,
		"last_move_no": 0,
	}


def _write_dates(
	move: UnitMove,
	item: Mapping[str, Any],
	unit: units.Unit,
	after: units.Unit,
	posting: Posting,
	delivered_before: set[str],
	details: Mapping[str, Any],
) -> dict[str, Any]:
	"""Set what a move writes on the unit besides its facts; returns what the ledger remembers of it.

	:param details: what the voucher says of this unit: it comes with the unit, so only what comes in has any
	"""
	wrote: dict[str, Any] = {}
	warranty = None
	if move.row.move_type == "Delivered":
		warranty = posting.carried_warranty
		if not warranty and item.warranty_period and unit["name"] not in delivered_before:
			warranty = add_days(posting.posting_date, item.warranty_period)
	elif move.row.inward and "warranty_expiry_date" in details:
		warranty = getdate(details["warranty_expiry_date"])
	if warranty:
		wrote["warranty_expiry_date"] = after["warranty_expiry_date"] = warranty
		wrote["previous_warranty_expiry_date"] = unit["warranty_expiry_date"]
	if not move.row.inward:
		return wrote
	for field in ("supplier_serial_no", "supplier_warranty_expiry_date"):
		if field in details and not unit[field]:
			after[field] = getdate(details[field]) if field.endswith("_date") else details[field]
	if not unit["end_of_life_date"]:
		first_receipt = not unit["last_voucher_no"]
		if "end_of_life_date" in details:
			after["end_of_life_date"] = wrote["end_of_life_date"] = getdate(details["end_of_life_date"])
		elif item.shelf_life_in_days and first_receipt:
			after["end_of_life_date"] = wrote["end_of_life_date"] = add_days(
				posting.posting_date, item.shelf_life_in_days
			)
	return wrote


def _delivered_before(posting: Posting) -> set[str]:
	"""Names of the units whose warranty started with an earlier delivery, if the setting asks for that."""
	if posting.settings.warranty_starts_on != "First Delivery":
		return set()
	names = {move.unit["name"] for move in posting.moves if move.row.move_type == "Delivered"}
	earlier = bulk.select(
		"Serial No Ledger Entry",
		["serial_no"],
		"serial_no",
		names,
		where={"move_type": "Delivered", "is_cancelled": 0},
	)
	return {row["serial_no"] for row in earlier}


def _insert_units(posting: Posting, states: Iterable[units.Unit]) -> None:
	now, user = frappe.utils.now(), frappe.session.user
	item_fields = ("item_name", "item_group", "brand", "description", "warranty_period")
	rows = []
	for unit in sorted(states, key=lambda u: u["name"]):
		item = posting.items[unit["item_code"]]
		rows.append((*(unit[f] for f in units.FIELDS), *(item[f] for f in item_fields), now, now, user, user))
	bulk.insert(
		"Serial No", (*units.FIELDS, *item_fields, "creation", "modified", "owner", "modified_by"), rows
	)


class _LedgerRows:
	"""Collects the Serial No Ledger Entries of a posting."""

	COLUMNS = (
		"name", "creation", "modified", "owner", "modified_by", "serial_no", "item_code", "move_no",
		"voucher_detail_no", *ledger.MOVE_FIELDS, "warranty_expiry_date", "previous_warranty_expiry_date",
		"end_of_life_date", "previous_hold_reason", "used_for",
	)  # fmt: skip

	def __init__(self, posting: Posting):
		now, user = frappe.utils.now(), frappe.session.user
		self.head = (now, now, user, user)
		self.names = ledger_names()
		self.rows: list[tuple] = []

	def add(
		self, unit: units.Unit, move: UnitMove, step: Mapping[str, Any], wrote: Mapping[str, Any]
	) -> None:
		self.rows.append((
			next(self.names), *self.head, unit["name"], unit["item_code"], unit["last_move_no"], move.row.name,
			*(step[f] for f in ledger.MOVE_FIELDS), wrote.get("warranty_expiry_date"),
			wrote.get("previous_warranty_expiry_date"), wrote.get("end_of_life_date"),
			wrote.get("previous_hold_reason"), move.row.used_for,
		))  # fmt: skip
