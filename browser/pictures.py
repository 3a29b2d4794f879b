"""`python -m browser.pictures`: the pictures of docs/, taken of the demo company on a running site.

Each run makes a receipt and a delivery of an item of its own; on a site that `make demo` has just made, numbers begin
with 1. Pictures are kept with 256 colours: pages of the Desk need no more, and the folder stays small.
"""

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator

from browser.desk import Desk, StepFailedError, chromium

FOLDER = Path(__file__).resolve().parents[1] / "docs/images"
WIDTH, HEIGHT = 1200, 760
FAR_APART = 64  # of the 256 colours of a picture
ITEM, NAME, SERIES = "KETTLE-2", "Electric kettle 2 l", "KET-.#####"


@dataclass
class Pictures:
	"""The pictures, each a step that leads the Desk to what it shows."""

	browser: Browser
	url: str
	folder: Path = FOLDER
	say: Callable[[str], None] = print
	admin_password: str = "admin"
	taken: list[str] = field(default_factory=list)

	def run(self) -> None:
		"""Take all of them; raises StepFailedError at the first that does not come up."""
		self.folder.mkdir(parents=True, exist_ok=True)
		self.desk = Desk(self.browser, self.url)
		self.desk.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
		self.desk.log_in("Administrator", self.admin_password)
		for step in (
			self.workspace,
			self.first_receipt,
			self.first_delivery,
			self.unit,
			self.trace,
			self.labels,
			self.reports,
			self.calendar,
			self.scan_field,
			self.serials,
			self.recall,
			self.portal,
		):
			step()

	# ------------------------------------------------------------------ what is shown

	def workspace(self) -> None:
		self.desk.go("stock")
		self.desk.see("Serial No and Batch")
		self._take("workspace")

	def first_receipt(self) -> None:
		"""An item with a series, and its first receipt."""
		desk = self.desk
		self.supplier, self.customer, self.warehouse = map(self._first, ("Supplier", "Customer", "Warehouse"))
		if not desk.call("frappe.client.get_count", doctype="Item", filters={"name": ITEM}):
			desk.go("item")
			desk.new_from_list("Item")
			desk.type("item_code", ITEM)
			desk.type("item_name", NAME)
			desk.tick("has_serial_no")
			desk.type("serial_no_series", SERIES)
			desk.type("warranty_period", "730")
			desk.save()
		else:
			desk.go(f"item/{ITEM}")
			desk.wait_for_form("Item", ITEM)
		self._take("first-receipt-item")
		desk.go("purchase-receipt")
		desk.new_from_list("Purchase Receipt")
		desk.choose("supplier", self.supplier)
		desk.choose("set_warehouse", self.warehouse)
		desk.choose_in_row(1, "item_code", ITEM)
		desk.type_in_row(1, "qty", "4")
		desk.type_in_row(1, "rate", "38")
		desk.control("items").scroll_into_view_if_needed()
		self._take("first-receipt-row")
		desk.save()
		desk.submit()
		self.receipt = desk.state("doc.name")
		self.received = desk.state("doc.items[0].serial_no.split('\\n')")
		self._take("first-receipt-submitted")
		desk.go(f"serial-no?item_code={ITEM}&status=Available")
		desk.list_row(self.received[0]).first.wait_for()
		self._take("first-receipt-units")

	def first_delivery(self) -> None:
		"""Two of them leave, picked by the site."""
		desk = self.desk
		desk.go("delivery-note")
		desk.new_from_list("Delivery Note")
		desk.choose("customer", self.customer)
		desk.choose("set_warehouse", self.warehouse)
		desk.choose_in_row(1, "item_code", ITEM)
		desk.type_in_row(1, "qty", "2")
		desk.type_in_row(1, "rate", "59")
		desk.click("Pick Serial Nos")
		desk.dialog()
		self._take("first-receipt-pick")
		desk.dialog().get_by_role("button", name="Pick", exact=True).click()
		desk.settle()
		desk.save()
		desk.submit()
		self.delivered = desk.state("doc.items[0].serial_no.split('\\n')")
		self._take("first-receipt-delivered")

	def unit(self) -> None:
		self.desk.go(f"serial-no/{self.delivered[0]}")
		self.desk.wait_for_form("Serial No", self.delivered[0])
		self._take("serial-no")

	def trace(self) -> None:
		number = self._first("Serial No", item_code="NAS-4", status="Delivered")
		self.desk.go(f"serial-trace/{number}")
		self.desk.page.get_by_role("heading", name=number, exact=True).wait_for()
		self._take("trace")

	def labels(self) -> None:
		self.desk.go(f"purchase-receipt/{self.receipt}")
		self.desk.wait_for_form("Purchase Receipt", self.receipt)
		self.desk.click("Labels")
		dialog = self.desk.dialog()
		dialog.locator("[data-fieldname=layout] select").select_option("A4 3x8")
		self._take("labels", dialog.locator(".modal-content"))
		with self.desk.page.expect_popup() as popup:
			dialog.get_by_role("button", name="Print", exact=True).click()
		sheet = popup.value
		sheet.locator("svg.unit-label").first.wait_for()
		sheet.set_viewport_size({"width": 800, "height": 340})
		self._keep("labels-sheet", sheet.screenshot())
		sheet.close()

	def reports(self) -> None:
		for report, name in (
			("Serial No Status", "report-status"),
			("Serial No Warranty Expiry", "report-warranty"),
		):
			self.desk.go(f"query-report/{report}")
			self.desk.wait_for("() => window.frappe?.query_report?.data?.length", f"{report} shows nothing")
			self._take(name)

	def calendar(self) -> None:
		self.desk.go("maintenance-schedule/view/calendar/default")
		self.desk.page.locator(".fc:visible").first.wait_for()
		self.desk.settle()
		for _month in range(3):
			if self.desk.page.locator(".fc-event:visible").count() > 2:
				break
			self.desk.page.locator("button.fc-next-button:visible").first.click()
			self.desk.settle()
		self._take("visits")

	def scan_field(self) -> None:
		desk = self.desk
		desk.go("delivery-note")
		desk.new_from_list("Delivery Note")
		desk.choose("customer", self.customer)
		desk.page.keyboard.press("F2")
		for code in (*self.received[2:], self.delivered[0]):
			desk.page.keyboard.type(code)
			desk.page.keyboard.press("Enter")
			desk.settle()
		self._take("scan-field")

	def serials(self) -> None:
		"""The dialog of a row's numbers, with one that may not leave."""
		desk = self.desk
		desk.choose("set_warehouse", self.warehouse)
		desk.row(1).locator(".serial-count").first.click()
		dialog = desk.dialog()
		box = dialog.locator("textarea:visible").first
		box.fill(self.delivered[0])
		box.press("Enter")
		dialog.get_by_text("Delivered").first.wait_for()
		self._take("serials", dialog.locator(".modal-content"))

	def recall(self) -> None:
		"""What went out with one receipt, and the letters about it."""
		desk = self.desk
		desk.go(f"query-report/Serial No Recall?item_code={ITEM}")
		desk.wait_for("() => window.frappe?.query_report?.data?.length", "no unit is called back")
		self._take("recall")
		desk.click("Letters to Customers")
		dialog = desk.dialog()
		dialog.locator("[data-fieldname=reason] textarea").fill(
			"The base may get hot: please unplug the kettle."
		)
		dialog.frame_locator("iframe").get_by_text("may get hot").wait_for()
		self._take("recall-letters", dialog.locator(".modal-content"))

	def portal(self) -> None:
		"""What the demo company's customer sees."""
		window = Desk(self.browser, self.url)
		window.page.set_viewport_size({"width": WIDTH, "height": 640})
		window.page.goto(f"{self.url.rstrip('/')}/my-units")
		window.page.fill("#login_email", "customer@example.com")
		window.page.fill("#login_password", "customer")
		window.page.click(".btn-login:visible")
		window.page.get_by_role("heading", name="My Units").wait_for()
		self.desk = window
		self._take("portal")

	# ------------------------------------------------------------------ what steps share

	def _first(self, doctype: str, **filters) -> str:
		if doctype == "Warehouse":
			filters["is_group"] = 0
		rows = self.desk.call(
			"frappe.client.get_list",
			doctype=doctype,
			filters=filters,
			order_by="creation asc",
			limit_page_length=1,
		)
		if not rows:
			raise StepFailedError(f"the site has no {doctype} with {filters}: it wants the demo company")
		return rows[0]["name"]

	def _take(self, name: str, part: Locator | None = None) -> None:
		"""A picture of the window, or of a part of it, once it is at rest."""
		self.desk.settle()
		page = self.desk.page
		page.mouse.move(0, 0)
		if page.locator(".frappe-chart:visible").count():
			page.wait_for_timeout(1500)  # its bars grow
		# what tells of a moment ago fades away by itself
		page.evaluate("() => document.querySelectorAll('.desk-alert').forEach((alert) => alert.remove())")
		if part:
			page.wait_for_timeout(400)  # a dialog comes flying
		self.desk.inspect()
		self._keep(name, part.screenshot() if part else page.screenshot())

	def _keep(self, name: str, shot: bytes) -> None:
		picture = _in_few_colours(Image.open(io.BytesIO(shot)).convert("RGB"))
		file = self.folder / f"{name}.png"
		picture.save(file, optimize=True)
		self.taken.append(name)
		self.say(f"{file.name}: {picture.width} × {picture.height}, {file.stat().st_size / 1000:.0f} kB")


def _in_few_colours(picture: Image.Image) -> Image.Image:
	"""Large areas keep their colour as it is; of the others, those that are far apart stay apart."""
	most_seen = sorted(picture.getcolors(picture.width * picture.height), reverse=True)[: 256 - FAR_APART]
	others = picture.quantize(FAR_APART, method=Image.Quantize.MAXCOVERAGE).getpalette()
	palette = Image.new("P", (1, 1))
	palette.putpalette([*(part for _count, colour in most_seen for part in colour), *others])
	return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def main() -> int:
	parser = argparse.ArgumentParser(prog="python -m browser.pictures", description=__doc__)
	parser.add_argument("--url", default="http://127.0.0.1:8000", help="a site with the demo company")
	parser.add_argument("--admin-password", default="admin")
	parser.add_argument("--folder", type=Path, default=FOLDER)
	arguments = parser.parse_args()
	with chromium() as browser:
		try:
			Pictures(browser, arguments.url, arguments.folder, admin_password=arguments.admin_password).run()
		except StepFailedError as error:
			print(f"FAILED: {error}", file=sys.stderr)
			return 1
	return 0


if __name__ == "__main__":
	sys.exit(main())
