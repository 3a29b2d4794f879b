"""Returns of purchases and deliveries, by document and without one (DOMAIN 6 and 7)."""

import frappe

from serial_tracking import exceptions as exc
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt import make_purchase_return
from serial_tracking.stock import cancelling
from serial_tracking.tests.factories import (
	StockTestCase,
	make,
	make_item,
	row,
	serials,
	settings,
	text,
	voucher,
)


class ReturnTestCase(StockTestCase):
	def take_back(self, note, item, serial_no=None, qty=None, *, submit=True, **values):
		line = row(item, -(qty or len(serial_no)), warehouse=self.stores, serial_no=text(serial_no))
		values = {"customer": self.customer, "return_against": note and note.name, **values}
		return voucher("Delivery Note", [line], submit, is_return=1, **values)

	def send_back(self, receipt, item, serial_no=None, qty=None, *, warehouse=None, submit=True, **values):
		line = row(
			item, -(qty or len(serial_no)), warehouse=warehouse or self.stores, serial_no=text(serial_no)
		)
		values = {"supplier": self.supplier, "return_against": receipt and receipt.name, **values}
		return voucher("Purchase Receipt", [line], submit, is_return=1, **values)

	def qty_in(self, item, warehouse):
		return frappe.db.get_value("Bin", {"item_code": item, "warehouse": warehouse}, "actual_qty")


