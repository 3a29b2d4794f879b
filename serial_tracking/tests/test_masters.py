"""Items, warehouses and what may not change about them once stock has moved."""

from unittest.mock import patch

import frappe

from serial_tracking import exceptions as exc
from serial_tracking.install import DEFAULT_UOM, ROOT_ITEM_GROUP, ROOT_WAREHOUSE
from serial_tracking.stock import posting
from serial_tracking.tests.factories import StockTestCase, make, make_item, row, voucher


class TestSmallToStart(StockTestCase):
	def test_an_item_needs_only_its_code(self):
		item = frappe.get_doc({"doctype": "Item", "item_code": "SMALL-1"}).insert()
		self.assertEqual(
			(
				item.name,
				item.item_name,
				item.item_group,
				item.stock_uom,
				item.is_stock_item,
				item.has_serial_no,
			),
			("SMALL-1", "SMALL-1", ROOT_ITEM_GROUP, DEFAULT_UOM, 1, 0),
		)

	def test_a_warehouse_needs_only_its_name(self):
		warehouse = frappe.get_doc({"doctype": "Warehouse", "warehouse_name": "Small Store"}).insert()
		self.assertEqual((warehouse.name, warehouse.parent_warehouse), ("Small Store", ROOT_WAREHOUSE))

	def test_a_row_needs_only_item_quantity_and_warehouse(self):
		receipt = self.receive(make_item(serial_no_series="SMALL-.##"), qty=2, rate=None)
		row = receipt.items[0]
		self.assertEqual((row.uom, row.conversion_factor, row.stock_qty), (DEFAULT_UOM, 1, 2))
		self.assertTrue(receipt.posting_date and receipt.posting_time)


class TestItem(StockTestCase):
	def change(self, item, **values):
		doc = frappe.get_doc("Item", item)
		doc.update(values)
		doc.save()

	def test_serials_need_a_stock_item(self):
		self.assert_refused(exc.SerialTrackingError, make_item, is_stock_item=0)

	def test_what_a_voucher_counted_stays(self):
		item = make_item()
		self.change(item, has_serial_no=0)
		self.change(item, has_serial_no=1)
		receipt = self.receive(item, "LCK-1")
		for values in ({"has_serial_no": 0}, {"stock_uom": "Kg"}, {"has_serial_no": 0, "is_stock_item": 0}):
			self.assert_refused(
				exc.SerialTrackingError, self.change, item, mentions=(receipt.name,), **values
			)
		self.change(item, serial_no_series="LCK-.####", warranty_period=3)

	def test_a_serial_no_alone_locks_serials_too(self):
		item = make_item()
		frappe.get_doc({"doctype": "Serial No", "serial_no": "LCK-2", "item_code": item}).insert()
		self.assert_refused(exc.SerialTrackingError, self.change, item, has_serial_no=0)

	def test_an_item_outside_the_stock_stays_so_once_it_was_sold(self):
		item = make_item(has_serial_no=0, is_stock_item=0)
		note = self.deliver(item, qty=1, submit=False)
		self.change(item, is_stock_item=1)
		self.change(item, is_stock_item=0)
		note.reload()
		note.submit()
		self.assert_refused(
			exc.SerialTrackingError, self.change, item, is_stock_item=1, mentions=(note.name,)
		)

	def test_a_conversion_factor_is_above_zero(self):
		self.assert_refused(
			exc.SerialTrackingError,
			make_item,
			uoms=[{"uom": "Box", "conversion_factor": 0}],
			mentions=("row 1",),
		)

	def test_a_barcode_belongs_to_one_item(self):
		first = make_item(barcodes=[{"barcode": "4006381333931"}, {"barcode": "04006381333931"}])
		self.assert_refused(
			exc.SerialTrackingError,
			make_item,
			barcodes=[{"barcode": "0012"}, {"barcode": "4006381333931"}],
			mentions=("row 2", first),
		)

	def test_a_gtin_is_the_same_in_each_of_its_lengths(self):
		first = make_item(barcodes=[{"barcode": "012345678905"}])
		self.assert_refused(
			exc.SerialTrackingError,
			make_item,
			barcodes=[{"barcode": "00012345678905"}],
			mentions=(first, "012345678905"),
		)
		make_item(barcodes=[{"barcode": "00012345678912"}])
		frappe.get_doc("Item", first).save()

	def test_what_is_no_gtin_is_another_barcode_with_its_zeros(self):
		make_item(barcodes=[{"barcode": "A-12"}, {"barcode": "0012"}])
		make_item(barcodes=[{"barcode": "A-012"}, {"barcode": "00012"}])

	def test_renamed_with_all_its_history(self):
		item = make_item()
		self.receive(item, "RNM-1,RNM-2")
		note = self.deliver(item, "RNM-1")
		renamed = frappe.rename_doc("Item", item, f"{item}-NEW")
		self.assert_unit("RNM-1", item_code=renamed)
		self.assert_audit_clean()
		frappe.get_doc("Delivery Note", note.name).cancel()
		self.deliver(renamed, "RNM-2")
		self.assert_audit_clean()

	def test_merging_is_refused(self):
		one, other = make_item(), make_item()
		self.assert_refused(exc.MergeNotAllowedError, frappe.rename_doc, "Item", one, other, merge=True)
		self.assert_refused(
			exc.MergeNotAllowedError, frappe.rename_doc, "Warehouse", self.shop, self.stores, merge=True
		)

	def test_parties_and_places_renamed_with_all_their_history(self):
		item = make_item()
		supplier, customer = (
			make("Supplier", supplier_name="Old Supplier"),
			make("Customer", customer_name="Old Customer"),
		)
		self.supplier, self.customer = supplier, customer
		self.receive(item, "RNP-1")
		note = self.deliver(item, "RNP-1")
		for doctype, name in (("Supplier", supplier), ("Customer", customer), ("Warehouse", self.stores)):
			frappe.rename_doc(doctype, name, f"{name} Ltd")
		self.assert_unit("RNP-1", supplier="Old Supplier Ltd", customer="Old Customer Ltd")
		frappe.get_doc("Delivery Note", note.name).cancel()
		self.assert_unit("RNP-1", warehouse="Test Stores Ltd", customer=None)
		self.assert_audit_clean()


