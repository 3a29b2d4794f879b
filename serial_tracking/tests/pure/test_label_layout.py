"""Labels as things of paper: what fits where, and what is never lost. Needs no site."""

import re
import unittest
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from serial_tracking.stock import label, label_layout, label_svg, zpl
from serial_tracking.stock.label_layout import LAYOUTS, Texts, arrange, fit, pages, wrap

GTIN, DETAILS = "09506000134352", ("GTIN: 09506000134352", "Expires: 31-12-2030")
LONGEST = 100  # characters of a number; item names have 140
WORST = (
	Texts("W" * 140, "W" * LONGEST, DETAILS),
	Texts("日" * 140, "本" * LONGEST, DETAILS),
	Texts("Heat pump with " * 9, "SN-" * 33, DETAILS),
)


def box_of(layout):
	return (*layout.padding, *layout.inside)


class TestSheets(unittest.TestCase):
	def test_labels_stay_on_their_page_and_apart(self):
		for name, layout in LAYOUTS.items():
			places = [layout.place(n) for n in range(layout.per_page)]
			self.assertEqual(len(set(places)), layout.per_page, name)
			for x, y in places:
				self.assertTrue(x >= 0 and y >= 0)
				self.assertLessEqual(x + layout.label[0], layout.page[0] + 0.001, name)
				self.assertLessEqual(y + layout.label[1], layout.page[1] + 0.001, name)
				for other in places:
					apart = (abs(other[0] - x) + 0.001 >= layout.label[0]) or (
						abs(other[1] - y) + 0.001 >= layout.label[1]
					)
					self.assertTrue(other == (x, y) or apart, (name, other, (x, y)))

	def test_how_many_labels_a_sheet_has(self):
		self.assertEqual([layout.per_page for layout in LAYOUTS.values()], [24, 14, 1, 1])
		self.assertEqual([layout.is_roll for layout in LAYOUTS.values()], [False, False, True, True])

	def test_pages_after_each_other_and_after_labels_that_are_used(self):
		layout = LAYOUTS["A4 2x7"]
		for count, skip, expected in (
			(0, 0, []),
			(1, 0, [range(1)]),
			(14, 0, [range(14)]),
			(15, 0, [range(14), range(14, 15)]),
			(1, 13, [range(1)]),
			(2, 13, [range(1), range(1, 2)]),
			(16, 1, [range(13), range(13, 16)]),
		):
			self.assertEqual(pages(layout, count, skip), expected, (count, skip))
		self.assertEqual(layout.place(13), layout.place(27))
		self.assertEqual(pages(LAYOUTS["Roll 62x29"], 3), [range(1), range(1, 2), range(2, 3)])


class TestTexts(unittest.TestCase):
	def lines_of(self, texts, layout):
		return fit(texts, *box_of(layout))

	def test_short_texts_are_large_and_long_ones_small(self):
		layout = LAYOUTS["Roll 62x29"]
		short, long = (
			next(line for line in self.lines_of(Texts(name, "SN-1"), layout) if line.is_number).size
			for name in ("Pump", "Pump, with a rather long description " * 5)
		)
		self.assertGreater(short, 5)
		self.assertLess(long, short)

	def test_everything_is_there_and_inside_however_long(self):
		for layout in LAYOUTS.values():
			for texts in WORST:
				placed = arrange(layout, 53, 53, texts)
				shown = [line.text for line in placed.lines if line.is_number]
				self.assertEqual("".join(shown).replace(" ", ""), texts.number.replace(" ", ""))
				for detail in texts.details:
					self.assertIn(
						detail.replace(" ", ""), "".join(line.text for line in placed.lines).replace(" ", "")
					)
				self.assert_inside(layout, placed)

	def assert_inside(self, layout, placed):
		(left, top), (width, height) = layout.padding, layout.inside
		for line in placed.lines:
			self.assertGreaterEqual(line.size, label_layout.SMALLEST_TEXT)
			self.assertGreaterEqual(line.x, left)
			self.assertLessEqual(line.x + line.width, left + width + 0.001, line.text)
			self.assertGreaterEqual(line.y, top - 0.001)
			self.assertLessEqual(line.y + line.size, top + height + 0.001)

	def test_the_name_is_whole_where_it_fits_and_ends_in_an_ellipsis_where_not(self):
		name = "Heat pump, 8 kW, with a name that takes all of the hundred and forty letters which the field of an item has to offer to those that fill it in"
		for key, layout in LAYOUTS.items():
			lines = arrange(layout, 29, 29, Texts(name, "SN-1")).lines
			self.assertEqual(" ".join(line.text.strip() for line in lines if not line.is_number), name, key)
		box = (0, 0, 20, 10)
		shown = "".join(line.text for line in fit(Texts("日" * 140, "SN-1"), *box) if not line.is_number)
		self.assertTrue(shown.endswith("…"))
		self.assertEqual(shown[:-1], "日" * (len(shown) - 1))
		self.assertGreater(len(shown), 40)

	def test_a_number_is_refused_rather_than_cut(self):
		with self.assertRaises(label_layout.TextTooLongError):
			fit(Texts("Pump", "W" * 100), 0, 0, 10, 8)

	@given(st.text(max_size=140), st.floats(3, 60))
	def test_lines_hold_all_but_spaces_and_none_is_too_wide(self, text, room):
		lines = wrap(text, room)
		without_spaces = "".join(text.split())
		self.assertEqual("".join("".join(lines).split()), without_spaces)
		for line in lines:
			self.assertTrue(label_layout.em(line) <= room + 0.001 or len(line) == 1, line)

	def test_marks_stay_with_their_letter(self):
		self.assertEqual(wrap("e\u0301" * 3, 0.1), ["e\u0301"] * 3)
		lines = wrap("e\u0301" * 30, 5)
		self.assertGreater(len(lines), 1)
		for line in lines:
			self.assertEqual(line[0], "e")

	def test_words_are_broken_after_spaces_and_hyphens_first(self):
		self.assertEqual(wrap("pump for heat", 5.2), ["pump for", "heat"])
		self.assertEqual(wrap("AB-CD-EF", 3), ["AB-", "CD-", "EF"])


