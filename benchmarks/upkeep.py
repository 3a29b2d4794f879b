"""The daily job on very many units, against the bare UPDATE of the rows that it changes."""

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import frappe

from benchmarks import floor, stock

UNITS = 1_000_000
DUE = 100  # one unit of so many is due for a change
ROUNDS = 5
UNITS_PER_STATEMENT = 100_000
SCHEDULES = 5000  # of twelve visits each
STATEMENTS, RATIO = 40, 3.0  # limits
DATES = 700  # the dates of a life lie within so many days of today
SCHEDULE, VISIT = "Maintenance Schedule", "Maintenance Schedule Detail"
LAST_YEAR = "2020-01-01"  # `modified` of all that the job has not touched


def run(out: Path, units: int = UNITS, rounds: int = ROUNDS) -> list[str]:
	"""Measure on the connected site, print the table, write it to `out` as JSON; what is beyond the limits."""
	from serial_tracking.service.upkeep import update_schedules
	from serial_tracking.stock.upkeep import update_statuses

	started = time.perf_counter()
	fill_units(units)
	fill_schedules()
	print(f"{units:,} units filled in {time.perf_counter() - started:.0f} s", flush=True)
	assert update_statuses() == update_schedules() == 0, "what is filled is right"
	frappe.db.commit()
	works = {
		f"{units:,} units": (update_statuses, (unit_names(units),), ("Serial No",)),
		f"{SCHEDULES:,} schedules": (update_schedules, schedule_names(), (SCHEDULE, VISIT)),
	}
	make_units_due(units)
	make_schedules_due()
	table = [measure(work, *what, rounds) for work, what in works.items()]
	out.parent.mkdir(parents=True, exist_ok=True)
	out.write_text(json.dumps(table, indent=1))
	print_table(table)
	beyond = beyond_limits(table)
	print("\n".join(beyond), end="\n" if beyond else "")
	return beyond


def measure(
	work: str, job: Callable, names: Sequence[list[str]], doctypes: Sequence[str], rounds: int
) -> dict:
	"""The job on what is due, then its floor; then once more, with nothing left to do."""
	results = []
	for _round in range(rounds):
		before = {d: _snapshot(d, due) for d, due in zip(doctypes, names, strict=True)}
		changed, statements, seconds = timed(job)
		written = floor.Written()
		for doctype, due in zip(doctypes, names, strict=True):
			floor.note_updated(written, doctype, before[doctype], _snapshot(doctype, due))
		assert changed == sum(map(len, names)) == _touched(doctypes), "all that is due, and nothing else"
		bare = floor.replay(written)
		again, statements_again, seconds_again = timed(job)
		assert not again and changed == _touched(doctypes), "a second run changes nothing"
		for doctype, (columns, rows, _after) in written.updated.items():
			floor._update(doctype, columns, rows)
		frappe.db.commit()
		results.append((statements, seconds, bare, statements_again, seconds_again))
	return {
		"work": work,
		"due": changed,
		"statements": results[-1][0],
		"seconds": statistics.median(r[1] for r in results),
		"bare_seconds": statistics.median(r[2] for r in results),
		"ratio": round(statistics.median(r[1] / r[2] for r in results), 2),
		"statements_again": results[-1][3],
		"again": round(statistics.median(r[4] / r[2] for r in results), 2),
	}


def timed(job: Callable) -> tuple[int, int, float]:
	"""How much it changed, in how many statements and seconds, its commit included."""
	gc.collect()
	statements, started = stock.questions(), time.perf_counter()
	changed = job()
	frappe.db.commit()
	seconds = time.perf_counter() - started
	return changed, stock.questions() - statements - 1, seconds  # without the count itself


def beyond_limits(table: list[dict]) -> list[str]:
	lines = []
	for row in table:
		if row["statements"] > STATEMENTS:
			lines.append(f"{row['work']}: {row['statements']} statements, at most {STATEMENTS}")
		if row["ratio"] > RATIO:
			lines.append(f"{row['work']}: {row['ratio']} times the bare UPDATE, at most {RATIO}")
	return lines


def print_table(table: list[dict]) -> None:
	print(
		f"{'':20}{'due':>8}{'statements':>12}{'seconds':>10}{'bare':>10}{'ratio':>8}{'again':>14}{'ratio':>8}"
	)
	for row in table:
		print(
			f"{row['work']:20}{row['due']:>8}{row['statements']:>12}{row['seconds']:>10.3f}"
			f"{row['bare_seconds']:>10.3f}{row['ratio']:>8.2f}{row['statements_again']:>14}{row['again']:>8.2f}"
		)


