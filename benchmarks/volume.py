"""How speed grows with the ledger: the same work on a site with few and on one with very many moves.

Both sites are filled alike, by bulk: units in tens of items and warehouses, ten moves each (received, transferred,
delivered, returned), with the stock ledger and the bins that go with them, so that an audit finds nothing. Then
each work is done on one and the other in turn, and the medians are compared.
"""

import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import frappe

from benchmarks import floor, stock

FEW, MANY = 20_000, 2_000_000  # rows of Serial No Ledger Entry
MOVES = 10  # of each unit
BATCH = 100  # units that move together
RECEIPT = 1000  # units received together
ITEMS, WAREHOUSES = 100, 20
HOLDING = [
	n for n in range(WAREHOUSES) if (n - 7) % 5 >= 2
]  # the warehouses where the last move leaves units
ROUNDS, REPEATS = 15, 20
GROWTH_ROUNDS = 3
BATCHES_PER_STATEMENT = 1000
STATEMENTS, RATIO = 6, 1.5  # limits of what is read
TABLES = stock.TABLES
SHORT_SCAN = 100  # rows: what a list of 20 may read of an index that gives its order


def run(out: Path, few: int = FEW, many: int = MANY, growth: bool = False) -> list[str]:
	"""Measure, print the table, write it to `out`; returns a line for each limit that was passed.

	:param growth: also measure vouchers, picking, the audit and the daily job, which have no limit here
	"""
	sites = {few: os.environ["BENCHMARK_OTHER_SITE"], many: frappe.local.site}
	for rows, site in sites.items():
		enter(site)
		started = time.perf_counter()
		fill(rows)
		print(f"{rows:,} rows filled in {time.perf_counter() - started:.0f} s", flush=True)
	figures = compare(sites, reading_works(), ROUNDS, REPEATS)
	explained = {rows: scans(site) for rows, site in sites.items()}
	if growth:
		figures |= compare(sites, growing_works(), GROWTH_ROUNDS, 1)
	table = [line(work, figures[work], few, many) for work in figures]
	disk = {rows: sizes(site) for rows, site in sites.items()}
	out.parent.mkdir(parents=True, exist_ok=True)
	out.write_text(json.dumps({"works": table, "disk": disk, "explain": explained}, indent=1))
	print_table(table, few, many)
	print_sizes(disk)
	beyond = beyond_limits(table, explained)
	print("\n".join(beyond), end="\n" if beyond else "")
	return beyond


def enter(site: str, user: str = "Administrator") -> None:
	if frappe.local.site != site:
		frappe.destroy()
		frappe.init(site, force=True)
		frappe.connect()
	frappe.db.sql("SELECT 1")  # connects, which Frappe puts off
	frappe.set_user(user)


# ---------------------------------------------------------------------------------- filling


def fill(rows: int) -> None:
	"""Empty the ledgers of the connected site and fill them with this many moves."""
	stock.prepare()
	for doctype in TABLES:
		_run(f"TRUNCATE `tab{doctype}`")
	_run("SET unique_checks = 0")
	for n in range(ITEMS):
		_make("Item", item_code=f"VOL-ITEM-{n}", has_serial_no=1)
	for n in range(WAREHOUSES):
		_make("Warehouse", warehouse_name=f"VOL Warehouse {n}")
	frappe.db.commit()
	batches = rows // MOVES // BATCH
	_describe_moves(batches)
	_fill_unit_ledger(batches)
	_fill_units(batches)
	_fill_stock_ledger()
	_run(f"ANALYZE TABLE {', '.join(f'`tab{doctype}`' for doctype in TABLES)}")
	frappe.db.commit()


def _make(doctype: str, **values) -> None:
	if not frappe.db.exists(doctype, next(iter(values.values()))):
		frappe.get_doc({"doctype": doctype, **values}).insert()


def _describe_moves(batches: int) -> None:
	"""A temporary table with the moves of each batch of units; what is in the ledger is this times BATCH."""
	_run(
		"CREATE OR REPLACE TEMPORARY TABLE volume (batch INT, move_no INT, item_code VARCHAR(40),"
		" move_type VARCHAR(20), posting_datetime DATETIME(6), from_warehouse VARCHAR(40),"
		" to_warehouse VARCHAR(40), voucher_type VARCHAR(20), voucher_no VARCHAR(40), party_type VARCHAR(20),"
		" party VARCHAR(40), PRIMARY KEY (move_no, batch))"
	)
	chunk = []
	for batch in range(batches):
		chunk += _moves_of(batch)
		if len(chunk) >= 5000 or batch == batches - 1:
			group = f"({', '.join(['%s'] * 11)})"
			_run(
				f"INSERT INTO volume VALUES {', '.join([group] * len(chunk))}",
				[v for row in chunk for v in row],
			)
			chunk = []


