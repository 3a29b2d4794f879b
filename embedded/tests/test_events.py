"""What the site tells its open pages, without a socket server, on both databases."""

import json
import time

import pytest
import requests

POLL = "/api/method/frappe.utils.local_events.poll"


class Listener:
	"""A page of one user, as `local_events.js` asks."""

	def __init__(self, live, session=None, *rooms):
		self.live, self.session, self.rooms = live, session or live.session, rooms
		self.latest = -1
		assert self.ask() == []

	def ask(self) -> list:
		answer = self.session.get(
			self.live.url + POLL,
			params={"after": self.latest, "rooms": json.dumps(self.rooms)},
			timeout=60,
		)
		answer.raise_for_status()
		self.latest = answer.json()["message"]["latest"]
		return answer.json()["message"]["events"]

	def percents(self) -> list:
		return [message["percent"] for event, message in self.ask() if event == "progress"]


@pytest.fixture
def clerk(live):
	"""A user who may read bills of nobody."""
	email = "clerk@example.com"
	session = live.add_user(email, "clerk-Pass-1", first_name="Clerk")
	as_desk_user = {"user_type": "System User"}
	live.session.put(
		f"{live.url}/api/resource/User/{email}", json=as_desk_user, timeout=60
	).raise_for_status()
	return session


def bill(live) -> str:
	values = {"customer": "Asha", "rows": [{"thing": "Lamp", "quantity": 1}]}
	return live.post("/api/resource/Stall Bill", values).json()["data"]["name"]


def wait_for(ask, wanted, seconds=20):
	"""What was told until the wanted came; fails after some seconds."""
	told = []
	for _ in range(seconds * 10):
		told += ask()
		if wanted in told:
			return told
		time.sleep(0.1)
	raise AssertionError(f"{wanted} was not told, but {told}")


def test_the_progress_of_a_job_is_told_while_it_runs(live):
	page = Listener(live)
	started = time.monotonic()
	live.post("/api/method/stall.api.work", {"steps": 4, "seconds": 0.5}).raise_for_status()
	assert wait_for(page.percents, 25) == [25] and time.monotonic() - started < 2
	told = wait_for(page.ask, ["msgprint", "The work is done"])
	assert [message["percent"] for event, message in told if event == "progress"] == [50, 75, 100]


def test_a_message_of_a_job_comes_once(live):
	page = Listener(live)
	message = ["msgprint", "Told once"]  # those of the tests before may still come
	live.post("/api/method/stall.api.work", {"steps": 1, "end": message[1]}).raise_for_status()
	told = wait_for(page.ask, message)
	time.sleep(0.3)
	assert (told + page.ask()).count(message) == 1


def test_what_is_told_to_a_user_is_told_to_nobody_else(live, clerk):
	mine, theirs = Listener(live), Listener(live, clerk)
	live.post("/api/method/stall.api.work", {"steps": 1}).raise_for_status()
	wait_for(mine.percents, 100)
	assert theirs.percents() == []


def test_of_a_document_those_are_told_who_may_read_it_and_look_at_it(live, clerk):
	name = bill(live)
	room = ("doc", "Stall Bill", name)
	reader, elsewhere, stranger = Listener(live, None, room), Listener(live), Listener(live, clerk, room)
	live.post("/api/method/stall.api.work", {"doctype": "Stall Bill", "name": name, "steps": 1})
	wait_for(reader.percents, 100)
	assert elsewhere.percents() == [] and stranger.percents() == []


def test_a_changed_document_is_told_to_its_list_and_its_form(live):
	name = bill(live)
	form, rows = (
		Listener(live, None, ("doc", "Stall Bill", name)),
		Listener(live, None, ("doctype", "Stall Bill")),
	)
	live.session.put(f"{live.url}/api/resource/Stall Bill/{name}", json={"customer": "Ben"}, timeout=60)
	assert "doc_update" in [event for event, _ in form.ask()]
	assert "list_update" in [event for event, _ in rows.ask()]


def test_a_refused_request_tells_nothing_of_what_it_did_not_do(live):
	rows = Listener(live, None, ("doctype", "Stall Bill"))
	refused = {"customer": "Refused", "rows": [{"thing": "Lamp", "quantity": -1}]}
	assert live.post("/api/resource/Stall Bill", refused).status_code == 417
	assert rows.ask() == []


def test_a_guest_is_told_nothing_of_others(live):
	guest, mine = Listener(live, requests.Session(), ("doctype", "Stall Bill")), Listener(live)
	bill(live)
	live.post("/api/method/stall.api.work", {"steps": 1}).raise_for_status()
	wait_for(mine.percents, 100)
	assert guest.ask() == []


def test_only_the_latest_events_are_kept(frappe):
	from frappe.utils import local_events

	for number in range(local_events.KEPT + 20):
		frappe.publish_realtime("tick", {"number": number}, user="Administrator")
	numbers = [
		json.loads(message)["message"]["number"]
		for *_, message in frappe.cache.events_after(0, ["user:Administrator"])
	]
	assert numbers == list(range(20, local_events.KEPT + 20))
