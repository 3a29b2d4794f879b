"""A Serial No by itself: made, changed and kept from being changed by hand."""

from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate

from serial_tracking import exceptions as exc
from serial_tracking.stock.upkeep import update_statuses
from serial_tracking.tests.factories import StockTestCase, make_item, settings


def make_unit(item, serial_no=None, **values):
	return frappe.get_doc(
		{"doctype": "Serial No", "serial_no": serial_no, "item_code": item, **values}
	).insert()


class TestByHand(StockTestCase):
	def test_made_by_hand_it_is_inactive_and_bears_its_items_details(self):
		unit = make_unit(make_item("BYHAND", item_name="A thing", warranty_period=12), " n\u0303-1 ")
		self.assertEqual((unit.name, unit.status, unit.warehouse), ("\u00f1-1", "Inactive", None))
		self.assertEqual((unit.item_name, unit.warranty_period), ("A thing", 12))

	def test_left_blank_the_number_comes_from_the_series(self):
		item = make_item(serial_no_series="BH-.####")
		self.assertEqual(make_unit(item).name, "BH-0001")
		self.receive(item, qty=1)
		self.assertEqual(make_unit(item).name, "BH-0003")
		self.assert_refused(exc.SerialNoRequiredError, make_unit, make_item())

	def test_a_warehouse_is_refused(self):
		self.assert_refused(
			exc.SerialNoCannotCreateDirectError, make_unit, make_item(), "WH-1", warehouse=self.stores
		)

	def test_a_derived_field_is_refused(self):
		item = make_item()
		for field, value in (
			("status", "Available"),
			("customer", self.customer),
			("purchase_rate", 5),
			("purchase_date", "2026-01-01"),
		):
			self.assert_refused(exc.SerialNoCannotChangeError, make_unit, item, "DRV-1", **{field: value})
		self.receive(item, "DRV-2")
		for field, value in (
			("status", "Delivered"),
			("warehouse", self.shop),
			("warehouse", None),
			("supplier", None),
			("maintenance_status", "Under AMC"),
		):
			unit = self.unit("DRV-2")
			unit.set(field, value)
			self.assert_refused(exc.SerialNoCannotChangeError, unit.save)
		unit = self.unit("DRV-2")
		unit.supplier_serial_no = "M-77"
		unit.save()

	def test_the_number_is_not_changed(self):
		unit = make_unit(make_item(), "FIX-1")
		unit.serial_no = "FIX-2"
		self.assert_refused(exc.SerialNoCannotChangeError, unit.save)

	def test_rename_and_merge_are_refused(self):
		item = make_item()
		make_unit(item, "REN-1"), make_unit(item, "REN-2")
		self.assert_refused(
			exc.MergeNotAllowedError, frappe.rename_doc, "Serial No", "REN-1", "REN-3", force=True
		)
		self.assert_refused(
			exc.MergeNotAllowedError, frappe.rename_doc, "Serial No", "REN-1", "REN-2", merge=True, force=True
		)

	def test_delete_is_refused_once_a_move_mentions_it(self):
		item = make_item()
		make_unit(item, "DEL-1").delete()
		self.receive(item, "DEL-2").cancel()
		self.assert_refused(exc.SerialTrackingError, self.unit("DEL-2").delete)

	def test_the_item_is_corrected_only_while_nothing_moved(self):
		item, right = make_item(), make_item()
		make_unit(item, "COR-1")
		unit = self.unit("COR-1")
		unit.item_code = right
		unit.save()
		self.receive(right, "COR-1")
		unit = self.unit("COR-1")
		unit.item_code = item
		self.assert_refused(exc.SerialNoCannotChangeError, unit.save)

	def test_an_item_without_serials_has_no_units(self):
		self.assert_refused(exc.SerialNoNotRequiredError, make_unit, make_item(has_serial_no=0), "NOI-1")

	def test_a_bad_number_is_refused(self):
		item = make_item()
		for bad in ("<b>", "x" * 141, "a\x07b", "\u0301"):
			self.assert_refused(exc.SerialNoFormatError, make_unit, item, bad)

	def test_numbers_alike_are_one(self):
		item = make_item()
		make_unit(item, "Stra\u00dfe-\u00c9")
		for same in ("STRASSE-E", "stra\u00dfe-e\u0301", " Stra\u00dfe-\u00c9"):
			self.assert_refused(exc.SerialNoDuplicateError, make_unit, item, same)

	def test_a_hold_needs_a_reason_and_a_unit_in_stock(self):
		item = make_item()
		self.receive(item, "HLD-1,HLD-2")
		unit = self.unit("HLD-1")
		unit.on_hold = 1
		self.assert_refused(exc.SerialTrackingError, unit.save)
		self.deliver(item, "HLD-2")
		unit = self.unit("HLD-2")
		unit.update({"on_hold": 1, "hold_reason": "late"})
		self.assert_refused(exc.SerialNoCannotChangeError, unit.save)

	def test_a_hold_ends_when_the_receipt_is_cancelled(self):
		item = make_item()
		receipt = self.receive(item, "HLE-1")
		unit = self.unit("HLE-1")
		unit.update({"on_hold": 1, "hold_reason": "wet"})
		unit.save()
		receipt.cancel()
		self.assert_unit("HLE-1", status="Inactive", on_hold=0, hold_reason=None)

	def test_an_end_of_life_typed_since_stays_when_the_receipt_is_cancelled(self):
		item = make_item(shelf_life_in_days=30)
		receipt = self.receive(item, "EOT-1")
		unit = self.unit("EOT-1")
		unit.end_of_life_date = "2031-01-01"
		unit.save()
		receipt.cancel()
		self.assertEqual(str(self.unit("EOT-1").end_of_life_date), "2031-01-01")


