"""Who may do what: DOMAIN 2, Roles. One table for the DocTypes, one for the whitelisted methods."""

import inspect
import pkgutil
from importlib import import_module
from unittest.mock import patch

import frappe

import serial_tracking
from serial_tracking.api.audit import audit, repair
from serial_tracking.api.calendar import get_link
from serial_tracking.api.claims import replace_unit
from serial_tracking.api.desk import has_app_permission
from serial_tracking.api.serials import pick
from serial_tracking.exceptions import SerialNoNotExistsError
from serial_tracking.install import RECALL_TEMPLATE
from serial_tracking.serial_tracking import true_size
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_warranty_claim as claim_of_note,
)
from serial_tracking.serial_tracking.doctype.serial_no.serial_no import make_warranty_claim as claim_of_unit
from serial_tracking.tests.factories import (
	StockTestCase,
	fingerprint,
	make,
	make_item,
	make_portal_user,
	row,
	serials,
	settings,
	voucher,
)
from serial_tracking.tests.mail import mute

NOBODY, GUEST = "none of the roles", "Guest"
CUSTOMER = "a customer who logs in on the website"
# the columns of the tables below; System Manager ranks with Stock Manager
ROLES = (
	"Stock User",
	"Stock Manager",
	"Purchase User",
	"Sales User",
	"Maintenance User",
	"Maintenance Manager",
)
MAINTENANCE = ("Maintenance User", "Maintenance Manager")
RIGHTS = {"r": "read", "w": "write", "c": "create", "s": "submit", "x": "cancel", "d": "delete"}

# DocType: what each role may do, in the order of ROLES; a user with none of them and a Guest: nothing
DOCTYPES = {
	"Item": ("r", "rwcd", "r", "r", "r", "r"),
	"Item Group": ("r", "rwcd", "r", "r", "r", "r"),
	"Brand": ("r", "rwcd", "r", "r", "r", "r"),
	"UOM": ("r", "rwcd", "r", "r", "r", "r"),
	"Warehouse": ("r", "rwcd", "r", "r", "r", "r"),
	"Supplier": ("r", "rwcd", "rwc", "r", "r", "r"),
	"Customer": ("r", "rwcd", "r", "rwc", "r", "r"),
	"Holiday List": ("r", "rwcd", "r", "r", "r", "rwcd"),
	"Serial No": ("rwc", "rwcd", "r", "r", "r", "r"),
	"Serial No Ledger Entry": ("r", "r", "r", "r", "r", "r"),
	"Stock Ledger Entry": ("r", "r", "r", "r", "", ""),
	"Bin": ("r", "r", "r", "r", "", ""),
	"Stock Entry": ("rwcs", "rwcsxd", "", "", "", ""),
	"Purchase Receipt": ("rwcs", "rwcsxd", "rwcs", "", "", ""),
	"Delivery Note": ("rwcs", "rwcsxd", "", "rwcs", "r", "r"),
	"Sales Invoice": ("rwcs", "rwcsxd", "", "rwcs", "r", "r"),
	"Calendar Link": ("", "rd", "", "", "", "rd"),
	"Maintenance Schedule": ("r", "rwcsxd", "", "r", "rwcs", "rwcsxd"),
	"Maintenance Visit": ("r", "rwcsxd", "", "r", "rwcs", "rwcsxd"),
	"Recall Letter": ("", "r", "", "", "", ""),
	"Reminder Sent": ("", "", "", "", "", ""),
	"Service Contract Entry": ("r", "r", "r", "r", "r", "r"),
	"Warranty Claim": ("rwc", "rwcd", "", "rwc", "rwc", "rwcd"),
	"Serial Tracking Settings": ("", "rwc", "", "", "", ""),
}

SERVICE_READERS = tuple(role for role in ROLES if role != "Purchase User")

