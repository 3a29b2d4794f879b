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
TABLES = ("Serial No", "Serial No Ledger Entry", "Stock Ledger Entry", "Bin")


def run(out: Path, sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> list[dict]:
	"""Measure on the connected site, print the table, and write it to `out` as JSON."""
	prepare()
	results: dict[tuple[str, int], list[dict]] = {}
	warm_up()
	for _round in range(rounds):
		for units in sizes:
			for result in measure(units):
				results.setdefault((result["work"], units), []).append(result)
	table = [
		summary(rows) for _key, rows in sorted(results.items(), key=lambda pair: (pair[0][0], pair[0][1]))
	]
	out.parent.mkdir(parents=True, exist_ok=True)
	out.write_text(json.dumps(table, indent=1))
	print_table(table)
	return table


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
	"""Receive, transfer and deliver `units` of a new item in one row each, and receive as many typed ones."""
	item = new_item()
	receipt = measured(item, lambda: submit("Purchase Receipt", item, units, None))
	yield result("receipt from the series", units, receipt)
	numbers = receipt["doc"].items[0].serial_no

	typed = new_item()
	text = "\n".join(f"{typed}/{n:07d}" for n in range(units))
	entered = measured(typed, lambda: submit("Purchase Receipt", typed, units, text))
	yield result("receipt of typed numbers", units, entered)

	moved = measured(item, lambda: submit("Stock Entry", item, units, numbers))
	yield result("transfer", units, moved)

	note = measured(item, lambda: submit("Delivery Note", item, units, numbers))
	yield result("delivery", units, note)

	frappe.set_user("Administrator")  # a Stock User may not cancel
	yield result("cancel of the delivery", units, measured(item, lambda: cancel(note["doc"])))
	yield result("cancel of a receipt", units, measured(typed, lambda: cancel(entered["doc"])))


def submit(doctype: str, item: str, units: int, serial_no: str | None):
	row = {"item_code": item, "qty": units, "serial_no": serial_no}
	values = {
		"Purchase Receipt": (
			{"supplier": "Benchmark Supplier"},
			{"warehouse": "Benchmark Stores", "rate": 10},
		),
		"Stock Entry": (
			{"purpose": "Material Transfer"},
			{"s_warehouse": "Benchmark Stores", "t_warehouse": "Benchmark Shop"},
		),
		"Delivery Note": ({"customer": "Benchmark Customer"}, {"warehouse": "Benchmark Shop"}),
	}[doctype]
	doc = frappe.get_doc({"doctype": doctype, **values[0], "items": [{**row, **values[1]}]})
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
