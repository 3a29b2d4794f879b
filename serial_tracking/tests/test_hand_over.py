"""The sheet that is signed when own assets change hands, and who had a unit when (DOMAIN 8)."""

import re

import frappe
from frappe.www.printview import get_html_and_style

from serial_tracking.serial_tracking import hand_over
from serial_tracking.tests.factories import StockTestCase, make, make_item, row, settings
from serial_tracking.tests.test_permissions import make_user
from serial_tracking.tests.test_serials_api import count_statements
from serial_tracking.tests.test_service_reports import ago

FORMAT = "Hand-over Sheet"


class HandOverTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.clerk, self.driver = make_user("Sales User"), make_user("Purchase User")
		self.item = make_item(is_fixed_asset=1, item_name="Drill")

	def use(self, numbers, custodian=None, location="Room 1", item=None, **values):
		line = row(item or self.item, len(numbers), s_warehouse=self.stores, serial_no="\n".join(numbers))
		return self.enter(
			"Issue for Use", line, custodian=custodian or self.clerk, location=location, **values
		)

	def give_back(self, numbers, item=None, **values):
		line = row(item or self.item, len(numbers), t_warehouse=self.stores, serial_no="\n".join(numbers))
		return self.enter("Return from Use", line, **values)

	def printed(self, doc, **values):
		"""What the print page of the Desk shows."""
		return get_html_and_style(doc.doctype, doc.name, print_format=FORMAT, **values)["html"]

	def numbers_in(self, html):
		return [cell.strip() for cell in re.findall(r'<td class="number">(.*?)</td>', html, re.S)]


class TestHandOverSheet(HandOverTestCase):
	def test_it_names_who_has_what_where(self):
		self.receive(self.item, ["D1", "D2", "D3"])
		html = self.printed(self.use(["D1", "D3"], location="Room 4, left"))
		self.assertEqual(self.numbers_in(html), ["D1", "D3"])
		for words in (FORMAT, frappe.utils.get_fullname(self.clerk), "Room 4, left", "Drill", self.item):
			self.assertIn(words, html)
		for words in ("Handed Over By", "Received By", "I have received"):
			self.assertEqual(html.count(words), 1, words)
		self.assertNotIn("Return Receipt", html)

	def test_no_value_is_printed(self):
		self.receive(self.item, "VALUE", rate=98765)
		self.assertNotIn("98,765", self.printed(self.use(["VALUE"])))

	def test_it_has_a_header_which_keeps_it_off_the_edge_of_the_paper(self):
		"""For wkhtmltopdf with patched Qt, which has no margin above else where there is a footer."""
		self.receive(self.item, "EDGE")
		html = self.printed(self.use(["EDGE"]))
		for part in ("header", "footer"):
			self.assertIn(f'<div id="{part}-html" class="visible-pdf">', html)

	def test_what_people_type_is_escaped(self):
		item = make_item(is_fixed_asset=1, item_name="<b>Drill</b> & bit")
		self.receive(item, 'A&B"1')
		html = self.printed(
			self.use(['A&B"1'], location="<script>alert(1)</script>", item=item, remarks="a <i>b")
		)
		self.assertEqual(self.numbers_in(html), ["A&amp;B&#34;1"])
		for words in ("<script>alert", "<b>Drill", "a <i>b"):
			self.assertNotIn(words, html)

	def test_a_thousand_units_are_all_there_in_a_table_whose_head_repeats(self):
		numbers = [f"K-{n:04}" for n in range(1000)]
		self.receive(self.item, numbers)
		doc = self.use(numbers)
		html = self.printed(doc)
		self.assertEqual(self.numbers_in(html), numbers)
		self.assertIn("table-header-group", html)
		self.assertLess(html.index("K-0999"), html.index("Received By"))
		back = self.give_back(numbers)
		self.assertLessEqual(count_statements(lambda: hand_over.sheet(back)), 4)

	def test_a_return_receipt_names_who_gave_it_back(self):
		self.receive(self.item, ["R1", "R2"])
		self.use(["R1", "R2"], location="Van")
		back = self.give_back(["R1", "R2"])
		html = self.printed(back)
		self.assertIn("Return Receipt", html)
		self.assertIn("given back", html)
		self.assertEqual(self.numbers_in(html), ["R1", "R2"])
		self.assertIn(f"{frappe.utils.get_fullname(self.clerk)}, Van", html)
		self.assertNotIn("I have received", html)

	def test_of_several_custodians_each_unit_names_its_own(self):
		self.receive(self.item, ["S1", "S2"])
		self.use(["S1"], location="Desk")
		self.use(["S2"], self.driver, "Van")
		sheet = hand_over.sheet(self.give_back(["S1", "S2"]))
		names = [frappe.utils.get_fullname(user) for user in (self.clerk, self.driver)]
		self.assertEqual(sheet["custodians"], [(names[0], "Desk"), (names[1], "Van")])
		self.assertEqual([line["custodian_name"] for line in sheet["lines"]], names)

	def test_a_later_use_does_not_change_an_earlier_receipt(self):
		self.receive(self.item, "L1")
		self.use(["L1"])
		first = self.give_back(["L1"])
		self.use(["L1"], self.driver, "Van")
		second = self.give_back(["L1"], submit=False)
		self.assertEqual([line["custodian"] for line in hand_over.sheet(first)["lines"]], [self.clerk])
		self.assertEqual([line["custodian"] for line in hand_over.sheet(second)["lines"]], [self.driver])
		self.assertIn("DRAFT", self.printed(second))

	def test_a_number_that_two_items_bear(self):
		settings(unique_serial_no_per_item=1)
		other = make_item(is_fixed_asset=1)
		for item, user in ((self.item, self.clerk), (other, self.driver)):
			self.receive(item, "TWIN")
			self.use(["TWIN"], user, item=item)
		self.assertEqual(
			hand_over.sheet(self.give_back(["TWIN"], item=other))["lines"][0]["custodian"], self.driver
		)

	def test_items_without_serials_stand_with_their_quantity(self):
		cable = make_item(has_serial_no=0)
		self.receive(cable, qty=5)
		line = row(cable, 2, s_warehouse=self.stores)
		doc = self.enter("Issue for Use", line, custodian=self.clerk)
		(cell,) = self.numbers_in(self.printed(doc))
		self.assertRegex(cell, r"^2(\.0+)? ")

	def test_other_purposes_print_a_plain_list(self):
		self.receive(self.item, "P1")
		html = self.printed(self.transfer(self.item, "P1"))
		self.assertIn("Material Transfer", html)
		self.assertNotIn("Received By", html)

	def test_it_needs_the_right_to_print_the_document(self):
		self.receive(self.item, "N1")
		doc = self.use(["N1"])
		frappe.set_user(self.driver)
		with self.assertRaises(frappe.PermissionError):
			self.printed(doc)

	def test_the_letter_head_comes_first(self):
		make(
			"Letter Head",
			letter_head_name="Own Paper",
			source="HTML",
			content="<b>Own Company</b>",
			is_default=1,
		)
		self.receive(self.item, "H1")
		doc = self.use(["H1"])
		html = self.printed(doc, letterhead="Own Paper", no_letterhead=0)
		self.assertLess(html.index("<b>Own Company</b>"), html.index("H1"))


