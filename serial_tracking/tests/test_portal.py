"""What customers see of their units on the website, what anybody is told of a warranty, and what nobody is."""

import datetime
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import urlencode

import frappe
import requests
from frappe.utils import add_days, formatdate, getdate, nowdate, set_request
from frappe.website.serve import get_response
from frappe.website.utils import get_home_page

from serial_tracking.api import warranty
from serial_tracking.api.claims import replace_unit
from serial_tracking.api.portal import file_claim
from serial_tracking.api.warranty import check
from serial_tracking.exceptions import SerialNoNotExistsError, WarrantyClaimError
from serial_tracking.install import PORTAL_ROLE
from serial_tracking.service import portal
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import StockTestCase, make, make_item, make_portal_user, settings
from serial_tracking.tests.served import served

ALICE, BOB, NOBODY = "alice@portal.example.com", "bob@portal.example.com", "nobody@portal.example.com"
CLAIM = "Warranty Claim"


class PortalTestCase(StockTestCase):
	"""Alice stands for the Test Customer, Bob for another one, and a third person for none."""

	def setUp(self):
		super().setUp()
		# of their own: other tests have committed deliveries to the usual one
		self.customer = make("Customer", customer_name="Customer With a Portal")
		self.other = make("Customer", customer_name="Other Customer")
		for user, customer in ((ALICE, self.customer), (BOB, self.other), (NOBODY, None)):
			make_portal_user(user, customer)
		self.item = make_item(item_name="Heat Pump", warranty_period=365)
		self.receive(self.item, "MINE-1, MINE-2, THEIRS, STOCK")
		self.deliver(self.item, "MINE-1, MINE-2")
		self.deliver(self.item, "THEIRS", customer=self.other)

	def tearDown(self):
		super().tearDown()
		for user in (ALICE, BOB, NOBODY):
			frappe.clear_cache(user=user)

	def deliver(self, item, serial_no, qty=None, customer=None, **values):
		theirs, self.customer = self.customer, customer or self.customer
		try:
			return super().deliver(item, serial_no, qty, **values)
		finally:
			self.customer = theirs

	def page(self, route, user=ALICE, **arguments):
		"""What a user gets at an address of the website."""
		frappe.set_user(user)
		set_request(method="GET", path=f"/{route}", query_string=urlencode(arguments))
		frappe.local.form_dict = frappe._dict(arguments)
		frappe.local.flags.redirect_location = None
		frappe.local.no_cache = None  # as at the start of a request
		try:
			return get_response(route)
		finally:
			frappe.set_user("Administrator")
			frappe.local.request = None
			frappe.local.form_dict = frappe._dict()

	def read(self, route, user=ALICE, **arguments):
		answer = self.page(route, user, **arguments)
		self.assertEqual(answer.status_code, 200)
		return answer.get_data(as_text=True)

	def claim(self, unit, user="Administrator", complaint="Leaks", **values):
		frappe.set_user(user)
		try:
			return file_claim(unit, complaint, **values)
		finally:
			frappe.set_user("Administrator")

	def note(self, unit, **values):
		"""A claim that somebody of the house has written down."""
		return frappe.get_doc({"doctype": CLAIM, "serial_no": unit, "complaint": "Leaks", **values}).insert()

	def numbers(self, **arguments):
		return [row["serial_no"] for row in portal.list_units({self.customer}, **arguments).rows]

	def contract(self, unit, customer, start=None):
		line = {"item_code": self.item, "serial_no": unit, "start_date": start or nowdate()}
		line |= {"end_date": add_days(line["start_date"], 364), "periodicity": "Half Yearly"}
		schedule = {"doctype": "Maintenance Schedule", "customer": customer, "items": [line]}
		return frappe.get_doc(schedule).insert().submit()


