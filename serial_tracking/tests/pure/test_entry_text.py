"""What a serial number box means. No site needed."""

import datetime
import string
import time
import tracemalloc
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from serial_tracking.stock import entry_text, gs1

plain = st.text(string.ascii_letters + string.digits + "-/_.+ ", min_size=1, max_size=20).filter(
	lambda t: t == t.strip() and ".." not in t and not entry_text.COUNT.match(t) and not gs1.is_marked(t)
)


def numbers(text):
	entry = entry_text.parse(text)
	assert not entry.problems, entry.problems
	return entry.numbers()


class TestLists(TestCase):
	@given(st.lists(plain), st.sampled_from(["\n", "\r\n", "\r", ",", "\t", " ,\n", "\n\n \n"]))
	def test_any_separator_gives_the_same_numbers(self, wanted, separator):
		self.assertEqual(numbers(separator.join(wanted)), wanted)

	@given(st.text(max_size=200))
	def test_nothing_typed_raises_and_the_canonical_form_is_stable(self, text):
		entry = entry_text.parse(text)
		if not entry.problems and entry.count <= 1000:
			canonical = entry_text.canonical(entry.numbers())
			self.assertEqual(entry_text.parse(canonical).numbers(), entry.numbers())

	def test_signs_inside_a_number_survive(self):
		for text in ("AB+12", "A-B.C/D", "1e5", "SN-0001-X", "a b", "#7", "A.B", "+5", "A+ 5"):
			self.assertEqual(numbers(text), [text])


class TestRangesAndCounts(TestCase):
	@given(
		st.sampled_from(["SN", "A-", "", "X1Y"]),
		st.integers(0, 9000),
		st.integers(0, 300),
		st.sampled_from(["", "-Z", "/b"]),
	)
	def test_a_range_has_all_between_its_ends(self, prefix, first, more, suffix):
		spell = lambda n: f"{prefix}{n:06d}{suffix}"  # noqa: E731
		wanted = [spell(n) for n in range(first, first + more + 1)]
		self.assertEqual(numbers(f"{wanted[0]}..{wanted[-1]}"), wanted)
		self.assertEqual(numbers(f"{wanted[0]} +{more}"), wanted)

	def test_written_out(self):
		for text, wanted in (
			("SN0001..SN0003", ["SN0001", "SN0002", "SN0003"]),
			("SN0001 .. SN0002", ["SN0001", "SN0002"]),
			("S100..S102", ["S100", "S101", "S102"]),
			("S100..S200", [f"S{n}" for n in range(100, 201)]),
			("A1-01..A3-01", ["A1-01", "A2-01", "A3-01"]),
			("A1..A1", ["A1"]),
			("099 +2", ["099", "100", "101"]),
			("99 +1", ["99", "100"]),
			("SN1 +0", ["SN1"]),
			("A1..A2,B7\nC1 +1", ["A1", "A2", "B7", "C1", "C2"]),
		):
			with self.subTest(text):
				self.assertEqual(numbers(text), wanted)

	def test_broken_ones_are_told(self):
		for text, reason in (
			("A9..A1", "range_reversed"),
			("A1..A10", "range_width"),
			("A1..B2", "range_ends_differ"),
			("A1B1..A2B2", "range_ends_differ"),
			("A..B", "range_ends_differ"),
			("A1..A2..A3", "range_malformed"),
			("..A3", "range_malformed"),
			("A..", "range_malformed"),
			("..", "range_malformed"),
			("AB +5", "count_without_digits"),
			("A1..A١", "range_ends_differ"),
			("X" * 101 + "1.." + "X" * 101 + "2", "too_long"),
		):
			with self.subTest(text):
				self.assertEqual(entry_text.parse(text).problems, [(text, reason)])

	def test_a_range_of_a_billion_costs_nothing_until_it_is_spelt_out(self):
		tracemalloc.start()
		started = time.perf_counter()
		entry = entry_text.parse("A0000000000..A0999999999\nB1 +99999999999999999999")
		self.assertLess(time.perf_counter() - started, 1)
		self.assertLess(tracemalloc.get_traced_memory()[1], 1_000_000)
		tracemalloc.stop()
		self.assertEqual(entry.count, 1_000_000_000)  # what comes after is not read


