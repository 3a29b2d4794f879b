"""Servers and clients killed in the middle of a large submit, and a disk that is full: all or nothing, and go on."""

import json
import os
import random
import subprocess
import time
from pathlib import Path
from typing import Any

from proof.site import Ground, ground

TABLES = ("Serial No", "Serial No Ledger Entry", "Stock Ledger Entry")


def run(units: int, kills: int, seed: int) -> list[dict[str, Any]]:
	"""A row for each fault: what was killed and when, what is there afterwards, and what is wrong (None if nothing)."""
	rng = random.Random(seed)
	rows = []
	with ground() as place:
		item = place.item("KILL")
		seconds = _undisturbed(place, item, units)
		for what in ("server", "client"):
			for _n in range(kills):
				rows.append(_kill(place, item, units, what, rng.uniform(0.02, 0.95) * seconds))
				print(_line(rows[-1]), flush=True)
	if os.getuid():
		rows.append(
			{"fault": "disk full", "after_seconds": None, "posted": False, "told": "not run", "wrong": None}
		)
		print("disk full: not run, only root can mount a small disk")
		return rows
	with ground("proof-disk", "--innodb-log-file-size=48M", size="420M") as place:
		rows.append(_fill_the_disk(place, units))
		print(_line(rows[-1]), flush=True)
	return rows


def _undisturbed(place: Ground, item: str, units: int) -> float:
	process = place.start("submit", doctype="Purchase Receipt", name=place.draft(item, units))
	process.stdout.readline()
	started = time.monotonic()
	answer = _answer(process)
	if not answer.get("posted"):
		raise AssertionError(f"the submit without any fault failed: {answer}")
	return time.monotonic() - started


def _kill(place: Ground, item: str, units: int, what: str, after: float) -> dict[str, Any]:
	before = _there(place, item)
	name = place.draft(item, units)
	process = place.start("submit", doctype="Purchase Receipt", name=name)
	process.stdout.readline()
	time.sleep(after)
	if what == "server":
		place.server.kill()
		answer = _answer(process)
		place.restart()
	else:
		process.kill()
		process.communicate()
		answer = {}
	wrong = _verdict(place, item, name, units, before)
	if answer.get("posted") and not _is_posted(place, name):
		wrong = "the client was told that it is posted, and it is not"
	return {
		"fault": f"{what} killed",
		"after_seconds": round(after, 2),
		"posted": _is_posted(place, name),
		"told": answer.get("refused"),
		"wrong": wrong,
	}


def _fill_the_disk(place: Ground, units: int) -> dict[str, Any]:
	item = place.item("FULL")
	before = _there(place, item)
	name = place.draft(item, units)
	filler = Path(place.server.folder) / "filler"
	disk = os.statvfs(place.server.folder)
	with filler.open("wb") as file:
		left = disk.f_bavail * disk.f_frsize - 3_000_000  # room for a part of the rows
		while left > 0:
			left -= file.write(b"\0" * min(left, 1_000_000))
	process = place.start("submit", doctype="Purchase Receipt", name=name)
	process.stdout.readline()
	answer = _answer(process)
	alive = place.server.answers()
	filler.unlink()
	if not alive:
		place.server.kill()
		place.restart()
	wrong = _verdict(place, item, name, units, before)
	if answer.get("posted"):
		wrong = "the disk was not full: it proves nothing"
	elif not alive:
		wrong = wrong or "the server went down"
	elif answer.get("refused") != "StorageFullError":
		wrong = wrong or f"told as {answer}"
	return {
		"fault": "disk full",
		"after_seconds": None,
		"posted": _is_posted(place, name),
		"told": answer.get("refused"),
		"wrong": wrong,
	}


def _verdict(place: Ground, item: str, name: str, units: int, before: dict[str, int]) -> str | None:
	"""What is wrong after a fault, then after receiving goes on; None if nothing."""
	frappe = place.enter()
	from serial_tracking.stock.audit import audit

	posted = _is_posted(place, name)
	now = _there(place, item)
	expected = {
		"Serial No": units, "Serial No Ledger Entry": units, "Stock Ledger Entry": 1, "Bin": units,
	}  # fmt: skip
	for table, count in expected.items():
		if now[table] - before[table] != (count if posted else 0):
			return f"{table}: {now[table] - before[table]} more, posted: {posted}"
	if differences := audit(item):
		return f"audit: {differences[:2]}"
	given = frappe.get_all("Serial No", {"item_code": item}, pluck="serial_no")
	more = frappe.get_doc("Purchase Receipt", place.draft(item, 20))
	more.submit()
	frappe = place.enter() if frappe.db.commit() else frappe
	made = more.items[0].serial_no.split("\n")
	if len(set(made)) != 20 or set(made) & set(given):
		return f"numbers given twice: {sorted(set(made) & set(given))[:3]}"
	return None


def _there(place: Ground, item: str) -> dict[str, int]:
	frappe = place.enter()
	found = {table: frappe.db.count(table, {"item_code": item}) for table in TABLES}
	found["Bin"] = int(frappe.db.get_value("Bin", {"item_code": item}, "actual_qty") or 0)
	return found


def _is_posted(place: Ground, name: str) -> bool:
	return place.enter().db.get_value("Purchase Receipt", name, "docstatus") == 1


def _answer(process: subprocess.Popen) -> dict[str, Any]:
	out, errors = process.communicate(timeout=300)
	lines = out.strip().splitlines()
	return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {"refused": errors[-200:]}


def _line(row: dict[str, Any]) -> str:
	after = "" if row["after_seconds"] is None else f"after {row['after_seconds']:.2f} s"
	result = "posted" if row["posted"] else "nothing"
	return f"{row['fault']:16}{after:16}{result:10}{row['told'] or '':22}{row['wrong'] or 'right'}"
