"""The way of a unit through the vouchers: received, moved, delivered, and each step taken back."""

import frappe
from frappe.utils import add_days, get_datetime, getdate

from serial_tracking.tests.factories import StockTestCase, make_item, row, serials, voucher


class TestReceipt(StockTestCase):
	def test_blank_serials_are_made_from_the_series_and_written_into_the_row(self):
		item = make_item(serial_no_series="RCV-.YYYY.-.#####")
		receipt = self.receive(item, qty=3, rate=250)
		year = getdate().year
		made = [f"RCV-{year}-0000{n}" for n in (1, 2, 3)]
		self.assertEqual(serials(receipt), made)
		self.assertEqual(serials(frappe.get_doc("Purchase Receipt", receipt.name)), made)
		self.assert_unit(
			made[2],
			status="Available",
			item_code=item,
			warehouse=self.stores,
			supplier=self.supplier,
			supplier_name=self.supplier,
			purchase_document_type="Purchase Receipt",
			purchase_document_no=receipt.name,
			purchase_date=getdate(receipt.posting_date),
			purchase_rate=250,
		)
		self.assert_audit_clean()

	def test_typed_numbers_are_kept_as_typed(self):
		item = make_item()
		receipt = self.receive(item, "a-1/x, B.2+3\n\n  c 3 \r\nD4..D6\tE8 +2", qty=9)
		self.assertEqual(serials(receipt), ["a-1/x", "B.2+3", "c 3", "D4", "D5", "D6", "E8", "E9", "E10"])
		self.assert_unit("B.2+3", status="Available")

	def test_a_unit_made_by_hand_comes_in(self):
		item = make_item()
		frappe.get_doc({"doctype": "Serial No", "serial_no": "HAND-1", "item_code": item}).insert()
		self.assert_unit("HAND-1", status="Inactive", warehouse=None)
		self.receive(item, "hand-1")
		self.assert_unit("HAND-1", status="Available", warehouse=self.stores)
		self.assertFalse(frappe.db.exists("Serial No", {"name": "hand-1", "item_code": ("!=", item)}))

	def test_shelf_life_gives_the_end_of_life(self):
		item = make_item(shelf_life_in_days=30)
		self.receive(item, "SHELF-1")
		self.assert_unit("SHELF-1", end_of_life_date=add_days(getdate(), 30))

	def test_cancel_leaves_the_record_inactive(self):
		item = make_item(shelf_life_in_days=30)
		receipt = self.receive(item, "RC-1..RC-3")
		receipt.cancel()
		self.assert_unit(
			"RC-2",
			status="Inactive",
			warehouse=None,
			supplier=None,
			purchase_document_no=None,
			end_of_life_date=None,
		)
		self.assertEqual(
			frappe.db.count("Serial No Ledger Entry", {"serial_no": "RC-2", "is_cancelled": 1}), 1
		)
		self.assert_audit_clean()

	def test_amended_receipt_brings_the_same_units_in_again(self):
		item = make_item(serial_no_series="AMD-.####")
		receipt = self.receive(item, qty=2)
		receipt.cancel()
		again = frappe.copy_doc(receipt)
		again.docstatus = 0
		again.amended_from = receipt.name
		again.items[0].serial_no = receipt.items[0].serial_no
		again.insert().submit()
		self.assert_unit("AMD-0001", status="Available", purchase_document_no=again.name)
		self.assert_audit_clean()

	def test_a_draft_of_midnight_is_posted_at_midnight(self):
		day = add_days(getdate(), -1)
		draft = self.receive(make_item(), "MID-1", submit=False, posting_date=day, posting_time="00:00:00")
		frappe.get_doc(draft.doctype, draft.name).submit()
		self.assert_unit("MID-1", last_posting_datetime=get_datetime(day))

	def test_rows_that_a_client_numbers_alike_are_told_apart(self):
		item = make_item()
		rows = [row(item, 1, warehouse=self.stores, serial_no=f"IDX-{n}", idx=1) for n in (1, 2)]
		voucher("Purchase Receipt", rows, supplier=self.supplier)
		self.assert_unit("IDX-2", status="Available")
		self.assert_audit_clean()


