"""A second process on the site of a test, by the command that the environment holds."""

import json
import os
import subprocess

from embedded.pytest_plugin import EXECUTE


def execute(*arguments: str) -> subprocess.CompletedProcess:
	return subprocess.run(
		[*json.loads(os.environ[EXECUTE]), *arguments], capture_output=True, text=True, timeout=120
	)


def test_it_sees_what_is_committed_and_answers_in_json(frappe):
	customer = f"Second process {frappe.generate_hash()}"
	frappe.get_doc({"doctype": "Stall Bill", "customer": customer, "rows": []}).insert()
	asked = ("stall.api.count_bills", "--kwargs", json.dumps({"customer": customer}))
	assert execute(*asked).stdout == "0\n"
	frappe.db.commit()
	assert execute(*asked).stdout == "1\n"


def test_its_failure_shows_and_leaves_nothing(frappe):
	failed = execute("stall.api.note_after_commit", "--kwargs", '{"text": "of a child", "fail": true}')
	assert failed.returncode != 0 and "ValidationError" in failed.stderr
	assert not frappe.db.exists("Note", {"title": "of a child"})


def test_the_cache_is_shared(frappe):
	frappe.cache.set_value("has_role:Page", "old")
	frappe.local.cache.clear()
	assert execute("frappe.cache_manager.clear_cache").returncode == 0
	assert frappe.cache.get_value("has_role:Page") is None
