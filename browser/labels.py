"""What a storekeeper does with labels: all of a receipt on sheets, some on a roll, one of a unit, and a file for a label
printer. Every code is read back from the PDF that the browser makes of the page.
"""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pypdfium2
import zxingcpp
from playwright.sync_api import Locator, Page

from browser.desk import StepFailedError
from browser.job import Job

UNITS, PER_SHEET = 30, 24
# as many letters as an item's name may have
NAME = 'Heat pump 8 kW & "tank", ' + "with a name that is as long as the field of an item lets it be, " * 2
END_OF_LIFE, EXPIRES = "2034-12-31", "341231"
OTHER_SCRIPT = "Серия"
NO_ENGINE = "This site cannot make PDF files of labels"
POINTS_TO_MM = 25.4 / 72

# are all texts of all labels inside them, and is nothing fetched?
LOOK = """() => {
	const labels = [...document.querySelectorAll("svg.unit-label")];
	const outside = labels.flatMap((label) => {
		const edge = label.getBoundingClientRect();
		return [...label.querySelectorAll("text")].filter((text) => {
			const box = text.getBoundingClientRect();
			return box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom;
		}).map((text) => text.textContent);
	});
	return {
		labels: labels.length,
		outside,
		texts: labels.map((label) => [...label.querySelectorAll("text")].map((text) => text.textContent).join("")),
		fetched: performance.getEntriesByType("resource").map((entry) => entry.name),
		tags: [...new Set(labels.flatMap((label) => [...label.querySelectorAll("*")].map((e) => e.tagName)))].sort(),
	};
}"""


