"""What the head of a warehouse sees first: how the stock is, and how to begin."""

from browser.desk import StepFailedError
from browser.job import Job

DAYS = 30
CARDS, CHARTS = 6, 3


class Overview(Job):
	"""The workspace of one site, its figures, and the tour of the first receipt."""

	FULL_NAME, ROLE = "Olga Overseer", "Stock Manager"
	PREFIXES = ("overview-administrator-", "overview-")

	def steps(self):
		return (self.prepare, self.see_figures, self.follow_a_card, self.be_shown_a_receipt)

	def prepare(self) -> str:
		"""The head of the warehouse:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.worker.log_in(self.user, self.password)
		return self.user

	def see_figures(self) -> str:
		"""The workspace counts as the site does, and draws what came and went:"""
		desk = self.worker
		self._open_workspace()
		desk.picture("overview")
		counted = {
			"Available Units": self._count("Serial No", {"status": "Available"}),
			"Delivered Units": self._count("Serial No", {"status": "Delivered"}),
			"Units On Hold": self._count("Serial No", {"status": "On Hold"}),
			"Expired Units": self._count("Serial No", {"status": "Expired"}),
		}
		for card, number in counted.items():
			if (shown := self._figure(card)) != str(number):
				raise StepFailedError(f"{card}: {shown} instead of {number}")
		return f"{len(counted)} of {desk.page.locator('.number-widget-box').count()} cards compared, {CHARTS} charts"

	def follow_a_card(self) -> str:
		"""A card leads to what it counts:"""
		desk = self.worker
		number = self._figure("Warranties Ending Soon")
		self._card("Warranties Ending Soon").locator(".widget-body").click()
		desk.wait_for(
			"() => frappe.get_route()[0] === 'List' && cur_list?.doctype === 'Serial No' && cur_list.data",
			"no list of units",
		)
		desk.settle()
		filters = desk.page.evaluate("() => cur_list.get_filters_for_args()")
		first, last = desk.page.evaluate(
			f"() => [frappe.datetime.get_today(), frappe.datetime.add_days(frappe.datetime.get_today(), {DAYS})]"
		)
		if ["Serial No", "warranty_expiry_date", "Between", [first, last]] not in [f[:4] for f in filters]:
			raise StepFailedError(f"the list is filtered by {filters}")
		if str(counted := self._count("Serial No", filters)) != number:
			raise StepFailedError(f"{counted} units in the list, {number} on the card")
		desk.picture("overview-list")
		return f"{number} units whose warranty ends from {first} to {last}"

	def be_shown_a_receipt(self) -> str:
		"""The first steps are there, and one of them is a tour of the first receipt:"""
		desk = self.worker
		desk.keep_first_steps()
		self._open_workspace()
		desk.picture("overview-first-steps")
		self._begin("Receive Units", "Receive units")
		desk.wait_for_form("Purchase Receipt")
		said = [self._station("From whom", "overview-tour")]
		self._next()
		said.append(self._station("From whom"))  # not without a supplier
		desk.choose("supplier", self.supplier)
		self._next()
		said.append(self._station("Into which warehouse"))
		self._next()
		said.append(self._station("What came", "overview-tour-rows"))
		desk.page.locator(".driver-close-btn:visible").click()
		return ", ".join(dict.fromkeys(said))

	# ------------------------------------------------------------------ what is on the page

	def _open_workspace(self) -> None:
		"""With all figures and charts there: Frappe's charts trip over a page that is left while they are drawn."""
		self.worker.go("stock")
		self.worker.wait_for(
			"""([cards, charts]) => document.querySelectorAll('.number-widget-box .number').length === cards
				&& document.querySelectorAll('.dashboard-widget-box').length === charts
				&& ![...document.querySelectorAll('.chart-loading-state')].some(
					(state) => state.offsetParent && !state.innerText.includes("No Data"))""",
			"not all cards and charts",
			[CARDS, CHARTS],
		)

	def _begin(self, step: str, action: str) -> None:
		"""One of the first steps: above the figures, or in the panel that Frappe 16 lays over the page."""
		page = self.worker.page
		page.locator(".onboarding-step, .onb-panel .onb-step-left").first.wait_for()
		if page.locator(".onb-panel").count():
			page.locator(".onb-step-left").filter(has_text=action).click()
		else:
			page.locator(".onboarding-step").filter(has_text=step).click()
			page.get_by_role("button", name=action, exact=True).click()

	def _card(self, label: str):
		return self.worker.page.locator(".number-widget-box").filter(has_text=label)

	def _figure(self, label: str) -> str:
		return self._card(label).locator(".number").first.inner_text().strip()

	def _count(self, doctype: str, filters) -> int:
		return self.worker.call("frappe.client.get_count", doctype=doctype, filters=filters)

	def _station(self, title: str, picture: str | None = None) -> str:
		"""The tour's word on a field."""
		popover = self.worker.page.locator("#driver-popover-item:visible").filter(has_text=title)
		popover.wait_for()
		if picture:
			self.worker.picture(picture)
		return popover.locator(".driver-popover-title").inner_text()

	def _next(self) -> None:
		self.worker.page.locator(".driver-next-btn:visible").click()
		self.worker.page.wait_for_timeout(600)  # it slides
