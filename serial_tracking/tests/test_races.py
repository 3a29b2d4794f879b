"""What another user committed between the beginning of a request and its locks counts, though the request's own
snapshot does not show it."""

import frappe
from frappe.utils import add_days, getdate

from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.stock.audit import audit
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import make, make_item, make_warehouse, row, voucher
from serial_tracking.tests.processes import run_together


class TestRaces(IntegrationTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.stores, self.shop = make_warehouse("Test Stores"), make_warehouse("Test Shop")
		self.supplier = make("Supplier", supplier_name="Test Supplier")
		self.customer = make("Customer", customer_name="Test Customer")
		self.day = add_days(getdate(), -9)

	def meanwhile(self, first, late):
		"""Two steps: the second begins before the first is done, and acts after it. What the second answers."""
		steps = [self.step(*first), {**self.step(*late), "late": True}]
		(done,), (answer,) = run_together(steps)
		frappe.db.rollback()  # leaves the snapshot in which the processes have not written yet
		self.assertEqual(done, first[1].name)
		return answer

	def step(self, action, doc):
		return {"document": {"doctype": doc.doctype, "name": doc.name}, "action": action}

	def post(self, doctype, item, qty, day=0, hour=8, submit=True, values=None, **line):
		return voucher(
			doctype,
			[row(item, qty, **line)],
			submit=submit,
			posting_date=str(add_days(self.day, day)),
			posting_time=f"{hour:02d}:00:00",
			**(values or {}),
		)

	def receive(self, item, qty, **line):
		values = {"supplier": self.supplier}
		return self.post("Purchase Receipt", item, qty, values=values, warehouse=self.stores, **line)

	def deliver(self, item, qty, **line):
		values = {"customer": self.customer}
		return self.post("Delivery Note", item, qty, day=1, values=values, warehouse=self.stores, **line)

	def move(self, purpose, item, qty, day, **line):
		return self.post("Stock Entry", item, qty, day=day, values={"purpose": purpose}, **line)

	def delivered_unit(self):
		item = make_item()
		number = f"{item}/1"
		self.receive(item, 1, serial_no=number)
		return item, number, self.deliver(item, 1, serial_no=number)

	def stock(self, item, warehouse):
		place = {"item_code": item, "warehouse": warehouse}
		return frappe.db.get_value("Bin", place, ["actual_qty", "stock_value"])

	# ------------------------------------------------------------------ cancelling

	def test_a_note_that_was_invoiced_since_is_not_cancelled(self):
		item, number, note = self.delivered_unit()
		invoice = make_sales_invoice(note.name).insert()
		answer = self.meanwhile(("submit", invoice), ("cancel", note))
		self.assertEqual(answer, "LinkExistsError")
		self.assertEqual(frappe.db.get_value("Serial No", number, "sales_invoice"), invoice.name)
		self.assertEqual(audit(item), [])

	def test_a_note_that_was_returned_since_is_not_cancelled(self):
		item = make_item(has_serial_no=0)
		self.receive(item, 5)
		note = self.deliver(item, 5)
		answer = self.meanwhile(("submit", make_sales_return(note.name).insert()), ("cancel", note))
		self.assertEqual(answer, "LinkExistsError")
		self.assertEqual(self.stock(item, self.stores)[0], 5)
		self.assertEqual(audit(item), [])

	def test_a_receipt_whose_goods_left_since_is_not_cancelled(self):
		item = make_item(has_serial_no=0)
		receipt = self.receive(item, 5)
		issue = self.move("Material Issue", item, 5, 2, s_warehouse=self.stores, submit=False)
		self.assertEqual(self.meanwhile(("submit", issue), ("cancel", receipt)), "NegativeStockError")
		self.assertEqual(audit(item), [])

	def test_an_issue_that_was_priced_anew_since_gives_back_its_new_value(self):
		item = make_item(has_serial_no=0)
		self.receive(item, 10, rate=10)
		self.receive(item, 10, rate=20, day=2)
		issue = self.move("Material Issue", item, 10, 3, s_warehouse=self.stores)
		late_slip = self.receive(item, 10, rate=60, day=1, submit=False)
		self.assertEqual(self.meanwhile(("submit", late_slip), ("cancel", issue)), issue.name)
		qty, value = self.stock(item, self.stores)
		self.assertEqual((qty, round(value, 4)), (30, 900))
		self.assertEqual(audit(item), [])

	# ------------------------------------------------------------------ the past

	def test_goods_that_were_moved_to_a_new_place_since_are_priced_anew_there(self):
		item = make_item(has_serial_no=0)
		self.receive(item, 10, rate=10)
		places = {"s_warehouse": self.stores, "t_warehouse": self.shop}
		transfer = self.move("Material Transfer", item, 5, 3, submit=False, **places)
		late_slip = self.receive(item, 10, rate=30, day=1, submit=False)
		self.assertEqual(self.meanwhile(("submit", transfer), ("submit", late_slip)), late_slip.name)
		self.assertEqual(self.stock(item, self.shop), (5, 100))
		self.assertEqual(self.stock(item, self.stores), (15, 300))
		self.assertEqual(audit(item), [])

	# ------------------------------------------------------------------ invoicing

	def test_a_note_that_was_cancelled_since_is_not_invoiced(self):
		item = make_item(has_serial_no=0)
		self.receive(item, 5)
		note = self.deliver(item, 5)
		invoice = make_sales_invoice(note.name).insert()
		answer = self.meanwhile(("cancel", note), ("submit", invoice))
		# SQLite has no snapshot that could be old: there Frappe's own look at links comes first
		self.assertIn(answer, ("SerialNoInvoiceError", "CancelledLinkError"))
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "docstatus"), 0)
		self.assertEqual(audit(item), [])

	def test_a_unit_whose_invoice_was_cancelled_since_is_invoiced_anew(self):
		item, number, note = self.delivered_unit()
		first, second = (make_sales_invoice(note.name).insert() for _n in range(2))
		first.submit()
		self.assertEqual(self.meanwhile(("cancel", first), ("submit", second)), second.name)
		self.assertEqual(frappe.db.get_value("Serial No", number, "sales_invoice"), second.name)
		self.assertEqual(audit(item), [])

	# ------------------------------------------------------------------ service contracts

	def contract(self, item, number, start, end):
		line = {
			"item_code": item,
			"serial_no": number,
			"start_date": start,
			"end_date": end,
			"periodicity": "Monthly",
		}
		return frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert()

	def covered_until(self, number):
		return str(frappe.db.get_value("Serial No", number, "amc_expiry_date"))

	def test_a_contract_that_was_agreed_since_is_not_overlapped(self):
		item, number, _note = self.delivered_unit()
		first, second = (self.contract(item, number, "2027-01-01", "2027-12-31") for _n in range(2))
		answer = self.meanwhile(("submit", first), ("submit", second))
		self.assertEqual(answer, "MaintenanceOverlapError")
		(entry,) = frappe.get_all(
			"Service Contract Entry", {"serial_no": number}, pluck="maintenance_schedule"
		)
		self.assertEqual(entry, first.name)

	def test_a_contract_that_was_agreed_since_is_followed(self):
		item, number, _note = self.delivered_unit()
		first = self.contract(item, number, "2027-01-01", "2027-12-31")
		second = self.contract(item, number, "2028-01-01", "2028-12-31")
		self.assertEqual(self.meanwhile(("submit", first), ("submit", second)), second.name)
		entries = frappe.get_all(
			"Service Contract Entry",
			{"serial_no": number},
			["contract_no", "previous_amc_expiry_date"],
			order_by="contract_no",
		)
		self.assertEqual([entry.contract_no for entry in entries], [1, 2])
		self.assertEqual(str(entries[1].previous_amc_expiry_date), "2027-12-31")
		self.assertEqual(self.covered_until(number), "2028-12-31")

	def test_a_contract_that_was_cancelled_since_is_not_given_back(self):
		item, number, _note = self.delivered_unit()
		first = self.contract(item, number, "2027-01-01", "2027-12-31").submit()
		second = self.contract(item, number, "2028-01-01", "2028-12-31").submit()
		self.assertEqual(self.meanwhile(("cancel", first), ("cancel", second)), second.name)
		self.assertEqual(self.covered_until(number), "None")

	# ------------------------------------------------------------------ replacing

	def claimed_unit(self):
		"""A claim, the return of its unit, and two drafts that would deliver another for it."""
		item, number, note = self.delivered_unit()
		values = {"doctype": "Warranty Claim", "serial_no": number, "complaint": "broken"}
		claim = frappe.get_doc({**values, "complaint_date": str(self.day)}).insert().name
		for_claim = {"customer": self.customer, "warranty_claim": claim}
		back = {**for_claim, "is_return": 1, "return_against": note.name}
		line = {"warehouse": self.stores, "serial_no": number}
		back = self.post("Delivery Note", item, -1, day=2, values=back, **line)
		drafts = []
		for n in (2, 3):
			line = {"warehouse": self.stores, "serial_no": f"{item}/{n}"}
			self.receive(item, 1, serial_no=f"{item}/{n}")
			drafts.append(self.post("Delivery Note", item, 1, day=3, submit=False, values=for_claim, **line))
		return item, back, drafts

	def test_a_unit_that_was_replaced_since_is_not_replaced_again(self):
		item, _back, (first, second) = self.claimed_unit()
		answer = self.meanwhile(("submit", first), ("submit", second))
		self.assertEqual(answer, "WarrantyClaimError")
		self.assertEqual(audit(item), [])

	def test_a_return_that_was_cancelled_since_brings_no_replacement(self):
		item, back, (draft, _other) = self.claimed_unit()
		self.assertEqual(self.meanwhile(("cancel", back), ("submit", draft)), "WarrantyClaimError")
		self.assertEqual(audit(item), [])

	def test_a_return_whose_unit_was_replaced_since_is_not_cancelled(self):
		item, back, (draft, _other) = self.claimed_unit()
		self.assertEqual(self.meanwhile(("submit", draft), ("cancel", back)), "LinkExistsError")
		self.assertEqual(audit(item), [])

	# ------------------------------------------------------------------ visits

	def planned(self, *numbers):
		"""A schedule of one overdue visit for new units, and a draft of a visit for each of them."""
		item = make_item()
		numbers = [f"{item}/{number}" for number in numbers]
		self.receive(item, len(numbers), serial_no="\n".join(numbers))
		line = {
			"item_code": item,
			"serial_no": "\n".join(numbers),
			"start_date": add_days(getdate(), -45),
			"periodicity": "Monthly",
			"no_of_visits": 1,
		}
		schedule = frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert().submit()
		visits = [
			frappe.get_doc(
				{
					"doctype": "Maintenance Visit",
					"maintenance_schedule": schedule.name,
					"purposes": [{"serial_no": number, "work_done": "oiled"}],
				}
			).insert()
			for number in numbers
		]
		return schedule, visits

	def assert_planned(self, schedule, completion_status, overdue):
		schedule.reload()
		self.assertEqual(schedule.schedules[0].completion_status, completion_status)
		self.assertEqual((schedule.schedules[0].overdue, schedule.visits_overdue), (overdue, overdue))

	def test_two_visits_for_one_planned_visit_do_not_lose_each_others_units(self):
		schedule, (first, second) = self.planned(1, 2)
		self.assertEqual(self.meanwhile(("submit", first), ("submit", second)), second.name)
		self.assert_planned(schedule, "Fully Completed", 0)

	def test_a_visit_that_was_submitted_since_stays_when_another_is_cancelled(self):
		schedule, (first, second) = self.planned(1, 2)
		first.submit()
		self.assertEqual(self.meanwhile(("submit", second), ("cancel", first)), first.name)
		self.assert_planned(schedule, "Partially Completed", 1)

	def test_a_visit_that_was_cancelled_since_does_not_count(self):
		schedule, (first, second) = self.planned(1, 2)
		first.submit()
		self.assertEqual(self.meanwhile(("cancel", first), ("submit", second)), second.name)
		self.assert_planned(schedule, "Partially Completed", 1)

	def test_visits_submitted_at_the_same_moment(self):
		schedule, visits = self.planned(1, 2, 3, 4)
		answers = run_together([self.step("submit", visit) for visit in visits])
		frappe.db.rollback()
		self.assertEqual(answers, [[visit.name] for visit in visits])
		self.assert_planned(schedule, "Fully Completed", 0)

	def test_visits_for_a_claim_submitted_at_the_same_moment(self):
		_item, number, _note = self.delivered_unit()
		claim = {"doctype": "Warranty Claim", "serial_no": number, "complaint": "noisy"}
		claim = frappe.get_doc(claim).insert()
		visits = [
			frappe.get_doc(
				{
					"doctype": "Maintenance Visit",
					"warranty_claim": claim.name,
					"purposes": [{"serial_no": number, "work_done": "oiled", "completion_status": status}],
				}
			).insert()
			for status in ("Partially Completed", "Fully Completed", "Partially Completed")
		]
		answers = run_together([self.step("submit", visit) for visit in visits])
		frappe.db.rollback()
		self.assertEqual(answers, [[visit.name] for visit in visits])
		self.assertEqual(frappe.db.get_value("Warranty Claim", claim.name, "status"), "Closed")
		answers = run_together([self.step("cancel", visit) for visit in visits])
		frappe.db.rollback()
		self.assertEqual(answers, [[visit.name] for visit in visits])
		self.assertEqual(frappe.db.get_value("Warranty Claim", claim.name, "status"), "Open")

	def test_a_schedule_that_was_cancelled_since_takes_no_visit(self):
		schedule, (visit,) = self.planned(1)
		answer = self.meanwhile(("cancel", schedule), ("submit", visit))
		# SQLite has no snapshot that could be old: there Frappe's own look at links comes first
		self.assertIn(answer, ("MaintenanceVisitError", "CancelledLinkError"))
		self.assertEqual(frappe.db.get_value("Maintenance Visit", visit.name, "docstatus"), 0)

	def test_a_schedule_that_was_visited_since_is_not_cancelled(self):
		schedule, (visit,) = self.planned(1)
		# the visit has written on the schedule, which Frappe notices before it looks at links
		self.assertEqual(self.meanwhile(("submit", visit), ("cancel", schedule)), "TimestampMismatchError")
		self.assertEqual(frappe.db.get_value("Maintenance Schedule", schedule.name, "docstatus"), 1)
		self.assert_planned(schedule, "Fully Completed", 0)

	def test_a_part_that_was_used_since_is_not_used_again(self):
		_schedule, visits = self.planned(1, 2)
		part = make_item()
		self.receive(part, 1, serial_no=f"{part}/1")
		for visit in visits:
			line = {"item_code": part, "qty": 1, "warehouse": self.stores, "serial_no": f"{part}/1"}
			visit.append("parts", line)
			visit.save()
		answer = self.meanwhile(("submit", visits[0]), ("submit", visits[1]))
		self.assertEqual(answer, "SerialNoWarehouseError")
		self.assertEqual(frappe.db.get_value("Maintenance Visit", visits[1].name, "docstatus"), 0)
		self.assertEqual(audit(part), [])