def _moves_of(batch: int):
	item = f"VOL-ITEM-{batch // 7 % ITEMS}"
	customer = ("Customer", "Benchmark Customer")
	last = ("Delivered", "out") if batch % 5 < 2 else ("Transferred", "on")
	at, place = datetime(2020, 1, 1), batch
	for no, (kind, way) in enumerate(
		[("Received", "in"), *[("Transferred", "on")] * 6, ("Delivered", "out"), ("Returned", "in"), last], 1
	):
		came = None if way == "in" else f"VOL Warehouse {place % WAREHOUSES}"
		place += way == "on"
		goes = None if way == "out" else f"VOL Warehouse {place % WAREHOUSES}"
		number = batch * BATCH // RECEIPT if no == 1 else batch
		voucher, party = {
			"Received": (("Purchase Receipt", f"VOL-PR-{number}"), ("Supplier", "Benchmark Supplier")),
			"Transferred": (("Stock Entry", f"VOL-STE-{no}-{number}"), (None, None)),
		}.get(kind, (("Delivery Note", f"VOL-DN-{no}-{number}"), customer))
		yield (
			batch, no, item, kind, at + timedelta(days=90 * no, seconds=number), came, goes, *voucher, *party
		)  # fmt: skip


def _fill_unit_ledger(batches: int) -> None:
	for move_no in range(1, MOVES + 1):
		for start in range(0, batches, BATCHES_PER_STATEMENT):
			_run(
				"INSERT INTO `tabSerial No Ledger Entry` (name, creation, modified, owner, modified_by, serial_no,"
				" item_code, move_no, move_type, posting_datetime, voucher_type, voucher_no, voucher_detail_no,"
				" from_warehouse, to_warehouse, party_type, party, party_name, rate)"
				" SELECT CONCAT(LPAD(move_no, 13, '0'), LPAD(batch * %s + seq, 13, '0')), posting_datetime,"
				" posting_datetime, 'Administrator', 'Administrator',"
				" CONCAT('VOL-', LPAD(batch * %s + seq, 8, '0')), item_code, move_no, move_type, posting_datetime,"
				" voucher_type, voucher_no, LEFT(MD5(voucher_no), 10), from_warehouse, to_warehouse, party_type,"
				" party, party, 10 FROM volume JOIN seq_0_to_99"
				" WHERE move_no = %s AND batch >= %s AND batch < %s ORDER BY batch, seq",
				[BATCH, BATCH, move_no, start, start + BATCHES_PER_STATEMENT],
			)
			frappe.db.commit()


def _fill_units(batches: int) -> None:
	for start in range(0, batches, BATCHES_PER_STATEMENT):
		_run(
			"INSERT INTO `tabSerial No` (name, creation, modified, owner, modified_by, serial_no, serial_key,"
			" name_key, item_code, item_name, warehouse, last_warehouse, status, purchase_document_type,"
			" purchase_document_no, purchase_date, purchase_time, purchase_rate, supplier, supplier_name,"
			" delivery_document_type, delivery_document_no, delivery_date, delivery_time, customer,"
			" customer_name, valuation_rate, last_voucher_type, last_voucher_no, last_posting_datetime,"
			" last_move_no)"
			" SELECT unit.name, bought, last.posting_datetime + INTERVAL seq MICROSECOND, 'Administrator',"
			" 'Administrator', unit.name, LOWER(unit.name), LOWER(unit.name), last.item_code, last.item_code,"
			" to_warehouse, IFNULL(to_warehouse, from_warehouse),"
			" IF(to_warehouse IS NULL, 'Delivered', 'Available'), 'Purchase Receipt', bought_by,"
			" DATE(bought), TIME(bought), 10, 'Benchmark Supplier', 'Benchmark Supplier',"
			" IF(to_warehouse IS NULL, voucher_type, NULL), IF(to_warehouse IS NULL, voucher_no, NULL),"
			" IF(to_warehouse IS NULL, DATE(last.posting_datetime), NULL),"
			" IF(to_warehouse IS NULL, TIME(last.posting_datetime), NULL), party, party, 10, voucher_type,"
			" voucher_no, last.posting_datetime, last.move_no"
			" FROM volume last JOIN (SELECT CONCAT('VOL-', LPAD(receipt.seq, 8, '0')) AS name, seq,"
			" FLOOR(seq / %s) AS of_batch, FLOOR(seq / %s) AS of_receipt FROM seq_0_to_99999999 receipt"
			" WHERE seq >= %s AND seq < %s) unit ON unit.of_batch = last.batch"
			" JOIN (SELECT DISTINCT voucher_no AS bought_by, posting_datetime AS bought FROM"
			" `tabSerial No Ledger Entry` WHERE move_no = 1 AND voucher_type = 'Purchase Receipt'"
			" AND serial_no >= %s AND serial_no < %s) receipt"
			" ON bought_by = CONCAT('VOL-PR-', unit.of_receipt)"
			" WHERE last.move_no = %s ORDER BY unit.name",
			[
				BATCH,
				RECEIPT,
				start * BATCH,
				min(start + BATCHES_PER_STATEMENT, batches) * BATCH,
				f"VOL-{start * BATCH:08}",
				f"VOL-{min(start + BATCHES_PER_STATEMENT, batches) * BATCH:08}",
				MOVES,
			],
		)
		frappe.db.commit()