class TestUniquePerItem(StockTestCase):
	def setUp(self):
		super().setUp()
		settings(unique_serial_no_per_item=1)
		self.one, self.two = make_item("MAKER-ONE"), make_item("MAKER-TWO")

	def test_two_items_may_bear_the_same_number(self):
		self.receive(self.one, "SAME-1")
		self.receive(self.two, "same-1")
		self.assert_unit("SAME-1", item_code=self.one, status="Available")
		self.assert_unit("same-1 (MAKER-TWO)", item_code=self.two, serial_no="same-1", status="Available")
		self.deliver(self.two, "SAME-1")
		self.assert_unit("SAME-1", status="Available")
		self.assert_unit("same-1 (MAKER-TWO)", status="Delivered")
		self.assert_refused(exc.SerialNoDuplicateError, self.receive, self.one, "SAME-1")
		self.assert_audit_clean()

	def test_one_voucher_may_hold_both(self):
		from serial_tracking.tests.factories import row, voucher

		rows = [row(item, 1, warehouse=self.stores, serial_no="BOTH-1") for item in (self.one, self.two)]
		voucher("Purchase Receipt", rows, supplier=self.supplier)
		self.assertEqual(frappe.db.count("Serial No", {"serial_key": "both-1"}), 2)

	def test_the_setting_cannot_go_off_while_a_number_is_shared(self):
		self.receive(self.one, "OFF-1")
		self.receive(self.two, "OFF-1")
		self.assert_refused(
			exc.SerialNoDuplicateError,
			settings,
			unique_serial_no_per_item=0,
			mentions=("OFF-1", "MAKER-ONE", "MAKER-TWO"),
		)

	def test_a_number_that_is_another_units_name_is_refused_plainly(self):
		self.receive(self.one, "NM-1")
		self.receive(self.two, "NM-1")
		self.assert_refused(exc.SerialNoDuplicateError, self.receive, self.one, "NM-1 (MAKER-TWO)")