# whitelisted method: the roles that may call it; what each is called with stands in TestMethods.arguments
METHODS = {
	"api.audit.audit": ("Stock Manager",),
	"api.audit.repair": ("Stock Manager",),
	"api.background.submit": ("Stock User", "Stock Manager", "Sales User"),
	"api.claims.replace_unit": ("Stock User", "Stock Manager", "Sales User"),
	"api.calendar.feed": ROLES,
	"api.calendar.get_link": SERVICE_READERS,
	"api.calendar.revoke": SERVICE_READERS,
	"api.epcis.export": ROLES,
	"api.labels.count": ROLES,
	"api.labels.pdf": ROLES,
	"api.labels.sheet": ROLES,
	"api.labels.zpl": ROLES,
	"api.opening.check": ("Stock User", "Stock Manager"),
	"api.opening.fill": ("Stock User", "Stock Manager"),
	"api.opening.template": ("Stock User", "Stock Manager"),
	"api.recall.count_free": ("Stock Manager",),
	"api.recall.customers": ("Stock Manager",),
	"api.recall.hold": ("Stock Manager",),
	"api.recall.preview": ("Stock Manager",),
	"api.recall.print_letters": ("Stock Manager",),
	"api.recall.send_letters": ("Stock Manager",),
	"api.portal.file_claim": (CUSTOMER,),
	"api.scan.bearers": ROLES,
	"api.scan.into_voucher": ("Stock User", "Stock Manager", "Sales User"),
	"api.scan.scan": ROLES,
	"api.schedules.complete_row": ("Stock User", "Stock Manager", "Sales User", *MAINTENANCE),
	"api.schedules.get_visits": ("Stock User", "Stock Manager", "Sales User", *MAINTENANCE),
	"api.schedules.make_for_units": ("Stock Manager", *MAINTENANCE),
	"api.schedules.move_visit": ("Stock Manager", *MAINTENANCE),
	"api.serials.available": ROLES,
	"api.serials.check": ("Stock User", "Stock Manager", "Sales User"),
	"api.serials.correct": ("Stock Manager",),
	"api.serials.expand": ROLES,
	"api.serials.hold": ("Stock Manager",),
	"api.serials.pick": ROLES,
	"api.serials.preview_series": ROLES,
	"api.serials.read": ROLES,
	"api.serials.read_file": ROLES,
	"api.serials.release": ("Stock Manager",),
	"api.trace.documents": ROLES,
	"api.trace.genealogy": ROLES,
	"api.trace.trace": ROLES,
	"api.warranty.check": ROLES,
	"delivery_note.make_maintenance_schedule": ("Stock Manager", *MAINTENANCE),
	"delivery_note.make_sales_invoice": ("Stock User", "Stock Manager", "Sales User"),
	"delivery_note.make_sales_return": ("Stock User", "Stock Manager", "Sales User"),
	"delivery_note.make_warranty_claim": ("Stock User", "Stock Manager", "Sales User", *MAINTENANCE),
	"maintenance_schedule.make_maintenance_visit": ("Stock Manager", *MAINTENANCE),
	"maintenance_schedule.make_renewal": ("Stock Manager", *MAINTENANCE),
	"purchase_receipt.make_purchase_return": ("Stock User", "Stock Manager", "Purchase User"),
	"sales_invoice.make_maintenance_schedule": ("Stock Manager", *MAINTENANCE),
	"sales_invoice.make_sales_return": ("Stock User", "Stock Manager", "Sales User"),
	"sales_invoice.make_warranty_claim": ("Stock User", "Stock Manager", "Sales User", *MAINTENANCE),
	"serial_no.make_maintenance_schedule": ("Stock Manager", *MAINTENANCE),
	"serial_no.make_maintenance_visit": ("Stock Manager", *MAINTENANCE),
	"serial_no.make_warranty_claim": ("Stock User", "Stock Manager", "Sales User", *MAINTENANCE),
	"warranty_claim.make_maintenance_visit": ("Stock Manager", *MAINTENANCE),
}

# those that anybody may call: a secret in the call says who asks, or a setting offers it
OPEN_TO_GUESTS = {"api.calendar.feed", "api.warranty.check"}

