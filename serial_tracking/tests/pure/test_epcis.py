"""EPCIS documents from plain values: times with their offsets, identifiers, what is commissioned."""

import unittest
from datetime import datetime
from zoneinfo import ZoneInfo

from serial_tracking.stock import epcis
from serial_tracking.stock.gtin import gtin14

BERLIN = epcis.Site("https://example.com/", ZoneInfo("Europe/Berlin"))


def times(zone, *naive):
	site = epcis.Site("https://example.com", ZoneInfo(zone))
	return [site.time(datetime.fromisoformat(text)).isoformat() for text in naive]


class TestTimes(unittest.TestCase):
	def test_summer_and_winter_have_their_own_offset(self):
		self.assertEqual(
			times("Europe/Berlin", "2026-01-15T12:00:00", "2026-07-15T12:00:00"),
			["2026-01-15T12:00:00+01:00", "2026-07-15T12:00:00+02:00"],
		)

	def test_of_an_hour_that_comes_twice_the_first_is_meant(self):
		self.assertEqual(times("Europe/Berlin", "2026-10-25T02:30:00"), ["2026-10-25T02:30:00+02:00"])

	def test_a_time_that_no_clock_showed_counts_on_from_before(self):
		self.assertEqual(times("Europe/Berlin", "2026-03-29T02:30:00"), ["2026-03-29T02:30:00+01:00"])

	def test_offsets_of_quarter_hours_and_of_the_far_east_and_west(self):
		self.assertEqual(
			times("Asia/Kathmandu", "2026-01-01T00:00:00")
			+ times("Pacific/Kiritimati", "2026-01-01T00:00:00")
			+ times("America/St_Johns", "2026-01-01T00:00:00")
			+ times("UTC", "2026-01-01T00:00:00"),
			[
				"2026-01-01T00:00:00+05:45",
				"2026-01-01T00:00:00+14:00",
				"2026-01-01T00:00:00-03:30",
				"2026-01-01T00:00:00+00:00",
			],
		)

	def test_an_offset_of_old_times_is_rounded_to_minutes(self):
		self.assertEqual(times("Europe/Berlin", "1890-01-01T00:00:00"), ["1890-01-01T00:00:00+00:53"])


class TestCommissioning(unittest.TestCase):
	MOVE = {"creation": datetime(2026, 1, 10)}  # noqa: RUF012

	def commissions(self, *earlier):
		keys = ("move_type", "is_cancelled", "modified")
		return epcis.commissions(self.MOVE, [dict(zip(keys, move, strict=True)) for move in earlier])

	def test_the_first_move_commissions(self):
		self.assertTrue(self.commissions())

	def test_what_has_come_before_is_not_commissioned_again(self):
		day = datetime(2026, 1, 1)
		self.assertFalse(self.commissions(("Received", 0, day), ("Delivered", 0, day)))

	def test_what_was_used_up_is(self):
		day = datetime(2026, 1, 1)
		for ended in ("Issued", "Consumed"):
			self.assertTrue(self.commissions(("Received", 0, day), (ended, 0, day)))

	def test_what_was_cancelled_by_then_does_not_count(self):
		before, after = datetime(2026, 1, 9), datetime(2026, 1, 11)
		self.assertTrue(self.commissions(("Received", 1, before)))
		self.assertFalse(self.commissions(("Received", 1, after)))


class TestIdentifiers(unittest.TestCase):
	def test_a_site_may_lie_at_a_path(self):
		site = epcis.Site("https://example.com/erp/", ZoneInfo("UTC"))
		self.assertEqual(site.epc("A B", "1/2"), "https://example.com/erp/obj/A%20B/1%2F2")

	def test_ai_21_holds_twenty_characters_of_its_set(self):
		site = epcis.Site("https://example.com", ZoneInfo("UTC"), gtins={"I": "04006381333931"})
		for number, fits in {
			"A" * 20: True, "A" * 21: False, "": False, "a/b%c": True, "a b": False, "a#b": False, "ä": False,
			"a@b": False, "a~b": False, "a\"b": True, "a\nb": False, "A\n": False,
		}.items():  # fmt: skip
			with self.subTest(number):
				self.assertEqual(site.epc("I", number).startswith("https://id.gs1.org/01/"), fits)

	def test_the_gtin_of_a_unit(self):
		def gtin(barcode, barcode_type=None, uom=None):
			row = {"barcode": barcode, "barcode_type": barcode_type, "uom": uom}
			return gtin14([row], "Nos")

		self.assertEqual(gtin(" 4006381333931 ", "EAN", "Nos"), "04006381333931")
		for barcode in ("4006381333932", "400638133393", "ABC", "", None, "٤٠٠٦٣٨١٣٣٣٩٣١", "2000000000008"):
			self.assertIsNone(gtin(barcode), barcode)
		self.assertIsNone(gtin("4006381333931", "Code 39"))
		self.assertIsNone(gtin("4006381333931", uom="Box"))
