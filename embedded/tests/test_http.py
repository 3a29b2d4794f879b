"""What a client of the site sees, on both databases."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from embedded import server

BILL = "/api/resource/Stall Bill"


def rows(quantity=1):
	return [{"thing": "Lamp", "quantity": quantity}]


def test_login_and_refusal_of_a_wrong_password(live):
	assert live.get("/api/method/frappe.auth.get_logged_user").json()["message"] == "Administrator"
	answer = requests.post(
		f"{live.url}/api/method/login", {"usr": "Administrator", "pwd": "wrong"}, timeout=60
	)
	assert answer.status_code == 401


def test_a_guest_reads_nothing(live):
	answer = requests.get(live.url + BILL, headers={"Accept": "application/json"}, timeout=60)
	assert answer.status_code == 403


def test_a_refused_request_leaves_nothing_behind(live):
	"""The controller has written a ToDo before it refuses; both must be gone, and stay gone."""
	answer = live.post(BILL, {"customer": "Refused", "rows": rows(-1)})
	assert answer.status_code == 417
	body = answer.json()
	assert body["exc_type"] == "ValidationError"
	assert json.loads(json.loads(body["_server_messages"])[0])["message"] == "Quantity must be positive"
	assert body["exception"].startswith("frappe.exceptions.ValidationError")
	assert live.count("Stall Bill", customer="Refused") == 0
	assert live.count("ToDo", description="bill of Refused") == 0
	# a later request that commits must not bring them back
	assert live.post(BILL, {"customer": "Accepted", "rows": rows()}).status_code == 200
	assert live.count("ToDo", description="bill of Refused") == 0


def test_a_get_request_changes_nothing(live):
	before = live.count("Note")
	live.get(
		"/api/method/frappe.client.insert", params={"doc": json.dumps({"doctype": "Note", "title": "by GET"})}
	)
	assert live.count("Note") == before


def test_submit_and_cancel_over_rest(live):
	name = live.post(BILL, {"customer": "Asha", "rows": rows(3)}).json()["data"]["name"]
	submitted = live.session.put(f"{live.url}{BILL}/{name}", json={"docstatus": 1}, timeout=60)
	assert submitted.json()["data"]["docstatus"] == 1
	assert live.session.delete(f"{live.url}{BILL}/{name}", timeout=60).status_code == 417
	assert live.session.put(f"{live.url}{BILL}/{name}", json={"docstatus": 2}, timeout=60).status_code == 200


def test_csrf_token_under_the_names_of_the_framework(live):
	session = live.login("Administrator", "admin")
	page = session.get(f"{live.url}/desk", headers={"Accept": "text/html"}, timeout=60).text
	token = re.search(r'frappe\.csrf_token = "(\w+)"', page)[1]
	bill = {"customer": "Token", "rows": rows()}
	assert live.post(BILL, bill, session=session).status_code == 400
	accepted = live.post(BILL, bill, session=session, headers={"X-Frappe-CSRF-Token": token})
	assert accepted.status_code == 200


def test_simultaneous_requests_wait_for_each_other(live):
	with ThreadPoolExecutor(8) as pool:
		answers = list(pool.map(lambda i: live.post(BILL, {"customer": "Crowd", "rows": rows()}), range(24)))
	assert [answer.status_code for answer in answers] == [200] * 24, answers[0].text
	assert len({answer.json()["data"]["name"] for answer in answers}) == 24


def test_jobs_run_without_a_queue_server(live):
	def note(title):
		for _ in range(50):
			if found := live.get(f"/api/resource/Note?filters={json.dumps({'title': title})}").json()["data"]:
				return found
			time.sleep(0.1)

	assert live.post("/api/method/stall.api.note_later", {"text": "at once"}).status_code == 200
	assert note("at once")
	assert live.post("/api/method/stall.api.note_after_commit", {"text": "after"}).status_code == 200
	assert note("after")
	assert (
		live.post("/api/method/stall.api.note_after_commit", {"text": "never", "fail": 1}).status_code == 417
	)
	assert live.count("Note", title="never") == 0


def test_rename_and_assign_without_a_queue_server(live):
	name = live.post(BILL, {"customer": "Asha", "rows": rows()}).json()["data"]["name"]
	renamed = live.post(
		"/api/method/frappe.client.rename_doc",
		{"doctype": "Stall Bill", "old_name": name, "new_name": f"{name}-X"},
	)
	assert renamed.json()["message"] == f"{name}-X"
	assigned = live.post(
		"/api/method/frappe.desk.form.assign_to.add",
		{"doctype": "Stall Bill", "name": f"{name}-X", "assign_to": ["Administrator"], "description": "look"},
	)
	assert assigned.status_code == 200, assigned.text
	assert live.count("ToDo", reference_name=f"{name}-X", status="Open") == 1


def test_arguments_of_a_request_take_the_types_that_their_method_names(live):
	"""The link field of a form sends its flags as texts; "0" is not true."""
	answer = live.get(
		"/api/method/frappe.desk.search.search_link",
		params={"doctype": "Stall Bill", "txt": "", "ignore_user_permissions": "0", "page_length": "5"},
	)
	assert answer.status_code == 200, answer.text


# ---- pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/login", "/desk"])
def test_pages_name_only_files_that_are_there_and_nobody_elses(live, page):
	session = requests.Session() if page == "/login" else live.login("Administrator", "admin")
	html = session.get(live.url + page, headers={"Accept": "text/html"}, timeout=60).text
	named = set(re.findall(r'(?:src|href)="(/assets/[^"?]+)', html) + re.findall(r"fetch\(`([^?`]+)", html))
	assert len(named) > 5
	for file in named:
		assert session.get(live.url + file, timeout=60).status_code == 200, file
	loaded = re.findall(r'<(?:script|img|iframe|source)[^>]+src="([^"]+)"', html)
	loaded += re.findall(r'<link[^>]+href="([^"]+)"', html)
	assert [
		link for link in loaded if re.match(r"(https?:)?//", link) and not link.startswith(live.url)
	] == []


def test_every_bundle_of_the_manifest_is_there(live):
	manifest = live.get("/assets/assets.json").json()
	assert {"desk.bundle.js", "form.bundle.js", "stall.bundle.js"} <= set(manifest)
	assert {live.get(file).status_code for file in manifest.values()} == {200}


def test_the_site_opens_no_outgoing_connection(live):
	"""Pages, a new user (a picture service would be asked for one), a save, and the scheduled work of a day."""
	server.OUTGOING.unlink(missing_ok=True)
	browser = live.login("Administrator", "admin")
	for page in ("/login", "/desk", "/desk/stall-bill"):
		assert browser.get(live.url + page, headers={"Accept": "text/html"}, timeout=60).status_code == 200
	user = {"email": f"new-{time.time()}@example.com", "first_name": "New", "send_welcome_email": 0}
	assert live.post("/api/resource/User", user).status_code == 200
	assert live.post(BILL, {"customer": "Asha", "rows": rows()}).status_code == 200
	for method in (
		"frappe.desk.doctype.changelog_feed.changelog_feed.fetch_changelog_feed",
		"frappe.utils.change_log.check_for_update",
		"frappe.utils.telemetry.pulse.client.send_queued_events",
	):
		live.post("/api/method/stall.api.run", {"method": method})
	assert not server.OUTGOING.exists(), server.OUTGOING.read_text()
	# and one that tries is stopped
	assert live.post("/api/method/stall.api.call_out", {}).status_code == 500
	assert server.OUTGOING.read_text() == "socket.getaddrinfo 192.0.2.1\n"
	server.OUTGOING.unlink()
