"""Opening stock: a Material Receipt filled from a file. What a file may hold is tested in pure/test_opening.py."""

import io
import json
from unittest.mock import patch

import frappe
import openpyxl
from frappe.utils import getdate

from serial_tracking import exceptions as exc
from serial_tracking.api import opening as api
from serial_tracking.tests.factories import (
	StockTestCase,
	fingerprint,
	make,
	make_item,
	row,
	serials,
	settings,
	voucher,
)
from serial_tracking.tests.test_permissions import make_user
from serial_tracking.tests.test_serials_api import count_statements

HEADER = "item_code,warehouse,serial_no,qty,rate,supplier_serial_no,warranty_expiry_date,supplier_warranty_expiry_date,end_of_life_date"


class OpeningTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.series = make_item(serial_no_series="OPEN-.####")
		self.cable = make_item(has_serial_no=0, stock_uom=make("UOM", uom_name="Metre"))

	def upload(self, *lines, name="opening.csv", header=HEADER, **values):
		content = "\r\n".join((header, *lines)).encode() if lines else values.pop("content")
		record = {"doctype": "File", "file_name": name, "is_private": 1, "content": content, **values}
		return frappe.get_doc(record).insert().name

	def problems(self, *lines, **values):
		"""(lines, exception) of what the check tells; nothing is written by it."""
		before = self.everything()
		found = api.check(self.upload(*lines), **values)
		self.assertEqual(found["problem_count"], len(found["problems"]))
		self.assertEqual(self.everything(), before)
		return {
			(p["lines"], p["exception"]): frappe.utils.strip_html(p["message"]) for p in found["problems"]
		}

	def everything(self):
		return fingerprint(), frappe.db.count("Stock Entry"), frappe.db.count("Stock Entry Detail")