class TestDelivery(StockTestCase):
	def test_delivery_says_who_has_the_unit_and_until_when_it_is_under_warranty(self):
		item = make_item(warranty_period=365)
		self.receive(item, "DLV-1..DLV-3")
		note = self.deliver(item, "DLV-1,DLV-2")
		self.assert_unit(
			"DLV-1",
			status="Delivered",
			warehouse=None,
			customer=self.customer,
			customer_name=self.customer,
			delivery_document_type="Delivery Note",
			delivery_document_no=note.name,
			delivery_date=getdate(note.posting_date),
			warranty_expiry_date=add_days(getdate(), 365),
			maintenance_status="Under Warranty",
			supplier=self.supplier,
		)
		self.assert_unit("DLV-3", status="Available", warehouse=self.stores)
		self.assert_audit_clean()

	def test_cancel_puts_everything_back(self):
		item = make_item(warranty_period=365)
		self.receive(item, "DLC-1")
		unit = self.unit("DLC-1")
		unit.warranty_expiry_date = "2030-01-01"
		unit.save()
		before = {
			k: v for k, v in self.unit("DLC-1").as_dict().items() if k not in ("modified", "last_move_no")
		}
		self.deliver(item, "DLC-1").cancel()
		after = {
			k: v for k, v in self.unit("DLC-1").as_dict().items() if k not in ("modified", "last_move_no")
		}
		self.assertEqual(after, before)
		self.assert_audit_clean()

	def test_quantity_in_boxes_is_counted_in_pieces(self):
		item = make_item(uoms=[{"uom": "Box", "conversion_factor": 10}], serial_no_series="BOX-.###")
		receipt = voucher(
			"Purchase Receipt",
			[row(item, 0.5, uom="Box", warehouse=self.stores, rate=100)],
			supplier=self.supplier,
		)
		self.assertEqual(len(serials(receipt)), 5)
		self.assert_unit("BOX-005", purchase_rate=10)


class TestStockEntry(StockTestCase):
	def test_transfer_moves_and_changes_nothing_else(self):
		item = make_item(warranty_period=100)
		receipt = self.receive(item, "TRF-1", rate=70)
		self.transfer(item, "TRF-1")
		self.assert_unit(
			"TRF-1",
			status="Available",
			warehouse=self.shop,
			purchase_document_no=receipt.name,
			purchase_rate=70,
		)
		self.assertEqual(
			frappe.db.get_value("Bin", {"item_code": item, "warehouse": self.shop}, "stock_value"), 70
		)
		self.assert_audit_clean()

	def test_issue_consumes(self):
		item = make_item()
		self.receive(item, "ISS-1")
		entry = self.issue(item, "ISS-1")
		self.assert_unit("ISS-1", status="Consumed", warehouse=None, last_warehouse=self.stores)
		entry.cancel()
		self.assert_unit("ISS-1", status="Available", warehouse=self.stores)
		self.assert_audit_clean()

	def test_manufacture_consumes_parts_and_gives_their_value_to_what_it_produces(self):
		part, machine = make_item(), make_item(serial_no_series="MCH-.###")
		self.receive(part, "PART-1,PART-2", rate=40)
		entry = self.enter(
			"Manufacture",
			row(part, 2, s_warehouse=self.stores, serial_no="PART-1\nPART-2"),
			row(machine, 1, t_warehouse=self.shop),
		)
		self.assert_unit("PART-1", status="Consumed")
		self.assert_unit(
			"MCH-001",
			status="Available",
			warehouse=self.shop,
			purchase_document_no=entry.name,
			purchase_rate=80,
		)
		entry.cancel()
		self.assert_unit("PART-1", status="Available", warehouse=self.stores)
		self.assert_unit("MCH-001", status="Inactive", warehouse=None)
		self.assert_audit_clean()

	def test_repack_may_consume_and_produce_the_same_unit(self):
		item = make_item()
		self.receive(item, "RPK-1", rate=40)
		entry = self.enter(
			"Repack",
			row(item, 1, s_warehouse=self.stores, serial_no="RPK-1"),
			row(item, 1, t_warehouse=self.shop, serial_no="RPK-1"),
		)
		self.assert_unit("RPK-1", status="Available", warehouse=self.shop)
		self.assertEqual(frappe.db.count("Serial No Ledger Entry", {"serial_no": "RPK-1"}), 3)
		entry.cancel()
		self.assert_unit("RPK-1", status="Available", warehouse=self.stores)
		self.assert_audit_clean()

	def test_each_row_shows_the_rate_at_which_it_moved(self):
		dear, cheap = make_item(), make_item()
		self.receive(dear, "DEAR-1", rate=900)
		self.receive(cheap, "CHEAP-1", rate=4)
		lines = [
			row(item, 1, s_warehouse=self.stores, serial_no=number)
			for item, number in ((dear, "DEAR-1"), (cheap, "CHEAP-1"))
		]
		entry = self.enter("Material Issue", *lines)
		self.assertEqual([line.basic_rate for line in entry.items], [900, 4])
		self.assertEqual(entry.total, 904)

	def test_items_without_serials_move_at_the_average(self):
		item = make_item(has_serial_no=0)
		self.receive(item, qty=10, rate=10)
		self.receive(item, qty=10, rate=20)
		self.issue(item, qty=4)
		stock = frappe.db.get_value(
			"Bin",
			{"item_code": item, "warehouse": self.stores},
			["actual_qty", "stock_value", "valuation_rate"],
		)
		self.assertEqual(tuple(stock), (16, 240, 15))
		self.assert_audit_clean()