class TestWhoStandsForACustomer(PortalTestCase):
	def test_is_in_the_table_of_the_customer_and_has_the_role_that_shows_the_menu(self):
		self.assertEqual(portal.customers_of(ALICE), {self.customer})
		self.assertEqual(portal.customers_of(NOBODY), set())
		self.assertEqual(portal.customers_of("Guest"), set())
		self.assertIn(PORTAL_ROLE, frappe.get_roles(ALICE))
		self.assertNotIn(PORTAL_ROLE, frappe.get_roles(NOBODY))
		self.assertEqual(frappe.db.get_value("User", ALICE, "user_type"), "Website User")

	def test_the_menu_and_the_first_page_are_theirs(self):
		html = self.read("my-units")
		for route in ("/my-units", "/my-claims"):
			self.assertIn(f'<a href="{route}"', html)
		self.assertEqual(self.first_page(ALICE), "my-units")

	def test_the_first_page_of_nobody_else_is_theirs(self):
		make("User", email="both@example.com", first_name="Both", send_welcome_email=0)
		user = frappe.get_doc("User", "both@example.com")
		user.add_roles("Stock User", PORTAL_ROLE)
		self.assertEqual(frappe.db.get_value("User", user.name, "user_type"), "System User")
		for other in ("Administrator", "Guest", NOBODY, user.name):
			self.assertNotEqual(self.first_page(other), "my-units", other)

	def first_page(self, user):
		"""Where a login leads, by Frappe's own rules."""
		frappe.set_user(user)
		frappe.local.flags.home_page = None
		frappe.cache.delete_value("home_page")
		try:
			return get_home_page()
		finally:
			frappe.set_user("Administrator")

	def test_who_is_taken_out_sees_nothing_any_more(self):
		customer = frappe.get_doc("Customer", self.customer)
		customer.portal_users = []
		customer.save()
		self.assertEqual(portal.customers_of(ALICE), set())
		self.assertNotIn(PORTAL_ROLE, frappe.get_roles(ALICE))

	def test_who_stands_for_two_keeps_the_role_when_one_goes(self):
		other = frappe.get_doc("Customer", self.other)
		other.append("portal_users", {"user": ALICE})
		other.save()
		self.assertEqual(portal.customers_of(ALICE), {self.customer, self.other})
		html = self.read("my-units")
		for text in ("MINE-1", "THEIRS", "Other Customer"):
			self.assertIn(text, html)
		other.portal_users = [row for row in other.portal_users if row.user != ALICE]
		other.save()
		self.assertIn(PORTAL_ROLE, frappe.get_roles(ALICE))

	def test_the_role_goes_with_the_customer(self):
		name = make("Customer", customer_name="Passing Customer")
		make_portal_user(NOBODY, name)
		self.assertIn(PORTAL_ROLE, frappe.get_roles(NOBODY))
		frappe.delete_doc("Customer", name)
		self.assertNotIn(PORTAL_ROLE, frappe.get_roles(NOBODY))

	def test_a_disabled_customer_has_no_portal(self):
		frappe.db.set_value("Customer", self.customer, "disabled", 1)
		self.assertEqual(portal.customers_of(ALICE), set())

	def test_a_guest_stands_for_nobody_and_nobody_stands_twice(self):
		for users, words in ((["Guest"], "cannot be a portal user"), ([ALICE, ALICE], "already")):
			customer = frappe.get_doc("Customer", self.customer)
			customer.portal_users = []
			customer.extend("portal_users", [{"user": user} for user in users])
			self.assert_refused(frappe.ValidationError, customer.save, mentions=(words,))

	def test_a_contact_that_a_user_writes_about_themselves_makes_no_customer_of_them(self):
		frappe.set_user(NOBODY)
		link = {"link_doctype": "Customer", "link_name": self.customer}
		contact = {"doctype": "Contact", "first_name": "N", "user": NOBODY, "links": [link]}
		contact |= {"email_ids": [{"email_id": NOBODY, "is_primary": 1}]}
		try:
			frappe.get_doc(contact).insert()
		except frappe.PermissionError:
			pass
		self.assertEqual(portal.customers_of(NOBODY), set())