class TestFill(OpeningTestCase):
	def test_units_with_all_that_the_file_says_of_them(self):
		file = self.upload(
			f"{self.item},{self.stores},F1,,120.5,MAKER-1,2030-01-31,2029-06-30,2035-12-31",
			f"{self.item},{self.stores},F2,1,99,,,,",
			f"{self.item},{self.shop},F3,,120.5,,,,",
			f"{self.cable},{self.shop},,7.5,2,,,,",
			f"{self.series},{self.shop},,3,10,,,,",
		)
		filled = api.fill(file)
		self.assertEqual((filled["rows"], filled["units"]), (5, 3))
		doc = frappe.get_doc("Stock Entry", filled["stock_entry"])
		self.assertEqual(doc.docstatus, 0)
		self.assertFalse(frappe.db.exists("Serial No", "F1"))
		doc.submit()
		self.assert_unit(
			"F1",
			item_code=self.item,
			warehouse=self.stores,
			purchase_rate=120.5,
			supplier_serial_no="MAKER-1",
			warranty_expiry_date=getdate("2030-01-31"),
			supplier_warranty_expiry_date=getdate("2029-06-30"),
			end_of_life_date=getdate("2035-12-31"),
		)
		self.assert_unit("F2", warehouse=self.stores, purchase_rate=99, supplier_serial_no=None)
		self.assert_unit("F3", warehouse=self.shop)
		self.assertEqual(len(serials(doc, 4)), 3)
		bins = frappe.get_all(
			"Bin",
			{"item_code": ("in", [self.item, self.cable, self.series])},
			["item_code", "warehouse", "actual_qty", "stock_value"],
			order_by="name",
			as_list=True,
		)
		self.assertEqual(
			set(bins),
			{
				(self.item, self.stores, 2, 219.5),
				(self.item, self.shop, 1, 120.5),
				(self.cable, self.shop, 7.5, 15),
				(self.series, self.shop, 3, 30),
			},
		)
		self.assert_audit_clean()

	def test_a_workbook_with_date_cells_and_numbers(self):
		book = openpyxl.Workbook()
		book.active.append(["Serial No", "Item Code", "Warehouse", "Rate", "Warranty Expiry Date"])
		book.active.append([4711, self.item, self.stores, 12.5, getdate("2031-02-03")])
		stream = io.BytesIO()
		book.save(stream)
		filled = api.fill(self.upload(name="opening.xlsx", content=stream.getvalue()))
		frappe.get_doc("Stock Entry", filled["stock_entry"]).submit()
		self.assert_unit("4711", purchase_rate=12.5, warranty_expiry_date=getdate("2031-02-03"))

	def test_the_rows_of_a_draft_are_replaced_and_its_head_kept(self):
		draft = self.receive_by_entry(
			self.item,
			["OLD-1"],
			submit=False,
			posting_date="2026-01-02",
			posting_time="08:00",
			remarks="by hand",
		)
		file = self.upload(f"{self.item},,NEW-1,,5,,,,", f"{self.item},{self.shop},NEW-2,,5,,,,")
		frappe.db.set_value("Stock Entry", draft.name, "to_warehouse", self.stores)
		for _again in range(2):  # the same file twice is the same draft
			self.assertEqual(api.fill(file, draft.name)["stock_entry"], draft.name)
		draft.reload()
		self.assertEqual([serials(draft, n) for n in range(2)], [["NEW-1"], ["NEW-2"]])
		self.assertEqual([r.t_warehouse for r in draft.items], [self.stores, self.shop])
		self.assertEqual((str(draft.posting_date), draft.remarks), ("2026-01-02", "by hand"))
		self.assertEqual(
			frappe.db.get_value("File", file, ["attached_to_doctype", "attached_to_name"]),
			("Stock Entry", draft.name),
		)
		draft.submit()
		self.assert_unit("NEW-1", warehouse=self.stores, purchase_date=getdate("2026-01-02"))

	def test_values_of_a_new_draft(self):
		file = self.upload(f"{self.item},,V-1,,,,,,")
		values = {
			"to_warehouse": self.shop,
			"posting_date": "2026-02-03",
			"docstatus": 1,
			"purpose": "Repack",
		}
		filled = api.fill(file, values=json.dumps(values))
		doc = frappe.get_doc("Stock Entry", filled["stock_entry"])
		self.assertEqual(
			(doc.docstatus, doc.purpose, str(doc.posting_date)), (0, "Material Receipt", "2026-02-03")
		)
		self.assertEqual((doc.items[0].t_warehouse, doc.items[0].basic_rate), (self.shop, 0))

	def test_units_of_many_rates_share_a_row_and_keep_their_rates(self):
		file = self.upload(*(f"{self.item},{self.stores},R{n},,{n}.25,,,," for n in range(30)))
		filled = api.fill(file)
		self.assertEqual(filled["rows"], 1)
		doc = frappe.get_doc("Stock Entry", filled["stock_entry"])
		doc.submit()
		self.assert_unit("R7", purchase_rate=7.25)
		self.assertAlmostEqual(doc.total, sum(n + 0.25 for n in range(30)), 6)
		value = frappe.db.get_value("Bin", {"item_code": self.item}, "stock_value")
		self.assertAlmostEqual(value, doc.total, 6)
		self.assert_audit_clean()

	def test_progress_is_told(self):
		file = self.upload(*(f"{self.item},{self.stores},P{n},,1,,,," for n in range(6000)))
		with patch.object(frappe, "publish_realtime") as told:
			api.fill(file)
		messages = [call.args[1] for call in told.call_args_list if call.args[0] == api.PROGRESS]
		percents = [message["percent"] for message in messages]
		self.assertEqual(percents, sorted(percents))
		self.assertEqual(percents[-1], 100)
		self.assertGreater(len(percents), 4)

	def test_dates_and_headings_of_the_site_and_the_user(self):
		file = self.upload(
			f"{self.item};D-1;31.12.2031;1.234,50", header="Artikel;Serial No;End of Life Date;Rate"
		)
		labels = {**api.opening_reasons.labels(), "item_code": "Artikel"}
		with (
			patch.object(api.opening_reasons, "labels", lambda: labels),
			patch.object(
				frappe, "get_system_settings", lambda key: "dd.mm.yyyy" if key == "date_format" else None
			),
		):
			checked = api.check(file, values={"to_warehouse": self.stores})
		self.assertEqual(checked["problems"], [])
		self.assertEqual(checked["totals"][0]["value"], 1234.5)


