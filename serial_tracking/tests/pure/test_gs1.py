"""GS1 codes read and written. No site needed."""

import datetime
import string
import time
from unittest import TestCase

from hypothesis import assume, given
from hypothesis import strategies as st

from serial_tracking.stock import gs1

GTIN = "09506000134352"
CHARACTERS_82 = string.ascii_letters + string.digits + "!\"%&'()*+,-./:;<=>?_"
serials = st.text(CHARACTERS_82, min_size=1, max_size=20)
# what two digits of a year can tell
dates = st.dates(datetime.date(2000, 1, 1), datetime.date(2070, 12, 31))


class TestWrittenAndRead(TestCase):
	def test_the_character_set_has_82(self):
		self.assertEqual(len(set(CHARACTERS_82)), 82)
		self.assertTrue(all(gs1.fits(c) for c in CHARACTERS_82))
		others = [chr(n) for n in range(256) if chr(n) not in CHARACTERS_82]
		self.assertFalse([c for c in others if gs1.fits(c)])
		self.assertFalse(gs1.fits("A" * 21) or gs1.fits(""))

	@given(serials, st.none() | st.just(GTIN), st.none() | dates)
	def test_an_element_string_says_what_was_put_in(self, number, gtin, date):
		code = gs1.parse("]d2" + gs1.element_string(number, gtin, date))
		self.assertEqual((code.number, code.gtin, code.end_of_life_date), (number, gtin, date))

	@given(serials, st.none() | dates)
	def test_no_mark_is_needed_where_a_gtin_comes_first(self, number, date):
		code = gs1.parse_unmarked(gs1.element_string(number, GTIN, date))
		self.assertEqual((code.number, code.gtin, code.end_of_life_date), (number, GTIN, date))

	@given(serials, st.none() | dates)
	def test_brackets_say_the_same_unless_the_number_has_them(self, number, date):
		assume(not gs1.BRACKETED_PART.search(number + "x"))
		code = gs1.parse(gs1.bracketed(number, GTIN, date))
		self.assertEqual((code.number, code.gtin, code.end_of_life_date), (number, GTIN, date))

	@given(
		serials,
		st.none() | dates,
		st.sampled_from([None, "example.com", "shop.example:8080", "example.com/a/b/"]),
	)
	def test_a_digital_link_says_the_same(self, number, date, domain):
		address = gs1.digital_link(number, GTIN, date, domain)
		self.assertTrue(address.startswith(f"https://{(domain or 'id.gs1.org').strip('/')}/01/{GTIN}/21/"))
		code = gs1.parse(address)
		self.assertEqual((code.number, code.gtin, code.end_of_life_date), (number, GTIN, date))

	def test_a_date_that_two_digits_cannot_tell_is_left_out(self):
		far = datetime.date(2199, 1, 1)
		self.assertEqual(gs1.element_string("A", GTIN, far), f"01{GTIN}21A")

	def test_what_ai_21_cannot_carry_is_not_written(self):
		for number in ("A B", "A" * 21, "Ü", ""):
			self.assertRaises(ValueError, gs1.element_string, number, GTIN)

	def test_written_out(self):
		date = datetime.date(2030, 12, 31)
		self.assertEqual(gs1.element_string("S1", GTIN, date), f"01{GTIN}1730123121S1")
		self.assertEqual(gs1.bracketed("S1", GTIN, date), f"(01){GTIN}(17)301231(21)S1")
		self.assertEqual(
			gs1.digital_link("S/1", GTIN, date), f"https://id.gs1.org/01/{GTIN}/21/S%2F1?17=301231"
		)


class TestRead(TestCase):
	@given(serials, st.text(CHARACTERS_82, min_size=1, max_size=20), st.sampled_from(gs1.SEPARATORS))
	def test_any_order_with_separators(self, number, batch, separator):
		for text in (
			f"]C101{GTIN}10{batch}{separator}21{number}{separator}17301231",
			f"]d2{separator}21{number}{separator}17301231{separator}10{batch}{separator}01{GTIN}",
		):
			code = gs1.parse(text)
			self.assertEqual((code.number, code.batch, code.gtin), (number, batch, GTIN))

	@given(
		st.text(string.ascii_letters, min_size=1, max_size=9),
		st.text(string.ascii_letters, min_size=1, max_size=9),
	)
	def test_swallowed_separators_leave_the_right_reading_among_few(self, number, batch):
		readings = gs1.other_readings(f"]d201{GTIN}17301231" + f"10{batch}21{number}")
		self.assertIn((number, batch), [(code.number, code.batch) for code in readings])
		self.assertLessEqual(len(readings), gs1.MOST_READINGS)

	def test_what_has_separators_or_brackets_can_be_read_in_one_way_only(self):
		for text in (
			f"]d201{GTIN}10L721A\x1d",
			f"(01){GTIN}(10)L721A",
			f"https://x.example/01/{GTIN}/10/L721A",
		):
			self.assertEqual(gs1.other_readings(text), [])

	def test_a_day_of_zeros_is_the_last_of_its_month(self):
		self.assertEqual(gs1.parse("(17)280200(21)A").end_of_life_date, datetime.date(2028, 2, 29))

	@given(st.text(max_size=60))
	def test_nothing_raises(self, text):
		for marked in (text, f"]C1{text}", f"]d201{GTIN}{text}", f"(21){text}", f"https://{text}"):
			gs1.is_marked(marked)
			gs1.parse(marked)
			gs1.other_readings(marked)
			gs1.spellings(marked)
			gs1.parse_unmarked(marked)

	def test_hostile_codes_are_answered_at_once(self):
		for text in (
			"]C1" + "21A\x1d" * 500_000,
			"]C1" + "1010" * 400,
			"]C110" + "21" * 900,
			"(21)" * 400,
			"(10)A" * 400,
			"https://x.example/" + "01/" * 600,
		):
			started = time.perf_counter()
			gs1.parse(text)
			gs1.other_readings(text[: gs1.LONGEST])
			self.assertLess(time.perf_counter() - started, 1, text[:20])


class TestGTIN(TestCase):
	def test_each_length_is_found_by_each_other(self):
		for a, b in (
			("9506000134352", GTIN),
			("042100005264", "00042100005264"),
			("042100005264", "0042100005264"),
			("96385074", "00000096385074"),
			("042100005264", "04252614"),
			("042100005264", "425261"),
		):
			self.assertIn(a, gs1.spellings(b))
		self.assertEqual(gs1.spellings("SN-1"), ["SN-1"])
		self.assertEqual(gs1.spellings("12"), ["12"])
		self.assertNotIn("34352", gs1.spellings(GTIN))

	def test_the_check_digit_counts(self):
		self.assertTrue(gs1.is_gtin(GTIN) and gs1.is_gtin("96385074"))
		for text in ("09506000134353", "9506", "", "ABCDEFGH", "٩٦٣٨٥٠٧٤"):
			self.assertFalse(gs1.is_gtin(text))