class TestTheirUnits(PortalTestCase):
	def test_are_listed_with_their_dates_and_state(self):
		html = self.read("my-units")
		until = add_days(getdate(), 365)
		for text in (
			"MINE-1",
			"MINE-2",
			"Heat Pump",
			formatdate(nowdate()),
			formatdate(until),
			"Under warranty",
		):
			self.assertIn(text, html)
		for text in ("THEIRS", "STOCK", self.stores, "Test Supplier"):
			self.assertNotIn(text, html)

	def test_what_a_unit_is_covered_by_is_what_the_house_says(self):
		self.contract("MINE-2", self.customer)
		self.receive(self.item, "OLD", posting_date=add_days(nowdate(), -800), set_posting_time=1)
		self.deliver(self.item, "OLD", posting_date=add_days(nowdate(), -700), set_posting_time=1)
		plain = make_item()
		self.receive(plain, "PLAIN")
		self.deliver(plain, "PLAIN")
		rows = {row["serial_no"]: row for row in portal.list_units({self.customer}).rows}
		self.assertEqual(set(rows), {"MINE-1", "MINE-2", "OLD", "PLAIN"})
		for number, row in rows.items():
			unit = self.unit(number)
			covered = row["coverage"]
			said = (covered.status, covered.warranty_expiry_date, covered.amc_expiry_date)
			recorded = (unit.maintenance_status or None, unit.warranty_expiry_date, unit.amc_expiry_date)
			self.assertEqual(said, recorded, number)
		html = self.read("my-units")
		self.assertIn("Out of warranty", html)
		self.assertIn("No warranty recorded", html)

	def test_are_found_by_number_and_item_whatever_signs_are_in_them(self):
		odd = make_item(item_name="100% pure_water \\ 'filter'")
		self.receive(odd, "ODD_1, ÄÖ/7")
		self.deliver(odd, "ODD_1, ÄÖ/7")
		for text, found in (
			("mine-2", ["MINE-2"]),
			("heat PUMP", ["MINE-1", "MINE-2"]),
			("100%", ["ÄÖ/7", "ODD_1"]),
			("% pure_", ["ÄÖ/7", "ODD_1"]),
			("\\ 'filter'", ["ÄÖ/7", "ODD_1"]),
			("aö/", ["ÄÖ/7"]),
			("_", ["ÄÖ/7", "ODD_1"]),
			("d_1", ["ODD_1"]),
			("%%", []),
			("' or 1=1 --", []),
			("THEIRS", []),
			(odd, ["ÄÖ/7", "ODD_1"]),
			("  ", ["ÄÖ/7", "MINE-1", "MINE-2", "ODD_1"]),
		):
			with self.subTest(text=text):
				self.assertEqual(self.numbers(text=text, sort="number"), found)
		self.assertIn("No unit found", self.read("my-units", search="' or 1=1 --"))

	def test_are_sorted_as_asked_those_without_a_date_last(self):
		self.contract("MINE-1", self.customer)
		self.contract("MINE-2", self.customer, start=add_days(nowdate(), -30))
		old = make_item("A-FIRST", item_name="A first", warranty_period=10)
		self.receive(old, "OLD", posting_date=add_days(nowdate(), -80), set_posting_time=1)
		self.deliver(old, "OLD", posting_date=add_days(nowdate(), -70), set_posting_time=1)
		for sort, found in (
			("number", ["MINE-1", "MINE-2", "OLD"]),
			("item", ["OLD", "MINE-1", "MINE-2"]),
			("delivered", ["MINE-1", "MINE-2", "OLD"]),
			("warranty", ["OLD", "MINE-1", "MINE-2"]),
			("contract", ["MINE-2", "MINE-1", "OLD"]),
			("name desc; drop table", ["MINE-1", "MINE-2", "OLD"]),
		):
			with self.subTest(sort=sort):
				self.assertEqual(self.numbers(sort=sort), found)
				self.read("my-units", sort=sort)

	def test_come_in_pages(self):
		self.receive(self.item, "MANY-01..MANY-40")
		self.deliver(self.item, "MANY-01..MANY-40")
		pages = [portal.list_units({self.customer}, "many", "number", page) for page in (1, 2)]
		self.assertEqual([len(page.rows) for page in pages], [20, 20])
		self.assertEqual(
			[row["serial_no"] for page in pages for row in page.rows], [f"MANY-{n:02d}" for n in range(1, 41)]
		)
		for number, shown in ((3, 2), (0, 1), (-5, 1), (10**9, 2)):
			self.assertEqual(portal.list_units({self.customer}, "many", page=number).number, shown)
		html = self.read("my-units", search="many", sort="number", page="2")
		self.assertIn("Page 2 of 2", html)
		self.assertIn("/my-units?search=many&amp;sort=number&amp;page=1", html)
		for page in ("x", "-1", "9" * 400, "1.5"):
			self.read("my-units", page=page)

	def test_one_has_a_page_with_what_is_planned_and_the_claims(self):
		schedule = self.contract("MINE-1", self.customer)
		claim = self.claim("MINE-1", ALICE)
		html = self.read("my-unit", name="MINE-1")
		days = [formatdate(line.scheduled_date) for line in schedule.schedules]
		self.assertEqual(len(days), 2)
		for text in ("MINE-1", self.item, claim, "Open", *days):
			self.assertIn(text, html)
		for text in (schedule.name, self.stores, "Delivery Note"):
			self.assertNotIn(text, html)

	def test_a_user_of_no_customer_is_told_so(self):
		for route in ("my-units", "my-claims"):
			html = self.read(route, NOBODY)
			self.assertIn("does not belong to a customer", html)
			self.assertNotIn("MINE-1", html)

	def test_a_user_permission_on_warehouse_holds_here_too(self):
		self.claim("MINE-1", ALICE)
		frappe.permissions.add_user_permission("Warehouse", self.shop, ALICE)
		self.assertNotIn("MINE-1", self.read("my-units"))
		self.assertEqual(self.page("my-unit", name="MINE-1").status_code, 404)
		self.assertNotIn("MINE-1", self.read("my-claims"))
		self.assert_refused(SerialNoNotExistsError, self.claim, "MINE-1", ALICE, "Noisy")

	def test_hostile_texts_are_shown_as_text(self):
		hostile = "<img src=x onerror=alert(1)> {{ 7*7 }}"
		frappe.db.set_value("Item", self.item, "item_name", hostile)
		frappe.db.set_value("Serial No", "MINE-1", "item_name", hostile)
		frappe.db.set_value("User", ALICE, "full_name", '"><img src=x onerror=alert(2)>')
		claim = self.claim("MINE-1", ALICE)
		frappe.db.set_value(CLAIM, claim, {"complaint": hostile, "item_name": hostile})
		for html in (
			self.read("my-units"),
			self.read("my-units", search=hostile, sort=hostile),
			self.read("my-unit", name="MINE-1"),
			self.read("my-claims"),
			self.read("my-claim", name=claim, new=hostile),
		):
			self.assertNotIn("<img src=x", html)
			self.assertNotIn("49", html.partition("<h1")[2].partition("{#")[0].partition("<script")[0])