# those that run under frappe.read_only()
READ_ONLY = {
	"api.audit.audit",
	"api.epcis.export",
	"api.labels.count",
	"api.labels.pdf",
	"api.labels.sheet",
	"api.labels.zpl",
	"api.recall.count_free",
	"api.recall.customers",
	"api.recall.preview",
	"api.scan.bearers",
	"api.scan.into_voucher",
	"api.scan.scan",
	"api.schedules.complete_row",
	"api.schedules.get_visits",
	"api.serials.available",
	"api.serials.check",
	"api.serials.expand",
	"api.serials.pick",
	"api.serials.preview_series",
	"api.serials.read",
	"api.trace.documents",
	"api.trace.genealogy",
	"api.trace.trace",
	"api.warranty.check",
}


class PermissionTestCase(StockTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.set_user("Administrator")
		cls.users = {role: make_user(role) for role in (*ROLES, "System Manager")}
		cls.users |= {NOBODY: make_user(), GUEST: GUEST}
		customer = make("Customer", customer_name="Test Customer")
		cls.users[CUSTOMER] = make_portal_user("customer@permissions.example.com", customer)

	def tearDown(self):
		super().tearDown()
		for user in self.users.values():
			frappe.clear_cache(user=user)

	def be(self, role):
		frappe.set_user(self.users[role])


class TestDocTypes(PermissionTestCase):
	def test_the_table_is_complete(self):
		ours = frappe.get_all("DocType", {"module": "Serial Tracking", "istable": 0}, pluck="name")
		self.assertEqual(set(DOCTYPES), set(ours))

	def test_each_role_may_do_what_the_table_says(self):
		for doctype, allowed in DOCTYPES.items():
			by_role = dict(zip(ROLES, allowed, strict=True))
			by_role |= {"System Manager": by_role["Stock Manager"], NOBODY: "", GUEST: "", CUSTOMER: ""}
			for role, rights in by_role.items():
				with self.subTest(doctype=doctype, role=role):
					self.assertEqual(rights_of(self.users[role], doctype), rights)

	def test_a_user_with_none_of_the_roles_sees_nothing(self):
		self.receive(make_item(), "NOBODY-1")
		for role in (NOBODY, GUEST, CUSTOMER):
			self.be(role)
			self.assertFalse(has_app_permission())
			for doctype in DOCTYPES:
				if doctype != "Serial Tracking Settings":
					with self.subTest(role=role, doctype=doctype), self.assertRaises(frappe.PermissionError):
						frappe.get_list(doctype)

	def test_each_role_sees_the_app(self):
		for role in (*ROLES, "System Manager"):
			self.be(role)
			self.assertTrue(has_app_permission(), role)


class TestMethods(PermissionTestCase):
	def setUp(self):
		super().setUp()
		mute(self)
		# not every site has an engine for it
		for engine in (
			patch("frappe.utils.pdf.get_pdf", create=True, return_value=b"%PDF"),
			patch("frappe.utils.pdf.is_wkhtmltopdf_valid", create=True, return_value=True),
			patch.object(true_size, "enlargement", return_value=1.0),
		):
			engine.start()
			self.addCleanup(engine.stop)

	def arguments(self):
		"""What the methods are called with; a method that is not here takes no arguments."""
		item = make_item(serial_no_series="PERM-.###")
		receipt = self.receive(item, qty=5)
		first, second, third, wrong = serials(receipt)[:4]
		note = self.deliver(item, first)
		invoice = voucher(
			"Sales Invoice",
			[row(item, 1, warehouse=self.stores, serial_no=second)],
			customer=self.customer,
			update_stock=1,
		)
		draft = frappe.get_doc(
			{
				"doctype": "Delivery Note",
				"customer": self.customer,
				"items": [row(item, 1, warehouse=self.stores, serial_no=third)],
			}
		)
		to_submit = self.deliver(item, third, submit=False)
		contract = frappe.get_doc(
			{
				"doctype": "Maintenance Schedule",
				"items": [
					{
						"item_code": item,
						"serial_no": first,
						"start_date": "2027-01-01",
						"end_date": "2027-12-31",
						"periodicity": "Yearly",
					}
				],
			}
		)
		contract.insert().submit()
		claim = {"doctype": "Warranty Claim", "serial_no": first, "complaint": "broken"}
		claim = frappe.get_doc(claim).insert().name
		line = f"item_code,warehouse,qty\n{item},{self.stores},1"
		frappe.db.set_value("Customer", self.customer, "email_id", "customer@example.com")
		called_back = {"filters": {"serial_no": first}}
		letter = {**called_back, "template": RECALL_TEMPLATE}
		settings(public_warranty_check=1)
		opening = {"file": upload("opening.csv", line)}
		return {
			"api.background.submit": {"doctype": to_submit.doctype, "name": to_submit.name},
			"api.claims.replace_unit": {
				"claim": claim,
				"replacement_serial_no": third,
				"return_warehouse": self.shop,
			},
			"api.calendar.feed": {"token": get_link()["url"].partition("token=")[2]},
			"api.epcis.export": {"serial_no": first},
			**{f"api.labels.{kind}": {"serial_nos": [first]} for kind in ("count", "pdf", "sheet", "zpl")},
			"api.opening.check": opening,
			"api.opening.fill": opening,
			"api.recall.count_free": called_back,
			"api.recall.customers": called_back,
			"api.recall.hold": {**called_back, "reason": "Recall"},
			"api.recall.preview": {**letter, "customer": self.customer},
			"api.recall.print_letters": {**letter, "customers": [self.customer]},
			"api.recall.send_letters": {**letter, "customers": [self.customer]},
			"api.portal.file_claim": {"serial_no": first, "complaint": "broken"},
			"api.scan.bearers": {"code": first},
			"api.scan.into_voucher": {"code": first, "doc": draft.as_dict()},
			"api.scan.scan": {"code": first},
			"api.schedules.complete_row": {
				"start_date": "2027-01-01",
				"periodicity": "Monthly",
				"no_of_visits": 3,
			},
			"api.schedules.make_for_units": {"serial_nos": [first]},
			"api.schedules.move_visit": {
				"visit": contract.schedules[0].name,
				"scheduled_date": "2027-12-30",
			},
			"api.serials.available": {"item_code": item, "warehouse": self.stores},
			"api.serials.check": {"doc": draft.as_dict()},
			"api.serials.correct": {"serial_no": wrong, "new_serial_no": wrong, "reason": "mistyped"},
			"api.serials.expand": {"text": "A1..A3"},
			"api.serials.hold": {"serial_nos": third, "reason": "dented"},
			"api.serials.pick": {"item_code": item, "warehouse": self.stores, "qty": 1},
			"api.serials.preview_series": {"item_code": item, "qty": 1},
			"api.serials.read": {"text": "A1..A3"},
			"api.serials.read_file": {"content": "QTE="},
			"api.serials.release": {"serial_nos": third},
			"api.trace.documents": {"doctype": "Serial No", "name": first},
			"api.trace.genealogy": {"serial_no": first, "direction": "backward"},
			"api.trace.trace": {"serial_no": first},
			"api.warranty.check": {"serial_no": first, "item_code": item},
			"delivery_note.make_maintenance_schedule": {"source_name": note.name},
			"delivery_note.make_sales_invoice": {"source_name": note.name},
			"delivery_note.make_sales_return": {"source_name": note.name},
			"delivery_note.make_warranty_claim": {"source_name": note.name},
			"maintenance_schedule.make_maintenance_visit": {"source_name": contract.name},
			"maintenance_schedule.make_renewal": {"source_name": contract.name},
			"purchase_receipt.make_purchase_return": {"source_name": receipt.name},
			"sales_invoice.make_maintenance_schedule": {"source_name": invoice.name},
			"sales_invoice.make_sales_return": {"source_name": invoice.name},
			"sales_invoice.make_warranty_claim": {"source_name": invoice.name},
			"serial_no.make_maintenance_visit": {"source_name": first},
			"serial_no.make_maintenance_schedule": {"source_name": first},
			"serial_no.make_warranty_claim": {"source_name": first},
			"warranty_claim.make_maintenance_visit": {"source_name": claim},
		}

	def test_the_table_is_complete(self):
		self.assertEqual(set(METHODS), set(whitelisted_methods()))

	def test_each_role_may_call_what_the_table_says(self):
		arguments, methods = self.arguments(), whitelisted_methods()
		for path, allowed in METHODS.items():
			for role in self.users:
				self.be(role)
				frappe.db.savepoint("method")
				# Frappe's `only_for` lets tests pass
				with self.subTest(method=path, role=role), patch.dict(frappe.local.flags, in_test=False):
					ranks = role == "System Manager" and "Stock Manager" in allowed
					if role in allowed or ranks or path in OPEN_TO_GUESTS:
						methods[path](**arguments.get(path, {}))
					else:
						with self.assertRaises(frappe.PermissionError):
							methods[path](**arguments.get(path, {}))
				frappe.db.rollback(save_point="method")

	def test_what_only_reads_asks_the_replica_of_a_site_that_has_one(self):
		arguments, methods = self.arguments(), whitelisted_methods()
		for path in METHODS:
			frappe.db.savepoint("method")
			frappe.set_user(self.users[CUSTOMER] if METHODS[path] == (CUSTOMER,) else "Administrator")
			with (
				self.subTest(method=path),
				patch.dict(frappe.local.conf, read_from_replica=1),
				patch("frappe.connect_replica", return_value=False) as switch,
			):
				methods[path](**arguments.get(path, {}))
				self.assertEqual(switch.called, path in READ_ONLY)
			frappe.db.rollback(save_point="method")

	def test_only_what_the_table_says_is_open_to_guests(self):
		methods = whitelisted_methods()
		self.assertEqual({path for path in methods if methods[path] in frappe.guest_methods}, OPEN_TO_GUESTS)


class TestStockUser(PermissionTestCase):
	def test_posts_vouchers_but_does_not_cancel(self):
		item = make_item(serial_no_series="SU-.###")
		self.be("Stock User")
		receipt = self.receive(item, qty=2)
		first, second = serials(receipt)
		self.transfer(item, second)
		note = self.deliver(item, first)
		self.assert_unit(first, status="Delivered")
		for doc in (note, receipt):
			self.assert_refused(frappe.PermissionError, frappe.get_doc(doc.doctype, doc.name).cancel)

	def test_does_not_change_settings(self):
		self.be("Stock User")
		with self.assertRaises(frappe.PermissionError):
			settings(allow_existing_serial_no=0)

	def test_does_not_hold_a_unit(self):
		self.receive(make_item(), "HOLD-1")
		self.be("Stock User")
		unit = self.unit("HOLD-1")
		unit.update({"on_hold": 1, "hold_reason": "mine", "supplier_serial_no": "M-1"})
		unit.save()
		self.assert_unit("HOLD-1", status="Available", on_hold=0, hold_reason=None, supplier_serial_no="M-1")

	def test_a_stock_manager_holds_and_cancels(self):
		receipt = self.receive(make_item(), "HOLD-2")
		self.be("Stock Manager")
		unit = self.unit("HOLD-2")
		unit.update({"on_hold": 1, "hold_reason": "broken"})
		unit.save()
		self.assert_unit("HOLD-2", status="On Hold", hold_reason="broken")
		frappe.get_doc(receipt.doctype, receipt.name).cancel()
		self.assert_unit("HOLD-2", status="Inactive")

	def test_others_post_their_own_vouchers_only(self):
		item = make_item(serial_no_series="OWN-.###")
		self.be("Purchase User")
		(number,) = serials(self.receive(item, qty=1))
		with self.assertRaises(frappe.PermissionError):
			self.deliver(item, number)
		self.be("Sales User")
		with self.assertRaises(frappe.PermissionError):
			self.receive(item, qty=1)
		self.deliver(item, number)
		self.be("Maintenance User")
		with self.assertRaises(frappe.PermissionError):
			self.issue(item, number)


class TestUserPermissionOnWarehouse(PermissionTestCase):
	"""A Stock User who may see the stores alone."""

	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.mine = self.receive(self.item, ["M-IN", "M-OUT", "M-MOVED"])
		self.theirs = self.receive(self.item, ["T-IN", "T-OUT"], warehouse=self.shop)
		self.moved = self.transfer(self.item, "M-MOVED")
		self.my_note = self.deliver(self.item, "M-OUT")
		self.their_note = self.deliver(self.item, "T-OUT", warehouse=self.shop)
		frappe.get_doc({"doctype": "Serial No", "serial_no": "NEW", "item_code": self.item}).insert()
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.users["Stock User"])
		self.be("Stock User")

	def seen(self, doctype, field="name", **filters):
		return frappe.get_list(doctype, filters, pluck=field, order_by=field)

	def test_units_out_of_stock_count_to_their_last_warehouse(self):
		self.assertEqual(self.seen("Serial No", item_code=self.item), ["M-IN", "M-OUT", "NEW"])
		for name, visible in {
			"M-IN": True,
			"M-OUT": True,
			"NEW": True,
			"M-MOVED": False,
			"T-OUT": False,
		}.items():
			self.assertEqual(self.unit(name).has_permission("read"), visible, name)

	def test_ledgers_and_bins(self):
		self.assertEqual(self.seen("Bin", "warehouse", item_code=self.item), [self.stores])
		self.assertEqual(
			set(self.seen("Stock Ledger Entry", "warehouse", item_code=self.item)), {self.stores}
		)
		moves = self.seen("Serial No Ledger Entry", "serial_no", item_code=self.item)
		self.assertEqual(moves, ["M-IN", "M-MOVED", "M-OUT", "M-OUT"])

	def test_vouchers_in_lists_and_opened(self):
		for mine, theirs in ((self.mine, self.theirs), (self.my_note, self.their_note), (None, self.moved)):
			listed = self.seen(theirs.doctype)
			self.assertNotIn(theirs.name, listed)
			self.assertFalse(frappe.get_doc(theirs.doctype, theirs.name).has_permission("read"))
			if mine:
				self.assertIn(mine.name, listed)
				self.assertTrue(frappe.get_doc(mine.doctype, mine.name).has_permission("read"))

	def test_another_warehouse_is_not_posted_to(self):
		with self.assertRaises(frappe.PermissionError):
			voucher(
				"Purchase Receipt",
				[row(self.item, 1, warehouse=self.shop, serial_no="X")],
				supplier=self.supplier,
			)
		self.receive(self.item, "M-NEW")
		self.assert_unit("M-NEW", warehouse=self.stores)

	def test_returns_and_invoices_of_hidden_documents(self):
		calls = {
			"return": lambda: voucher(
				"Delivery Note",
				[row(self.item, -1, warehouse=self.stores, serial_no="T-OUT")],
				customer=self.customer,
				is_return=1,
				return_against=self.their_note.name,
			),
			"invoice": lambda: voucher(
				"Sales Invoice",
				[row(self.item, 1, serial_no="T-OUT", delivery_note=self.their_note.name)],
				customer=self.customer,
			),
		}
		for name, call in calls.items():
			with self.subTest(name):
				self.assert_refused(frappe.PermissionError, call)

	def test_a_return_is_proposed_of_what_may_be_seen(self):
		from serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt import (
			make_purchase_return,
		)

		frappe.set_user("Administrator")
		receipt = self.receive(self.item, ["P-1", "P-2"])
		self.transfer(self.item, "P-2")
		self.be("Stock User")
		self.assertEqual([r.serial_no for r in make_purchase_return(receipt.name).items], ["P-1"])

	def test_claims_of_hidden_units_are_neither_listed_nor_opened(self):
		frappe.set_user("Administrator")
		claims = {}
		for number in ("M-OUT", "T-OUT", "NEW"):
			claim = frappe.get_doc({"doctype": "Warranty Claim", "serial_no": number, "complaint": "broken"})
			claims[number] = claim.insert().name
		self.be("Stock User")
		self.assertEqual(set(self.seen("Warranty Claim", "serial_no")), {"M-OUT", "NEW"})
		for number, name in claims.items():
			readable = frappe.get_doc("Warranty Claim", name).has_permission("read")
			self.assertEqual(readable, number != "T-OUT", number)

	def test_a_claim_whose_unit_was_replaced_from_a_hidden_warehouse_is_hidden(self):
		frappe.set_user("Administrator")
		claim = frappe.get_doc({"doctype": "Warranty Claim", "serial_no": "M-OUT", "complaint": "broken"})
		claim.insert()
		replace_unit(claim.name, "T-IN", self.stores)
		self.be("Stock User")
		self.assertEqual(self.seen("Warranty Claim"), [])
		self.assertFalse(frappe.get_doc("Warranty Claim", claim.name).has_permission("read"))

	def test_a_claim_is_not_made_or_turned_to_a_hidden_unit(self):
		def make_claim(number):
			return frappe.get_doc(
				{"doctype": "Warranty Claim", "serial_no": number, "complaint": "broken"}
			).insert()

		unknown = self.assert_refused(frappe.LinkValidationError, make_claim, "NEVER-SEEN")
		hidden = self.assert_refused(frappe.LinkValidationError, make_claim, "T-OUT")
		self.assertEqual(str(hidden), str(unknown).replace("NEVER-SEEN", "T-OUT"))
		claim = make_claim("M-OUT")
		claim.serial_no = "T-OUT"
		self.assert_refused(frappe.LinkValidationError, claim.save)
		for method, name in ((claim_of_unit, "T-OUT"), (claim_of_note, self.their_note.name)):
			with self.assertRaises(frappe.PermissionError):
				method(name)

	def test_a_unit_is_not_replaced_by_a_hidden_one(self):
		claim = frappe.get_doc({"doctype": "Warranty Claim", "serial_no": "M-OUT", "complaint": "broken"})
		claim.insert()
		for unknown in ("T-IN", "NEVER-SEEN"):
			self.assert_refused(SerialNoNotExistsError, replace_unit, claim.name, unknown, self.stores)
		self.assert_refused(frappe.PermissionError, replace_unit, claim.name, "M-IN", self.shop)
		replace_unit(claim.name, "M-IN", self.stores)
		self.assert_unit("M-OUT", status="On Hold", warehouse=self.stores)

	def test_a_permission_for_units_alone_holds_for_a_pick(self):
		frappe.set_user("Administrator")
		frappe.permissions.add_user_permission(
			"Warehouse", self.stores, self.users["Sales User"], applicable_for="Serial No"
		)
		self.be("Sales User")
		self.assertEqual(pick(self.item, self.stores, 1), ["M-IN"])
		self.assert_refused(frappe.PermissionError, pick, self.item, self.shop, 1)

	def test_the_audit_tells_of_their_own_warehouse_only(self):
		frappe.set_user("Administrator")
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.users["Stock Manager"])
		wrong = {"status": "Inactive"}
		for name in ("M-IN", "M-OUT", "T-IN", "T-OUT"):
			frappe.db.set_value("Serial No", name, wrong)
		frappe.db.set_value("Bin", {"item_code": self.item}, "actual_qty", 99)
		self.be("Stock Manager")
		found = {d["name"] if d["doctype"] == "Serial No" else d["warehouse"] for d in audit(self.item)}
		self.assertEqual(found, {"M-IN", "M-OUT", self.stores})
		repair(self.item)
		frappe.set_user("Administrator")
		left = {d["name"] if d["doctype"] == "Serial No" else d["warehouse"] for d in audit(self.item)}
		self.assertEqual(left, {"T-IN", "T-OUT", self.shop})

	def test_nobody_else_is_restricted(self):
		before = fingerprint()
		frappe.set_user("Administrator")
		self.assertIn(self.theirs.name, self.seen("Purchase Receipt"))
		self.be("Stock Manager")
		self.assertIn("T-OUT", self.seen("Serial No", item_code=self.item))
		self.assertEqual(fingerprint(), before)