class TestCheck(OpeningTestCase):
	def test_a_good_file_is_counted_and_nothing_written(self):
		file = self.upload(
			f"{self.item},{self.stores},C1,,10,,,,",
			f"{self.item},{self.stores},C2,,20,,,,",
			f"{self.cable},{self.stores},,2.5,4,,,,",
		)
		before = self.everything()
		checked = api.check(file)
		self.assertEqual(self.everything(), before)
		self.assertEqual(
			checked,
			{
				"lines": 3,
				"rows": 3,
				"units": 2,
				"totals": [
					{"item_code": self.item, "warehouse": self.stores, "units": 2, "qty": 2, "value": 30},
					{"item_code": self.cable, "warehouse": self.stores, "units": 0, "qty": 2.5, "value": 10},
				],
				"notes": [],
				"problem_count": 0,
				"problems": [],
			},
		)

	def test_mistakes_of_the_file_and_refusals_of_the_submit_are_told_together(self):
		self.receive(self.item, ["IN-1", "IN-2"])
		other = make_item()
		self.receive(other, "OTHER")
		self.deliver(other, "OTHER")
		disabled = make_item()
		frappe.db.set_value("Item", disabled, "disabled", 1)
		found = self.problems(
			f"{self.item},{self.shop},NEW-1,,,,,,",
			f"{self.item},{self.shop},in-1,,,,,,",
			f"{self.item},{self.shop},IN-2,,,,,,",
			f"{self.item},{self.shop},OTHER,,,,,,",
			f"{disabled},{self.shop},D-1,,,,,,",
			f"{disabled},{self.shop},D-2,,,,,,",
			f"{self.item},{self.shop},NEW-1,,,,,,",
			f"{self.item},{self.shop},X-1,,,,soon,,",
			f"{self.item},Nowhere,X-2,,,,,,",
		)
		self.assertEqual(
			set(found),
			{
				("3-4", "SerialNoDuplicateError"),
				("5", "SerialNoItemError"),
				("6-7", "ItemNotActiveError"),
				("2", "OpeningStockError"),
				("8", "OpeningStockError"),
				("9", "OpeningStockError"),
				("10", "OpeningStockError"),
			},
		)
		self.assertIn(self.stores, found["3-4", "SerialNoDuplicateError"])
		self.assertIn("line 8", found["2", "OpeningStockError"])

	def test_what_check_refuses_fill_refuses_and_nothing_is_half_done(self):
		self.receive(self.item, "TAKEN")
		draft = self.receive_by_entry(self.item, ["KEPT"], submit=False)
		for bad, mentions in (
			(f"{self.item},{self.shop},TAKEN,,,,,,", ("Line 3", "TAKEN", self.stores)),
			(f"{self.item},Nowhere,B-1,,,,,,", ("Line 3", "Nowhere")),
		):
			file = self.upload(f"{self.item},{self.shop},GOOD,,,,,,", bad)
			before = self.everything()
			self.assert_refused(exc.OpeningStockError, api.fill, file, draft.name, mentions=mentions)
			self.assertEqual(self.everything(), before)
			self.assertEqual(serials(draft.reload()), ["KEPT"])
			self.assertFalse(frappe.db.get_value("File", file, "attached_to_name"))

	def test_the_same_complaint_about_thousands_of_lines_is_one(self):
		found = self.problems(*(f"NEVER,{self.stores},N{n},,,,,," for n in range(3000)))
		self.assertEqual(set(found), {("2-3001", "OpeningStockError")})
		self.receive(self.item, "M001..M300")
		found = self.problems(*(f"{self.item},{self.shop},M{n:03d},,,,,," for n in range(1, 301)))
		((lines, text),) = [(key[0], text) for key, text in found.items()]
		self.assertEqual(lines, "2-301")
		self.assertLess(len(text), 200)

	def test_a_known_unit_that_left_may_come_in_again_if_the_settings_say_so(self):
		self.receive(self.item, "BACK")
		self.issue(self.item, "BACK")
		line = f"{self.item},{self.shop},BACK,,,,,,"
		self.assertEqual(self.problems(line), {})
		settings(allow_existing_serial_no=0)
		self.assertEqual(set(self.problems(line)), {("2", "SerialNoDuplicateError")})

	def test_a_problem_of_the_voucher_has_no_line(self):
		line = f"{self.item},{self.shop},F-1,,,,,,"
		future = {"posting_date": "2099-01-01", "set_posting_time": 1}
		self.assertEqual(set(self.problems(line, values=future)), {("", "FuturePostingError")})

	def test_unknown_columns_are_refused_or_left_out_with_a_note(self):
		file = self.upload(f"{self.item},{self.shop},U-1,red", header="item_code,warehouse,serial_no,Colour")
		(problem,) = api.check(file)["problems"]
		self.assertIn("Colour", problem["message"])
		checked = api.check(file, ignore_unknown_columns=True)
		self.assertEqual((checked["problems"], checked["units"]), ([], 1))
		self.assertIn("Colour", checked["notes"][0])

	def test_a_file_that_cannot_be_read(self):
		for name, content in (
			("a.csv", b"\x89PNG\0"),
			("a.xlsx", b"PK\x03\x04 no"),
			("a.xls", b"\xd0\xcf\x11\xe0"),
		):
			file = self.upload(name=name, content=content)
			(problem,) = api.check(file)["problems"]
			self.assertEqual((problem["line"], problem["exception"]), (None, "OpeningStockError"))
			self.assert_refused(exc.OpeningStockError, api.fill, file)

	def test_markup_in_a_file_is_shown_and_not_obeyed(self):
		file = self.upload(f"<img src=x onerror=alert(1)>,{self.shop},<b>1</b>,,,,,,")
		for problem in api.check(file)["problems"]:
			self.assertNotIn("<img", problem["message"])
			self.assertNotIn("<b>1", problem["message"])


