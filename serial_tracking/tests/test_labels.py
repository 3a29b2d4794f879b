"""Labels to print: pages, PDF and ZPL, of chosen units and of vouchers; every code is read back."""

import re
import xml.etree.ElementTree as ElementTree
from unittest.mock import patch

import frappe
import zxingcpp
from frappe.www.printview import get_html_and_style
from PIL import Image, ImageDraw

from serial_tracking import exceptions as exc
from serial_tracking.api import labels as api
from serial_tracking.api.desk import add_to_boot
from serial_tracking.serial_tracking import labels, true_size
from serial_tracking.stock import label, label_layout, zpl
from serial_tracking.stock.label_layout import LAYOUTS
from serial_tracking.tests import wkhtmltopdf
from serial_tracking.tests.factories import StockTestCase, make_item, row, serials, settings
from serial_tracking.tests.test_permissions import make_user
from serial_tracking.tests.test_serials_api import count_statements

EAN = "9506000134352"
GTIN = f"0{EAN}"
PIXELS = 12  # to the millimetre: 300 dpi


def paint(svg, pixels=PIXELS):
	"""The code of a label as a picture, where it stands on the label."""
	root = ElementTree.fromstring(svg)
	size = [round(float(side) / 100 * pixels) for side in root.get("viewBox").split()[2:]]
	image = Image.new("L", size, 255)
	draw = ImageDraw.Draw(image)
	(path,) = root.iter("{http://www.w3.org/2000/svg}path")
	x, y, scale = map(
		float, re.fullmatch(r"translate\((\S+) (\S+)\) scale\((\S+)\)", path.get("transform")).groups()
	)
	for shape in re.findall(r"M([\d.]+) ([\d.]+)h(\d+)v([\d.]+)h-\d+z", path.get("d")):
		left, top, width, height = (float(value) * scale for value in shape)
		corners = (x + left, y + top, x + left + width, y + top + height)
		left, top, right, bottom = (round(value / 100 * pixels) for value in corners)
		draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
	return image


def read(image):
	"""What a scanner sends: symbology identifier, and text with ASCII 29 for FNC1."""
	(found,) = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
	return found.symbology_identifier, found.text


def svgs_in(html):
	return re.findall(r'<svg class="unit-label".*?</svg>', html, re.S)


def codes_in(html):
	return [read(paint(svg)) for svg in svgs_in(html)]


