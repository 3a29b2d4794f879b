"""The table of hostile input against the text engine alone: what it gives, how long it takes, what memory."""

import time
import tracemalloc
import unittest

from serial_tracking.stock import entry_text
from serial_tracking.tests.hostile import FORMAT, LIMIT, MEGABYTES, SECONDS_WHEN_BUSY, TEXTS


class TestHostileText(unittest.TestCase):
	def test_each_text_means_what_the_table_says_in_no_time(self):
		for name, (text, outcome) in TEXTS.items():
			with self.subTest(name):
				started = time.process_time()
				found = meaning(text)
				seconds = time.process_time() - started
				self.assertEqual(found, outcome)
				self.assertLess(seconds, SECONDS_WHEN_BUSY)

	def test_none_takes_much_memory(self):
		for name, (text, _outcome) in TEXTS.items():
			with self.subTest(name):
				tracemalloc.start()
				try:
					meaning(text)
					peak = tracemalloc.get_traced_memory()[1] / 1e6
				finally:
					tracemalloc.stop()
				self.assertLess(peak, MEGABYTES)


def meaning(text: str) -> list[str] | str:
	entry = entry_text.parse(text)
	if entry.problems:
		return FORMAT
	return LIMIT if entry.count > entry_text.MOST_UNITS else entry.numbers()