class TestCodes(unittest.TestCase):
	def test_bars_stand_below_the_text_and_squares_beside_it(self):
		for layout in LAYOUTS.values():
			bars = arrange(layout, 120, 1, Texts("Pump", "SN-1", DETAILS))
			self.assertTrue(all(line.y + line.size <= bars.y for line in bars.lines))
			square = arrange(layout, 29, 29, Texts("Pump", "SN-1", DETAILS))
			self.assertTrue(all(line.x >= square.x + 29 * square.module for line in square.lines))
			for code, columns in ((bars, 120), (square, 29)):
				self.assertGreaterEqual(code.x, layout.padding[0] - 0.001)
				self.assertLessEqual(
					code.x + columns * code.module, layout.label[0] - layout.padding[0] + 0.001
				)
				self.assertGreaterEqual(code.y, layout.padding[1] - 0.001)
				self.assertLessEqual(code.y + code.height, layout.label[1] - layout.padding[1] + 0.001)

	def test_what_a_scanner_could_not_tell_apart_is_refused(self):
		layout, texts = LAYOUTS["Roll 62x29"], Texts("Pump", "SN-1")
		widest = int(58 / label_layout.FINEST_BAR)
		self.assertGreaterEqual(arrange(layout, widest, 1, texts).module, label_layout.FINEST_BAR)
		for columns, rows in ((widest + 1, 1), (200, 200)):
			with self.assertRaises(label_layout.CodeTooWideError):
				arrange(layout, columns, rows, texts)

	def test_every_number_there_can_be_fits_as_a_square_on_every_layout(self):
		for layout in LAYOUTS.values():
			for letter in ("9", "x", "é", "Я", "日"):
				for kind in (label.QR, label.DATA_MATRIX):
					code = label.of_unit(kind, letter * LONGEST)
					modules = code.modules()
					for dots in (None, *zpl.DOTS_PER_MM.values()):
						arrange(
							layout,
							len(modules[0]),
							len(modules),
							Texts("Pump", letter * LONGEST, DETAILS),
							dots,
						)

	def test_a_printer_gets_whole_dots(self):
		for dots in zpl.DOTS_PER_MM.values():
			module = arrange(LAYOUTS["Roll 62x29"], 150, 1, Texts("Pump", "SN-1"), dots).module * dots
			self.assertAlmostEqual(module, round(module))


class TestSvg(unittest.TestCase):
	def drawn(self, texts, layout=LAYOUTS["Roll 62x29"], kind=label.QR):
		modules = label.of_unit(kind, "SN-1").modules()
		placed = arrange(layout, len(modules[0]), len(modules), texts)
		return label_svg.svg(layout, placed, modules)

	def test_it_is_well_formed_and_holds_the_texts_whatever_they_are(self):
		for name in ("<script>alert(1)</script>", "a & b \"c\" 'd'", "]]>", "&lt;", "{{ 7 * 7 }}", "日本 ü"):
			root = ElementTree.fromstring(self.drawn(Texts(name, 'A&B"1')))
			self.assertEqual("".join("".join(root.itertext()).split()), "".join(f'{name}A&B"1'.split()), name)
			self.assertEqual(
				{element.tag.rpartition("}")[2] for element in root.iter()}, {"svg", "path", "text"}
			)

	def test_it_fetches_nothing(self):
		svg = self.drawn(Texts("https://example.com/a.png", "SN-1"))
		self.assertIsNone(re.search(r"href|src=|url\(|@import|<image|<use", svg))

	def test_a_line_that_fills_its_room_is_kept_inside_it_with_any_font(self):
		svg = self.drawn(Texts("W" * 60, "1"))
		root = ElementTree.fromstring(svg)
		(number,) = (e for e in root.iter("{http://www.w3.org/2000/svg}text") if e.text == "1")
		self.assertIsNone(number.get("textLength"))
		wide = next(e for e in root.iter("{http://www.w3.org/2000/svg}text") if e.text.startswith("WW"))
		self.assertLessEqual(int(wide.get("x")) + int(wide.get("textLength")), 6000)


