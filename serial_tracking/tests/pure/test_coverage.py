import datetime
import unittest

from serial_tracking.service.coverage import contract_on, warranty_on


def day(text):
	return datetime.date.fromisoformat(text) if text else None


def contract(start, end, previous=None, schedule="S1"):
	return {
		"start_date": day(start),
		"end_date": day(end),
		"previous_amc_expiry_date": day(previous),
		"maintenance_schedule": schedule,
	}


FIRST = contract("2025-01-01", "2025-12-31", "2024-06-30")
SECOND = contract("2026-01-01", "2026-12-31", "2025-12-31", "S2")


class TestContract(unittest.TestCase):
	def on(self, text, contracts, stored="2026-12-31"):
		end, schedule = contract_on(day(stored), contracts, day(text))
		return end and end.isoformat(), schedule

	def test_what_is_typed_counts_where_there_is_no_contract(self):
		self.assertEqual(self.on("2026-05-01", [], "2026-03-31"), ("2026-03-31", None))
		self.assertEqual(self.on("2026-05-01", [], None), (None, None))

	def test_a_contract_counts_from_its_first_day(self):
		both = [FIRST, SECOND]
		self.assertEqual(self.on("2024-12-31", both), ("2024-06-30", None))
		self.assertEqual(self.on("2025-01-01", both), ("2025-12-31", "S1"))
		self.assertEqual(self.on("2025-12-31", both), ("2025-12-31", "S1"))
		self.assertEqual(self.on("2026-01-01", both), ("2026-12-31", "S2"))

	def test_an_ended_contract_is_the_last_that_there_was(self):
		self.assertEqual(self.on("2027-02-01", [FIRST, SECOND]), ("2026-12-31", "S2"))
		self.assertEqual(self.on("2026-02-01", [FIRST], "2025-12-31"), ("2025-12-31", "S1"))

	def test_a_date_typed_since_is_believed(self):
		self.assertEqual(self.on("2026-02-01", [FIRST], "2026-06-30"), ("2026-06-30", "S1"))


class TestWarranty(unittest.TestCase):
	def test_a_later_sale_is_not_known_yet(self):
		later = [
			{"previous_warranty_expiry_date": day("2025-03-01")},
			{"previous_warranty_expiry_date": None},
		]
		self.assertEqual(warranty_on(day("2027-01-01"), later), day("2025-03-01"))

	def test_without_one_the_stored_date_counts(self):
		self.assertEqual(warranty_on(day("2027-01-01"), []), day("2027-01-01"))
