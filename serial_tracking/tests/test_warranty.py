"""Warranty through the whole life of a unit, and what a replacement takes over (DOMAIN 4 and 8)."""

import frappe
from frappe.utils import add_days, getdate

from serial_tracking.api.claims import replace_unit
from serial_tracking.stock import holds
from serial_tracking.tests.factories import StockTestCase, make, make_item, row, settings, text, voucher

PERIOD = 365


class WarrantyTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(warranty_period=PERIOD)
		self.today = getdate()

	def day(self, days):
		"""A day in the past, or to come."""
		return add_days(self.today, days)

	def at(self, days):
		return {"posting_date": str(self.day(days)), "posting_time": "09:00:00"}

	def take_back(self, note, *numbers, warehouse=None, **values):
		line = row(
			note.items[0].item_code, -len(numbers), warehouse=warehouse or self.shop, serial_no=text(numbers)
		)
		values = {"customer": note.customer, "return_against": note.name, **values}
		return voucher("Delivery Note", [line], is_return=1, **values)

	def claim(self, serial_no, days=0, **values):
		values = {"complaint": "It does not start", "complaint_date": str(self.day(days)), **values}
		return frappe.get_doc({"doctype": "Warranty Claim", "serial_no": serial_no, **values}).insert()

	def warranty(self, name):
		return frappe.db.get_value("Serial No", name, "warranty_expiry_date")

	def cancel(self, doc):
		frappe.get_doc(doc.doctype, doc.name).cancel()


class TestWholeLife(WarrantyTestCase):
	"""Receive, deliver, transfer back by return, resell; then cancel each step backwards."""

	def live(self):
		"""The steps of a life, and what the warranty date is after each."""
		receipt = self.receive(self.item, "L", **self.at(-100))
		yield receipt
		first = self.deliver(self.item, "L", **self.at(-90))
		yield first
		back = self.take_back(first, "L", **self.at(-60))
		yield back
		yield self.transfer(self.item, "L", source=self.shop, target=self.stores, **self.at(-50))
		yield self.deliver(self.item, "L", **self.at(-30))

	def assert_life(self, before, expected):
		steps, after = [], []
		for step in self.live():
			steps.append(step)
			after.append(self.warranty("L"))
			self.assert_audit_clean()
		self.assertEqual(after, expected)
		for step, date in zip(reversed(steps), reversed([before, *expected[:-1]]), strict=True):
			self.cancel(step)
			self.assertEqual(self.warranty("L"), date, step.doctype)
			self.assert_audit_clean()

	def test_a_later_sale_starts_it_anew(self):
		sold, sold_again = self.day(-90 + PERIOD), self.day(-30 + PERIOD)
		self.assert_life(None, [None, sold, sold, sold, sold_again])

	def test_a_later_sale_does_not_where_the_first_delivery_counts(self):
		settings(warranty_starts_on="First Delivery")
		sold = self.day(-90 + PERIOD)
		self.assert_life(None, [None, sold, sold, sold, sold])

	def test_a_cancelled_first_delivery_was_none(self):
		settings(warranty_starts_on="First Delivery")
		self.receive(self.item, "L", **self.at(-100))
		self.cancel(self.deliver(self.item, "L", **self.at(-90)))
		self.deliver(self.item, "L", **self.at(-30))
		self.assertEqual(self.warranty("L"), self.day(-30 + PERIOD))

	def test_a_date_that_was_typed_comes_back(self):
		unit = frappe.get_doc({"doctype": "Serial No", "serial_no": "L", "item_code": self.item})
		unit.warranty_expiry_date = typed = self.day(500)
		unit.insert()
		sold, sold_again = self.day(-90 + PERIOD), self.day(-30 + PERIOD)
		self.assert_life(typed, [typed, sold, sold, sold, sold_again])

	def test_an_item_without_a_period_leaves_the_date_as_it_is(self):
		self.item = make_item()
		unit = frappe.get_doc({"doctype": "Serial No", "serial_no": "L", "item_code": self.item})
		unit.warranty_expiry_date = typed = self.day(500)
		unit.insert()
		self.assert_life(typed, [typed] * 5)

	def test_the_status_follows_the_date(self):
		self.item = make_item(warranty_period=40)
		seen = []
		for _step in self.live():
			seen.append(self.unit("L").maintenance_status or None)
		self.assertEqual(seen, [None, *["Out of Warranty"] * 3, "Under Warranty"])


