"""When two numbers are the same, and which are refused. No site needed."""

import unicodedata
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from serial_tracking.stock import number

allowed = st.text(
	st.characters(max_codepoint=0xFFFF).filter(lambda c: not unicodedata.category(c).startswith("C")),
	min_size=1,
	max_size=40,
)
ascii_words = st.characters(max_codepoint=127).filter(lambda c: unicodedata.category(c)[0] in "LNP")


class TestKey(TestCase):
	@given(allowed)
	def test_the_key_of_a_key_is_itself(self, text):
		self.assertEqual(number.key(number.key(text)), number.key(text))

	@given(allowed)
	def test_how_a_number_is_composed_does_not_matter(self, text):
		self.assertEqual(
			number.key(unicodedata.normalize("NFD", text)), number.key(unicodedata.normalize("NFC", text))
		)

	@given(st.text(ascii_words, min_size=1))
	def test_ascii_takes_the_same_way_as_the_rest(self, text):
		self.assertEqual(number.key(text), number._fold(text))

	def test_alike(self):
		for one, other in (
			("abc", "ABC"),
			("straße", "STRASSE"),
			("É", "e"),
			("ﬁ", "FI"),
			("Ａ１", "a1"),
			("İ", "i"),
		):
			self.assertEqual(number.key(one), number.key(other))
		for one, other in (("A1", "A01"), ("A-1", "A1"), ("O", "0"), ("A/1", "A.1")):
			self.assertNotEqual(number.key(one), number.key(other))


class TestProblem(TestCase):
	def test_what_is_refused(self):
		for text, reason in (
			("", "empty"),
			("\u0301", "empty"),
			("X" * 101, "too_long"),
			("A\x00B", "control_character"),
			("A\x7f", "control_character"),
			("A\u200bB", "control_character"),
			("\u202eAB", "control_character"),
			("A\u2028B", "control_character"),
			("A<B", "angle_bracket"),
			("é>", "angle_bracket"),
			("A😀", "outside_plane"),
			("٣٤", "foreign_digit"),
			("१२", "foreign_digit"),
		):
			with self.subTest(text):
				self.assertEqual(number.problem(text), reason)

	def test_what_survives(self):
		for text in (
			"A",
			"X" * 100,
			"AB-12/3.4+5",
			"N° 7",
			"序列-1",
			"a b",
			"'; DROP TABLE --",
			"&amp;",
			"%s",
		):
			self.assertIsNone(number.problem(text), text)


class TestQualified(TestCase):
	@given(
		st.text(min_size=1, max_size=100),
		st.text(min_size=1, max_size=140),
		st.text(min_size=1, max_size=140),
	)
	def test_it_fits_and_tells_items_apart(self, text, one, other):
		names = number.qualified(text, one), number.qualified(text, other)
		self.assertLessEqual(max(map(len, names)), number.NAME_LENGTH)
		self.assertEqual(names[0] == names[1], one == other)
