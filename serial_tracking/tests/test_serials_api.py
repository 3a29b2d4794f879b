"""Picking, holding, checking before the submit, correcting a number: api.serials."""

import frappe
from frappe.utils import add_days, nowdate

from serial_tracking import exceptions as exc
from serial_tracking.api import serials as api
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_invoice
from serial_tracking.serial_tracking.doctype.sales_invoice.sales_invoice import make_sales_return
from serial_tracking.tests.factories import (
	StockTestCase,
	fingerprint,
	make_item,
	row,
	serials,
	settings,
	voucher,
)


def comments(unit):
	return frappe.get_all(
		"Comment", {"reference_doctype": "Serial No", "reference_name": unit}, pluck="content"
	)


class TestPick(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		yesterday = {"posting_date": add_days(nowdate(), -1), "posting_time": "10:00", "set_posting_time": 1}
		earlier = {**yesterday, "posting_time": "09:00"}
		self.receive(self.item, ["B1", "B2"], **yesterday)
		self.receive(self.item, ["C1", "C2"])
		self.receive(self.item, ["A1"], **earlier)

	def pick(self, qty, based_on=None, **values):
		return api.pick(self.item, self.stores, qty, based_on, **values)

	def test_the_first_that_came_goes_first(self):
		self.assertEqual(self.pick(4), ["A1", "B1", "B2", "C1"])

	def test_the_last_that_came_goes_first(self):
		self.assertEqual(self.pick(3, "LIFO"), ["C2", "C1", "B2"])

	def test_what_expires_first_goes_first_and_what_never_expires_last(self):
		for name, days in (("C2", 5), ("B1", 9)):
			frappe.get_doc("Serial No", name).update({"end_of_life_date": add_days(nowdate(), days)}).save()
		self.assertEqual(self.pick(3, "End of Life"), ["C2", "B1", "A1"])
		settings(pick_serial_nos_based_on="End of Life")
		self.assertEqual(self.pick(1), ["C2"])

	def test_of_units_that_expire_together_the_first_that_came_goes_first(self):
		item, today = make_item(shelf_life_in_days=9), nowdate()
		self.receive(item, "E1", posting_date=today, posting_time="00:00:02", set_posting_time=1)
		self.receive(item, "E2", posting_date=today, posting_time="00:00:01", set_posting_time=1)
		self.assertEqual(api.pick(item, self.stores, 1, "End of Life"), ["E2"])

	def test_units_alike_follow_each_other_by_number_in_whatever_case(self):
		item = make_item()
		self.receive(item, ["kb3", "KA2", "ka1", "KB4", "ké5"])
		for based_on in ("FIFO", "End of Life"):
			self.assertEqual(api.pick(item, self.stores, 5, based_on), ["ka1", "KA2", "kb3", "KB4", "ké5"])
		self.assertEqual(api.pick(item, self.stores, 5, "LIFO"), ["ké5", "KB4", "kb3", "KA2", "ka1"])

	def test_held_expired_and_other_places_units_are_not_picked(self):
		api.hold(["A1"], "inspection")
		self.transfer(self.item, "B1")
		frappe.get_doc("Serial No", "B2").update({"end_of_life_date": add_days(nowdate(), -1)}).save()
		self.assertEqual(self.pick(2), ["C1", "C2"])
		# it had not expired the day before yesterday
		self.assertEqual(self.pick(1, posting_date=add_days(nowdate(), -2)), ["B2"])

	def test_too_few_says_how_many(self):
		self.assert_refused(exc.SerialNoNotAvailableError, self.pick, 6, mentions=("6", "5", self.stores))

	def test_quantities_must_be_whole_and_within_the_limit(self):
		for qty in (0, -1, 1.5):
			self.assert_refused(exc.SerialNoQtyError, self.pick, qty)
		self.assert_refused(exc.SerialNoLimitError, self.pick, 200_001)

	def test_what_is_no_order_and_no_date_is_told_as_such(self):
		for posting_date in ("9" * 40, "2027-02-29", "next\udc80week"):
			self.assert_refused(frappe.ValidationError, self.pick, 1, posting_date=posting_date)
		marked = "<img src=x>\udc80"
		told = str(self.assert_refused(frappe.ValidationError, api.pick, self.item, self.stores, 1, marked))
		self.assertIn("&lt;img src=x&gt;?", told)

	def test_numbers_to_leave_out_may_be_written_otherwise(self):
		self.assertEqual(self.pick(2, taken=["a1"]), ["B1", "B2"])

	def test_numbers_of_other_rows_are_left_out(self):
		self.assertEqual(self.pick(2, taken="A1, B2"), ["B1", "C1"])
		self.assertEqual(self.pick(1, taken=["A1", "B1", "B2"]), ["C1"])
		self.assert_refused(exc.SerialNoNotAvailableError, self.pick, 4, taken="A1\nB1", mentions=("4", "3"))

	def test_a_transfer_does_not_make_a_unit_younger(self):
		self.transfer(self.item, "A1", source=self.stores, target=self.shop)
		self.transfer(self.item, "A1", source=self.shop, target=self.stores)
		self.assertEqual(self.pick(1), ["A1"])


class TestAutomaticPick(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(uoms=[{"uom": "Box", "conversion_factor": 2}])
		self.receive(self.item, ["P1", "P2", "P3", "P4"])

	def test_off_by_default(self):
		self.assert_refused(exc.SerialNoRequiredError, self.deliver, self.item, qty=1)

	def test_rows_are_filled_when_they_are_saved_each_with_units_of_its_own(self):
		settings(auto_pick_serial_nos=1)
		lines = [
			row(self.item, 1, warehouse=self.stores),
			row(self.item, 1, uom="Box", warehouse=self.stores),
			row(self.item, 1, warehouse=self.stores, serial_no="P1"),
		]
		doc = voucher("Delivery Note", lines, submit=False, customer=self.customer)
		self.assertEqual([serials(doc, n) for n in range(3)], [["P2"], ["P3", "P4"], ["P1"]])
		doc.submit()

	def test_a_row_without_enough_units_is_saved_blank_and_refused_at_the_submit(self):
		settings(auto_pick_serial_nos=1)
		doc = self.deliver(self.item, qty=5, submit=False)
		self.assertFalse(doc.items[0].serial_no)
		self.assert_refused(exc.SerialNoRequiredError, doc.submit)

	def test_receipts_and_returns_are_not_filled(self):
		settings(auto_pick_serial_nos=1)
		self.assert_refused(exc.SerialNoRequiredError, self.receive, self.item, qty=1)
		note = self.deliver(self.item, qty=1)
		line = row(self.item, -1, warehouse=self.stores)
		values = {"customer": self.customer, "is_return": 1, "return_against": note.name}
		self.assert_refused(exc.SerialNoRequiredError, voucher, "Delivery Note", [line], **values)


class TestHold(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receive(self.item, "H001..H020")

	def test_units_are_held_and_released_with_a_log(self):
		self.assertEqual(api.hold("H001..H003, H005", "water damage"), {"held": 4})
		self.assert_unit("H002", status="On Hold", on_hold=1, hold_reason="water damage")
		self.assert_unit("H004", status="Available")
		self.assertIn("water damage", comments("H002")[0])
		self.assert_refused(
			exc.SerialNoNotAvailableError, self.deliver, self.item, ["H002"], mentions=("water damage",)
		)
		self.assertEqual(api.release(["H001", "H002", "H004"]), {"released": 2})
		self.assert_unit("H002", status="Available", on_hold=0, hold_reason=None)
		self.assertEqual(len(comments("H002")), 2)
		self.assert_audit_clean()

	def test_holding_again_for_the_same_reason_writes_nothing(self):
		api.hold(["H001"], "dust")
		before = fingerprint()
		self.assertEqual(api.hold(["H001"], "dust"), {"held": 0})
		self.assertEqual(fingerprint(), before)

	def test_one_unit_out_of_stock_and_none_is_held(self):
		note = self.deliver(self.item, "H009")
		self.assert_refused(
			exc.SerialNoCannotChangeError, api.hold, "H008..H010", "recall", mentions=("H009", note.name)
		)
		self.assert_unit("H008", status="Available")

	def test_unknown_numbers_and_missing_reasons_are_refused(self):
		self.assert_refused(exc.SerialNoNotExistsError, api.hold, "H001, NEVER", "x", mentions=("NEVER",))
		self.assert_refused(frappe.MandatoryError, api.hold, "H001", "  ")
		self.assert_refused(exc.SerialNoFormatError, api.hold, "H9..H1", "x")

	def test_a_number_of_two_items_needs_its_item(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(other, "H001")
		self.assert_refused(exc.SerialNoAmbiguousError, api.hold, "H001", "x", mentions=("H001",))
		api.hold("H001", "x", item_code=other)
		self.assert_unit("H001", status="Available")

	def test_a_hold_of_hundreds_takes_few_statements(self):
		self.receive(self.item, "MANY0001..MANY0500")
		api.hold("H001", "recall")  # reads what Frappe keeps of the DocTypes, which grows with its version
		counted = count_statements(lambda: api.hold("MANY0001..MANY0500", "recall"))
		self.assertLess(counted, 25)
		held = {"item_code": self.item, "status": "On Hold", "serial_no": ("like", "MANY%")}
		self.assertEqual(frappe.db.count("Serial No", held), 500)


class TestCheck(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receive(self.item, ["K1", "K2", "K3"])

	def problems(self, doc):
		before = fingerprint()
		found = api.check(doc if isinstance(doc, dict) else doc.as_json())
		self.assertEqual(fingerprint(), before)
		return {(p["row"], p["exception"], tuple(p["serial_nos"])) for p in found}

	def test_a_good_draft_has_no_problem(self):
		draft = self.deliver(self.item, ["K1", "K2"], submit=False)
		self.assertEqual(self.problems(draft), set())
		self.assertEqual(api.check({"doctype": "Delivery Note", "name": draft.name}), [])
		draft.submit()

	def test_what_frappe_would_miss_in_the_head_stands_in_the_way(self):
		lines = [row(self.item, 1, warehouse=self.stores, serial_no="K1")]
		draft = {"doctype": "Delivery Note", "items": lines}
		(problem,) = api.check(draft)
		self.assertEqual((problem["row"], problem["exception"]), (None, "MandatoryError"))
		self.assertEqual(problem["message"], "Customer is missing")
		lines[0]["serial_no"] = "NEVER"
		self.assertEqual(
			self.problems(draft),
			{(None, "MandatoryError", ()), (1, "SerialNoNotExistsError", ("NEVER",))},
		)
		receipt = {"doctype": "Purchase Receipt", "items": [row(self.item, 1, warehouse=self.stores)]}
		self.assertIn("Supplier is missing", [problem["message"] for problem in api.check(receipt)])

	def test_a_row_without_a_warehouse_is_told_as_that_row(self):
		lines = [
			row(self.item, 1, warehouse=self.stores, serial_no="K1"),
			row(self.item, 1, serial_no="K2"),
		]
		draft = {"doctype": "Delivery Note", "customer": self.customer, "items": lines}
		(problem,) = api.check(draft)
		self.assertEqual((problem["row"], problem["item_code"]), (2, self.item))
		self.assertEqual(
			(problem["exception"], problem["message"]), ("InvalidWarehouseError", "Warehouse is missing")
		)

	def test_all_rules_are_told_at_once_row_by_row(self):
		counted = make_item(has_serial_no=0)
		other = make_item()
		self.receive(other, "OTHER")
		self.deliver(self.item, "K2")
		api.hold(["K3"], "dust")
		lines = [
			row(self.item, 3, warehouse=self.stores, serial_no="K1\nK2\nK3"),
			row(self.item, 3, warehouse=self.stores, serial_no="K1\nNEVER\nOTHER"),
			row(counted, 5, warehouse=self.stores),
			row(self.item, 2, warehouse=self.stores, serial_no="bad<\nK9"),
			row(self.item, 1, warehouse=self.stores),
		]
		draft = {"doctype": "Delivery Note", "customer": self.customer, "items": lines}
		self.assertEqual(
			self.problems(draft),
			{
				(1, "SerialNoWarehouseError", ("K2",)),
				(1, "SerialNoNotAvailableError", ("K3",)),
				(2, "SerialNoDuplicateError", ("K1",)),
				(2, "SerialNoNotExistsError", ("NEVER",)),
				(2, "SerialNoItemError", ("OTHER",)),
				(3, "NegativeStockError", ()),
				(4, "SerialNoFormatError", ("bad<",)),
				(4, "SerialNoNotExistsError", ("K9",)),
				(4, "SerialNoQtyError", ()),
				(5, "SerialNoRequiredError", ()),
			},
		)

	def test_a_series_that_cannot_be_read_is_told(self):
		item = make_item(serial_no_series="{remarks}-.###")
		line = row(item, 1, warehouse=self.stores)
		draft = {"doctype": "Purchase Receipt", "supplier": self.supplier, "items": [line]}
		self.assertEqual(self.problems(draft), {(1, "SerialNoSeriesError", ())})

	def test_what_a_save_refuses_is_told_too(self):
		draft = {"doctype": "Delivery Note", "customer": self.customer, "items": [row(self.item, 1)]}
		self.assertEqual({p[1] for p in self.problems(draft)}, {"InvalidWarehouseError"})

	def test_only_vouchers_are_checked(self):
		for doc in ({"doctype": "Item"}, {"doctype": "None such"}, "[]", {}):
			with self.assertRaises(frappe.ValidationError):
				api.check(doc)

	def test_a_range_of_a_billion_costs_nothing(self):
		line = row(self.item, 1, warehouse=self.stores, serial_no="X0000000001..X1000000000")
		draft = {"doctype": "Delivery Note", "customer": self.customer, "items": [line]}
		self.assertIn((None, "SerialNoLimitError", ()), self.problems(draft))


class TestCorrect(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receipt = self.receive(self.item, ["WRNG", "N2"])
		self.note = self.deliver(self.item, "WRNG")

	def test_the_unit_its_ledger_and_its_documents_follow(self):
		self.assertEqual(api.correct("wrng", "RIGHT", "misread label"), "RIGHT")
		self.assertFalse(frappe.db.exists("Serial No", "WRNG"))
		self.assert_unit("RIGHT", serial_no="RIGHT", status="Delivered", delivery_document_no=self.note.name)
		self.assertEqual(serials(self.receipt.reload()), ["RIGHT", "N2"])
		self.assertEqual(serials(self.note.reload()), ["RIGHT"])
		self.assertEqual(frappe.db.count("Serial No Ledger Entry", {"serial_no": "RIGHT"}), 2)
		self.assertTrue(any("misread label" in text and "WRNG" in text for text in comments("RIGHT")))
		self.assert_audit_clean()
		self.note.cancel()
		self.assert_unit("RIGHT", status="Available")

	def test_drafts_follow(self):
		draft = self.deliver(self.item, "N2", submit=False)
		api.correct("N2", "N-2", "misread")
		self.assertEqual(serials(draft.reload()), ["N-2"])
		draft.submit()

	def test_drafts_follow_whatever_the_number_looks_like(self):
		for old, typed in (("A_1", "a_1"), ("5%7", "5%7"), ("B\\9", "b\\9"), ("É7", "e7"), ("e8", "É8")):
			self.receive(self.item, old)
			draft = self.deliver(self.item, [typed, "N2"], submit=False)
			api.correct(old, f"X{old}", "misread")
			self.assertEqual(serials(draft.reload()), [f"X{old}", "N2"])

	def test_an_invoice_and_its_credit_note_follow_also_once_they_are_cancelled(self):
		invoice = make_sales_invoice(self.note.name).insert()
		invoice.submit()
		credit = make_sales_return(invoice.name).insert()
		credit.submit()
		api.correct("WRNG", "RIGHT", "misread")
		self.assertEqual([serials(doc.reload()) for doc in (invoice, credit)], [["RIGHT"], ["RIGHT"]])
		credit.cancel()
		invoice.cancel()
		api.correct("RIGHT", "RIGHT-2", "misread again")
		self.assertEqual([serials(doc.reload()) for doc in (invoice, credit)], [["RIGHT-2"], ["RIGHT-2"]])
		amended = frappe.copy_doc(invoice)
		amended.update({"amended_from": invoice.name, "docstatus": 0})  # in tests Frappe copies that too
		amended.insert().submit()
		self.assert_unit("RIGHT-2", sales_invoice=amended.name)

	def test_a_change_of_case_alone(self):
		self.assertEqual(api.correct("N2", "n2", "as on the label"), "n2")
		self.assert_unit("n2", serial_no="n2", status="Available")
		self.assert_audit_clean()

	def test_a_number_in_use_is_refused(self):
		self.assert_refused(
			exc.SerialNoDuplicateError, api.correct, "WRNG", "n2", "misread", mentions=("n2",)
		)

	def test_what_no_number_may_be_is_refused(self):
		for new in ("", "a<b", "x" * 101, "A1, A2"):
			self.assert_refused(exc.SerialNoFormatError, api.correct, "N2", new, "misread")
		self.assert_refused(frappe.MandatoryError, api.correct, "N2", "N3", "")

	def test_of_two_items_with_one_number_only_the_one_meant(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(other, "N2")
		self.assert_refused(exc.SerialNoAmbiguousError, api.correct, "N2", "N3", "misread")
		api.correct("N2", "N3", "misread", item_code=other)
		self.assert_unit("N2", item_code=self.item)
		self.assert_unit("N3", item_code=other)
		self.assert_audit_clean()


def count_statements(work):
	"""How many statements a piece of work sends."""
	sent = []
	sql = frappe.db.sql

	def counting(*args, **kwargs):
		sent.append(args[0])
		return sql(*args, **kwargs)

	frappe.db.sql = counting
	try:
		work()
	finally:
		frappe.db.sql = sql
	return len(sent)

	def test_a_name_that_another_unit_has_is_refused(self):
		settings(unique_serial_no_per_item=1)
		one, two = make_item("CQ-1"), make_item("CQ-2")
		self.receive(one, "Q1")
		self.receive(two, ["Q1", "Q2"])
		self.assert_unit("Q1 (CQ-2)", item_code=two)
		self.assert_refused(
			exc.SerialNoDuplicateError, api.correct, "Q2", "Q1 (CQ-2)", "mistyped", mentions=("Q1 (CQ-2)",)
		)
