"""Scanned codes: what they are found to be, and what becomes of scanned numbers in vouchers."""

import datetime
from unittest.mock import patch

import frappe

from serial_tracking import exceptions as exc
from serial_tracking.api import serials as serials_api
from serial_tracking.api.scan import bearers, scan
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.tests.factories import StockTestCase, make_item, settings, storekeeper_of

GTIN = "09506000134352"
EAN = "9506000134352"


class ScanTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(
			barcodes=[
				{"barcode": EAN, "barcode_type": "EAN"},
				{"barcode": "BOX-39", "barcode_type": "Code 39", "uom": "Box"},
			],
			uoms=[{"uom": "Box", "conversion_factor": 10}],
		)
		self.receive(self.item, "SC-1\nSC-2")

	def assert_found(self, code, kind, **expected):
		"""`serial`, `item` and `warehouse` are compared by name, None where the answer has none."""
		answer = scan(code)
		self.assertEqual(answer["type"], kind, code)
		found = {
			field: answer[field] and answer[field]["name"] for field in ("serial", "item", "warehouse")
		} | {field: answer[field] for field in ("serial_no", "serial_known")}
		blank = dict.fromkeys(found)
		self.assertEqual(found, {**blank, **expected}, code)
		return answer


class TestScan(ScanTestCase):
	def test_a_serial_number_however_it_is_written(self):
		for code in ("SC-1", " sc-1\r\n", "]C0SC-1", "]Q1SC-1"):
			answer = self.assert_found(
				code, "serial", serial="SC-1", item=self.item, serial_no="SC-1", serial_known=True
			)
		self.assertEqual(
			(answer["serial"]["status"], answer["serial"]["warehouse"]), ("Available", self.stores)
		)
		self.assertEqual((answer["item"]["has_serial_no"], answer["entry"], answer["gs1"]), (1, "SC-1", None))

	def test_a_barcode_of_an_item_in_each_of_its_lengths(self):
		for code in (EAN, f"0{EAN}", f"]E0{EAN}"):
			answer = self.assert_found(code, "item", item=self.item)
		self.assertEqual((answer["item"]["uom"], answer["item"]["conversion_factor"]), ("Nos", 1))
		american = make_item(barcodes=[{"barcode": "042100005264", "barcode_type": "UPC-A"}])
		short = make_item(barcodes=[{"barcode": "00000096385074", "barcode_type": "GTIN"}])
		for code, item in (
			("042100005264", american),
			("0042100005264", american),
			("00042100005264", american),
			("04252614", american),  # UPC-E
			("96385074", short),
		):
			self.assert_found(code, "item", item=item)

	def test_a_barcode_that_is_no_gtin_is_taken_literally(self):
		answer = self.assert_found("BOX-39", "item", item=self.item)
		self.assertEqual((answer["item"]["uom"], answer["item"]["conversion_factor"]), ("Box", 10))
		make_item(barcodes=[{"barcode": "0012", "barcode_type": "Code 39"}])
		for code in ("box-39", "00000012", "12"):
			self.assert_refused(exc.SerialNoNotExistsError, scan, code)
		address = make_item(barcodes=[{"barcode": "https://maker.example/p/7", "barcode_type": ""}])
		self.assert_found("https://maker.example/p/7", "item", item=address)

	def test_a_warehouse_and_an_item_code(self):
		answer = self.assert_found(self.shop, "warehouse", warehouse=self.shop)
		self.assertEqual((answer["warehouse"]["is_group"], answer["warehouse"]["disabled"]), (0, 0))
		self.assert_found(self.item, "item", item=self.item)

	def test_an_unknown_code_says_so(self):
		self.assert_refused(exc.SerialNoNotExistsError, scan, "NEVER-1", mentions=("NEVER-1",))
		self.assert_refused(exc.SerialNoFormatError, scan, " \n", mentions=("Nothing was scanned",))
		for code in ("", " \n", "X" * 8001, "https://example.com/about", "]C1zzz"):
			self.assert_refused(exc.SerialNoFormatError, scan, code)
		# what no number may have is no error here, only unknown
		for code in ("a\x00b", "<script>", "😀", "1" * 1500, "A,B", "A1..A5", "%", "' OR 1=1"):
			self.assert_refused(exc.SerialNoNotExistsError, scan, code)

	def test_the_most_particular_goes_first_and_the_others_are_told(self):
		code = "4006381333931"
		item = make_item(barcodes=[{"barcode": code, "barcode_type": "EAN"}])
		self.receive(self.item, code)
		answer = scan(code)
		self.assertEqual((answer["type"], answer["serial"]["item_code"]), ("serial", self.item))
		self.assertEqual(answer["also"], [{"type": "item", "name": item}])
		# the row's item decides
		answer = scan(code, item_code=item)
		self.assertEqual((answer["type"], answer["item"]["name"], answer["also"]), ("item", item, []))
		unit = make_item(item_code="SC-1")
		self.assertEqual(scan("SC-1")["also"], [{"type": "item", "name": unit}])

	def test_one_barcode_of_two_items_names_both(self):
		other = make_item(barcodes=[{"barcode": "recorded before", "barcode_type": "GTIN"}])
		frappe.db.set_value("Item Barcode", {"parent": other}, "barcode", GTIN)  # an item refuses it by now
		for code in (EAN, f"(01){GTIN}(21)NEW"):
			self.assert_refused(exc.SerialNoAmbiguousError, scan, code, mentions=(self.item, other))
			for item in (self.item, other):
				self.assertEqual(scan(code, item_code=item)["item"]["name"], item)

	def test_one_number_of_two_items_names_both(self):
		settings(unique_serial_no_per_item=1)
		other = make_item(barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		self.receive(other, "SC-1", warehouse=self.shop)
		for code in ("SC-1", "(21)SC-1"):
			self.assert_refused(exc.SerialNoAmbiguousError, scan, code, mentions=(self.item, other))
			self.assertEqual(scan(code, item_code=other)["serial"]["warehouse"], self.shop)
		# the GTIN says which
		self.assertEqual(scan("(01)04006381333931(21)SC-1")["serial"]["item_code"], other)
		self.assertEqual(scan(f"(01){GTIN}(21)SC-1")["serial"]["item_code"], self.item)
		third = make_item()
		self.assertFalse(scan("(21)SC-1", item_code=third)["serial_known"])

	def test_the_units_that_an_ambiguous_code_may_mean(self):
		settings(unique_serial_no_per_item=1)
		other = make_item(barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}], item_name="Other")
		self.receive(other, "SC-1", warehouse=self.shop)
		both = sorted((self.item, other))
		for code in ("SC-1", " sc-1\r\n", "]C0SC-1", "(21)SC-1", "]d221SC-1"):
			self.assertEqual([unit["item_code"] for unit in bearers(code)], both, code)
		(unit,) = (unit for unit in bearers("SC-1") if unit["item_code"] == other)
		self.assertEqual(
			(unit["serial_no"], unit["item_name"], unit["status"], unit["warehouse"]),
			("SC-1", "Other", "Available", self.shop),
		)
		# the GTIN says which, with separators and without
		for code in ("(01)04006381333931(21)SC-1", "010400638133393121SC-1"):
			self.assertEqual([unit["item_code"] for unit in bearers(code)], [other], code)
		for code in ("SC-2", "(21)SC-2"):
			self.assertEqual([unit["item_code"] for unit in bearers(code)], [self.item])
		for code in ("NEVER-1", "<script>", "(01)04006381333931(21)SC-2", "a\x00b", self.item, EAN):
			self.assertEqual(bearers(code), [], code)
		self.assert_refused(exc.SerialNoFormatError, bearers, " ")

	def test_statements_are_few_and_do_not_grow(self):
		self.receive(self.item, [f"MANY-{n:03}" for n in range(100)])
		coded = f"01{GTIN}1730123121MANY-050"
		for code in ("SC-1", EAN, "BOX-39", self.shop, self.item, f"]d2{coded}", coded):
			scan(code)
			with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
				scan(code)
			self.assertLessEqual(sql.call_count, 10, code)


