"""What a storekeeper may not do: cancel what is submitted, delete it, or hold a unit. No button offers it, and the site
refuses whoever asks all the same.
"""

from browser.desk import StepFailedError
from browser.job import Job


class Limits(Job):
	"""A Stock User, who submits and does not cancel."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("limits-administrator-", "limits-storekeeper-")

	def steps(self):
		self.keeper, self.item = self.worker, f"LIMIT{self.mark}"
		self.unit = f"{self.item}-1"
		return (self.prepare, self.see_no_button, self.be_refused_by_rest, self.see_that_it_stands)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""A receipt, submitted by somebody else:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.insert({"doctype": "Item", "item_code": self.item, "has_serial_no": 1})
		row = {"item_code": self.item, "qty": 1, "warehouse": self.warehouse, "serial_no": self.unit}
		self.receipt = self.insert(
			{"doctype": "Purchase Receipt", "docstatus": 1, "supplier": self.supplier, "items": [row]}
		)
		return f"{self.receipt}, {self.unit}"

	def see_no_button(self) -> str:
		"""The storekeeper sees the receipt and no way to cancel or delete it:"""
		desk = self.keeper
		desk.log_in(self.user, self.password)
		desk.go(f"purchase-receipt/{self.receipt}")
		desk.wait_for_form("Purchase Receipt", self.receipt)
		desk.see_indicator("Submitted", "blue")
		desk.page.get_by_role("button", name="Labels", exact=True).filter(visible=True).first.wait_for()
		desk.page.locator(".menu-btn-group:visible > button").first.click()
		desk.page.locator(".menu-btn-group .dropdown-menu:visible").wait_for()
		for name in ("Cancel", "Delete", "Amend"):
			found = desk.page.locator(".page-head:visible").get_by_text(name, exact=True).filter(visible=True)
			if found.count():
				raise StepFailedError(f"{name} is offered to {self.user}")
		desk.picture("limits-1-receipt")
		desk.page.keyboard.press("Escape")
		desk.go(f"serial-no/{self.unit}")
		desk.wait_for_form("Serial No", self.unit)
		if desk.page.get_by_role("button", name="Actions", exact=True).filter(visible=True).count():
			raise StepFailedError(f"Actions, such as Hold, are offered to {self.user}")
		desk.picture("limits-2-unit")
		return self.receipt

	def be_refused_by_rest(self) -> str:
		"""Asked without the buttons, the site refuses and says what is lacking:"""
		told = []
		for what, method, path, body in (
			("cancel", "PUT", f"resource/Purchase Receipt/{self.receipt}", {"docstatus": 2}),
			(
				"cancel",
				"POST",
				"method/frappe.client.cancel",
				{"doctype": "Purchase Receipt", "name": self.receipt},
			),
			("delete", "DELETE", f"resource/Serial No/{self.unit}", None),
			(
				"hold",
				"POST",
				"method/serial_tracking.api.serials.hold",
				{"serial_nos": self.unit, "reason": "No"},
			),
		):
			with self.keeper.expecting(403, 417):
				status, text = self._ask(method, path, body)
			if status != 403:
				raise StepFailedError(f"{what} by {method} {path} is answered by {status}: {text}")
			if "ermi" not in text:
				raise StepFailedError(f"the refusal of {what} does not speak of a permission: {text}")
			told.append(f"{what} {status}")
		return ", ".join(told)

	def see_that_it_stands(self) -> str:
		"""Nothing has changed by that:"""
		state = self.admin.call(
			"frappe.client.get_value",
			doctype="Purchase Receipt",
			filters=self.receipt,
			fieldname="docstatus",
		)
		unit = self.admin.call(
			"frappe.client.get_value",
			doctype="Serial No",
			filters={"serial_no": self.unit},
			fieldname=["status", "on_hold"],
		)
		if (state["docstatus"], unit["status"]) != (1, "Available"):
			raise StepFailedError(f"{self.receipt} is {state}, {self.unit} is {unit}")
		return f"{self.receipt} is submitted, {self.unit} is {unit['status']}"

	# ------------------------------------------------------------------ what steps share

	def _ask(self, method: str, path: str, body: dict | None) -> tuple[int, str]:
		"""Status and text of the answer to a request in the name of the storekeeper."""
		return tuple(
			self.keeper.page.evaluate(
				"""async ([method, path, body]) => {
					const headers = {
						"Content-Type": "application/json",
						Accept: "application/json",
						"X-Frappe-CSRF-Token": frappe.csrf_token,
					};
					const answer = await fetch(encodeURI(`/api/${path}`), {
						method, headers, body: body && JSON.stringify(body),
					});
					return [answer.status, await answer.text()];
				}""",
				[method, path, body],
			)
		)
