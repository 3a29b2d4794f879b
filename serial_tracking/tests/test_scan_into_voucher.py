"""What a code does that is scanned into a voucher: which row it belongs in, or why it is refused at once."""

from unittest.mock import patch

import frappe

from serial_tracking.api import serials as serials_api
from serial_tracking.api.scan import into_voucher
from serial_tracking.tests.factories import StockTestCase, make, make_item, settings, storekeeper_of

EAN, GTIN = "9506000134352", "09506000134352"


class ScanIntoVoucherTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(
			barcodes=[
				{"barcode": EAN, "barcode_type": "EAN"},
				{"barcode": "BOX-39", "barcode_type": "Code 39", "uom": "Box"},
			],
			uoms=[{"uom": "Box", "conversion_factor": 10}],
		)
		self.receive(self.item, "IV-1\nIV-2\nIV-3")

	def scan(self, doctype, code, item_code=None, **head):
		return into_voucher(code, {"doctype": doctype, "__islocal": 1, **head}, item_code)

	def entry(self, purpose, code, item_code=None, **head):
		return self.scan("Stock Entry", code, item_code, purpose=purpose, **head)

	def assert_taken(self, answer, entry, **row):
		self.assertIsNone(answer["refused"], answer)
		self.assertEqual((answer["entry"], answer["row"]), (entry, {"item_code": self.item, **row}))

	def assert_not_taken(self, answer, exception, *mentions):
		self.assertEqual(answer["refused"]["exception"], exception, answer["refused"])
		for text in mentions:
			self.assertIn(text, answer["refused"]["message"])


