"""Holiday lists: weekly offs, holidays of countries, and days that cannot be."""

import datetime

import frappe

from serial_tracking.exceptions import HolidayListError
from serial_tracking.tests.factories import StockTestCase

YEAR = {"from_date": "2027-01-01", "to_date": "2027-12-31"}


class TestHolidayList(StockTestCase):
	def list_of(self, *days, **values):
		rows = [{"holiday_date": day} for day in days]
		name = frappe.generate_hash(length=8)
		values = {"doctype": "Holiday List", "holiday_list_name": name, **YEAR, "holidays": rows, **values}
		return frappe.get_doc(values)

	def test_days_are_counted_and_sorted(self):
		doc = self.list_of("2027-05-01", "2027-01-06").insert()
		self.assertEqual([str(row.holiday_date) for row in doc.holidays], ["2027-01-06", "2027-05-01"])
		self.assertEqual(doc.total_holidays, 2)

	def test_what_cannot_be_is_refused(self):
		for words, doc in {
			"before it begins": self.list_of(from_date="2028-01-01"),
			"not between": self.list_of("2026-12-31", "2027-01-01"),
			"named twice: 01-06-2027": self.list_of("2027-01-06", "2027-01-06"),
		}.items():
			with self.subTest(words):
				self.assert_refused(HolidayListError, doc.insert, mentions=(words.split(":")[0],))
		self.list_of("2027-01-01", "2027-12-31").insert()
		self.assert_refused(frappe.MandatoryError, self.list_of(None).insert)

	def test_weekly_offs_are_added_once(self):
		doc = self.list_of("2027-01-03", weekly_off="Sunday")
		doc.add_weekly_offs()
		doc.weekly_off = "Saturday"
		doc.add_weekly_offs()
		doc.add_weekly_offs()
		doc.insert()
		weekdays = {row.holiday_date.weekday() for row in doc.holidays}
		self.assertEqual((weekdays, doc.total_holidays), ({5, 6}, 104))
		self.assertEqual(sum(row.weekly_off for row in doc.holidays), 103)
		self.assertEqual({row.description for row in doc.holidays}, {"Saturday", "Sunday", None})
		doc.weekly_off = None
		self.assert_refused(frappe.MandatoryError, doc.add_weekly_offs)

	def days(self, doc):
		return {str(row.holiday_date): row.description for row in doc.holidays}

	def test_holidays_of_a_country_and_of_a_part_of_it(self):
		doc = self.list_of(country="Germany", to_date="2028-12-31")
		doc.add_local_holidays()
		self.assertEqual(self.days(doc)["2027-10-03"], "German Unity Day")
		self.assertIn("2028-04-14", self.days(doc))  # Good Friday
		self.assertNotIn("2027-11-01", self.days(doc))
		before = len(doc.holidays)
		doc.subdivision = "BY"
		doc.add_local_holidays()
		self.assertIn("2027-11-01", self.days(doc))
		doc.insert()
		self.assertGreater(doc.total_holidays, before)

	def test_in_the_language_of_the_user(self):
		doc, language = self.list_of(country="Germany"), frappe.local.lang
		try:
			frappe.local.lang = "de"
			doc.add_local_holidays()
		finally:
			frappe.local.lang = language
		self.assertEqual(self.days(doc)["2027-10-03"], "Tag der Deutschen Einheit")
		try:
			frappe.local.lang = "xx"
			doc = self.list_of(country="Norway", to_date="2028-12-31")
			doc.add_local_holidays()
		finally:
			frappe.local.lang = language
		self.assertEqual(self.days(doc)["2028-05-17"], "Grunnlovsdag")

	def test_parts_of_a_country_are_offered(self):
		doc = self.list_of(country="Germany")
		offered = {part["value"]: part["label"] for part in doc.get_subdivisions()}
		self.assertLessEqual({"BE", "BY", "NW", "TH"}, set(offered))
		self.assertIn("BY", offered["BY"])
		self.assertEqual(self.list_of().get_subdivisions(), [])

	def test_what_is_not_known(self):
		for values in ({"country": "Germany", "subdivision": "Atlantis"}, {"country": "North Korea"}):
			self.assert_refused(HolidayListError, self.list_of(**values).add_local_holidays)
		self.assert_refused(frappe.MandatoryError, self.list_of().add_local_holidays)
		endless = self.list_of(country="Germany", to_date="9999-12-31")
		self.assert_refused(HolidayListError, endless.add_local_holidays, mentions=("50",))

	def test_only_who_may_write_fills_a_list(self):
		doc = self.list_of(weekly_off="Sunday", country="Germany").insert()
		frappe.set_user("Guest")
		for call in (doc.add_weekly_offs, doc.add_local_holidays, doc.get_subdivisions):
			self.assert_refused(frappe.PermissionError, call)

	def test_a_list_of_one_day(self):
		doc = self.list_of(from_date="2028-02-29", to_date="2028-02-29", weekly_off="Tuesday")
		doc.add_weekly_offs()
		self.assertEqual([row.holiday_date for row in doc.holidays], [datetime.date(2028, 2, 29)])