class TestZpl(unittest.TestCase):
	def commands(self, kind, number="SN-1", gtin=GTIN, dpi=203, name="Pump", layout="Roll 62x29"):
		code = label.of_unit(kind, number, gtin)
		text = zpl.zpl(code, code.modules(), LAYOUTS[layout], Texts(name, number, DETAILS), dpi)
		self.assertTrue(text.startswith("^XA\n^CI28\n") and text.endswith("\n^XZ"), text)
		self.assertEqual(
			(text.count("^XA"), text.count("^XZ"), text.count("^FD") + text.count("^GF")),
			(1, 1, text.count("^FS")),
		)
		self.assertEqual(text.count("^FO"), text.count("^FS"))
		for x, y in re.findall(r"\^FO(-?\d+),(-?\d+)", text):
			dots = zpl.DOTS_PER_MM[dpi]
			self.assertTrue(
				0 <= int(x) < LAYOUTS[layout].label[0] * dots
				and 0 <= int(y) < LAYOUTS[layout].label[1] * dots
			)
		return text

	def test_each_kind_by_its_command(self):
		for kind, command in (
			(label.CODE_128, r"\^BY\d+\^BCN,\d+,N,N,N,A\^FH\\\^FDSN-1\^FS"),
			(label.QR, r"\^BQN,2,\d+\^FH\\\^FDMA,SN-1\^FS"),
			(label.DIGITAL_LINK, rf"\^BQN,2,\d+\^FH\\\^FDMA,https://id.gs1.org/01/{GTIN}/21/SN-1\^FS"),
			(label.DATA_MATRIX, rf"\^BXN,\d+,200,,,,_,1\^FH\\\^FD_101{GTIN}21SN-1\^FS"),
		):
			for layout in ("Roll 62x29", "Roll 100x50"):
				for dpi in zpl.DOTS_PER_MM:
					self.assertRegex(self.commands(kind, dpi=dpi, layout=layout), command)

	def test_the_size_of_the_paper_in_dots(self):
		for dpi, size in ((203, "^PW496^LL232"), (300, "^PW744^LL348"), (600, "^PW1488^LL696")):
			self.assertIn(size, self.commands(label.QR, dpi=dpi))

	def test_without_a_gtin_no_fnc1(self):
		self.assertIn("^FDSN-1^FS", self.commands(label.DATA_MATRIX, gtin=None).rpartition("^BX")[2])

	def test_no_text_becomes_a_command(self):
		number, name = "A^XZ~B_1\\C", "Pump ^FS^XZ ~JA \\5E ü"
		for kind in (label.CODE_128, label.QR, label.DATA_MATRIX):
			text = self.commands(kind, number, None, name=name)
			self.assertEqual(text.count("~"), 0)
			data = "".join(re.findall(r"\^FD(.*?)\^FS", text))
			self.assertNotIn("^", data)
			self.assertIn("A\\5EXZ\\7EB_1\\5CC", data)
			self.assertIn("\\C3\\BC", data)
		self.assertIn("A\\5EXZ\\7EB__1\\5CC", self.commands(label.DATA_MATRIX, number, None))

	@given(st.text(max_size=60))
	def test_field_data_read_as_a_printer_reads_it_is_the_text(self, text):
		data = zpl.field(text)
		self.assertTrue(data.isascii() and data.isprintable() and not {"^", "~"} & set(data), data)
		read = re.sub(rb"\\([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), data.encode())
		self.assertEqual(read.decode(), text)

	def test_codes_of_other_scripts_are_pictures(self):
		for kind in (label.QR, label.DATA_MATRIX):
			self.assertIn("^GFA,", self.commands(kind, "Серия-7"))
		self.assertIn("^GFA,", self.commands(label.CODE_128, "Größe-1"))

	def test_bars_fit_whatever_the_printer_makes_of_the_digits(self):
		number = "9" * 30  # pairs of digits would fit; one by one they do not
		code = label.of_unit(label.CODE_128, number)
		arrange(LAYOUTS["Roll 62x29"], len(code.modules()[0]), 1, Texts("Pump", number))
		with self.assertRaises(label_layout.CodeTooWideError):
			self.commands(label.CODE_128, number)
