"""What a storekeeper does: receive five units by their series, deliver two, be refused to deliver one of them again,
pick another one, invoice what was delivered, take one back, and hold what is left.
"""

from datetime import date, timedelta

from browser.desk import Desk, StepFailedError
from browser.job import Job

APP, WORKSPACE, CARD = "Serial Tracking", "Stock", "Serial No and Batch"
RECEIVED, RATE, WARRANTY_DAYS = 5, "820", 365


class MainJob(Job):
	"""The storekeeper's work on one site."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("1-administrator-", "3-storekeeper-")

	def steps(self):
		self.keeper, self.item = self.worker, f"LAP{self.mark}"
		return (
			self.see_home,
			self.make_item,
			self.receive,
			self.look_at_units,
			self.deliver,
			self.be_refused,
			self.check_and_pick,
			self.invoice,
			self.take_back,
			self.hold,
			self.make_serial_no,
		)

	# ------------------------------------------------------------------ steps

	def see_home(self) -> str:
		"""Home shows the app, and its workspace is one click away."""
		desk = self.admin
		desk.log_in("Administrator", self.admin_password)
		if desk.root.endswith("/app"):
			desk.page.goto(f"{desk.url}/apps")  # the home of Frappe 15
		else:
			desk.go("")
		desk.see(APP)
		icon = desk.page.locator("img[src*='/assets/serial_tracking/']").filter(visible=True)
		if not icon.count():
			raise StepFailedError("the app's icon is not on the home page")
		desk.picture("1-home")
		workspace = desk.page.get_by_text(WORKSPACE, exact=True).filter(visible=True)
		# Frappe 15 has no tile for a workspace: the app's own leads there
		(workspace if workspace.count() else icon).first.click()
		desk.see(CARD)
		if not desk.page.url.endswith("/stock"):
			raise StepFailedError(f"the tile leads to {desk.page.url}")
		desk.picture("1-workspace")
		return desk.page.url

	def make_item(self) -> str:
		"""An item with a series, made in its form:"""
		desk = self.admin
		self.make_masters()
		desk.go("item")
		desk.new_from_list("Item")
		desk.type("item_code", self.item)
		desk.type("item_name", "Laptop 14 inch")
		desk.tick("has_serial_no")
		desk.type("serial_no_series", f"{self.item}-.YYYY.-.#####")
		desk.type("warranty_period", str(WARRANTY_DAYS))
		desk.picture("2-item-filled")
		desk.save()
		self.numbers = [f"{self.item}-{self._year()}-{count:05}" for count in range(1, RECEIVED + 1)]
		desk.see(f"Next: {self.numbers[0]}")
		desk.picture("2-item-saved")
		return f"{self.item}, next number {self.numbers[0]}"

	def receive(self) -> str:
		"""Five units received without typing a number:"""
		desk = self.keeper
		desk.log_in(self.user, self.password)
		desk.go("purchase-receipt")
		desk.new_from_list("Purchase Receipt")
		desk.choose("supplier", self.supplier)
		desk.choose("set_warehouse", self.warehouse)
		desk.choose_in_row(1, "item_code", self.item)
		desk.type_in_row(1, "qty", str(RECEIVED))
		desk.type_in_row(1, "rate", RATE)
		with desk.open_row(1):
			desk.see(f"Left blank: {RECEIVED} from the series")
			desk.picture("3-receipt-row")
		desk.save()
		desk.see_indicator("Draft", "red")
		desk.picture("3-receipt-draft")
		desk.submit()
		self.receipt = desk.state("doc.name")
		desk.see_indicator("Submitted", "blue")
		with desk.open_row(1) as row:
			shown = row.locator("[data-fieldname=serial_no]:visible").inner_text()
			if missing := [number for number in self.numbers if number not in shown]:
				raise StepFailedError(f"not in the row of {self.receipt}: {missing}, but {shown!r}")
			desk.picture("3-receipt-numbers")
		desk.picture("3-receipt-submitted")
		return f"{self.receipt}, {self.numbers[0]} to {self.numbers[-1]}"

	def look_at_units(self) -> str:
		"""They are Available, and know where they came from:"""
		desk = self.keeper
		desk.go(f"item/{self.item}")
		desk.click("Serial Nos")
		rows = desk.list_row("")
		desk.list_row(self.numbers[0]).first.wait_for()
		desk.settle()
		if rows.count() != RECEIVED:
			raise StepFailedError(f"{rows.count()} units in the list, not {RECEIVED}")
		for row in rows.all():
			desk.see_indicator("Available", "green", row)
		desk.picture("3-units")
		desk.page.get_by_role("link", name=self.numbers[0]).filter(visible=True).first.click()
		self._wait_for_unit(desk, self.numbers[0])
		desk.see_indicator("Available", "green")
		self._expect_shown(
			desk,
			item_code=self.item,
			warehouse=self.warehouse,
			supplier=self.supplier,
			purchase_document_type="Purchase Receipt",
			purchase_document_no=self.receipt,
		)
		if "820" not in desk.shown("purchase_rate"):
			raise StepFailedError(f"the rate shown is {desk.shown('purchase_rate')!r}")
		desk.picture("3-unit-received")
		return f"{RECEIVED} in the list, {self.numbers[0]} from {self.supplier} by {self.receipt}"

	def deliver(self) -> str:
		"""Two of them delivered, with warranty:"""
		desk = self.keeper
		self._fill_delivery_note(self.numbers[:2])
		desk.picture("4-delivery-draft")
		desk.submit()
		self.delivery = desk.state("doc.name")
		desk.picture("4-delivery-submitted")
		desk.go(f"serial-no/{self.numbers[1]}")
		self._wait_for_unit(desk, self.numbers[1])
		desk.see_indicator("Delivered", "purple")
		end = date.fromisoformat(desk.state("doc.delivery_date")) + timedelta(days=WARRANTY_DAYS)
		self._expect_shown(
			desk,
			customer=self.customer,
			delivery_document_no=self.delivery,
			warranty_expiry_date=desk.page.evaluate(
				"(day) => frappe.datetime.str_to_user(day)", end.isoformat()
			),
			maintenance_status="Under Warranty",
		)
		desk.picture("4-unit-delivered")
		return f"{self.delivery} to {self.customer}, warranty until {end}"

	def be_refused(self) -> str:
		"""One of them cannot be delivered again:"""
		desk = self.keeper
		self._fill_delivery_note(self.numbers[:1])
		with desk.expecting(417):
			desk.press_submit()
			message = desk.message()
		if self.delivery not in message or self.numbers[0] not in message:
			raise StepFailedError(
				f"the refusal does not name {self.delivery} and {self.numbers[0]}: {message}"
			)
		desk.picture("5-refusal")
		self.draft = desk.state("doc.name")
		desk.page.keyboard.press("Escape")
		desk.go("delivery-note")
		desk.see_indicator("Draft", "red", desk.list_row(self.draft))
		desk.picture("5-still-a-draft")
		return f"{self.draft} stays a draft: {' '.join(message.split())!r}"

	def check_and_pick(self) -> str:
		"""Check says so before the submit, and Pick finds a unit that is free:"""
		desk = self.keeper
		desk.go(f"delivery-note/{self.draft}")
		desk.wait_for_form("Delivery Note", self.draft)
		desk.see_indicator("Draft", "red")  # looking at it has not changed it
		desk.click("Check")
		told = desk.message()
		if self.numbers[0] not in told or self.delivery not in told:
			raise StepFailedError(f"the check does not name {self.numbers[0]} and {self.delivery}: {told}")
		desk.picture("5-check")
		desk.page.keyboard.press("Escape")
		desk.page.locator(".modal.show").wait_for(state="hidden")
		with desk.open_row(1) as row:
			box = row.locator("[data-fieldname=serial_no] textarea")
			box.fill("")
			box.blur()
			desk.see("Numbers needed: 1")
		desk.click("Pick Serial Nos")
		dialog = desk.dialog()
		desk.picture("5-pick")
		dialog.get_by_role("button", name="Pick", exact=True).click()
		desk.see("Serial numbers picked by FIFO: 1")
		if (picked := desk.state("doc.items[0].serial_no")) != self.numbers[2]:
			raise StepFailedError(f"picked is {picked!r}, not {self.numbers[2]}")
		desk.save()
		desk.click("Check")
		desk.see("Nothing stands in the way of submitting")
		desk.picture("5-picked")
		desk.submit()
		return f"{' '.join(told.split())!r}, picked {picked}"

	def invoice(self) -> str:
		"""The delivery is invoiced through Create, and its units know it:"""
		desk = self.keeper
		self._create_from_delivery("Sales Invoice", "Sales Invoice")
		desk.picture("6-invoice-proposed")
		desk.save()
		desk.submit()
		name = desk.state("doc.name")
		desk.see_indicator("Submitted", "blue")
		desk.picture("6-invoice-submitted")
		desk.go(f"serial-no/{self.numbers[0]}")
		self._wait_for_unit(desk, self.numbers[0])
		desk.see_indicator("Delivered", "purple")
		self._expect_shown(desk, sales_invoice=name)
		return f"{name} for {self.delivery}"

	def take_back(self) -> str:
		"""One unit of the delivery comes back through Create:"""
		desk = self.keeper
		self._create_from_delivery("Return", "Delivery Note")
		self._expect_shown(desk, return_against=self.delivery)
		with desk.open_row(1) as row:
			desk.see("2 of 2")
			box = row.locator("[data-fieldname=serial_no] textarea")
			box.fill(self.numbers[1])
			desk.see("1 of 2")
			row.get_by_text("Set the quantity to 1").click()
			desk.see("1 of 1")
			desk.picture("6-return-row")
		if (qty := desk.state("doc.items[0].qty")) != -1:
			raise StepFailedError(f"the quantity of the return is {qty}")
		desk.save()
		desk.submit()
		name = desk.state("doc.name")
		desk.see_indicator("Return", "gray")
		desk.picture("6-return-submitted")
		desk.go(f"serial-no/{self.numbers[1]}")
		self._wait_for_unit(desk, self.numbers[1])
		desk.see_indicator("Available", "green")
		self._expect_shown(desk, warehouse=self.warehouse)
		desk.picture("6-unit-returned")
		return f"{self.numbers[1]} by {name}"

	def hold(self) -> str:
		"""What is left is put on hold in the list, with a reason:"""
		desk = self.admin
		desk.go(f"serial-no?item_code={self.item}&status=Available")
		desk.list_row(self.numbers[1]).first.wait_for()
		desk.settle()
		count = desk.list_row("").count()
		desk.page.locator(".list-header-subject .list-check-all:visible").first.check()
		desk.choose_from_menu("Actions", "Hold")
		dialog = desk.dialog()
		dialog.locator("textarea").fill("Maker's notice: battery check before sale")
		desk.picture("7-hold-reason")
		dialog.get_by_role("button", name="Hold", exact=True).click()
		desk.see(f"Units put on hold: {count}")
		desk.go(f"serial-no?item_code={self.item}&status=On Hold")
		desk.list_row(self.numbers[1]).first.wait_for()
		desk.settle()
		rows = desk.list_row("")
		if not rows.count() == count == 3:
			raise StepFailedError(f"{rows.count()} units are on hold, of {count}")
		for row in rows.all():
			desk.see_indicator("On Hold", "orange", row)
		desk.picture("7-units-on-hold")
		return f"{count} units of {self.item}"

	def make_serial_no(self) -> str:
		"""A Serial No made by hand, from Stock > Serial No and Batch > Serial No > New:"""
		desk = self.keeper
		number = f"{self.mark}/BY-HAND"
		desk.go("stock")
		desk.see(CARD)
		desk.picture("8-workspace-of-storekeeper")
		card = desk.page.locator(".links-widget-box").filter(has_text=CARD)
		card.get_by_text("Serial No", exact=True).first.click()
		desk.settle()
		desk.picture("8-all-units")
		desk.new_from_list("Serial No")
		desk.type("serial_no", number)
		desk.choose("item_code", self.item)
		desk.picture("8-serial-no-filled")
		desk.save()
		desk.see_indicator("Inactive", "gray")
		desk.picture("8-serial-no-saved")
		return f"{number} is Inactive"

	# ------------------------------------------------------------------ what steps share

	def _year(self) -> str:
		"""The year where the site is."""
		return self.admin.page.evaluate("() => frappe.datetime.system_datetime().slice(0, 4)")

	def _create_from_delivery(self, entry: str, doctype: str) -> None:
		"""What the Create menu of the first delivery proposes."""
		desk = self.keeper
		desk.go(f"delivery-note/{self.delivery}")
		desk.wait_for_form("Delivery Note", self.delivery)
		desk.choose_from_menu("Create", entry)
		desk.wait_for_form(doctype)

	def _fill_delivery_note(self, numbers: list[str]) -> None:
		desk = self.keeper
		desk.go("delivery-note")
		desk.new_from_list("Delivery Note")
		desk.choose("customer", self.customer)
		desk.choose("set_warehouse", self.warehouse)
		desk.choose_in_row(1, "item_code", self.item)
		desk.type_in_row(1, "qty", str(len(numbers)))
		with desk.open_row(1) as row:
			box = row.locator("[data-fieldname=serial_no] textarea")
			box.fill("\n".join(numbers))
			desk.see(f"{len(numbers)} of {len(numbers)}")
			if len(numbers) > 1:
				desk.picture("4-delivery-row")
		desk.save()
		desk.see_indicator("Draft", "red")

	@staticmethod
	def _wait_for_unit(desk: Desk, number: str) -> None:
		desk.page.wait_for_function(
			"(number) => window.cur_frm?.doctype === 'Serial No' && cur_frm.doc.serial_no === number",
			arg=number,
		)
		desk.settle()

	@staticmethod
	def _expect_shown(desk: Desk, **fields: str) -> None:
		for name, value in fields.items():
			if (shown := desk.shown(name)) != value:
				raise StepFailedError(f"{name} shows {shown!r}, not {value!r}")