class TestReplacement(WarrantyTestCase):
	"""A unit sold 90 days ago is replaced today."""

	def setUp(self):
		super().setUp()
		self.receive(self.item, ["OLD", "NEW", "NEXT"], **self.at(-100))
		self.note = self.deliver(self.item, "OLD", **self.at(-90))
		self.sold = self.day(-90 + PERIOD)

	def replace(self, claim, number="NEW", **values):
		made = replace_unit(claim.name, number, self.shop, **values)
		claim.reload()
		return frappe.get_doc("Delivery Note", made["delivery_note"]), made["return"]

	def test_the_new_unit_takes_over_what_is_left(self):
		claim = self.claim("OLD")
		note, _back = self.replace(claim)
		self.assertEqual((self.warranty("NEW"), self.warranty("OLD")), (self.sold, self.sold))
		self.assert_unit(
			"NEW", status="Delivered", customer=self.customer, maintenance_status="Under Warranty"
		)
		self.assertEqual(note.warranty_claim, claim.name)
		self.assert_audit_clean()

	def test_or_starts_its_own_where_the_settings_say_so(self):
		settings(carry_warranty_to_replacement=0)
		self.replace(self.claim("OLD"))
		self.assertEqual(self.warranty("NEW"), self.day(PERIOD))

	def test_what_has_run_out_stays_out(self):
		item = make_item(warranty_period=30)
		self.receive(item, ["SHORT", "OTHER"], **self.at(-100))
		self.deliver(item, "SHORT", **self.at(-90))
		claim = self.claim("SHORT")
		self.assertIn("Out of warranty since", claim.coverage)
		self.replace(claim, "OTHER")
		self.assert_unit("OTHER", warranty_expiry_date=self.day(-60), maintenance_status="Out of Warranty")

	def test_a_unit_without_a_date_leaves_the_new_one_its_own_rule(self):
		frappe.db.set_value("Serial No", "OLD", "warranty_expiry_date", None)
		self.replace(self.claim("OLD"))
		self.assertEqual(self.warranty("NEW"), self.day(PERIOD))

	def test_it_is_carried_whichever_delivery_starts_a_warranty(self):
		settings(warranty_starts_on="First Delivery")
		first = self.deliver(self.item, "NEW", **self.at(-20))
		self.take_back(first, "NEW", warehouse=self.stores, **self.at(-10))
		self.replace(self.claim("OLD"))
		self.assertEqual(self.warranty("NEW"), self.sold)

	def test_each_step_backwards_gives_back_what_was(self):
		claim = self.claim("OLD")
		self.unit("NEW").update({"warranty_expiry_date": self.day(7)}).save()
		note, back = self.replace(claim)
		self.cancel(note)
		self.assert_unit("NEW", status="Available", warranty_expiry_date=self.day(7))
		self.assert_unit("OLD", status="On Hold", warehouse=self.shop, warranty_expiry_date=self.sold)
		self.assert_audit_clean()
		self.cancel(frappe.get_doc("Delivery Note", back))
		self.assert_unit(
			"OLD", status="Delivered", customer=self.customer, on_hold=0, warranty_expiry_date=self.sold
		)
		self.assert_audit_clean()
		self.cancel(self.note)
		self.assert_unit("OLD", status="Available", warehouse=self.stores, warranty_expiry_date=None)
		self.assert_audit_clean()

	def test_a_replacement_is_replaced_in_turn(self):
		self.replace(self.claim("OLD"))
		note, back = self.replace(self.claim("NEW"), "NEXT")
		self.assertEqual(self.warranty("NEXT"), self.sold)
		self.cancel(note)
		self.cancel(frappe.get_doc("Delivery Note", back))
		self.assertEqual((self.warranty("NEXT"), self.warranty("NEW")), (None, self.sold))
		self.assert_audit_clean()

	def test_a_later_sale_of_the_repaired_unit_does_not_count(self):
		claim = self.claim("OLD")
		note, _back = self.replace(claim)
		self.cancel(note)
		# repaired and sold again before the replacement is delivered anew
		holds.release(["OLD"])
		other = make("Customer", customer_name="Another Customer")
		line = row(self.item, 1, warehouse=self.shop, serial_no="OLD")
		voucher("Delivery Note", [line], customer=other)
		self.assertEqual(self.warranty("OLD"), self.day(PERIOD))
		amended = frappe.copy_doc(note)
		amended.update({"amended_from": note.name, "warranty_claim": claim.name})
		amended.insert().submit()
		self.assertEqual(self.warranty("NEW"), self.sold)
		claim.reload()
		self.assertEqual(claim.replacement_delivery_note, amended.name)
		self.assert_audit_clean()

	def test_a_resold_replacement_follows_the_settings(self):
		note, _back = self.replace(self.claim("OLD"))
		self.take_back(note, "NEW", warehouse=self.stores)
		again = self.deliver(self.item, "NEW")
		self.assertEqual(self.warranty("NEW"), self.day(PERIOD))
		self.cancel(again)
		self.assertEqual(self.warranty("NEW"), self.sold)
