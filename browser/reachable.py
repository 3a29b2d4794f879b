"""What somebody does who cannot use a mouse, or has the pages read out: our own pages and dialogs by keyboard, each held
against the rules of WCAG (`browser/accessibility`).
"""

from browser.desk import Desk, StepFailedError
from browser.job import Job

PAGE, DIALOG = ".serial-trace", ".modal.show .modal-body"


class Reachable(Job):
	"""The trace page and the dialogs, for everybody."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("reachable-administrator-", "reachable-storekeeper-")

	def steps(self):
		self.keeper, self.item, self.other = self.worker, f"VALVE{self.mark}", f"ALIKE{self.mark}"
		self.unit, self.part, self.spare = (f"{self.item}-{count}" for count in (1, 2, 3))
		return (
			self.prepare,
			self.read_trace_page,
			self.read_what_is_no_unit,
			self.go_through_by_tab,
			self.read_labels,
			self.read_hold,
			self.read_opening_stock,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""A unit that was made, held and delivered:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		for item, days in ((self.item, 10), (self.other, 730)):
			self.insert(
				{"doctype": "Item", "item_code": item, "has_serial_no": 1, "warranty_period": days}
				| ({"item_name": "Ball valve"} if item == self.item else {})
			)
		both = {"item_code": self.item, "qty": 2, "serial_no": f"{self.part}\n{self.spare}"}
		self._submit("Purchase Receipt", {**both, "warehouse": self.warehouse}, supplier=self.supplier)
		row = {"item_code": self.item, "qty": 1, "serial_no": self.part}
		made = {"item_code": self.other, "qty": 1, "serial_no": self.unit, "t_warehouse": self.warehouse}
		self._submit("Stock Entry", {**row, "s_warehouse": self.warehouse}, made, purpose="Manufacture")
		sold = {"item_code": self.other, "qty": 1, "serial_no": self.unit, "warehouse": self.warehouse}
		mistake = self._submit("Delivery Note", sold, customer=self.customer)
		self.admin.call("frappe.client.cancel", doctype="Delivery Note", name=mistake)
		self.admin.call("serial_tracking.api.serials.hold", serial_nos=self.unit, reason="Drips")
		return f"{self.unit} from {self.part}"

	def read_trace_page(self) -> str:
		"""The trace page, empty and for a unit and its part, has no fault:"""
		desk = self.keeper
		desk.log_in(self.user, self.password)
		desk.go("serial-trace")
		desk.accessible(PAGE)
		for number in (self.part, self.unit):
			self._trace(desk, number)
			desk.page.get_by_role("heading", name=number, exact=True).wait_for()
			desk.settle()
			desk.accessible(PAGE)
		desk.picture("reachable-1-trace")
		return f"{self.part}, {self.unit}"

	def read_what_is_no_unit(self) -> str:
		"""Neither have its answers to what is no unit:"""
		desk = self.keeper
		told = []
		for code, text in (
			(f"{self.mark}-NEVER", "is no serial number"),
			(self.item, "is an item, not a unit"),
			(self.warehouse, "is a warehouse, not a unit"),
		):
			with desk.expecting(417):
				self._trace(desk, code)
				desk.see(text)
			desk.accessible(PAGE)
			told.append(code)
		return ", ".join(told)

	def go_through_by_tab(self) -> str:
		"""The Tab key goes through all of it in the order of the page, and out again:"""
		desk = self.keeper
		self._trace(desk, self.unit)
		desk.page.get_by_role("heading", name=self.unit, exact=True).wait_for()
		desk.settle()
		desk.page.locator("#serial-trace-code").focus()
		names = desk.walk(PAGE)
		order = (
			"Serial number",
			"Trace",
			"Open Record",
			self.other,
			"Moves",
			"Oldest First",
			"MAT-DN",
			"Stock Entry",
		)
		left = iter(names)
		for name in order:
			if not any(found.startswith(name) for found in left):
				raise StepFailedError(f"the Tab key does not come to {name!r} in its turn: {names}")
		desk.picture("reachable-2-tab")
		return f"{len(names)} stations"

	def read_labels(self) -> str:
		"""The dialog of labels has no fault:"""
		desk = self.keeper
		desk.go(f"serial-no/{self.unit}")
		desk.wait_for_form("Serial No", self.unit)
		desk.click("Label")
		return self._read_dialog(desk, "reachable-3-labels")

	def read_hold(self) -> str:
		"""Nor has that of a hold:"""
		desk = self.admin
		desk.go(f"serial-no/{self.spare}")
		desk.wait_for_form("Serial No", self.spare)
		desk.choose_from_menu("Actions", "Hold")
		return self._read_dialog(desk, "reachable-4-hold")

	def read_opening_stock(self) -> str:
		"""Nor has that of a file of units:"""
		desk = self.keeper
		desk.go("stock-entry")
		desk.new_from_list("Stock Entry")
		desk.click("Upload Units")
		return self._read_dialog(desk, "reachable-5-opening-stock")

	# ------------------------------------------------------------------ what steps share

	def _submit(self, doctype: str, *rows: dict, **values) -> str:
		return self.insert({"doctype": doctype, "docstatus": 1, **values, "items": list(rows)})

	@staticmethod
	def _trace(desk: Desk, code: str) -> None:
		box = desk.page.locator("#serial-trace-code")
		box.fill(code)
		box.press("Enter")

	@staticmethod
	def _read_dialog(desk: Desk, picture: str) -> str:
		dialog = desk.dialog()
		desk.settle()
		desk.picture(picture)
		desk.accessible(DIALOG)
		title = dialog.locator(".modal-title").inner_text().strip()
		desk.page.keyboard.press("Escape")
		dialog.wait_for(state="hidden")
		return title
