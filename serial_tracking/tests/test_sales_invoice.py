"""Sales Invoices that move stock, and those that only record what a Delivery Note has moved."""

import frappe

from serial_tracking import exceptions as exc
from serial_tracking.api.serials import check
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_invoice
from serial_tracking.serial_tracking.doctype.sales_invoice.sales_invoice import make_sales_return
from serial_tracking.stock import cancelling, invoicing
from serial_tracking.tests.factories import StockTestCase, make, make_item, row, serials, text, voucher


class TestWithUpdateStock(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(warranty_period=30)
		self.receive(self.item, ["I1", "I2", "I3"])

	def invoice(self, numbers, **values):
		line = row(self.item, len(numbers), warehouse=self.stores, serial_no=text(numbers), rate=150)
		values = {"customer": self.customer, "update_stock": 1, **values}
		return voucher("Sales Invoice", [line], **values)

	def test_it_delivers(self):
		doc = self.invoice(["I1", "I2"])
		self.assert_unit(
			"I1", status="Delivered", customer=self.customer, delivery_document_type="Sales Invoice",
			delivery_document_no=doc.name, sales_invoice=doc.name,
		)  # fmt: skip
		self.assertEqual(doc.total, 300)
		self.assertTrue(self.unit("I1").warranty_expiry_date)
		self.assert_audit_clean()

	def test_the_rules_of_a_delivery_hold(self):
		self.invoice(["I1"])
		self.assert_refused(exc.SerialNoWarehouseError, self.invoice, ["I1"])

	def test_it_is_returned_in_parts(self):
		doc = self.invoice(["I1", "I2"])
		draft = make_sales_return(doc.name)
		draft.items[0].update({"qty": -1, "serial_no": "I1"})
		draft.insert().submit()
		self.assert_unit("I1", status="Available", sales_invoice=None, customer=None)
		self.assert_unit("I2", status="Delivered", sales_invoice=doc.name)
		self.assertEqual(serials(make_sales_return(doc.name)), ["I2"])
		self.assert_audit_clean()

	def test_cancelling_brings_the_units_back(self):
		self.invoice(["I1"]).cancel()
		self.assert_unit("I1", status="Available", sales_invoice=None, delivery_document_no=None)


class TestOfADeliveryNote(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receive(self.item, ["N1", "N2", "N3"])
		self.note = self.deliver(self.item, ["N1", "N2"])

	def invoice(self, numbers, note=None, submit=True, **values):
		line = row(
			self.item, len(numbers), serial_no=text(numbers), delivery_note=(note or self.note).name, rate=5
		)
		return voucher("Sales Invoice", [line], submit, **{"customer": self.customer, **values})

	def test_it_only_records_itself_on_the_units(self):
		moves = frappe.db.count("Serial No Ledger Entry")
		doc = make_sales_invoice(self.note.name).insert()
		self.assertEqual((doc.update_stock, serials(doc), doc.items[0].qty), (0, ["N1", "N2"], 2))
		doc.submit()
		self.assert_unit(
			"N1", sales_invoice=doc.name, delivery_document_no=self.note.name, status="Delivered"
		)
		self.assertEqual(frappe.db.count("Serial No Ledger Entry"), moves)
		self.assert_audit_clean()

	def test_cancelling_takes_it_off_again(self):
		doc = self.invoice(["N1"])
		doc.cancel()
		self.assert_unit("N1", sales_invoice=None, delivery_document_no=self.note.name)
		self.invoice(["N1"])
		self.assert_audit_clean()

	def test_a_unit_is_invoiced_once(self):
		first = self.invoice(["N1"])
		self.assert_refused(exc.SerialNoInvoiceError, self.invoice, ["N1"], mentions=("N1", first.name))
		self.assertEqual(serials(make_sales_invoice(self.note.name)), ["N2"])

	def test_a_unit_of_another_note_or_back_in_stock_is_refused(self):
		self.deliver(self.item, "N3")
		self.assert_refused(exc.SerialNoInvoiceError, self.invoice, ["N1", "N3"], mentions=("N3",))
		back = row(self.item, -1, warehouse=self.stores, serial_no="N1")
		voucher("Delivery Note", [back], customer=self.customer, is_return=1, return_against=self.note.name)
		self.assert_refused(exc.SerialNoInvoiceError, self.invoice, ["N1"], mentions=("N1",))

	def test_the_numbers_are_needed_and_counted(self):
		self.assert_refused(exc.SerialNoRequiredError, self.invoice_of_qty, 1)
		self.assert_refused(exc.SerialNoNotExistsError, self.invoice, ["NEVER"])
		self.assert_refused(exc.SerialNoQtyError, self.invoice_of_qty, 2, "N1")

	def invoice_of_qty(self, qty, serial_no=None):
		line = row(self.item, qty, serial_no=serial_no, delivery_note=self.note.name)
		return voucher("Sales Invoice", [line], customer=self.customer)

	def test_the_note_must_be_submitted_of_the_customer_and_not_moved_twice(self):
		draft = self.deliver(self.item, "N3", submit=False)
		other = make("Customer", customer_name="Another Customer")
		self.assert_refused(exc.SerialNoInvoiceError, self.invoice, ["N3"], note=draft)
		self.assert_refused(exc.SerialNoInvoiceError, self.invoice, ["N1"], customer=other)
		self.assert_refused(
			exc.SerialNoInvoiceError, self.invoice, ["N1"], update_stock=1, set_warehouse=self.stores
		)

	def test_the_note_is_not_cancelled_under_its_invoice(self):
		self.invoice(["N1"])
		self.assert_refused(frappe.LinkExistsError, frappe.get_doc("Delivery Note", self.note.name).cancel)

	def test_the_invoice_stays_in_the_ledger_when_the_unit_comes_back(self):
		doc = self.invoice(["N1"])
		back = row(self.item, -1, warehouse=self.stores, serial_no="N1")
		voucher("Delivery Note", [back], customer=self.customer, is_return=1, return_against=self.note.name)
		self.assert_unit("N1", sales_invoice=None)
		invoices = frappe.get_all(
			"Serial No Ledger Entry", {"serial_no": "N1"}, pluck="sales_invoice", order_by="move_no"
		)
		self.assertEqual(invoices, [None, doc.name, None])

	def test_a_check_asks_for_nothing_that_the_submit_does_not(self):
		pieces = make_item(has_serial_no=0)
		self.receive(pieces, qty=1)
		note = self.deliver(pieces, qty=1)
		line = row(pieces, 2, delivery_note=note.name)
		doc = voucher("Sales Invoice", [line], False, customer=self.customer)
		self.assertEqual(check({"doctype": doc.doctype, "name": doc.name}), [])
		credit = make_sales_return(doc.submit().name).insert()
		self.assertEqual(check({"doctype": doc.doctype, "name": credit.name}), [])
		credit.submit()
		(problem,) = check(self.invoice(["N3"], submit=False).as_dict())
		self.assertEqual((problem["exception"], problem["serial_nos"]), ("SerialNoInvoiceError", ["N3"]))

	def test_an_invoice_in_advance_names_no_unit(self):
		line = row(self.item, 1, rate=9)
		doc = voucher("Sales Invoice", [line], customer=self.customer)
		self.assertEqual(doc.docstatus, 1)
		self.assert_unit("N3", status="Available", sales_invoice=None)

	def test_pieces_without_serials_are_invoiced_in_parts(self):
		item = make_item(has_serial_no=0)
		self.receive(item, qty=10)
		note = self.deliver(item, qty=8)
		first = make_sales_invoice(note.name)
		first.items[0].qty = 3
		first.insert().submit()
		self.assertEqual(make_sales_invoice(note.name).items[0].qty, 5)

	def test_a_credit_note_moves_nothing(self):
		doc = self.invoice(["N1", "N2"])
		credit = make_sales_return(doc.name)
		self.assertEqual((credit.update_stock, credit.items[0].qty), (0, -2))
		credit.insert().submit()
		self.assert_unit("N1", status="Delivered", sales_invoice=doc.name)
		self.assert_refused(exc.SerialNoReturnError, make_sales_return, doc.name)

	def test_a_cancel_of_the_note_that_waited_for_the_invoice_sees_it(self):
		self.receive(self.item, "WAIT-1")
		note = self.deliver(self.item, "WAIT-1")
		make_sales_invoice(note.name).insert().submit()
		with self.assertRaises(frappe.LinkExistsError):
			cancelling.prepare(note.doctype, note.name, note.get_posting_datetime())

	def test_an_invoice_that_waited_for_the_cancel_of_its_note_sees_it(self):
		self.receive(self.item, "WAIT-1")
		note = self.deliver(self.item, "WAIT-1")
		invoice = make_sales_invoice(note.name).insert()
		frappe.db.set_value("Delivery Note", note.name, "docstatus", 2)
		with self.assertRaises(exc.SerialNoInvoiceError):
			invoicing.prepare(invoice.as_posting())
