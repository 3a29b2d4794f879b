"""Hostile input over every way in: vouchers, methods, REST documents, series, opening stock (see tests/hostile.py)."""

import inspect
import time
from pathlib import Path

import frappe
from frappe.utils import add_days, nowdate

from serial_tracking.api import opening, recall, scan, schedules, serials, trace
from serial_tracking.exceptions import SerialTrackingError
from serial_tracking.stock.entry_text import parse
from serial_tracking.tests.factories import StockTestCase, make_item, row
from serial_tracking.tests.hostile import MEGABYTES, ONE_UNIT, SECONDS_WHEN_BUSY, TEN_MEGABYTES, TEXTS

NAN, INFINITE = float("nan"), float("inf")
ACCEPTED = "accepted"
REFUSED = "refused"  # by Frappe itself: any answer below HTTP 500

# of a draft receipt: (field of the row, value) → what becomes of insert and submit
ROW = [
	("serial_no", ["A1"], "SerialNoFormatError"),
	("serial_no", {"a": 1}, "SerialNoFormatError"),
	("serial_no", [], "SerialNoFormatError"),
	("serial_no", 7, ACCEPTED),
	("serial_no", 1.5, ACCEPTED),
	("serial_no", True, ACCEPTED),
	("serial_no", None, "SerialNoRequiredError"),
	("rejected_serial_no", ["A1"], REFUSED),
	("rejected_serial_no", "X1", "InvalidQuantityError"),
	("qty", "1", ACCEPTED),
	("qty", "abc", "SerialNoQtyError"),
	("qty", "", "SerialNoQtyError"),
	("qty", None, "SerialNoQtyError"),
	("qty", [], REFUSED),
	("qty", {"a": 1}, REFUSED),
	("qty", NAN, "InvalidQuantityError"),
	("qty", "NaN", "InvalidQuantityError"),
	("qty", INFINITE, "InvalidQuantityError"),
	("qty", 1e308, "InvalidQuantityError"),
	("qty", "1e308", "InvalidQuantityError"),
	("qty", 10**400, REFUSED),
	("qty", -1, "SerialNoQtyError"),
	("qty", 0, "SerialNoQtyError"),
	("qty", 1.5, "SerialNoQtyError"),
	("qty", 1e9, "SerialNoQtyError"),
	("rejected_qty", "abc", ACCEPTED),
	("rejected_qty", NAN, "InvalidWarehouseError"),
	("rejected_qty", -1, REFUSED),
	("received_qty", 1e300, "InvalidQuantityError"),
	("rate", NAN, "InvalidQuantityError"),
	("rate", "1e308", "InvalidQuantityError"),
	("rate", [], REFUSED),
	("conversion_factor", NAN, "InvalidQuantityError"),
	("conversion_factor", -5, ACCEPTED),  # the stock unit's factor is 1, whatever is sent
	("uom", "Furlong", REFUSED),
	("uom", ["Nos"], REFUSED),
	("uom", 5, REFUSED),
	("item_code", "' OR 1=1 --", REFUSED),
	("item_code", ["x"], REFUSED),
	("item_code", {"a": 1}, REFUSED),
	("item_code", 5, REFUSED),
	("item_code", "", REFUSED),
	("item_code", "x" * 100_000, REFUSED),
	("item_code", "A\x00B", REFUSED),
	("item_code", "A\ud800", REFUSED),
	("warehouse", None, "InvalidWarehouseError"),
	("warehouse", ["Test Stores"], REFUSED),
	("warehouse", {"name": "Test Stores"}, REFUSED),
	("warehouse", "Nowhere", REFUSED),
	("warehouse", 7, REFUSED),
	("idx", "x", ACCEPTED),
	("idx", -1, ACCEPTED),
	("unit_details", "{", REFUSED),
	("unit_details", "[]", REFUSED),
	("unit_details", "[1]", REFUSED),
	("unit_details", '{"A1": 5}', REFUSED),
	("unit_details", '{"A1": {"rate": "NaN"}}', REFUSED),
	("unit_details", '{"A1": {"rate": 1e300}}', REFUSED),
	("unit_details", '{"A1": {"end_of_life_date": "soon"}}', REFUSED),
	("unit_details", '{"A1": {"supplier_serial_no": {"a": 1}}}', ACCEPTED),
	("unit_details", {"A1": {"rate": 5}}, REFUSED),
	("unit_details", 5, REFUSED),
	("description", "\x00", ACCEPTED),
]