class TestNobodyElse(PortalTestCase):
	"""Whatever an outsider tries."""

	def setUp(self):
		super().setUp()
		self.mine = self.claim("MINE-1", ALICE)
		self.theirs = self.claim("THEIRS", BOB)

	def test_sees_a_unit_or_a_claim_by_its_address(self):
		self.assertEqual(self.page("my-unit", name="MINE-1").status_code, 200)
		self.assertEqual(self.page("my-claim", name=self.mine).status_code, 200)
		unknown = self.page("my-unit", name="NEVER-SEEN")
		self.assertEqual(unknown.status_code, 404)
		for user in (BOB, NOBODY, "Administrator"):
			for route, name in (("my-unit", "MINE-1"), ("my-claim", self.mine)):
				answer = self.page(route, user, name=name)
				self.assertEqual(answer.status_code, 404, (user, route))
				self.assertNotIn("MINE-1", answer.get_data(as_text=True))
		for name in ("STOCK", "", "mine-1", "MINE_1", "%", "x" * 500, "\x00"):
			self.assertEqual(self.page("my-unit", name=name).status_code, 404, name)
			self.assertEqual(self.page("my-claim", name=name).status_code, 404, name)
		self.assertIsNone(portal.read_unit({self.customer}, "\ud800"))

	def test_a_guest_is_sent_to_log_in(self):
		for route in ("my-units", "my-unit", "my-claims", "my-claim"):
			answer = self.page(route, "Guest", name="MINE-1")
			self.assertEqual(answer.status_code, 302)
			self.assertTrue(answer.headers["Location"].startswith(f"/login?redirect-to=%2F{route}"))
			self.assertNotIn("Heat Pump", answer.get_data(as_text=True))

	def test_reads_or_writes_by_the_methods_of_the_framework(self):
		names = {"Serial No": "MINE-1", CLAIM: self.mine, "Customer": self.customer, "Item": self.item}
		for user in (ALICE, BOB, NOBODY, "Guest"):
			frappe.set_user(user)
			for doctype, name in names.items():
				document = {"doctype": doctype, "name": name}
				for method, arguments in (
					("frappe.client.get", {"doctype": doctype, "name": name}),
					("frappe.client.get_list", {"doctype": doctype}),
					("frappe.client.get_count", {"doctype": doctype}),
					(
						"frappe.client.get_value",
						{"doctype": doctype, "fieldname": "name", "filters": {"name": name}},
					),
					(
						"frappe.client.set_value",
						{"doctype": doctype, "name": name, "fieldname": "disabled", "value": 1},
					),
					(
						"frappe.client.insert",
						{"doc": {"doctype": doctype, "serial_no": "MINE-1", "complaint": "x"}},
					),
					("frappe.client.save", {"doc": document}),
					("frappe.client.delete", {"doctype": doctype, "name": name}),
					("frappe.desk.form.load.getdoc", {"doctype": doctype, "name": name}),
					("frappe.desk.reportview.get", {"doctype": doctype}),
				):
					with self.subTest(user=user, doctype=doctype, method=method):
						frappe.local.form_dict = frappe._dict(arguments)
						with self.assertRaises((frappe.PermissionError, frappe.DoesNotExistError)):
							frappe.call(method, **arguments)
			frappe.local.form_dict = frappe._dict()

	def test_prints_a_record(self):
		for name, doctype in (("MINE-1", "Serial No"), (self.mine, CLAIM)):
			answer = self.page("printview", BOB, doctype=doctype, name=name)
			self.assertNotIn("Heat Pump", answer.get_data(as_text=True))

	def test_files_a_claim_for_a_unit_that_is_not_theirs(self):
		for user, unit in (
			(BOB, "MINE-1"),
			(ALICE, "THEIRS"),
			(ALICE, "STOCK"),
			(ALICE, "NEVER"),
			(ALICE, "mine-2"),
		):
			error = self.assert_refused(
				SerialNoNotExistsError, self.claim, unit, user, mentions=(unit, "not with you")
			)
			self.assertNotIn("Customer", str(error))
		for unit in ("", "\ud800", "x" * 500):
			self.assert_refused(SerialNoNotExistsError, self.claim, unit, ALICE)
		for user in (NOBODY, "Guest", "Administrator"):
			self.assert_refused(frappe.PermissionError, self.claim, "MINE-1", user)
		self.assertEqual(frappe.db.count(CLAIM, {"serial_no": ("in", ("MINE-1", "THEIRS", "STOCK"))}), 2)

	def test_sees_a_unit_that_came_back(self):
		self.deliver(
			self.item, "MINE-1", qty=-1, is_return=1, return_against=self.unit("MINE-1").delivery_document_no
		)
		self.assertNotIn("MINE-1", self.read("my-units"))
		self.assertEqual(self.page("my-unit", name="MINE-1").status_code, 404)
		self.assert_refused(SerialNoNotExistsError, self.claim, "MINE-1", ALICE, "Noisy")
		self.assertIn("MINE-1", self.read("my-claims"))  # their claim stays theirs
		self.assertNotIn('href="/my-unit?name=MINE-1"', self.read("my-claim", name=self.mine))

	def test_sees_what_the_one_before_said_of_a_unit_sold_again(self):
		schedule = self.contract("MINE-1", self.customer)
		self.deliver(
			self.item, "MINE-1", qty=-1, is_return=1, return_against=self.unit("MINE-1").delivery_document_no
		)
		self.deliver(self.item, "MINE-1", customer=self.other)
		html = self.read("my-unit", BOB, name="MINE-1")
		self.assertNotIn(self.mine, html)
		self.assertNotIn(formatdate(schedule.schedules[0].scheduled_date), html)
		self.assertEqual(portal.read_unit({self.other}, "MINE-1")["planned"], [])
		self.assertEqual(self.page("my-claim", BOB, name=self.mine).status_code, 404)
		self.assertEqual(self.page("my-unit", ALICE, name="MINE-1").status_code, 404)
		self.assertEqual(self.page("my-claim", ALICE, name=self.mine).status_code, 200)
		self.claim("MINE-1", BOB)

	def test_a_replacement_is_with_the_customer_and_the_unit_is_not(self):
		replace_unit(self.mine, "STOCK", self.shop)
		self.assertEqual(self.page("my-unit", name="MINE-1").status_code, 404)
		self.assertEqual(self.page("my-unit", name="STOCK").status_code, 200)
		html = self.read("my-claim", name=self.mine)
		self.assertIn("Replaced by", html)
		self.assertIn('href="/my-unit?name=STOCK"', html)
		self.assertNotIn('href="/my-unit?name=MINE-1"', html)


