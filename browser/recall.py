"""What a Stock Manager does when a supplier calls something back: every unit found, those in stock held, a letter to each
customer who has some.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from playwright.sync_api import Locator

from browser.desk import StepFailedError
from browser.job import Job

REPORT = "Serial No Recall"
REASON = "The seal <8 bar> may leak & flood the cellar"


class Recall(Job):
	"""A recall of pumps, from the report to the letters."""

	FULL_NAME, ROLE = "Mara Manager", "Stock Manager"
	PREFIXES = ("recall-administrator-", "recall-manager-")

	def steps(self):
		self.manager, self.item = self.worker, f"PMP{self.mark}"
		self.numbers = [f"{self.item}-{count}" for count in range(1, 9)]
		self.by_mail, self.by_post = f"Harbour & Sons {self.mark}", f"Mill Lane Heating {self.mark}"
		return (
			self.prepare,
			self.find_units,
			self.hold_those_in_stock,
			self.export,
			self.read_the_letters,
			self.send,
			self.print_the_others,
			self.be_warned,
			self.see_the_record,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""Eight pumps bought together, five of them sold to two customers:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.insert(
			{"doctype": "Item", "item_code": self.item, "item_name": "Pump 8 bar", "has_serial_no": 1}
		)
		self.insert(
			{
				"doctype": "Customer",
				"customer_name": self.by_mail,
				"email_id": f"office-{self.mark.lower()}@example.com",
			}
		)
		self.insert(
			{"doctype": "Customer", "customer_name": self.by_post, "address": "Mill Lane 1\n4711 Millbrook"}
		)
		self.receipt = self._submit("Purchase Receipt", self.numbers, supplier=self.supplier)
		self._submit("Delivery Note", self.numbers[:3], customer=self.by_mail)
		self._submit("Delivery Note", self.numbers[3:5], customer=self.by_post)
		return f"{self.numbers[0]} to {self.numbers[-1]} by {self.receipt}"

	def find_units(self) -> str:
		"""The receipt in the report shows each of them, where it is and who has it:"""
		desk = self.manager
		desk.log_in(self.user, self.password)
		desk.go(f"query-report/{REPORT}")
		desk.see("Choose what is called back")
		desk.page.locator(".page-form [data-fieldname=voucher_type] select").select_option("Purchase Receipt")
		desk.settle()
		box = desk.page.locator(".page-form [data-fieldname=voucher_no] input:visible")
		box.click()
		box.fill(self.receipt)
		desk.page.locator("ul[role=listbox]:visible [role=option]").filter(
			has_text=self.receipt
		).first.click()
		self._wait_for_rows(8)
		desk.picture("recall-1-units")
		return f"{self._statuses()}"

	def hold_those_in_stock(self) -> str:
		"""One button holds the three that lie in stock:"""
		desk = self.manager
		desk.click("Hold Those in Stock")
		dialog = desk.dialog()
		dialog.locator("[data-fieldname=reason] textarea").fill(REASON)
		dialog.get_by_role("button", name="Hold", exact=True).click()
		desk.settle()
		desk.page.wait_for_function(
			"() => frappe.query_report.data.filter((unit) => unit.status === 'On Hold').length === 3"
		)
		desk.picture("recall-2-held")
		return self._statuses()

	def export(self) -> str:
		"""The list is exported to XLSX with all its rows:"""
		desk = self.manager
		with desk.page.expect_download() as download, TemporaryDirectory() as folder:
			desk.page.evaluate("() => frappe.query_report.export_report()")
			dialog = desk.dialog()
			dialog.locator("[data-fieldname=file_format] select").select_option("Excel")
			dialog.locator(
				".modal-footer .btn-primary:visible, .modal-header .btn-primary:visible"
			).first.click()
			file = Path(folder) / "recall.xlsx"
			download.value.save_as(file)
			with ZipFile(file) as workbook:
				text = "".join(
					workbook.read(name).decode() for name in workbook.namelist() if name.endswith(".xml")
				)
		missing = [number for number in self.numbers if number not in text]
		if missing:
			raise StepFailedError(f"{missing} are not in the file")
		desk.settle()
		return f"{len(self.numbers)} rows"

	def read_the_letters(self) -> str:
		"""Two customers, one without a mail address; the letter is shown as it will be:"""
		desk = self.manager
		desk.click("Letters to Customers")
		dialog = desk.dialog()
		desk.see("Customers: 2, units: 5")
		self._row(self.by_post).get_by_text("No mail address").wait_for()
		dialog.locator("[data-fieldname=reason] textarea").fill(REASON)
		letter = dialog.frame_locator("iframe")
		letter.get_by_text(REASON).wait_for()
		letter.get_by_text(self.numbers[2], exact=True).wait_for()
		if letter.get_by_text(self.numbers[3], exact=True).count():
			raise StepFailedError("the letter names a unit of another customer")
		desk.settle()
		desk.picture("recall-3-letter")
		self._row(self.by_post).get_by_role("button", name=self.by_post).click()
		letter.get_by_text(self.numbers[3], exact=True).wait_for()
		desk.settle()
		self.can_send = not dialog.get_by_text("No outgoing Email Account").count()
		return "with mail" if self.can_send else "without mail: no Email Account"

	def send(self) -> str:
		"""Those with an address get theirs by mail:"""
		desk = self.manager
		if not self.can_send:
			return "not on this site"
		desk.dialog().get_by_role("button", name="Send 1 by Mail").click()
		desk.see("Letters in the mail queue: 1")
		self._row(self.by_mail).get_by_text("by mail").wait_for()
		if self._row(self.by_mail).get_by_role("checkbox").is_checked():
			raise StepFailedError("who has got the letter is still ticked")
		desk.picture("recall-4-sent")
		mails = self.admin.call(
			"frappe.client.get_list",
			doctype="Email Queue",
			filters={"reference_doctype": "Customer", "reference_name": self.by_mail},
		)
		if len(mails) != 1:
			raise StepFailedError(f"{len(mails)} mails are in the queue, not 1")
		return mails[0]["name"]

	def print_the_others(self) -> str:
		"""The letter of the other is printed, with the postal address:"""
		desk = self.manager
		dialog = desk.dialog()
		if not self.can_send:
			self._row(self.by_mail).get_by_role("checkbox").uncheck()
		with desk.page.expect_popup() as opened:
			dialog.get_by_role("button", name="Print 1").click()
		page = opened.value
		page.get_by_text("Mill Lane 1").wait_for()
		page.get_by_text(self.numbers[4], exact=True).wait_for()
		if (letters := page.locator(".letter").count()) != 1:
			raise StepFailedError(f"{letters} letters are on the page, not 1")
		if desk.pictures:
			page.screenshot(path=desk.pictures / "recall-5-printed.png")
		page.close()
		self._row(self.by_post).get_by_text("by post").wait_for()
		return "1 letter"

	def be_warned(self) -> str:
		"""Who has got the letter does not get it again unasked:"""
		desk = self.manager
		dialog = desk.dialog()
		dialog.locator("thead input[type=checkbox]").check()
		name = "Send 1 by Mail" if self.can_send else "Print 2"
		dialog.get_by_role("button", name=name).click()
		desk.see("These have got a letter of this recall already")
		desk.page.wait_for_timeout(400)
		desk.picture("recall-6-warned")
		desk.dialog().get_by_role("button", name="No", exact=True).click()
		desk.page.wait_for_timeout(600)
		desk.page.keyboard.press("Escape")
		desk.page.locator(".modal.show").wait_for(state="hidden")
		return self.by_mail

	def see_the_record(self) -> str:
		"""The customer's time line keeps the letter:"""
		desk = self.manager
		customer = self.by_mail if self.can_send else self.by_post
		desk.go(f"customer/{customer}")
		desk.wait_for_form("Customer", customer)
		desk.page.locator(".new-timeline").scroll_into_view_if_needed()
		desk.see(f"Purchase Receipt {self.receipt}")
		desk.picture("recall-7-record")
		desk.go("recall-letter")
		desk.list_row(customer).first.wait_for()
		desk.picture("recall-7-letters")
		return customer

	# ------------------------------------------------------------------ what steps share

	def _submit(self, doctype: str, numbers: list[str], **values) -> str:
		row = {
			"item_code": self.item,
			"qty": len(numbers),
			"warehouse": self.warehouse,
			"serial_no": "\n".join(numbers),
		}
		return self.insert({"doctype": doctype, "docstatus": 1, **values, "items": [row]})

	def _wait_for_rows(self, count: int) -> None:
		self.manager.page.wait_for_function("(n) => frappe.query_report.data?.length === n", arg=count)
		self.manager.settle()

	def _statuses(self) -> str:
		counts = self.manager.page.evaluate(
			"() => frappe.query_report.data.reduce((n, { status }) => ({ ...n, [status]: (n[status] || 0) + 1 }), {})"
		)
		return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))

	def _row(self, customer: str) -> Locator:
		return self.manager.page.locator(".recall-letters tbody tr").filter(has_text=customer)