def _fill_stock_ledger() -> None:
	"""An entry for each batch and place, and the bins."""
	_run(
		"INSERT INTO `tabStock Ledger Entry` (name, creation, modified, owner, modified_by, item_code, warehouse,"
		" posting_datetime, entry_no, voucher_type, voucher_no, voucher_detail_no, actual_qty, rate,"
		" stock_value_difference, qty_after_transaction, stock_value)"
		" SELECT LPAD(ROW_NUMBER() OVER (ORDER BY move_no, batch, sign), 26, '0'), posting_datetime,"
		" posting_datetime, 'Administrator', 'Administrator', item_code, warehouse, posting_datetime,"
		" ROW_NUMBER() OVER place, voucher_type, voucher_no, LEFT(MD5(voucher_no), 10), sign * %s, 10,"
		" sign * %s * 10, SUM(sign * %s) OVER place, SUM(sign * %s * 10) OVER place"
		" FROM (SELECT volume.*, sign, IF(sign < 0, from_warehouse, to_warehouse) AS warehouse FROM volume"
		" JOIN (SELECT -1 AS sign UNION SELECT 1) signs) moves WHERE warehouse IS NOT NULL"
		" WINDOW place AS (PARTITION BY item_code, warehouse ORDER BY posting_datetime, batch, sign)",
		[BATCH] * 4,
	)
	_run(
		"INSERT INTO tabBin (name, creation, modified, owner, modified_by, item_code, warehouse, actual_qty,"
		" stock_value, valuation_rate, last_entry_no, last_posting_datetime)"
		" SELECT MD5(CONCAT(item_code, warehouse)), NOW(6), NOW(6), 'Administrator', 'Administrator', item_code,"
		" warehouse, SUM(actual_qty), SUM(stock_value_difference), 10, MAX(entry_no), MAX(posting_datetime)"
		" FROM `tabStock Ledger Entry` GROUP BY item_code, warehouse"
	)
	frappe.db.commit()


# ---------------------------------------------------------------------------------- works


def reading_works() -> dict[str, Callable[[int, int], object]]:
	"""What people look at, by name; called with the rows of the site and the number of the call."""
	return {
		"trace of one unit": trace,
		"list of a warehouse's units (Desk)": desk_list,
		"list of a warehouse's units (API)": api_list,
		"list of the latest moves (Desk)": desk_list_of_moves,
	}


def trace(rows: int, call: int):
	from serial_tracking.api.trace import trace

	units = rows // MOVES
	traced = trace(f"VOL-{(call % REPEATS) * (units // REPEATS):08}")
	assert len(traced["moves"]) == MOVES
	return traced


def desk_list(rows: int, call: int):
	return _desk_list(
		"Serial No",
		("name", "modified", "docstatus", "item_code", "warehouse", "status", "maintenance_status"),
		{"warehouse": f"VOL Warehouse {HOLDING[call % len(HOLDING)]}", "status": "Available"},
		"modified",
	)