class TestCanonical(TestCase):
	def test_what_is_stored_is_read_back_as_it_is(self):
		for text in ("X1 +1..X1 +5", "(98) +5", "A,,B\t C +3", "+5", "a +b", "1..3", "SN-01/2+3 +2"):
			with self.subTest(text):
				entry = entry_text.parse(text)
				if not entry.problems:
					self.assertEqual(entry_text.parse("\n".join(entry.numbers())).numbers(), entry.numbers())

	def test_endless_digits_are_told(self):
		for text in ("A1 +" + "9" * 5000, "1" * 5000 + " +1", "1" * 5000):
			self.assertEqual([r for _t, r in entry_text.parse(text).problems], ["too_long"])

	def test_a_number_from_elsewhere_must_fit_a_box(self):
		for number in ("A,B", "A..B", "A +5", "(01)95", " A", "]C1A", "X" * 101, ""):
			self.assertTrue(entry_text.problem(number), number)
		for number in ("A+5", "A.B", "A B", "(A)", "R&D-1"):
			self.assertIsNone(entry_text.problem(number), number)


class TestGS1(TestCase):
	GTIN = "09506000134352"

	def test_all_ways_of_writing_it(self):
		for text in (
			f"(01){self.GTIN}(21)AB/C1(17)261231(10)L7",
			f"]C101{self.GTIN}17261231" + "10L7\x1d21AB/C1",
			f"]d201{self.GTIN}17261231" + "21AB/C1\x1d10L7",
			f"01{self.GTIN}17261231" + "10L7\x1d21AB/C1",
			f"https://id.gs1.org/01/{self.GTIN}/10/L7/21/AB%2FC1?17=261231",
			f"]Q3https://example.com/01/{self.GTIN}/10/L7/21/AB%2FC1?17=261231",
		):
			with self.subTest(text):
				entry = entry_text.parse(text)
				self.assertEqual((entry.problems, entry.numbers()), ([], ["AB/C1"]))
				scanned = entry.scanned[0]
				self.assertEqual((scanned.gtin, scanned.batch), (self.GTIN, "L7"))
				self.assertEqual(scanned.end_of_life_date, datetime.date(2026, 12, 31))

	def test_several_in_one_line(self):
		self.assertEqual(numbers("A1, (21)A2\t]C121A3"), ["A1", "A2", "A3"])

	def test_a_scanned_number_keeps_its_comma_when_it_is_saved_again(self):
		for number in ("A,B", "A..C", "(01)95", "A,(10)B", "A,1 +5"[:3], "http://x", ",", "(", "()(21)"):
			with self.subTest(number):
				entry = entry_text.parse(f"]d221{number}")
				self.assertEqual((entry.problems, entry.numbers()), ([], [number]))
				text = entry_text.canonical(["X1", *entry.numbers(), "X2"])
				again = entry_text.parse(text)
				self.assertEqual((again.problems, again.numbers()), ([], ["X1", number, "X2"]))
				self.assertEqual(entry_text.canonical(again.numbers()), text)

	def test_ordinary_numbers_stand_in_a_box_as_they_are(self):
		numbers = ["A1", "A/B", "A(10)", "A+5", "1.5", "Ünï"]
		self.assertEqual(entry_text.canonical(numbers), "\n".join(numbers))
		self.assertEqual(entry_text.canonical(["A,B"]), "(21)A,B")

	def test_the_identifier_that_a_scanner_sends_is_no_part_of_the_number(self):
		self.assertEqual(numbers("]C0SN1\n]Q1SN2, ]A0SN3"), ["SN1", "SN2", "SN3"])
		self.assertEqual(numbers("]Q1https://example.com/01/09506000134352/21/SN4"), ["SN4"])

	def test_a_bare_digit_string_is_a_number(self):
		self.assertEqual(numbers(f"01{self.GTIN}21123"), [f"01{self.GTIN}21123"])

	def test_broken_ones_are_told(self):
		for text, reason in (
			(f"(01){self.GTIN}", "gs1_without_serial"),
			("(01)123(21)A", "gs1_unreadable"),
			("]C1zzz", "gs1_unreadable"),
			("https://example.com/about", "gs1_unreadable"),
			(f"(01){self.GTIN}(21)A<B", "angle_bracket"),
			("(21)A1, (21)A2", "gs1_unreadable"),  # two codes in one line: not one of them
			("(21)" + "A" * 21, "gs1_unreadable"),
			(f"(01){self.GTIN}(21)A<B(17)269931", "gs1_unreadable"),
		):
			with self.subTest(text):
				self.assertEqual([reason], [r for _t, r in entry_text.parse(text).problems])