class TestVisitsOfHiddenUnits(PermissionTestCase):
	"""A Maintenance User who may see the stores alone (DOMAIN 2, Roles)."""

	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receive(self.item, ["M-IN", "M-OUT", "M-MOVED"])
		self.receive(self.item, ["T-IN", "T-OUT"], warehouse=self.shop)
		self.transfer(self.item, "M-MOVED")
		self.deliver(self.item, "M-OUT")
		self.deliver(self.item, "T-OUT", warehouse=self.shop)
		frappe.get_doc({"doctype": "Serial No", "serial_no": "NEW", "item_code": self.item}).insert()
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.users["Maintenance User"])

	def visit(self, *names, **values):
		rows = [{"serial_no": name, "work_done": "oiled"} for name in names]
		return frappe.get_doc({"doctype": "Maintenance Visit", "purposes": rows, **values})

	def test_they_are_neither_listed_nor_opened(self):
		made = {}
		for names in (("M-IN",), ("M-OUT", "NEW"), ("T-IN",), ("T-OUT",), ("M-IN", "T-IN"), ("M-MOVED",)):
			made[names] = [self.visit(*names).insert(), self.visit(*names).insert().submit()]
		self.be("Maintenance User")
		listed = frappe.get_list("Maintenance Visit", pluck="name")
		for names, docs in made.items():
			visible = not {"T-IN", "T-OUT", "M-MOVED"}.intersection(names)
			for doc in docs:
				with self.subTest(names=names, docstatus=doc.docstatus):
					self.assertEqual(doc.name in listed, visible)
					opened = frappe.get_doc(doc.doctype, doc.name)
					self.assertEqual(opened.has_permission("read"), visible)
					opened.purposes[0].serial_no = "M-IN"  # what a caller says of its units is not asked
					opened.purposes = opened.purposes[:1]
					self.assertEqual(opened.has_permission("read"), visible)

	def test_those_that_used_parts_from_elsewhere_are_not_listed_either(self):
		self.receive(self.item, "SPARE", warehouse=self.shop)
		part = row(self.item, 1, warehouse=self.shop, serial_no="SPARE")
		visit = self.visit("M-IN", parts=[part]).insert().submit()
		self.be("Maintenance User")
		self.assertNotIn(visit.name, frappe.get_list("Maintenance Visit", pluck="name"))
		self.assertFalse(frappe.get_doc(visit.doctype, visit.name).has_permission("read"))

	def test_a_visit_names_no_hidden_unit_schedule_or_claim(self):
		claim = {"doctype": "Warranty Claim", "serial_no": "T-IN", "complaint": "noisy"}
		claim = frappe.get_doc(claim).insert()
		line = {"item_code": self.item, "serial_no": "M-IN\nT-IN", "start_date": "2026-01-01"}
		line |= {"periodicity": "Yearly", "no_of_visits": 1}
		schedule = frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert().submit()
		self.be("Maintenance User")
		for name in ("T-IN", "T-OUT", "M-MOVED"):
			call = self.visit("M-IN", name).insert
			self.assert_refused(SerialNoNotExistsError, call, mentions=("Row 2", name, "not known"))
		for_claim = self.visit("M-IN", warranty_claim=claim.name)
		error = self.assert_refused(frappe.PermissionError, for_claim.insert)
		self.assertNotIn("T-IN", str(error))
		self.assert_refused(
			frappe.PermissionError, self.visit("M-IN", maintenance_schedule=schedule.name).insert
		)
		saved = self.visit("M-IN").insert()
		saved.purposes[0].serial_no = "T-IN"
		self.assert_refused(SerialNoNotExistsError, saved.save)


