"""Scanned codes: what they are found to be, and what becomes of scanned numbers in vouchers."""

import frappe

from serial_tracking.api import serials as serials_api
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.tests.factories import StockTestCase, make_item, settings

GTIN = "09506000134352"
EAN = "9506000134352"


class TestNumberWithComma(StockTestCase):
	"""A maker's number may hold what separates numbers in a box: only a scan can bring it in (DOMAIN 5)."""

	NUMBERS = ("A,B", "C..D", "(01)95", "E,(10)F")

	def setUp(self):
		super().setUp()
		self.item = make_item(barcodes=[{"barcode": EAN, "barcode_type": "EAN"}])
		codes = [f"]d201{GTIN}17301231" + f"21{number}" for number in self.NUMBERS]
		self.receipt = self.receive(self.item, "\n".join(codes), qty=4, submit=False)

	def numbers(self, **filters):
		filters["item_code"] = self.item
		return set(frappe.get_all("Serial No", filters, pluck="serial_no"))

	def test_it_survives_being_saved_again(self):
		box = self.receipt.items[0].serial_no
		self.assertEqual(box.split("\n")[0], "(21)A,B")
		for _again in range(2):
			self.receipt = frappe.get_doc("Purchase Receipt", self.receipt.name)
			self.receipt.save()
			self.assertEqual(self.receipt.items[0].serial_no, box)
		self.receipt.submit()
		self.assertEqual(self.numbers(status="Available"), set(self.NUMBERS))
		for number in self.NUMBERS:
			self.assert_unit(number, end_of_life_date=frappe.utils.getdate("2030-12-31"))
		frappe.get_doc("Purchase Receipt", self.receipt.name).cancel()
		self.assertEqual(self.numbers(status="Inactive"), set(self.NUMBERS))
		self.assert_audit_clean()

	def test_received_picked_delivered_invoiced_and_returned(self):
		self.receipt.submit()
		settings(auto_pick_serial_nos=1)
		note = self.deliver(self.item, qty=4)
		self.assertEqual(self.numbers(status="Delivered"), set(self.NUMBERS))
		invoice = make_sales_invoice(note.name).insert()
		invoice.submit()
		self.assertEqual(self.numbers(sales_invoice=invoice.name), set(self.NUMBERS))
		invoice.reload()
		invoice.cancel()
		self.assertEqual(self.numbers(sales_invoice=("is", "set")), set())
		back = make_sales_return(note.name).insert()
		back.reload()
		back.save()
		back.submit()
		self.assertEqual(self.numbers(status="Available", warehouse=self.stores), set(self.NUMBERS))
		self.assert_audit_clean()

	def test_typed_it_is_two_numbers(self):
		self.receipt.submit()
		exc = self.assert_refused_delivery("A,B")
		self.assertIn("A", str(exc))
		self.deliver(self.item, "(21)A,B", qty=1)
		self.assert_unit("A,B", status="Delivered")

	def assert_refused_delivery(self, text):
		from serial_tracking.exceptions import SerialNoNotExistsError

		return self.assert_refused(SerialNoNotExistsError, self.deliver, self.item, text, qty=2)

	def test_held_by_a_list_of_numbers_and_corrected(self):
		self.receipt.submit()
		self.assertEqual(serials_api.hold(list(self.NUMBERS), "dust"), {"held": 4})
		self.assertEqual(serials_api.release(list(self.NUMBERS)), {"released": 4})
		draft = self.deliver(self.item, "(21)A,B", qty=1, submit=False)
		serials_api.correct("A,B", "A-B", "a comma is no dash")
		self.assertEqual(frappe.get_doc("Delivery Note", draft.name).items[0].serial_no, "A-B")
		row = frappe.get_doc("Purchase Receipt", self.receipt.name).items[0]
		self.assertEqual(row.serial_no.split("\n")[0], "A-B")