class TestCustody(HandOverTestCase):
	"""Who had a unit, where and until when: what its form shows."""

	def setUp(self):
		super().setUp()
		self.receive(self.item, "C1", posting_date=ago(30))

	def told(self):
		unit = self.unit("C1")
		unit.run_method("onload")
		return unit.get("__onload")["custody"]

	def test_a_unit_that_never_was_in_use_has_none(self):
		self.transfer(self.item, "C1", posting_date=ago(29))
		self.assertEqual(self.told(), [])

	def test_each_time_in_use_from_and_until_the_latest_first(self):
		given = self.use(["C1"], location="Desk", posting_date=ago(20))
		back = self.give_back(["C1"], posting_date=ago(15))
		again = self.use(["C1"], self.driver, "Van", posting_date=ago(10))
		now, before = self.told()
		self.assertEqual(
			(now["custodian"], now["location"], now["since"].date(), now["until"], now["voucher_no"]),
			(self.driver, "Van", ago(10), None, again.name),
		)
		self.assertEqual(
			(before["custodian"], before["location"], before["since"].date(), before["until"].date()),
			(self.clerk, "Desk", ago(20), ago(15)),
		)
		self.assertEqual((before["voucher_no"], before["return_no"]), (given.name, back.name))
		self.assertEqual((before["returned_to"], before["taken_back_by"]), (self.stores, "Administrator"))
		self.assertEqual(before["custodian_name"], frappe.utils.get_fullname(self.clerk))

	def test_a_cancelled_return_never_was(self):
		self.use(["C1"], posting_date=ago(20))
		self.give_back(["C1"], posting_date=ago(15)).cancel()
		(only,) = self.told()
		self.assertIsNone(only["until"])
		frappe.get_doc("Stock Entry", only["voucher_no"]).cancel()
		self.assertEqual(self.told(), [])

	def test_what_a_user_permission_hides_is_not_told(self):
		self.use(["C1"], location="Secret", posting_date=ago(20))
		line = row(self.item, 1, t_warehouse=self.shop, serial_no="C1")
		self.enter("Return from Use", line, posting_date=ago(15))
		line = row(self.item, 1, s_warehouse=self.shop, serial_no="C1")
		self.enter("Issue for Use", line, custodian=self.driver, location="Van", posting_date=ago(10))
		user = make_user("Stock User")
		frappe.permissions.add_user_permission("Warehouse", self.shop, user)
		self.addCleanup(lambda: frappe.clear_cache(user=user))
		frappe.set_user(user)
		now, before = self.told()
		self.assertEqual((now["custodian"], now["location"]), (self.driver, "Van"))
		self.assertEqual(before, {"hidden": True})