class TestUpkeep(StockTestCase):
	def test_the_calendar_changes_status_and_maintenance_status(self):
		item = make_item(shelf_life_in_days=10, warranty_period=5)
		self.receive(item, "UPK-1,UPK-2")
		self.deliver(item, "UPK-2")
		today = getdate()
		update_statuses(add_days(today, 10))
		self.assert_unit("UPK-1", status="Available")
		self.assert_unit("UPK-2", status="Delivered", maintenance_status="Out of Warranty")
		update_statuses(add_days(today, 11))
		self.assert_unit("UPK-1", status="Expired")
		update_statuses(today)
		self.assert_unit("UPK-1", status="Available")
		self.assert_unit("UPK-2", maintenance_status="Under Warranty")

	def test_a_missing_status_is_filled(self):
		item = make_item()
		self.receive(item, "UPN-1")
		frappe.db.set_value("Serial No", "UPN-1", {"status": None, "maintenance_status": "Under AMC"})
		update_statuses()
		self.assert_unit("UPN-1", status="Available", maintenance_status=None)


class TestAudit(StockTestCase):
	def test_a_tampered_record_is_found_and_repaired(self):
		from serial_tracking.stock.audit import audit, repair

		item = make_item(warranty_period=5)
		self.receive(item, "AUD-1,AUD-2")
		self.deliver(item, "AUD-2")
		before = {name: self.unit(name).as_dict() for name in ("AUD-1", "AUD-2")}
		frappe.db.set_value(
			"Serial No",
			"AUD-1",
			{"warehouse": self.shop, "supplier": None, "purchase_rate": 1, "last_move_no": 9},
		)
		frappe.db.set_value(
			"Serial No",
			"AUD-2",
			{"status": "Available", "customer": None, "delivery_time": None, "maintenance_status": None},
		)
		frappe.db.set_value("Bin", {"item_code": item, "warehouse": self.stores}, "actual_qty", 7)
		found = {(d["doctype"], d["field"]) for d in audit(item)}
		self.assertEqual(
			found,
			{
				("Serial No", f)
				for f in (
					"warehouse",
					"supplier",
					"purchase_rate",
					"last_move_no",
					"status",
					"customer",
					"delivery_time",
					"maintenance_status",
				)
			}
			| {("Bin", "actual_qty")},
		)
		repair(item)
		self.assert_audit_clean()
		for name, record in before.items():
			self.assertEqual(
				{k: v for k, v in self.unit(name).as_dict().items() if k != "modified"},
				{k: v for k, v in record.items() if k != "modified"},
			)

	def test_all_derived_fields_can_be_dropped_and_come_back(self):
		from serial_tracking.stock import ledger
		from serial_tracking.stock.audit import repair

		item = make_item()
		self.receive(item, "DRP-1..DRP-3")
		self.transfer(item, "DRP-1")
		self.deliver(item, "DRP-2")
		fields = [*ledger.FACTS, "status", "maintenance_status", "last_move_no"]
		before = frappe.get_all("Serial No", {"item_code": item}, ["name", *fields], order_by="name")
		for name in ("DRP-1", "DRP-2", "DRP-3"):
			frappe.db.set_value(
				"Serial No", name, {f: 0 if f in (*ledger.NUMERIC, "last_move_no") else None for f in fields}
			)
		repair()
		self.assertEqual(
			frappe.get_all("Serial No", {"item_code": item}, ["name", *fields], order_by="name"), before
		)

	def test_a_record_that_somebody_else_changes_during_a_repair_is_left_alone(self):
		from serial_tracking.stock import audit

		self.receive(make_item(), "RPR-1,RPR-2")
		for name in ("RPR-1", "RPR-2"):
			frappe.db.set_value("Serial No", name, "status", "Delivered", update_modified=False)
		read = audit.bulk.select

		def meanwhile(*args, for_update=False, **kwargs):
			if for_update and args[0] == "Serial No":
				frappe.db.set_value("Serial No", "RPR-1", "hold_reason", "theirs")
			return read(*args, for_update=for_update, **kwargs)

		with patch.object(audit.bulk, "select", side_effect=meanwhile):
			audit.repair()
		self.assert_unit("RPR-1", status="Delivered")
		self.assert_unit("RPR-2", status="Available")

	def test_whatever_is_tampered_with_is_found_and_repaired(self):
		from serial_tracking.stock.audit import audit, repair

		item, other = make_item(), make_item()
		self.receive(item, "TMP-1..TMP-3")
		self.transfer(item, "TMP-1")
		place = {"item_code": item, "warehouse": self.stores}
		bin_ = frappe.db.get_value("Bin", place)
		entry = frappe.db.get_value("Stock Ledger Entry", {**place, "entry_no": 1})
		for doctype, name, field, value in (
			("Bin", bin_, "actual_qty", 9),
			("Bin", bin_, "stock_value", 9),
			("Bin", bin_, "valuation_rate", 9),
			("Bin", bin_, "last_entry_no", 0),
			("Bin", bin_, "last_posting_datetime", None),
			("Serial No", "TMP-1", "item_code", other),
			("Serial No", "TMP-1", "serial_key", "x"),
			("Serial No", "TMP-1", "name_key", "x"),
			("Stock Ledger Entry", entry, "qty_after_transaction", 9),
			("Stock Ledger Entry", entry, "stock_value", 9),
		):
			with self.subTest(f"{doctype}, {field}"):
				before = frappe.db.get_value(doctype, name, field)
				frappe.db.set_value(doctype, name, field, value)
				self.assertEqual({(d["doctype"], d["field"]) for d in audit()}, {(doctype, field)})
				repair()
				self.assertEqual(frappe.db.get_value(doctype, name, field), before)
				self.assert_audit_clean()

	def test_a_lost_bin_is_made_again(self):
		from serial_tracking.stock.audit import repair

		item = make_item()
		self.receive(item, "LST-1,LST-2")
		frappe.db.delete("Bin", {"item_code": item})
		self.assertEqual([d["derived"] for d in repair(item)], [self.stores])
		self.assert_audit_clean()
		self.receive(item, "LST-3")
		self.assert_audit_clean()

	def test_a_lost_unit_is_told(self):
		from serial_tracking.stock.audit import audit

		item = make_item()
		self.receive(item, "LST-4")
		frappe.db.delete("Serial No", "LST-4")
		self.assertEqual(
			[(d["name"], d["field"], d["repairable"]) for d in audit(item)], [("LST-4", "name", False)]
		)

	def test_a_bin_that_disagrees_with_the_units_is_told(self):
		from serial_tracking.stock.audit import audit

		item = make_item()
		self.receive(item, "CNT-1,CNT-2")
		entry = frappe.db.get_value("Serial No Ledger Entry", {"serial_no": "CNT-1"})
		frappe.db.set_value("Serial No Ledger Entry", entry, "is_cancelled", 1)
		self.assertIn(("units", 2.0, 1), {(d["field"], d["stored"], d["derived"]) for d in audit(item)})