class TestScanGS1(ScanTestCase):
	def test_all_ways_of_writing_it(self):
		for code in (
			f"]C101{GTIN}17301231" + "10L7\x1d21SC-1",
			f"]d201{GTIN}" + "21SC-1\x1d17301231" + "10L7",
			f"]Q301{GTIN}17301231" + "10L7\x1d21SC-1\x1d",
			f"\x1d01{GTIN}17301231" + "10L7\x1d21SC-1",
			f"01{GTIN}17301231" + "10L7\x1d21SC-1",
			f"01{GTIN}17301231" + "10L7|21SC-1",
			f"]d201{GTIN}17301231" + "10L7~21SC-1",
			f"01{GTIN}17301231" + "10L7\u241d21SC-1",
			f"(01){GTIN}(17)301231(10)L7(21)SC-1",
			f" (01) {GTIN} (17) 301231 (10) L7 (21) SC-1 ",
			f"https://id.gs1.org/01/{GTIN}/10/L7/21/SC-1?17=301231",
			f"HTTP://shop.example/some/path/01/{EAN}/10/L7/21/SC-1?17=301231&utm=x#top",
			f"]Q1https://id.gs1.org/01/{GTIN}/10/L7/21/SC-1?17=301231",
		):
			answer = self.assert_found(
				code, "gs1", serial="SC-1", item=self.item, serial_no="SC-1", serial_known=True
			)
			said = answer["gs1"]
			self.assertEqual((said["gtin"], said["serial_no"], said["batch"]), (GTIN, "SC-1", "L7"), code)
			self.assertEqual(said["end_of_life_date"], datetime.date(2030, 12, 31), code)
			self.assertEqual(answer["entry"], "SC-1")

	def test_without_any_mark_by_the_check_digit_of_its_gtin(self):
		self.receive(self.item, "777")
		for code, number in ((f"01{GTIN}21777", "777"), (f"01{GTIN}1730123121SC-2", "SC-2")):
			answer = self.assert_found(
				code, "gs1", serial=number, item=self.item, serial_no=number, serial_known=True
			)
			self.assertEqual(answer["gs1"]["gtin"], GTIN)
		self.assert_found(f"01{GTIN}", "gs1", item=self.item)
		self.assert_refused(exc.SerialNoNotExistsError, scan, "010950600013435321777")  # wrong check digit
		# a number that looks like one is a number first
		looks = f"01{GTIN}21999"
		self.receive(self.item, looks)
		self.assertEqual(scan(looks)["type"], "serial")

	def test_a_unit_not_yet_known_of_a_known_item(self):
		for number in ("NEW-1", "new,2", "(10)x", "a..b"):
			code = f"]d201{GTIN}17301231" + f"21{number}\x1d10L7"
			answer = self.assert_found(code, "gs1", item=self.item, serial_no=number, serial_known=False)
			# the line that it says goes into a receipt, with the end of life
			receipt = self.receive(self.item, answer["entry"])
			self.assert_unit(number, end_of_life_date=datetime.date(2030, 12, 31), item_code=self.item)
			answer = scan(code)
			self.assertEqual((answer["serial_known"], answer["serial"]["name"]), (True, number))
			self.transfer(self.item, answer["entry"], qty=1)
			self.assert_unit(number, warehouse=self.shop)
			self.assertEqual(len(receipt.items), 1)

	def test_item_alone_and_serial_alone(self):
		answer = self.assert_found(f"(01){GTIN}(10)L7", "gs1", item=self.item)
		self.assertEqual((answer["gs1"]["batch"], answer["entry"]), ("L7", None))
		self.assert_found(
			"]C121SC-2", "gs1", serial="SC-2", item=self.item, serial_no="SC-2", serial_known=True
		)
		self.assert_refused(exc.SerialNoNotExistsError, scan, "(21)NEVER", mentions=("NEVER",))
		self.assertFalse(scan("(21)NEVER", item_code=self.item)["serial_known"])

	def test_what_cannot_be_answered_says_why(self):
		foreign = make_item(barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		for code, exception, mentions in (
			("(01)04006381333931(21)SC-1", exc.SerialNoItemError, ("SC-1", self.item, foreign)),
			("(01)12345678901231(21)SC-1", exc.SerialNoNotExistsError, ("12345678901231",)),
			("(00)106141412345678908", exc.SerialNoFormatError, ("AI 01", "AI 21")),
			(f"(01){GTIN}(17)309931(21)A", exc.SerialNoFormatError, ()),
			(f"(01){GTIN}(21)A<B", exc.SerialNoFormatError, ()),
			(f"(01){GTIN}(21)" + "A" * 21, exc.SerialNoFormatError, ()),
			("(21)SC-1(21)SC-2", exc.SerialNoFormatError, ()),
		):
			self.assert_refused(exception, scan, code, mentions=mentions)
		self.assert_refused(
			exc.SerialNoItemError, scan, f"(01){GTIN}(21)SC-1", item_code=foreign, mentions=(foreign,)
		)
		self.assert_refused(exc.SerialNoItemError, scan, "(21)SC-1", item_code=foreign, mentions=(self.item,))

	def test_of_an_item_without_serials_the_parts_are_told(self):
		item = make_item(has_serial_no=0, barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		answer = scan("(01)04006381333931(21)X1")
		self.assertEqual((answer["item"]["name"], answer["item"]["has_serial_no"]), (item, 0))
		self.assertFalse(answer["serial_known"])

	def test_swallowed_separators_are_asked_about_never_guessed(self):
		# L7, then 21SC-1: read by the standard it is one long batch
		answer = self.assert_found(f"]d201{GTIN}17301231" + "10L721SC-1", "gs1", item=self.item)
		self.assertEqual(answer["gs1"]["batch"], "L721SC-1")
		(other,) = answer["other_readings"]
		self.assertEqual((other["serial_no"], other["batch"], other["entry"]), ("SC-1", "L7", "SC-1"))
		self.assertEqual(other["serial"]["name"], "SC-1")
		# a known unit by the standard's reading is not asked about
		self.receive(self.item, "SC-110L7")
		self.assertEqual(scan(f"]d201{GTIN}21SC-110L7")["other_readings"], [])


class TestScanPermissions(ScanTestCase):
	USER = "scan@permissions.example.com"

	def setUp(self):
		super().setUp()
		self.receive(self.item, "HIDDEN-1", warehouse=self.shop)
		frappe.set_user(storekeeper_of(self.USER, self.stores))

	def tearDown(self):
		super().tearDown()
		frappe.clear_cache(user=self.USER)

	def test_what_lies_in_another_warehouse_is_as_if_unknown(self):
		self.assertEqual(scan("SC-1")["serial"]["warehouse"], self.stores)
		self.assertEqual(scan(self.stores)["type"], "warehouse")
		for code in ("HIDDEN-1", "(21)HIDDEN-1", self.shop):
			error = self.assert_refused(exc.SerialNoNotExistsError, scan, code)
			self.assertNotIn(self.item, str(error))
		answer = scan(f"(01){GTIN}(21)HIDDEN-1")
		self.assertEqual((answer["serial_known"], answer["serial"]), (False, None))

	def test_nor_does_it_make_a_number_ambiguous_or_betray_its_item(self):
		frappe.set_user("Administrator")
		settings(unique_serial_no_per_item=1)
		other = make_item(barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		self.receive(other, "SC-1", warehouse=self.shop)
		frappe.set_user(self.USER)
		self.assertEqual(scan("SC-1")["serial"]["item_code"], self.item)
		self.assertEqual([unit["item_code"] for unit in bearers("SC-1")], [self.item])
		self.assertFalse(scan("(01)04006381333931(21)SC-1")["serial_known"])

	def test_an_item_that_may_not_be_read_is_as_if_unknown(self):
		frappe.set_user("Administrator")
		other = make_item()
		frappe.permissions.add_user_permission("Item", other, self.USER)
		frappe.set_user(self.USER)
		for code in (EAN, self.item, "SC-1", f"(01){GTIN}(21)SC-1"):
			self.assert_refused(exc.SerialNoNotExistsError, scan, code)
		self.assertEqual(scan(other)["item"]["name"], other)


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
		self.assert_refused(exc.SerialNoNotExistsError, self.deliver, self.item, "A,B", qty=2)
		self.deliver(self.item, "(21)A,B", qty=1)
		self.assert_unit("A,B", status="Delivered")

	def test_held_by_a_list_of_numbers_and_corrected(self):
		self.receipt.submit()
		self.assertEqual(serials_api.hold(list(self.NUMBERS), "dust"), {"held": 4})
		self.assertEqual(serials_api.release(list(self.NUMBERS)), {"released": 4})
		draft = self.deliver(self.item, "(21)A,B", qty=1, submit=False)
		serials_api.correct("A,B", "A-B", "a comma is no dash")
		self.assertEqual(frappe.get_doc("Delivery Note", draft.name).items[0].serial_no, "A-B")
		row = frappe.get_doc("Purchase Receipt", self.receipt.name).items[0]
		self.assertEqual(row.serial_no.split("\n")[0], "A-B")
