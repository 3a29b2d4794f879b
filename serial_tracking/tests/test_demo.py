from collections import Counter

import frappe
from frappe.utils.password import check_password

from serial_tracking import demo
from serial_tracking.demo import company
from serial_tracking.tests.factories import SERVICE, StockTestCase, forget

ITEMS = [*(row[0] for row in company.SERIALISED), company.CABLE, company.TIES]


class TestDemoCompany(StockTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.set_user("Administrator")
		forget(*SERVICE)
		demo.setup()  # rolled back with the class

	def test_has_20_items_of_4_groups_and_some_300_units_in_every_status(self):
		items = frappe.get_all("Item", {"name": ("in", ITEMS)}, ["item_group"], order_by="name")
		self.assertEqual(len(items), 20)
		self.assertEqual(len({item.item_group for item in items}), 4)
		units = frappe.get_all("Serial No", {"item_code": ("in", ITEMS)}, ["status"], order_by="name")
		self.assertTrue(280 <= len(units) <= 360, len(units))
		found = Counter(unit.status for unit in units)
		statuses = frappe.get_meta("Serial No").get_field("status").options.split("\n")
		self.assertEqual(set(found), set(filter(None, statuses)))
		self.assertGreaterEqual(min(found.values()), 3)

	def test_shows_each_kind_of_voucher(self):
		for doctype, filters in (
			("Delivery Note", {"is_return": 1}),
			("Purchase Receipt", {"is_return": 1}),
			("Sales Invoice", {"update_stock": 1}),
			("Sales Invoice", {"update_stock": 0}),
			*(
				("Stock Entry", {"purpose": purpose})
				for purpose in ("Manufacture", "Issue for Use", "Return from Use")
			),
		):
			self.assertTrue(frappe.db.exists(doctype, {"docstatus": 1, **filters}), (doctype, filters))
		self.assertTrue(frappe.db.exists("Serial No", {"hold_reason": ("like", "Rejected: MAT-PRE-%")}))
		self.assertTrue(frappe.db.exists("Serial No", {"location": "Service van 2", "status": "In Use"}))
		self.assertTrue(
			frappe.db.exists("Serial No", {"status": "Delivered", "sales_invoice": ("is", "not set")})
		)

	def test_has_units_whose_warranty_ends_within_30_days(self):
		today = frappe.utils.getdate()
		soon = ("between", [today, frappe.utils.add_days(today, 30)])
		ending = frappe.get_all(
			"Serial No",
			{"item_code": ("in", ITEMS), "status": "Delivered", "warranty_expiry_date": soon},
			order_by="name",
		)
		self.assertGreaterEqual(len(ending), 3)

	def test_has_slips_entered_late(self):
		"""Of an item without serials, the last entry is not that of the latest day."""
		entries = frappe.get_all(
			"Stock Ledger Entry", {"item_code": company.CABLE}, ["posting_datetime"], order_by="entry_no desc"
		)
		self.assertLess(entries[0].posting_datetime, max(entry.posting_datetime for entry in entries))

	def test_has_a_living_service_side(self):
		# other tests may have committed theirs
		of_demo = [["Maintenance Schedule Item", "item_code", "in", ITEMS]]
		schedules = frappe.get_all("Maintenance Schedule", of_demo, ["name", "status"], order_by="name")
		self.assertEqual({s.status for s in schedules}, {"Upcoming", "Running", "Ended"})
		lines = frappe.get_all(
			"Maintenance Schedule Detail",
			{"item_code": ("in", ITEMS)},
			["overdue", "completion_status", "scheduled_date"],
			order_by="name",
		)
		self.assertEqual(sum(line.overdue for line in lines), 1)
		today = frappe.utils.getdate()
		for line in lines:
			made = line.completion_status == "Fully Completed"
			self.assertEqual(made or line.overdue == 1, line.scheduled_date < today, line)
		claims = frappe.get_all("Warranty Claim", ["status", "replacement_serial_no"], order_by="name")
		states = frappe.get_meta("Warranty Claim").get_field("status").options.split("\n")
		self.assertEqual({claim.status for claim in claims}, set(states))
		self.assertTrue(any(claim.replacement_serial_no for claim in claims))
		units = frappe.get_all(
			"Serial No", {"item_code": ("in", ITEMS)}, ["maintenance_status"], order_by="name"
		)
		known = frappe.get_meta("Serial No").get_field("maintenance_status").options.split("\n")
		self.assertEqual({unit.maintenance_status or "" for unit in units}, set(known))

	def test_built_a_part_into_a_unit_that_is_out(self):
		(part, *_more) = frappe.get_all(
			"Serial No Ledger Entry",
			{"used_for": ("is", "set"), "item_code": ("in", ITEMS)},
			["serial_no", "used_for"],
			order_by="name",
		)
		self.assertEqual(frappe.db.get_value("Serial No", part.serial_no, "status"), "Consumed")
		self.assertEqual(frappe.db.get_value("Serial No", part.used_for, "status"), "Delivered")

	def test_leaves_records_that_agree_with_the_ledgers(self):
		self.assert_audit_clean()

	def test_everybody_whom_make_demo_names_can_log_in(self):
		self.assertEqual(
			[login for login, _password, _who in demo.LOGINS],
			[row[0] for row in (*company.USERS, *company.PORTAL_USERS)],
		)
		for login, password, who in demo.LOGINS:
			with self.subTest(login):
				self.assertEqual(check_password(login, password), login)
				self.assertTrue(who)

	def test_is_made_once_only(self):
		before = frappe.db.count("Serial No"), frappe.db.count("Purchase Receipt")
		demo.setup()
		self.assertEqual((frappe.db.count("Serial No"), frappe.db.count("Purchase Receipt")), before)

	def test_moved_its_units_by_submitted_vouchers_of_the_past_year(self):
		for entry in frappe.get_all(
			"Serial No Ledger Entry",
			{"item_code": ("in", ITEMS)},
			["voucher_type", "voucher_no", "posting_datetime"],
			order_by="voucher_no",
			group_by="voucher_type, voucher_no, posting_datetime",
		):
			self.assertIn(frappe.db.get_value(entry.voucher_type, entry.voucher_no, "docstatus"), (1, 2))
			age = (frappe.utils.now_datetime() - entry.posting_datetime).days
			self.assertTrue(0 <= age <= 366, (entry, age))

	def test_gives_a_storekeeper_who_may_post_but_not_change_settings(self):
		frappe.set_user("storekeeper@example.com")
		self.assertTrue(frappe.has_permission("Stock Entry", "submit"))
		self.assertFalse(frappe.has_permission("Serial Tracking Settings", "write"))
