"""The table of hostile text, with what the text engine makes of it and what that costs.

The tests run the same table over every way in: serial_tracking/tests/pure/test_hostile_text.py and test_hostile.py.
"""

import time
import tracemalloc
from typing import Any

from embedded import boot


def run() -> list[dict[str, Any]]:
	boot.frappe()
	from serial_tracking.stock import entry_text
	from serial_tracking.tests import hostile

	rows = []
	print("| input | gives | processor ms | MB |\n|---|---|---|---|")
	for name, (text, outcome) in hostile.TEXTS.items():
		started = time.process_time()
		entry = entry_text.parse(text)
		seconds = time.process_time() - started
		tracemalloc.start()
		entry_text.parse(text)
		megabytes = tracemalloc.get_traced_memory()[1] / 1e6
		tracemalloc.stop()
		if entry.problems:
			found = hostile.FORMAT
		else:
			found = hostile.LIMIT if entry.count > entry_text.MOST_UNITS else entry.numbers()
		costly = seconds >= hostile.SECONDS or megabytes >= hostile.MEGABYTES
		gives = found if isinstance(found, str) else f"{len(found)} number{'s' * (len(found) != 1)}"
		row = {
			"input": name,
			"gives": gives,
			"milliseconds": round(seconds * 1000),
			"megabytes": round(megabytes, 1),
		}
		rows.append({**row, "wrong": found != outcome or costly})
		print("| {input} | {gives} | {milliseconds} | {megabytes} |".format(**row))
	return rows