class TestErrors(StockTestCase):
	def test_a_refusal_is_417_a_lost_race_409_and_a_full_disk_507(self):
		for name, error in vars(exc).items():
			if isinstance(error, type) and issubclass(error, exc.SerialTrackingError):
				lost_race = name in ("StockBusyError", "SubmitQueuedError", "RecallLetterSentError")
				expected = 409 if lost_race else 507 if name == "StorageFullError" else 417
				self.assertEqual(error.http_status_code, expected, name)

	def test_a_race_that_the_database_ended_is_told_plainly(self):
		item = make_item()
		for lost in (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			with patch.object(posting.units, "find_with", side_effect=lost):
				self.assert_refused(exc.StockBusyError, self.receive, item, "BSY-1", mentions=("try again",))

	def test_another_error_is_left_as_it_is(self):
		with patch.object(posting.units, "find_with", side_effect=ZeroDivisionError):
			self.assertRaises(ZeroDivisionError, self.receive, make_item(), "BSY-2")


class TestHistoryStays(StockTestCase):
	def test_a_warehouse_that_held_stock_becomes_no_group(self):
		self.receive(make_item(), "GRP-1", warehouse=self.shop)
		shop = frappe.get_doc("Warehouse", self.shop)
		shop.is_group = 1
		self.assert_refused(exc.SerialTrackingError, shop.save, mentions=(self.shop,))

	def test_a_cancelled_voucher_that_the_ledgers_mention_stays(self):
		receipt = self.receive(make_item(), "TRS-1")
		receipt.cancel()
		# Frappe remembers for hours which DocTypes a ledger mentions
		with patch("frappe.model.delete_doc.get_dynamic_link_map", return_value={}):
			self.assert_refused(
				frappe.LinkExistsError,
				frappe.delete_doc,
				receipt.doctype,
				receipt.name,
				mentions=(receipt.name,),
			)
		draft = self.receive(make_item(), "TRS-2", submit=False)
		frappe.delete_doc(draft.doctype, draft.name)

	def test_values_of_another_type_are_read(self):
		item = make_item(uoms=[{"uom": "Box", "conversion_factor": "2"}])
		self.assertEqual(frappe.get_doc("Item", item).uoms[0].conversion_factor, 2)
		self.assert_refused(
			exc.SerialTrackingError, make_item, uoms=[{"uom": "Box", "conversion_factor": None}]
		)

	def test_a_renamed_party_is_renamed_in_the_ledger_whatever_frappe_remembers(self):
		# what Frappe keeps for hours about a ledger that was empty when it was asked
		key = "dynamic_link_map::Serial No Ledger Entry::party_type"
		frappe.cache.set_value(key, [])
		self.addCleanup(frappe.cache.delete_value, key)
		supplier = make("Supplier", supplier_name="Before")
		rows = [row(make_item(), 1, warehouse=self.stores, serial_no="RNM-1")]
		voucher("Purchase Receipt", rows, supplier=supplier)
		frappe.rename_doc("Supplier", supplier, "After", show_alert=False)
		self.assert_unit("RNM-1", supplier="After")
		self.assertEqual(
			frappe.db.get_value("Serial No Ledger Entry", {"serial_no": "RNM-1"}, "party"), "After"
		)
		self.assert_audit_clean()