def _snapshot(doctype: str, names: list[str]) -> dict[str, tuple]:
	return floor.snapshot(doctype, f"name IN ({', '.join(['%s'] * len(names))})", tuple(names))


def _touched(doctypes: Sequence[str]) -> int:
	count = "SELECT COUNT(*) FROM `tab{}` WHERE modified > %s"
	return sum(_run(count.format(doctype), (LAST_YEAR,))[0][0] for doctype in doctypes)


# ---------------------------------------------------------------------------------- filling


def fill_units(units: int) -> None:
	"""Empty the units of the connected site and make this many, all with the stored values that are right today."""
	stock.prepare()
	for doctype in stock.TABLES:
		_run(f"TRUNCATE `tab{doctype}`")
	_run("SET unique_checks = 0")
	for start in range(0, units, UNITS_PER_STATEMENT):
		_run(
			"INSERT INTO `tabSerial No` (name, creation, modified, owner, modified_by, serial_no, serial_key,"
			" name_key, item_code, item_name, warehouse, last_warehouse, status, on_hold, end_of_life_date,"
			" warranty_expiry_date, amc_expiry_date, maintenance_status, purchase_document_type,"
			" purchase_document_no, purchase_date, purchase_time, purchase_rate, supplier, supplier_name,"
			" valuation_rate, last_posting_datetime, last_move_no)"
			" SELECT name, %s, %s - INTERVAL seq SECOND, 'Administrator', 'Administrator',"
			" name, LOWER(name), LOWER(name), CONCAT('UPK-ITEM-', seq MOD 97), 'Item',"
			" IF(kind < 59, place, NULL), place,"
			" CASE WHEN kind < 55 THEN 'Available' WHEN kind < 58 THEN 'Expired' WHEN kind = 58 THEN 'On Hold'"
			" WHEN kind = 59 THEN 'Consumed' ELSE 'Delivered' END, kind = 58,"
			" CASE WHEN kind < 40 THEN CURDATE() + INTERVAL days DAY"
			" WHEN kind BETWEEN 55 AND 57 THEN CURDATE() - INTERVAL days DAY END,"
			" CASE WHEN kind BETWEEN 60 AND 74 THEN CURDATE() + INTERVAL days DAY"
			" WHEN kind >= 75 THEN CURDATE() - INTERVAL days DAY END,"
			" CASE WHEN kind BETWEEN 85 AND 92 THEN CURDATE() + INTERVAL days DAY"
			" WHEN kind > 92 THEN CURDATE() - INTERVAL days DAY END,"
			" CASE WHEN kind BETWEEN 60 AND 74 THEN 'Under Warranty' WHEN kind BETWEEN 75 AND 84 THEN"
			" 'Out of Warranty' WHEN kind BETWEEN 85 AND 92 THEN 'Under AMC' WHEN kind > 92 THEN 'Out of AMC' END,"
			" 'Purchase Receipt', CONCAT('UPK-PR-', seq DIV 1000), '2026-01-01', '10:00:00', 10,"
			" 'Benchmark Supplier', 'Benchmark Supplier', 10, '2026-01-01' + INTERVAL seq SECOND, 1"
			" FROM (SELECT seq, seq MOD 100 AS kind, 1 + seq * 7 MOD %s AS days,"
			" CONCAT('UPK-', LPAD(seq, 8, '0')) AS name, CONCAT('UPK Warehouse ', seq DIV 100 MOD 20) AS place"
			" FROM seq_0_to_99999999 WHERE seq >= %s AND seq < %s) unit ORDER BY seq",
			[LAST_YEAR, LAST_YEAR, DATES, start, min(start + UNITS_PER_STATEMENT, units)],
		)
		frappe.db.commit()
	_run("ANALYZE TABLE `tabSerial No`")


