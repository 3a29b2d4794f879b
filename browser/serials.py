"""What a storekeeper does with the serial numbers of a row: enters them as a range and from a file, picks them from the
stock, is told which of them is wrong before the submit, and works with ten thousand of them.
"""

import time

from browser.desk import StepFailedError
from browser.job import Job

DIALOG = ".modal.show .serials-dialog"
MANY, SECONDS, LINES = 10_000, 5, 300

# what a browser does when somebody presses Ctrl+V
PASTE = """(text) => {
	const clipboardData = new DataTransfer();
	clipboardData.setData("text/plain", text);
	document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""

# answers of a method come a second later, until the page is loaded anew
SLOW = """(method) => {
	const { call } = frappe;
	let wait = 1500; // an answer may come before that to an earlier question
	frappe.call = function (asked, ...more) {
		if (asked?.method !== method) return call.call(frappe, asked, ...more);
		const passed = new Promise((resolve) => setTimeout(resolve, wait));
		wait = Math.max(wait - 600, 0);
		return passed.then(() => call.call(frappe, asked, ...more));
	};
}"""


class Serials(Job):
	"""The dialog Serials, from a receipt to a delivery."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("serials-administrator-", "serials-storekeeper-")

	def steps(self):
		self.keeper = self.worker
		self.item, self.made = f"EPC{self.mark}", f"SER{self.mark}"
		self.numbers = [f"E{self.mark}-{count:04}" for count in range(1, 14)]
		return (
			self.prepare,
			self.receive_a_range,
			self.receive_a_file,
			self.preview_the_series,
			self.correct_a_wrong_one,
			self.type_on_while_the_site_reads,
			self.leave_out_what_cannot_be_read,
			self.pick_from_stock,
			self.look_at_what_is_submitted,
			self.paste_ten_thousand,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""An item without a series, and one with:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		for item, name, values in (
			(self.item, "Electric pallet truck", {}),
			(self.made, "Sensor", {"serial_no_series": f"S{self.mark}-.####"}),
		):
			self.insert(
				{"doctype": "Item", "item_code": item, "item_name": name, "has_serial_no": 1, **values}
			)
		self.rejects = self.insert({"doctype": "Warehouse", "warehouse_name": f"Rejects {self.mark}"})
		self.keeper.log_in(self.user, self.password)
		return f"{self.item}, {self.made}"

	def receive_a_range(self) -> str:
		"""A receipt by a range, and of two rejected units by first number and count:"""
		desk = self.keeper
		self._new("Purchase Receipt", "supplier", self.supplier, "set_warehouse")
		desk.choose("rejected_warehouse", self.rejects)
		self._fill_row(self.item, 5)
		dialog = self._open("0 of 5", "red")
		dialog.get_by_role("tab", name="Range").click()
		dialog.get_by_label("From", exact=True).fill(self.numbers[0])
		dialog.get_by_label("To", exact=True).fill(self.numbers[4])
		dialog.get_by_label("To", exact=True).press("Enter")
		desk.see_indicator("5 of 5", "green", dialog)
		desk.see("Checked: nothing is wrong with them")
		desk.accessible(DIALOG)
		desk.picture("serials-1-range")
		self._take_over()
		self._expect_count("5 of 5", "green")
		desk.accessible(".has-serial-counts .static-area:has(.serial-count)")
		with desk.open_row(1) as row:
			row.get_by_role("button", name="Serials (F4)").first.wait_for()
			for field, value in (("received_qty", "7"), ("rejected_qty", "2")):
				box = row.locator(f"[data-fieldname={field}] input")
				box.fill(value)
				box.blur()
				desk.settle()
			desk.picture("serials-1-row")
		dialog = self._open("0 of 2 rejected", "red")
		dialog.get_by_role("tab", name="First and Count").click()
		dialog.get_by_label("First number").fill(self.numbers[5])
		dialog.get_by_role("button", name="Add", exact=True).filter(visible=True).click()
		desk.see_indicator("2 of 2", "green", dialog)
		self._take_over()
		self._expect_count("2 of 2 rejected", "green")
		desk.picture("serials-1-rejected")
		self._expect_box("serial_no", self.numbers[:5])
		self._expect_box("rejected_serial_no", self.numbers[5:7])
		desk.save()
		desk.submit()
		return f"{self.numbers[0]} to {self.numbers[4]}, rejected {self.numbers[5]} and {self.numbers[6]}"

	def receive_a_file(self) -> str:
		"""A receipt from a file, whose count the quantity takes over:"""
		desk = self.keeper
		desk.go("stock-entry")
		desk.new_from_list("Stock Entry")
		desk.choose("to_warehouse", self.warehouse)
		self._fill_row(self.item, 4)
		dialog = self._open("0 of 4", "red")
		dialog.get_by_role("tab", name="File").click()
		lines = ["Serial No", *self.numbers[7:], "X<1", ""]
		dialog.get_by_label("File with one column").set_input_files(
			{"name": "numbers.csv", "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode()}
		)
		desk.see("6 added. 1 could not be read")
		desk.see_indicator("6 of 4", "red", dialog)
		desk.see_indicator("1 wrong", "red", dialog)
		desk.accessible(DIALOG)
		desk.picture("serials-2-file")
		dialog.get_by_role("button", name="Remove the 1 wrong").click()
		dialog.get_by_role("button", name="Set quantity to 6").click()
		desk.see_indicator("6 of 6", "green", dialog)
		desk.page.keyboard.press("Control+Enter")
		dialog.wait_for(state="hidden")
		self._expect_count("6 of 6", "green")
		desk.save()
		desk.submit()
		self._expect_box("serial_no", self.numbers[7:])
		return f"{len(self.numbers[7:])} numbers of {desk.state('doc.name')}"

	def preview_the_series(self) -> str:
		"""The next numbers of the series are shown, and none is taken out of it:"""
		desk = self.keeper
		self._new("Purchase Receipt", "supplier", self.supplier, "set_warehouse")
		self._fill_row(self.made, 3)
		dialog = self._open("0 of 3", "gray")
		dialog.get_by_role("tab", name="Series").click()
		dialog.get_by_role("button", name="Preview").click()
		desk.see(f"S{self.mark}-0001 to S{self.mark}-0003")
		desk.accessible(DIALOG)
		desk.picture("serials-3-series")
		desk.page.keyboard.press("Escape")
		dialog.wait_for(state="hidden")
		self._expect_box("serial_no", [])
		desk.save()
		desk.submit()
		self._expect_box("serial_no", [f"S{self.mark}-{count:04}" for count in (1, 2, 3)])
		return f"S{self.mark}-0001 to S{self.mark}-0003"

	def correct_a_wrong_one(self) -> str:
		"""A delivery by keyboard: what is wrong is told before the submit, and put right:"""
		desk = self.keeper
		sold = {"item_code": self.item, "qty": 1, "warehouse": self.warehouse, "serial_no": self.numbers[0]}
		name = self.insert(
			{"doctype": "Delivery Note", "docstatus": 1, "customer": self.customer, "items": [sold]}
		)
		self._new("Delivery Note", "customer", self.customer, "set_warehouse")
		self._fill_row(self.item, 3)
		desk.page.keyboard.press("F4")
		dialog = desk.dialog()
		dialog.get_by_role("tab", name="Type or Paste").click()
		desk.page.keyboard.press("Tab")
		desk.page.keyboard.type(f"{self.numbers[1]}, {self.numbers[0]}, {self.numbers[1].lower()}")
		desk.page.keyboard.press("Enter")
		desk.see("given more than once")
		desk.see(f"it is Delivered (Delivery Note {name})")
		desk.see_indicator("2 wrong", "red", dialog)
		desk.accessible(DIALOG)
		desk.picture("serials-4-wrong")
		desk.page.keyboard.press("Escape")
		dialog.wait_for(state="hidden")
		self._expect_box("serial_no", [])
		desk.click("Open again")
		dialog = desk.dialog()
		desk.see_indicator("2 wrong", "red", dialog)
		dialog.get_by_label("Only the wrong ones").check()
		listed = dialog.get_by_role("listbox", name="Numbers of the row").get_by_role("option")
		if listed.count() != 2:
			raise StepFailedError(f"{listed.count()} wrong numbers are listed, not 2")
		desk.picture("serials-4-only-wrong")
		dialog.get_by_role("button", name="Remove the 2 wrong").click()
		box = dialog.get_by_label("Serial numbers", exact=True)
		box.focus()
		desk.page.keyboard.type(f"{self.numbers[2]}..{self.numbers[3]}")
		desk.page.keyboard.press("Enter")
		desk.see_indicator("3 of 3", "green", dialog)
		desk.see("Checked: nothing is wrong with them")
		desk.picture("serials-4-right")
		desk.page.keyboard.press("Control+Enter")
		dialog.wait_for(state="hidden")
		self._expect_box("serial_no", self.numbers[1:4])
		desk.save()
		desk.submit()
		return f"{self.numbers[0]} was refused as delivered by {name}"

	def pick_from_stock(self) -> str:
		"""A delivery by ticking what is in stock, found, one by one and as many as are missing:"""
		desk = self.keeper
		self._new("Delivery Note", "customer", self.customer, "set_warehouse")
		self._fill_row(self.item, 4)
		dialog = self._open("0 of 4", "red")
		stock = dialog.get_by_role("listbox", name="Units that may be delivered")
		stock.get_by_role("option").first.wait_for()
		desk.see("0 chosen of 4 wanted, 7 in stock")
		search = dialog.get_by_label("Search the stock")
		search.fill(self.numbers[12][-4:].lower())
		desk.see("0 chosen of 4 wanted, 1 in stock")
		search.press("ArrowDown")
		desk.page.keyboard.press("Space")
		desk.see("1 chosen of 4 wanted, 1 in stock")
		search.fill("")
		dialog.get_by_label("Order").select_option("LIFO")
		desk.see("1 chosen of 4 wanted, 7 in stock")
		desk.settle()
		stock.get_by_role("option").filter(has_text=self.numbers[8]).click()
		dialog.get_by_label("Order").select_option("FIFO")
		desk.settle()
		dialog.get_by_role("button", name="Tick all", exact=True).click()
		desk.see("7 chosen of 4 wanted, 7 in stock")
		untick = [self.numbers[at] for at in (4, 7, 9, 10, 11)]
		for number in untick:
			stock.get_by_role("option").filter(has_text=number).click()
		desk.see("2 chosen of 4 wanted, 7 in stock")
		search.fill(self.numbers[12][-4:].lower())
		desk.see("2 chosen of 4 wanted, 1 in stock")
		dialog.get_by_role("button", name="Untick all").click()
		desk.see("1 chosen of 4 wanted, 1 in stock")
		dialog.get_by_role("button", name="Tick all", exact=True).click()
		desk.see("2 chosen of 4 wanted, 1 in stock")
		search.fill("")
		desk.see("2 chosen of 4 wanted, 7 in stock")
		dialog.get_by_role("button", name="Take the first 2").click()
		desk.see("4 chosen of 4 wanted, 7 in stock")
		desk.see("Checked: nothing is wrong with them")
		desk.accessible(DIALOG)
		desk.picture("serials-5-stock")
		self._take_over()
		picked = [self.numbers[at] for at in (8, 12, 4, 7)]
		self._expect_box("serial_no", picked)
		self._expect_count("4 of 4", "green")
		desk.save()
		desk.submit()
		self.picked = picked
		return ", ".join(picked)

	def type_on_while_the_site_reads(self) -> str:
		"""Codes that a scanner types into the dialog faster than the site answers are all there:"""
		desk = self.keeper
		self._new("Purchase Receipt", "supplier", self.supplier, "set_warehouse")
		self._fill_row(self.item, 3)
		dialog = self._open("0 of 3", "red")
		codes = [f"Q{self.mark}-{count}" for count in (1, 2, 3)]
		desk.page.evaluate(SLOW, "serial_tracking.api.serials.read")
		dialog.get_by_label("Serial numbers", exact=True).focus()
		for code in codes:
			desk.page.keyboard.type(f"]d221{code}")
			desk.page.keyboard.press("Enter")
		desk.see_indicator("3 of 3", "green", dialog)
		self._take_over()
		self._expect_box("serial_no", codes)
		return ", ".join(codes)

	def leave_out_what_cannot_be_read(self) -> str:
		"""A range that runs backwards, and a number that a spreadsheet has rounded, do not become numbers:"""
		desk = self.keeper
		self._new("Purchase Receipt", "supplier", self.supplier, "set_warehouse")
		self._fill_row(self.item, 1)
		dialog = self._open("0 of 1", "red")
		box = dialog.get_by_label("Serial numbers", exact=True)
		box.fill(f"R{self.mark}-9..R{self.mark}-1")
		box.press("Enter")
		dialog.get_by_role("tab", name="File").click()
		content = f"Serial No\nR{self.mark}-5\n1.23E+15\n"
		dialog.get_by_label("File with one column").set_input_files(
			{"name": "numbers.csv", "mimeType": "text/csv", "buffer": content.encode()}
		)
		desk.see("1 added. 1 could not be read")
		dialog.get_by_role("button", name="Take Over").click()
		desk.see("2 could not be read: take them out")
		desk.accessible(DIALOG)
		desk.picture("serials-4-unread")
		self._expect_box("serial_no", [])
		desk.page.keyboard.press("Enter")  # on the button that takes them out
		desk.see_indicator("1 of 1", "green", dialog)
		self._take_over()
		self._expect_box("serial_no", [f"R{self.mark}-5"])
		return f"R{self.mark}-5 alone"

	def look_at_what_is_submitted(self) -> str:
		"""A submitted row shows its numbers, to be searched and not changed:"""
		desk = self.keeper
		dialog = self._open("4 of 4", "green")
		if dialog.get_by_role("tab").count() or dialog.get_by_role("button", name="Take Over").count():
			raise StepFailedError("the numbers of a submitted document can be changed")
		dialog.get_by_label("Search the numbers").fill(self.picked[1][-4:])
		listed = dialog.get_by_role("option")
		if listed.count() != 1 or self.picked[1] not in listed.inner_text():
			raise StepFailedError(f"found {listed.all_inner_texts()}, not {self.picked[1]}")
		desk.picture("serials-6-submitted")
		desk.page.keyboard.press("Escape")
		dialog.wait_for(state="hidden")
		return self.picked[1]

	def paste_ten_thousand(self) -> str:
		"""Ten thousand pasted numbers are taken over in seconds, and opened again:"""
		desk = self.keeper
		self._new("Purchase Receipt", "supplier", self.supplier, "set_warehouse")
		self._fill_row(self.item, MANY)
		figure = desk.figure(MANY)
		many = [f"M{self.mark}-{count:05}" for count in range(1, MANY + 1)]
		started = time.monotonic()
		dialog = self._open(f"0 of {figure}", "red")
		dialog.get_by_label("Serial numbers", exact=True).focus()
		desk.page.evaluate(PASTE, "\r\n".join(many))
		desk.see_indicator(f"{figure} of {figure}", "green", dialog)
		self._expect_few_lines(dialog)
		dialog.get_by_role("listbox").press("End")
		dialog.get_by_role("option", name=many[-1]).wait_for()
		self._expect_few_lines(dialog)
		pasted = time.monotonic()
		desk.see("Checked: nothing is wrong with them")
		desk.picture("serials-7-many")
		taking = time.monotonic()
		self._take_over()
		self._expect_count(f"{figure} of {figure}", "green")
		seconds = pasted - started + time.monotonic() - taking
		if seconds > SECONDS:
			raise StepFailedError(f"it takes {seconds:.1f} s")
		self._expect_box("serial_no", many)
		desk.save()
		with desk.open_row(1) as row:
			desk.see(f"{figure} serial numbers, too many to be shown here")
			if row.locator("[data-fieldname=serial_no] textarea").is_visible():
				raise StepFailedError(f"the form of the row shows the box of {figure} numbers")
			desk.picture("serials-7-row-of-many")
		started = time.monotonic()
		dialog = self._open(f"{figure} of {figure}", "green")
		dialog.get_by_role("option", name=many[0]).wait_for()
		opened = time.monotonic() - started
		if opened > SECONDS:
			raise StepFailedError(f"it is opened again in {opened:.1f} s")
		desk.settle()
		desk.page.keyboard.press("Escape")
		dialog.wait_for(state="hidden")
		return f"{seconds:.1f} s to paste and take over, {opened:.1f} s to open again"

	# ------------------------------------------------------------------ what steps share

	def _new(self, doctype: str, party_field: str, party: str, warehouse_field: str) -> None:
		desk = self.keeper
		desk.go(doctype.lower().replace(" ", "-"))
		desk.new_from_list(doctype)
		desk.choose(party_field, party)
		desk.choose(warehouse_field, self.warehouse)

	def _fill_row(self, item: str, qty: int) -> None:
		self.keeper.choose_in_row(1, "item_code", item)
		self.keeper.type_in_row(1, "qty", str(qty))

	def _expect_count(self, text: str, colour: str) -> None:
		"""The count of the first row."""
		self.keeper.see_indicator(text, colour, self.keeper.row(1))

	def _open(self, text: str, colour: str):
		"""The dialog, by a click on the count."""
		self._expect_count(text, colour)
		self.keeper.row(1).locator(".serial-count").filter(has_text=text).click()
		return self.keeper.dialog()

	def _take_over(self) -> None:
		dialog = self.keeper.page.locator(".modal.show").last
		dialog.get_by_role("button", name="Take Over").click()
		dialog.wait_for(state="hidden")

	def _expect_box(self, box: str, numbers: list[str]) -> None:
		held = (self.keeper.state(f"doc.items[0].{box}") or "").split("\n")
		if held != (numbers or [""]):
			raise StepFailedError(f"{box} holds {held[:20]}, not {numbers[:20]}")

	@staticmethod
	def _expect_few_lines(dialog) -> None:
		if (lines := dialog.locator(".line").count()) >= LINES:
			raise StepFailedError(f"{lines} lines are drawn")
