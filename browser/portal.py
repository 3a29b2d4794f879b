"""What a customer does on the website: looks up their units at a desk and with a telephone in the hand, files a claim and
watches it; and what anybody may ask of a warranty there.
"""

import json
import re
from urllib.parse import quote

from browser.desk import Desk, StepFailedError
from browser.job import Job
from browser.tracing import PHONE, gtin

SETTINGS, PAGE = "Serial Tracking Settings", ".page_content"
NO_PAGE = re.compile("Page not found|There's nothing here")  # of Frappe 16, 15


class Portal(Job):
	"""A boiler that is sold to a customer, and complained of by them."""

	FULL_NAME, ROLE = "Clara Customer", "Customer"
	PREFIXES = ("portal-administrator-", "portal-customer-")

	def steps(self):
		self.customer_window, self.item = self.worker, f"BOI{self.mark}"
		self.units = [f"{self.item}/{count:02d}" for count in range(1, 24)]
		self.guest = Desk(self.browser, self.url, self.pictures, "portal-guest-")
		return (
			self.prepare,
			self.log_in_and_see_the_units,
			self.search_and_turn_pages,
			self.look_at_a_unit,
			self.file_a_claim_on_a_phone,
			self.watch_the_claim,
			self.find_nothing_of_others,
			self.check_a_warranty_as_a_guest,
			self.find_no_check_where_it_is_off,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""Boilers sold to the customer, one to somebody else, and the check switched on:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self._be_portal_user()
		self.gtin = gtin(int(self.mark, 36))
		item = {"doctype": "Item", "item_code": self.item, "item_name": "Boiler <80 l> & pump"}
		item |= {"has_serial_no": 1, "warranty_period": 730}
		self.insert({**item, "barcodes": [{"barcode": self.gtin, "barcode_type": "EAN"}]})
		self.others = f"{self.item}-X"
		self._move("Purchase Receipt", [*self.units, self.others], supplier=self.supplier)
		self._move("Delivery Note", self.units, customer=self.customer)
		other = self.insert({"doctype": "Customer", "customer_name": f"Neighbour {self.mark}"})
		self._move("Delivery Note", [self.others], customer=other)
		self._offer_check(1)
		return f"{len(self.units)} to {self.customer}"

	def log_in_and_see_the_units(self) -> str:
		"""The customer logs in, and is where the units are:"""
		window = self.customer_window
		self._open(window, "my-units")
		window.page.fill("#login_email", self.user)
		window.page.fill("#login_password", self.password)
		window.page.click(".btn-login:visible")
		self._wait_for_heading(window, "My Units")
		window.see("Under warranty")
		window.see("Boiler <80 l> & pump")
		self._picture(window, "portal-1-units")
		return window.page.url

	def search_and_turn_pages(self) -> str:
		"""They are found by part of a number, sorted, and turned over page by page:"""
		window = self.customer_window
		window.page.get_by_label("Serial number or item").fill(self.item.lower())
		window.page.get_by_label("Sort by").select_option(label="Serial number")
		self._open_by(window, "Show")
		window.see("Page 1 of 2")
		if self._listed(window) != self.units[:20]:
			raise StepFailedError(f"the first page lists {self._listed(window)}")
		self._open_by(window, "Next", "link")
		window.see("Page 2 of 2")
		if self._listed(window) != self.units[20:]:
			raise StepFailedError(f"the second page lists {self._listed(window)}")
		self._picture(window, "portal-2-search")
		return f"{len(self.units)} units"

	def look_at_a_unit(self) -> str:
		"""A unit has a page with its dates:"""
		window = self.customer_window
		self._open_by(window, self.units[20], "link")
		self._wait_for_heading(window, self.units[20])
		for text in (self.item, "Warranty until", "Planned Visits", "File a Claim"):
			window.see(text)
		self._picture(window, "portal-3-unit")
		return window.page.url

	def file_a_claim_on_a_phone(self) -> str:
		"""On a telephone: units, one of them, and a claim, which says what it still needs:"""
		window = self.customer_window
		window.page.set_viewport_size(PHONE)
		self._open(window, f"my-units?search={self.item}&sort=number")
		self._picture(window, "portal-4-phone-units")
		self._open_by(window, self.units[0], "link")
		self._wait_for_heading(window, self.units[0])
		window.click("File Claim")
		window.see("Say what is wrong with the unit")
		window.page.get_by_label("What is wrong").fill("Leaks at <5 bar & drips")
		with window.expecting(417):
			window.page.get_by_label("Contact email").fill("not an address")
			window.click("File Claim")
			window.see("is not a valid Email Address")
			self._picture(window, "portal-4-phone-refused")
		window.page.get_by_label("Contact email").fill(self.user)
		window.page.get_by_label("Contact phone").fill("+49 30 5550199")
		window.click("File Claim")
		window.see("Your claim is filed")
		window.see("Under warranty until")
		window.see("Leaks at <5 bar & drips")
		self._picture(window, "portal-4-phone-claim")
		(self.claim,) = self._names("Warranty Claim", {"serial_no": self.units[0]})
		window.see(self.claim)
		return self.claim

	def watch_the_claim(self) -> str:
		"""Its state is seen as the house changes it, in the list and on the unit too:"""
		window = self.customer_window
		self.admin.call(
			"frappe.client.set_value",
			doctype="Warranty Claim",
			name=self.claim,
			fieldname="status",
			value="Work In Progress",
		)
		window.page.set_viewport_size({"width": 1280, "height": 860})
		self._open(window, "my-claims")
		row = window.page.get_by_role("row").filter(has_text=self.claim)
		row.get_by_text("Work In Progress").wait_for()
		self._picture(window, "portal-5-claims")
		self._open_by(window, self.claim, "link")
		window.see("Work In Progress")
		self._picture(window, "portal-5-claim")
		self._open_by(window, self.units[0], "link")
		window.see(f"Claim {self.claim} is open for this unit")
		return "Work In Progress"

	def find_nothing_of_others(self) -> str:
		"""A unit of somebody else is not found, nor anything of the Desk:"""
		window = self.customer_window
		with window.expecting(404):
			self._open(window, f"my-unit?name={quote(self.others, safe='')}")
			window.see(NO_PAGE)
		with window.expecting(403):
			answer = window.page.evaluate(
				"(address) => fetch(address).then((answer) => answer.status)",
				f"/api/resource/Serial No/{quote(self.others, safe='')}",
			)
		if answer != 403:
			raise StepFailedError(f"a record of the Desk is answered with {answer}")
		return self.others

	def check_a_warranty_as_a_guest(self) -> str:
		"""Anybody asks for a warranty, by number and item or by the label's code, and is told to wait after too many:"""
		window = self.guest
		self._open(window, "warranty")
		self._picture(window, "portal-6-check")
		answers = []
		for number, item, told in (
			(self.units[1].lower(), self.item, "Under warranty until"),
			(self.units[1], "SOMETHING-ELSE", "Not known"),
			("NEVER", self.item, "Not known"),
			(f"(01)0{self.gtin}(21){self.units[1]}", "", "Under warranty until"),
		):
			window.page.get_by_label("Serial number or scanned code").fill(number)
			window.page.get_by_label("Item code").fill(item)
			window.page.keyboard.press("Enter")
			window.see(told)
			window.settle()
			answers.append(window.page.locator("#warranty-answer").inner_text())
		if answers[1] != answers[2] or answers[0] != answers[3]:
			raise StepFailedError(f"the answers are {answers}")
		window.page.set_viewport_size(PHONE)
		self._picture(window, "portal-6-check-phone")
		message = json.dumps({"message": "You hit the rate limit because of too many requests."})
		window.page.route(
			"**/serial_tracking.api.warranty.check",
			lambda route: route.fulfill(status=429, json={"_server_messages": json.dumps([message])}),
		)
		with window.expecting(429):
			window.click("Check")
			window.see("You hit the rate limit")
			self._picture(window, "portal-6-check-too-often")
		window.page.unroute("**/serial_tracking.api.warranty.check")
		return answers[0]

	def find_no_check_where_it_is_off(self) -> str:
		"""With the setting off there is no such page:"""
		self._offer_check(0)
		window = self.guest
		with window.expecting(404):
			self._open(window, "warranty")
			window.see(NO_PAGE)
			window.picture("portal-7-off")
		return "/warranty"

	# ------------------------------------------------------------------ what steps share

	def _be_portal_user(self) -> None:
		"""The customer whose portal user the person is; the site's own one, or made."""
		found = self.admin.call(
			"frappe.client.get_list",
			doctype="Portal User",
			parent="Customer",
			filters={"user": self.user},
			fields=["parent"],
		)
		if found:
			self.customer = found[0]["parent"]
			return
		customer = self.admin.call("frappe.client.get", doctype="Customer", name=self.customer)
		customer["portal_users"] = [*customer["portal_users"], {"user": self.user}]
		self.admin.call("frappe.client.save", doc=customer)

	def _offer_check(self, value: int) -> None:
		self.admin.call(
			"frappe.client.set_value",
			doctype=SETTINGS,
			name=SETTINGS,
			fieldname="public_warranty_check",
			value=value,
		)

	def _move(self, doctype: str, numbers: list[str], **values) -> None:
		row = {"item_code": self.item, "qty": len(numbers), "warehouse": self.warehouse}
		row["serial_no"] = "\n".join(numbers)
		self.insert({"doctype": doctype, "docstatus": 1, "items": [row], **values})

	def _open(self, window: Desk, address: str) -> None:
		window.page.goto(f"{self.url.rstrip('/')}/{address}")
		window.settle()

	def _picture(self, window: Desk, name: str) -> None:
		"""A picture of one of our pages, which has no fault of accessibility and fits its window."""
		window.accessible(PAGE)
		wide = window.page.evaluate("() => document.documentElement.scrollWidth")
		if wide > window.page.viewport_size["width"]:
			raise StepFailedError(f"{window.page.url} is {wide} pixels wide")
		window.picture(name)

	@staticmethod
	def _open_by(window: Desk, name: str, role: str = "button") -> None:
		"""To the next page, by a button or link of the page itself."""
		with window.page.expect_navigation():
			window.page.locator(PAGE).get_by_role(role, name=name, exact=True).first.click()
		window.settle()

	@staticmethod
	def _wait_for_heading(window: Desk, text: str) -> None:
		window.page.get_by_role("heading", name=text, exact=True).wait_for()
		window.settle()

	@staticmethod
	def _listed(window: Desk) -> list[str]:
		return window.page.locator(".portal-list tbody th a").all_inner_texts()
