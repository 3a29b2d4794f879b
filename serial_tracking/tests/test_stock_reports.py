"""The reports of stock: moves, where units are, what is available (docs/stock-reports.md)."""

import csv
import json
from io import BytesIO, StringIO
from unittest.mock import patch

import frappe
from frappe.desk import query_report
from openpyxl import load_workbook

from serial_tracking.api import recall as recall_api
from serial_tracking.exceptions import SerialNoNotExistsError
from serial_tracking.serial_tracking import unit_report
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_return
from serial_tracking.serial_tracking.report.serial_no_recall import serial_no_recall
from serial_tracking.stock import holds
from serial_tracking.tests.factories import SERVICE, forget, make, make_item, make_warehouse, row, settings
from serial_tracking.tests.test_permissions import MAINTENANCE, ROLES, PermissionTestCase, make_user
from serial_tracking.tests.test_serials_api import count_statements
from serial_tracking.tests.test_service_reports import ReportTestCase, ago, cards, execute, numbers, rows

LEDGER, STATUS, AVAILABLE = "Serial No Ledger", "Serial No Status", "Available Serial Nos"
RECALL, TREE = "Serial No Recall", "Serial Traceability"
AUDIT = "Serial No Balance Audit"
UNFILTERED = (LEDGER, STATUS, AVAILABLE)
REPORTS = (*UNFILTERED, RECALL, TREE, AUDIT)


def cards_of(result):
	return {card["label"]: card["value"] for card in result["report_summary"] or ()}


def statuses(chart):
	return dict(zip(chart["data"]["labels"], chart["data"]["datasets"][0]["values"], strict=True))


def export(report, kind, **filters):
	"""What *Actions → Export* of the Desk answers with."""
	asked = {
		"report_name": report,
		"file_format_type": kind,
		"filters": json.dumps(filters, default=str),
		"applied_filters": "{}",
		"visible_idx": "[]",
		"include_indentation": "0",
		"include_filters": "0",
		"csv_delimiter": ",",
		"csv_quoting": "0",
		"csv_decimal_sep": ".",
	}
	frappe.local.form_dict, before = frappe._dict(asked), frappe.local.form_dict
	try:
		query_report.export_query()
		return frappe.local.response.pop("filecontent")
	finally:
		frappe.local.form_dict = before


def read_xlsx(content):
	sheet = load_workbook(BytesIO(content)).active
	return [list(line) for line in sheet.iter_rows(values_only=True)]


def read_csv(content):
	return list(csv.reader(StringIO(content.decode("utf-8-sig") if isinstance(content, bytes) else content)))


class TestLedger(ReportTestCase):
	def setUp(self):
		super().setUp()
		make("Item Group", item_group_name="Ledger Above", is_group=1)
		make("Item Group", item_group_name="Ledger Below", parent_item_group="Ledger Above")
		self.group = make("Warehouse", warehouse_name="Ledger Group", is_group=1)
		self.shelf, self.rack = (
			make("Warehouse", warehouse_name=name, parent_warehouse=self.group)
			for name in ("Shelf L", "Rack L")
		)
		self.item = make_item(item_group="Ledger Below")
		self.other = make_item()
		self.receipt = self.receive(self.item, ["A1", "A2"], warehouse=self.shelf, posting_date=ago(40))
		self.within = self.transfer(
			self.item, ["A1"], source=self.shelf, target=self.rack, posting_date=ago(30)
		)
		self.away = self.transfer(
			self.item, ["A1"], source=self.rack, target=self.stores, posting_date=ago(20)
		)
		self.note = self.deliver(self.item, ["A1"], posting_date=ago(10))
		self.receive_by_entry(self.other, ["B1"], posting_date=ago(5))

	def moves(self, **filters):
		return [(r["serial_no"], r["move_type"], r["direction"]) for r in rows(LEDGER, **filters)]

	def test_all_moves_the_latest_first(self):
		self.assertEqual(
			self.moves(),
			[
				("B1", "Received", "In"),
				("A1", "Delivered", "Out"),
				("A1", "Transferred", "Within"),
				("A1", "Transferred", "Within"),
				("A2", "Received", "In"),
				("A1", "Received", "In"),
			],
		)

	def test_a_move_says_all_that_happened(self):
		first = next(r for r in rows(LEDGER) if r["serial_no"] == "A1")
		self.assertEqual(
			(first["from_warehouse"], first["to_warehouse"], first["voucher_type"], first["voucher_no"]),
			(self.stores, None, "Delivery Note", self.note.name),
		)
		self.assertEqual((first["party_type"], first["party"]), ("Customer", self.customer))
		self.assertEqual((first["posting_datetime"].date(), first["change"]), (ago(10), -1))
		self.assertEqual(first["item_name"], frappe.db.get_value("Item", self.item, "item_name"))

	def test_filters(self):
		delivered = ("A1", "Delivered", "Out")
		for filters, expected in (
			({"serial_no": "A2"}, [("A2", "Received", "In")]),
			({"serial_no": ["A2", "B1"]}, [("B1", "Received", "In"), ("A2", "Received", "In")]),
			({"voucher_type": "Delivery Note"}, [delivered]),
			({"voucher_type": "Purchase Receipt", "voucher_no": self.receipt.name, "serial_no": "A1"},
				[("A1", "Received", "In")]),
			({"voucher_type": "Stock Entry", "voucher_no": self.receipt.name}, []),
			({"item_code": self.other}, [("B1", "Received", "In")]),
			({"item_group": "Ledger Above", "move_type": "Delivered"}, [delivered]),
			({"brand": "none"}, []),
			({"party_type": "Customer", "party": self.customer}, [delivered]),
			({"party_type": "Supplier", "party": self.customer}, []),
			({"from_date": str(ago(10)), "to_date": str(ago(10))}, [delivered]),
			({"from_date": str(ago(9))}, [("B1", "Received", "In")]),
			({"to_date": str(ago(40)), "serial_no": "A2"}, [("A2", "Received", "In")]),
			({"to_date": str(ago(41))}, []),
			({"item_code": "' OR 1=1 --"}, []),
			({"voucher_no": {"a": 1}}, []),
		):  # fmt: skip
			with self.subTest(filters):
				self.assertEqual(self.moves(**filters), expected)

	def test_seen_from_a_warehouse(self):
		self.assertEqual(
			self.moves(warehouse=self.rack),
			[("A1", "Transferred", "Out"), ("A1", "Transferred", "In")],
		)
		result = execute(LEDGER, warehouse=self.group)
		self.assertEqual([r["direction"] for r in result[1]], ["Out", "Within", "In", "In"])
		self.assertEqual([r["change"] for r in result[1]], [-1, 0, 1, 1])
		self.assertEqual(
			cards(result), {"In": 2, "Out": 1, "Change of Stock": 1, "Between Warehouses": 1, "Moves": 4}
		)
		inside = frappe.db.count("Serial No", {"warehouse": ("in", (self.shelf, self.rack))})
		self.assertEqual(cards(result)["Change of Stock"], inside)

	def test_cancelled_moves_are_shown_if_wanted_and_counted_as_such(self):
		self.note.cancel()
		self.assertEqual(self.moves(voucher_no=self.note.name), [])
		result = execute(LEDGER, serial_no="A1", show_cancelled=1)
		self.assertEqual((result[1][0]["direction"], result[1][0]["change"]), ("Cancelled", 0))
		self.assertEqual(cards(result)["Cancelled"], 1)
		self.assertEqual((cards(result)["In"], cards(result)["Out"], cards(result)["Moves"]), (1, 0, 4))
		columns = [column["fieldname"] for column in result[0]]
		self.assertIn("is_cancelled", columns)
		self.assertNotIn("custodian", columns)

	def test_the_order_of_one_moment_is_that_of_submission(self):
		values = {"posting_date": ago(3), "posting_time": "10:00:00", "set_posting_time": 1}
		self.receive(self.item, ["C1"], **values)
		self.transfer(self.item, ["C1"], **values)
		self.transfer(self.item, ["C1"], source=self.shop, target=self.stores, **values)
		self.assertEqual(
			[r["to_warehouse"] for r in rows(LEDGER, serial_no="C1")], [self.stores, self.shop, self.stores]
		)

	def test_rows_are_cut_and_the_rest_is_counted(self):
		whole = execute(LEDGER, warehouse=self.group)
		self.assertIsNone(whole[2])
		with patch.object(unit_report, "MOST_ROWS", 2):
			cut = execute(LEDGER, warehouse=self.group)
		self.assertIn("Rows 1 to 2 of 4: page 1 of 2", cut[2])
		self.assertEqual(cut[1], whole[1][:2])
		self.assertEqual((cut[3], cut[4]), (whole[3], whole[4]))

	def test_the_chart_has_a_bar_for_each_week_of_a_short_period(self):
		chart = execute(LEDGER)[3]
		self.assertEqual([d["name"] for d in chart["data"]["datasets"]], ["In", "Out", "Between Warehouses"])
		self.assertEqual([sum(d["values"]) for d in chart["data"]["datasets"]], [3, 1, 2])
		self.assertEqual(len(chart["data"]["labels"]), 6)
		labels = execute(LEDGER, from_date=str(ago(10)))[3]["data"]["labels"]
		self.assertEqual(len(labels), 6)  # of days

	def test_what_is_no_period_is_refused(self):
		with self.assertRaises(frappe.ValidationError) as caught:
			rows(LEDGER, from_date=str(ago(0)), to_date=str(ago(1)))
		self.assertIn("From Date is after To Date", str(caught.exception))
		with self.assertRaises(frappe.ValidationError):
			rows(LEDGER, to_date="no day")

	def test_statements_do_not_grow_with_the_moves(self):
		item = make_item()
		self.receive(item, [f"S{n}" for n in range(40)])
		few = count_statements(lambda: rows(LEDGER, serial_no="A2"))
		many = count_statements(lambda: rows(LEDGER))
		self.assertEqual(few, many)
		self.assertLessEqual(many, 3)