class TestValuesOfAnyKind(StockTestCase):
	def test_a_number_over_rest_may_come_as_a_number(self):
		self.assertEqual(make_unit(make_item(), 777001).name, "777001")

	def test_a_number_that_no_box_could_hold_is_refused(self):
		item = make_item()
		for number in ("A,B", "A..B", "A +5", "(01)95"):
			self.assert_refused(exc.SerialNoFormatError, make_unit, item, number)

	def test_what_is_no_time_at_all_is_told_as_a_change(self):
		self.receive(make_item(), "TIME-1")
		for values in ({"purchase_time": "noon"}, {"purchase_time": 5}, {"last_posting_datetime": "noon"}):
			unit = self.unit("TIME-1")
			unit.update(values)
			self.assert_refused(exc.SerialNoCannotChangeError, unit.save)
		unit = self.unit("TIME-1")
		unit.purchase_time = str(unit.purchase_time)
		unit.save()

	def test_correcting_the_item_gives_it_no_number_twice(self):
		settings(unique_serial_no_per_item=1)
		mine, other = make_item(), make_item()
		unit, taken = make_unit(mine, "COR-1"), make_unit(other, "COR-1")
		self.assertNotEqual(unit.name, taken.name)
		unit = self.unit(unit.name)
		unit.item_code = other
		self.assert_refused(exc.SerialNoDuplicateError, unit.save, mentions=("COR-1",))
		unit = self.unit(unit.name)
		unit.item_code = make_item()
		unit.save()