HEAD = [
	("items", [], REFUSED),
	("items", None, REFUSED),
	("items", "x", REFUSED),
	("items", 5, REFUSED),
	("items", {"a": 1}, REFUSED),
	("items", [5], REFUSED),
	("items", [None], REFUSED),
	("items", [[]], REFUSED),
	("supplier", "Nobody", REFUSED),
	("supplier", ["Test Supplier"], REFUSED),
	("supplier", {"a": 1}, REFUSED),
	("supplier", None, REFUSED),
	("posting_date", "abc", REFUSED),
	("posting_date", "2026-02-30", REFUSED),
	("posting_date", 5, REFUSED),
	("posting_date", [], REFUSED),
	("posting_date", {"a": 1}, REFUSED),
	("posting_date", "9999-12-31", "FuturePostingError"),
	("posting_date", "10000-01-01", REFUSED),
	("posting_date", "0001-01-01", REFUSED),
	("posting_time", "99:99", REFUSED),
	("posting_time", "abc", REFUSED),
	("posting_time", [], REFUSED),
	("posting_time", -1, REFUSED),
	("posting_time", {"a": 1}, REFUSED),
	("set_posting_time", "x", ACCEPTED),
	("set_posting_time", [], REFUSED),
	("is_return", "x", REFUSED),
	("is_return", 1, "SerialNoQtyError"),
	("return_against", "Nothing", REFUSED),
	("set_warehouse", ["x"], REFUSED),
	("remarks", "\x00", ACCEPTED),
	("docstatus", 5, REFUSED),
	("docstatus", "x", REFUSED),
	("docstatus", 2, REFUSED),
	("naming_series", "<script>", REFUSED),
]

SERIES = [
	("", ACCEPTED),
	("A-.#####", ACCEPTED),
	("A-", ACCEPTED),
	("#####", ACCEPTED),
	("A.##.B.##", "SerialNoSeriesError"),
	("A##", "SerialNoSeriesError"),
	("<b>.###", "SerialNoSeriesError"),
	("A'; DROP TABLE tabSeries; --.###", "SerialNoSeriesError"),
	("😀.###", "SerialNoSeriesError"),
	("A\u200b.###", "SerialNoSeriesError"),
	("A\x00.###", "SerialNoSeriesError"),
	("{", ACCEPTED),  # literal text, as all that is no field
	("{nofield}.###", "SerialNoSeriesError"),
	("{doc.name}.###", ACCEPTED),
	("{0.__class__}.###", ACCEPTED),
	("A" * 101 + ".###", "SerialNoSeriesError"),
	("A." + "#" * 99, "SerialNoSeriesError"),
	("A." + "#" * 100_000, "SerialNoSeriesError"),
	("...", ACCEPTED),
	("A" * TEN_MEGABYTES, "SerialNoSeriesError"),
]

OPENING = [
	("\n", REFUSED),
	("x", REFUSED),
	("Item Code,Serial No\n", REFUSED),
	("Item Code,Serial No\n{item},A\x00", REFUSED),
	("Item Code,Serial No\n{item},<b>", REFUSED),
	("Item Code,Serial No\n{item},A0000000000..A0999999999", REFUSED),
	("Item Code,Serial No\n{item},\u202eA", REFUSED),
	("Item Code,Serial No\n{item},A\n{item},a", REFUSED),
	("Item Code,Serial No\n' OR 1=1,A", REFUSED),
	("Item Code,Serial No,Rate\n{item},A,NaN", REFUSED),
	("Item Code,Serial No,Rate\n{item},A,-1e308", REFUSED),
	('Item Code,Serial No\n"{item},A', REFUSED),
	("Item Code,Serial No,Item Code\n{item},A,x", REFUSED),
	("A" * TEN_MEGABYTES, REFUSED),
]


class HostileTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()

	def outcome(self, call, *args, **kwargs):
		"""What a call gives, or the name of the class that refuses it; refused by Frappe below HTTP 500: REFUSED."""
		frappe.db.savepoint("hostile")
		frappe.clear_messages()
		reset_peak()
		memory, started = peak(), time.process_time()
		try:
			return call(*args, **kwargs)
		except SerialTrackingError as e:
			str(e).encode()  # it is sent as UTF-8
			return type(e).__name__
		except Exception as e:
			str(e).encode()
			# raw errors of the database or the language have no status: HTTP 500
			if getattr(e, "http_status_code", 500) >= 500:
				raise
			return REFUSED
		finally:
			self.seconds, self.megabytes = time.process_time() - started, peak() - memory
			frappe.db.rollback(save_point="hostile")

	def assert_outcome(self, expected, call, *args, **kwargs):
		found = self.outcome(call, *args, **kwargs)
		if expected == REFUSED:
			self.assertTrue(found == REFUSED or str(found).endswith("Error"), found)
		else:
			self.assertEqual(found, expected)
		self.assertLess(self.seconds, SECONDS_WHEN_BUSY)
		self.assertLess(self.megabytes, MEGABYTES)

	def post(self, **values):
		"""A receipt as a REST client sends it, saved and submitted."""
		line = values.pop("line", {})
		doc = {
			"doctype": "Purchase Receipt", "supplier": self.supplier,
			"items": [{**row(self.item, 1, warehouse=self.stores, rate=5, serial_no="A1"), **line}],
		}  # fmt: skip
		doc = frappe.get_doc({**doc, **values}).insert()
		if not doc.docstatus:
			doc.submit()
		return ACCEPTED


