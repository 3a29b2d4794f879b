"""Many rows in few statements, alike on every database."""

from unittest.mock import patch

import frappe

from serial_tracking.stock import bulk
from serial_tracking.tests.factories import StockTestCase, make_item, row, serials, voucher

ODD = ("per%cent", "per%s", "quote'\"`", "back\\slash", "semi;colon--", "né", "a?b", "%(name)s")


class TestBulk(StockTestCase):
	def brands(self, names, **where):
		return bulk.select("Brand", ["name", "description"], "name", names, **where)

	def make(self, names):
		bulk.insert("Brand", ["name", "brand", "description"], [(name, name, "old") for name in names])

	def test_values_are_bound_and_not_written_in(self):
		self.make(ODD)
		self.assertEqual({r.name for r in self.brands(ODD)}, set(ODD))
		bulk.update("Brand", {name: {"description": name} for name in ODD})
		self.assertEqual({r.description for r in self.brands(ODD)}, set(ODD))

	def test_rows_beyond_one_statement(self):
		names = [f"chunk {n:02d}" for n in range(10)]
		with (
			patch.object(bulk, "ROWS_PER_STATEMENT", 3),
			patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql,
		):
			self.make(names)
			self.assertEqual(sql.call_count, 4)
			self.assertEqual([r.name for r in self.brands(names)], names)
			bulk.update("Brand", {name: {"description": "new"} for name in names})
		self.assertEqual({r.description for r in self.brands(names)}, {"new"})

	def test_hardly_any_alike_are_written_by_few_statements_too(self):
		names = [f"each {n:02d}" for n in range(50)]
		self.make(names)
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			bulk.update("Brand", {name: {"description": f"of {name}"} for name in names[:40]})
		self.assertEqual(sql.call_count, 1)
		found = {r.name: r.description for r in self.brands(names)}
		self.assertEqual(found, {n: f"of {n}" if n in names[:40] else "old" for n in names})
		self.assertEqual(frappe.db.count("Brand", {"name": ("like", "each %")}), 50)

	def test_both_ways_of_updating_move_modified(self):
		names = [f"stamp {n:02d}" for n in range(20)]
		self.make(names)
		bulk.update("Brand", {name: {"description": name} for name in names[:15]})
		bulk.update("Brand", {name: {"description": "alike"} for name in names[15:]})
		self.assertNotIn(None, frappe.get_all("Brand", {"name": ("like", "stamp %")}, pluck="modified"))

	def test_what_is_there_already_is_left_alone_if_asked(self):
		self.make(["once"])
		bulk.insert(
			"Brand", ["name", "brand", "description"], [("once", "once", "new")], ignore_duplicates=True
		)
		self.assertEqual(self.brands(["once"])[0].description, "old")

	def test_a_duplicate_is_the_databases_error_otherwise(self):
		self.make(["twice"])
		frappe.db.savepoint("twice")
		with self.assertRaises(Exception) as caught:
			self.make(["twice"])
		frappe.db.rollback(save_point="twice")
		self.assertTrue(frappe.db.is_duplicate_entry(caught.exception))

	def test_nothing_to_do_is_no_statement(self):
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			self.assertEqual(self.brands([]), [])
			self.make([])
			bulk.update("Brand", {})
			bulk.update("Brand", {"none": {}})
		self.assertEqual(sql.call_count, 0)


class TestNoQueryPerUnit(StockTestCase):
	"""Ten times the units take the same number of statements, in every voucher and its cancellation."""

	def statements(self, call, *args, **kwargs):
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			result = call(*args, **kwargs)
		return sql.call_count, result

	def whole_life(self, units):
		counts = {}
		item = make_item(serial_no_series=f"NQ{units}-.#####", warranty_period=9)
		counts["receipt"], receipt = self.statements(self.receive, item, qty=units)
		numbers = serials(receipt)
		counts["typed"], typed = self.statements(self.receive, item, [f"T{units}/{n}" for n in range(units)])
		counts["transfer"], _entry = self.statements(self.transfer, item, numbers)
		counts["delivery"], note = self.statements(self.deliver, item, numbers, warehouse=self.shop)
		counts["cancel of the delivery"], _ = self.statements(note.cancel)
		counts["issue"], _entry = self.statements(self.issue, item, numbers, warehouse=self.shop)
		counts["cancel of a receipt"], _ = self.statements(typed.cancel)
		return counts

	def test_statements_do_not_grow_with_the_units(self):
		self.whole_life(5)
		self.assertEqual(self.whole_life(20), self.whole_life(200))

	def test_units_that_all_differ_take_few_statements_too(self):
		item = make_item()
		numbers = [f"DIF-{n:03d}" for n in range(60)]
		for number in numbers:  # each with a receipt of its own, so that cancelling gives each another past
			self.receive(item, number, rate=int(number[4:]) + 1)
		note = self.deliver(item, numbers)
		count, _ = self.statements(note.cancel)
		self.assertLess(count, 60)
		self.assert_audit_clean()

	def test_many_rows_of_one_voucher_are_written_together(self):
		items = [make_item(serial_no_series=f"MR{n}-.###") for n in range(6)]
		rows = [row(item, 2, warehouse=self.stores, rate=5) for item in items]
		receipt = voucher("Purchase Receipt", rows, supplier=self.supplier)
		self.assertEqual([len(serials(receipt, i)) for i in range(6)], [2] * 6)
		self.assert_audit_clean()