class TestDrafts(OpeningTestCase):
	def test_only_a_draft_of_a_material_receipt_is_filled(self):
		file = self.upload(f"{self.item},{self.shop},Z-1,,,,,,")
		receipt = self.receive_by_entry(self.item, ["Y-1"])
		issue = self.issue(self.item, ["Y-1"], submit=False)
		for name in (receipt.name, issue.name):
			for method in (api.check, api.fill):
				self.assert_refused(exc.OpeningStockError, method, file, name)
		self.assertRaises(frappe.DoesNotExistError, api.fill, file, "MAT-NEVER")

	def test_templates_have_every_column_and_are_read_back(self):
		names = api.opening.headings(api.opening_reasons.labels())
		for file_type in ("CSV", "XLSX"):
			frappe.local.response = frappe._dict()
			api.template(file_type)
			self.assertTrue(frappe.response.filename.endswith(file_type.lower()))
			table = api.opening_file.read(
				frappe.response.filecontent, lambda text: api.opening.fold(text) in names
			)
			self.assertEqual(
				[names[api.opening.fold(c)] for c in table.lines[0][1]], list(api.opening.COLUMNS)
			)
		self.assertRaises(frappe.ValidationError, api.template, "PDF")


class TestPermissions(OpeningTestCase):
	def setUp(self):
		super().setUp()
		self.user = make_user("Stock User")
		self.addCleanup(frappe.clear_cache, user=self.user)

	def test_the_file_must_be_the_users_to_read(self):
		line = f"{self.item},{self.shop},PERM-1,,,,,,"
		theirs = self.upload(line)
		frappe.set_user(self.user)
		for method in (api.check, api.fill):
			self.assertRaises(frappe.PermissionError, method, theirs)
			self.assertRaises(frappe.PermissionError, method, "/private/files/never.csv")
		mine = self.upload(line)  # the same content, and so the same address
		address = frappe.db.get_value("File", mine, "file_url")
		self.assertTrue(frappe.db.exists("Stock Entry", api.fill(address)["stock_entry"]))

	def test_a_path_outside_of_the_files_is_not_read(self):
		file = self.upload(f"{self.item},{self.shop},PATH-1,,,,,,")
		for address in (
			"/private/files/../../site_config.json",
			"/private/files/../backups/opening.csv",
			"https://example.com/opening.csv",
		):
			frappe.db.set_value("File", file, "file_url", address)
			with self.subTest(address), self.assertRaises(frappe.ValidationError):
				api.check(file)

	def test_a_user_permission_on_warehouse_holds(self):
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.user)
		theirs = self.receive(self.item, "HIDDEN", warehouse=self.shop)
		draft = self.receive_by_entry(self.item, ["OTHERS"], warehouse=self.shop, submit=False)
		frappe.set_user(self.user)
		found = self.problems(
			f"{self.item},{self.stores},W-1,,,,,,",
			f"{self.item},{self.shop},W-2,,,,,,",
			f"{self.item},{self.stores},HIDDEN,,,,,,",
		)
		self.assertEqual(set(found), {("3", "OpeningStockError"), ("4", "SerialNoDuplicateError")})
		self.assertNotIn(self.shop, found["4", "SerialNoDuplicateError"])
		self.assertNotIn(theirs.name, found["4", "SerialNoDuplicateError"])
		file = self.upload(f"{self.item},{self.stores},W-1,,,,,,")
		self.assertRaises(frappe.PermissionError, api.fill, file, draft.name)
		api.fill(file)


