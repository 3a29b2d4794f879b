"""Every rule of DOMAIN 6 that these vouchers meet: its class, its message, and a neighbour that passes."""

from unittest.mock import patch

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from serial_tracking import exceptions as exc
from serial_tracking.tests.factories import (
	StockTestCase,
	make,
	make_item,
	make_warehouse,
	row,
	settings,
	voucher,
)


class TestRules(StockTestCase):
	# ------------------------------------------------------------------ item and time

	def test_a_disabled_item_is_refused(self):
		item = make_item(disabled=1)
		self.assert_refused(
			exc.ItemNotActiveError, self.receive, item, "DIS-1", mentions=("Row 1", item, "disabled")
		)

	def test_an_item_past_its_end_of_life_is_refused_and_on_the_day_itself_not(self):
		today = getdate()
		over = make_item(end_of_life=add_days(today, -1))
		self.assert_refused(exc.ItemNotActiveError, self.receive, over, "EOL-1", mentions=(over,))
		self.receive(make_item(end_of_life=today), "EOL-2")
		# what counts is the posting date
		self.receive(over, "EOL-3", posting_date=add_days(today, -2))

	def test_a_posting_in_the_future_is_refused(self):
		item, now = make_item(), now_datetime()
		later = add_to_date(now, hours=2)
		self.assert_refused(
			exc.FuturePostingError,
			self.receive,
			item,
			"FUT-1",
			posting_date=later.date(),
			posting_time=later.time(),
		)
		self.receive(item, "FUT-2", posting_date=now.date(), posting_time=now.time())

	def test_a_frozen_period_is_closed_for_all_but_the_role(self):
		item, day = make_item(), add_days(getdate(), -10)
		settings(stock_frozen_upto=day)
		self.assert_refused(
			exc.StockFrozenError, self.receive, item, "FRZ-1", posting_date=day, mentions=("frozen",)
		)
		receipt = self.receive(item, "FRZ-2", posting_date=add_days(day, 1))
		settings(role_allowed_for_frozen_stock="Stock Manager")
		self.receive(item, "FRZ-3", posting_date=day)
		settings(stock_frozen_upto=add_days(day, 1), role_allowed_for_frozen_stock=None)
		self.assert_refused(exc.StockFrozenError, receipt.cancel)

	# ------------------------------------------------------------------ quantities and text

	def test_a_fraction_of_a_whole_unit_is_refused(self):
		pieces = make_item(has_serial_no=0)
		self.assert_refused(exc.UOMMustBeIntegerError, self.receive, pieces, qty=1.5, mentions=("1.5", "Nos"))
		self.receive(make_item(has_serial_no=0, stock_uom="Kg"), qty=1.5)

	def test_a_quantity_without_serials_must_be_positive(self):
		item = make_item(has_serial_no=0)
		self.assert_refused(exc.InvalidQuantityError, self.receive, item, qty=-1)
		self.receive(item, qty=1)

	def test_a_rate_below_zero_is_refused(self):
		self.assert_refused(frappe.NonNegativeError, self.receive, make_item(), "NEG-1", rate=-5)
		self.assert_refused(frappe.NonNegativeError, self.receive_by_entry, make_item(), "NEG-1", rate=-5)

	def test_a_number_that_cannot_be_is_refused_when_the_draft_is_saved(self):
		item = make_item()
		for bad in (
			"X" * 101,
			"AB\x00C",
			"A\u200fB",
			"<b>A</b>",
			"A\U0001f600",
			"\u0661\u0662",
			"A9..A1",
			"A1..B2",
			"SN +5",
		):
			self.assert_refused(
				exc.SerialNoFormatError, self.receive, item, bad, qty=1, submit=False, mentions=("Row 1",)
			)
		receipt = self.receive(item, "X" * 100, submit=False)
		self.assertEqual(receipt.items[0].serial_no, "X" * 100)

	def test_a_message_names_every_bad_number(self):
		error = self.assert_refused(
			exc.SerialNoFormatError,
			self.receive,
			make_item(),
			"A9..A1, OK-1, <x>",
			qty=2,
			mentions=("A9..A1", "&lt;x&gt;"),
		)
		self.assertNotIn("OK-1", str(error))
		self.assertNotIn("<x>", str(error))

	def test_more_than_the_limit_is_refused_before_it_is_spelt_out(self):
		item = make_item(serial_no_series="LIM-.#")
		self.assert_refused(
			exc.SerialNoLimitError,
			self.receive,
			item,
			"A0000000000..A9999999999",
			qty=1,
			submit=False,
			mentions=("200,000",),
		)
		self.assert_refused(exc.SerialNoLimitError, self.receive, item, qty=200_001)

	def test_serials_on_an_item_without_them_are_refused(self):
		item = make_item(has_serial_no=0)
		self.assert_refused(exc.SerialNoNotRequiredError, self.receive, item, "NOT-1")
		self.receive(item, qty=1)

	def test_serials_are_needed_where_no_series_makes_them(self):
		item = make_item()
		self.assert_refused(exc.SerialNoRequiredError, self.receive, item, qty=1, mentions=("series",))
		series = make_item(serial_no_series="REQ-.##")
		self.receive(series, qty=1)
		self.assert_refused(exc.SerialNoRequiredError, self.deliver, series, qty=1, mentions=(self.stores,))

	def test_the_quantity_must_be_the_count(self):
		item = make_item()
		self.assert_refused(
			exc.SerialNoQtyError, self.receive, item, "QTY-1,QTY-2", qty=3, mentions=("3", "2")
		)
		for qty in (1.5, -1, 0):
			self.assert_refused(exc.SerialNoQtyError, self.receive, item, "QTY-1", qty=qty or 1e-12)
		kilos = make_item(stock_uom="Kg", serial_no_series="KG-.##")
		self.assert_refused(exc.SerialNoQtyError, self.receive, kilos, qty=1.5)
		self.receive(item, "QTY-1,QTY-2", qty=2)

	# ------------------------------------------------------------------ units

	def test_the_same_unit_twice_in_a_row_is_refused(self):
		item = make_item()
		self.assert_refused(
			exc.SerialNoDuplicateError, self.receive, item, "TW-1\ntw-1", qty=2, mentions=("tw-1",)
		)

	def test_the_same_unit_in_two_rows_is_refused(self):
		item = make_item()
		rows = [row(item, 1, warehouse=self.stores, serial_no="TW-2") for _n in range(2)]
		self.assert_refused(
			exc.SerialNoDuplicateError,
			voucher,
			"Purchase Receipt",
			rows,
			supplier=self.supplier,
			mentions=("Row 2", "row 1"),
		)
		rows[1]["serial_no"] = "TW-3"
		voucher("Purchase Receipt", rows, supplier=self.supplier)

	def test_a_unit_of_another_item_is_refused(self):
		mine, other = make_item(), make_item()
		self.receive(other, "ITM-1")
		self.assert_refused(exc.SerialNoItemError, self.receive, mine, "itm-1", mentions=("itm-1", other))
		self.assert_refused(exc.SerialNoItemError, self.deliver, mine, "ITM-1", mentions=(other,))

	def test_an_unknown_number_cannot_go_out(self):
		item = make_item()
		self.receive(item, "KNO-1")
		self.assert_refused(
			exc.SerialNoNotExistsError, self.deliver, item, "KNO-1,KNO-2,KNO-3", mentions=("KNO-2", "KNO-3")
		)

	def test_a_unit_in_a_warehouse_cannot_come_in(self):
		item = make_item()
		first = self.receive(item, "DUP-1")
		self.assert_refused(
			exc.SerialNoDuplicateError,
			self.receive,
			item,
			"DUP-1",
			warehouse=self.shop,
			mentions=(first.name, self.stores),
		)

	def test_a_known_unit_comes_in_again_only_by_the_setting(self):
		item = make_item()
		self.receive(item, "AGN-1")
		note = self.deliver(item, "AGN-1")
		settings(allow_existing_serial_no=0)
		self.assert_refused(exc.SerialNoDuplicateError, self.receive, item, "AGN-1", mentions=(note.name,))
		settings(allow_existing_serial_no=1)
		receipt = self.receive(item, "AGN-1")
		self.assert_unit("AGN-1", status="Available", customer=None, purchase_document_no=receipt.name)

	def test_a_unit_elsewhere_or_gone_cannot_go_out(self):
		item = make_item()
		self.receive(item, "WHS-1,WHS-2")
		self.assert_refused(
			exc.SerialNoWarehouseError,
			self.deliver,
			item,
			"WHS-1",
			warehouse=self.shop,
			mentions=(self.stores,),
		)
		note = self.deliver(item, "WHS-1")
		self.assert_refused(
			exc.SerialNoWarehouseError,
			self.deliver,
			item,
			"WHS-1",
			mentions=("WHS-1", "Delivered", note.name),
		)
		self.deliver(item, "WHS-2")

	def test_a_held_unit_cannot_leave_but_may_be_transferred(self):
		item = make_item()
		self.receive(item, "HLD-1")
		unit = self.unit("HLD-1")
		unit.update({"on_hold": 1, "hold_reason": "scratched"})
		unit.save()
		self.assert_unit("HLD-1", status="On Hold")
		self.assert_refused(
			exc.SerialNoNotAvailableError, self.deliver, item, "HLD-1", mentions=("HLD-1", "scratched")
		)
		self.assert_refused(exc.SerialNoNotAvailableError, self.issue, item, "HLD-1")
		self.transfer(item, "HLD-1")
		self.assert_unit("HLD-1", status="On Hold", warehouse=self.shop)

	def test_an_expired_unit_cannot_be_delivered_but_issued(self):
		item = make_item(shelf_life_in_days=5)
		self.receive(item, "EXP-1,EXP-2", posting_date=add_days(getdate(), -10))
		self.assert_unit("EXP-1", status="Expired")
		self.assert_refused(exc.SerialNoNotAvailableError, self.deliver, item, "EXP-1", mentions=("Expired",))
		self.issue(item, "EXP-1")
		# on the posting date it was still good
		self.deliver(item, "EXP-2", posting_date=add_days(getdate(), -6))

	def test_nothing_is_posted_before_the_latest_move(self):
		item, day = make_item(), getdate()
		receipt = self.receive(item, "BCK-1", posting_date=add_days(day, -5))
		self.assert_refused(
			exc.SerialNoExistsInFutureTransactionError, self.deliver, item, "BCK-1", posting_date=add_days(day, -6),
			mentions=("BCK-1", receipt.name),
		)  # fmt: skip
		self.deliver(item, "BCK-1", posting_date=add_days(day, -4))
		self.assert_audit_clean()

	def test_cancel_only_from_the_latest_move_backwards(self):
		item = make_item()
		receipt = self.receive(item, "CNC-1,CNC-2")
		note = self.deliver(item, "CNC-2")
		self.assert_refused(
			exc.SerialNoExistsInFutureTransactionError, receipt.cancel, mentions=("CNC-2", note.name)
		)
		note.cancel()
		frappe.get_doc("Purchase Receipt", receipt.name).cancel()
		self.assert_unit("CNC-1", status="Inactive")

	# ------------------------------------------------------------------ stock and series

	def test_stock_without_serials_never_falls_below_zero(self):
		item = make_item(has_serial_no=0)
		self.assert_refused(exc.NegativeStockError, self.issue, item, qty=1, mentions=(self.stores, "-1"))
		receipt = self.receive(item, qty=5)
		self.issue(item, qty=5)
		self.assert_refused(exc.NegativeStockError, self.issue, item, qty=1)
		self.assert_refused(exc.NegativeStockError, receipt.cancel)

	def test_stock_without_serials_never_falls_below_zero_at_a_later_moment(self):
		item, day = make_item(has_serial_no=0), getdate()
		self.receive(item, qty=5, posting_date=add_days(day, -10))
		self.issue(item, qty=5, posting_date=add_days(day, -2))
		self.assert_refused(exc.NegativeStockError, self.issue, item, qty=1, posting_date=add_days(day, -5))
		self.receive(item, qty=3, posting_date=add_days(day, -8))
		self.issue(item, qty=2, posting_date=add_days(day, -5))
		balances = frappe.get_all(
			"Stock Ledger Entry",
			{"item_code": item},
			pluck="qty_after_transaction",
			order_by="posting_datetime",
		)
		self.assertEqual(balances, [5, 8, 6, 1])
		self.assert_audit_clean()

	def test_a_series_that_cannot_be_is_refused(self):
		for bad in ("AB#", "A.##.-.##", "A*.##", "X" * 95 + "-.########"):
			with self.subTest(bad):
				self.assertRaises(exc.SerialNoSeriesError, self.save_and_receive, bad)
		self.save_and_receive("FINE-.##")

	def save_and_receive(self, series):
		self.receive(make_item(serial_no_series=series), qty=1)

	def test_a_token_without_a_value_is_refused(self):
		item = make_item(serial_no_series="TOK-.{brand}.-.##")
		self.assert_refused(
			exc.SerialNoSeriesError, self.receive, item, qty=1, mentions=("brand", "no value")
		)
		frappe.db.set_value("Item", item, "brand", make("Brand", brand="Acme"))
		self.receive(item, qty=1)
		self.assert_unit("TOK-Acme-01", status="Available")

	def test_a_prefix_of_another_item_is_refused_unless_the_setting_allows_it(self):
		make_item(serial_no_series="SHARE-.####")
		self.assert_refused(
			exc.SerialNoSeriesError, make_item, serial_no_series="share-.##", mentions=("share-",)
		)
		settings(allow_shared_series_prefix=1)
		make_item(serial_no_series="share-.##")
		self.assert_refused(exc.SerialNoSeriesError, settings, allow_shared_series_prefix=0)

	def test_rows_follow_each_other_also_within_a_voucher(self):
		item, third = make_item(has_serial_no=0), make_warehouse("Test Third")
		there = row(item, 5, s_warehouse=self.stores, t_warehouse=self.shop)
		on = row(item, 5, s_warehouse=self.shop, t_warehouse=third)
		back = row(item, 5, s_warehouse=self.shop, t_warehouse=self.stores)
		self.assert_refused(exc.NegativeStockError, self.enter, "Material Transfer", there, back)
		self.receive(item, qty=5, rate=10)
		self.assert_refused(exc.NegativeStockError, self.enter, "Material Transfer", on, there)
		self.enter("Material Transfer", there, on)
		worth = dict(frappe.get_all("Bin", {"item_code": item}, ["warehouse", "stock_value"], as_list=True))
		self.assertEqual(worth, {self.stores: 0, self.shop: 0, third: 50})
		self.assert_audit_clean()

	def test_cancel_looks_at_the_balance_after_the_whole_voucher(self):
		item = make_item(has_serial_no=0)
		rows = (
			row(item, 1, t_warehouse=self.stores),
			row(item, 1, s_warehouse=self.stores),
			row(item, 5, t_warehouse=self.stores),
		)
		entry = self.enter("Repack", *rows)
		entry.cancel()
		self.assert_audit_clean()

	# ------------------------------------------------------------------ rows that no voucher can have

	def test_what_no_voucher_can_hold_is_refused_and_no_server_error(self):
		item, plain = make_item(), make_item(has_serial_no=0)
		good = row(item, 1, warehouse=self.stores, serial_no="GBG-1")
		for exception, values, rows in (
			(frappe.MandatoryError, {}, []),
			(frappe.MandatoryError, {}, [{**good, "item_code": None}, good]),
			(exc.SerialNoFormatError, {}, [{**good, "serial_no": ["GBG-1"]}]),
			(exc.SerialNoFormatError, {}, [{**good, "serial_no": "A1 +" + "9" * 5000}]),
			(exc.InvalidQuantityError, {}, [{**good, "qty": float("nan")}]),
			(exc.InvalidQuantityError, {}, [row(plain, float("inf"), warehouse=self.stores)]),
			(exc.InvalidQuantityError, {}, [row(plain, 1e15, warehouse=self.stores)]),
			(exc.InvalidQuantityError, {}, [row(plain, 1, warehouse=self.stores, rate=9e11)] * 2),
			(frappe.ValidationError, {}, [{**good, "unit_details": "no JSON"}]),
			(frappe.ValidationError, {}, [{**good, "unit_details": '{"GBG-1": 5}'}]),
			(frappe.ValidationError, {"posting_date": "2026-01-01", "posting_time": "noon"}, [good]),
			(frappe.ValidationError, {"posting_date": "0001-01-01"}, [good]),
		):
			with self.subTest(values=values, rows=rows):
				self.assert_refused(
					exception, voucher, "Purchase Receipt", rows, supplier=self.supplier, **values
				)
		self.assert_refused(frappe.ValidationError, self.enter, "Teleport", row(item, 1))
		voucher("Purchase Receipt", [{**good, "serial_no": 12345}], supplier=self.supplier)
		self.assert_unit("12345", status="Available")

	def test_an_hour_beyond_the_day_is_the_same_in_the_voucher_and_the_ledger(self):
		receipt = self.receive(make_item(), "HOUR-1", posting_date="2026-01-01", posting_time="25:00:00")
		receipt.reload()
		self.assertEqual(receipt.get_posting_datetime(), self.unit("HOUR-1").last_posting_datetime)
		self.assertEqual(str(receipt.posting_time), "1:00:00")

	def test_a_row_needs_a_warehouse_that_can_hold_stock(self):
		item = make_item()
		group = (
			frappe.get_doc({"doctype": "Warehouse", "warehouse_name": "Test Group", "is_group": 1})
			.insert()
			.name
		)
		closed = (
			frappe.get_doc({"doctype": "Warehouse", "warehouse_name": "Test Closed", "disabled": 1})
			.insert()
			.name
		)
		for warehouse in (None, group, closed):
			rows = [row(item, 1, warehouse=warehouse, serial_no="WH-1")]
			self.assert_refused(
				exc.InvalidWarehouseError, voucher, "Purchase Receipt", rows, supplier=self.supplier
			)
		self.assert_refused(exc.InvalidWarehouseError, self.transfer, item, "WH-1", target=self.stores)
		self.assert_refused(
			exc.InvalidWarehouseError,
			self.enter,
			"Repack",
			row(item, 1, s_warehouse=self.stores, serial_no="WH-1"),
		)
		voucher(
			"Purchase Receipt",
			[row(item, 1, serial_no="WH-1")],
			supplier=self.supplier,
			set_warehouse=self.stores,
		)

	def test_an_unknown_unit_of_measure_is_refused(self):
		item = make_item()
		rows = [row(item, 1, uom="Box", warehouse=self.stores, serial_no="UOM-1")]
		self.assert_refused(exc.UOMConversionError, voucher, "Purchase Receipt", rows, supplier=self.supplier)

	def test_a_refused_row_leaves_the_other_rows_undone(self):
		item = make_item(serial_no_series="ALL-.##")
		rows = [
			row(item, 2, warehouse=self.stores),
			row(make_item(), 2, warehouse=self.stores, serial_no="ALL-X1"),
		]
		receipt = voucher("Purchase Receipt", rows, submit=False, supplier=self.supplier)
		self.assert_refused(exc.SerialNoQtyError, receipt.submit, mentions=("Row 2",))
		self.assertFalse(frappe.db.exists("Serial No", {"item_code": item}))


