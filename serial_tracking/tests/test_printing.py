"""Documents with many serial numbers, printed by Frappe's Standard format."""

import re

import frappe
from frappe.www.printview import get_html_and_style

from serial_tracking.tests.factories import StockTestCase, make_item, row


class TestPrintedVoucher(StockTestCase):
	def printed(self, doc):
		html = get_html_and_style(doc.doctype, doc.name, print_format="Standard")["html"]
		boxes = re.findall(r'<div class="serial-nos">(.*?)</div>', html, re.S)
		return html, [re.findall(r"<span>(.*?)</span>", box) for box in boxes]

	def test_all_numbers_of_a_row_flow_in_their_column_each_in_one_piece(self):
		numbers = [f"P-{n:03}" for n in range(200)]
		html, found = self.printed(self.receive(make_item(), numbers))
		self.assertEqual(found, [[f"{number}," for number in numbers[:-1]] + numbers[-1:]])
		self.assertIn("display: inline-block", html)

	def test_a_schedule_too(self):
		self.receive(item := make_item(), ["C-1", "C-2"])
		self.deliver(item, ["C-1", "C-2"])
		contract = {
			"item_code": item,
			"serial_no": "C-1\nC-2",
			"start_date": "2030-01-01",
			"end_date": "2030-06-30",
			"periodicity": "Quarterly",
			"no_of_visits": 2,
		}
		doc = frappe.get_doc(
			{"doctype": "Maintenance Schedule", "customer": self.customer, "items": [contract]}
		)
		_html, found = self.printed(doc.insert())
		self.assertEqual(found, [["C-1,", "C-2"]] * 3)

	def test_headings_are_not_printed_over_a_row_that_goes_over_pages(self):
		item = make_item()
		unrepeated = "thead { display: table-row-group"
		few, _found = self.printed(self.receive(item, ["F-1", "F-2"]))
		self.assertNotIn(unrepeated, few)
		many, _found = self.printed(self.receive(item, [f"M-{n}" for n in range(31)]))
		self.assertIn(unrepeated, many)

	def test_the_second_row_may_be_the_long_one(self):
		item = make_item()
		doc = self.enter(
			"Material Receipt",
			row(item, 1, t_warehouse=self.stores, serial_no="S-0"),
			row(item, 40, t_warehouse=self.stores, serial_no="T-1 +39"),
		)
		html, found = self.printed(doc)
		self.assertEqual([len(numbers) for numbers in found], [1, 40])
		self.assertIn("table-row-group", html)

	def test_what_people_type_is_escaped(self):
		_html, found = self.printed(self.receive(make_item(), 'A&B"1'))
		self.assertEqual(found, [["A&amp;B&#34;1"]])

	def test_a_document_without_numbers_is_printed_as_ever(self):
		html, found = self.printed(self.receive(make_item(has_serial_no=0), qty=3))
		self.assertEqual(found, [])
		self.assertNotIn("serial-nos", html)