class TestSpeed(OpeningTestCase):
	def test_two_thousand_units_take_as_many_statements_as_two_hundred(self):
		counted = {}
		for units in (200, 2000):
			item = make_item()
			lines = (
				f"{item},{self.stores},{item}-{n},,{n % 5},MAKER-{n},2030-01-31,2029-01-31,2035-01-31"
				for n in range(units)
			)
			file = self.upload(*lines)
			filled = {}
			filling = count_statements(lambda: filled.update(api.fill(file)))  # noqa: B023
			doc = frappe.get_doc("Stock Entry", filled["stock_entry"])
			counted[units] = (filling, count_statements(doc.submit))
			self.assertEqual(filled["units"], units)
		self.assertLess(counted[2000][0], 60)
		self.assertLess(counted[2000][1], 60)
		self.assertLessEqual(counted[2000][0], counted[200][0] + 5)
		self.assertLessEqual(counted[2000][1], counted[200][1] + 10)


class TestOnTheForm(OpeningTestCase):
	def test_a_draft_that_was_filled_is_saved_again_unchanged(self):
		filled = api.fill(self.upload(f"{self.item},{self.stores},AGAIN,,5,MAKER,2030-01-31,,"))
		doc = frappe.get_doc("Stock Entry", filled["stock_entry"])
		before = doc.items[0].unit_details
		doc.remarks = "looked at"
		doc.save()
		self.assertEqual(json.loads(doc.reload().items[0].unit_details), json.loads(before))

	def test_what_was_filled_equals_what_would_be_typed(self):
		line = row(self.item, 1, t_warehouse=self.stores, serial_no="TYPED", basic_rate=5)
		typed = voucher("Stock Entry", [line], False, purpose="Material Receipt")
		filled = api.fill(self.upload(f"{self.item},{self.stores},FILLED,,5,,,,"))
		doc = frappe.get_doc("Stock Entry", filled["stock_entry"])
		alike = ("item_code", "item_name", "uom", "stock_uom", "conversion_factor", "transfer_qty", "amount")
		self.assertEqual([doc.items[0].get(f) for f in alike], [typed.items[0].get(f) for f in alike])