class TestTexts(HostileTestCase):
	def test_in_a_voucher_each_text_means_what_the_table_says(self):
		for name, (text, meaning) in TEXTS.items():
			with self.subTest(name):
				self.assert_outcome(expected(name, meaning), self.receive_text, text, meaning)

	def receive_text(self, text, meaning):
		doc = self.receive(self.item, text, qty=len(meaning) or 1 if isinstance(meaning, list) else 1)
		found = parse(doc.items[0].serial_no).numbers()
		known = frappe.get_all("Serial No", {"item_code": self.item}, pluck="serial_no", order_by="name")
		self.assertEqual(sorted(known), sorted(found))
		return found

	def test_spelt_out_by_the_method(self):
		for name, (text, meaning) in TEXTS.items():
			with self.subTest(name):
				self.assert_outcome(meaning, serials.expand, text)

	def test_units_to_hold_to_release_and_to_check(self):
		for name, (text, meaning) in TEXTS.items():
			refusal = meaning if isinstance(meaning, str) else "SerialNoNotExistsError"
			with self.subTest(name):
				self.assert_outcome({"held": 0} if meaning == [] else refusal, serials.hold, text, "why")
				self.assert_outcome({"released": 0} if meaning == [] else refusal, serials.release, text)
				line = row(self.item, 1, warehouse=self.stores, serial_no=text)
				problems = self.outcome(
					serials.check,
					{"doctype": "Delivery Note", "customer": self.customer, "items": [line]},
				)
				self.assertIsInstance(problems, list)
				if isinstance(meaning, str):
					self.assertIn(meaning, [problem["exception"] for problem in problems])

	def test_scanned_and_traced_they_are_known_or_refused(self):
		for name, (text, _meaning) in TEXTS.items():
			with self.subTest(name):
				for call in (scan.scan, trace.trace):
					self.assert_outcome(REFUSED, call, text)

	def test_as_the_number_of_a_unit(self):
		for name, (text, meaning) in TEXTS.items():
			with self.subTest(name):
				outcome = self.outcome(self.record, text)
				if isinstance(meaning, str):
					self.assertTrue(outcome.endswith("Error"), outcome)
				self.assertLess(self.seconds, SECONDS_WHEN_BUSY)

	def record(self, text):
		frappe.get_doc({"doctype": "Serial No", "item_code": self.item, "serial_no": text}).insert()
		return ACCEPTED

	def test_as_the_right_number_of_a_mistyped_one(self):
		self.receive(self.item, "WRONG")
		for name, (text, meaning) in TEXTS.items():
			with self.subTest(name):
				outcome = self.outcome(serials.correct, "WRONG", text, "why")
				if isinstance(meaning, str):
					self.assertEqual(outcome, "SerialNoFormatError")
				self.assertLess(self.seconds, SECONDS_WHEN_BUSY)


class TestDocuments(HostileTestCase):
	def test_fields_of_a_row(self):
		for field, value, expected_outcome in ROW:
			with self.subTest(f"{field}: {str(value)[:60]!r}"):
				self.assert_outcome(expected_outcome, self.post, line={field: value})

	def test_fields_of_a_voucher(self):
		for field, value, expected_outcome in HEAD:
			with self.subTest(f"{field}: {str(value)[:60]!r}"):
				day = {"posting_date": add_days(nowdate(), -1)} if field == "posting_time" else {}
				self.assert_outcome(expected_outcome, self.post, **{**day, field: value})

	def test_a_check_of_the_same_never_breaks(self):
		for field, value, _outcome in ROW:
			with self.subTest(f"{field}: {str(value)[:60]!r}"):
				line = {**row(self.item, 1, warehouse=self.stores, serial_no="A1"), field: value}
				doc = {"doctype": "Purchase Receipt", "supplier": self.supplier, "items": [line]}
				self.assertIsInstance(self.outcome(serials.check, doc), list | str)