class TestClaims(PortalTestCase):
	def test_is_made_as_the_house_makes_it_and_says_who_raised_it(self):
		schedule = self.contract("MINE-1", self.customer)
		name = self.claim(
			"MINE-1",
			ALICE,
			" Leaks\nat the flange ",
			raised_by="Alice",
			contact_email="a@example.com",
			contact_mobile="+49 30 1",
		)
		claim = frappe.get_doc(CLAIM, name)
		by_house = self.note("MINE-2")
		self.assertEqual(claim.complaint, "Leaks\nat the flange")
		self.assertEqual((claim.status, claim.customer, claim.owner), ("Open", self.customer, ALICE))
		self.assertEqual(claim.complaint_raised_by, "Alice")
		self.assertEqual((claim.contact_email, claim.contact_mobile), ("a@example.com", "+49 30 1"))
		self.assertEqual(claim.complaint_date, getdate())
		self.assertEqual(claim.maintenance_schedule, schedule.name)
		for field in (
			"warranty_amc_status",
			"warranty_expiry_date",
			"item_code",
			"customer_name",
			"naming_series",
		):
			self.assertEqual(claim.get(field), by_house.get(field), field)

	def test_its_state_is_shown_afterwards(self):
		name = self.claim("MINE-1", ALICE)
		self.assertIn("Open", self.read("my-claim", name=name))
		doc = frappe.get_doc(CLAIM, name)
		doc.update({"status": "Closed", "resolution_details": "Fitter was careless"})
		doc.save()
		html = self.read("my-claim", name=name)
		self.assertIn("Closed", html)
		self.assertIn(f"Under warranty until {formatdate(doc.warranty_expiry_date)}", html)
		self.assertNotIn("careless", html)  # the words of the house stay in the house
		self.assertIn("Closed", self.read("my-claims"))

	def test_those_that_the_house_wrote_down_are_listed_too(self):
		written = self.note("MINE-1").name
		theirs = self.note("THEIRS").name
		html = self.read("my-claims")
		self.assertIn(written, html)
		self.assertNotIn(theirs, html)

	def test_come_in_pages_the_latest_first(self):
		for number in range(21):
			self.note("MINE-1", complaint=f"Fault {number}", complaint_date=add_days(nowdate(), -number))
		page = portal.list_claims({self.customer}, 2)
		self.assertEqual((page.number, page.pages, page.total, len(page.rows)), (2, 2, 21, 1))
		self.assertEqual(page.rows[0]["complaint"], "Fault 20")
		self.assertIn("Page 2 of 2", self.read("my-claims", page="2"))

	def test_the_same_complaint_twice_is_one_claim_until_it_is_settled(self):
		first = self.claim("MINE-1", ALICE, "Leaks & <b>drips</b>")
		self.assertEqual(self.claim("MINE-1", ALICE, "Leaks  & <b>drips</b>\n"), first)
		self.assertNotEqual(self.claim("MINE-1", ALICE, "Noisy"), first)
		self.assertNotEqual(self.claim("MINE-2", ALICE, "Leaks & <b>drips</b>"), first)
		self.assertIn(f"Claim {first} is open for this unit", self.read("my-unit", name="MINE-1"))
		doc = frappe.get_doc(CLAIM, first)
		doc.status = "Closed"
		doc.save()
		self.assertNotEqual(self.claim("MINE-1", ALICE, "Leaks & <b>drips</b>"), first)
		self.assertNotIn(f"Claim {first} is open", self.read("my-unit", name="MINE-1"))

	def test_says_what_is_wrong_with_it(self):
		for complaint in ("", " \n\t "):
			self.assert_refused(
				WarrantyClaimError, self.claim, "MINE-1", ALICE, complaint, mentions=("what is wrong",)
			)
		too_long = () if frappe.db.db_type == "sqlite" else ({"raised_by": "x" * 500},)  # knows no lengths
		for values in ({"contact_email": "not an address"}, {"contact_mobile": "call me"}, *too_long):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				self.claim("MINE-1", ALICE, **values)
		self.assertEqual(frappe.db.count(CLAIM, {"serial_no": "MINE-1"}), 0)

	def test_is_made_by_a_post_alone(self):
		self.assertEqual(frappe.allowed_http_methods_for_whitelisted_func[file_claim], ["POST"])