def desk_list_of_moves(rows: int, call: int):
	return _desk_list(
		"Serial No Ledger Entry",
		("name", "modified", "docstatus", "serial_no", "item_code", "posting_datetime", "voucher_no"),
		{},
		"posting_datetime",
	)


def _desk_list(doctype: str, names: tuple[str, ...], filters: dict[str, str], order: str):
	"""What the Desk asks when a list is opened."""
	from frappe.desk import reportview

	frappe.local.form_dict = frappe._dict(
		doctype=doctype,
		fields=json.dumps([f"`tab{doctype}`.`{name}`" for name in names]),
		filters=json.dumps([[doctype, field, "=", value] for field, value in filters.items()]),
		order_by=f"`tab{doctype}`.`{order}` desc",
		start=0,
		page_length=20,
		view="List",
		group_by="",
		with_comment_count=0,
	)
	found = reportview.get()
	assert len(found["values"]) == 20
	return found


def api_list(rows: int, call: int):
	from frappe.client import get_list

	found = get_list(
		"Serial No",
		fields=["name", "item_code", "status"],
		filters={"warehouse": f"VOL Warehouse {HOLDING[call % len(HOLDING)]}", "status": "Available"},
		limit_page_length=20,
	)
	assert len(found) == 20
	return found


def growing_works() -> dict[str, Callable[[int, int], object]]:
	"""What changes stock or looks at much of it, by name."""
	works = {}
	for units in (1000, 10_000):
		works[f"receipt of {units:,}"] = lambda rows, call, units=units: _receive(units)
		works[f"delivery of {units:,}"] = lambda rows, call, units=units: _deliver(units)
	return {
		**works,
		"pick of 20, FIFO": _pick,
		"audit of an item of 10,000": _audit,
		"daily job": _daily_job,
	}


_received: dict[tuple[str, int], tuple[str, str]] = {}


def _receive(units: int) -> float:
	item = stock.new_item()
	started = time.perf_counter()
	doc = stock.submit("Purchase Receipt", item, units)
	frappe.db.commit()
	seconds = time.perf_counter() - started
	_received[frappe.local.site, units] = (item, doc.items[0].serial_no)
	return seconds


def _deliver(units: int) -> float:
	item, numbers = _received[frappe.local.site, units]
	frappe.set_user("Administrator")
	row = {"item_code": item, "qty": units, "warehouse": "Benchmark Stores", "serial_no": numbers}
	doc = {"doctype": "Delivery Note", "customer": "Benchmark Customer", "items": [row]}
	started = time.perf_counter()
	frappe.get_doc(doc).insert().submit()
	frappe.db.commit()
	return time.perf_counter() - started


def _pick(rows: int, call: int) -> float:
	from serial_tracking.api.serials import pick

	# a place where both sizes have units
	item, warehouse = frappe.db.get_value(
		"Bin", {"actual_qty": (">", 20), "item_code": ("like", "VOL-%")}, ["item_code", "warehouse"],
		order_by="item_code, warehouse",
	)  # fmt: skip
	started = time.perf_counter()
	assert len(pick(item, warehouse, 20, "FIFO")) == 20
	return time.perf_counter() - started


def _audit(rows: int, call: int) -> float:
	from serial_tracking.stock.audit import audit

	for item in (_received[frappe.local.site, 10_000][0], "VOL-ITEM-1"):
		started = time.perf_counter()
		found = audit(item)
		assert not found, found[:3]
		if item != "VOL-ITEM-1":  # that one proves the filling, and has more units where there are more rows
			seconds = time.perf_counter() - started
	return seconds


def _daily_job(rows: int, call: int) -> None:
	from serial_tracking.stock.upkeep import update_statuses

	update_statuses()
	frappe.db.commit()


# ---------------------------------------------------------------------------------- measuring


def compare(sites: dict[int, str], works: dict, rounds: int, repeats: int) -> dict:
	"""By work and rows: the seconds of each call, and the statements of the last; the sites take turns."""
	figures: dict[str, dict[int, dict]] = {
		work: {rows: {"seconds": [], "statements": 0} for rows in sites} for work in works
	}
	for _round in range(rounds):
		for rows, site in sites.items():
			enter(site, stock.USER)
			for work, call in works.items():
				if repeats > 1:
					call(rows, 0)  # the caches of a process that has just come here
				for n in range(repeats):
					statements, started = stock.questions(), time.perf_counter()
					own = call(rows, n)
					seconds = time.perf_counter() - started
					figure = figures[work][rows]
					figure["statements"] = stock.questions() - statements - 1  # the count itself
					figure["seconds"].append(own if isinstance(own, float) else seconds)
				frappe.db.rollback()
				enter(site, stock.USER)
	return figures