class TestWholeLife(StockTestCase):
	def test_cancel_in_reverse_order_ends_where_it_began(self):
		item = make_item(warranty_period=10)
		steps = [self.receive(item, "LIFE-1"), self.transfer(item, "LIFE-1")]
		steps.append(self.deliver(item, "LIFE-1", warehouse=self.shop))
		steps.append(self.receive_by_entry(item, "LIFE-1", rate=30))
		self.assert_unit("LIFE-1", status="Available", customer=None, purchase_document_no=steps[0].name)
		steps.append(self.issue(item, "LIFE-1"))
		for status, document in zip(
			("Available", "Delivered", "Available", "Available", "Inactive"), reversed(steps), strict=True
		):
			frappe.get_doc(document.doctype, document.name).cancel()
			self.assert_unit("LIFE-1", status=status)
			self.assert_audit_clean()
		self.assertEqual(frappe.db.count("Bin", {"item_code": item, "actual_qty": ("!=", 0)}), 0)


class TestValueOfThePast(StockTestCase):
	"""Items without serials move at the average of their warehouse, whenever that becomes known."""

	def setUp(self):
		super().setUp()
		self.item, self.day = make_item(has_serial_no=0), getdate()

	def ago(self, days):
		return {"posting_date": add_days(self.day, -days)}

	def worth(self):
		bins = frappe.get_all("Bin", {"item_code": self.item}, ["warehouse", "stock_value"], as_list=True)
		return dict(bins)

	def values(self):
		return frappe.get_all(
			"Stock Ledger Entry",
			{"item_code": self.item, "is_cancelled": 0},
			pluck="stock_value_difference",
			order_by="posting_datetime, name",
		)

	def test_a_receipt_in_the_past_prices_later_issues_anew(self):
		self.receive(self.item, qty=10, rate=10, **self.ago(9))
		self.issue(self.item, qty=5, **self.ago(5))
		self.receive(self.item, qty=10, rate=20, **self.ago(7))
		self.assertEqual(self.values(), [100, 200, -75])
		self.assertEqual(self.worth(), {self.stores: 225})
		self.assert_audit_clean()

	def test_what_is_repacked_in_the_past_takes_the_average_of_then_with_it(self):
		self.receive(self.item, qty=10, rate=10, **self.ago(9))
		self.receive(self.item, qty=10, rate=30, **self.ago(5))
		lines = [row(self.item, 2, s_warehouse=self.stores), row(self.item, 1, t_warehouse=self.shop)]
		entry = self.enter("Repack", *lines, **self.ago(7))
		self.assertEqual([line.basic_rate for line in entry.items], [10, 20])
		self.assertEqual(self.worth(), {self.stores: 380, self.shop: 20})
		self.assert_audit_clean()

	def test_cancelling_a_receipt_leaves_no_value_without_stock(self):
		dear = self.receive(self.item, qty=10, rate=20, **self.ago(9))
		self.receive(self.item, qty=10, rate=10, **self.ago(8))
		self.issue(self.item, qty=10, **self.ago(5))
		self.assertEqual(self.worth(), {self.stores: 150})
		dear.cancel()
		self.assertEqual(self.values(), [100, -100])
		self.assertEqual(self.worth(), {self.stores: 0})
		self.assert_audit_clean()

	def test_a_transfer_carries_the_new_price_into_the_other_warehouse_and_back(self):
		self.receive(self.item, qty=10, rate=10, **self.ago(9))
		self.transfer(self.item, qty=10, **self.ago(7))
		self.transfer(self.item, qty=5, source=self.shop, target=self.stores, **self.ago(5))
		self.deliver(self.item, qty=5, **self.ago(4))
		before = self.worth()
		late = self.receive(self.item, qty=10, rate=30, **self.ago(8))
		# 20 units worth 400; ten go to the shop at 20 each and five of them back; fifteen at 20 remain to deliver from
		self.assertEqual(self.values(), [100, 300, -200, 200, -100, 100, -100])
		self.assertEqual(self.worth(), {self.stores: 200, self.shop: 100})
		self.assert_audit_clean()
		late.cancel()
		self.assertEqual(self.worth(), before)
		self.assert_audit_clean()

	def test_units_with_serials_keep_their_own_rate(self):
		self.item = make_item()
		self.receive(self.item, "V-1", rate=10, **self.ago(9))
		self.issue(self.item, "V-1", **self.ago(5))
		self.receive(self.item, "V-2", rate=20, **self.ago(7))
		self.assertEqual(self.values(), [10, 20, -10])
