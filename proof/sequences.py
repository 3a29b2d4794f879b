"""The model test with many sequences, half of them on each database, both at the same time."""

import os
import re
import subprocess
import sys
import time
from typing import Any

from embedded import config

TEST = "serial_tracking/tests/test_model.py"


def run(sequences: int) -> list[dict[str, Any]]:
	slot, started = os.environ.get("TEST_SLOT", ""), time.monotonic()
	running = {}
	for database in config.DATABASES:
		environment = {
			**os.environ,
			"DB": database,
			"TEST_SLOT": f"{slot}p{database[0]}",
			"MODEL_SEQUENCES": str(-(-sequences // len(config.DATABASES))),
		}
		running[database] = subprocess.Popen(
			[sys.executable, "-m", "pytest", TEST, "-q", "-s", "--tb=short"],
			env=environment, cwd=config.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
		)  # fmt: skip
	rows = []
	for database, process in running.items():
		out, _errors = process.communicate()
		said = re.search(r"MODEL (\d+) sequences, (\d+) steps accepted, (\d+) refused", out)
		rows.append({
			"database": database,
			"sequences": int(said[1]) if said else 0,
			"accepted": int(said[2]) if said else 0,
			"refused": int(said[3]) if said else 0,
			"seconds": round(time.monotonic() - started),
			"wrong": None if process.returncode == 0 and said else out[-3000:],
		})  # fmt: skip
		print(
			"{database:10}{sequences:>7} sequences{accepted:>8} steps accepted{refused:>8} refused".format(
				**rows[-1]
			)
		)
		print(rows[-1]["wrong"] or "nothing is wrong", flush=True)
	return rows