def fill_schedules() -> None:
	"""Yearly contracts with a visit each month, some of them overdue; with the stored values that are right today."""
	for doctype in (SCHEDULE, VISIT):
		_run(f"TRUNCATE `tab{doctype}`")
	head = "name, creation, modified, owner, modified_by, docstatus"
	record = "%s, %s, 'Administrator', 'Administrator', 1"
	_run(
		f"INSERT INTO `tab{VISIT}` ({head}, parent, parenttype, parentfield, idx, scheduled_date,"
		" completion_status, overdue)"
		f" SELECT CONCAT(parent, '/', no), {record}, parent, %s, 'schedules', no, day,"
		" IF(day < CURDATE() AND NOT late, 'Fully Completed', 'Pending'), day < CURDATE() AND late"
		" FROM (SELECT CONCAT('UPK-', LPAD(schedule.seq, 6, '0')) AS parent, visit.seq AS no,"
		" CURDATE() - INTERVAL 1 + schedule.seq * 7 MOD 700 DAY + INTERVAL 30 * visit.seq DAY AS day,"
		" (schedule.seq + visit.seq) MOD 20 = 0 AS late"
		" FROM seq_0_to_999999 schedule JOIN seq_1_to_12 visit WHERE schedule.seq < %s) visits",
		[LAST_YEAR, LAST_YEAR, SCHEDULE, SCHEDULES],
	)
	_run(
		f"INSERT INTO `tab{SCHEDULE}` ({head}, from_date, to_date, status, visits_overdue)"
		f" SELECT name, {record}, start, start + INTERVAL 364 DAY,"
		" IF(start + INTERVAL 364 DAY < CURDATE(), 'Ended', 'Running'), late FROM"
		" (SELECT parent AS name, MIN(scheduled_date) - INTERVAL 30 DAY AS start, SUM(overdue) AS late"
		f" FROM `tab{VISIT}` GROUP BY parent) heads",
		[LAST_YEAR, LAST_YEAR],
	)
	_run(f"ANALYZE TABLE `tab{SCHEDULE}`, `tab{VISIT}`")


def make_schedules_due() -> None:
	"""As after days without a run: contracts began and ended, and visits became overdue."""
	_run(f"UPDATE `tab{VISIT}` SET overdue = 0 WHERE overdue = 1")
	_run(
		f"UPDATE `tab{SCHEDULE}` SET visits_overdue = 0, status = IF(status = 'Ended', 'Running', 'Upcoming')"
		" WHERE visits_overdue > 0"
	)
	frappe.db.commit()


def schedule_names() -> tuple[list[str], list[str]]:
	"""The schedules and the visits that `make_schedules_due` will make wrong."""
	heads = _run(f"SELECT name FROM `tab{SCHEDULE}` WHERE visits_overdue > 0 ORDER BY name")
	visits = _run(f"SELECT name FROM `tab{VISIT}` WHERE overdue = 1 ORDER BY name")
	return [name for (name,) in heads], [name for (name,) in visits]


def unit_names(units: int) -> list[str]:
	"""The units that `make_units_due` will make wrong."""
	return sorted(f"UPK-{seq:08}" for kind in range(100) for seq in range(kind * 101, units, 100 * DUE))


def make_units_due(units: int) -> None:
	"""Of each kind of unit one in DUE is made wrong, in the ways that days, imports and other programs do it."""
	past, coming = "CURDATE() - INTERVAL 1 DAY", "CURDATE() + INTERVAL 9 DAY"
	yesterday = {
		(0, 39): f"end_of_life_date = {past}",  # to Expired
		(40, 49): "status = NULL",
		(50, 54): "on_hold = 1",
		(55, 57): f"end_of_life_date = {coming}",  # to Available
		(58, 58): "status = 'Available'",
		(59, 59): "status = ''",
		(60, 69): f"warranty_expiry_date = {past}",  # to Out of Warranty
		(70, 74): f"warranty_expiry_date = {past}, amc_expiry_date = {coming}",  # to Under AMC
		(75, 84): f"amc_expiry_date = {coming}",  # to Under AMC
		(85, 92): f"amc_expiry_date = {past}",  # to Out of AMC
		(93, 99): "maintenance_status = NULL",
	}
	for (first, last), wrong in yesterday.items():
		for one in range(first, last + 1):
			names = [f"UPK-{seq:08}" for seq in range(one * 101, units, 100 * DUE)]
			floor._by_chunks(f"UPDATE `tabSerial No` SET {wrong} WHERE name IN ({{}})", [(n,) for n in names])
	frappe.db.commit()


def _run(statement: str, values=()) -> list[tuple]:
	return floor._run(statement, values)
