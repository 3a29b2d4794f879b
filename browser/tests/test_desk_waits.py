"""What is told of a page that does not come to rest, or not at all."""

import socket

import pytest

from browser.desk import Desk, StepFailedError, chromium

pytestmark = pytest.mark.usefixtures("installed_chromium")


@pytest.fixture
def desk():
	with chromium() as browser:
		desk = Desk(browser, "http://127.0.0.1")
		desk.page.set_default_timeout(1500)
		yield desk


def test_a_script_that_fails_within_a_call_is_named(desk):
	"""Frappe counts a call as ended after its callback: one that fails leaves the Desk waiting for ever."""
	desk.page.set_content(
		"""<div id=freeze class=in></div><script>
			frappe = {request: {ajax_count: 1}, get_route: () => ["serial-trace"]};
			throw new Error("the callback");
		</script>"""
	)
	with pytest.raises(StepFailedError) as failed:
		desk.settle()
	for told in (
		"not come to rest: ",
		"calls: 1",
		"frozen: True",
		"route: serial-trace",
		"script: the callback",
	):
		assert told in str(failed.value)


def test_a_request_without_an_answer_is_named(desk):
	with socket.create_server(("127.0.0.1", 0)) as silent:
		address = f"http://127.0.0.1:{silent.getsockname()[1]}/never"
		desk.page.set_content(f"<script>frappe = {{request: {{ajax_count: 1}}}}; fetch('{address}')</script>")
		with pytest.raises(StepFailedError, match=rf"no answer for \d+ s: GET {address}"):
			desk.settle()


def test_a_page_that_is_busy_with_itself_is_told_as_such(desk):
	desk.page.set_content(
		"<script>setTimeout(() => { for (const at = Date.now(); Date.now() - at < 8000;); }, 100)</script>"
	)
	desk.page.wait_for_timeout(300)
	with pytest.raises(StepFailedError, match="the page does not answer at all"):
		desk.settle()
