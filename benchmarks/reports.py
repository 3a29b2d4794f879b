"""How long the reports take on very many units and moves, beside the bare statements of the same rows and totals.

Each report and its bare statements are measured in turn, so that what else the machine does hits both; the ratio is the
median of the ratios of the rounds.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import frappe

from benchmarks import volume

ROWS, MOVES = 1_000_000, 5  # moves, and moves of each unit
ROUNDS = 3
PAGE = 5000
RATIO, SECONDS = 3, 2  # a report is at most one of the two
ALL_MOVED_SINCE, FEW_MOVED_SINCE = "2026-08-05", "2026-09-18"

MOVE = (
	"posting_datetime, move_type, serial_no, item_code, from_warehouse, to_warehouse, voucher_type, voucher_no,"
	" party_type, party, party_name, custodian, location, used_for, sales_invoice, rate, is_cancelled"
)
UNIT = (
	"u.name, u.serial_no, u.item_code, u.item_name, u.status, u.warehouse, u.customer, u.customer_name, u.custodian,"
	" u.location, u.on_hold, u.hold_reason, u.last_posting_datetime, u.last_voucher_type, u.last_voucher_no,"
	" u.last_warehouse, u.purchase_date, u.purchase_document_type, u.purchase_document_no, u.supplier_name,"
	" u.warranty_expiry_date, u.amc_expiry_date, u.end_of_life_date, u.item_group, u.brand"
)
LEDGER, UNITS = "`tabSerial No Ledger Entry`", "`tabSerial No`"


def run(out: Path, rows: int = ROWS) -> list[str]:
	"""Measure on the connected site, print the table, write it to `out`; a line for each report that is too slow."""
	frappe.set_user("Administrator")
	volume.MOVES, volume._moves_of = MOVES, _moves_of
	volume.fill(rows)
	table = [_measure(*case) for case in _cases()]
	out.parent.mkdir(parents=True, exist_ok=True)
	out.write_text(json.dumps(table, indent=1))
	return [
		f"{row['report']}: {row['seconds']} s, {row['ratio']} times the bare statements"
		for row in table
		if row["seconds"] > SECONDS and (row["ratio"] or RATIO + 1) > RATIO
	]


def _moves_of(batch: int) -> Iterator[tuple]:
	"""The five moves of a batch of units: received, transferred, delivered, returned, and delivered or transferred."""
	item = f"VOL-ITEM-{batch // 7 % volume.ITEMS}"
	last = ("Delivered", "out") if batch % 5 < 2 else ("Transferred", "on")
	ways = (("Received", "in"), ("Transferred", "on"), ("Delivered", "out"), ("Returned", "in"), last)
	place = batch
	for no, (kind, way) in enumerate(ways, 1):
		came = None if way == "in" else f"VOL Warehouse {place % volume.WAREHOUSES}"
		place += way == "on"
		goes = None if way == "out" else f"VOL Warehouse {place % volume.WAREHOUSES}"
		number = batch * volume.BATCH // volume.RECEIPT if no == 1 else batch
		voucher, party = {
			"Received": (("Purchase Receipt", f"VOL-PR-{number}"), ("Supplier", "Benchmark Supplier")),
			"Transferred": (("Stock Entry", f"VOL-STE-{no}-{number}"), (None, None)),
		}.get(kind, (("Delivery Note", f"VOL-DN-{no}-{number}"), ("Customer", "Benchmark Customer")))
		at = datetime(2026, 1, 1) + timedelta(days=50 * no, hours=number // 20)
		yield (batch, no, item, kind, at, came, goes, *voucher, *party)


def _cases() -> Iterator[tuple[str, str, dict, tuple[str, ...]]]:
	"""Each with a name, the report, its filters, and the bare statements."""

	def moves(where: str) -> tuple[str, str]:
		return (
			f"select {MOVE} from {LEDGER} where is_cancelled = 0 {where} order by posting_datetime desc limit {PAGE}",
			f"select date(posting_datetime), move_type, count(*) from {LEDGER} where is_cancelled = 0 {where} group by 1, 2",
		)

	def units(where: str, totals: str) -> tuple[str, str]:
		return (
			f"select {UNIT} from {UNITS} u {where} order by u.item_code, u.name limit {PAGE}",
			f"select {totals}, count(*) from {UNITS} u {where} group by {totals}",
		)

	def called_back(where: str) -> tuple[str, str]:
		source = f"from {LEDGER} m join {UNITS} u on u.name = m.serial_no where m.is_cancelled = 0 {where}"
		return (
			f"select {UNIT} {source} order by m.posting_datetime limit {PAGE}",
			f"select u.status, u.customer, count(*) {source} group by 1, 2",
		)

	supplier = "and m.party_type = 'Supplier' and m.party = 'Benchmark Supplier' and m.move_type = 'Received'"
	of_supplier = {"supplier": "Benchmark Supplier"}
	yield "ledger of everything", "Serial No Ledger", {}, moves("")
	place = "VOL Warehouse 3"
	yield (
		"ledger of a warehouse",
		"Serial No Ledger",
		{"warehouse": place},
		moves(f"and (from_warehouse = '{place}' or to_warehouse = '{place}')"),
	)
	yield "status of all, today", "Serial No Status", {}, units("", "status")
	yield "status of all, few moved since", "Serial No Status", {"as_on_date": FEW_MOVED_SINCE}, ()
	yield (
		"status of all, all moved since",
		"Serial No Status",
		{"as_on_date": ALL_MOVED_SINCE},
		_latest("move_type"),
	)
	yield (
		"available of all, today",
		"Available Serial Nos",
		{},
		units("where status = 'Available'", "warehouse, status"),
	)
	yield (
		"available of all, all moved since",
		"Available Serial Nos",
		{"as_on_date": ALL_MOVED_SINCE},
		_latest("to_warehouse"),
	)
	yield (
		"recall of a receipt",
		"Serial No Recall",
		{"voucher_no": "VOL-PR-77", "voucher_type": "Purchase Receipt"},
		called_back("and m.voucher_no = 'VOL-PR-77'"),
	)
	yield (
		"recall of a supplier of all",
		"Serial No Recall",
		of_supplier | {"built_into": 0},
		called_back(supplier),
	)
	yield "the same, with what they went into", "Serial No Recall", of_supplier, called_back(supplier)
	yield (
		"balance audit of everything",
		"Serial No Balance Audit",
		{},
		tuple(
			f"select item_code, {place}, count(*) from {table} where {place} != '' group by 1, 2"
			for table, place in ((LEDGER, "to_warehouse"), (LEDGER, "from_warehouse"), (UNITS, "warehouse"))
		),
	)


def _latest(totals: str) -> tuple[str, ...]:
	"""The latest move of each unit up to a day, counted: the shortest statement that says so."""
	end = f"{ALL_MOVED_SINCE} 23:59:59.999999"
	latest = (
		f"(select m.name from {LEDGER} m where m.serial_no = u.name and m.is_cancelled = 0"
		f" and m.posting_datetime <= '{end}' order by m.move_no desc limit 1)"
	)
	return (
		f"select l.{totals}, count(*) from {UNITS} u left join {LEDGER} l on l.name = {latest} group by 1",
		f"select {UNIT}, l.* from {UNITS} u left join {LEDGER} l on l.name = {latest} where u.name in"
		f" (select * from (select name from {UNITS} order by item_code, name limit {PAGE}) page)",
	)


def _measure(name: str, report: str, filters: dict, bare: tuple[str, ...]) -> dict:
	module = frappe.scrub(report)
	execute = import_module(f"serial_tracking.serial_tracking.report.{module}.{module}").execute
	rounds = []
	for _round in range(ROUNDS + 1):
		seconds = _seconds(lambda: execute(dict(filters)))
		floor = _seconds(lambda: [frappe.db.sql(statement, as_dict=True) for statement in bare])  # nosemgrep
		rounds.append((seconds, floor))
	rounds = rounds[1:]  # the first has filled the caches
	row = {
		"report": name,
		"seconds": round(statistics.median(seconds for seconds, _floor in rounds), 3),
		"bare_seconds": round(statistics.median(floor for _seconds, floor in rounds), 3) if bare else None,
		"ratio": round(statistics.median(seconds / floor for seconds, floor in rounds), 2) if bare else None,
	}
	print(
		f"{name:40} {row['seconds']:8.3f} {row['bare_seconds'] or '':>8} {row['ratio'] or '':>6}", flush=True
	)
	return row


def _seconds(work: Callable) -> float:
	started = time.perf_counter()
	work()
	return time.perf_counter() - started
