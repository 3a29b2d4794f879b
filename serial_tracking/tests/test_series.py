"""Numbers from an item's series."""

import datetime
from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate

from serial_tracking.api import serials as api
from serial_tracking.exceptions import SerialNoQtyError, SerialNoRequiredError, SerialNoSeriesError
from serial_tracking.stock import series
from serial_tracking.tests.factories import StockTestCase, make_item, row, serials, voucher


def counter(key):
	table = frappe.qb.DocType("Series")
	rows = frappe.qb.from_(table).select(table.current).where(table.name == key).run()
	return rows[0][0] if rows else None


class TestSeries(StockTestCase):
	def numbers(self, template, count=1, day="2026-01-02", **fields):
		return series.reserve([series.demand(template, count, getdate(day), [fields])])[0]

	def test_tokens_take_their_value_from_the_posting_date(self):
		for template, day, expected in (
			("T1-.YYYY.-.MM.-.DD.-.##", "2026-03-04", "T1-2026-03-04-01"),
			("T2.YY.WW.##", "2026-06-17", "T2262501"),
			("T3.WW.##", "2027-01-01", "T30001"),
			("T4.WW.##", "2025-12-31", "T45301"),
			("T5-.JJJ.-.###", "2026-12-31", "T5-365-001"),
		):
			with self.subTest(template):
				self.assertEqual(self.numbers(template, day=day), [expected])

	def test_fields_and_literals(self):
		self.assertEqual(self.numbers("F1-.{colour}.-.##", colour="red"), ["F1-red-01"])
		self.assertEqual(self.numbers("F2-.colour.-.##", colour="red"), ["F2-red-01"])
		self.assertEqual(self.numbers("F3-.colour.-.##"), ["F3-colour-01"])
		self.assertEqual(self.numbers("F4.##.-X"), ["F401-X"])
		self.assertEqual(self.numbers("F5"), ["F500001"])

	def test_a_hook_gives_a_token(self):
		hooks = {"FY": ["serial_tracking.tests.test_series.fiscal_year"]}
		with patch.object(
			frappe,
			"get_hooks",
			lambda key, default=None, *a, **k: hooks if key == "naming_series_variables" else default,
		):
			self.assertEqual(self.numbers("H-.FY.-.##"), ["H-26/27-01"])

	def test_a_field_of_the_row_wins_over_the_voucher_and_the_item(self):
		item = make_item(serial_no_series="W-.{warehouse}.-.{supplier}.-.{item_name}.-.##", item_name="thing")
		receipt = self.receive(item, qty=1)
		self.assertEqual(serials(receipt), [f"W-{self.stores}-{self.supplier}-thing-01"])

	def test_the_posting_date_of_the_voucher_counts(self):
		item = make_item(serial_no_series="PD-.YYYY.-.###")
		day = add_days(getdate(), -400)
		self.assertEqual(
			serials(self.receive(item, qty=1, posting_date=day)), [f"PD-{getdate(day).year}-001"]
		)

	def test_the_counter_grows_past_its_width(self):
		self.numbers("G-.#", 8)
		self.assertEqual(self.numbers("G-.#", 3), ["G-9", "G-10", "G-11"])

	def test_taken_numbers_are_skipped_and_none_is_given_twice(self):
		item = make_item(serial_no_series="TK-.###")
		self.receive(item, "TK-001,tk-003,TK-004")
		self.assertEqual(serials(self.receive(item, qty=2)), ["TK-002", "TK-005"])
		self.assertEqual(counter("TK-"), 5)
		self.assertEqual(serials(self.receive(item, qty=1)), ["TK-006"])

	def test_many_taken_numbers_are_skipped_in_few_statements(self):
		item = make_item(serial_no_series="MT-.####")
		self.receive(item, "MT-0001..MT-1500")
		with patch.object(series.bulk, "select", wraps=series.bulk.select) as select:
			self.assertEqual(serials(self.receive(item, qty=1)), ["MT-1501"])
		self.assertLess(select.call_count, 10)

	def test_numbers_typed_in_the_same_voucher_are_skipped(self):
		item = make_item(serial_no_series="SV-.##")
		rows = [row(item, 2, warehouse=self.stores), row(item, 1, warehouse=self.stores, serial_no="SV-01")]
		receipt = voucher("Purchase Receipt", rows, supplier=self.supplier)
		self.assertEqual(serials(receipt), ["SV-02", "SV-03"])

	def test_rows_of_one_series_follow_each_other_in_one_locked_update(self):
		item = make_item(serial_no_series="RO-.##")
		rows = [row(item, n, warehouse=self.stores) for n in (2, 1, 3)]
		with patch.object(series, "_lock_counter", wraps=series._lock_counter) as lock:
			receipt = voucher("Purchase Receipt", rows, supplier=self.supplier)
		self.assertEqual(
			[serials(receipt, i) for i in range(3)],
			[["RO-01", "RO-02"], ["RO-03"], ["RO-04", "RO-05", "RO-06"]],
		)
		self.assertEqual(lock.call_count, 1)

	def test_a_refused_voucher_gives_its_numbers_back(self):
		item = make_item(serial_no_series="RB-.##")
		frappe.db.savepoint("unposted")
		with patch.object(series.bulk, "insert", side_effect=frappe.ValidationError):
			self.assertRaises(frappe.ValidationError, self.receive, item, qty=2)
		frappe.db.rollback(save_point="unposted")
		self.assertEqual(serials(self.receive(item, qty=1)), ["RB-01"])

	def test_a_number_that_no_box_could_hold_is_refused(self):
		brand = frappe.get_doc({"doctype": "Brand", "brand": "Smith, Ltd"}).insert().name
		item = make_item(serial_no_series="{brand}-.###", brand=brand)
		self.assert_refused(SerialNoSeriesError, self.receive, item, qty=1, mentions=("comma",))

	def test_a_counter_at_its_end_is_told(self):
		self.numbers("END-.#")
		table = frappe.qb.DocType("Series")
		frappe.qb.update(table).set(table.current, series.LARGEST_COUNTER - 1).where(
			table.name == "END-"
		).run()
		self.assertRaises(SerialNoSeriesError, self.numbers, "END-.#", 2)
		self.assertEqual(self.numbers("END-.#"), [f"END-{series.LARGEST_COUNTER}"])

	def test_preview_reserves_nothing(self):
		item = make_item(serial_no_series="PV-.##")
		self.receive(item, "PV-02")
		for _again in range(2):
			self.assertEqual(api.preview_series(item, 2), ["PV-01", "PV-03"])
		self.assertIsNone(counter("PV-"))
		self.assertRaises(SerialNoQtyError, api.preview_series, item, 0)
		self.assertRaises(SerialNoRequiredError, api.preview_series, make_item(), 1)

	def test_a_cancelled_receipt_keeps_its_numbers(self):
		item = make_item(serial_no_series="CK-.##")
		self.receive(item, qty=2).cancel()
		self.assertEqual(serials(self.receive(item, qty=1)), ["CK-03"])