class TestOrderOfRules(StockTestCase):
	def test_the_first_broken_rule_gives_the_class(self):
		"""One voucher that breaks many rules; mending them one by one shows them in the order of the table."""
		today = getdate()
		item, plain, other = make_item(disabled=1), make_item(has_serial_no=0), make_item()
		self.receive(other, "ORD-OTHER")
		doc = {
			"posting_date": add_days(today, 1),
			"rows": [
				row(item, 1, warehouse=self.stores, serial_no="ORD-OTHER"),
				row(plain, 0.5, warehouse=self.stores, serial_no="ORD-P"),
			],
		}
		settings(stock_frozen_upto=add_days(today, 2))

		def submit():
			frappe.get_doc(
				{
					"doctype": "Delivery Note",
					"customer": self.customer,
					"posting_date": doc["posting_date"],
					"items": doc["rows"],
					"docstatus": 1,
				}
			).insert()

		self.assert_refused(exc.ItemNotActiveError, submit)
		frappe.db.set_value("Item", item, "disabled", 0)
		self.assert_refused(exc.FuturePostingError, submit)
		doc["posting_date"] = today
		self.assert_refused(exc.StockFrozenError, submit)
		settings(stock_frozen_upto=None)
		self.assert_refused(exc.UOMMustBeIntegerError, submit)
		doc["rows"][1]["qty"] = 1
		doc["rows"][0]["serial_no"] = "B9..B1"
		self.assert_refused(exc.SerialNoFormatError, submit)
		doc["rows"][0]["serial_no"] = "B000001..B999999"
		self.assert_refused(exc.SerialNoLimitError, submit)
		doc["rows"][0]["serial_no"] = None
		self.assert_refused(exc.SerialNoNotRequiredError, submit)
		doc["rows"][1]["serial_no"] = None
		self.assert_refused(exc.SerialNoRequiredError, submit)
		doc["rows"][0]["serial_no"] = "ORD-OTHER\nORD-OTHER\nORD-NONE"
		self.assert_refused(exc.SerialNoQtyError, submit)
		doc["rows"][0]["qty"] = 3
		self.assert_refused(exc.SerialNoDuplicateError, submit)
		doc["rows"][0].update({"serial_no": "ORD-OTHER\nORD-NONE", "qty": 2})
		self.assert_refused(exc.SerialNoItemError, submit)
		doc["rows"][0].update({"item_code": other})
		self.assert_refused(exc.SerialNoNotExistsError, submit)
		doc["rows"][0].update({"serial_no": "ORD-OTHER", "qty": 1, "warehouse": self.shop})
		self.assert_refused(exc.SerialNoWarehouseError, submit)
		doc["rows"][0]["warehouse"] = self.stores
		frappe.db.set_value("Serial No", "ORD-OTHER", {"on_hold": 1, "hold_reason": "test"})
		doc["posting_date"] = add_days(today, -1)
		self.assert_refused(exc.SerialNoNotAvailableError, submit)
		frappe.db.set_value("Serial No", "ORD-OTHER", "on_hold", 0)
		self.assert_refused(exc.SerialNoExistsInFutureTransactionError, submit)
		doc["posting_date"] = today
		self.assert_refused(exc.NegativeStockError, submit)
		del doc["rows"][1]
		submit()
		self.assert_unit("ORD-OTHER", status="Delivered")


class TestAFullDisk(StockTestCase):
	def test_it_is_told_plainly(self):
		full = {
			"mariadb": (1114, "The table 'tabSerial No' is full"),
			"sqlite": ("database or disk is full",),
		}
		error = frappe.db.OperationalError(*full[frappe.db.db_type])
		with patch("serial_tracking.stock.bulk.insert", side_effect=error):
			self.assert_refused(exc.StorageFullError, self.receive, make_item(), "F1", mentions=("no room",))
		self.receive(make_item(), "F1")
