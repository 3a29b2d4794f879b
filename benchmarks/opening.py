"""Opening stock of many units from a file: what reading, filling and submitting take."""

import gc
import io
import time
from collections.abc import Callable

import frappe
import openpyxl

from benchmarks import stock

COLUMNS = (
	"item_code", "warehouse", "serial_no", "rate", "supplier_serial_no", "warranty_expiry_date",
	"supplier_warranty_expiry_date", "end_of_life_date",
)  # fmt: skip
UNITS = 50_000
RATES = 5


def run(units: int) -> list[dict]:
	"""Check, fill and submit a CSV and an XLSX of so many units with all columns; prints the table."""
	stock.prepare()
	for file_type in ("csv", "xlsx"):
		measure(100, file_type)
	table = [row for file_type in ("csv", "xlsx") for row in measure(units, file_type)]
	print(f"{'work':20}{'units':>8}{'statements':>12}{'seconds':>10}{'of submit':>11}{'peak MB':>10}")
	for row in table:
		print(
			f"{row['work']:20}{row['units']:>8}{row['statements']:>12}{row['seconds']:>10.2f}"
			f"{row['of_submit']:>11.2f}{row['peak_mb']:>10.0f}"
		)
	return table


def measure(units: int, file_type: str) -> list[dict]:
	from serial_tracking.api import opening

	item = stock.new_item()
	file = upload(lines_of(item, units), file_type)
	found: dict = {}
	steps = [
		(f"check of {file_type}", lambda: found.update(opening.check(file))),
		(f"fill from {file_type}", lambda: found.update(opening.fill(file))),
		(f"submit, {file_type}", lambda: frappe.get_doc("Stock Entry", found["stock_entry"]).submit()),
	]
	table = [{"work": work, "units": units, **measured(step)} for work, step in steps]
	assert found["problem_count"] == 0, found["problems"][:3]
	assert frappe.db.count("Serial No", {"item_code": item, "status": "Available"}) == units
	for row in table:
		row["of_submit"] = row["seconds"] / table[-1]["seconds"]
	return table


def lines_of(item: str, units: int):
	yield COLUMNS
	for n in range(units):
		yield (
			item, "Benchmark Stores", f"{item}/{n:07d}", 100 + n % RATES, f"MAKER-{n:09d}", "2030-01-31",
			"2029-06-30", "2035-12-31",
		)  # fmt: skip


def upload(lines, file_type: str) -> str:
	if file_type == "csv":
		content = "\r\n".join(",".join(map(str, line)) for line in lines).encode()
	else:
		book = openpyxl.Workbook(write_only=True)
		sheet = book.create_sheet()
		for line in lines:
			sheet.append(line)
		stream = io.BytesIO()
		book.save(stream)
		content = stream.getvalue()
	record = {"doctype": "File", "file_name": f"opening.{file_type}", "is_private": 1, "content": content}
	name = frappe.get_doc(record).insert().name
	frappe.db.commit()
	return name


def measured(work: Callable) -> dict:
	gc.collect()
	stock.reset_peak()
	statements, started = stock.questions(), time.perf_counter()
	work()
	frappe.db.commit()
	seconds = time.perf_counter() - started
	return {"statements": stock.questions() - statements - 1, "seconds": seconds, "peak_mb": stock.peak_mb()}