def line(work: str, figures: dict[int, dict], few: int, many: int) -> dict:
	"""Medians; the ratio is the median of the ratios of neighbouring calls, whatever else the machine does."""
	seconds = {rows: statistics.median(figure["seconds"]) for rows, figure in figures.items()}
	pairs = zip(figures[few]["seconds"], figures[many]["seconds"], strict=True)
	return {
		"work": work,
		"statements": figures[many]["statements"],
		"seconds": {rows: round(value, 5) for rows, value in seconds.items()},
		"ratio": round(statistics.median(large / small for small, large in pairs), 2),
	}


def scans(site: str) -> dict[str, list[str]]:
	"""Of each work that reads: its statements that read a whole table or a whole index, by EXPLAIN."""
	enter(site, stock.USER)
	found = defaultdict(list)
	for work, call in reading_works().items():
		rows = frappe.db.count("Serial No Ledger Entry")
		for query, values in _statements(lambda call=call, rows=rows: call(rows, 0)):
			for step in _explain(query, values):
				if step["type"] == "ALL" or (step["type"] == "index" and int(step["rows"]) > SHORT_SCAN):
					found[work].append(f"{step['type']} of {step['rows']} rows of {step['table']}: {query}")
		found[work] += []
	return dict(found)


def _statements(work: Callable) -> list[tuple]:
	"""The SELECTs that a piece of work sends, warm."""
	work()
	sent, real = [], frappe.db.execute_query

	def noting(query, values=None):
		sent.append((query, values))
		return real(query, values)

	frappe.db.execute_query = noting
	try:
		work()
	finally:
		del frappe.db.execute_query
	return [(query, values) for query, values in sent if query.lstrip().upper().startswith("SELECT")]


def _explain(query: str, values) -> list[dict]:
	cursor = floor._cursor()
	cursor.execute(f"EXPLAIN {query}", values)
	names = [column[0] for column in cursor.description]
	return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def sizes(site: str) -> dict[str, tuple[int, float, float]]:
	"""By table: rows, and MB of data and of indexes."""
	enter(site)
	_run(f"ANALYZE TABLE {', '.join(f'`tab{doctype}`' for doctype in TABLES)}")
	found = _run(
		"SELECT table_name, data_length / 1048576, index_length / 1048576 FROM information_schema.tables"
		" WHERE table_schema = DATABASE() AND table_name IN (%s, %s, %s, %s)",
		[f"tab{doctype}" for doctype in TABLES],
	)
	return {
		name[3:]: (frappe.db.count(name[3:]), round(float(data), 1), round(float(index), 1))
		for name, data, index in found
	}


def beyond_limits(table: list[dict], explained: dict[int, dict[str, list[str]]]) -> list[str]:
	lines = []
	for row in table:
		if row["work"] not in reading_works():
			continue
		if row["statements"] > STATEMENTS:
			lines.append(f"{row['work']}: {row['statements']} statements, at most {STATEMENTS}")
		if row["ratio"] > RATIO:
			lines.append(f"{row['work']}: {row['ratio']} times as long, at most {RATIO}")
	for rows, works in explained.items():
		lines += [f"{work}, {rows:,} rows: {scan}" for work, found in works.items() for scan in found]
	return lines


def print_table(table: list[dict], few: int, many: int) -> None:
	print(f"{'work':38}{'statements':>12}{f'{few:,} rows':>18}{f'{many:,} rows':>18}{'ratio':>8}")
	for row in table:
		small, large = (f"{row['seconds'][rows] * 1000:.2f} ms" for rows in (few, many))
		print(f"{row['work']:38}{row['statements']:>12}{small:>18}{large:>18}{row['ratio']:>8.2f}")


def print_sizes(disk: dict[int, dict[str, tuple]]) -> None:
	for rows, tables in disk.items():
		for table, (count, data, index) in tables.items():
			print(f"{rows:>12,}  {table:26}{count:>12,} rows{data:>10.1f} MB data{index:>10.1f} MB indexes")


def _run(statement: str, values=()) -> list[tuple]:
	return floor._run(statement, values)
