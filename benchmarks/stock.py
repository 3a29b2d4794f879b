"""What a storekeeper does with many units, measured: statements, seconds, ratio to the floor, memory."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import frappe

from benchmarks import floor

USER = "storekeeper@example.com"
SIZES = (100, 1000, 10_000)
ROUNDS = 3
MANY = 100_000  # received in one row
MANY_TIMES_A_TENTH = 11  # at most so many times as long as ten times fewer
MANY_PEAK_MB = 600
# at most so many statements, and so many times the floor, for 10,000 units
LIMITS = {
	"receipt from the series": (60, 1.5),
	"receipt of typed numbers": (60, 1.5),
	"delivery": (80, 1.8),
	"issue picked FIFO": (80, 1.8),
	"transfer": (80, 1.8),
	"cancel of the delivery": (80, 1.8),
	"cancel of the issue": (80, 1.8),
	"cancel of the transfer": (80, 1.8),
	"cancel of a receipt": (80, 1.8),
	"receipt of one unit": (45, None),
	"receipt of many in one row": (200, None),
}
TABLES = ("Serial No", "Serial No Ledger Entry", "Stock Ledger Entry", "Bin")


def run(out: Path, sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> list[str]:
	"""Measure on the connected site, print the table, and write it to `out` as JSON; what is beyond the limits."""
	prepare()
	results: dict[tuple[str, int], list[dict]] = {}
	warm_up()
	for _round in range(rounds):
		for units in sizes:
			for result in measure(units):
				results.setdefault((result["work"], units), []).append(result)
		for result in measure_extremes():
			results.setdefault((result["work"], result["units"]), []).append(result)
	table = [
		summary(rows) for _key, rows in sorted(results.items(), key=lambda pair: (pair[0][0], pair[0][1]))
	]
	out.parent.mkdir(parents=True, exist_ok=True)
	out.write_text(json.dumps(table, indent=1))
	print_table(table)
	beyond = beyond_limits(table)
	print("\n".join(beyond))
	return beyond


def prepare() -> None:
	frappe.set_user("Administrator")
	for doctype, field, name in (
		("Supplier", "supplier_name", "Benchmark Supplier"),
		("Customer", "customer_name", "Benchmark Customer"),
		("Warehouse", "warehouse_name", "Benchmark Stores"),
		("Warehouse", "warehouse_name", "Benchmark Shop"),
	):
		if not frappe.db.exists(doctype, name):
			frappe.get_doc({"doctype": doctype, field: name}).insert()
	if not frappe.db.exists("User", USER):
		user = frappe.get_doc(
			{"doctype": "User", "email": USER, "first_name": "Store", "send_welcome_email": 0}
		)
		user.append("roles", {"role": "Stock User"})
		user.insert()
	frappe.db.set_single_value("Serial Tracking Settings", "auto_pick_serial_nos", 1)
	frappe.db.commit()


def warm_up() -> None:
	for _result in measure(10):
		pass


def new_item() -> str:
	frappe.set_user("Administrator")
	code = f"BENCH-{frappe.generate_hash(length=8)}"
	frappe.get_doc(
		{
			"doctype": "Item",
			"item_code": code,
			"has_serial_no": 1,
			"serial_no_series": f"{code}-.######",
			"warranty_period": 365,
		}
	).insert()
	frappe.db.commit()
	frappe.set_user(USER)
	return code


def measure(units: int):
	"""Receive, transfer, deliver and issue `units` of new items in one row each, and take it all back."""
	item = new_item()
	receipt = measured(item, lambda: submit("Purchase Receipt", item, units))
	yield result("receipt from the series", units, receipt)
	numbers = receipt["doc"].items[0].serial_no

	typed = new_item()
	text = "\n".join(f"{typed}/{n:07d}" for n in range(units))
	entered = measured(typed, lambda: submit("Purchase Receipt", typed, units, text))
	yield result("receipt of typed numbers", units, entered)

	moved = measured(item, lambda: submit("Material Transfer", item, units, numbers))
	yield result("transfer", units, moved)

	note = measured(item, lambda: submit("Delivery Note", item, units, numbers))
	yield result("delivery", units, note)

	issue = measured(typed, lambda: submit("Material Issue", typed, units))
	yield result("issue picked FIFO", units, issue)

	frappe.set_user("Administrator")  # a Stock User may not cancel
	for work, code, done in (
		("delivery", item, note), ("transfer", item, moved), ("issue", typed, issue)
	):  # fmt: skip
		yield result(f"cancel of the {work}", units, measured(code, lambda done=done: cancel(done["doc"])))
	yield result("cancel of a receipt", units, measured(typed, lambda: cancel(entered["doc"])))


def measure_extremes():
	"""Receive one unit, and very many in one row."""
	item = new_item()
	submit("Purchase Receipt", item, 1)
	frappe.db.commit()
	yield result("receipt of one unit", 1, measured(item, lambda: submit("Purchase Receipt", item, 1)))
	item = new_item()
	many = measured(item, lambda: submit("Purchase Receipt", item, MANY))
	yield result("receipt of many in one row", MANY, many)


def submit(work: str, item: str, units: int, serial_no: str | None = None):
	"""Insert and submit a voucher: its DocType, or the purpose of a Stock Entry."""
	row = {"item_code": item, "qty": units, "serial_no": serial_no}
	doctype, head, places = {
		"Purchase Receipt": (
			"Purchase Receipt",
			{"supplier": "Benchmark Supplier"},
			{"warehouse": "Benchmark Stores", "rate": 10},
		),
		"Material Transfer": (
			"Stock Entry",
			{"purpose": work},
			{"s_warehouse": "Benchmark Stores", "t_warehouse": "Benchmark Shop"},
		),
		"Material Issue": ("Stock Entry", {"purpose": work}, {"s_warehouse": "Benchmark Stores"}),
		"Delivery Note": (
			"Delivery Note",
			{"customer": "Benchmark Customer"},
			{"warehouse": "Benchmark Shop"},
		),
	}[work]
	doc = frappe.get_doc({"doctype": doctype, **head, "items": [{**row, **places}]})
	doc.insert()
	doc.submit()
	return doc


def cancel(doc):
	doc = frappe.get_doc(doc.doctype, doc.name)
	doc.cancel()
	return doc


def measured(item: str, work: Callable) -> dict:
	"""Run a piece of work with its commit, then its floor, and say what both took."""
	before = {doctype: floor.snapshot(doctype, "item_code = %s", (item,)) for doctype in TABLES}
	gc.collect()
	reset_peak()
	statements, started = questions(), time.perf_counter()
	doc = work()
	frappe.db.commit()
	seconds = time.perf_counter() - started
	statements = questions() - statements - 1  # the count itself
	peak = peak_mb()
	bare = floor.replay(written_by(doc, item, before))
	return {"doc": doc, "statements": statements, "seconds": seconds, "bare_seconds": bare, "peak_mb": peak}


def written_by(doc, item: str, before: dict[str, dict]) -> floor.Written:
	"""What the work inserted and changed, of the stock records and of the voucher itself."""
	written = floor.Written()
	for doctype in TABLES:
		after = floor.snapshot(doctype, "item_code = %s", (item,))
		if fresh := after.keys() - before[doctype].keys():
			floor.note_inserted(written, doctype, [after[name] for name in sorted(fresh)])
		floor.note_updated(written, doctype, before[doctype], after)
	if doc.docstatus == 1:
		rows = f"{doc.doctype} {'Detail' if doc.doctype == 'Stock Entry' else 'Item'}"
		for doctype, field in ((doc.doctype, "name"), (rows, "parent")):
			found = floor.snapshot(doctype, f"{field} = %s", (doc.name,))
			floor.note_inserted(written, doctype, list(found.values()))
	return written


def result(work: str, units: int, measured: dict) -> dict:
	return {"work": work, "units": units, **{k: v for k, v in measured.items() if k != "doc"}}


def summary(rows: list[dict]) -> dict:
	"""The median of the rounds; the ratio is the median of the ratios of each round."""
	return {
		"work": rows[0]["work"],
		"units": rows[0]["units"],
		"statements": max(row["statements"] for row in rows),
		"seconds": round(statistics.median(row["seconds"] for row in rows), 4),
		"bare_seconds": round(statistics.median(row["bare_seconds"] for row in rows), 4),
		"ratio": round(statistics.median(row["seconds"] / row["bare_seconds"] for row in rows), 2),
		"peak_mb": round(max(row["peak_mb"] for row in rows), 1),
	}


def beyond_limits(table: list[dict]) -> list[str]:
	"""A line for each figure of `table` that is above what the project allows itself."""
	lines = []
	seconds = {(row["work"], row["units"]): row["seconds"] for row in table}
	for row in table:
		statements, ratio = LIMITS[row["work"]]
		if row["statements"] > statements:
			lines.append(
				f"{row['work']}, {row['units']}: {row['statements']} statements, at most {statements}"
			)
		if ratio and row["units"] >= 10_000 and row["ratio"] > ratio:
			lines.append(f"{row['work']}, {row['units']}: {row['ratio']} times the floor, at most {ratio}")
		if row["units"] == MANY:
			if row["peak_mb"] > MANY_PEAK_MB:
				lines.append(f"{row['work']}: {row['peak_mb']} MB, at most {MANY_PEAK_MB}")
			tenth = seconds.get(("receipt from the series", MANY // 10))
			if tenth:
				times = row["seconds"] / tenth
				print(
					f"{row['work']}: {times:.1f} times as long as {MANY // 10}, at most {MANY_TIMES_A_TENTH}"
				)
				if times > MANY_TIMES_A_TENTH:
					lines.append(f"{row['work']}: {times:.1f} times as long as a tenth of them")
	return lines


def print_table(table: list[dict]) -> None:
	print(f"{'work':28}{'units':>8}{'statements':>12}{'seconds':>10}{'bare':>10}{'ratio':>8}{'peak MB':>10}")
	for row in table:
		print(
			f"{row['work']:28}{row['units']:>8}{row['statements']:>12}{row['seconds']:>10.3f}"
			f"{row['bare_seconds']:>10.3f}{row['ratio']:>8.2f}{row['peak_mb']:>10.1f}"
		)


def questions() -> int:
	"""Statements that this connection has sent, as the server counts them."""
	return int(floor._run("SHOW SESSION STATUS LIKE 'Questions'", ())[0][1])


def reset_peak() -> None:
	Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
	status = Path("/proc/self/status").read_text()
	return int(status.split("VmHWM:")[1].split()[0]) / 1024