class TestSalesReturn(ReturnTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(warranty_period=365)
		self.receive(self.item, ["R1", "R2", "R3", "R4"], rate=70)
		self.note = self.deliver(self.item, ["R1", "R2", "R3"])

	def test_a_returned_unit_is_available_again_and_keeps_its_warranty_and_supplier(self):
		warranty = self.unit("R1").warranty_expiry_date
		self.take_back(self.note, self.item, ["R1"])
		self.assert_unit(
			"R1", status="Available", warehouse=self.stores, customer=None, delivery_document_no=None,
			supplier=self.supplier, warranty_expiry_date=warranty, valuation_rate=70,
		)  # fmt: skip
		self.assertEqual(self.qty_in(self.item, self.stores), 2)
		self.assert_audit_clean()

	def test_a_document_is_returned_in_parts_until_all_is_back(self):
		for numbers in (["R1"], ["R2"], ["R3"]):
			draft = make_sales_return(self.note.name)
			self.assertIn(numbers[0], serials(draft))
			self.take_back(self.note, self.item, numbers)
		self.assert_refused(exc.SerialNoReturnError, make_sales_return, self.note.name, mentions=("left",))
		self.assert_audit_clean()

	def test_the_proposed_return_can_be_submitted_as_it_is(self):
		draft = make_sales_return(self.note.name)
		self.assertEqual((draft.is_return, draft.return_against, draft.items[0].qty), (1, self.note.name, -3))
		draft.insert().submit()
		for number in ("R1", "R2", "R3"):
			self.assert_unit(number, status="Available")
		self.assertEqual(draft.total_qty, -3)

	def test_a_second_return_of_a_unit_is_refused(self):
		back = self.take_back(self.note, self.item, ["R1"])
		self.assert_refused(
			exc.SerialNoReturnError, self.take_back, self.note, self.item, ["R1"], mentions=("R1", back.name)
		)

	def test_a_unit_of_another_document_is_refused(self):
		other = self.deliver(self.item, "R4")
		self.assert_refused(
			exc.SerialNoReturnError, self.take_back, self.note, self.item, ["R1", "R4"],
			mentions=("R4", other.name),
		)  # fmt: skip

	def test_a_return_without_numbers_makes_none(self):
		series = make_item(serial_no_series="RET-.###")
		(number,) = serials(self.receive(series, qty=1))
		note = self.deliver(series, number)
		self.assert_refused(exc.SerialNoRequiredError, self.take_back, note, series, qty=1)

	def test_an_unknown_number_is_never_made_by_a_return(self):
		self.assert_refused(exc.SerialNoNotExistsError, self.take_back, None, self.item, ["NEVER"])
		self.assertFalse(frappe.db.exists("Serial No", "NEVER"))

	def test_without_a_document_only_what_the_customer_has_comes_back(self):
		self.take_back(None, self.item, ["R1"])
		self.assert_unit("R1", status="Available")
		self.assert_refused(exc.SerialNoReturnError, self.take_back, None, self.item, ["R4"])
		other = make("Customer", customer_name="Another Customer")
		self.assert_refused(
			exc.SerialNoReturnError, self.take_back, None, self.item, ["R2"], customer=other, mentions=("R2",)
		)

	def test_a_unit_sold_before_the_records_began_comes_back_without_a_document(self):
		frappe.get_doc({"doctype": "Serial No", "serial_no": "OLD-1", "item_code": self.item}).insert()
		self.take_back(None, self.item, ["OLD-1"])
		self.assert_unit("OLD-1", status="Available", supplier=None, purchase_document_no=None)
		self.assert_audit_clean()

	def test_a_known_unit_comes_back_even_if_known_numbers_may_not_be_received(self):
		settings(allow_existing_serial_no=0)
		self.take_back(self.note, self.item, ["R1"])
		self.assert_unit("R1", status="Available")

	def test_cancelling_a_return_puts_the_unit_out_again(self):
		before = self.unit("R1").as_dict()
		back = self.take_back(self.note, self.item, ["R1"])
		back.cancel()
		after = self.unit("R1").as_dict()
		for field in (
			"status",
			"warehouse",
			"customer",
			"delivery_document_no",
			"delivery_date",
			"warranty_expiry_date",
		):
			self.assertEqual(after[field], before[field], field)
		self.take_back(self.note, self.item, ["R1"])
		self.assert_audit_clean()

	def test_a_delivery_with_a_return_is_not_cancelled(self):
		self.take_back(self.note, self.item, ["R1"])
		self.assert_refused(
			exc.SerialNoExistsInFutureTransactionError,
			frappe.get_doc("Delivery Note", self.note.name).cancel,
			mentions=("R1",),
		)

	def test_quantities_of_a_return_are_negative(self):
		line = row(self.item, 1, warehouse=self.stores, serial_no="R1")
		values = {"customer": self.customer, "is_return": 1, "return_against": self.note.name}
		self.assert_refused(exc.SerialNoQtyError, voucher, "Delivery Note", [line], **values)
		line = row(self.item, -1, warehouse=self.stores, serial_no="R4")
		self.assert_refused(exc.SerialNoQtyError, voucher, "Delivery Note", [line], customer=self.customer)

	def test_the_document_must_be_submitted_and_of_the_same_customer(self):
		draft = self.deliver(self.item, "R4", submit=False)
		other = make("Customer", customer_name="Another Customer")
		back = self.take_back(self.note, self.item, ["R1"])
		for note, values in ((draft, {}), (self.note, {"customer": other}), (back, {})):
			self.assert_refused(exc.SerialNoReturnError, self.take_back, note, self.item, ["R2"], **values)

	def test_a_return_is_not_posted_before_its_document(self):
		self.assert_refused(
			exc.SerialNoReturnError, self.take_back, self.note, self.item, ["R1"],
			posting_date="2020-01-01", posting_time="10:00", set_posting_time=1,
		)  # fmt: skip

	def test_a_return_inserted_and_submitted_in_one_go_is_looked_at_too(self):
		other = make("Customer", customer_name="Another Customer")
		line = row(self.item, -1, warehouse=self.stores, serial_no="R1")
		values = {"is_return": 1, "return_against": self.note.name, "docstatus": 1}
		self.assert_refused(
			exc.SerialNoReturnError, voucher, "Delivery Note", [line], False, customer=other, **values
		)
		voucher("Delivery Note", [line], False, customer=self.customer, **values)
		self.assert_unit("R1", status="Available")

	def test_a_returned_unit_is_sold_again(self):
		self.take_back(self.note, self.item, ["R1"])
		other = make("Customer", customer_name="Another Customer")
		line = row(self.item, 1, warehouse=self.stores, serial_no="R1")
		voucher("Delivery Note", [line], customer=other)
		self.assert_unit("R1", status="Delivered", customer=other)
		self.assert_refused(exc.SerialNoReturnError, self.take_back, self.note, self.item, ["R1"])


class TestSalesReturnWithoutSerials(ReturnTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(has_serial_no=0, uoms=[{"uom": "Box", "conversion_factor": 10}])
		self.receive(self.item, qty=20, rate=5)
		self.note = self.deliver(self.item, qty=12)

	def test_no_more_comes_back_than_went_out(self):
		self.take_back(self.note, self.item, qty=7)
		self.assert_refused(
			exc.ReturnQuantityError, self.take_back, self.note, self.item, qty=6, mentions=("5",)
		)
		self.take_back(self.note, self.item, qty=5)
		self.assertEqual(self.qty_in(self.item, self.stores), 20)
		self.assert_audit_clean()

	def test_it_comes_back_at_the_value_at_which_it_went(self):
		self.receive(self.item, qty=10, rate=50)
		self.take_back(self.note, self.item, qty=12)
		bin_ = frappe.get_doc("Bin", {"item_code": self.item, "warehouse": self.stores})
		self.assertAlmostEqual(bin_.stock_value, 8 * 5 + 10 * 50 + 12 * 5)

	def test_the_proposed_return_counts_what_is_back(self):
		self.take_back(self.note, self.item, qty=7)
		self.assertEqual(make_sales_return(self.note.name).items[0].qty, -5)

	def test_a_cancelled_return_may_be_made_again(self):
		self.take_back(self.note, self.item, qty=12).cancel()
		self.take_back(self.note, self.item, qty=12)


class TestPurchaseReturn(ReturnTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receipt = self.receive(self.item, ["P1", "P2", "P3"], rate=40)

	def test_a_unit_sent_back_is_returned_to_the_supplier(self):
		self.send_back(self.receipt, self.item, ["P1"])
		self.assert_unit(
			"P1", status="Returned to Supplier", warehouse=None, supplier=self.supplier, customer=None
		)
		self.assertEqual(self.qty_in(self.item, self.stores), 2)
		self.assert_audit_clean()

	def test_the_proposed_return_names_what_lies_there_and_where(self):
		self.transfer(self.item, "P2")
		self.deliver(self.item, "P3")
		draft = make_purchase_return(self.receipt.name)
		self.assertEqual(
			{(line.warehouse, line.serial_no, line.qty) for line in draft.items},
			{(self.stores, "P1", -1), (self.shop, "P2", -1)},
		)
		draft.insert().submit()
		self.assert_unit("P2", status="Returned to Supplier")

	def test_a_second_return_and_a_unit_of_another_receipt_are_refused(self):
		self.receive(self.item, "P4")
		self.send_back(self.receipt, self.item, ["P1"])
		self.assert_refused(exc.SerialNoReturnError, self.send_back, self.receipt, self.item, ["P1"])
		self.assert_refused(exc.SerialNoReturnError, self.send_back, self.receipt, self.item, ["P4"])

	def test_a_unit_that_is_out_is_not_in_the_warehouse(self):
		note = self.deliver(self.item, "P1")
		self.assert_refused(
			exc.SerialNoWarehouseError, self.send_back, self.receipt, self.item, ["P1"], mentions=(note.name,)
		)

	def test_an_unknown_number_and_another_suppliers_unit_are_refused(self):
		self.assert_refused(exc.SerialNoNotExistsError, self.send_back, None, self.item, ["NEVER"])
		other = make("Supplier", supplier_name="Another Supplier")
		self.assert_refused(exc.SerialNoReturnError, self.send_back, None, self.item, ["P1"], supplier=other)
		self.send_back(None, self.item, ["P1"])

	def test_a_held_unit_goes_back_and_cancelling_restores_the_hold(self):
		unit = self.unit("P1")
		unit.update({"on_hold": 1, "hold_reason": "cracked"})
		unit.save()
		back = self.send_back(self.receipt, self.item, ["P1"])
		self.assert_unit("P1", status="Returned to Supplier", on_hold=0, hold_reason=None)
		back.cancel()
		self.assert_unit("P1", status="On Hold", on_hold=1, hold_reason="cracked", warehouse=self.stores)
		self.assert_audit_clean()

	def test_bought_again_it_belongs_to_the_new_receipt(self):
		self.send_back(self.receipt, self.item, ["P1"])
		again = self.receive(self.item, "P1", rate=45)
		self.assert_unit("P1", purchase_document_no=again.name, purchase_rate=45)
		self.assert_refused(exc.SerialNoReturnError, self.send_back, self.receipt, self.item, ["P1"])
		self.send_back(again, self.item, ["P1"])

	def test_pieces_without_serials(self):
		item = make_item(has_serial_no=0)
		receipt = self.receive(item, qty=10, rate=3)
		self.send_back(receipt, item, qty=4)
		self.assert_refused(exc.ReturnQuantityError, self.send_back, receipt, item, qty=7)
		self.assertEqual(make_purchase_return(receipt.name).items[0].qty, -6)


class TestRejectedUnits(ReturnTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(serial_no_series="REJ-.###")

	def receive_some(self, submit=True, **values):
		line = {
			"item_code": self.item,
			"warehouse": self.stores,
			"rejected_warehouse": self.shop,
			"rate": 10,
			**values,
		}
		return voucher("Purchase Receipt", [line], submit, supplier=self.supplier)

	def test_typed_numbers_lie_in_the_rejected_warehouse_on_hold(self):
		doc = self.receive_some(qty=2, serial_no="A1\nA2", rejected_qty=1, rejected_serial_no="A3")
		self.assert_unit("A1", status="Available", warehouse=self.stores)
		self.assert_unit("A3", status="On Hold", warehouse=self.shop, on_hold=1, supplier=self.supplier)
		self.assertIn(doc.name, self.unit("A3").hold_reason)
		self.assertEqual(doc.items[0].received_qty, 3)
		self.assert_audit_clean()

	def test_both_parts_are_named_from_the_series(self):
		doc = self.receive_some(qty=2, rejected_qty=2)
		self.assertEqual(serials(doc), ["REJ-001", "REJ-002"])
		self.assertEqual(doc.items[0].rejected_serial_no, "REJ-003\nREJ-004")

	def test_a_delivery_may_be_rejected_in_whole(self):
		doc = self.receive_some(qty=0, rejected_qty=2, rejected_serial_no="W1..W2")
		self.assertFalse(doc.items[0].serial_no)
		self.assert_unit("W1", status="On Hold", warehouse=self.shop)

	def test_a_quantity_changed_later_changes_what_was_received(self):
		receipt = self.receive(self.item, qty=3, submit=False)
		receipt = frappe.get_doc(receipt.doctype, receipt.name)
		receipt.items[0].qty = 2
		receipt.save()
		self.assertEqual(receipt.items[0].received_qty, 2)

	def test_the_parts_make_up_what_was_received(self):
		self.assert_refused(
			exc.InvalidQuantityError, self.receive_some, qty=2, rejected_qty=1, received_qty=4
		)

	def test_a_number_in_both_parts_is_given_twice(self):
		self.assert_refused(
			exc.SerialNoDuplicateError, self.receive_some, qty=1, serial_no="D1", rejected_qty=1,
			rejected_serial_no="d1", mentions=("d1",),
		)  # fmt: skip

	def test_a_rejected_count_that_differs_is_refused(self):
		self.assert_refused(
			exc.SerialNoQtyError,
			self.receive_some,
			qty=1,
			serial_no="C1",
			rejected_qty=2,
			rejected_serial_no="C2",
		)

	def test_the_rejected_warehouse_is_needed(self):
		self.assert_refused(
			exc.InvalidWarehouseError, self.receive_some, qty=1, rejected_qty=1, rejected_warehouse=None
		)

	def test_rejected_units_go_back_to_the_supplier(self):
		doc = self.receive_some(qty=1, serial_no="B1", rejected_qty=1, rejected_serial_no="B2")
		draft = make_purchase_return(doc.name)
		self.assertEqual(
			{(r.warehouse, r.serial_no) for r in draft.items}, {(self.stores, "B1"), (self.shop, "B2")}
		)
		draft.insert().submit()
		self.assert_unit("B2", status="Returned to Supplier", on_hold=0)
		draft.cancel()
		doc.reload().cancel()
		self.assert_unit("B2", status="Inactive", on_hold=0, hold_reason=None)
		self.assert_audit_clean()

	def test_pieces_without_serials(self):
		item = make_item(has_serial_no=0)
		line = row(item, 7, rejected_qty=3, warehouse=self.stores, rejected_warehouse=self.shop, rate=2)
		voucher("Purchase Receipt", [line], supplier=self.supplier)
		self.assertEqual((self.qty_in(item, self.stores), self.qty_in(item, self.shop)), (7, 3))


class TestOwnUse(ReturnTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(is_fixed_asset=1)
		self.receive(self.item, ["U1", "U2"], rate=300)

	def use(self, serial_no, **values):
		line = row(self.item, 1, s_warehouse=self.stores, serial_no=serial_no)
		values = {"custodian": "Administrator", "location": "Room 4", **values}
		return self.enter("Issue for Use", line, **values)

	def bring_back(self, serial_no, item=None):
		return self.enter(
			"Return from Use", row(item or self.item, 1, t_warehouse=self.shop, serial_no=serial_no)
		)

	def test_a_unit_in_use_knows_its_custodian_and_place(self):
		self.use("U1")
		self.assert_unit("U1", status="In Use", warehouse=None, custodian="Administrator", location="Room 4")
		self.bring_back("U1")
		self.assert_unit(
			"U1", status="Available", warehouse=self.shop, custodian=None, location=None, valuation_rate=300
		)
		self.assert_audit_clean()

	def test_cancelling_the_return_puts_it_in_use_again(self):
		self.use("U1")
		back = self.bring_back("U1")
		back.cancel()
		self.assert_unit("U1", status="In Use", custodian="Administrator", location="Room 4")

	def test_a_custodian_is_needed(self):
		self.assert_refused(frappe.MandatoryError, self.use, "U1", custodian=None)

	def test_only_a_unit_in_use_comes_back_from_use(self):
		self.deliver(self.item, "U2")
		self.assert_refused(exc.SerialNoReturnError, self.bring_back, "U2")
		self.assert_refused(exc.SerialNoNotExistsError, self.bring_back, "NEVER")

	def test_a_unit_in_use_is_not_received_delivered_or_sent_back(self):
		entry = self.use("U1")
		self.assert_refused(exc.SerialNoDuplicateError, self.receive, self.item, "U1", mentions=(entry.name,))
		self.assert_refused(exc.SerialNoWarehouseError, self.deliver, self.item, "U1")

	def test_a_held_unit_is_not_used(self):
		unit = self.unit("U1")
		unit.update({"on_hold": 1, "hold_reason": "no battery"})
		unit.save()
		self.assert_refused(exc.SerialNoNotAvailableError, self.use, "U1", mentions=("no battery",))


class TestProposedReturns(ReturnTestCase):
	def test_what_is_no_whole_box_is_proposed_in_pieces(self):
		for has_serial_no in (0, 1):
			with self.subTest(has_serial_no=has_serial_no):
				uoms = [
					{"uom": make("UOM", uom_name="Triple", must_be_whole_number=1), "conversion_factor": 3}
				]
				item = make_item(has_serial_no=has_serial_no, serial_no_series="TRP-.##", uoms=uoms)
				numbers = serials(self.receive(item, qty=3))
				line = row(item, 1, uom="Triple", warehouse=self.stores, rate=30, serial_no=text(numbers))
				note = voucher("Delivery Note", [line], customer=self.customer)
				self.take_back(note, item, numbers[:1], qty=1)
				(left,) = make_sales_return(note.name).items
				self.assertEqual((left.qty, left.uom, left.rate), (-2, left.stock_uom, 10))
				invoice = make_sales_invoice(note.name).insert()
				self.assertEqual(invoice.items[0].stock_qty, 2)
				make_sales_return(note.name).insert().submit()
				self.assert_audit_clean()

	def test_what_is_back_of_one_row_is_not_proposed_from_the_other(self):
		item = make_item(has_serial_no=0)
		rows = [row(item, 5, warehouse=place, rate=1) for place in (self.stores, self.shop)]
		receipt = voucher("Purchase Receipt", rows, supplier=self.supplier)
		draft = make_purchase_return(receipt.name)
		del draft.items[1]
		draft.insert().submit()
		self.assertEqual([r.warehouse for r in make_purchase_return(receipt.name).items], [self.shop])

	def test_a_cancel_that_waited_for_a_return_sees_it(self):
		"""Frappe's own check of links reads what was so when the request began."""
		for item, numbers in ((make_item(has_serial_no=0), None), (make_item(), ["WT-1", "WT-2"])):
			self.receive(item, numbers, qty=2)
			note = self.deliver(item, numbers, qty=2)
			self.take_back(note, item, numbers and numbers[:1], qty=1)
			with self.assertRaises((frappe.LinkExistsError, exc.SerialNoExistsInFutureTransactionError)):
				cancelling.prepare(note.doctype, note.name, note.get_posting_datetime())
