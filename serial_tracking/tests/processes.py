"""Several real processes on the site of the running test, for what only shows between connections."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import frappe

from serial_tracking.stock import valuation

SECONDS = 120  # for all processes together


def run_together(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Run `attempt` once per call, each in a process of its own, all starting at the same moment.

	Returns for each process what its attempts answered: a list of document names and exception class names.
	A process that was killed answers an empty list.
	"""
	with tempfile.TemporaryDirectory() as folder:
		running = []
		for i, call in enumerate(calls):
			call = {**call, "folder": folder, "number": i, "processes": len(calls)}
			command = [*_execute(), "serial_tracking.tests.processes.attempt_call", "--kwargs", _text(call)]
			log = (Path(folder) / f"{i}.log").open("w")
			running.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=_folder()))
		deadline = time.monotonic() + SECONDS
		try:
			for process in running:
				process.wait(max(deadline - time.monotonic(), 1))
		finally:
			for process in running:
				process.kill()  # one that waits for another that never came
		answers = []
		for i in range(len(calls)):
			answer = Path(folder) / f"{i}.json"
			answers.append(json.loads(answer.read_text()) if answer.exists() else [])
			if not answer.exists() and not calls[i].get("killed"):
				raise AssertionError((Path(folder) / f"{i}.log").read_text())
		return answers


def attempt_call(call: str) -> None:
	attempt(**json.loads(call))


def attempt(
	folder: str,
	number: int,
	processes: int,
	document: dict,
	times: int = 1,
	killed: bool = False,
	cancel: bool = False,
) -> None:
	"""Submit `times` drafts of a document, or submit or cancel the one that it names, each in a transaction of its own; note the answers."""
	# drafts first: inserting takes the counter of the voucher's own series, and would queue the processes up
	names = [document["name"]] if "name" in document else [_draft(document) for _n in range(times)]
	(Path(folder) / f"{number}.ready").touch()
	while len(list(Path(folder).glob("*.ready"))) < processes:
		time.sleep(0.005)
	if killed:
		valuation.write = _die
	answers = []
	for name in names:
		frappe.db.rollback()  # a snapshot as fresh as a request's
		try:
			doc = frappe.get_doc(document["doctype"], name)
			doc.cancel() if cancel else doc.submit()
			frappe.db.commit()  # nosemgrep
			answers.append(name)
		except Exception as e:
			frappe.db.rollback()
			answers.append(type(e).__name__)
	(Path(folder) / f"{number}.json").write_text(json.dumps(answers))


def _draft(document: dict) -> str:
	while True:
		try:
			name = frappe.get_doc(document).insert().name
			frappe.db.commit()  # nosemgrep
			return name
		except Exception as e:
			frappe.db.rollback()
			if (
				getattr(e, "pgcode", None) != "40001"
			):  # Postgres: Frappe's own naming lost the race for its counter
				raise


def _die(*args: Any) -> None:
	os.kill(os.getpid(), 9)


def _text(call: dict[str, Any]) -> str:
	"""Arguments for `execute`, which reads JSON on one host and Python on another: a string is a string to both."""
	return json.dumps({"call": json.dumps(call)})


def _execute() -> list[str]:
	"""The command that runs a dotted function on this site; a bench knows it, another host says it."""
	if prefix := os.environ.get("SERIAL_TRACKING_EXECUTE"):
		return json.loads(prefix)
	return [
		sys.executable,
		"-m",
		"frappe.utils.bench_helper",
		"frappe",
		"--site",
		frappe.local.site,
		"execute",
	]


def _folder() -> str | None:
	return None if os.environ.get("SERIAL_TRACKING_EXECUTE") else str(Path(frappe.local.sites_path).resolve())
