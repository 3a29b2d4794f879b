"""A site in the language of who asks: the framework's German beside that of the app, on both databases."""

import json
import re

import pytest
import requests

REFUSED = {"customer": "Refused", "rows": [{"thing": "Lamp", "quantity": -1}]}


@pytest.fixture
def german(live):
	"""A user who has chosen German."""
	roles = [{"role": "System Manager"}]
	return live.add_user("heike@example.com", "heike-Pass-1", first_name="Heike", language="de", roles=roles)


def message_of(answer) -> str:
	return json.loads(json.loads(answer.json()["_server_messages"])[0])["message"]


def test_the_server_answers_in_the_language_of_the_user(live, german):
	refused = live.post("/api/resource/Stall Bill", REFUSED, session=german)
	assert (refused.status_code, message_of(refused)) == (417, "Die Menge muss größer als null sein")
	assert message_of(live.post("/api/resource/Stall Bill", REFUSED)) == "Quantity must be positive"


def test_the_desk_brings_both_translations_with_it(live, german):
	page = german.get(f"{live.url}/desk", headers={"Accept": "text/html"}, timeout=60).text
	assert re.search(r'<html[^>]+lang="de"', page)
	assert '"Stall Bill":"Standrechnung"' in page.replace('": "', '":"')
	assert '"Save":"Speichern"' in page.replace('": "', '":"')


def test_a_guest_reads_what_their_browser_prefers(live):
	def page(language):
		headers = {"Accept": "text/html", "Accept-Language": language}
		return requests.get(f"{live.url}/login", headers=headers, timeout=60).text

	assert "Anmelden" in page("de-AT,de;q=0.9,en;q=0.5")
	assert "Anmelden" not in page("en")


def test_a_language_chosen_later_counts_at_once(live, german):
	def choose(language):
		answer = german.put(
			f"{live.url}/api/resource/User/heike@example.com", json={"language": language}, timeout=60
		)
		answer.raise_for_status()

	choose("en")
	assert (
		message_of(live.post("/api/resource/Stall Bill", REFUSED, session=german))
		== "Quantity must be positive"
	)
	choose("de")
	assert "Menge" in message_of(live.post("/api/resource/Stall Bill", REFUSED, session=german))
