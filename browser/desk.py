"""A person at the Desk: what can be clicked, typed and seen there, on every version of Frappe that the app serves.

Whatever goes wrong unseen is kept in `problems`: errors on the console, failed requests, broken pictures.
"""

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import (
	Browser,
	Error,
	Locator,
	Page,
	Request,
	Response,
	TimeoutError,
	sync_playwright,
)

from browser import accessibility

PATIENCE = 30_000  # milliseconds; the first page of a site that has just started takes its time
WINDOW = {"width": 1280, "height": 860}
NAMES = ("chromium", "chromium-browser", "google-chrome")
# the person is known before the scripts are there: who goes on at once breaks off their loading
UP = """() => window.frappe?.boot?.user && document.readyState === "complete" && frappe.get_route?.()"""
AT_REST = """() => !window.frappe?.request?.ajax_count
	&& !document.querySelector("#freeze.in:not(.grid-form)")"""
# what can be told of a page that does not come to rest; never null, or it would be waited for
STATE = """() => ({
	loading: document.readyState,
	Desk: Boolean(window.frappe?.boot?.user),
	route: window.frappe?.get_route?.()?.join("/"),
	calls: window.frappe?.request?.ajax_count,
	frozen: Boolean(document.querySelector("#freeze.in")),
	message: document.querySelector(".modal.show")?.innerText.trim().slice(0, 300),
})"""
# the last one: no call home from the browser itself
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


class StepFailedError(Exception):
	"""The Desk does not do or show what the job needs."""


def executable() -> str | None:
	"""The Chromium of this machine: `CHROMIUM` in the environment, else the first one installed."""
	return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
	with sync_playwright() as playwright:
		# without one, Playwright's own, or its word on how to get it
		browser = playwright.chromium.launch(executable_path=executable(), args=list(OPTIONS))
		try:
			yield browser
		finally:
			browser.close()