class TestStatus(ReportTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(warranty_period=100, shelf_life_in_days=50, is_fixed_asset=1)
		self.clerk = make_user("Sales User")
		units = ["FREE", "HELD", "OLD", "SOLD", "USED", "GONE", "BACK"]
		self.receipt = self.receive(self.item, units, posting_date=ago(40))
		frappe.db.set_value("Serial No", "OLD", "end_of_life_date", ago(1))
		frappe.get_doc("Serial No", "OLD").save()
		self.note = self.deliver(self.item, ["SOLD"], posting_date=ago(30))
		self.use(self.item, ["USED"], self.clerk, "Room 4", posting_date=ago(20))
		self.issue(self.item, ["GONE"], posting_date=ago(10))
		holds.hold(["HELD"], "scratched")

	def called(self, days_ago=0, **filters):
		return {r["serial_no"]: r["status"] for r in rows(STATUS, as_on_date=str(ago(days_ago)), **filters)}

	def test_each_unit_and_where_it_is(self):
		found = {r["serial_no"]: r for r in rows(STATUS)}
		self.assertEqual(
			{number: unit["status"] for number, unit in found.items()},
			{
				"FREE": "Available", "HELD": "On Hold", "OLD": "Expired", "SOLD": "Delivered",
				"USED": "In Use", "GONE": "Consumed", "BACK": "Available",
			},
		)  # fmt: skip
		self.assertEqual((found["FREE"]["warehouse"], found["FREE"]["since"]), (self.stores, ago(40)))
		self.assertEqual(
			(found["SOLD"]["customer"], found["SOLD"]["warehouse"], found["SOLD"]["last_warehouse"]),
			(self.customer, None, self.stores),
		)
		self.assertEqual(
			(found["SOLD"]["since"], found["SOLD"]["last_voucher_no"]), (ago(30), self.note.name)
		)
		self.assertEqual((found["USED"]["custodian"], found["USED"]["location"]), (self.clerk, "Room 4"))
		self.assertEqual((found["HELD"]["hold_reason"], found["FREE"]["hold_reason"]), ("scratched", None))
		self.assertEqual(found["SOLD"]["purchase_document_no"], self.receipt.name)

	def test_as_of_each_day(self):
		self.assertEqual(self.called(41), {})
		self.assertEqual(set(self.called(40, serial_no=["SOLD", "USED", "GONE"]).values()), {"Available"})
		self.assertEqual(self.called(30, status="Delivered"), {"SOLD": "Delivered"})
		self.assertEqual(self.called(31, status="Delivered"), {})
		self.assertEqual(self.called(20, status="In Use"), {"USED": "In Use"})
		self.assertEqual(self.called(11, serial_no="GONE"), {"GONE": "Available"})
		self.assertEqual(self.called(-11, serial_no="FREE"), {"FREE": "Expired"})

	def test_cards_and_chart_count_every_status(self):
		result = execute(STATUS)
		expected = {
			"Available": 2, "On Hold": 1, "Expired": 1, "In Use": 1, "Delivered": 1, "Consumed": 1,
		}  # fmt: skip
		self.assertEqual(cards(result), {**expected, "Units": 7})
		self.assertEqual(statuses(result[3]), expected)
		for day in (0, 25):
			whole = execute(STATUS, as_on_date=str(ago(day)))
			with patch.object(unit_report, "MOST_ROWS", 3):
				cut = execute(STATUS, as_on_date=str(ago(day)))
			self.assertIn("Rows 1 to 3 of 7: page 1 of 3", cut[2])
			self.assertEqual((cut[3], cut[4]), (whole[3], whole[4]))
		self.assertIsNone(execute(STATUS, serial_no="none")[3])

	def test_the_purchase_is_that_of_the_day(self):
		self.issue(self.item, ["BACK"], posting_date=ago(9))
		again = make("Supplier", supplier_name="Second Supplier")
		second = self.receive(self.item, ["BACK"], posting_date=ago(5))
		self.assertNotEqual(second.name, self.receipt.name)
		frappe.db.set_value("Serial No Ledger Entry", {"voucher_no": second.name}, "party_name", again)
		for day, no, on in (
			(0, second.name, ago(5)),
			(5, second.name, ago(5)),
			(6, self.receipt.name, ago(40)),
		):
			(found,) = rows(STATUS, serial_no="BACK", as_on_date=str(ago(day)))
			self.assertEqual((found["purchase_document_no"], found["purchase_date"]), (no, on), day)

	def test_a_supplier_of_then_who_is_not_the_users_is_not_told(self):
		theirs = make("Supplier", supplier_name="Their Supplier")
		lines = [row(self.item, 1, warehouse=self.stores, serial_no="TWICE", rate=5)]
		frappe.get_doc(
			{"doctype": "Purchase Receipt", "supplier": theirs, "items": lines, "posting_date": ago(8),
			"set_posting_time": 1}
		).insert().submit()  # fmt: skip
		self.issue(self.item, ["TWICE"], posting_date=ago(6))
		self.receive(self.item, ["TWICE"], posting_date=ago(3))
		user = make_user("Stock User")
		filters = {"serial_no": "TWICE", "as_on_date": str(ago(7))}
		self.assertEqual(rows(STATUS, **filters)[0]["supplier_name"], "Their Supplier")
		frappe.permissions.add_user_permission("Supplier", self.supplier, user)
		frappe.set_user(user)
		(found,) = rows(STATUS, **filters)
		self.assertEqual((found["supplier_name"], found["purchase_document_no"]), (None, None))

	def test_two_units_of_one_number_are_two_rows_that_name_their_records(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(other, ["FREE"])
		found = [r for r in rows(STATUS) if r["serial_no"] == "FREE"]
		self.assertEqual({r["item_code"] for r in found}, {self.item, other})
		self.assertEqual(len({r["name"] for r in found}), 2)
		for unit in found:
			self.assertEqual(frappe.db.get_value("Serial No", unit["name"], "item_code"), unit["item_code"])


class TestAvailable(ReportTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(shelf_life_in_days=50)
		self.receive(self.item, ["V1", "V2", "V3", "V4"], rate=70, posting_date=ago(40))
		self.receive(self.item, ["V5"], rate=30, warehouse=self.shop, posting_date=ago(20))
		self.deliver(self.item, ["V1"], posting_date=ago(15))
		holds.hold(["V2"], "scratched")
		frappe.db.set_value("Serial No", "V3", "end_of_life_date", ago(2))
		frappe.get_doc("Serial No", "V3").save()

	def test_what_may_be_delivered_with_age_and_value(self):
		found = rows(AVAILABLE)
		self.assertEqual(
			[(r["serial_no"], r["warehouse"], r["age"], r["days_left"], r["valuation_rate"]) for r in found],
			[("V4", self.stores, 40, 10, 70), ("V5", self.shop, 20, 30, 30)],
		)
		self.assertEqual(numbers(AVAILABLE, warehouse=self.shop), ["V5"])
		self.assertEqual(numbers(AVAILABLE, item_code="none"), [])

	def test_held_and_expired_ones_too_if_wanted(self):
		found = {r["serial_no"]: r for r in rows(AVAILABLE, show_unavailable=1)}
		self.assertEqual(set(found), {"V2", "V3", "V4", "V5"})
		self.assertEqual((found["V2"]["status"], found["V2"]["hold_reason"]), ("On Hold", "scratched"))
		self.assertEqual((found["V3"]["status"], found["V3"]["days_left"]), ("Expired", -2))

	def test_as_of_each_day(self):
		for days_ago, expected in (
			(41, []),
			(40, ["V1", "V3", "V4"]),  # V2 is held today and has not moved since
			(16, ["V1", "V3", "V4", "V5"]),
			(15, ["V3", "V4", "V5"]),
			(1, ["V4", "V5"]),
			(-11, ["V5"]),
		):
			with self.subTest(days_ago=days_ago):
				self.assertEqual(numbers(AVAILABLE, as_on_date=str(ago(days_ago))), expected)

	def test_cards_and_chart(self):
		result = execute(AVAILABLE, show_unavailable=1)
		self.assertEqual(cards(result), {"Available": 2, "On Hold": 1, "Expired": 1, "Value": 240})
		self.assertEqual(statuses(result[3]), {self.stores: 3, self.shop: 1})
		for day in (0, 17):
			whole = execute(AVAILABLE, as_on_date=str(ago(day)), show_unavailable=1)
			with patch.object(unit_report, "MOST_ROWS", 1):
				cut = execute(AVAILABLE, as_on_date=str(ago(day)), show_unavailable=1)
			self.assertEqual((cut[3], cut[4]), (whole[3], whole[4]))

	def test_the_value_of_a_past_day_is_that_of_the_move_then(self):
		self.assertEqual(
			rows(AVAILABLE, as_on_date=str(ago(16)), item_code=self.item)[0]["valuation_rate"], 70
		)
		item = make_item()
		self.receive(item, ["W1"], rate=5, posting_date=ago(30))
		self.issue(item, ["W1"], posting_date=ago(20))
		self.receive(item, ["W1"], rate=8, posting_date=ago(10))
		for day, value in ((25, 5), (15, None), (10, 8), (0, 8)):
			found = execute(AVAILABLE, as_on_date=str(ago(day)), item_code=item)
			self.assertEqual([r["valuation_rate"] for r in found[1]], [value] if value else [], day)
			self.assertEqual(cards(found)["Value"], value or 0)


class TestRecall(ReportTestCase):
	def setUp(self):
		super().setUp()
		self.part, self.machine = make_item(), make_item()
		self.bad = make("Supplier", supplier_name="Bad Supplier")
		self.receipt = self.buy(self.part, ["P1", "P2", "P3", "P4"], 40)
		self.receive(self.part, ["GOOD"], posting_date=ago(39))
		self.receive(self.machine, ["M3"], posting_date=ago(39))
		self.build(["P1", "GOOD"], ["M1"], 30)
		self.build(["M1"], ["LINE"], 20)
		self.fit("P3", "M3", 19)
		self.note = self.deliver(self.machine, ["LINE"], posting_date=ago(10))
		self.deliver(self.part, ["P4"], posting_date=ago(9))

	def buy(self, item, numbers, days_ago, warehouse=None):
		line = row(
			item, len(numbers), warehouse=warehouse or self.stores, serial_no="\n".join(numbers), rate=5
		)
		doc = {"doctype": "Purchase Receipt", "supplier": self.bad, "items": [line]}
		return frappe.get_doc({**doc, "posting_date": ago(days_ago), "set_posting_time": 1}).insert().submit()

	def build(self, consumed, produced, days_ago, warehouse=None):
		def lines(numbers, field):
			for name in numbers:
				item = frappe.db.get_value("Serial No", name, "item_code") or self.machine
				yield row(item, 1, serial_no=name, **{field: warehouse or self.stores})

		rows = (*lines(consumed, "s_warehouse"), *lines(produced, "t_warehouse"))
		return self.enter("Manufacture", *rows, posting_date=ago(days_ago))

	def fit(self, part, unit, days_ago):
		line = row(self.part, 1, s_warehouse=self.stores, serial_no=part, used_for=unit)
		return self.enter("Material Issue", line, posting_date=ago(days_ago))

	def affected(self, **filters):
		return {r["serial_no"]: r["level"] for r in rows(RECALL, **filters)}

	def test_nothing_is_called_back_before_something_is_chosen(self):
		for filters in ({}, {"voucher_type": "Purchase Receipt"}, {"built_into": 1}):
			result = execute(RECALL, **filters)
			self.assertEqual(result[1], [])
			self.assertIn("Choose what is called back", result[2])

	def test_all_that_came_in_a_document_and_what_it_went_into(self):
		expected = {"P1": 0, "P2": 0, "P3": 0, "P4": 0, "M1": 1, "M3": 1, "LINE": 2}
		self.assertEqual(self.affected(voucher_no=self.receipt.name), expected)
		sources = {name: 0 for name in ("P1", "P2", "P3", "P4")}
		self.assertEqual(self.affected(voucher_no=self.receipt.name, built_into=0), sources)
		self.assertEqual(self.affected(supplier=self.bad), expected)
		self.assertEqual(self.affected(supplier=self.bad, from_date=str(ago(39))), {})
		self.assertEqual(self.affected(supplier=self.bad, to_date=str(ago(40))), expected)
		self.assertEqual(self.affected(voucher_no=self.receipt.name, voucher_type="Delivery Note"), {})

	def test_a_bad_part_and_its_descendants(self):
		self.assertEqual(self.affected(serial_no="P1"), {"P1": 0, "M1": 1, "LINE": 2})
		self.assertEqual(self.affected(serial_no="P3"), {"P3": 0, "M3": 1})
		self.assertEqual(self.affected(serial_no="P2"), {"P2": 0})
		self.assertEqual(self.affected(serial_no=["P2", "P3"]), {"P2": 0, "P3": 0, "M3": 1})

	def test_an_item_a_period_and_a_document_that_delivered(self):
		self.assertEqual(
			self.affected(item_code=self.machine), {"M3": 0, "M1": 0, "LINE": 0}
		)  # LINE is made of M1, and is called back itself
		self.assertEqual(
			self.affected(from_date=str(ago(39)), to_date=str(ago(39)), built_into=0).keys(), {"GOOD", "M3"}
		)
		self.assertEqual(self.affected(voucher_no=self.note.name), {"LINE": 0})

	def test_a_production_calls_back_what_it_made_and_not_what_it_was_made_of(self):
		made = frappe.db.get_value("Serial No", "M1", "purchase_document_no")
		self.assertEqual(self.affected(voucher_no=made), {"M1": 0, "LINE": 1})

	def test_where_each_is_and_who_has_it(self):
		found = {r["serial_no"]: r for r in rows(RECALL, supplier=self.bad)}
		self.assertEqual(
			{name: (unit["status"], unit["warehouse"], unit["customer"]) for name, unit in found.items()},
			{
				"P1": ("Consumed", None, None),
				"P2": ("Available", self.stores, None),
				"P3": ("Consumed", None, None),
				"P4": ("Delivered", None, self.customer),
				"M1": ("Consumed", None, None),
				"M3": ("Available", self.stores, None),
				"LINE": ("Delivered", None, self.customer),
			},
		)
		line, part = found["LINE"], found["P4"]
		self.assertEqual((line["contains"], line["delivery_document_no"]), ("M1", self.note.name))
		self.assertEqual((line["came_on"], line["delivery_date"]), (ago(20), ago(10)))
		self.assertEqual((part["source_no"], part["came_on"]), (self.receipt.name, ago(40)))
		self.assertEqual((found["M1"]["contains"], found["M3"]["contains"]), ("P1", "P3"))

	def test_a_unit_with_many_of_the_parts_names_the_first_of_them(self):
		self.buy(self.part, [f"Q{n}" for n in range(5)], 15)
		self.build([f"Q{n}" for n in range(5)], ["MANY"], 14)
		(found,) = (r for r in rows(RECALL, supplier=self.bad) if r["serial_no"] == "MANY")
		self.assertEqual(found["contains"], "Q0, Q1, Q2 … (+2)")

	def test_only_what_was_built_after_the_receipt_counts(self):
		self.receive(self.part, ["P3"], posting_date=ago(8))  # taken out of M3, and bought again
		again = frappe.db.get_value("Serial No", "P3", "purchase_document_no")
		self.assertEqual(self.affected(voucher_no=again), {"P3": 0})
		self.assertEqual(self.affected(voucher_no=self.receipt.name)["M3"], 1)

	def test_a_unit_that_came_twice_is_one_row_and_counted_once(self):
		self.issue(self.part, ["P2"], posting_date=ago(8))
		again = self.buy(self.part, ["P2"], 7)
		result = execute(RECALL, supplier=self.bad, built_into=0)
		self.assertEqual([r["serial_no"] for r in result[1]].count("P2"), 1)
		self.assertEqual({r["serial_no"]: r["source_no"] for r in result[1]}["P2"], again.name)
		self.assertEqual(cards(result)["Units"], 4)
		with patch.object(unit_report, "MOST_ROWS", 1):
			self.assertEqual(cards(execute(RECALL, supplier=self.bad, built_into=0))["Units"], 4)

	def test_pages_with_a_unit_that_came_twice_repeat_no_row_and_leave_none_out(self):
		self.issue(self.part, ["P2"], posting_date=ago(8))
		self.buy(self.part, ["P2"], 7)
		whole = {row["name"] for row in rows(RECALL, supplier=self.bad)}
		moves = 5  # those that call back
		for size in range(1, len(whole)):
			in_all = len(whole) + (
				size <= moves
			)  # both receipts, unless all units themselves are on one page
			with self.subTest(size=size), patch.object(unit_report, "MOST_ROWS", size):
				pages = [rows(RECALL, supplier=self.bad, page=n + 1) for n in range(-(-in_all // size))]
				self.assertEqual(
					{len(page) for page in pages[:-1]} - {size}, set(), "none but the last is short"
				)
				shown = [(row["name"], row.get("source_no")) for page in pages for row in page]
				self.assertEqual(len(set(shown)), len(shown))
				self.assertEqual(len(shown), in_all)
				self.assertEqual({name for name, _source in shown}, whole)

	def test_a_unit_that_a_repack_takes_and_gives_back_is_called_back_once(self):
		lines = (
			row(self.part, 1, s_warehouse=self.stores, serial_no="P2"),
			row(self.part, 1, t_warehouse=self.stores, serial_no="P2"),
			row(self.machine, 1, t_warehouse=self.stores, serial_no="TWIN"),
		)
		self.enter("Repack", *lines, posting_date=ago(5))
		self.assertEqual(self.affected(serial_no="P2"), {"P2": 0, "TWIN": 1})

	def test_cancelled_steps_never_were(self):
		self.note.cancel()
		frappe.get_doc(
			"Stock Entry", frappe.db.get_value("Serial No", "LINE", "purchase_document_no")
		).cancel()
		self.assertEqual(self.affected(serial_no="P1"), {"P1": 0, "M1": 1})

	def test_cards_chart_and_what_is_cut(self):
		whole = execute(RECALL, supplier=self.bad)
		self.assertEqual(
			cards(whole), {"Customers": 1, "Available": 2, "Delivered": 2, "Consumed": 3, "Units": 7}
		)
		self.assertEqual(statuses(whole[3]), {"Available": 2, "Delivered": 2, "Consumed": 3})
		self.assertIsNone(whole[2])
		with patch.object(unit_report, "MOST_ROWS", 3):
			cut = execute(RECALL, supplier=self.bad)
			self.assertEqual((cut[3], cut[4]), (whole[3], whole[4]))
			self.assertIn("Rows 1 to 3 of 7: page 1 of 3", cut[2])
		with patch.object(serial_no_recall, "MOST_REACHED", 2):
			self.assertIn("built into others", execute(RECALL, supplier=self.bad)[2])
		columns = [column["fieldname"] for column in execute(RECALL, serial_no="P2")[0]]
		for empty in ("level", "contains", "custodian"):
			self.assertNotIn(empty, columns)

	def test_one_row_for_each_customer(self):
		frappe.db.set_value("Customer", self.customer, {"email_id": "c@example.com", "mobile_no": "123"})
		second = make("Customer", customer_name="Second Customer")
		line = row(self.machine, 1, warehouse=self.stores, serial_no="M3")
		frappe.get_doc({"doctype": "Delivery Note", "customer": second, "items": [line]}).insert().submit()
		result = execute(RECALL, supplier=self.bad, group_by_customer=1)
		self.assertEqual(
			[(r["customer"], r["units"], r["email_id"], r["mobile_no"]) for r in result[1]],
			[(self.customer, 2, "c@example.com", "123"), (second, 1, None, None)],
		)
		self.assertEqual(result[0][0]["fieldname"], "customer")
		self.assertEqual(cards(result)["Customers"], 2)

	def test_all_rows_are_exported(self):
		for kind, read in (("Excel", read_xlsx), ("CSV", read_csv)):
			with self.subTest(kind):
				table = read(export(RECALL, kind, supplier=self.bad))
				self.assertEqual(table[0][:2], ["Serial No", "Item"])
				found = {line[0]: line for line in table[1:]}
				self.assertEqual(set(found), {"P1", "P2", "P3", "P4", "M1", "M3", "LINE"})
				self.assertIn("Delivered", found["LINE"])
				self.assertIn(self.note.name, found["LINE"])

	def test_statements_do_not_grow_with_the_units(self):
		few = count_statements(lambda: rows(RECALL, supplier=self.bad))
		self.buy(self.part, [f"Q{n}" for n in range(30)], 15)
		for n in range(20):
			self.build([f"Q{n}"], [f"R{n}"], 14)
		self.assertEqual(count_statements(lambda: rows(RECALL, supplier=self.bad)), few)
		self.assertLessEqual(few, 12)

	def test_no_filter_reaches_the_database_as_text(self):
		for field in ("voucher_no", "supplier", "item_code", "serial_no"):
			self.assertEqual(rows(RECALL, **{field: "' OR 1=1 --"}), [])
		self.assertEqual(rows(RECALL, voucher_no={"a": 1}), [])

	def test_pages_hold_each_row_once(self):
		reports = ((RECALL, {"supplier": self.bad}), (STATUS, {}), (STATUS, {"as_on_date": str(ago(15))}), (LEDGER, {}),
			(AVAILABLE, {}), (AVAILABLE, {"as_on_date": str(ago(35))}), (AUDIT, {}))  # fmt: skip
		for report, filters in reports:
			whole = execute(report, **filters)
			for size in (1, 2, 3, len(whole[1])):
				with self.subTest(report, size=size, **filters), patch.object(unit_report, "MOST_ROWS", size):
					pages = -(-len(whole[1]) // size)
					found = [execute(report, **filters, page=page) for page in range(1, pages + 1)]
					self.assertEqual([row for page in found for row in page[1]], whole[1])
					for page in found:
						self.assertEqual(page[3:], whole[3:])
					beyond = execute(report, **filters, page=pages + 1)
					self.assertEqual((beyond[1], beyond[2]), (found[-1][1], found[-1][2]), "the last one")

	def test_all_pages_are_exported_as_one(self):
		whole = execute(STATUS)
		with patch.object(unit_report, "MOST_ROWS", 2):
			self.assertEqual(len(rows(STATUS)), 2)
			for report, filters in (
				(STATUS, {}),
				(LEDGER, {}),
				(RECALL, {"supplier": self.bad}),
				(AUDIT, {}),
			):
				with patch.object(unit_report, "MOST_ROWS", 10**6):
					everything = rows(report, **filters)
				self.assertEqual(rows(report, **filters, page=1, all_rows=1), everything, report)
			self.assertEqual(execute(STATUS, all_rows=1)[1:], whole[1:])

	def test_all_that_lie_in_stock_are_held_those_of_other_pages_too(self):
		found = rows(RECALL, supplier=self.bad)
		free = {unit["name"] for unit in found if unit["warehouse"] and unit["status"] != "On Hold"}
		self.assertEqual(len(free), 2)
		with patch.object(unit_report, "MOST_ROWS", 1):
			self.assertEqual(recall_api.count_free({"supplier": self.bad}), len(free))
			self.assertEqual(recall_api.hold({"supplier": self.bad}, "Called back"), {"held": len(free)})
			self.assertEqual(recall_api.count_free({"supplier": self.bad}), 0)
		held = {
			unit["name"] for unit in rows(RECALL, supplier=self.bad) if unit["hold_reason"] == "Called back"
		}
		self.assertEqual(held, free)
		for name in free:
			self.assert_unit(name, status="On Hold", hold_reason="Called back")

	def test_nothing_is_held_without_a_reason_or_a_recall(self):
		with self.assertRaises(frappe.MandatoryError):
			recall_api.hold({"supplier": self.bad}, " ")
		self.assertEqual(recall_api.hold({}, "Called back"), {"held": 0})

	def test_a_page_of_nothing_is_empty(self):
		for report in (RECALL, STATUS, LEDGER, AVAILABLE, AUDIT):
			self.assertEqual(rows(report, item_code="none", page=3), [], report)

	def test_a_page_that_is_none_is_the_first(self):
		for page in (0, -1, None, "", "x", "2; DROP"):
			self.assertEqual(rows(STATUS, page=page), rows(STATUS))

	def test_a_page_that_no_database_can_count_to_is_the_last(self):
		with patch.object(unit_report, "MOST_ROWS", 2):
			last = rows(STATUS, page=10**6)
			for page in (10**30, "9" * 40):
				self.assertEqual(rows(STATUS, page=page), last)

	def test_the_last_day_that_there_is_and_what_is_no_day(self):
		for report in ("Serial No End of Life", "Serial No Warranty Expiry", "Maintenance Due and Overdue"):
			for days in (None, 30):
				execute(report, as_on_date="9999-12-31", within_days=days)
			for given in ("9" * 40, "2023-02-29", "x"):
				with self.subTest(report, given=given), self.assertRaises(frappe.ValidationError):
					execute(report, as_on_date=given)


class TestWhoIsCalledBack(PermissionTestCase):
	"""What a recall tells to whom."""

	def setUp(self):
		super().setUp()
		forget("Serial No", "Serial No Ledger Entry", *SERVICE)
		self.item = make_item()
		self.receipt = self.receive(self.item, ["R-HERE", "R-MOVED", "R-SOLD"], posting_date=ago(20))
		self.theirs = self.receive(self.item, ["R-THERE"], warehouse=self.shop, posting_date=ago(20))
		self.transfer(self.item, "R-MOVED", posting_date=ago(10))
		self.deliver(self.item, "R-SOLD", posting_date=ago(8))
		lines = (
			row(self.item, 1, s_warehouse=self.shop, serial_no="R-THERE"),
			row(self.item, 1, t_warehouse=self.shop, serial_no="R-INTO"),
		)
		self.enter("Manufacture", *lines, posting_date=ago(5))

	def seen(self, **filters):
		result = query_report.run(RECALL, filters=json.dumps(filters, default=str))
		found = sorted(row["serial_no"] for row in result["result"])
		self.assertEqual(cards_of(result).get("Units", 0), len(found))
		charted = sum(result["chart"]["data"]["datasets"][0]["values"]) if found else 0
		self.assertEqual(charted, len(found))
		return found, result["message"]

	def restrict(self, doctype, name, role):
		frappe.set_user("Administrator")
		frappe.permissions.add_user_permission(doctype, name, self.users[role])
		self.be(role)

	def test_a_user_permission_on_warehouse_holds_and_the_report_says_that_it_is_not_all(self):
		everything = ["R-HERE", "R-INTO", "R-MOVED", "R-SOLD", "R-THERE"]
		self.assertEqual(self.seen(supplier=self.supplier), (everything, None))
		self.restrict("Warehouse", self.stores, "Stock User")
		found, message = self.seen(supplier=self.supplier)
		self.assertEqual(found, ["R-HERE", "R-SOLD"])
		self.assertIn("only what you may see", message)
		self.assertEqual(self.seen(voucher_no=self.theirs.name)[0], [])
		self.assertEqual(self.seen(serial_no="R-THERE")[0], [])
		with patch.object(unit_report, "MOST_ROWS", 1):
			result = query_report.run(RECALL, filters=json.dumps({"supplier": self.supplier}))
			self.assertEqual(cards_of(result)["Units"], 2)

	def test_a_unit_that_has_come_from_elsewhere_is_called_back_by_the_receipt_on_its_record(self):
		self.restrict("Warehouse", self.shop, "Stock User")
		self.assertEqual(self.seen(voucher_no=self.receipt.name)[0], ["R-MOVED"])
		self.assertEqual(self.seen(supplier=self.supplier)[0], ["R-INTO", "R-MOVED", "R-THERE"])

	def test_other_moves_that_are_hidden_call_nothing_back(self):
		self.receive(self.item, ["R-BACK"], posting_date=ago(7))
		away = self.deliver(self.item, "R-BACK", posting_date=ago(6))
		draft = make_sales_return(away.name)
		draft.update({"posting_date": ago(5), "set_posting_time": 1})
		draft.items[0].warehouse = self.shop
		draft.insert().submit()
		self.assertEqual(self.seen(voucher_no=away.name)[0], ["R-BACK"])
		self.restrict("Warehouse", self.shop, "Stock User")
		self.assertEqual(self.seen(voucher_no=away.name)[0], [])

	def test_what_parts_went_into_elsewhere_is_not_told(self):
		self.transfer(self.item, "R-INTO", source=self.shop, target=self.stores, posting_date=ago(4))
		self.restrict("Warehouse", self.shop, "Stock User")
		self.assertEqual(self.seen(serial_no="R-THERE")[0], ["R-THERE"])

	def test_user_permissions_on_customer_supplier_and_item(self):
		second = make("Customer", customer_name="Second Customer")
		supplier, item = make("Supplier", supplier_name="Another"), make_item()
		self.restrict("Customer", second, "Sales User")
		self.assertNotIn("R-SOLD", self.seen(supplier=self.supplier)[0])
		result = query_report.run(
			RECALL, filters=json.dumps({"supplier": self.supplier, "group_by_customer": 1})
		)
		self.assertEqual(result["result"], [])
		self.restrict("Supplier", supplier, "Purchase User")
		self.assertEqual(self.seen(supplier=self.supplier)[0], [])
		self.restrict("Item", item, "Stock Manager")
		self.assertEqual(self.seen(supplier=self.supplier)[0], [])

	def test_a_user_permission_with_signs_that_sql_knows(self):
		strange = make_warehouse("100% 'Stores' %s")
		self.receive(self.item, "STRANGE", warehouse=strange, posting_date=ago(20))
		self.restrict("Warehouse", strange, "Stock User")
		self.assertEqual(self.seen(supplier=self.supplier)[0], ["STRANGE"])


class TestTraceability(ReportTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receipt = self.receive(self.item, ["T-PART", "T-OTHER", "T-SPARE"], posting_date=ago(40))
		self.made = self.build(["T-PART", "T-OTHER"], "T-UNIT", 30)
		self.build(["T-UNIT"], "T-TOP", 20)
		line = row(self.item, 1, s_warehouse=self.stores, serial_no="T-SPARE", used_for="T-TOP")
		self.enter("Material Issue", line, posting_date=ago(10))
		self.note = self.deliver(self.item, ["T-TOP"], posting_date=ago(5))

	def build(self, consumed, produced, days_ago):
		lines = [row(self.item, 1, s_warehouse=self.stores, serial_no=name) for name in consumed]
		lines.append(row(self.item, 1, t_warehouse=self.stores, serial_no=produced))
		return self.enter("Manufacture", *lines, posting_date=ago(days_ago))

	def shape(self, number, direction=None):
		return [
			(r["indent"], r["serial_no"] or r["remark"])
			for r in rows(TREE, serial_no=number, direction=direction)
		]

	def test_where_from(self):
		self.assertEqual(
			self.shape("T-TOP", "backward"),
			[(0, "T-TOP"), (1, "T-UNIT"), (2, "T-OTHER"), (2, "T-PART"), (1, "T-SPARE")],
		)
		found = {r["serial_no"]: r for r in rows(TREE, serial_no="T-TOP", direction="backward")}
		part, root = found["T-PART"], found["T-TOP"]
		self.assertEqual(
			(part["voucher_no"], part["purchase_document_no"]), (self.made.name, self.receipt.name)
		)
		self.assertEqual((root["voucher_no"], root["delivery_document_no"]), (None, self.note.name))
		self.assertEqual((root["status"], root["customer"]), ("Delivered", self.customer))

	def test_where_to_and_both_ways(self):
		forward = [(0, "T-UNIT"), (1, "T-TOP")]
		self.assertEqual(self.shape("T-UNIT", "forward"), forward)
		self.assertEqual(self.shape("T-UNIT"), [(0, "T-UNIT"), (1, "T-OTHER"), (1, "T-PART"), *forward])
		self.assertEqual(self.shape("t-unit", "forward"), forward)
		self.assertEqual(self.shape("T-SPARE", "forward"), [(0, "T-SPARE"), (1, "T-TOP")])

	def test_each_unit_counts_once_in_cards_and_chart(self):
		result = execute(TREE, serial_no="T-UNIT")
		self.assertEqual(cards(result), {"Delivered": 1, "Consumed": 3, "Units": 4, "Levels": 1})
		self.assertEqual(statuses(result[3]), {"Delivered": 1, "Consumed": 3})

	def test_nothing_chosen_and_nothing_known(self):
		self.assertEqual(execute(TREE)[1], [])
		with self.assertRaises(SerialNoNotExistsError):
			execute(TREE, serial_no="T-NEVER")

	def test_what_the_user_may_not_see_is_counted_but_not_named(self):
		self.receive(self.item, ["T-HIDDEN"], warehouse=self.shop, posting_date=ago(9))
		self.receive(self.item, ["T-SEEN"], posting_date=ago(9))
		lines = [
			row(self.item, 1, s_warehouse=self.shop, serial_no="T-HIDDEN"),
			row(self.item, 1, s_warehouse=self.stores, serial_no="T-SEEN"),
			row(self.item, 1, t_warehouse=self.stores, serial_no="T-MIX"),
		]
		self.enter("Manufacture", *lines, posting_date=ago(8))
		user = make_user("Stock User")
		frappe.permissions.add_user_permission("Warehouse", self.stores, user)
		frappe.set_user(user)
		self.assertEqual(
			self.shape("T-MIX", "backward"),
			[(0, "T-MIX"), (1, "T-SEEN"), (1, "units that you may not see: 1")],
		)
		with self.assertRaises(SerialNoNotExistsError):
			execute(TREE, serial_no="T-HIDDEN")


class TestBalanceAudit(ReportTestCase):
	def setUp(self):
		super().setUp()
		forget("Stock Ledger Entry", "Bin")
		self.item = make_item()
		self.receive(self.item, ["AU1", "AU2", "AU3"], posting_date=ago(30))
		self.transfer(self.item, ["AU1"], posting_date=ago(20))
		self.deliver(self.item, ["AU2"], posting_date=ago(10))
		self.receive(make_item(has_serial_no=0), qty=5)

	def told(self, **filters):
		return {
			r["warehouse"]: tuple(r.get(book) for book in ("units", "moves", "booked", "bin", "differs"))
			for r in rows(AUDIT, **filters)
		}

	def test_four_records_agree(self):
		self.assertEqual(self.told(), {self.stores: (1, 1, 1, 1, 0), self.shop: (1, 1, 1, 1, 0)})
		self.assertEqual(self.told(only_differences=1), {})
		self.assertEqual(self.told(warehouse=self.shop), {self.shop: (1, 1, 1, 1, 0)})
		self.assertEqual(self.told(item_code="none"), {})

	def test_each_record_that_differs_is_told(self):
		place = {"item_code": self.item, "warehouse": self.shop}
		for change, expected in (
			(lambda: frappe.db.set_value("Bin", place, "actual_qty", 4), (1, 1, 1, 4, 3)),
			(lambda: frappe.db.set_value("Serial No", "AU1", "warehouse", None), (0, 1, 1, 1, 1)),
			(lambda: frappe.db.set_value("Stock Ledger Entry", place, "actual_qty", 2), (1, 1, 2, 1, 1)),
			(
				lambda: frappe.db.set_value(
					"Serial No Ledger Entry", {"serial_no": "AU1", "move_no": 2}, "is_cancelled", 1
				),
				(1, 0, 1, 1, 1),
			),
		):
			frappe.db.savepoint("audited")
			change()
			self.assertEqual(self.told(only_differences=1)[self.shop], expected)
			frappe.db.rollback(save_point="audited")

	def test_as_of_a_past_day_the_ledgers_are_compared(self):
		self.assertEqual(self.told(as_on_date=str(ago(31))), {})
		stores, both = (
			(None, 3, 3, None, 0),
			{self.stores: (None, 2, 2, None, 0), self.shop: (None, 1, 1, None, 0)},
		)
		self.assertEqual(self.told(as_on_date=str(ago(21))), {self.stores: stores})
		self.assertEqual(self.told(as_on_date=str(ago(11))), both)
		frappe.db.set_value("Bin", {"item_code": self.item}, "actual_qty", 9)
		self.assertEqual(self.told(as_on_date=str(ago(11))), both)
		columns = [column["fieldname"] for column in execute(AUDIT, as_on_date=str(ago(11)))[0]]
		self.assertNotIn("bin", columns)

	def test_cards_and_chart(self):
		result = execute(AUDIT)
		self.assertEqual(
			cards(result),
			{"Units": 2, "Stock Ledger": 2, "Places That Agree": 2, "Places That Differ": 0},
		)
		self.assertIsNone(result[3])
		frappe.db.set_value("Bin", {"item_code": self.item, "warehouse": self.shop}, "actual_qty", 4)
		result = execute(AUDIT)
		self.assertEqual(cards(result)["Places That Differ"], 1)
		self.assertEqual(statuses(result[3]), {f"{self.item} · {self.shop}": 3})

	def test_a_user_permission_on_warehouse_holds_and_one_on_customer_makes_nothing_wrong(self):
		user = make_user("Stock User")
		second = make("Customer", customer_name="Second Customer")
		frappe.permissions.add_user_permission("Warehouse", self.shop, user)
		frappe.permissions.add_user_permission("Customer", second, user)
		frappe.set_user(user)
		self.assertEqual(self.told(), {self.shop: (1, 1, 1, 1, 0)})
		self.assertEqual(cards(execute(AUDIT))["Units"], 1)


class TestWhoSeesWhat(PermissionTestCase):
	def setUp(self):
		super().setUp()
		forget("Serial No", "Serial No Ledger Entry", *SERVICE)
		self.item = make_item()
		self.second_customer = make("Customer", customer_name="Second Customer")
		self.receive(self.item, ["HERE", "MOVED", "SOLD"], posting_date=ago(20))
		self.receive(self.item, ["THERE"], warehouse=self.shop, posting_date=ago(20))
		self.transfer(self.item, "MOVED", posting_date=ago(10))
		self.deliver(self.item, "SOLD", posting_date=ago(8))

	def run_report(self, report, **filters):
		return query_report.run(report, filters=json.dumps(filters, default=str))

	def seen(self, report, **filters):
		"""The numbers in the rows, which chart and cards count and nothing else."""
		result = self.run_report(report, **filters)
		found = sorted(row["serial_no"] for row in result["result"])
		whole = sum(
			card["value"]
			for card in result["report_summary"]
			if card["label"] in ("Units", "Moves") or (report == AVAILABLE and card["label"] == "Available")
		)
		charted = sum(sum(s["values"]) for s in result["chart"]["data"]["datasets"]) if found else 0
		self.assertEqual((whole, charted), (len(found), len(found)))
		return found

	def restrict(self, doctype, name, role):
		frappe.set_user("Administrator")
		frappe.permissions.add_user_permission(doctype, name, self.users[role])
		self.be(role)

	def test_reading_follows_the_work(self):
		for report in REPORTS:
			for role in self.users:
				self.be(role)
				with self.subTest(report=report, role=role):
					may = set(ROLES) - set(MAINTENANCE) if report == AUDIT else set(ROLES)
					if role in {*may, "System Manager"}:
						self.run_report(report)
					else:
						for call in (self.run_report, execute):
							with self.assertRaises(frappe.PermissionError):
								call(report)

	def test_a_user_permission_on_warehouse_holds_for_units(self):
		self.assertEqual(self.seen(STATUS), ["HERE", "MOVED", "SOLD", "THERE"])
		self.restrict("Warehouse", self.stores, "Stock User")
		self.assertEqual(self.seen(STATUS), ["HERE", "SOLD"])
		self.assertEqual(self.seen(AVAILABLE), ["HERE"])
		# it lies elsewhere now
		self.assertEqual(self.seen(AVAILABLE, as_on_date=ago(15)), ["HERE", "SOLD"])
		self.restrict("Warehouse", self.shop, "Stock Manager")
		self.assertEqual(self.seen(AVAILABLE), ["MOVED", "THERE"])
		# it lay elsewhere then
		self.assertEqual(self.seen(AVAILABLE, as_on_date=ago(15)), ["THERE"])

	def test_a_user_permission_on_warehouse_holds_for_moves_at_both_ends(self):
		self.restrict("Warehouse", self.stores, "Stock User")
		self.assertEqual(self.seen(LEDGER), ["HERE", "MOVED", "SOLD", "SOLD"])
		self.assertEqual(self.seen(LEDGER, warehouse=self.shop), [])
		with patch.object(unit_report, "MOST_ROWS", 2):
			self.assertIn("2 of 4", self.run_report(LEDGER)["message"])

	def test_a_user_permission_on_customer_holds_for_the_other_party_of_a_move(self):
		self.restrict("Customer", self.second_customer, "Sales User")
		self.assertEqual(self.seen(LEDGER), ["HERE", "MOVED", "MOVED", "SOLD", "THERE"])
		self.assertEqual(self.seen(LEDGER, party_type="Customer"), [])
		self.restrict("Customer", self.customer, "Stock User")
		self.assertEqual(self.seen(LEDGER, party_type="Customer"), ["SOLD"])

	def test_a_user_permission_with_signs_that_sql_knows(self):
		strange = make_warehouse("100% 'Stores' %s")
		self.receive(self.item, "STRANGE", warehouse=strange, posting_date=ago(20))
		self.restrict("Warehouse", strange, "Stock User")
		for report in UNFILTERED:
			self.assertEqual(self.seen(report), ["STRANGE"])

	def test_a_user_permission_on_item(self):
		self.restrict("Item", make_item(), "Stock User")
		for report in UNFILTERED:
			self.assertEqual(self.seen(report), [])

	def test_the_reports_are_offered_with_their_scripts(self):
		self.be("Stock User")
		for report in REPORTS:
			script = query_report.get_script(report)["script"]
			self.assertNotIn("{% include", script)
			self.assertIn(f'frappe.query_reports["{report}"]', script)
