"""The Desk in a browser: no error in its console, no broken picture, nothing from elsewhere."""

import pytest

from embedded.system import browser as browser_program

BROWSER = browser_program()


@pytest.fixture
def page(live):
	if not BROWSER:
		pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
	from playwright.sync_api import sync_playwright

	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
		page = browser.new_page()
		page.problems = []
		page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
		page.on("pageerror", lambda error: page.problems.append(str(error)))
		page.on("response", lambda r: r.status >= 400 and page.problems.append(f"{r.status} {r.url}"))
		page.on("request", lambda r: _is_elsewhere(r.url, live.url) and page.problems.append(r.url))
		page.goto(f"{live.url}/login")
		page.fill("#login_email", "Administrator")
		page.fill("#login_password", "admin")
		page.click(".btn-login")
		page.wait_for_url("**/desk/**")
		yield page
		browser.close()


def _is_elsewhere(url: str, ours: str) -> bool:
	return not url.startswith((ours, "data:", "blob:"))


def _broken_pictures(page) -> list:
	return page.evaluate(
		"[...document.images].filter(i => i.getAttribute('src') && i.complete && !i.naturalWidth).map(i => i.src)"
	)


def test_home_list_and_form(page, live):
	page.goto(f"{live.url}/desk")
	page.get_by_text("Stall", exact=True).first.wait_for()
	assert page.locator("img[src='/assets/stall/images/stall.svg']").count() > 0
	assert _broken_pictures(page) == []

	page.goto(f"{live.url}/desk/stall-bill")
	page.get_by_role("button", name="Add Stall Bill").wait_for()

	page.goto(f"{live.url}/desk/stall-bill/new")
	page.locator("[data-fieldname=customer] input").first.fill("From the Desk")
	page.keyboard.press("Tab")  # leaving the field makes the form unsaved, and its button anew
	page.get_by_text("Not Saved").wait_for()
	page.get_by_role("button", name="Save").click()
	page.get_by_role("button", name="Submit").wait_for()
	assert live.count("Stall Bill", customer="From the Desk") == 1
	assert _broken_pictures(page) == []
	assert page.problems == []


def test_a_job_shows_how_far_it_is_and_tells_its_end(page, live):
	"""Without a socket server: the page asks, often while something goes on."""
	page.goto(f"{live.url}/desk")
	page.get_by_text("Stall", exact=True).first.wait_for()
	page.evaluate("() => frappe.call('stall.api.work', { steps: 4, seconds: 1.5 })")
	widths = set()
	while page.locator(".msgprint:visible").count() == 0:
		# in one go: it may go away between two questions
		widths |= set(
			page.locator(".progress-bar:visible").evaluate_all(
				"(bars) => bars.map((bar) => bar.getAttribute('aria-valuenow') || bar.getAttribute('style'))"
			)
		)
		page.wait_for_timeout(200)
	assert len(widths) >= 3, widths
	page.get_by_text("The work is done").wait_for()
	assert page.problems == []


def test_a_hidden_page_does_not_ask(page, live):
	asked = []
	page.on("request", lambda request: "local_events" in request.url and asked.append(request.url))
	page.goto(f"{live.url}/desk")
	page.get_by_text("Stall", exact=True).first.wait_for()
	page.wait_for_timeout(2000)
	assert asked
	page.evaluate("() => Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
	page.wait_for_timeout(1500)
	before = len(asked)
	page.wait_for_timeout(3000)
	assert len(asked) == before
	page.evaluate(
		"""() => {
			Object.defineProperty(document, 'hidden', { value: false, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}"""
	)
	page.wait_for_timeout(1500)
	assert len(asked) > before
	assert page.problems == []