class TestPublicCheck(PortalTestCase):
	def setUp(self):
		super().setUp()
		settings(public_warranty_check=1)

	def ask(self, serial_no, item_code=None):
		frappe.set_user("Guest")
		try:
			return check(serial_no, self.item if item_code is None else item_code)
		finally:
			frappe.set_user("Administrator")

	def test_tells_until_when_and_nothing_else(self):
		until = getdate(add_days(nowdate(), 365))
		answer = self.ask("MINE-1")
		said = f"Under warranty until {formatdate(until)}"
		self.assertEqual(answer, {"status": "Under Warranty", "until": until, "message": said})
		for number, item in ((" mine-1 ", f" {self.item.lower()} "), ("MINE-1", self.item.upper())):
			self.assertEqual(self.ask(number, item), answer)

	def test_the_last_day_counts(self):
		for days, status in ((0, "Under Warranty"), (-1, "Ended"), (1, "Under Warranty")):
			day = getdate(add_days(nowdate(), days))
			frappe.db.set_value("Serial No", "MINE-1", "warranty_expiry_date", day)
			answer = self.ask("MINE-1")
			self.assertEqual((answer["status"], answer["until"]), (status, day))
		frappe.db.set_value("Serial No", "MINE-1", "warranty_expiry_date", datetime.date(2020, 1, 31))
		self.assertEqual(self.ask("MINE-1")["message"], f"The warranty ended on {formatdate('2020-01-31')}")

	def test_a_wrong_number_a_wrong_item_and_no_warranty_are_one_answer_of_the_same_statements(self):
		other, plain = make_item(), make_item()
		self.receive(plain, "PLAIN")
		self.deliver(plain, "PLAIN")
		counted, answers = [], []
		for number, item in (
			("MINE-1", self.item),
			("MINE-1", other),
			("NEVER", self.item),
			("NEVER", "NEVER"),
			("PLAIN", plain),
			("STOCK", self.item),
			("", ""),
			("MINE-1", ""),
			("\ud800", "\ud800"),
			("x" * 10_000, "x" * 10_000),
			("<b>", "' or 1=1"),
		):
			with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as statements:
				answers.append(self.ask(number, item))
			counted.append(statements.call_count)
		self.assertEqual(answers[0]["status"], "Under Warranty")
		self.assertEqual({answer["message"] for answer in answers[1:]}, {answers[1]["message"]})
		self.assertEqual(
			{(answer["status"], answer["until"]) for answer in answers[1:]}, {("Not Known", None)}
		)
		self.assertEqual(len(set(counted)), 1, counted)

	def test_a_contract_is_not_told(self):
		plain = make_item()
		self.receive(plain, "CONTRACTED")
		self.deliver(plain, "CONTRACTED")
		line = {
			"item_code": plain,
			"serial_no": "CONTRACTED",
			"start_date": nowdate(),
			"periodicity": "Yearly",
		}
		line["end_date"] = add_days(nowdate(), 364)
		frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert().submit()
		self.assert_unit("CONTRACTED", maintenance_status="Under AMC")
		self.assertEqual(self.ask("CONTRACTED", plain)["status"], "Not Known")

	def test_of_two_units_of_one_number_the_items_own_is_meant(self):
		settings(unique_serial_no_per_item=1)
		other = make_item(warranty_period=10)
		self.receive(other, "MINE-1")
		self.deliver(other, "MINE-1")
		self.assertEqual(self.ask("MINE-1")["until"], getdate(add_days(nowdate(), 365)))
		self.assertEqual(self.ask("MINE-1", other)["until"], getdate(add_days(nowdate(), 10)))

	def test_a_code_from_the_label_needs_no_item(self):
		item = frappe.get_doc("Item", self.item)
		item.append("barcodes", {"barcode": "4012345000375", "barcode_type": "EAN"})
		item.save()
		for code in (
			"(01)04012345000375(21)MINE-1",
			"]d20104012345000375" + "21MINE-1",
			"https://id.example.com/01/04012345000375/21/MINE-1",
		):
			self.assertEqual(self.ask(code, "")["status"], "Under Warranty", code)
		self.assertEqual(self.ask("MINE-1", "4012345000375")["status"], "Under Warranty")
		for code, item_code in (
			("(01)04012345000375(21)NEVER", ""),
			("(01)04012345001112(21)MINE-1", ""),
			("(01)04012345001112(21)MINE-1", self.item),  # a code of another item
			("(21)MINE-1", ""),
			("(01)0401234500", self.item),
		):
			self.assertEqual(self.ask(code, item_code)["status"], "Not Known", code)
		self.assertEqual(self.ask("(21)MINE-1")["status"], "Under Warranty")

	def test_is_off_unless_the_settings_offer_it(self):
		self.assertIn("warranty-form", self.read("warranty", "Guest"))
		settings(public_warranty_check=0)
		self.assert_refused(frappe.DoesNotExistError, self.ask, "MINE-1", mentions=("not offered",))
		self.assertEqual(self.page("warranty", "Guest").status_code, 404)
		self.assertEqual(
			frappe.get_meta("Serial Tracking Settings").get_field("public_warranty_check").default, "0"
		)

	def test_a_link_fills_the_page_and_its_texts_are_shown_as_text(self):
		html = self.read("warranty", "Guest", serial_no='"><img src=x>', item_code="A&B")
		self.assertIn('value="&#34;&gt;&lt;img src=x&gt;"', html)
		self.assertIn('value="A&amp;B"', html)