def texts_in(svg):
	return [text.text for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def pages_in(html):
	return [page.count('<svg class="unit-label"') for page in html.split('<div class="unit-labels">')[1:]]


class LabelTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(item_name="Heat pump", barcodes=[{"barcode": EAN, "barcode_type": "EAN"}])

	def be_limited_to(self, warehouse):
		user = make_user("Stock User")
		frappe.permissions.add_user_permission("Warehouse", warehouse, user)
		self.addCleanup(lambda: frappe.clear_cache(user=user))
		frappe.set_user(user)

	def html(self, *names, **values):
		source = {"serial_nos": list(names)} if names else {}
		return api.sheet(**source, **values).get_data(as_text=True)

	def zpl(self, *names, **values):
		source = {"serial_nos": list(names)} if names else {}
		return api.zpl(**source, **values).get_data(as_text=True)


class TestSheet(LabelTestCase):
	def test_each_code_on_each_layout_is_read_back(self):
		self.receive(self.item, ["SN-0001/a+B", "2"])
		for layout in LAYOUTS:
			for kind, expected in (
				(label.CODE_128, ("]C0", "SN-0001/a+B")),
				(label.QR, ("]Q1", "SN-0001/a+B")),
				(label.DATA_MATRIX, ("]d2", f"01{GTIN}21SN-0001/a+B")),
				(label.DIGITAL_LINK, ("]Q1", f"https://id.gs1.org/01/{GTIN}/21/SN-0001%2Fa%2BB")),
			):
				html = self.html("SN-0001/a+B", "2", layout=layout, code=kind)
				self.assertEqual(len(svgs_in(html)), 2)
				self.assertEqual(codes_in(html)[0], expected, (layout, kind))

	def test_the_longest_numbers_are_read_back(self):
		numbers = ["W" * 100, "é" * 100, "Я" * 100, "日" * 100]
		self.receive(self.item, numbers)
		for layout in LAYOUTS:
			for kind in (label.QR, label.DATA_MATRIX):
				found = [text for _kind, text in codes_in(self.html(*numbers, layout=layout, code=kind))]
				self.assertEqual(found, numbers, (layout, kind))

	def test_what_stands_on_it(self):
		self.receive(self.item, "S1")
		frappe.db.set_value("Serial No", "S1", "end_of_life_date", "2031-12-30")
		(svg,) = svgs_in(self.html("S1"))
		day = frappe.utils.formatdate("2031-12-30")
		self.assertEqual(texts_in(svg), ["Heat pump", "S1", f"GTIN: {GTIN}", f"Expires: {day}"])
		bare = make_item("BARE-ITEM", item_name="")
		self.receive(bare, "S2")
		self.assertEqual(texts_in(svgs_in(self.html("S2"))[0]), ["BARE-ITEM", "S2"])

	def test_what_people_type_is_escaped_and_whole(self):
		item = make_item(item_name='<script>alert(1)</script> & "bolt" {{ 7*7 }}')
		self.receive(item, 'A&B"1')
		html = self.html('A&B"1', code=label.QR)
		self.assertNotIn("<script>alert", html)
		(svg,) = svgs_in(html)
		self.assertIn('A&B"1', texts_in(svg))
		name = frappe.db.get_value("Item", item, "item_name")
		self.assertEqual("".join("".join(texts_in(svg)).split()), "".join(f'{name}A&B"1'.split()))
		self.assertEqual(read(paint(svg)), ("]Q1", 'A&B"1'))

	def test_nothing_is_fetched(self):
		self.receive(self.item, "S1")
		html = self.html("S1")
		self.assertIsNone(re.search(r"<link|<img|src=|href=|url\(|@import", html))

	def test_a_number_with_a_comma_is_read_as_one(self):
		self.receive(self.item, f"]d201{GTIN}21A,B", qty=1)
		self.assertEqual(codes_in(self.html("A,B", code=label.QR)), [("]Q1", "(21)A,B")])
		self.assertIn("A,B", texts_in(svgs_in(self.html("A,B", code=label.QR))[0]))

	def test_pages_and_places_that_are_used(self):
		numbers = [f"P-{n}" for n in range(25)]
		self.receive(self.item, numbers)
		for layout, skip, expected in (
			("A4 3x8", 0, [24, 1]),
			("A4 3x8", 23, [1, 24]),
			("A4 2x7", 3, [11, 14]),
			("Roll 62x29", 0, [1] * 25),
		):
			html = self.html(*numbers, layout=layout, skip=skip)
			self.assertEqual(pages_in(html), expected)
		self.assertIn("left:70mm;top:0.5mm", svgs_in(self.html("P-0", layout="A4 3x8", skip=1))[0])
		for skip in (-1, 24):
			self.assert_refused(exc.SerialTrackingError, self.html, "P-0", layout="A4 3x8", skip=skip)
		self.assert_refused(exc.SerialTrackingError, self.html, "P-0", layout="Roll 62x29", skip=1)

	def test_the_size_of_the_paper_is_told(self):
		self.receive(self.item, "S1")
		for layout, size in (("Roll 62x29", "62mm 29mm"), ("A4 2x7", "210mm 297mm")):
			self.assertIn(f"@page {{ size: {size}; margin: 0; }}", self.html("S1", layout=layout))

	def test_settings_propose_layout_and_code(self):
		self.receive(self.item, "S1")
		self.assertEqual(codes_in(self.html("S1"))[0][0], "]Q1")
		settings(label_layout="A4 2x7", label_code=label.DATA_MATRIX)
		html = self.html("S1")
		self.assertEqual(codes_in(html)[0][0], "]d2")
		self.assertIn("210mm 297mm", html)
		settings(label_layout="", label_code="")
		self.assertIn("62mm 29mm", self.html("S1"))

	def test_what_there_is_not_is_refused(self):
		self.receive(self.item, "S1")
		for values in ({"layout": "A3"}, {"code": "EAN"}, {"layout": "<b>"}, {"part": 0}, {"part": 2}):
			self.assert_refused(exc.SerialTrackingError, self.html, "S1", **values)

	def test_numbers_that_a_code_cannot_carry_are_all_named(self):
		numbers = ["Серия-7", "SN-1", "日-2"]
		self.receive(self.item, numbers)
		self.assert_refused(
			exc.SerialNoFormatError,
			self.html,
			*numbers,
			code=label.CODE_128,
			mentions=("Серия-7, 日-2", "Code 128"),
		)
		self.assertEqual(len(codes_in(self.html(*numbers, code=label.QR))), 3)

	def test_numbers_too_long_for_bars_on_the_label_are_all_named(self):
		long, longer, short = "X" * 30, "Y" * 40, "Z" * 20
		self.receive(self.item, [long, short, longer])
		self.assert_refused(
			exc.SerialNoFormatError,
			self.html,
			long,
			short,
			longer,
			layout="Roll 62x29",
			code=label.CODE_128,
			mentions=(f"{long}, {longer}", "62"),
		)
		self.assertEqual(
			codes_in(self.html(long, layout="Roll 100x50", code=label.CODE_128)), [("]C0", long)]
		)


class TestSelection(LabelTestCase):
	def test_the_order_is_that_of_the_choice_and_each_comes_once(self):
		self.receive(self.item, ["C1", "C2", "C3"])
		found = codes_in(self.html("C3", "C1", "C3", code=label.QR))
		self.assertEqual([text for _kind, text in found], ["C3", "C1"])
		json_text = api.sheet(serial_nos='["C2"]', code=label.QR).get_data(as_text=True)
		self.assertEqual([text for _kind, text in codes_in(json_text)], ["C2"])

	def test_nothing_chosen_or_not_clear_what(self):
		receipt = self.receive(self.item, "C1")
		for exception, values in (
			(exc.SerialTrackingError, {}),
			(exc.SerialTrackingError, {"serial_nos": []}),
			(exc.SerialTrackingError, {"voucher_type": "Purchase Receipt"}),
			(
				exc.SerialTrackingError,
				{"serial_nos": ["C1"], "voucher_type": receipt.doctype, "voucher_no": receipt.name},
			),
			(exc.SerialNoRequiredError, {"serial_nos": "{}"}),
			(exc.SerialNoRequiredError, {"serial_nos": "[1]"}),
			(exc.SerialNoRequiredError, {"serial_nos": '"C1"'}),
			(exc.SerialNoRequiredError, {"serial_nos": "C1"}),
			(exc.SerialNoNotExistsError, {"serial_nos": ["C1", "C9"]}),
		):
			if values.get("serial_nos") == "{}":
				values = {"serial_nos": '{"a": 1}'}
			self.assert_refused(exception, api.sheet, **values)

	def test_half_a_character_in_a_choice_is_refused_in_words_that_can_be_sent(self):
		self.receive(self.item, "C1")
		for values in (
			{"serial_nos": ["C1"], "layout": "A4\ud800"},
			{"serial_nos": ["C1"], "code": "QR\ud800"},
			{"voucher_type": "Note\ud800", "voucher_no": "X"},
		):
			str(self.assert_refused(exc.SerialTrackingError, api.sheet, **values)).encode()

	def test_two_items_with_one_number_are_told_apart(self):
		settings(unique_serial_no_per_item=1)
		other = make_item(item_name="Twin")
		for item in (self.item, other):
			self.receive(item, "TWIN")
		names = frappe.get_all("Serial No", {"serial_no": "TWIN"}, pluck="name", order_by="creation")
		html = self.html(*names)
		self.assertEqual([texts_in(svg)[0] for svg in svgs_in(html)], ["Heat pump", "Twin"])

	def test_units_elsewhere_are_not_known_to_who_may_not_look_there(self):
		self.receive(self.item, "MINE")
		self.receive(self.item, "THEIRS", warehouse=self.shop)
		self.be_limited_to(self.stores)
		self.assertEqual(len(svgs_in(self.html("MINE"))), 1)
		for call in (self.html, self.zpl):
			self.assert_refused(exc.SerialNoNotExistsError, call, "MINE", "THEIRS", mentions=("THEIRS",))


class TestVoucher(LabelTestCase):
	def names_of(self, doc):
		return labels.of_voucher(doc.doctype, doc.name).names

	def of(self, doc, **values):
		return self.html(voucher_type=doc.doctype, voucher_no=doc.name, **values)

	def test_units_from_a_series_and_typed_ones_in_the_order_of_the_rows(self):
		series = make_item(serial_no_series="LAB-.###")
		doc = self.enter(
			"Material Receipt",
			row(series, 2, t_warehouse=self.stores),
			row(self.item, 2, t_warehouse=self.stores, serial_no="Z9\nA1"),
		)
		found = [text for _kind, text in codes_in(self.of(doc, code=label.QR))]
		self.assertEqual(found, [*serials(doc, 0), "Z9", "A1"])
		self.assertIn(f"Labels of {doc.name}", self.of(doc))

	def test_every_voucher_that_moves_units(self):
		receipt = self.receive(self.item, ["V1", "V2"])
		note = self.deliver(self.item, "V1")
		entry = self.transfer(self.item, "V2")
		for doc, expected in ((receipt, ["V1", "V2"]), (note, ["V1"]), (entry, ["V2"])):
			self.assertEqual(self.names_of(doc), expected)

	def test_rejected_units_are_among_them(self):
		doc = frappe.get_doc(
			{
				"doctype": "Purchase Receipt",
				"supplier": self.supplier,
				"items": [
					{
						**row(self.item, 1, warehouse=self.stores, serial_no="GOOD"),
						"received_qty": 2,
						"rejected_qty": 1,
						"rejected_warehouse": self.shop,
						"rejected_serial_no": "BAD",
					}
				],
			}
		).insert()
		doc.submit()
		self.assertEqual(self.names_of(doc), ["GOOD", "BAD"])

	def test_of_what_is_made_the_products_alone(self):
		self.receive(self.item, ["PART-1", "PART-2"])
		product = make_item()
		doc = self.enter(
			"Manufacture",
			row(self.item, 2, s_warehouse=self.stores, serial_no="PART-1\nPART-2"),
			row(product, 1, t_warehouse=self.stores, serial_no="WHOLE"),
		)
		self.assertEqual(self.names_of(doc), ["WHOLE"])

	def test_the_unit_of_the_row_s_item_is_meant(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(self.item, "TWIN")
		doc = self.receive(other, "TWIN")
		(name,) = self.names_of(doc)
		self.assertEqual(frappe.db.get_value("Serial No", name, "item_code"), other)

	def test_drafts_other_documents_and_those_without_units_are_refused(self):
		draft = self.receive(self.item, "D1", submit=False)
		plain = self.receive(make_item(has_serial_no=0), qty=3)
		gone = self.receive(self.item, "D2")
		gone.cancel()
		for exception, doctype, name in (
			(exc.SerialTrackingError, draft.doctype, draft.name),
			(exc.SerialTrackingError, gone.doctype, gone.name),
			(exc.SerialNoRequiredError, plain.doctype, plain.name),
			(exc.SerialTrackingError, "Item", self.item),
			(exc.SerialTrackingError, "<b>", "x"),
			(frappe.DoesNotExistError, "Purchase Receipt", "PR-NONE"),
		):
			self.assert_refused(exception, labels.of_voucher, doctype, name)

	def test_it_needs_the_right_to_read_the_voucher(self):
		doc = self.receive(self.item, "R1")
		frappe.set_user(make_user("Maintenance User"))
		self.assertEqual(len(svgs_in(self.html("R1"))), 1)
		self.assert_refused(frappe.PermissionError, self.of, doc)

	def test_a_voucher_of_another_warehouse_is_not_opened(self):
		doc = self.receive(self.item, "R2", warehouse=self.shop)
		self.be_limited_to(self.stores)
		self.assert_refused(frappe.PermissionError, self.of, doc)

	def test_units_that_went_where_one_may_not_look_are_left_out_and_told(self):
		doc = self.receive(self.item, ["H1", "H2", "H3"])
		self.transfer(self.item, "H2")
		self.be_limited_to(self.stores)
		html = self.of(doc, code=label.QR)
		self.assertEqual([text for _kind, text in codes_in(html)], ["H1", "H3"])
		self.assertIn("1 more units are where you may not look", html)
		counted = api.count(voucher_type=doc.doctype, voucher_no=doc.name)
		self.assertEqual((counted["labels"], counted["hidden"]), (2, 1))

	def test_a_thousand_labels_take_few_statements_and_all_are_there(self):
		numbers = [f"K-{n:04}" for n in range(1000)]
		doc = self.receive(self.item, numbers)
		one = self.receive(self.item, "SINGLE")
		with_one = count_statements(lambda: self.of(one, layout="A4 3x8", code=label.DATA_MATRIX))
		made = []
		with_many = count_statements(
			lambda: made.append(self.of(doc, layout="A4 3x8", code=label.DATA_MATRIX))
		)
		self.assertLessEqual(with_many, with_one + 2)
		self.assertLessEqual(with_many, 25)
		self.assertEqual(pages_in(made[0]), [24] * 41 + [16])
		read_back = [text for _kind, text in codes_in(made[0])]
		self.assertEqual(read_back, [f"01{GTIN}21{number}" for number in numbers])
		self.assertLess(len(made[0]), 5_000_000)

	def test_more_than_a_thousand_come_in_parts(self):
		with patch.object(labels, "AT_ONCE", 2):
			doc = self.receive(self.item, ["T1", "T2", "T3"])
			counted = api.count(voucher_type=doc.doctype, voucher_no=doc.name)
			self.assertEqual((counted["labels"], counted["parts"], counted["at_once"]), (3, 2, 2))
			parts = [codes_in(self.of(doc, code=label.QR, part=part)) for part in (1, 2)]
			self.assertEqual([[text for _kind, text in part] for part in parts], [["T1", "T2"], ["T3"]])
			self.assert_refused(exc.SerialTrackingError, self.of, doc, part=3)


class TestPrintFormat(LabelTestCase):
	def printed(self, name):
		return get_html_and_style("Serial No", name, print_format=labels.PRINT_FORMAT)["html"]

	def test_one_label_by_frappe_s_own_print(self):
		self.receive(self.item, "F1")
		settings(label_layout="Roll 100x50", label_code=label.DATA_MATRIX)
		html = self.printed("F1")
		self.assertEqual(codes_in(html), [("]d2", f"01{GTIN}21F1")])
		for words in ("@page { size: 100mm 50mm", "page-width: 100mm; page-height: 50mm"):
			self.assertIn(words, html)
		whole = frappe.get_print("Serial No", "F1", labels.PRINT_FORMAT)
		self.assertEqual(codes_in(whole), codes_in(html))

	def test_it_needs_the_right_to_read_the_unit(self):
		self.receive(self.item, "F1")
		frappe.set_user(make_user())
		with self.assertRaises(frappe.PermissionError):
			self.printed("F1")


class TestPdf(LabelTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, "F1")
		self.measure(1.25)

	def measure(self, factor):
		"""The site's engine prints all smaller by this factor; None: it cannot print labels."""
		patched = patch.object(true_size, "enlargement", return_value=factor)
		patched.start()
		self.addCleanup(patched.stop)

	def test_frappe_makes_it_of_the_size_of_the_paper(self):
		for layout, size in (("Roll 62x29", ("62mm", "29mm")), ("A4 3x8", ("210mm", "297mm"))):
			with patch("frappe.utils.pdf.get_pdf", return_value=b"%PDF-1.7") as make:
				answer = api.pdf(serial_nos=["F1"], layout=layout)
			self.assertEqual((answer.get_data(), answer.content_type), (b"%PDF-1.7", "application/pdf"))
			options = make.call_args.kwargs["options"]
			self.assertEqual((options["page-width"], options["page-height"]), size)
			margins = {options[f"margin-{side}"] for side in ("top", "right", "bottom", "left")}
			self.assertEqual(margins, {"0mm"})
			self.assertEqual(len(svgs_in(make.call_args.args[0])), 1)

	def test_by_the_engine_that_the_print_format_names(self):
		frappe.db.set_value("Print Format", labels.PRINT_FORMAT, "pdf_generator", "chrome")
		frappe.clear_document_cache("Print Format", labels.PRINT_FORMAT)
		self.addCleanup(frappe.clear_document_cache, "Print Format", labels.PRINT_FORMAT)
		hooks = frappe.get_hooks

		def with_chrome(hook=None, *args, **kwargs):
			return [f"{__name__}.make_by_chrome"] if hook == "pdf_generator" else hooks(hook, *args, **kwargs)

		with patch("frappe.get_hooks", with_chrome), patch("frappe.utils.pdf.get_pdf") as other:
			self.assertEqual(api.pdf(serial_nos=["F1"]).get_data(), b"%PDF by chrome")
		other.assert_not_called()

	def test_a_site_without_an_engine_says_so(self):
		for error in (NotImplementedError("no extra"), OSError("No wkhtmltopdf executable found")):
			with patch("frappe.utils.pdf.get_pdf", side_effect=error):
				self.assert_refused(
					exc.SerialTrackingError, api.pdf, serial_nos=["F1"], mentions=("browser",)
				)

	def test_pages_are_enlarged_for_an_engine_that_shrinks_them(self):
		with patch("frappe.utils.pdf.get_pdf", return_value=b"%PDF-1.7") as make:
			api.pdf(serial_nos=["F1"], layout="Roll 62x29")
		self.assertIn("scale(1.25)", make.call_args.args[0])
		self.assertNotIn("scale(1.25)", self.html("F1"))

	def test_an_engine_that_misses_the_size_of_labels_is_not_used(self):
		self.measure(None)
		with patch("frappe.utils.pdf.get_pdf") as make:
			self.assert_refused(exc.SerialTrackingError, api.pdf, serial_nos=["F1"], mentions=("true size",))
		make.assert_not_called()


@wkhtmltopdf.needs_wkhtmltopdf
class TestWkhtmltopdf(LabelTestCase):
	"""By the engine of nearly every site of Frappe 15: what comes out is measured and read back."""

	def setUp(self):
		super().setUp()
		wkhtmltopdf.use(self)
		true_size._measured.clear_cache()
		self.addCleanup(true_size._measured.clear_cache)

	def printed(self, *names, **values):
		return wkhtmltopdf.read(api.pdf(serial_nos=list(names), **values).get_data())

	def assert_near(self, found, expected, tolerance):
		self.assertEqual(len(found), len(expected))
		for one, other in zip(found, expected, strict=True):
			self.assertAlmostEqual(one, other, delta=tolerance, msg=f"{found} instead of {expected}")

	def test_each_code_on_each_layout_is_read_back_from_pages_of_its_size(self):
		numbers = [f"W-{n:02}" for n in range(1, 27)]
		self.receive(self.item, numbers)
		for name, layout in LAYOUTS.items():
			for kind, expected in (
				(label.CODE_128, "{}"),
				(label.QR, "{}"),
				(label.DATA_MATRIX, f"01{GTIN}21{{}}"),
				(label.DIGITAL_LINK, f"https://id.gs1.org/01/{GTIN}/21/{{}}"),
			):
				with self.subTest(layout=name, code=kind):
					pages = self.printed(*numbers, layout=name, code=kind)
					self.assertEqual(
						[code for _size, _box, codes in pages for code in codes],
						[expected.format(number) for number in numbers],
					)
					self.assertEqual(len(pages), -(-len(numbers) // layout.per_page))
					for size, _box, _codes in pages:
						self.assert_near(size, layout.page, 0.4)

	def test_labels_stand_in_their_places(self):
		numbers = [f"W-{n:02}" for n in range(1, 25)]
		self.receive(self.item, numbers)
		for name, first, last in (("A4 3x8", "W-01", "W-24"), ("A4 2x7", "W-01", "W-14")):
			layout = LAYOUTS[name]
			(drawn,) = labels.draw([first], label.CODE_128)
			place = label_layout.arrange(layout, len(drawn.modules[0]), 1, drawn.texts)
			dark = next(start for start, _length in label_layout.runs(drawn.modules[0]))
			for number in (first, last):
				skip = 0 if number == first else layout.per_page - 1
				((_size, box, _codes),) = self.printed(number, layout=name, code=label.CODE_128, skip=skip)
				x, y = layout.place(skip)
				wanted = x + place.x + dark * place.module, y + place.y + place.height
				texts = x + layout.padding[0]
				self.assert_near((box[0], box[3]), (min(wanted[0], texts), wanted[1]), 0.6)

	def test_long_names_with_umlauts_stay_on_their_label(self):
		name = ("Wärmepumpe für größere Häuser, süß & öde, " * 4)[:140]
		self.receive(make_item(item_name=name), ["Ä" * 20, "Ö-2"])
		for layout in ("Roll 62x29", "Roll 100x50"):
			pages = self.printed("Ä" * 20, "Ö-2", layout=layout, code=label.QR)
			self.assertEqual([codes for _size, _box, codes in pages], [["Ä" * 20], ["Ö-2"]])
			width, height = LAYOUTS[layout].page
			for _size, (left, top, right, bottom), _codes in pages:
				self.assertGreater(min(left, top, width - right, height - bottom), 1)

	def test_frappe_s_own_pdf_of_the_print_format(self):
		self.receive(self.item, "F1")
		settings(label_layout="Roll 62x29", label_code=label.DATA_MATRIX)
		html = get_html_and_style("Serial No", "F1", print_format=labels.PRINT_FORMAT)["html"]
		# what Frappe does before it hands over to wkhtmltopdf
		for_engine = re.sub(r'<style class="hidden-pdf">.*?</style>', "", html, flags=re.S)
		self.assertNotEqual(for_engine, html)
		whole = f"<!DOCTYPE html><meta charset=utf-8><style>body {{ margin: 0; }}</style><div class=print-format>{for_engine}</div>"
		made = frappe.utils.pdf.get_pdf(whole, options=true_size.options_for(LAYOUTS["Roll 62x29"]))
		((size, box, codes),) = wkhtmltopdf.read(made)
		self.assert_near(size, (62, 29), 0.4)
		((_size, expected, _codes),) = self.printed("F1")
		self.assertEqual(codes, [f"01{GTIN}21F1"])
		self.assert_near(box, expected, 0.4)

	def test_an_engine_that_cannot_be_brought_to_the_size_is_found_out(self):
		empty_page = (0.0,) * 4
		boxes = true_size.boxes
		with patch.object(true_size, "boxes", lambda data: [*boxes(data), empty_page]):
			self.assertIsNone(true_size.enlargement("Roll 62x29"))


def make_by_chrome(print_format, html, options, output, pdf_generator):
	return b"%PDF by chrome" if pdf_generator == "chrome" else None


class TestZplFile(LabelTestCase):
	def test_one_format_for_each_unit(self):
		doc = self.receive(self.item, ["Z1", "Z2", "Z3"])
		answer = api.zpl(voucher_type=doc.doctype, voucher_no=doc.name, code=label.DATA_MATRIX)
		text = answer.get_data(as_text=True)
		self.assertEqual(
			re.findall(r"\^XA.*?\^XZ\n", text, re.S), [part + "^XZ\n" for part in text.split("^XZ\n")[:-1]]
		)
		self.assertEqual(
			re.findall(r"\^FD_101(\d{14})21(Z\d)\^FS", text), [(GTIN, f"Z{n}") for n in (1, 2, 3)]
		)
		self.assertEqual(text.count("Heat pump"), 3)
		self.assertEqual(answer.content_type, "text/plain; charset=utf-8")
		self.assertIn(f'attachment; filename="labels-{doc.name}.zpl"', answer.headers["Content-Disposition"])

	def test_sheets_and_unknown_resolutions_are_refused(self):
		self.receive(self.item, "Z1")
		for values in ({"layout": "A4 3x8"}, {"dpi": 72}):
			self.assert_refused(exc.SerialTrackingError, self.zpl, "Z1", **values)
		for dpi in zpl.DOTS_PER_MM:
			self.assertIn("^BQN", self.zpl("Z1", dpi=dpi))

	def test_a_thousand_labels_take_few_statements(self):
		numbers = [f"K-{n:04}" for n in range(1000)]
		self.receive(self.item, numbers)
		made = []
		statements = count_statements(lambda: made.append(self.zpl(*numbers, code=label.CODE_128)))
		self.assertLessEqual(statements, 12)
		self.assertEqual(re.findall(r"\^BCN.*?\^FD(.*?)\^FS", made[0]), numbers)

	def test_codes_sent_as_pictures_are_read_back(self):
		self.receive(self.item, ["Серия-7", "Größe-1"])
		for number, kind in (
			("Серия-7", label.QR),
			("Серия-7", label.DATA_MATRIX),
			("Größe-1", label.CODE_128),
		):
			text = self.zpl(number, code=kind)
			total, again, per_line, data = re.search(
				r"\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS", text
			).groups()
			self.assertEqual((int(total), total), (len(data) // 2, again))
			size = (int(per_line) * 8, int(total) // int(per_line))
			image = Image.frombytes("1", size, bytes(255 - byte for byte in bytes.fromhex(data))).convert("L")
			self.assertEqual(read(image)[1], number)


class TestDesk(LabelTestCase):
	def test_the_desk_is_told_what_there_is_to_choose(self):
		boot = frappe._dict()
		add_to_boot(boot)
		told = boot.serial_tracking["labels"]
		self.assertEqual([layout["name"] for layout in told["layouts"]], list(LAYOUTS))
		self.assertEqual((told["layout"], told["code"]), ("Roll 62x29", "QR Code"))

	def test_the_settings_offer_the_layouts_and_codes_that_there_are(self):
		meta = frappe.get_meta("Serial Tracking Settings")
		self.assertEqual(meta.get_field("label_layout").options.split("\n"), list(LAYOUTS))
		self.assertEqual(meta.get_field("label_code").options.split("\n"), list(label.FORMATS))
