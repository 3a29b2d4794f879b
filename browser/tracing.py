"""What somebody does who wants to know where a unit is, where it came from and where it went: types, scans and follows
links, at a desk and with a telephone in the hand.
"""

from urllib.parse import quote

from browser.desk import Desk, StepFailedError
from browser.job import Job

PHONE = {"width": 390, "height": 844}


class Tracing(Job):
	"""The tracing of one pump, from its motor's rotor to the customer and back."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("trace-administrator-", "trace-storekeeper-")

	def steps(self):
		self.keeper = self.worker
		self.part, self.pump_item = f"ROT{self.mark}", f"PMP{self.mark}"
		# an address must carry a slash and a sign that means something there
		self.rotors = [f"{self.part}/{count}" for count in range(1, 5)]
		self.motor, self.pump = f"MOT{self.mark}#1", f"PUMP{self.mark}"
		return (
			self.prepare,
			self.trace_by_typing,
			self.go_up_by_keyboard,
			self.go_down_by_links,
			self.trace_by_link,
			self.scan,
			self.be_told_what_is_no_unit,
			self.come_from_form_and_list,
			self.trace_on_a_phone,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""A motor made from rotors, a pump made with it, delivered at the second attempt:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.gtin = gtin(int(self.mark, 36))
		barcodes = [{"barcode": self.gtin, "barcode_type": "EAN"}]
		for item, name, values in (
			(self.part, "Rotor <40 mm> & shaft", {}),
			(self.pump_item, "Heating pump", {"warranty_period": 730, "barcodes": barcodes}),
		):
			self.insert(
				{"doctype": "Item", "item_code": item, "item_name": name, "has_serial_no": 1, **values}
			)
		self.receipt = self._submit(
			"Purchase Receipt", self._row(self.part, self.rotors), supplier=self.supplier
		)
		self.assembly = self._make(self.rotors[:3], self.part, self.motor)
		self._make([self.motor, self.rotors[3]], self.pump_item, self.pump)
		sold = self._row(self.pump_item, [self.pump])
		self.mistake = self._submit("Delivery Note", sold, customer=self.customer)
		self.admin.call("frappe.client.cancel", doctype="Delivery Note", name=self.mistake)
		self.admin.call(
			"serial_tracking.api.serials.hold", serial_nos=self.pump, reason="Leaks at <the flange> & drips"
		)
		self.admin.call("serial_tracking.api.serials.release", serial_nos=self.pump)
		self.delivery = self._submit("Delivery Note", sold, customer=self.customer)
		return f"{self.pump} by {self.delivery}"

	def trace_by_typing(self) -> str:
		"""A number typed in any case, as a scanner does it, shows the unit:"""
		desk = self.keeper
		desk.log_in(self.user, self.password)
		desk.go("serial-trace")
		desk.page.keyboard.type(f" {self.pump.lower()}")  # the cursor is there
		desk.page.keyboard.press("Enter")
		self._wait_for(desk, self.pump)
		desk.see_indicator("Delivered", "purple", self._found(desk))
		desk.see_indicator("Under Warranty", "green", self._found(desk))
		desk.see("730 days left")
		self._expect_life(
			desk,
			f"Delivered to {self.customer}",
			"Released",
			"On hold: Leaks at <the flange> & drips",
			f"Delivered to {self.customer}",
			"Made, and put into",
		)
		cancelled = desk.page.locator(".life .event s")
		if cancelled.count() != 1 or "Delivered" not in cancelled.inner_text():
			raise StepFailedError("the cancelled delivery is not struck through, or something else is")
		desk.picture("trace-1-typed")
		return desk.page.url

	def go_up_by_keyboard(self) -> str:
		"""The tree is opened by keys up to the rotors:"""
		desk = self.keeper
		tree = self._tree(desk, "Made From")
		tree.locator("[role=treeitem][tabindex='0']").focus()
		for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
			desk.page.keyboard.press(key)
		focused = desk.page.evaluate("() => document.activeElement.innerText")
		if self.rotors[0] not in focused:
			raise StepFailedError(f"the keys lead to {focused!r}, not to {self.rotors[0]}")
		seen = tree.locator("[role=treeitem]:visible").all_inner_texts()
		for number in (self.motor, *self.rotors):
			if not any(number in line for line in seen):
				raise StepFailedError(f"{number} is not in the tree: {seen}")
		desk.see("Rotor <40 mm> & shaft")
		desk.picture("trace-2-up")
		desk.page.keyboard.press("ArrowLeft")
		desk.page.keyboard.press("ArrowLeft")
		if tree.get_by_text(self.rotors[0], exact=True).filter(visible=True).count():
			raise StepFailedError("what was opened cannot be closed")
		return f"{len(seen)} rows"

	def go_down_by_links(self) -> str:
		"""A rotor's own trace leads down to the pump again:"""
		desk = self.keeper
		desk.page.keyboard.press("ArrowRight")
		desk.page.get_by_role("link", name=self.rotors[0], exact=True).filter(visible=True).first.click()
		self._wait_for(desk, self.rotors[0])
		desk.see_indicator("Consumed", "gray", self._found(desk))
		tree = self._tree(desk, "Went Into")
		tree.get_by_text(self.motor, exact=True).wait_for()
		line = tree.locator(".line").filter(has_text=self.motor)
		line.locator(".opener").click()
		tree.locator(".line").last.locator(".opener").click()
		tree.get_by_text(self.pump, exact=True).wait_for()
		desk.see("Not made from other units")
		desk.picture("trace-3-down")
		tree.get_by_role("link", name=self.pump, exact=True).click()
		self._wait_for(desk, self.pump)
		desk.page.go_back()
		self._wait_for(desk, self.rotors[0])
		return f"{self.rotors[0]} to {self.pump}, and back"

	def trace_by_link(self) -> str:
		"""An address leads to a unit, a document of its life to the form:"""
		desk = self.keeper
		desk.go(f"serial-trace/{quote(self.motor, safe='')}")
		self._wait_for(desk, self.motor)
		self._expect_life(desk, "Consumed in making something else", "Made, and put into")
		desk.page.get_by_role("button", name="Oldest First").click()
		self._expect_life(desk, "Made, and put into", "Consumed in making something else")
		desk.picture("trace-4-link")
		desk.page.locator(".life").get_by_role("link", name=self.assembly, exact=True).click()
		desk.wait_for_form("Stock Entry", self.assembly)
		return f"{self.motor}, and on to {self.assembly}"

	def scan(self) -> str:
		"""GS1 codes, Digital Links and addresses of the page are understood:"""
		desk = self.keeper
		codes = (
			f"(01)0{self.gtin}(21){self.pump}",
			f"https://id.example.com/01/0{self.gtin}/21/{self.pump}",
			f"https://erp.example.com/app/serial-trace/{quote(self.motor, safe='')}",
		)
		for code, number in zip(codes, (self.pump, self.pump, self.motor), strict=True):
			desk.go("serial-trace")
			self._type(desk, code)
			self._wait_for(desk, number)
			if (root := desk.root) and not desk.page.url.startswith(f"{root}/serial-trace/"):
				raise StepFailedError(f"{code} leads to {desk.page.url}")
		return ", ".join(codes)

	def be_told_what_is_no_unit(self) -> str:
		"""What is no unit is told on the page, not in a message before it:"""
		desk = self.keeper
		told = []
		for code, text in (
			(f"{self.mark}-NEVER<b>", "is no serial number, barcode, item or warehouse"),
			(f"(01)0{self.gtin}(21)NEVER", "NEVER is no known serial number of Heating pump"),
			(self.gtin, "Heating pump is an item, not a unit"),
			(self.warehouse, f"{self.warehouse} is a warehouse, not a unit"),
		):
			with desk.expecting(417):
				self._type(desk, code)
				desk.see(text)
				if desk.page.locator(".modal.show").count():
					raise StepFailedError(f"a message stands before the page for {code}")
				if desk.page.locator(".serial-trace h2").count():
					raise StepFailedError(f"what was found before is still shown for {code}")
			told.append(code)
		desk.picture("trace-5-warehouse")
		with desk.expecting(417):
			desk.go(f"serial-trace/{self.mark}-NEVER")
			desk.see(f"Serial No {self.mark}-NEVER is not known")
		desk.picture("trace-5-unknown")
		self._type(desk, self.pump_item)
		desk.click("Show its units")
		desk.list_row(self.pump).first.wait_for()
		return ", ".join(told)

	def come_from_form_and_list(self) -> str:
		"""The form and the list of units have a button that leads here:"""
		desk = self.keeper
		desk.list_row(self.pump).first.get_by_role("button", name="Trace").click()
		self._wait_for(desk, self.pump)
		desk.click("Open Record")
		desk.wait_for_form("Serial No", self.pump)
		desk.click("Trace")
		self._wait_for(desk, self.pump)
		return desk.page.url

	def trace_on_a_phone(self) -> str:
		"""The same in a window of a telephone's size, by link and by typing:"""
		desk = self.keeper
		window = desk.page.viewport_size
		desk.page.set_viewport_size(PHONE)
		desk.go(f"serial-trace/{quote(self.rotors[3], safe='')}")
		self._wait_for(desk, self.rotors[3])
		desk.picture("trace-6-phone-link")
		self._type(desk, self.pump)
		self._wait_for(desk, self.pump)
		self._expect_no_overflow(desk)
		desk.picture("trace-6-phone-typed")
		tree = self._tree(desk, "Made From")
		line = tree.locator(".line").filter(has_text=self.motor)
		line.scroll_into_view_if_needed()
		line.locator(".opener").click()
		tree.locator(".line[aria-level='3']").click(position={"x": 5, "y": 10})
		tree.get_by_text(self.rotors[0], exact=True).wait_for()
		self._expect_no_overflow(desk)
		desk.picture("trace-6-phone-tree")
		desk.page.set_viewport_size(window)
		return f"{PHONE['width']} × {PHONE['height']}"

	# ------------------------------------------------------------------ what steps share

	def _submit(self, doctype: str, *rows: dict, **values) -> str:
		return self.insert({"doctype": doctype, "docstatus": 1, **values, "items": list(rows)})

	def _row(self, item: str, numbers: list[str], place: str = "warehouse") -> dict:
		return {
			"item_code": item,
			"qty": len(numbers),
			place: self.warehouse,
			"serial_no": "\n".join(numbers),
		}

	def _make(self, parts: list[str], item: str, number: str) -> str:
		return self._submit(
			"Stock Entry",
			self._row(self.part, parts, "s_warehouse"),
			self._row(item, [number], "t_warehouse"),
			purpose="Manufacture",
		)

	@staticmethod
	def _type(desk: Desk, code: str) -> None:
		box = desk.page.locator("#serial-trace-code")
		box.fill(code)
		box.press("Enter")

	@staticmethod
	def _found(desk: Desk):
		return desk.page.locator(".serial-trace .summary")

	@staticmethod
	def _tree(desk: Desk, name: str):
		return desk.page.get_by_role("tree", name=name)

	@staticmethod
	def _wait_for(desk: Desk, number: str) -> None:
		"""Until the unit is shown, its trees too."""
		desk.page.get_by_role("heading", name=number, exact=True).wait_for()
		desk.settle()

	@staticmethod
	def _expect_life(desk: Desk, *beginnings: str) -> None:
		shown = desk.page.locator(".life .event .what > div:first-child").all_inner_texts()
		if len(shown) != len(beginnings) or not all(map(str.startswith, shown, beginnings)):
			raise StepFailedError(f"the time line tells {shown}, not {beginnings}")

	@staticmethod
	def _expect_no_overflow(desk: Desk) -> None:
		wide = desk.page.evaluate(
			"() => Math.max(document.documentElement.scrollWidth,"
			" document.querySelector('.serial-trace').scrollWidth)"
		)
		if wide > PHONE["width"]:
			raise StepFailedError(f"the page is {wide} pixels wide")


def gtin(number: int) -> str:
	"""A GTIN of 13 digits that no other run has."""
	digits = f"40{number % 10**10:010}"
	odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
	return f"{digits}{-(odd + 3 * even) % 10}"
