"""Status, maintenance status, and what the moves of a unit say. No site needed."""

import datetime
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from serial_tracking.stock import ledger, status

TODAY = datetime.date(2026, 2, 28)
YESTERDAY, TOMORROW = TODAY - datetime.timedelta(1), TODAY + datetime.timedelta(1)


class TestStatus(TestCase):
	def test_in_stock(self):
		for on_hold, end_of_life, expected in (
			(0, None, "Available"),
			(0, TODAY, "Available"),
			(0, TOMORROW, "Available"),
			(0, YESTERDAY, "Expired"),
			(1, YESTERDAY, "On Hold"),
			(1, None, "On Hold"),
		):
			self.assertEqual(status.in_stock(on_hold, end_of_life, TODAY), expected)

	def test_maintenance(self):
		for warranty, amc, expected in (
			(None, None, None),
			(TODAY, None, "Under Warranty"),
			(TODAY, TOMORROW, "Under Warranty"),
			(YESTERDAY, TODAY, "Under AMC"),
			(YESTERDAY, YESTERDAY, "Out of AMC"),
			(YESTERDAY, None, "Out of Warranty"),
			(None, YESTERDAY, "Out of AMC"),
		):
			self.assertEqual(status.maintenance(warranty, amc, TODAY), expected)


def move(move_type, voucher_no, source=None, target=None, voucher_type="Stock Entry", party=None, rate=0):
	return {
		"move_type": move_type,
		"posting_datetime": datetime.datetime(2026, 1, 1, 8, 30),
		"from_warehouse": source,
		"to_warehouse": target,
		"voucher_type": voucher_type,
		"voucher_no": voucher_no,
		"party_type": None,
		"party": party,
		"party_name": party,
		"sales_invoice": voucher_no if voucher_type == "Sales Invoice" else None,
		"custodian": party if move_type == "Issued for Use" else None,
		"location": None,
		"rate": rate,
	}


bought = move("Received", "PR-1", target="W", voucher_type="Purchase Receipt", party="S", rate=9)
entered = move("Received", "SE-1", target="W", rate=3)
moved = move("Transferred", "SE-2", "W", "V", rate=9)
sold = move("Delivered", "DN-1", "V", voucher_type="Delivery Note", party="C", rate=9)
used = move("Consumed", "SE-3", "V", rate=9)
back = move("Returned", "DN-2", target="W", voucher_type="Delivery Note", party="C", rate=9)
invoiced = move("Delivered", "SI-1", "V", voucher_type="Sales Invoice", party="C", rate=9)
lent = move("Issued for Use", "SE-4", "V", party="U", rate=9)
any_moves = st.lists(st.sampled_from([bought, entered, moved, sold, used, back, invoiced, lent]), max_size=8)


class TestDerivedFacts(TestCase):
	@given(any_moves, any_moves)
	def test_a_move_more_is_one_step_of_the_same_fold(self, first, more):
		facts = ledger.derive(first)
		for step in more:
			facts = ledger.apply(facts, step)
		self.assertEqual(facts, ledger.derive(first + more))

	@given(any_moves)
	def test_a_unit_in_stock_has_no_customer(self, moves):
		facts = ledger.derive(moves)
		if facts["warehouse"]:
			self.assertIsNone(facts["customer"])

	def test_nothing_moved(self):
		self.assertEqual(ledger.derive([]), ledger.BLANK)

	def test_a_later_entry_does_not_touch_the_purchase(self):
		self.assertEqual(ledger.derive([bought, sold, entered])["purchase_document_no"], "PR-1")
		self.assertEqual(ledger.derive([bought, sold, entered])["valuation_rate"], 3)

	def test_a_later_purchase_does(self):
		facts = ledger.derive([entered, used, bought])
		self.assertEqual(
			(facts["purchase_document_no"], facts["supplier"], facts["purchase_rate"]), ("PR-1", "S", 9)
		)

	def test_the_first_entry_counts_for_what_was_never_bought(self):
		again = {**entered, "voucher_no": "SE-9"}
		self.assertEqual(ledger.derive([entered, used, again])["purchase_document_no"], "SE-1")

	def test_delivered_and_back(self):
		self.assertEqual(ledger.derive([bought, moved, sold])["customer"], "C")
		self.assertEqual(ledger.derive([bought, moved, sold])["last_warehouse"], "V")
		self.assertIsNone(ledger.derive([bought, moved, sold, entered])["delivery_document_no"])

	def test_a_return_touches_no_purchase(self):
		facts = ledger.derive([bought, moved, sold, back])
		self.assertEqual(
			(facts["purchase_document_no"], facts["supplier"], facts["customer"]), ("PR-1", "S", None)
		)
		self.assertIsNone(ledger.derive([back])["purchase_document_no"])

	def test_an_invoice_that_delivers_is_the_units_invoice_until_it_is_back(self):
		self.assertEqual(ledger.derive([bought, invoiced])["sales_invoice"], "SI-1")
		self.assertIsNone(ledger.derive([bought, invoiced, back])["sales_invoice"])

	def test_a_custodian_has_the_unit_until_its_next_move(self):
		self.assertEqual(ledger.derive([bought, lent])["custodian"], "U")
		self.assertIsNone(ledger.derive([bought, lent, entered])["custodian"])

	def test_the_units_of_a_receipt_are_those_not_gone_back_or_bought_anew(self):
		sent = move("Returned to Supplier", "PR-2", "W", voucher_type="Purchase Receipt")
		anew = {**bought, "voucher_no": "PR-3"}
		for moves, there in (
			([bought], True),
			([bought, sold, back], True),
			([bought, sold, entered], True),
			([bought, sent], False),
			([bought, sent, entered], False),
			([bought, sent, anew], False),
			([entered], False),
		):
			moves = [{**step, "serial_no": "N"} for step in moves]
			self.assertEqual(ledger.units_of(moves, "Purchase Receipt", "PR-1"), {"N"} if there else set())

	def test_a_time_of_day_is_the_same_however_the_database_says_it(self):
		for value in (
			datetime.time(8, 5, 1, 20),
			datetime.timedelta(hours=8, minutes=5, seconds=1, microseconds=20),
			"08:05:01.000020",
			"8:05:01.000020",
			datetime.datetime(2026, 1, 1, 8, 5, 1, 20),
		):
			self.assertEqual(ledger.time_text(value), "08:05:01.000020")
		self.assertIsNone(ledger.time_text(None))
