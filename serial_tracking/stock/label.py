"""Codes for labels: what the code of a unit says, and its picture, drawn by zxing-cpp.

One library draws all of them, and is the one that reads them back in the tests: python-barcode knows no square codes,
segno no others than QR, and neither GS1 DataMatrix.
"""

import datetime
import io
from collections.abc import Iterable
from dataclasses import dataclass

import frappe
import zxingcpp
from frappe import _
from PIL import Image

from serial_tracking.exceptions import SerialNoFormatError
from serial_tracking.stock import bulk, entry_text, gs1
from serial_tracking.stock.gtin import gtins_of
from serial_tracking.stock.rules import quote_number

CODE_128, QR, DATA_MATRIX, DIGITAL_LINK = "Code 128", "QR Code", "GS1 DataMatrix", "GS1 Digital Link"
FORMATS = {
	CODE_128: zxingcpp.BarcodeFormat.Code128,
	QR: zxingcpp.BarcodeFormat.QRCode,
	DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
	DIGITAL_LINK: zxingcpp.BarcodeFormat.QRCode,
}


# bars and squares of a code by rows, True where it is dark; a code of bars has one row
Modules = list[list[bool]]


@dataclass(frozen=True, slots=True)
class Label:
	"""A code, and the text that stands beside it for people."""

	kind: str
	content: str  # what a scanner reads; of a GS1 element string without FNC1 at its start
	text: str
	is_element_string: bool = False

	@property
	def can_be_drawn(self) -> bool:
		"""Code 128 has the letters of Western Europe alone."""
		return self.kind != CODE_128 or all(ord(letter) < 256 for letter in self.content)

	def png(self, scale: int = 4) -> bytes:
		"""The code in black and white with its quiet zone; `scale` pixels to the narrowest bar or module."""
		buffer = io.BytesIO()
		Image.fromarray(self._draw().to_image(scale=scale)).convert("1").save(buffer, "PNG")
		return buffer.getvalue()

	def svg(self) -> bytes:
		"""The same as SVG, one unit to the narrowest bar or module."""
		return self._draw().to_svg(scale=1).encode()

	def modules(self) -> Modules:
		"""The same as it is, with its quiet zone, for who draws it in another way."""
		picture = memoryview(self._draw().to_image(scale=1))
		height, width = picture.shape
		pixels = picture.tobytes()
		rows = 1 if self.kind == CODE_128 else height
		return [[pixel < 128 for pixel in pixels[row * width : (row + 1) * width]] for row in range(rows)]

	def _draw(self) -> zxingcpp.Barcode:
		# old readers know no other Data Matrix; labels are scratched, and a QR Code of level M survives some of that
		options: dict = {"force_square": True} if self.kind == DATA_MATRIX else {}
		if self.kind in (QR, DIGITAL_LINK):
			options["ec_level"] = "M"
		if self.kind != CODE_128 and not self.content.isascii():
			# said in the code: without it a reader has to guess the script, and guesses wrong
			options["eci"] = "UTF-8"
		content = self.content
		if self.is_element_string:
			content, options["gs1"] = _for_writer(content), True
		try:
			return zxingcpp.create_barcode(content, FORMATS[self.kind], **options)
		except ValueError:  # see can_be_drawn
			shown = quote_number(self.content)
			frappe.throw(_("{0} cannot be drawn as {1}").format(shown, _(self.kind)), SerialNoFormatError)


def of_units(names: Iterable[str], kind: str, domain: str | None = None) -> list[Label]:
	"""The labels of Serial Nos, in the order of the names.

	:param kind: CODE_128 or QR (the number), DATA_MATRIX or DIGITAL_LINK (with the item's GTIN, see `of_unit`)
	:param domain: of the resolver that a Digital Link leads to; by default GS1's own
	"""
	names = list(names)
	columns = ("name", "serial_no", "item_code", "end_of_life_date")
	found = {unit["name"]: unit for unit in bulk.select("Serial No", columns, "name", names)}
	gtins = gtins_of({unit["item_code"] for unit in found.values()})
	labels = []
	for unit in (found[name] for name in names):
		gtin = gtins.get(unit["item_code"])
		labels.append(of_unit(kind, unit["serial_no"], gtin, unit["end_of_life_date"], domain))
	return labels


def of_unit(
	kind: str,
	number: str,
	gtin: str | None = None,
	end_of_life_date: datetime.date | None = None,
	domain: str | None = None,
) -> Label:
	"""The label of one unit. Where there is no GTIN, or AI 21 cannot carry the number, the code is the number."""
	if kind in (CODE_128, QR) or not gtin or not gs1.fits(number):
		return Label(kind, entry_text.canonical([number]), number)  # a voucher row reads it right, too
	text = gs1.bracketed(number, gtin, end_of_life_date)
	if kind == DIGITAL_LINK:
		return Label(kind, gs1.digital_link(number, gtin, end_of_life_date, domain), text)
	return Label(kind, gs1.element_string(number, gtin, end_of_life_date), text, is_element_string=True)


def _for_writer(element_string: str) -> str:
	"""The writer takes application identifiers in square brackets, which no value has, and places FNC1 itself."""
	code = gs1.parse(f"]d2{element_string}")
	return "".join(f"[{ai}]{value}" for ai, value in code.parts.items())
