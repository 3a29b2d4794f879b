"""What a storekeeper does with a keyboard and a scanner: a first receipt without a mouse, a receipt of labelled units, a
delivery with two units that may not leave, and the same scan field on a telephone.
"""

import re

from playwright.sync_api import Page

from browser.desk import PATIENCE, Desk, StepFailedError
from browser.job import Job

WIDTH, HEIGHT = 390, 844
PHONE = {
	"viewport": {"width": WIDTH, "height": HEIGHT},
	"has_touch": True,
	"is_mobile": True,
	"device_scale_factor": 2,
}
SCANNED, BY_SERIES = 20, 3

# keys as a scanner sends them: all of a code and Enter, far faster than anybody types, code after code
WEDGE = """([codes, enter]) => {
	const box = document.activeElement;
	for (const code of codes) {
		for (const key of code) {
			box.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
			box.setRangeText(key, box.selectionStart, box.selectionEnd, "end");
			box.dispatchEvent(new InputEvent("input", { data: key, bubbles: true }));
		}
		box.dispatchEvent(new KeyboardEvent("keydown", { key: enter, bubbles: true, cancelable: true }));
	}
}"""


class Receiving(Job):
	"""The storekeeper's scans on one site."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("receiving-administrator-", "receiving-storekeeper-")

	def steps(self):
		self.keeper = self.worker
		self.item, self.labelled, self.plain = f"KEY{self.mark}", f"EPC{self.mark}", f"BOLT{self.mark}"
		self.numbers = [f"{self.mark}-{count:04}" for count in range(1, SCANNED + 1)]
		return (
			self.prepare,
			self.receive_by_keyboard,
			self.receive_by_scanner,
			self.receive_bare_numbers,
			self.reject_by_scanner,
			self.deliver_by_scanner,
			self.transfer_by_scanner,
			self.deliver_on_a_phone,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""Items with a series, with a GTIN, and without serial numbers:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.gtin, self.plain_ean = gtin(int(self.mark, 36)), gtin(int(self.mark, 36) + 1)
		for item, name, values in (
			(self.item, "Router", {"serial_no_series": f"{self.item}-.####"}),
			(self.labelled, "Access point", {"barcodes": [_barcode(self.gtin)]}),
			(self.plain, "Bolt M8", {"has_serial_no": 0, "barcodes": [_barcode(self.plain_ean)]}),
		):
			self.insert(
				{"doctype": "Item", "item_code": item, "item_name": name, "has_serial_no": 1, **values}
			)
		return f"{self.item}, {self.labelled}, {self.plain}"

	def receive_by_keyboard(self) -> str:
		"""A first receipt without the mouse:"""
		desk = self.keeper
		desk.log_in(self.user, self.password)
		keys = desk.page.keyboard
		self._find_by_keys(desk, "New Purchase Receipt")
		desk.wait_for_form("Purchase Receipt")
		self._tab_to(desk, "supplier")
		self._choose_by_keys(desk, self.supplier)
		self._tab_to(desk, "set_warehouse")
		self._choose_by_keys(desk, self.warehouse)
		keys.press("F2")  # an item's code does as well as its barcode
		self._expect_focus(desk)
		self._scan(desk, self.item)
		self._expect_told(desk, f"Row 1: {self.item}, quantity 1")
		self._tab_to(desk, "qty")
		keys.type(str(BY_SERIES))
		keys.press("Tab")
		desk.settle()
		keys.press("F2")
		self._scan(desk, self.item, self.gtin, self.gtin)
		self._expect_told(desk, f"Row 2: {self.labelled}, quantity 2")
		keys.press("Control+z")
		keys.press("Control+z")
		self._expect_told(desk, f"Taken back: {self.labelled}")
		desk.picture("receiving-1-keyboard-filled")
		keys.press("Control+s")
		self._wait(desk, "!cur_frm.is_new() && !cur_frm.is_dirty()")
		keys.press("Control+s")  # what is saved is submitted by the same key
		desk.dialog()
		desk.picture("receiving-1-keyboard-confirm")
		keys.press("Control+s")
		self._wait(desk, "cur_frm.doc.docstatus === 1")
		if desk.page.locator(".voucher-scan:visible").count():
			raise StepFailedError("what is submitted still has a scan field")
		desk.picture("receiving-1-keyboard-submitted")
		receipt = desk.state("doc.name")
		self._expect_units([f"{self.item}-{n:04}" for n in range(1, BY_SERIES + 1)], self.item, receipt)
		return f"{receipt}, {BY_SERIES} from the series"

	def receive_by_scanner(self) -> str:
		"""Twenty GS1 codes, as fast as a scanner types:"""
		desk = self.keeper
		self._new_receipt(desk)
		codes = [self._code(number) for number in self.numbers]
		desk.page.keyboard.press("F2")
		# ten key by key through the browser, ten at once, faster than any scanner
		for code in codes[:10]:
			desk.page.keyboard.type(code)
			desk.page.keyboard.press("Tab" if code is codes[0] else "Enter")
		desk.page.evaluate(WEDGE, [codes[10:], "Enter"])
		if desk.page.locator(".voucher-scan input").input_value():
			raise StepFailedError("the field is not cleared at once")
		desk.page.keyboard.press("Control+s")  # while the last ones are on their way
		self._wait(desk, "!cur_frm.is_new() && !cur_frm.is_dirty()")
		self._expect_told(desk, f"Row 1: {self.numbers[-1]}, {SCANNED} of {SCANNED}")
		self._expect_focus(desk)
		kept = desk.state("doc.items.map((row) => [row.item_code, row.qty, row.serial_no])")
		if kept != [[self.labelled, SCANNED, "\n".join(self.numbers)]]:
			raise StepFailedError(f"the rows hold {kept}")
		desk.picture("receiving-2-scanned")
		desk.submit()
		receipt = desk.state("doc.name")
		desk.page.evaluate("async () => { cur_frm.scan_field.undo(); await cur_frm.scan_field.queue }")
		if desk.state("cur_frm.is_dirty()") or desk.state("doc.items[0].serial_no") != "\n".join(
			self.numbers
		):
			raise StepFailedError("a scan was taken back from a submitted receipt")
		desk.picture("receiving-2-submitted")
		self._expect_units(self.numbers, self.labelled, receipt, end_of_life_date="2034-12-31")
		return f"{receipt}, {SCANNED} units, none lost, none twice"

	def receive_bare_numbers(self) -> str:
		"""Bare numbers go to the item scanned before; what cannot come in is refused, and undone what was wrong:"""
		desk = self.keeper
		self._new_receipt(desk)
		press = desk.page.keyboard.press
		press("F2")
		self._scan(desk, f"X{self.mark}")
		self._expect_told(desk, "scan its item first", good=False)
		self._scan(desk, self.gtin, f"X{self.mark}-1", f"X{self.mark}-2")
		self._expect_told(desk, f"Row 1: X{self.mark}-2, 2 of 2")
		self._scan(desk, self.plain_ean, self.plain_ean)
		self._expect_told(desk, f"Row 2: {self.plain}, quantity 2")
		self._scan(desk, self.numbers[0])
		self._expect_told(desk, f"{self.numbers[0]} is in {self.warehouse} already", good=False)
		desk.picture("receiving-3-refused")
		for told in (self.plain, self.plain, f"X{self.mark}-2"):
			press("Control+z")
			self._expect_told(desk, f"Taken back: {told}")
		if (rows := desk.state("doc.items.map((row) => [row.item_code, row.qty, row.serial_no])")) != [
			[self.labelled, 1, f"X{self.mark}-1"]
		]:
			raise StepFailedError(f"after three undone scans there are {rows}")
		desk.picture("receiving-3-undone")
		desk.save()
		return desk.state("doc.name")

	def reject_by_scanner(self) -> str:
		"""What came damaged is scanned once more, or for the first time, with Reject on:"""
		desk = self.keeper
		rejects = self.insert({"doctype": "Warehouse", "warehouse_name": f"Rejects {self.mark}"})
		first, second, third, fourth = (f"Z{self.mark}-{count}" for count in range(1, 5))
		self._new_receipt(desk)
		desk.page.keyboard.press("F2")
		self._scan(desk, self.gtin, first, second, self.plain_ean, self.plain_ean)
		self._expect_told(desk, f"Row 2: {self.plain}, quantity 2")
		self._expect_rows([[self.labelled, 2, 0, f"{first}\n{second}", ""], [self.plain, 2, 0, "", ""]])
		button = desk.page.get_by_role("button", name="Reject", exact=True)
		desk.page.keyboard.press("Tab")
		desk.page.keyboard.press("Enter")
		desk.see("Choose the rejected warehouse, or scan it")
		self._expect_focus(desk)
		self._scan(desk, rejects)
		self._expect_told(desk, f"Rejected Warehouse: {rejects}")
		self._scan(desk, second)  # though another row was scanned into last
		self._expect_told(desk, f"Row 1: {second}, 1 of 1 rejected")
		self._scan(desk, third, self._code(fourth), self.plain_ean)
		self._expect_told(desk, f"Row 2: {self.plain}, rejected quantity 1")
		rejected = "\n".join(
			(second, third, f"]d2{self._code(fourth)}")
		)  # its end of life is read when it is saved
		self._expect_rows([[self.labelled, 1, 3, first, rejected], [self.plain, 2, 1, "", ""]])
		self._scan(desk, third)
		self._expect_told(desk, f"{third} is in row 1 already, rejected", good=False)
		desk.picture("receiving-4-rejected")
		for told in (self.plain, fourth, third, second):
			desk.page.keyboard.press("Control+z")
			self._expect_told(desk, f"Taken back: {told}")
		self._expect_rows([[self.labelled, 2, 0, f"{first}\n{second}", ""], [self.plain, 2, 0, "", ""]])
		self._scan(desk, first, self._code(fourth))
		self._expect_told(desk, f"Row 1: {fourth}, 2 of 2 rejected")
		button.click()
		self._scan(desk, third)
		self._expect_told(desk, f"Row 1: {third}, 2 of 2")
		desk.page.keyboard.press("Control+s")
		self._wait(desk, "!cur_frm.is_new() && !cur_frm.is_dirty()")
		self._expect_rows(
			[[self.labelled, 2, 2, f"{second}\n{third}", f"{first}\n{fourth}"], [self.plain, 2, 0, "", ""]]
		)
		desk.submit()
		desk.picture("receiving-4-rejected-submitted")
		receipt = desk.state("doc.name")
		self._expect_units([second, third], self.labelled, receipt)
		self._expect_units([first, fourth], self.labelled, receipt, warehouse=rejects, status="On Hold")
		return f"{receipt}, 2 accepted, 2 rejected"

	def deliver_by_scanner(self) -> str:
		"""A delivery by scanning; a unit scanned twice and one on hold are refused where they are scanned:"""
		desk = self.keeper
		held = self.numbers[5]
		self.admin.call("serial_tracking.api.serials.hold", serial_nos=held, reason="Dented <corner>")
		self._new_delivery(desk)
		self._scan(desk, *self.numbers[:3], self._code(self.numbers[3]))
		self._expect_told(desk, f"Row 1: {self.numbers[3]} from {self.warehouse}, 4 of 4")
		self._scan(desk, self.numbers[1].lower())
		self._expect_told(desk, f"{self.numbers[1]} is in row 1 already", good=False)
		desk.picture("receiving-4-twice")
		self._scan(desk, held)
		self._expect_told(desk, f"{held} is On Hold: Dented <corner>", good=False)
		desk.see(f"{self.numbers[1]} is in row 1 already")  # what was refused before is not lost from sight
		desk.picture("receiving-4-on-hold")
		desk.page.locator(".voucher-scan .undo").click()
		self._expect_told(desk, f"Taken back: {self.numbers[3]}")
		desk.see("On Hold: Dented <corner>")
		desk.page.keyboard.press("Escape")
		if desk.page.get_by_text("Dented").filter(visible=True).count():
			raise StepFailedError("Esc in the empty field does not dismiss what was refused")
		wanted = [[self.labelled, 3, "\n".join(self.numbers[:3]), self.warehouse]]
		rows = desk.state("doc.items.map((row) => [row.item_code, row.qty, row.serial_no, row.warehouse])")
		if rows != wanted:
			raise StepFailedError(f"the rows hold {rows}, not {wanted}")
		desk.picture("receiving-4-undone")
		desk.save()
		desk.submit()
		note = desk.state("doc.name")
		desk.picture("receiving-4-submitted")
		self._new_delivery(desk)
		self._scan(desk, self.numbers[0])
		self._expect_told(desk, note, good=False)  # in the way
		desk.picture("receiving-4-delivered")
		return f"{note}, 3 units"

	def transfer_by_scanner(self) -> str:
		"""A transfer of units that lie in two warehouses, all undone after it was saved:"""
		desk = self.keeper
		other, target = (
			self.insert({"doctype": "Warehouse", "warehouse_name": f"{name} {self.mark}"})
			for name in ("Annex", "Van")
		)
		elsewhere = f"Y{self.mark}"
		row = {"item_code": self.labelled, "qty": 1, "warehouse": other, "serial_no": elsewhere}
		self.insert(
			{"doctype": "Purchase Receipt", "docstatus": 1, "supplier": self.supplier, "items": [row]}
		)
		self._new(desk, "stock-entry", "Stock Entry")
		desk.control("purpose").locator("select").select_option("Material Transfer")
		desk.page.keyboard.press("F2")
		self._scan(desk, target, self.numbers[8], elsewhere, self.numbers[9])
		self._expect_told(desk, f"Row 1: {self.numbers[9]} from {self.warehouse}, 2 of 2")
		desk.page.keyboard.press("Control+s")
		self._wait(desk, "!cur_frm.is_new() && !cur_frm.is_dirty()")
		moved = desk.state(
			"doc.items.map((row) => [row.s_warehouse, row.t_warehouse, row.qty, row.serial_no])"
		)
		wanted = [
			[self.warehouse, target, 2, "\n".join(self.numbers[8:10])],
			[other, target, 1, elsewhere],
		]
		if moved != wanted:
			raise StepFailedError(f"the rows hold {moved}, not {wanted}")
		desk.picture("receiving-5-transfer")
		for told in (self.numbers[9], elsewhere, self.numbers[8], target):
			desk.page.keyboard.press("Control+z")
			self._expect_told(desk, f"Taken back: {told}")
		if left := desk.state("doc.items.length || doc.to_warehouse"):
			raise StepFailedError(f"after all scans are undone there is {left!r}")
		desk.page.reload()  # with the draft as it was saved
		return ", ".join((self.warehouse, other))

	def deliver_on_a_phone(self) -> str:
		"""The same on a telephone:"""
		desk = Desk(self.browser, self.url, self.pictures, "receiving-phone-", PHONE)
		try:
			desk.log_in(self.user, self.password)
			self._new_delivery(desk, tap=True)
			self._scan(desk, self.numbers[6], self._code(self.numbers[7]), self.numbers[6])
			self._expect_told(desk, f"{self.numbers[6]} is in row 1 already", good=False)
			self._expect_no_overflow(desk.page)
			desk.picture("receiving-6-phone-twice")
			desk.page.locator(".voucher-scan .undo").tap()
			self._expect_told(desk, f"Taken back: {self.numbers[7]}")
			self._expect_no_overflow(desk.page)
			desk.picture("receiving-6-phone-undone")
			desk.save()
			return f"{desk.state('doc.name')} at {WIDTH} × {HEIGHT}"
		finally:
			desk.page.context.close()

	# ------------------------------------------------------------------ what steps share

	def _expect_rows(self, wanted: list) -> None:
		"""Item, accepted and rejected quantity, accepted and rejected numbers of each row of a receipt."""
		rows = self.keeper.state(
			"""doc.items.map((row) => [row.item_code, row.qty, row.rejected_qty || 0,
				row.serial_no || "", row.rejected_serial_no || ""])"""
		)
		if rows != wanted:
			raise StepFailedError(f"the rows hold {rows}, not {wanted}")

	def _new_receipt(self, desk: Desk) -> None:
		self._new(desk, "purchase-receipt", "Purchase Receipt")
		desk.choose("supplier", self.supplier)
		desk.choose("set_warehouse", self.warehouse)

	def _new_delivery(self, desk: Desk, tap: bool = False) -> None:
		self._new(desk, "delivery-note", "Delivery Note")
		desk.choose("customer", self.customer)
		if tap:
			desk.page.locator(".voucher-scan input").tap()
		else:
			desk.page.keyboard.press("F2")

	@staticmethod
	def _new(desk: Desk, route: str, doctype: str) -> None:
		desk.go(f"{route}/new")
		desk.wait_for_form(doctype)

	def _code(self, number: str) -> str:
		"""As a label of the app bears it: 01, 17, 21."""
		return f"010{self.gtin}17341231" + f"21{number}"

	@staticmethod
	def _scan(desk: Desk, *codes: str) -> None:
		"""Type codes as a keyboard wedge does, without waiting for what comes of them."""
		for code in codes:
			desk.page.keyboard.type(code)
			desk.page.keyboard.press("Enter")

	@staticmethod
	def _expect_told(desk: Desk, text: str, good: bool = True) -> None:
		"""Wait until the line under the field says this."""
		kind = "taken" if good else "refused"
		line = desk.page.locator(f".voucher-scan .told .{kind}").filter(has_text=text)
		try:
			line.wait_for(timeout=PATIENCE)
		except Exception:
			told = desk.page.locator(".voucher-scan .told").inner_text()
			raise StepFailedError(f"the scan field says {told!r}, not {text!r}") from None
		if desk.page.locator(".modal.show").count():
			raise StepFailedError(f"a message stands before the form: {desk.message()}")

	@staticmethod
	def _expect_focus(desk: Desk) -> None:
		if not desk.page.evaluate("() => document.activeElement.matches('.voucher-scan input')"):
			raise StepFailedError("the scan field has not the focus")

	@staticmethod
	def _wait(desk: Desk, condition: str) -> None:
		desk._wait_for(condition, condition)

	@staticmethod
	def _find_by_keys(desk: Desk, text: str) -> None:
		"""Go where Frappe's search leads."""
		keys = desk.page.keyboard
		keys.press("Control+g")
		desk.page.wait_for_timeout(500)
		keys.type(text, delay=5)
		offers = desk.page.locator("ul[role=listbox] li").filter(visible=True)
		wanted = offers.filter(has_text=re.compile(rf"^\s*{text}\s*$"))
		wanted.first.wait_for()
		desk.page.wait_for_timeout(500)
		marked = wanted.and_(desk.page.locator("[aria-selected=true]"))
		for _press in range(8):
			if marked.count():
				keys.press("Enter")
				return
			keys.press("ArrowDown")
		raise StepFailedError(f"the search does not offer {text!r}")

	@staticmethod
	def _tab_to(desk: Desk, field: str) -> None:
		"""Press Tab until a field of the form has the focus, and keeps it: a row becomes editable as it is entered."""
		focused = (
			"() => document.activeElement.matches('input') && "
			"document.activeElement.closest('[data-fieldname]')?.dataset.fieldname"
		)
		for _press in range(25):
			if desk.page.evaluate(focused) == field:
				desk.settle()
				if desk.page.evaluate(focused) == field:
					return
			desk.page.keyboard.press("Tab")
		raise StepFailedError(f"the Tab key does not lead to {field}")

	@staticmethod
	def _choose_by_keys(desk: Desk, value: str) -> None:
		desk.page.keyboard.type(value)
		desk.page.locator("ul[role=listbox]:visible [role=option]").filter(
			has=desk.page.get_by_text(value, exact=True)
		).first.wait_for()
		desk.page.keyboard.press("Tab")
		desk.settle()

	def _expect_units(self, numbers: list[str], item: str, receipt: str, **values) -> None:
		found = self.admin.call(
			"frappe.client.get_list",
			doctype="Serial No",
			filters={"purchase_document_no": receipt, "warehouse": values.get("warehouse", self.warehouse)},
			fields=list({"serial_no", "item_code", "status", "warehouse", *values}),
			order_by="serial_no asc",
			limit_page_length=100,
		)
		wanted = [
			{
				"serial_no": number,
				"item_code": item,
				"status": "Available",
				"warehouse": self.warehouse,
				**values,
			}
			for number in sorted(numbers)
		]
		if found != wanted:
			raise StepFailedError(f"{receipt} brought {found}, not {wanted}")

	@staticmethod
	def _expect_no_overflow(page: Page) -> None:
		wide = page.evaluate(
			"""() => Math.max(document.documentElement.scrollWidth,
				...[...document.querySelectorAll(".voucher-scan, .voucher-scan *")]
					.map((e) => e.getBoundingClientRect().right))"""
		)
		if wide > WIDTH:
			raise StepFailedError(f"the form is {wide} pixels wide")


def _barcode(code: str) -> dict:
	return {"barcode": code, "barcode_type": "EAN"}


def gtin(number: int) -> str:
	"""A GTIN of 13 digits that no other run has."""
	digits = f"40{number % 10**10:010}"
	odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
	return f"{digits}{-(odd + 3 * even) % 10}"
