"""Eight processes on one site: receive from one series and from two that share a prefix, deliver, cancel."""

import json
from collections import Counter
from typing import Any

from proof.site import Ground, ground


def run(processes: int, seconds: float, seed: int) -> dict[str, Any]:
	"""Throughput against one process, refusals by class, and what is wrong (an empty list if nothing)."""
	with ground() as place:
		frappe = place.enter()
		prefix = frappe.generate_hash(length=6)
		items = {
			"series": place.item("SERIES"),
			"left": place.item("LEFT", serial_no_series=f"{prefix}-.#####"),
			"right": place.item("RIGHT", serial_no_series=f"{prefix}-.#####"),
		}
		alone = _trade(place, items, 1, min(seconds, 20), seed)
		together = _trade(place, items, processes, seconds, seed + 1)
		result = {
			"processes": processes,
			"seconds": seconds,
			"vouchers_per_second_alone": round(sum(alone["done"].values()) / min(seconds, 20), 1),
			"vouchers_per_second": round(sum(together["done"].values()) / seconds, 1),
			"done": dict(together["done"]),
			"refused": dict(together["refused"]),
			"wrong": [*alone["unhandled"], *together["unhandled"], *_verdict(place, items)],
		}
	print(f"one process    {result['vouchers_per_second_alone']:8.1f} vouchers a second")
	print(f"{processes} processes    {result['vouchers_per_second']:8.1f} vouchers a second")
	print(f"done           {result['done']}")
	print(f"refused        {result['refused']}")
	print(f"wrong          {result['wrong'] or 'nothing'}", flush=True)
	return result


def _trade(place: Ground, items: dict[str, str], count: int, seconds: float, seed: int) -> dict[str, Any]:
	running = [
		place.start("trade", items=items, stores=place.stores, seconds=seconds, seed=seed * 100 + n)
		for n in range(count)
	]
	total = {"done": Counter(), "refused": Counter(), "unhandled": []}
	for process in running:
		out, errors = process.communicate(timeout=seconds + 120)
		lines = out.strip().splitlines()
		if not lines or not lines[-1].startswith("{"):
			total["unhandled"].append(errors[-300:])
			continue
		answer = json.loads(lines[-1])
		total["done"].update(answer["done"])
		total["refused"].update(answer["refused"])
		total["unhandled"] += answer["unhandled"]
	return total


def _verdict(place: Ground, items: dict[str, str]) -> list[str]:
	frappe = place.enter()
	from serial_tracking.stock.audit import audit

	wrong = [f"audit: {difference}" for difference in audit()][:5]
	for item in items.values():
		rows = frappe.get_all(
			"Purchase Receipt Item", {"item_code": item, "docstatus": ("in", (1, 2))}, ["serial_no"]
		)
		numbers = Counter(number for row in rows for number in row.serial_no.split("\n"))
		known = set(frappe.get_all("Serial No", {"item_code": item}, pluck="serial_no"))
		if twice := [number for number, count in numbers.items() if count > 1]:
			wrong.append(f"given twice: {sorted(twice)[:5]}")
		if lost := set(numbers) - known:
			wrong.append(f"lost: {sorted(lost)[:5]}")
		wrong += [f"{number} of nobody" for number in sorted(known - set(numbers))[:5]]
	return wrong