class TestIntoVoucherThatTakesOut(ScanIntoVoucherTestCase):
	def test_a_unit_says_where_it_leaves_from(self):
		self.transfer(self.item, "IV-2")
		for code, warehouse in (("IV-1", self.stores), ("iv-2", self.shop), ("(21)IV-2", self.shop)):
			answer = self.scan("Delivery Note", code, customer=self.customer, set_warehouse=self.stores)
			self.assert_taken(answer, code.removeprefix("(21)").upper(), warehouse=warehouse)
		for purpose in ("Material Issue", "Issue for Use", "Material Transfer"):
			self.assert_taken(self.entry(purpose, "IV-2"), "IV-2", s_warehouse=self.shop)

	def test_it_is_the_same_without_a_customer_or_a_warehouse_yet(self):
		self.assert_taken(self.scan("Delivery Note", "IV-1"), "IV-1", warehouse=self.stores)

	def test_what_is_not_available_is_refused_with_the_document_in_the_way(self):
		note = self.deliver(self.item, "IV-1").name
		serials_api.hold("IV-2", "dented")
		scan = self.scan("Delivery Note", "IV-1", set_warehouse=self.stores)
		self.assert_not_taken(scan, "SerialNoWarehouseError", "IV-1", self.stores, note)
		self.assert_not_taken(self.scan("Delivery Note", "IV-1"), "SerialNoWarehouseError", "IV-1", note)
		self.assert_not_taken(
			self.scan("Delivery Note", "IV-2"), "SerialNoNotAvailableError", "IV-2", "dented"
		)
		# a held unit may change its place, and only that
		self.assert_taken(self.entry("Material Transfer", "IV-2"), "IV-2", s_warehouse=self.stores)
		self.assert_not_taken(self.entry("Material Issue", "IV-2"), "SerialNoNotAvailableError")
		here = self.entry("Material Transfer", "IV-2", to_warehouse=self.stores)
		self.assert_not_taken(here, "InvalidWarehouseError", "IV-2", self.stores)

	def test_a_number_that_nobody_knows_is_refused_whatever_row_is_there(self):
		for code in ("NEVER-1", "(21)NEVER-1", f"(01){GTIN}(21)NEVER-1"):
			answer = self.scan("Delivery Note", code, self.item)
			self.assert_not_taken(answer, "SerialNoNotExistsError", "NEVER-1")

	def test_a_code_that_contradicts_itself_names_both_items(self):
		foreign = make_item(barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		for row_item in (None, self.item, foreign):
			answer = self.scan("Delivery Note", "(01)04006381333931(21)IV-1", row_item)
			self.assert_not_taken(answer, "SerialNoItemError", "IV-1", self.item, foreign)

	def test_a_record_made_by_hand_is_in_no_warehouse(self):
		frappe.get_doc({"doctype": "Serial No", "serial_no": "IV-9", "item_code": self.item}).insert()
		self.assert_not_taken(self.scan("Delivery Note", "IV-9"), "SerialNoWarehouseError", "IV-9")

	def test_the_row_decides_between_two_units_of_one_number(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(other, "IV-1", warehouse=self.shop)
		answer = self.scan("Delivery Note", "IV-1")
		self.assert_not_taken(answer, "SerialNoAmbiguousError", self.item, other)
		self.assert_taken(self.scan("Delivery Note", "IV-1", self.item), "IV-1", warehouse=self.stores)
		answer = self.scan("Delivery Note", "IV-1", other)
		self.assertEqual(answer["row"], {"item_code": other, "warehouse": self.shop})
		# the row is of another item, but only one unit bears the number
		self.assert_taken(self.scan("Delivery Note", "IV-2", other), "IV-2", warehouse=self.stores)

	def test_an_item_alone_is_taken_and_one_that_is_disabled_is_not(self):
		for code in (EAN, self.item, f"(01){GTIN}"):
			self.assert_taken(self.scan("Delivery Note", code), None)
		frappe.db.set_value("Item", self.item, "disabled", 1)
		for code in (EAN, "IV-1"):
			self.assert_not_taken(self.scan("Delivery Note", code), "ItemNotActiveError")

	def test_of_an_item_without_serials_a_code_is_the_item(self):
		item = make_item(has_serial_no=0, barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		for code in ("4006381333931", "(01)04006381333931(21)X1"):
			answer = self.scan("Delivery Note", code)
			self.assertEqual((answer["refused"], answer["row"]), (None, {"item_code": item}))
			self.assertEqual((answer["entry"], answer["serial_no"]), (None, None))

	def test_lost_separators_are_told_and_nothing_is_taken(self):
		answer = self.scan("Delivery Note", f"]d201{GTIN}17301231" + "10L721IV-1")
		self.assert_not_taken(answer, "SerialNoFormatError", "IV-1")


class TestIntoVoucherThatBringsIn(ScanIntoVoucherTestCase):
	def test_a_new_number_is_a_unit_of_the_row(self):
		for code in ("NEW-1", " NEW-1\r\n", "]C0NEW-1", "(21)NEW-1"):
			answer = self.scan("Purchase Receipt", code, self.item)
			self.assert_taken(answer, "NEW-1")
			self.assertFalse(answer["serial_known"])
			self.assertEqual(answer["item"]["stock_uom"], "Nos")
		self.assert_taken(self.entry("Material Receipt", "NEW-1", self.item), "NEW-1")
		answer = self.scan("Purchase Receipt", "NEW-1")
		self.assert_not_taken(answer, "SerialNoNotExistsError", "NEW-1", "scan its item first")
		plain = make_item(has_serial_no=0)
		self.assert_not_taken(self.scan("Purchase Receipt", "NEW-1", plain), "SerialNoNotExistsError")

	def test_a_gs1_code_names_its_item_and_brings_the_end_of_life(self):
		code = f"(01){GTIN}(17)301231(10)L7(21)NEW-2"
		other = make_item()
		for row_item in (None, other):
			self.assert_taken(self.scan("Purchase Receipt", code, row_item), f"]d201{GTIN}1730123121NEW-2")

	def test_what_is_in_stock_already_is_refused(self):
		for code in ("IV-1", f"(01){GTIN}(21)IV-1"):
			answer = self.scan("Purchase Receipt", code, self.item)
			self.assert_not_taken(answer, "SerialNoDuplicateError", "IV-1", self.stores)
		self.assert_not_taken(self.entry("Material Receipt", "IV-1"), "SerialNoDuplicateError", "IV-1")

	def test_what_left_may_come_again_if_the_settings_say_so(self):
		self.deliver(self.item, "IV-1")
		self.assert_taken(self.scan("Purchase Receipt", "IV-1"), "IV-1")
		settings(allow_existing_serial_no=0)
		self.assert_not_taken(self.scan("Purchase Receipt", "IV-1"), "SerialNoDuplicateError", "IV-1")

	def test_numbers_that_none_may_have_are_refused(self):
		for code in ("<script>", "9" * 101, "Ⅷ😀"):
			answer = self.scan("Purchase Receipt", code, self.item)
			self.assert_not_taken(answer, "SerialNoFormatError")
			self.assertNotIn("<script>", answer["refused"]["message"])

	def test_where_items_may_share_a_number_it_is_one_of_the_row(self):
		settings(unique_serial_no_per_item=1)
		other = make_item(barcodes=[{"barcode": "4006381333931", "barcode_type": "EAN"}])
		answer = self.scan("Purchase Receipt", "IV-1", other)
		self.assertEqual((answer["refused"], answer["row"]), (None, {"item_code": other}))
		self.assertFalse(answer["serial_known"])
		self.assert_not_taken(self.scan("Purchase Receipt", "IV-1", self.item), "SerialNoDuplicateError")
		# a code that names its item is not taken for one of the row
		self.assert_taken(self.scan("Purchase Receipt", f"(01){GTIN}(21)NEW-3", other), "NEW-3")
		self.assert_taken(self.scan("Purchase Receipt", EAN, other), None)

	def test_a_code_is_taken_as_the_receipt_would_take_it(self):
		codes = [f"(01){GTIN}(17)301231(21)NEW-{n}" for n in range(3)]
		entries = [self.scan("Purchase Receipt", code)["entry"] for code in codes]
		self.receive(self.item, "\n".join(entries), qty=3)
		for n in range(3):
			self.assert_unit(f"NEW-{n}", status="Available", warehouse=self.stores)


class TestIntoOtherVouchers(ScanIntoVoucherTestCase):
	def test_a_return_takes_what_is_out_on_its_document(self):
		note, later = self.deliver(self.item, "IV-1").name, self.deliver(self.item, "IV-2").name
		head = {"customer": self.customer, "is_return": 1}
		self.assert_taken(self.scan("Delivery Note", "IV-1", return_against=note, **head), "IV-1")
		answer = self.scan("Delivery Note", "IV-2", return_against=note, **head)
		self.assert_not_taken(answer, "SerialNoReturnError", "IV-2", note, later)
		self.assert_taken(self.scan("Delivery Note", "IV-2", **head), "IV-2")
		self.assert_not_taken(self.scan("Delivery Note", "IV-2", is_return=1), "MandatoryError", "Customer")

	def test_a_purchase_return_says_where_the_unit_lies(self):
		receipt = self.receive(self.item, "IV-8", warehouse=self.shop).name
		head = {"supplier": self.supplier, "is_return": 1, "return_against": receipt}
		self.assert_taken(self.scan("Purchase Receipt", "IV-8", **head), "IV-8", warehouse=self.shop)
		answer = self.scan("Purchase Receipt", "IV-1", **head)
		self.assert_not_taken(answer, "SerialNoReturnError", "IV-1", receipt)
		self.assert_not_taken(
			self.scan("Purchase Receipt", "NEW", self.item, **head), "SerialNoNotExistsError"
		)

	def test_what_is_in_stock_is_consumed_and_all_else_produced(self):
		for purpose in ("Manufacture", "Repack"):
			answer = self.entry(purpose, "IV-1")
			self.assert_taken(answer, "IV-1", s_warehouse=self.stores, t_warehouse=None)
			self.assert_taken(self.entry(purpose, "NEW-1", self.item), "NEW-1", s_warehouse=None)
			self.assert_taken(self.entry(purpose, EAN), None)

	def test_what_is_in_use_comes_back_and_nothing_else(self):
		user = "Administrator"
		self.enter(
			"Issue for Use",
			frappe._dict(item_code=self.item, qty=1, s_warehouse=self.stores, serial_no="IV-1"),
			custodian=user,
		)
		self.assert_taken(self.entry("Return from Use", "IV-1"), "IV-1")
		self.assert_not_taken(self.entry("Return from Use", "IV-2"), "SerialNoReturnError", "IV-2")
		self.assert_not_taken(self.entry("Return from Use", "NEW", self.item), "SerialNoNotExistsError")
		self.assertNotIn("first", self.entry("Return from Use", "NEW")["refused"]["message"])

	def test_an_invoice_that_moves_stock_is_a_delivery(self):
		answer = self.scan("Sales Invoice", "IV-1", customer=self.customer, update_stock=1)
		self.assert_taken(answer, "IV-1", warehouse=self.stores)

	def test_an_invoice_of_deliveries_names_the_delivery_note(self):
		note = self.deliver(self.item, "IV-1").name
		head = {"customer": self.customer, "update_stock": 0}
		self.assert_taken(self.scan("Sales Invoice", "IV-1", **head), "IV-1", delivery_note=note)
		self.assert_taken(self.scan("Sales Invoice", EAN, **head), None)
		# it would be sold and stay in stock
		answer = self.scan("Sales Invoice", "IV-2", **head)
		self.assert_not_taken(answer, "SerialNoInvoiceError", "IV-2", "Update Stock")
		other = make("Customer", customer_name="Another Customer")
		answer = self.scan("Sales Invoice", "IV-1", customer=other, update_stock=0)
		self.assert_not_taken(answer, "SerialNoInvoiceError", "IV-1", self.customer)

	def test_a_warehouse_is_told_unless_nothing_can_lie_there(self):
		answer = self.scan("Delivery Note", self.shop)
		self.assertEqual((answer["type"], answer["row"], answer["refused"]), ("warehouse", {}, None))
		frappe.db.set_value("Warehouse", self.shop, "disabled", 1)
		self.assert_not_taken(self.scan("Delivery Note", self.shop), "InvalidWarehouseError", self.shop)

	def test_what_is_no_stock_voucher_is_refused(self):
		for doc in ("{}", "[]", "nonsense", {"doctype": "Item"}, {"doctype": ["Item"]}):
			self.assertRaises(frappe.ValidationError, into_voucher, "IV-1", doc)
		self.assert_not_taken(self.entry("Nonsense", "IV-1"), "ValidationError", "Purpose")

	def test_nonsense_in_the_head_is_no_server_error(self):
		for head in (
			{"set_posting_time": 1, "posting_date": "<b>", "posting_time": "99:99"},
			{"set_posting_time": 1, "posting_date": 7},
			{"is_return": "x", "customer": 5, "set_warehouse": 12},
			{"return_against": "nothing", "is_return": 1, "customer": self.customer},
			{"items": "none", "docstatus": 2, "name": "../.."},
			{"set_warehouse": ["x"], "customer": {"a": 1}, "flags": {"by_visit": 1}},
		):
			try:
				answer = self.scan("Delivery Note", "IV-1", self.item, **head)
			except frappe.ValidationError:
				continue
			self.assertIn("refused", answer)

	def test_statements_are_few_and_do_not_grow(self):
		self.receive(self.item, [f"MANY-{n:03}" for n in range(300)])
		rows = [{"item_code": self.item, "qty": 300, "serial_no": "\n".join(f"M{n}" for n in range(300))}]
		receipt = {"doctype": "Purchase Receipt", "supplier": self.supplier, "items": rows * 20}
		note = {"doctype": "Delivery Note", "customer": self.customer, "items": rows * 20}
		for code, doc in (
			("MANY-007", note),
			(f"(01){GTIN}(21)MANY-007", note),
			(EAN, note),
			("NEW-1", receipt),
			(f"(01){GTIN}(17)301231(21)NEW-1", receipt),
			("(21)NEW-1", receipt),
		):
			into_voucher(code, doc, self.item)
			with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
				self.assertIsNone(into_voucher(code, doc, self.item)["refused"])
			self.assertLessEqual(sql.call_count, 14, code)

	def test_nothing_is_written(self):
		before = frappe.db.count("Serial No")
		self.scan("Purchase Receipt", "NEW-1", self.item)
		self.scan("Delivery Note", "IV-1")
		self.assertEqual(frappe.db.count("Serial No"), before)
		self.assert_unit("IV-1", status="Available", warehouse=self.stores)


class TestIntoVoucherPermissions(ScanIntoVoucherTestCase):
	USER = "into-voucher@permissions.example.com"

	def setUp(self):
		super().setUp()
		self.receive(self.item, "HIDDEN-1", warehouse=self.shop)
		frappe.set_user(storekeeper_of(self.USER, self.stores))

	def tearDown(self):
		super().tearDown()
		frappe.clear_cache(user=self.USER)

	def test_what_lies_elsewhere_is_as_if_unknown(self):
		self.assert_taken(self.scan("Delivery Note", "IV-1"), "IV-1", warehouse=self.stores)
		for code in ("HIDDEN-1", "(21)HIDDEN-1", f"(01){GTIN}(21)HIDDEN-1"):
			answer = self.scan("Delivery Note", code, self.item)
			self.assert_not_taken(answer, "SerialNoNotExistsError")
			self.assertNotIn(self.shop, answer["refused"]["message"])
		# a receipt must refuse it, and does not say where it lies
		answer = self.scan("Purchase Receipt", "HIDDEN-1", self.item)
		self.assert_not_taken(answer, "SerialNoDuplicateError", "HIDDEN-1")
		self.assertNotIn(self.shop, answer["refused"]["message"])

	def test_who_may_not_write_the_voucher_may_not_scan_into_it(self):
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, self.scan, "Delivery Note", "IV-1")