class Desk:
	"""One person's window. `pictures` is the folder for its screenshots, `device` what Playwright asks of a telephone."""

	def __init__(
		self,
		browser: Browser,
		url: str,
		pictures: Path | None = None,
		prefix: str = "",
		device: dict | None = None,
	):
		self.url = url.rstrip("/")
		self.pictures = pictures
		self.prefix = prefix
		self.problems: list[str] = []
		self.expected: set[int] = set()  # HTTP statuses that the present step provokes
		self.under_way: dict[Request, float] = {}  # requests without an answer, and since when
		self.page: Page = browser.new_context(**(device or {"viewport": WINDOW})).new_page()
		self.page.set_default_timeout(PATIENCE)
		self.page.on("console", self._note_console)
		self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
		self.page.on("response", self._note_response)
		self.page.on("request", lambda request: self.under_way.update({request: time.monotonic()}))
		self.page.on("requestfinished", lambda request: self.under_way.pop(request, None))
		self.page.on("requestfailed", self._note_failure)
		self.page.on("crash", lambda: self.problems.append("the page has crashed"))
		self.first_steps = self.page.locator(".onb-panel:has(.onb-steps)")
		self.page.add_locator_handler(self.first_steps, self._close_first_steps)

	def _close_first_steps(self) -> None:
		"""Frappe 16 lays a panel of first steps over each page, and over its dialogs, until they are done."""
		self.first_steps.locator(".onb-header-actions button").last.click()

	def keep_first_steps(self) -> None:
		"""Leave that panel open from now on, for a job that takes its steps."""
		self.page.remove_locator_handler(self.first_steps)

	# ------------------------------------------------------------------ what goes wrong unseen

	def _note_console(self, message) -> None:
		# a refused request stands in the console too, with the traceback of the server
		if message.type == "error" and not self.expected:
			self.problems.append(f"console: {message.text}")

	def _note_response(self, response: Response) -> None:
		if response.status >= 400 and response.status not in self.expected:
			self.problems.append(f"HTTP {response.status}: {response.url}")

	def _note_failure(self, request: Request) -> None:
		self.under_way.pop(request, None)
		# what a page still loaded when it was left
		if request.failure != "net::ERR_ABORTED":
			self.problems.append(f"{request.failure}: {request.url}")

	@contextlib.contextmanager
	def expecting(self, *statuses: int) -> Iterator[None]:
		"""Requests that are refused on purpose are no problem."""
		self.expected.update(statuses)
		yield
		self.settle()
		self.expected.clear()

	def inspect(self) -> None:
		"""Look for broken pictures, the icon of the tab included; raises if anything went wrong so far."""
		broken = self.page.evaluate(
			"""async () => {
				const pictures = [...document.images].filter((i) => i.getAttribute("src"));
				// a hidden one is not loaded before it is shown
				const shown = pictures.filter((i) => i.complete || i.offsetParent);
				await Promise.allSettled(shown.map((i) => i.decode()));
				const icons = [...document.querySelectorAll("link[rel~=icon]")].map((l) => l.href);
				const answers = await Promise.all(icons.map((i) => fetch(i).then((a) => a.ok, () => false)));
				return [
					...shown.filter((i) => !i.naturalWidth).map((i) => i.src),
					...icons.filter((_, at) => !answers[at]),
				];
			}"""
		)
		self.problems += [f"broken picture: {source}" for source in broken]
		if self.problems:
			raise StepFailedError(f"on {self.page.url}\n    " + "\n    ".join(dict.fromkeys(self.problems)))

	# ------------------------------------------------------------------ looking

	def settle(self) -> None:
		"""Wait until the Desk is at rest: no request under way, nothing frozen but behind the form of a row."""
		self.wait_for(AT_REST, "the page does not come to rest")
		self.page.wait_for_timeout(400)

	def wait_for(self, condition: str, otherwise: str, argument=None) -> None:
		"""Wait until a function of the page returns something true; else raises, telling what the page is at."""
		with self._told(otherwise):
			# not with every frame: the page needs the processor itself
			self.page.wait_for_function(condition, arg=argument, polling=100)

	@contextlib.contextmanager
	def _told(self, otherwise: str) -> Iterator[None]:
		"""A wait in vain becomes a StepFailedError that tells what is known of its cause."""
		try:
			yield
		except TimeoutError as error:
			now = time.monotonic()
			lines = [f"{otherwise}: {error.message.splitlines()[0]}", f"at {self.page.url}", self._state()]
			# a copy: asking the page lets more of them come and go
			lines += [
				f"no answer for {now - since:.0f} s: {request.method} {request.url}"
				for request, since in list(self.under_way.items())
			]
			raise StepFailedError("\n    ".join([*lines, *dict.fromkeys(self.problems)])) from None

	def _state(self) -> str:
		try:
			# unlike evaluate() this does not wait for ever
			state = self.page.wait_for_function(STATE, timeout=3000).json_value()
		except Error:
			return "the page does not answer at all"
		return ", ".join(f"{name}: {value}" for name, value in state.items() if value is not None)

	def picture(self, name: str) -> None:
		"""Inspect what is shown now, and keep it as FOLDER/name.png."""
		self.settle()
		if self.pictures:
			self.page.mouse.move(0, 0)
			if self.page.locator(".frappe-chart:visible").count():
				self.page.wait_for_timeout(1500)  # its bars grow
			self.page.screenshot(path=self.pictures / f"{name}.png")
		self.inspect()

	def accessible(self, scope: str, without: tuple[str, ...] = ()) -> None:
		"""Check what is shown inside `scope` (a CSS selector of our own elements, not of Frappe's) against WCAG 2.2 A and
		AA: names and labels, roles, contrast. Raises StepFailedError with each rule, element and remedy.

		To be called when the page is at rest and shows what is to be checked, such as

		    desk.accessible(".serial-trace")
		    desk.accessible(".modal.show .serials-dialog", without=(".frappe-control",))

		`without` leaves out what Frappe draws in between.
		"""
		if found := accessibility.violations(self.page, scope, without):
			raise StepFailedError(
				"\n    ".join([f"{len(found)} faults of accessibility in {scope}:", *found])
			)

	def walk(self, scope: str) -> list[str]:
		"""Press Tab from where the focus is until it leaves `scope`; the names of what had it, in order.

		Raises StepFailedError if the order is not that of the page, or if something focused is not to be seen as such.
		"""
		stations = accessibility.walk(self.page, scope)
		places = [station["place"] for station in stations]
		if places != sorted(set(places)):
			raise StepFailedError(f"the Tab key goes about {scope} as {[s['name'] for s in stations]}")
		for station in stations:
			if not (station["name"] and station["shown"] and station["marked"]):
				raise StepFailedError(f"not to be seen or named when it has the focus: {station}")
		return [station["name"] for station in stations]

	def see(self, text: str | re.Pattern) -> None:
		"""Wait for a text; raises if it does not appear."""
		found = self.page.get_by_text(text).filter(visible=True).first
		try:
			found.wait_for()
		except TimeoutError:
			raise StepFailedError(f"not to be seen: {text!r}") from None

	def figure(self, number: int) -> str:
		"""A whole number as the site writes it: 10,000 or 10.000."""
		return self.page.evaluate("(number) => format_number(number, null, 0)", number)

	def see_indicator(self, text: str, colour: str, inside: Locator | None = None) -> None:
		"""Wait for an indicator with this text; raises if there is none, or its colour is another one."""
		place = inside or self.page.locator("body")
		pill = place.locator(".indicator-pill, .indicator").filter(visible=True).filter(has_text=text).first
		try:
			pill.wait_for()
		except TimeoutError:
			raise StepFailedError(f"no indicator {text!r}") from None
		if colour not in pill.get_attribute("class").split():
			raise StepFailedError(
				f"indicator {text!r} is not {colour}, but of class {pill.get_attribute('class')!r}"
			)

	def message(self) -> str:
		"""The text of the message that stands before the form."""
		self.page.locator(".modal.show .msgprint").wait_for()
		return self.page.locator(".modal.show .msgprint").inner_text().strip()

	def call(self, method: str, **arguments):
		"""Answer of a whitelisted method, called in the name of the person who is logged in."""
		return self.page.evaluate(
			"""([method, values]) => frappe.xcall(method, values).catch(() => {
				throw new Error(`${method} was refused: ${document.querySelector(".msgprint")?.innerText || ""}`);
			})""",
			[method, arguments],
		)

	# ------------------------------------------------------------------ getting about

	def log_in(self, user: str, password: str) -> None:
		self.page.goto(f"{self.url}/login")
		self.page.fill("#login_email", user)
		self.page.fill("#login_password", password)
		self.picture(f"{self.prefix}login")
		with self.expecting(401):
			self.page.click(".btn-login:visible")
			self.wait_for(
				f"() => ({UP})() || document.querySelector('.btn-login')?.innerText.match(/Invalid/)",
				f"{user} does not get to the Desk",
			)
		if self.page.locator(".btn-login:visible").count():
			raise StepFailedError(f"{user} cannot log in with this password")
		self.settle()

	@property
	def root(self) -> str:
		"""The Desk's address: /app, or /desk from Frappe 16 on."""
		return self.url + self.page.evaluate("() => '/' + location.pathname.split('/')[1]")

	def go(self, route: str) -> None:
		"""Open a page of the Desk by its address."""
		root = self.root
		with self._told(f"{route or 'home'} does not come up"):
			self.page.goto(f"{root}/{route}" if route else root)
		self.wait_for(UP, f"no Desk comes up at {route or 'home'}")
		self.settle()

	def click(self, name: str) -> None:
		"""Press the button or follow the link of this name."""
		self.page.get_by_role("button", name=name, exact=True).or_(
			self.page.get_by_role("link", name=name, exact=True)
		).filter(visible=True).first.click()
		self.settle()

	def choose_from_menu(self, menu: str, entry: str) -> None:
		"""Open a group of buttons and press one of them."""
		self.page.get_by_role("button", name=menu, exact=True).filter(visible=True).first.click()
		self.page.locator(".dropdown-menu:visible a").filter(
			has=self.page.get_by_text(entry, exact=True)
		).first.click()
		self.settle()

	def dialog(self) -> Locator:
		"""The dialog that stands before the page."""
		dialog = self.page.locator(".modal.show").last
		dialog.wait_for()
		self.page.wait_for_timeout(400)  # it comes flying
		return dialog

	def wait_for_form(self, doctype: str, name: str | None = None) -> None:
		"""Wait for the form of a record, or of a new one."""
		self.wait_for(
			"""([doctype, name]) => window.cur_frm?.doctype === doctype && cur_frm.doc
				&& (name ? cur_frm.doc.name === name : cur_frm.is_new())""",
			f"no form of {name or f'a new {doctype}'}",
			[doctype, name],
		)
		self.settle()

	def new_from_list(self, doctype: str) -> None:
		"""From the list of a DocType to the full form of a new record."""
		self.click(f"Add {doctype}")
		dialog = self.page.locator(".modal.show")
		form = self.page.locator(".form-layout:visible")
		dialog.or_(form).first.wait_for()
		if dialog.count():
			self.click("Edit Full Form")
		self.wait_for_form(doctype)

	def list_row(self, text: str) -> Locator:
		"""The rows of the list that is shown which hold a text."""
		return self.page.locator(".list-row-container:visible .list-row").filter(has_text=text)

	# ------------------------------------------------------------------ forms

	def control(self, field: str) -> Locator:
		# the form that is shown, and in it not the columns of a table
		return self.page.locator(
			f".form-page .frappe-control[data-fieldname={field}]:visible:not(.grid-row *)"
		).first

	def type(self, field: str, value: str) -> None:
		box = self.control(field).locator("input:visible, textarea:visible").first
		box.fill(value)
		box.blur()  # the Tab key would open the list of a link field that follows

	def tick(self, field: str) -> None:
		self.control(field).locator("input[type=checkbox]:visible").check()

	def choose(self, field: str, value: str) -> None:
		self._choose(self.control(field).locator("input:visible").first, value)

	def _choose(self, box: Locator, value: str) -> None:
		"""Type into a link field and take what it offers."""
		box.click()
		box.fill(value)
		offer = self.page.locator("ul[role=listbox]:visible [role=option]").filter(
			has=self.page.get_by_text(value, exact=True)
		)
		try:
			offer.first.click()
		except TimeoutError:
			raise StepFailedError(f"{value!r} is not offered") from None
		self.settle()

	def shown(self, field: str) -> str:
		"""What the form shows in a field; raises if it does not show the field."""
		control = self.control(field)
		try:
			control.scroll_into_view_if_needed()
		except TimeoutError:
			raise StepFailedError(f"the form does not show {field}") from None
		box = control.locator("input:visible, textarea:visible, select:visible")
		if box.count():
			return box.first.input_value()
		return control.locator(".control-value, .like-disabled-input").first.inner_text().strip()

	def state(self, expression: str):
		"""A value of the form, for comparison with what is seen; `doc` is the document."""
		return self.page.evaluate(f"() => {{ const doc = cur_frm.doc; return {expression}; }}")

	def save(self) -> None:
		self.click("Save")
		self._wait_for("!cur_frm.is_new() && !cur_frm.is_dirty()", "saved")

	def submit(self) -> None:
		self.press_submit()
		self._wait_for("cur_frm.doc.docstatus === 1", "submitted")

	def press_submit(self) -> None:
		"""Submit, and Yes to the question that follows."""
		self.click("Submit")
		question = self.page.locator(".modal.show")
		question.get_by_text("Permanently Submit").wait_for()
		question.get_by_role("button", name="Yes").click()
		self.settle()

	def _wait_for(self, condition: str, done: str) -> None:
		refusal = "document.querySelector('.modal.show .msgprint')"
		self.wait_for(f"() => ({condition}) || {refusal}", f"not {done}")
		self.settle()
		if not self.page.evaluate(f"() => Boolean({condition})"):
			raise StepFailedError(f"not {done}: {self.message()}")

	# ------------------------------------------------------------------ the table `items` of a voucher

	def row(self, number: int) -> Locator:
		return self.control("items").locator(f".grid-row[data-idx='{number}']")

	def cell(self, number: int, field: str) -> Locator:
		"""The box of a cell, after the click that makes it editable."""
		cell = self.row(number).locator(f".grid-static-col[data-fieldname={field}]")
		cell.click()
		return cell.locator("input, textarea").first

	def choose_in_row(self, number: int, field: str, value: str) -> None:
		self._choose(self.cell(number, field), value)

	def type_in_row(self, number: int, field: str, value: str) -> None:
		box = self.cell(number, field)
		box.fill(value)
		box.blur()
		self.settle()

	@contextlib.contextmanager
	def open_row(self, number: int) -> Iterator[Locator]:
		"""The form of one row, closed again afterwards."""
		self.row(number).locator(".btn-open-row").click()
		form = self.page.locator(".grid-row-open .form-in-grid")
		form.wait_for()
		self.settle()
		self.page.wait_for_timeout(600)  # half a second later its first field takes the focus
		yield form
		self.page.keyboard.press("Escape")
		form.wait_for(state="hidden")
