"""Codes for labels, drawn and read back by zxing-cpp's reader, and what a scan of them finds."""

import datetime
import io
import re
import string
import xml.etree.ElementTree as ElementTree
from unittest.mock import patch

import frappe
import zxingcpp
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from serial_tracking import exceptions as exc
from serial_tracking.api.scan import scan
from serial_tracking.stock import entry_text, gs1, label
from serial_tracking.stock import number as serial_number
from serial_tracking.tests.factories import StockTestCase, make_item

EAN = "9506000134352"
GTIN = f"0{EAN}"
CHARACTERS_82 = string.ascii_letters + string.digits + "!\"%&'()*+,-./:;<=>?_"
DAY = datetime.date(2030, 12, 31)
IDENTIFIERS = {
	label.CODE_128: "]C0",
	label.QR: "]Q1",
	label.DATA_MATRIX: "]d2",
	label.DIGITAL_LINK: "]Q1",
}


def read(png, turned=0):
	"""What a scanner sends for a picture: symbology identifier, and text with ASCII 29 for FNC1."""
	image = Image.open(io.BytesIO(png)).convert("L").rotate(turned, expand=True, fillcolor=255)
	(found,) = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
	return found.symbology_identifier, found.text


def paint(svg, scale=4):
	"""An SVG of rectangles as PNG."""
	root = ElementTree.fromstring(svg)
	size = [int(float(root.get(side)) * scale) for side in ("width", "height")]
	image = Image.new("L", size, 255)
	draw = ImageDraw.Draw(image)
	number = r"(-?[\d.]+)"
	for path in root.iter("{http://www.w3.org/2000/svg}path"):
		for shape in re.findall(rf"M{number} {number}h{number}v{number}", path.get("d")):
			x, y, width, height = (float(value) * scale for value in shape)
			draw.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
	buffer = io.BytesIO()
	image.save(buffer, "PNG")
	return buffer.getvalue()


class TestPictures(StockTestCase):
	def test_every_kind_is_read_back_from_png_and_svg_and_turned(self):
		for kind, identifier in IDENTIFIERS.items():
			code = label.of_unit(kind, "SN-0001/a+B", GTIN, DAY)
			self.assertTrue(code.png().startswith(b"\x89PNG"))
			for picture in (code.png(), code.png(scale=2), paint(code.svg())):
				self.assertEqual(read(picture), (identifier, code.content))
			self.assertEqual(read(code.png(), turned=90), (identifier, code.content))

	def test_what_they_say(self):
		for kind, content, text in (
			(label.CODE_128, "SN1", "SN1"),
			(label.QR, "SN1", "SN1"),
			(label.DATA_MATRIX, f"01{GTIN}1730123121SN1", f"(01){GTIN}(17)301231(21)SN1"),
			(
				label.DIGITAL_LINK,
				f"https://id.gs1.org/01/{GTIN}/21/SN1?17=301231",
				f"(01){GTIN}(17)301231(21)SN1",
			),
		):
			code = label.of_unit(kind, "SN1", GTIN, DAY)
			self.assertEqual((code.content, code.text), (content, text))
		link = label.of_unit(label.DIGITAL_LINK, "SN1", GTIN, domain="example.com/id")
		self.assertEqual(link.content, f"https://example.com/id/01/{GTIN}/21/SN1")

	def test_without_a_gtin_or_with_a_number_that_gs1_cannot_carry_it_is_the_number(self):
		for kind, identifier in IDENTIFIERS.items():
			identifier = identifier.replace("2", "1")
			for number, gtin in (("SN1", None), ("S N 1", GTIN), ("X" * 100, GTIN), ("Größe-1", GTIN)):
				code = label.of_unit(kind, number, gtin, DAY)
				self.assertEqual(read(code.png()), (identifier, number))

	def test_other_scripts_fit_a_square_code_and_code_128_says_that_it_cannot(self):
		for kind in (label.QR, label.DATA_MATRIX, label.DIGITAL_LINK):
			self.assertEqual(read(label.of_unit(kind, "Серия-7", GTIN).png())[1], "Серия-7")
		self.assert_refused(
			exc.SerialNoFormatError, label.of_unit(label.CODE_128, "Серия-7").png, mentions=("Серия-7",)
		)

	def test_the_data_matrix_is_square(self):
		for length in range(1, 21):
			png = label.of_unit(label.DATA_MATRIX, "x" * length, GTIN, DAY).png(scale=1)
			width, height = Image.open(io.BytesIO(png)).size
			self.assertEqual(width, height)


class TestRoundTrip(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(barcodes=[{"barcode": EAN, "barcode_type": "EAN"}])

	def test_unit_to_label_to_picture_to_scan_is_the_unit(self):
		# inside, since the same test runs on several databases
		@given(
			st.lists(
				st.text(CHARACTERS_82.replace("<", "").replace(">", ""), min_size=1, max_size=20),
				min_size=1,
				max_size=5,
				unique_by=serial_number.key,
			),
			st.none() | st.dates(datetime.date(2027, 1, 1), datetime.date(2070, 1, 1)),
		)
		@hypothesis_settings(max_examples=6, deadline=None)
		def run(numbers, date):
			frappe.db.savepoint("example")
			self.round_trip(numbers, date)
			frappe.db.rollback(save_point="example")

		run()

	def round_trip(self, numbers, date):
		codes = ["]d2" + gs1.element_string(number, GTIN, date) for number in numbers]
		self.receive(self.item, "\n".join(codes), qty=len(codes))
		units = frappe.get_all("Serial No", {"item_code": self.item}, ["name", "serial_no"], order_by="name")
		self.assertEqual({unit.serial_no for unit in units}, set(numbers))
		for kind in label.FORMATS:
			labels = label.of_units([unit.name for unit in units], kind)
			for unit, code in zip(units, labels, strict=True):
				identifier, text = read(code.png())
				for sent in (identifier + text, text):  # scanners can be set to send either
					answer = scan(sent)
					self.assertEqual(
						(answer["serial"]["name"], answer["item"]["name"]), (unit.name, self.item)
					)
				if answer["type"] == "gs1" and code.is_element_string:
					self.assertEqual(answer["gs1"]["end_of_life_date"], date)
				# and in a voucher row
				self.assertEqual(entry_text.parse(identifier + text).numbers(), [unit.serial_no])

	def test_labels_of_many_units_in_few_statements(self):
		self.receive(self.item, [f"L-{n:03}" for n in range(50)])
		names = [f"L-{n:03}" for n in reversed(range(50))]
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			labels = label.of_units(names, label.DATA_MATRIX)
		self.assertEqual(sql.call_count, 3)
		self.assertEqual([code.content for code in labels], [f"01{GTIN}21{name}" for name in names])

	def test_a_package_s_gtin_is_not_the_unit_s(self):
		item = make_item(
			barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN", "uom": "Box"}],
			uoms=[{"uom": "Box", "conversion_factor": 10}],
		)
		self.receive(item, "PK-1")
		(code,) = label.of_units(["PK-1"], label.DATA_MATRIX)
		self.assertEqual((code.content, code.is_element_string), ("PK-1", False))
