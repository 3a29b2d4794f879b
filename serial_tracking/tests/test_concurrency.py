"""Real processes at the same moment: no number twice, no unit delivered twice, no half a voucher."""

import frappe
from frappe.utils import add_days, getdate

from serial_tracking.stock.audit import audit
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import make, make_item, make_warehouse, row, serials, voucher
from serial_tracking.tests.processes import run_together

PROCESSES = 4
REFUSALS = {"SerialNoWarehouseError", "StockBusyError", "SerialNoExistsInFutureTransactionError"}


class TestConcurrency(IntegrationTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.stores = make_warehouse("Test Stores")
		self.supplier = make("Supplier", supplier_name="Test Supplier")
		self.customer = make("Customer", customer_name="Test Customer")

	def commit(self):
		frappe.db.commit()  # nosemgrep

	def look_again(self):
		frappe.db.rollback()  # leaves the snapshot in which the other processes have not written yet

	def receipt_of(self, item, qty, serial_no=None):
		return {
			"doctype": "Purchase Receipt",
			"supplier": self.supplier,
			"items": [row(item, qty, warehouse=self.stores, serial_no=serial_no)],
		}

	def note_of(self, item, serial_no):
		rows = [row(item, len(serial_no), warehouse=self.stores, serial_no="\n".join(serial_no))]
		return {"doctype": "Delivery Note", "customer": self.customer, "items": rows}

	def test_receipts_from_one_new_series_never_share_a_number(self):
		item = make_item(serial_no_series=f"CC{frappe.generate_hash(length=6)}-.####")
		self.commit()
		answers = run_together([{"document": self.receipt_of(item, 20), "times": 5}] * PROCESSES)
		self.look_again()
		posted = [name for answer in answers for name in answer if frappe.db.exists("Purchase Receipt", name)]
		refused = {name for answer in answers for name in answer} - set(posted)
		self.assertLessEqual(refused, {"StockBusyError"})
		self.assertGreaterEqual(len(posted), PROCESSES)
		made = [n for name in posted for n in serials(frappe.get_doc("Purchase Receipt", name))]
		self.assertEqual(len(made), 20 * len(posted))
		self.assertEqual(len(set(made)), len(made))
		self.assertEqual(frappe.db.count("Serial No", {"item_code": item, "status": "Available"}), len(made))
		self.assertEqual(audit(item), [])

	def test_a_unit_is_delivered_once(self):
		item = make_item()
		numbers = [f"{item}/{n}" for n in range(30)]
		voucher("Purchase Receipt", **self.values(self.receipt_of(item, 30, "\n".join(numbers))))
		self.commit()
		# sets that overlap: each pair of neighbours wants some of the same units
		wanted = [numbers[5 * i : 5 * i + 10] for i in range(PROCESSES)]
		answers = run_together([{"document": self.note_of(item, units), "times": 2} for units in wanted])
		self.look_again()
		posted = [name for answer in answers for name in answer if frappe.db.exists("Delivery Note", name)]
		self.assertLessEqual({name for answer in answers for name in answer} - set(posted), REFUSALS)
		self.assertGreaterEqual(len(posted), 1)
		delivered = [n for name in posted for n in serials(frappe.get_doc("Delivery Note", name))]
		self.assertEqual(len(set(delivered)), len(delivered))
		self.assertEqual(
			frappe.db.count("Serial No", {"item_code": item, "status": "Delivered"}), len(delivered)
		)
		self.assertEqual(audit(item), [])

	def test_a_number_typed_twice_at_once_is_recorded_once(self):
		item = make_item()
		self.commit()
		answers = run_together([{"document": self.receipt_of(item, 2, f"{item}/A\n{item}/B")}] * PROCESSES)
		self.look_again()
		posted = [name for answer in answers for name in answer if frappe.db.exists("Purchase Receipt", name)]
		self.assertEqual(len(posted), 1)
		refused = {name for answer in answers for name in answer} - set(posted)
		self.assertLessEqual(refused, {"SerialNoDuplicateError", "StockBusyError"})
		self.assertEqual(frappe.db.count("Serial No", {"item_code": item}), 2)
		self.assertEqual(audit(item), [])

	def test_a_cancel_against_a_delivery_leaves_one_of_them(self):
		item = make_item()
		numbers = [f"{item}/{n}" for n in range(10)]
		receipt = voucher("Purchase Receipt", **self.values(self.receipt_of(item, 10, "\n".join(numbers))))
		self.commit()
		cancelled = {"document": {"doctype": "Purchase Receipt", "name": receipt.name}, "action": "cancel"}
		run_together([cancelled, {"document": self.note_of(item, numbers)}])
		self.look_again()
		statuses = set(frappe.get_all("Serial No", {"item_code": item}, pluck="status"))
		docstatus = frappe.db.get_value("Purchase Receipt", receipt.name, "docstatus")
		self.assertIn((statuses.pop(), int(docstatus)), {("Inactive", 2), ("Delivered", 1), ("Available", 1)})
		self.assertFalse(statuses)
		self.assertEqual(audit(item), [])

	def test_stock_without_serials_is_issued_once(self):
		item, day = make_item(has_serial_no=0), str(add_days(getdate(), -1))
		voucher(
			"Purchase Receipt",
			**self.values(self.receipt_of(item, 5)),
			posting_date=day,
			posting_time="08:00:00",
		)
		self.commit()
		# each at a moment of its own, so that those who come later have to look at what lies behind them
		answers = run_together(
			[
				{
					"document": {
						"doctype": "Stock Entry",
						"purpose": "Material Issue",
						"posting_date": day,
						"posting_time": f"12:00:{n:02d}",
						"items": [row(item, 5, s_warehouse=self.stores)],
					},
					"times": 2,
				}
				for n in range(PROCESSES)
			]
		)
		self.look_again()
		posted = [name for answer in answers for name in answer if frappe.db.exists("Stock Entry", name)]
		self.assertEqual(len(posted), 1, answers)
		self.assertLessEqual(
			{n for a in answers for n in a} - set(posted), {"NegativeStockError", "StockBusyError"}
		)
		self.assertEqual(frappe.db.get_value("Bin", {"item_code": item}, "actual_qty"), 0)
		self.assertEqual(audit(item), [])

	def test_a_draft_that_two_submit_is_posted_once(self):
		item = make_item(serial_no_series=f"TW{frappe.generate_hash(length=6)}-.####")
		draft = voucher("Purchase Receipt", submit=False, **self.values(self.receipt_of(item, 5)))
		self.commit()
		answers = run_together(
			[{"document": {"doctype": "Purchase Receipt", "name": draft.name}}] * PROCESSES
		)
		self.look_again()
		self.assertEqual(sum(answer == [draft.name] for answer in answers), 1, answers)
		self.assertEqual(frappe.db.count("Serial No", {"item_code": item}), 5)
		self.assertEqual(audit(item), [])

	def test_a_process_killed_half_way_leaves_nothing(self):
		item = make_item(serial_no_series=f"KL{frappe.generate_hash(length=6)}-.####")
		self.commit()
		answers = run_together([{"document": self.receipt_of(item, 50), "action": "die"}])
		self.look_again()
		self.assertEqual(answers, [[]])
		posted = {"parenttype": "Purchase Receipt", "item_code": item, "docstatus": 1}
		self.assertEqual(frappe.db.count("Purchase Receipt Item", posted), 0)
		self.assertEqual(frappe.db.count("Serial No", {"item_code": item}), 0)
		self.assertEqual(frappe.db.count("Serial No Ledger Entry", {"item_code": item}), 0)
		receipt = voucher("Purchase Receipt", **self.values(self.receipt_of(item, 1)))
		self.assertTrue(serials(receipt)[0].endswith("-0001"))
		self.assertEqual(audit(item), [])

	def contract_of(self, item, numbers, year=2027):
		line = {
			"item_code": item,
			"serial_no": "\n".join(numbers),
			"start_date": f"{year}-01-01",
			"end_date": f"{year}-12-31",
			"periodicity": "Monthly",
			"service_person": "Administrator",
		}
		return {"doctype": "Maintenance Schedule", "items": [line]}

	def received(self, count):
		item = make_item()
		numbers = [f"{item}/{n}" for n in range(count)]
		voucher("Purchase Receipt", **self.values(self.receipt_of(item, count, "\n".join(numbers))))
		self.commit()
		return item, numbers

	def test_contracts_of_different_units_do_not_wait_for_each_other(self):
		item, numbers = self.received(40)
		orders = [self.contract_of(item, numbers[n::PROCESSES]) for n in range(PROCESSES)]
		answers = run_together([{"document": order} for order in orders])
		self.look_again()
		for (name,) in answers:
			self.assertEqual(frappe.db.get_value("Maintenance Schedule", name, "docstatus"), 1, answers)
		self.assertEqual(frappe.db.count("Service Contract Entry", {"item_code": item}), 40)

	def test_a_unit_is_under_one_contract_at_a_time(self):
		item, numbers = self.received(20)
		orders = [self.contract_of(item, numbers[4 * n : 4 * n + 8]) for n in range(PROCESSES)]
		answers = run_together([{"document": order, "times": 2} for order in orders])
		self.look_again()
		given = [name for answer in answers for name in answer]
		posted = [name for name in given if frappe.db.exists("Maintenance Schedule", name)]
		self.assertLessEqual(set(given) - set(posted), {"MaintenanceOverlapError", "StockBusyError"})
		self.assertGreaterEqual(len(posted), 1)
		entries = frappe.get_all("Service Contract Entry", {"item_code": item}, pluck="serial_no")
		self.assertEqual(len(entries), len(set(entries)))
		self.assertEqual(len(entries), 8 * len(posted))

	def values(self, document):
		return {"rows": document["items"], "supplier": document["supplier"]}