def whitelisted_methods():
	"""Every whitelisted function of the app by the path that METHODS knows it by."""
	found = {}
	for module in pkgutil.walk_packages(serial_tracking.__path__, "serial_tracking."):
		if ".tests" in module.name or ".patches" in module.name:
			continue
		for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
			if function in frappe.whitelisted and function.__module__ == module.name:
				short = module.name.removeprefix("serial_tracking.")
				found[f"{short if short.startswith('api.') else short.rpartition('.')[2]}.{name}"] = function
	return found


def upload(name, text):
	"""The name of a file that everybody may read."""
	record = {"doctype": "File", "file_name": name, "content": text, "is_private": 0}
	return frappe.get_doc(record).insert().name


def make_user(*roles):
	"""The name of a Desk user who has these roles of the app and no others."""
	name = f"{'-'.join(map(frappe.scrub, roles)) or 'nobody'}@permissions.example.com"
	if not frappe.db.exists("User", name):
		user = frappe.get_doc({"doctype": "User", "email": name, "first_name": name, "send_welcome_email": 0})
		user.append_roles(*roles)
		user.flags.no_welcome_mail = True
		user.insert()
	return name


def rights_of(user, doctype):
	"""The letters of RIGHTS that the user has."""
	return "".join(
		letter for letter, right in RIGHTS.items() if frappe.has_permission(doctype, right, user=user)
	)
