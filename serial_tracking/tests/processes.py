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

from serial_tracking.service import reminders
from serial_tracking.service.upkeep import update_schedules
from serial_tracking.stock import valuation
from serial_tracking.stock.upkeep import update_statuses

SECONDS = 120  # for all processes together


def run_together(calls: list[dict[str, Any]]) -> list[list[str]]:
	"""Make each call in a process of its own, all starting at the same moment.

	A call has a `document` and an `action` ("submit", "cancel", "die": killed in the middle of a submit; or, whatever
	the document, steps of the daily job: "upkeep" of units and schedules, "remind"). The document is taken by its name,
	or made as a draft `times` times. What is not committed is committed here.
	One call may be `late`: its transaction begins before the others act, and it acts after they have committed.
	Returns for each process the names that went through, and the exception classes of those that did not; a
	process that was killed answers an empty list.
	"""
	with tempfile.TemporaryDirectory() as folder:
		# drafts are made here: inserting takes the counter of the voucher's own series, and would queue the
		# processes up
		orders = [
			{
				"doctype": call["document"]["doctype"],
				"names": _drafts(call["document"], call.get("times", 1)),
				"action": call.get("action", "submit"),
				"late": call.get("late", False),
				"folder": folder,
				"number": number,
				"processes": len(calls),
			}
			for number, call in enumerate(calls)
		]
		frappe.db.commit()  # nosemgrep
		running = []
		for order in orders:
			command = [*_execute(), "serial_tracking.tests.processes.attempt", "--kwargs", _text(order)]
			log = (Path(folder) / f"{order['number']}.log").open("w")
			running.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=_folder()))
		deadline = time.monotonic() + SECONDS
		try:
			for process in running:
				process.wait(max(deadline - time.monotonic(), 1))
		except subprocess.TimeoutExpired:
			logs = "\n".join(file.read_text() for file in sorted(Path(folder).glob("*.log")))
			raise AssertionError(f"not all processes came to an end:\n{logs}") from None
		finally:
			for process in running:
				process.kill()
		answers = []
		for order in orders:
			answer = Path(folder) / f"{order['number']}.json"
			answers.append(json.loads(answer.read_text()) if answer.exists() else [])
			if not answer.exists() and order["action"] != "die":
				raise AssertionError((Path(folder) / f"{order['number']}.log").read_text())
		return answers


def attempt(order: str) -> None:
	"""What each process does: open the documents, wait for the others, act on each in its own transaction."""
	order = json.loads(order)
	folder = Path(order["folder"])
	docs = [frappe.get_doc(order["doctype"], name) for name in order["names"]]
	frappe.db.rollback()  # a snapshot as fresh as a request's
	if order["late"]:
		frappe.db.count("Bin")  # the first read takes it
	(folder / f"{order['number']}.ready").touch()
	while len(list(folder.glob("*.ready"))) < order["processes"]:
		time.sleep(0.005)
	while order["late"] and len(list(folder.glob("*.json"))) < order["processes"] - 1:
		time.sleep(0.005)
	if order["action"] == "die":
		valuation.write = _die
	answers = []
	for doc in docs:
		try:
			_act(doc, order["action"])
			frappe.db.commit()  # nosemgrep
			answers.append(doc.name)
		except Exception as e:
			frappe.db.rollback()
			answers.append(type(e).__name__)
	(folder / f"{order['number']}.json").write_text(json.dumps(answers))


def _act(doc, action: str) -> None:
	if action == "upkeep":
		update_statuses()
		update_schedules()
	elif action == "remind":
		reminders.send()
	else:
		doc.cancel() if action == "cancel" else doc.submit()


def _drafts(document: dict[str, Any], times: int) -> list[str]:
	if "name" in document:
		return [document["name"]]
	return [frappe.get_doc(document).insert().name for _n in range(times)]


def _die(*args: Any) -> None:
	os.kill(os.getpid(), 9)


def _text(order: dict[str, Any]) -> str:
	"""Arguments for `execute`, which reads JSON on one host and Python on another: a string is a string to both."""
	return json.dumps({"order": json.dumps(order)})


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
