"""What the dialog Serials of a voucher row asks the server for: api.serials.available, read, read_file and check."""

import base64
import io

import frappe
import openpyxl
from frappe.utils import add_days, nowdate

from serial_tracking import exceptions as exc
from serial_tracking.api import serials as api
from serial_tracking.stock import numbers_file
from serial_tracking.tests.factories import StockTestCase, make, make_item, row
from serial_tracking.tests.test_serials_api import count_statements


class TestAvailable(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		yesterday = {"posting_date": add_days(nowdate(), -1), "posting_time": "10:00", "set_posting_time": 1}
		self.receive(self.item, ["B_1", "B%2", "b31"])
		self.receive(self.item, ["OLD-1"], **yesterday)
		self.receive(self.item, ["ELSEWHERE"], warehouse=self.shop)
		self.receive(make_item(), ["OTHER-ITEM"])

	def numbers(self, **values):
		return [u["serial_no"] for u in api.available(self.item, self.stores, **values)["units"]]

	def test_units_come_in_the_order_in_which_they_would_be_picked(self):
		self.assertEqual(self.numbers(), api.pick(self.item, self.stores, 4))
		self.assertEqual(self.numbers(based_on="LIFO"), api.pick(self.item, self.stores, 4, "LIFO"))
		self.unit("b31").update({"end_of_life_date": add_days(nowdate(), 3)}).save()
		self.assertEqual(self.numbers(based_on="End of Life")[:2], ["b31", "OLD-1"])

	def test_a_page_follows_the_other_and_the_total_is_that_of_all(self):
		whole = self.numbers()
		first = api.available(self.item, self.stores, page_length=3)
		second = api.available(self.item, self.stores, start=3, page_length=3)
		self.assertEqual([u["serial_no"] for u in first["units"] + second["units"]], whole)
		self.assertEqual((first["total"], second["total"]), (4, 4))

	def test_a_search_finds_parts_of_numbers_however_they_are_written_and_has_no_wildcards(self):
		for search, found in {
			"b": ["B%2", "b31", "B_1"],
			"LD-": ["OLD-1"],
			"_": ["B_1"],
			"%": ["B%2"],
			" ": ["OLD-1", "B%2", "b31", "B_1"],
			"B3": ["b31"],
			"none": [],
		}.items():
			with self.subTest(search=search):
				self.assertCountEqual(self.numbers(search=search), found)
		self.assertEqual(api.available(self.item, self.stores, search="b")["total"], 3)

	def test_held_and_expired_units_are_not_offered(self):
		api.hold(["OLD-1"], "inspection")
		self.unit("B_1").update({"end_of_life_date": add_days(nowdate(), -1)}).save()
		self.assertCountEqual(self.numbers(), ["B%2", "b31"])
		earlier = self.numbers(posting_date=add_days(nowdate(), -2))
		self.assertCountEqual(earlier, ["B%2", "b31", "B_1"])

	def test_each_unit_says_when_it_came_and_when_it_ends(self):
		unit = api.available(self.item, self.stores)["units"][0]
		self.assertEqual(
			unit,
			{
				"serial_no": "OLD-1",
				"purchase_date": frappe.utils.getdate(add_days(nowdate(), -1)),
				"end_of_life_date": None,
			},
		)

	def test_an_order_that_is_none_is_refused(self):
		self.assert_refused(frappe.ValidationError, self.numbers, based_on="Oldest", mentions=("Oldest",))

	def test_the_statements_do_not_grow_with_the_units(self):
		item = make_item(serial_no_series="MANY-.####")
		self.receive(item, qty=300)
		api.available(item, self.stores)  # fills the caches
		for length in (2, 300):
			self.assertEqual(
				count_statements(lambda n=length: api.available(item, self.stores, page_length=n)), 2
			)


class TestRead(StockTestCase):
	def test_what_is_understood_and_what_is_not(self):
		read = api.read("A1..A3, B1\tB2\n\nC<1\nD2..D1\nA1")
		self.assertEqual(read["numbers"], ["A1", "A2", "A3", "B1", "B2", "A1"])
		self.assertEqual([text for text, _why in read["problems"]], ["C<1", "D2..D1"])
		self.assertTrue(all(why for _text, why in read["problems"]))

	def test_a_code_of_another_item_is_told(self):
		item = make_item(barcodes=[{"barcode": "4012345678901", "barcode_type": "EAN"}])
		read = api.read("(01)04012345678901(21)X1\n(01)09506000134352(21)X2", item)
		self.assertEqual(read["numbers"], ["X1", "X2"])
		self.assertEqual([text for text, _why in read["problems"]], ["X2"])
		self.assertIn("09506000134352", read["problems"][0][1])

	def test_more_than_a_voucher_may_have_is_refused(self):
		self.assert_refused(exc.SerialNoLimitError, api.read, "A1 +200000")


def encoded(content):
	return base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()


def workbook(*rows):
	book = openpyxl.Workbook()
	for cells in rows:
		book.active.append(cells)
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


class TestReadFile(StockTestCase):
	def numbers(self, content):
		return api.read_file(encoded(content))["numbers"]

	def test_a_column_with_or_without_a_heading(self):
		for content in (
			"A1\nA2\n",
			"Serial No\r\nA1\r\n\r\nA2\r\n",
			"\ufeffserial_no;\nA1;\nA2;\n",
			"Gerätenummer\nA1\nA2",
			"SN\nA1\nA2",
			"Qty,Serial Number,Remark\n1,A1,fine\n1,A2,",
			workbook(["Serial Nos"], ["A1"], ["A2"]),
			workbook(["A1"], ["A2"]),
		):
			with self.subTest(content=content[:30]):
				self.assertEqual(self.numbers(content), ["A1", "A2"])

	def test_numbers_without_digits_are_no_heading(self):
		self.assertEqual(self.numbers("ALPHA\nBETA\n"), ["ALPHA", "BETA"])
		self.assertEqual(self.numbers("ALPHA\n"), ["ALPHA"])

	def test_ranges_are_expanded(self):
		self.assertEqual(self.numbers("Serial No\nA1..A3\n"), ["A1", "A2", "A3"])

	def test_figures_of_a_workbook_are_numbers_as_they_are_shown(self):
		self.assertEqual(self.numbers(workbook(["Serial No"], [4711], ["0042"])), ["4711", "0042"])

	def test_what_a_spreadsheet_spoilt_is_told_with_its_line(self):
		read = api.read_file(encoded(workbook(["Serial No"], [1234567890123456], ["A1"], ["B<1"])))
		self.assertEqual(read["numbers"], ["A1"])
		self.assertEqual([text for text, _why in read["problems"]], ["Line 2", "B<1"])
		self.assertIn("has lost digits", read["problems"][0][1])

	def test_files_that_cannot_be_read_are_refused_and_say_why(self):
		for content, mentions in (
			("", "empty"),
			("A1,B1\nA2,B2", "several columns"),
			("Serial No,SN\nA1,A2", "twice"),
			(b"PK\x03\x04 broken", "cannot be read"),
			(b"\xd0\xcf\x11\xe0 old", "XLSX"),
			(b"A" * (numbers_file.MAX_BYTES + 1), "6 MB"),
		):
			with self.subTest(content=content[:20]):
				self.assert_refused(
					exc.SerialNoFormatError, api.read_file, encoded(content), mentions=(mentions,)
				)
		self.assert_refused(exc.SerialNoFormatError, api.read_file, "no base 64!")

	def test_too_many_are_refused(self):
		self.assert_refused(exc.SerialNoLimitError, api.read_file, encoded("A1 +200000"))


class TestReasons(StockTestCase):
	"""`check` tells of each number what is wrong with it."""

	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receive(self.item, ["IN-1", "IN-2", "IN-3"])
		self.delivered = self.deliver(self.item, "IN-3")

	def reasons(self, *texts):
		rows = [
			row(self.item, len(text.splitlines()), warehouse=self.stores, serial_no=text) for text in texts
		]
		draft = {"doctype": "Delivery Note", "customer": self.customer, "items": rows}
		told = {}
		for problem in api.check(draft):
			for number in problem["serial_nos"]:
				why = problem["reasons"].get(number) or problem["reason"]
				told[problem["row"], number] = why
		return told

	def test_each_number_has_its_own_reason(self):
		told = self.reasons("IN-1\nIN-3\nNEVER\nIN-1\nX<1", "IN-2\nIN-1")
		self.assertEqual(set(told), {(1, n) for n in ("IN-3", "NEVER", "IN-1", "X<1")} | {(2, "IN-1")})
		self.assertIn("not allowed", told[1, "X<1"])
		self.assertIn(self.delivered.name, told[1, "IN-3"])
		self.assertEqual(told[1, "NEVER"], "is not known")
		self.assertEqual(told[1, "IN-1"], "given more than once")
		self.assertEqual(told[2, "IN-1"], "given in row 1 too")

	def test_a_number_in_both_boxes_of_a_receipt(self):
		line = row(self.item, 1, warehouse=self.stores, serial_no="NEW", rejected_qty=1)
		line |= {"rejected_serial_no": "IN-1", "rejected_warehouse": self.shop}
		draft = {"doctype": "Purchase Receipt", "supplier": self.supplier, "items": [line]}
		(problem,) = api.check(draft)
		self.assertEqual((problem["row"], problem["serial_nos"]), (1, ["IN-1"]))
		self.assertIn(self.stores, problem["reason"])


class TestUserPermission(StockTestCase):
	def test_units_of_a_warehouse_that_is_hidden_are_not_offered(self):
		item = make_item()
		self.receive(item, "SHOP-1", warehouse=self.shop)
		user = make(
			"User",
			email="picker@example.com",
			first_name="Pia",
			send_welcome_email=0,
			roles=[{"role": "Stock User"}],
		)
		frappe.permissions.add_user_permission("Warehouse", self.stores, user)
		frappe.set_user(user)
		self.assertEqual(api.available(item, self.stores)["units"], [])
		self.assert_refused(frappe.PermissionError, api.available, item, self.shop)