class TestExpand(StockTestCase):
	def test_the_numbers_of_a_text(self):
		self.assertEqual(api.expand("A1..A3, B"), ["A1", "A2", "A3", "B"])

	def test_a_gtin_must_be_a_barcode_of_the_item(self):
		from serial_tracking.exceptions import SerialNoFormatError, SerialNoItemError, SerialNoLimitError

		item = make_item(barcodes=[{"barcode": "9506000134352", "barcode_type": "EAN"}])
		code = "(01)09506000134352(21)S1(17)301231"
		self.assertEqual(api.expand(code, item), ["S1"])
		self.assert_refused(SerialNoItemError, api.expand, code, make_item())
		self.assert_refused(SerialNoFormatError, api.expand, "A2..A1", mentions=("A2..A1",))
		self.assert_refused(SerialNoLimitError, api.expand, "A0000001..A9999999")

	def test_a_scanned_end_of_life_reaches_the_unit(self):
		item = make_item(barcodes=[{"barcode": "9506000134352", "barcode_type": "EAN"}], shelf_life_in_days=5)
		receipt = self.receive(item, "(01)09506000134352(21)S1(17)301231\nS2")
		self.assertEqual(serials(receipt), ["S1", "S2"])
		self.assert_unit("S1", end_of_life_date=datetime.date(2030, 12, 31))
		self.assert_unit("S2", end_of_life_date=add_days(getdate(), 5))


def fiscal_year(doc, token):
	return "26/27"
