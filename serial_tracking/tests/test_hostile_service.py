"""Hostile input into schedules, visits and claims: every field takes every value, and nothing ends in HTTP 500."""

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.utils import add_days, nowdate

from serial_tracking.tests.factories import make
from serial_tracking.tests.test_hostile import ACCEPTED, INFINITE, NAN, HostileTestCase

VALUES = (
	None, "", "abc", "<b>x</b>", "' OR 1=1 --", "\x00", "A\ud800", "x" * 100_000, "9999-12-31", "0001-01-01", "10000-01-01",
	"25:61", -1, 1.5, 10**9, 10**400, 1e308, NAN, INFINITE, True, [], ["x"], {}, {"a": 1},
)  # fmt: skip
ROWS = ("x", 5, [], [None], [5], [[]], [{}], {"a": 1}, None)
TEXTS = (
	"A0000000000..A0999999999",
	"A1 +199999",
	"A1 +999999999",
	"A1, A1",
	"]C1",
	"(01)1(21)A",
	"\u202eA",
	"1e5",
)


class TestServiceDocuments(HostileTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, "H1..H9")
		self.deliver(self.item, "H1..H5")
		self.part = make("Item", item_code="HOSTILE-PART", is_stock_item=1)
		# there before the visit that uses it
		self.receive(self.part, qty=5, posting_date=add_days(nowdate(), -2))

	def documents(self):
		"""A whole document of each kind, with a row in each of its tables."""
		today = nowdate()
		return {
			"Maintenance Schedule": {
				"customer": self.customer,
				"transaction_date": today,
				"items": [
					{
						"item_code": self.item, "serial_no": "H1\nH2", "start_date": today, "end_date": add_days(today, 364),
						"periodicity": "Monthly", "no_of_visits": 12, "service_person": "Administrator",
					}
				],
			},
			"Maintenance Visit": {
				"customer": self.customer,
				"mntc_date": add_days(today, -1),
				"mntc_time": "10:00:00",
				"maintenance_type": "Breakdown",
				"purposes": [{"item_code": self.item, "serial_no": "H1", "work_done": "oiled"}],
				"parts": [{"item_code": self.part, "qty": 1, "warehouse": self.stores, "used_for": "H1"}],
			},
			"Warranty Claim": {
				"customer": self.customer,
				"serial_no": "H1",
				"complaint_date": today,
				"complaint": "does not start",
			},
		}  # fmt: skip

	def post(self, doctype, values):
		doc = frappe.get_doc({"doctype": doctype, **values}).insert()
		if doc.meta.is_submittable and not doc.docstatus:
			doc.submit()
		return ACCEPTED

	def test_the_whole_documents_are_accepted(self):
		for doctype, values in self.documents().items():
			self.assert_outcome(ACCEPTED, self.post, doctype, values)

	def test_fields(self):
		for doctype, values in self.documents().items():
			for field in self.fields_of(doctype):
				for value in VALUES:
					with self.subTest(f"{doctype}, {field}: {str(value)[:40]!r}"):
						self.outcome(self.post, doctype, {**values, field: value})

	def test_fields_of_rows(self):
		for doctype, values in self.documents().items():
			for table in frappe.get_meta(doctype).get_table_fields():
				if table.fieldname not in values:
					continue
				(line,) = values[table.fieldname]
				for field in self.fields_of(table.options):
					for value in VALUES:
						with self.subTest(f"{doctype}, {table.fieldname}.{field}: {str(value)[:40]!r}"):
							rows = [{**line, field: value}]
							self.outcome(self.post, doctype, {**values, table.fieldname: rows})

	def test_tables(self):
		for doctype, values in self.documents().items():
			for table in frappe.get_meta(doctype).get_table_fields():
				for rows in ROWS:
					with self.subTest(f"{doctype}, {table.fieldname}: {rows!r}"):
						self.outcome(self.post, doctype, {**values, table.fieldname: rows})

	def test_texts_with_numbers(self):
		documents = self.documents()
		for doctype, table in (("Maintenance Schedule", "items"), ("Maintenance Visit", "parts")):
			(line,) = documents[doctype][table]
			for text in TEXTS:
				with self.subTest(f"{doctype}: {text!r}"):
					rows = [{**line, "item_code": self.item, "serial_no": text}]
					found = self.outcome(self.post, doctype, {**documents[doctype], table: rows})
					self.assertTrue(found.endswith("Error"), found)
					self.assertLess(self.seconds, 4)

	@staticmethod
	def fields_of(doctype):
		skipped = (*no_value_fields, *table_fields)
		own = [field.fieldname for field in frappe.get_meta(doctype).fields if field.fieldtype not in skipped]
		return [*own, "idx", "docstatus", "name"]