class TestArguments(HostileTestCase):
	def test_of_the_methods(self):
		series = make_item(serial_no_series="HOST-.###")
		qty, limit, types = "SerialNoQtyError", "SerialNoLimitError", REFUSED
		table = [
			(serials.preview_series, (series, 0), qty),
			(serials.preview_series, (series, -1), qty),
			(serials.preview_series, (series, 10**9), limit),
			(serials.preview_series, (series, 10**400), limit),
			(serials.preview_series, (series, "1e5"), types),
			(serials.preview_series, (series, NAN), types),
			(serials.preview_series, (series, [1]), types),
			(serials.preview_series, (series, 1, "abc"), REFUSED),
			(serials.preview_series, (["x"], 1), types),
			(serials.preview_series, ("nothing", 1), REFUSED),
			(serials.pick, (self.item, self.stores, 0), qty),
			(serials.pick, (self.item, self.stores, NAN), qty),
			(serials.pick, (self.item, self.stores, INFINITE), REFUSED),
			(serials.pick, (self.item, self.stores, 1e308), limit),
			(serials.pick, (self.item, self.stores, 1.5), qty),
			(serials.pick, (self.item, self.stores, 1, "random"), REFUSED),
			(serials.pick, (self.item, self.stores, 1, "<b>"), REFUSED),
			(serials.pick, (self.item, self.stores, 1, "FIFO", "soon"), REFUSED),
			(serials.pick, (self.item, "' OR 1=1 --", 1), REFUSED),
			(serials.hold, ([1, None, {"a": 1}], "why"), REFUSED),
			(serials.hold, ({"a": 1}, "why"), types),
			(serials.hold, (["A\ud800"], "why"), "SerialNoFormatError"),
			(serials.hold, (["A1"], ""), REFUSED),
			(serials.check, ("{",), REFUSED),
			(serials.check, ("[]",), REFUSED),
			(serials.check, ("null",), REFUSED),
			(serials.check, ({"doctype": "User"},), REFUSED),
			(serials.check, ({"doctype": ["Stock Entry"]},), REFUSED),
			(serials.check, ({"doctype": "Stock Entry", "name": {"a": 1}},), REFUSED),
			(serials.check, ({"doctype": "Stock Entry", "name": ["a"]},), REFUSED),
			(serials.check, ({"doctype": "Nothing"},), REFUSED),
			(serials.expand, (["A1"],), types),
			(serials.expand, ("A1", "nothing"), ["A1"]),
			(scan.scan, ({"a": 1},), types),
			(scan.scan, ("A1", ["x"]), types),
			(trace.trace, ([],), types),
			(trace.trace, ("A1", {"a": 1}), types),
		]
		for method, arguments, expected_outcome in table:
			with self.subTest(f"{method.__name__}{str(arguments)[:60]}"):
				named = inspect.signature(method).bind(*arguments).arguments  # as a request gives them
				self.assert_outcome(expected_outcome, method, **named)

	def test_what_is_no_json_is_refused_by_name(self):
		self.receive(self.item, "J1")
		for named in (
			lambda: recall.customers("J1<"),
			lambda: recall.count_free("[1]"),
			lambda: schedules.make_for_units("J1<"),
			lambda: schedules.get_visits(filters="J1<"),
			lambda: trace.documents("Serial No", "J1", "J1<"),
		):
			self.assert_refused(frappe.ValidationError, named)

	def test_series(self):
		for text, expected_outcome in SERIES:
			with self.subTest(text[:60]):
				self.assert_outcome(expected_outcome, self.use_series, text)

	def use_series(self, text):
		item = make_item(serial_no_series=text)
		if text:
			serials.preview_series(item, 2)
			self.receive(item, qty=2)
		return ACCEPTED

	def test_opening_stock(self):
		for text, expected_outcome in OPENING:
			with self.subTest(text[:60]):
				self.assert_outcome(expected_outcome, self.fill, text.replace("{item}", self.item))

	def fill(self, text):
		file = frappe.get_doc(
			{"doctype": "File", "file_name": "hostile.csv", "content": text.encode(), "is_private": 1}
		).insert()
		return opening.fill(file.name, values={"to_warehouse": self.stores})


def expected(name: str, meaning):
	if meaning == []:
		return "SerialNoRequiredError"
	if "01/09521234543213" in TEXTS[name][0] and isinstance(meaning, list):
		return "SerialNoItemError"  # not a barcode of the item
	return "SerialNoDuplicateError" if name in ONE_UNIT else meaning


def reset_peak():
	try:
		Path("/proc/self/clear_refs").write_text("5")
	except OSError:  # only Linux says how much memory a piece of work took
		pass


def peak() -> float:
	"""The most memory of this process since the reset, in megabytes."""
	try:
		status = Path("/proc/self/status").read_text()
	except OSError:
		return 0
	return int(status.split("VmHWM:")[1].split()[0]) / 1024