class TestOverHTTP(IntegrationTestCase):
	"""As a browser asks."""

	def setUp(self):
		frappe.set_user("Administrator")
		settings(public_warranty_check=1)
		frappe.db.commit()  # nosemgrep

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		settings(public_warranty_check=0)
		frappe.db.commit()  # nosemgrep
		frappe.clear_cache()

	@contextmanager
	def served(self):
		"""A function that asks the site."""
		with served() as (address, headers):

			def ask(path, method="GET", **values):
				send = {"params" if method == "GET" else "json": values}
				headers["Accept"] = "application/json"
				return requests.request(method, address + path, headers=headers, timeout=60, **send)

			yield ask

	def test_a_guest_asks_by_get_and_post_and_after_too_many_is_told_to_wait(self):
		path = "/api/method/serial_tracking.api.warranty.check"
		frappe.cache.delete_keys("rl:")
		with self.served() as ask:
			for method in ("GET", "POST"):
				answer = ask(path, method, serial_no="NEVER", item_code="NEVER")
				self.assertEqual(answer.status_code, 200, answer.text)
				self.assertEqual(answer.json()["message"]["status"], "Not Known")
			self.assertEqual(ask("/warranty").status_code, 200)
			statuses = [
				ask(path, "POST", serial_no="NEVER").status_code for _n in range(warranty.CHECKS_AN_HOUR)
			]
			self.assertEqual(set(statuses[:-2]), {200})
			self.assertEqual(statuses[-2:], [429, 429])
			refused = ask(path, serial_no="NEVER")
			self.assertEqual(refused.status_code, 429)
			self.assertIn("rate limit", refused.text)
			frappe.cache.delete_keys("rl:")
			settings(public_warranty_check=0)
			frappe.db.commit()  # nosemgrep
			self.assertEqual(ask(path, "POST", serial_no="NEVER").status_code, 404)
			self.assertEqual(ask("/no-such-page").status_code, 404)
			self.assertEqual([ask("/warranty").status_code for _n in range(2)], [404, 404])
			claimed = ask(
				"/api/method/serial_tracking.api.portal.file_claim", "POST", serial_no="X", complaint="y"
			)
			self.assertIn(claimed.status_code, (401, 403))
			settings(public_warranty_check=1)
			frappe.db.commit()  # nosemgrep
			self.assertEqual(ask("/warranty").status_code, 200)