class Labels(Job):
	"""The storekeeper's labels on one site."""

	FULL_NAME, ROLE = "Sam Storekeeper", "Stock User"
	PREFIXES = ("labels-administrator-", "labels-storekeeper-")

	def steps(self):
		self.keeper, self.item, self.plain = self.worker, f"HEAT{self.mark}", f"TOOL{self.mark}"
		self.numbers = [f"{self.item}-{count:02}" for count in range(1, UNITS + 1)]
		self.others = [f"{OTHER_SCRIPT}-{self.mark}-{count}" for count in (1, 2)]
		return (
			self.prepare,
			self.of_receipt,
			self.of_list,
			self.for_printer,
			self.of_unit,
			self.as_pdf,
			self.by_format,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""Units with a GTIN and an end of life, and others of another script:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.gtin = gtin_of(self.mark)
		barcode = {"barcode": self.gtin[1:], "barcode_type": "EAN"}
		self.insert(
			{
				"doctype": "Item",
				"item_code": self.item,
				"item_name": NAME[:140],
				"has_serial_no": 1,
				"barcodes": [barcode],
			}
		)
		self.insert({"doctype": "Item", "item_code": self.plain, "item_name": "Drill", "has_serial_no": 1})
		codes = [f"(01){self.gtin}(17){EXPIRES}(21){number}" for number in self.numbers]
		rows = [
			{"item_code": item, "qty": len(lines), "warehouse": self.warehouse, "serial_no": "\n".join(lines)}
			for item, lines in ((self.item, codes), (self.plain, self.others))
		]
		self.receipt = self.insert(
			{"doctype": "Purchase Receipt", "docstatus": 1, "supplier": self.supplier, "items": rows}
		)
		return f"{UNITS} of {self.item}, {len(self.others)} of {self.plain} by {self.receipt}"

	def of_receipt(self) -> str:
		"""All units of the receipt on two A4 sheets, as GS1 DataMatrix:"""
		desk = self.keeper
		desk.log_in(self.user, self.password)
		desk.go(f"purchase-receipt/{self.receipt}")
		desk.wait_for_form("Purchase Receipt", self.receipt)
		desk.click("Labels")
		with self._printed("A4 3x8", "GS1 DataMatrix", f"{UNITS + 2} Labels", "of-receipt") as page:
			pages = self._read(page)
			look = self._look_at(page, UNITS + 2)
		expected = [*map(self._element_string, self.numbers), *self.others]
		self._expect([code for codes, _size in pages for code in codes], expected)
		self._expect([len(codes) for codes, _size in pages], [PER_SHEET, UNITS + 2 - PER_SHEET])
		self._expect([size for _codes, size in pages], [(210, 297)] * 2)
		if "".join(NAME[:140].split()) not in "".join(look["texts"][0].split()):
			raise StepFailedError(f"the item's name is not whole: {look['texts'][0]!r}")
		return f"{len(expected)} codes read back from the PDF"

	def of_list(self) -> str:
		"""Units ticked in the list, on a roll, as Code 128:"""
		desk = self.keeper
		wanted = quote(json.dumps(["like", f"{self.item}-0%"]))
		desk.go(f"serial-no?serial_no={wanted}")
		desk.list_row(self.numbers[0]).first.wait_for()
		desk.settle()
		for number in self.numbers[:3]:
			desk.list_row(number).locator("input[type=checkbox]").first.check()
		desk.choose_from_menu("Actions", "Labels")
		with self._printed("Roll 62x29", "Code 128", "3 Labels", "of-list") as page:
			pages = self._read(page)
			self._look_at(page, 3)
		self._expect(sorted(code for codes, _size in pages for code in codes), self.numbers[:3])
		self._expect([size for _codes, size in pages], [(62, 29)] * 3)
		return f"{len(pages)} pages of 62 × 29 mm"

	def for_printer(self) -> str:
		"""The receipt as ZPL:"""
		desk = self.keeper
		desk.go(f"purchase-receipt/{self.receipt}")
		desk.wait_for_form("Purchase Receipt", self.receipt)
		desk.click("Labels")
		dialog = self._choose("Roll 100x50", "GS1 DataMatrix")
		dialog.locator("[data-fieldname=dpi] select").select_option("300")
		desk.picture("labels-storekeeper-zpl")
		with desk.page.expect_download() as download:
			dialog.get_by_role("button", name="ZPL", exact=True).click()
		text = download.value.path().read_text()
		formats = re.findall(r"\^XA.*?\^XZ", text, re.S)
		self._expect(len(formats), UNITS + 2)
		self._expect(
			re.findall(r"\^BX.*?\^FD_1(.*?)\^FS", text),
			[self._element_string(number).replace("\x1d", "") for number in self.numbers],
		)
		desk.inspect()
		self._close(dialog)
		return f"{download.value.suggested_filename}, {len(formats)} labels"

	def of_unit(self) -> str:
		"""One label from the form of its unit, as GS1 Digital Link:"""
		desk = self.keeper
		desk.go(f"serial-no/{self.numbers[0]}")
		desk.wait_for_form("Serial No", self.numbers[0])
		desk.click("Label")
		with self._printed("Roll 100x50", "GS1 Digital Link", "Label", "of-unit") as page:
			((codes, size),) = self._read(page)
			self._look_at(page, 1)
		self._expect(size, (100, 50))
		self._expect(codes, [f"https://id.gs1.org/01/{self.gtin}/21/{self.numbers[0]}?17={EXPIRES}"])
		return codes[0]

	def as_pdf(self) -> str:
		"""The PDF that Frappe makes, where the site has an engine for it:"""
		desk = self.keeper
		desk.click("Label")
		dialog = self._choose("Roll 62x29", "QR Code")
		downloads = []
		desk.page.once("download", lambda download: downloads.append(download))
		with desk.expecting(417):
			dialog.get_by_role("button", name="PDF", exact=True).click()
			refusal = desk.page.locator(".modal.show", has_text=NO_ENGINE)
			for _moment in range(600):  # an engine takes its time, the first time above all
				if downloads or refusal.count():
					break
				desk.page.wait_for_timeout(100)
		if not downloads:
			desk.see(NO_ENGINE)
			desk.picture("labels-storekeeper-no-pdf")
			self._close(desk.page.locator(".modal.show").last)
			self._close(dialog)
			return "none: the site says so"
		((codes, size),) = read_pdf(downloads[0].path().read_bytes())
		self._close(dialog)
		self._expect((codes, size), ([self.numbers[0]], (62, 29)))
		return f"{codes[0]} read back"

	def by_format(self) -> str:
		"""Frappe's own print page has the label as a Print Format:"""
		page = self.keeper.page.context.new_page()
		page.goto(
			f"{self.keeper.url}/printview?doctype=Serial+No&name={self.numbers[0]}&format=Serial+No+Label"
		)
		try:
			((codes, _size),) = self._read(page)
			if not any(self.numbers[0] in code for code in codes) or len(codes) != 1:
				raise StepFailedError(f"the print page says {codes}")
		finally:
			page.close()
		return codes[0]

	# ------------------------------------------------------------------ what steps share

	def _choose(self, layout: str, code: str) -> Locator:
		dialog = self.keeper.dialog()
		for field, value in (("layout", layout), ("code", code)):
			dialog.locator(f"[data-fieldname={field}] select").select_option(value)
		self.keeper.settle()
		return dialog

	@contextmanager
	def _printed(self, layout: str, code: str, title: str, picture: str) -> Iterator[Page]:
		"""The page that *Print* opens."""
		desk = self.keeper
		dialog = self._choose(layout, code)
		self._expect(dialog.locator(".modal-title").inner_text().strip(), title)
		desk.picture(f"labels-storekeeper-{picture}-dialog")
		with desk.page.expect_popup() as popup:
			dialog.get_by_role("button", name="Print", exact=True).click()
		page = popup.value
		page.locator("svg.unit-label").first.wait_for()
		if desk.pictures:
			page.screenshot(path=desk.pictures / f"labels-storekeeper-{picture}.png")
		try:
			yield page
		finally:
			page.close()
		desk.inspect()
		self._close(dialog)

	def _look_at(self, page: Page, labels: int) -> dict:
		look = page.evaluate(LOOK)
		self._expect(look["labels"], labels)
		self._expect((look["outside"], look["fetched"], look["tags"]), ([], [], ["path", "text"]))
		return look

	def _read(self, page: Page) -> list[tuple[list[str], tuple[int, int]]]:
		return read_pdf(page.pdf(prefer_css_page_size=True))

	def _close(self, dialog: Locator) -> None:
		dialog.locator(".btn-modal-close:visible").first.click()
		self.keeper.page.wait_for_timeout(600)

	def _element_string(self, number: str) -> str:
		return f"01{self.gtin}17{EXPIRES}21{number}"

	@staticmethod
	def _expect(found, wanted) -> None:
		if found != wanted:
			raise StepFailedError(f"{found!r} instead of {wanted!r}")


def read_pdf(data: bytes) -> list[tuple[list[str], tuple[int, int]]]:
	"""The codes on each page, left to right and down, and its width and height in whole millimetres."""
	pages = []
	for page in pypdfium2.PdfDocument(io.BytesIO(data)):
		image = page.render(scale=300 / 72, grayscale=True).to_pil()
		found = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
		row = image.height / 16  # codes of one row of a sheet differ by less
		found.sort(key=lambda code: (round(code.position.top_left.y / row), code.position.top_left.x))
		size = tuple(round(side * POINTS_TO_MM) for side in page.get_size())
		pages.append(([code.text for code in found], size))
	return pages


def gtin_of(mark: str) -> str:
	"""A GTIN of 14 digits for a run, none of restricted circulation."""
	digits = f"04{int(mark, 36) % 10**11:011}"
	total = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(digits))
	return f"{digits}{-total % 10}"
