"""Visits: what they write on the plan and on claims, the parts they use (DOMAIN 8)."""

import frappe
from frappe.utils import add_days, getdate, now_datetime

from serial_tracking import exceptions as exc
from serial_tracking.api import schedules as schedules_api
from serial_tracking.api.serials import correct
from serial_tracking.api.trace import genealogy, trace
from serial_tracking.serial_tracking.doctype.maintenance_schedule.maintenance_schedule import (
	make_maintenance_visit,
)
from serial_tracking.serial_tracking.doctype.serial_no import serial_no as serial_no_module
from serial_tracking.serial_tracking.doctype.warranty_claim import warranty_claim as claim_module
from serial_tracking.stock import units as stock_units
from serial_tracking.stock.audit import audit, repair
from serial_tracking.tests.factories import StockTestCase, make, make_item, row, settings, text
from serial_tracking.tests.test_maintenance_schedule import TECHNICIAN, technician
from serial_tracking.tests.test_permissions import make_user
from serial_tracking.tests.test_serials_api import count_statements

FULLY, PARTIALLY = "Fully Completed", "Partially Completed"


class ServiceTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.today = getdate()

	# ------------------------------------------------------------------ records

	def schedule(self, numbers, submit=True, item=None, **values):
		"""A contract of a quarter that began a while ago: three visits, the first of them overdue."""
		line = {
			"item_code": item or self.item,
			"serial_no": text(numbers),
			"start_date": add_days(self.today, -45),
			"periodicity": "Monthly",
			"no_of_visits": 3,
			"service_person": values.pop("service_person", None),
		}
		doc = frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line], **values}).insert()
		return doc.submit() if submit else doc

	def visit(self, *numbers, status=FULLY, submit=True, parts=(), **values):
		purposes = [
			{"serial_no": number, "work_done": "looked after", "completion_status": status}
			if isinstance(number, str)
			else {"work_done": "looked after", **number}
			for number in numbers
		]
		doc = {"doctype": "Maintenance Visit", "purposes": purposes, "parts": list(parts), **values}
		doc = frappe.get_doc(doc).insert()
		return doc.submit() if submit else doc

	def visit_of(self, schedule, *numbers, line=0, **values):
		planned = {
			"maintenance_schedule": schedule.name,
			"maintenance_schedule_detail": schedule.schedules[line].name,
		}
		return self.visit(*numbers, **{**planned, **values})

	def claim(self, number, **values):
		values = {"complaint": "does not work", **values}
		return frappe.get_doc({"doctype": "Warranty Claim", "serial_no": number, **values}).insert()

	def part(self, item, qty=1, serial_no=None, **values):
		return row(item, qty, warehouse=self.stores, serial_no=text(serial_no), **values)

	# ------------------------------------------------------------------ what is so

	def assert_line(self, schedule, status, day=None, overdue=0, line=0):
		schedule.reload()
		planned = schedule.schedules[line]
		self.assertEqual(
			(planned.completion_status, planned.actual_date, planned.overdue), (status, day, overdue)
		)
		self.assertEqual(schedule.visits_overdue, sum(v.overdue for v in schedule.schedules))
		self.assert_audit_clean()

	def assert_claim(self, claim, status):
		claim.reload()
		self.assertEqual(claim.status, status)


class TestPlannedVisits(ServiceTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, ["V1", "V2", "V3"])
		self.yesterday = add_days(self.today, -1)

	def test_a_visit_of_all_units_completes_the_planned_one(self):
		schedule = self.schedule(["V1", "V2"])
		self.assert_line(schedule, "Pending", overdue=1)
		self.visit_of(schedule, "V1", "V2", mntc_date=self.yesterday)
		self.assert_line(schedule, FULLY, self.yesterday)
		self.assert_line(schedule, "Pending", line=1)

	def test_a_visit_of_some_units_completes_it_in_part_until_the_last_unit_is_done(self):
		schedule = self.schedule(["V1", "V2", "V3"])
		self.visit_of(schedule, "V1", mntc_date=self.yesterday)
		self.assert_line(schedule, PARTIALLY, self.yesterday, overdue=1)
		self.visit_of(schedule, "V2", status=PARTIALLY)
		self.visit_of(schedule, "V3")
		self.assert_line(schedule, PARTIALLY, self.today, overdue=1)
		self.visit_of(schedule, "V2", mntc_date=self.yesterday)
		self.assert_line(schedule, FULLY, self.today)

	def test_cancelling_visits_in_any_order_leaves_what_the_others_did(self):
		schedule = self.schedule(["V1", "V2"])
		first = self.visit_of(schedule, "V1", mntc_date=self.yesterday)
		second = self.visit_of(schedule, "V2")
		first.cancel()
		self.assert_line(schedule, PARTIALLY, self.today, overdue=1)
		third = self.visit_of(schedule, "V1")
		self.assert_line(schedule, FULLY, self.today)
		second.cancel()
		third.cancel()
		self.assert_line(schedule, "Pending", overdue=1)

	def test_the_status_of_a_visit_follows_from_its_rows(self):
		done = {"serial_no": "V1", "completion_status": FULLY}
		doc = self.visit(done, {"serial_no": "V2", "completion_status": PARTIALLY}, completion_status=FULLY)
		self.assertEqual(doc.completion_status, PARTIALLY)
		self.assertEqual(self.visit("V1", completion_status=PARTIALLY).completion_status, FULLY)

	def test_the_calendar_is_told(self):
		technician()
		schedule = self.schedule(["V1", "V2"], service_person=TECHNICIAN)
		event = schedule.schedules[0].event

		def status():
			return frappe.db.get_value("Event", event, "status")

		first = self.visit_of(schedule, "V1")
		self.assertEqual(status(), "Open")
		second = self.visit_of(schedule, "V2")
		self.assertEqual(status(), "Completed")
		first.cancel()
		self.assertEqual(status(), "Open")
		second.cancel()
		self.assertEqual(status(), "Open")

	def test_a_schedule_alone_means_its_next_open_visit_for_these_units(self):
		schedule = self.schedule(["V1", "V2"])
		self.visit_of(schedule, "V1", "V2")
		doc = self.visit("V1", maintenance_schedule=schedule.name)
		self.assertEqual(doc.maintenance_schedule_detail, schedule.schedules[1].name)
		self.assert_refused(
			exc.MaintenanceVisitError, self.visit, "V3", maintenance_schedule=schedule.name,
			mentions=("no open visit",),
		)  # fmt: skip

	def test_a_planned_visit_alone_says_its_schedule(self):
		schedule = self.schedule(["V1"], customer=self.customer)
		doc = self.visit("V1", maintenance_schedule_detail=schedule.schedules[0].name)
		self.assertEqual((doc.maintenance_schedule, doc.customer), (schedule.name, self.customer))

	def test_what_it_may_not_be_for(self):
		other = make("Customer", customer_name="Another Customer")
		schedule, another = self.schedule(["V1", "V2"], customer=self.customer), self.schedule(["V3"])
		self.receive(self.item, "V4")
		draft = self.schedule(["V4"], submit=False)
		oil = {"item_code": make_item(has_serial_no=0)}
		for words, call in (
			("no such visit", lambda: self.visit_of(another, "V1", maintenance_schedule=schedule.name)),
			("not submitted", lambda: self.visit_of(draft, "V4")),
			("V3: not planned", lambda: self.visit_of(schedule, "V1", "V3")),
			("not planned", lambda: self.visit_of(schedule, "V1", oil)),
			(f"not of {other}", lambda: self.visit_of(schedule, "V1", customer=other)),
		):
			with self.subTest(words):
				self.assert_refused(exc.MaintenanceVisitError, call, mentions=(words,))
		self.visit_of(schedule, "V1")  # its neighbour is let through

	def test_a_schedule_that_was_cancelled_since_the_draft(self):
		schedule = self.schedule(["V1"])
		draft = self.visit_of(schedule, "V1", submit=False)
		frappe.db.set_value("Maintenance Schedule", schedule.name, "docstatus", 2)
		self.assert_refused(frappe.CancelledLinkError, draft.submit)

	def test_a_schedule_is_not_cancelled_while_a_submitted_visit_refers_to_it(self):
		schedule = self.schedule(["V1"])
		visit = self.visit_of(schedule, "V1")
		schedule.reload()
		self.assert_refused(frappe.LinkExistsError, schedule.cancel)
		visit.cancel()
		frappe.get_doc("Maintenance Schedule", schedule.name).cancel()

	def test_an_item_without_serials_is_visited_as_such(self):
		item = make_item(has_serial_no=0)
		schedule = self.schedule(None, item=item)
		self.visit_of(schedule, {"item_code": item, "completion_status": PARTIALLY})
		self.assert_line(schedule, PARTIALLY, self.today, overdue=1)
		visit = self.visit_of(schedule, {"item_code": item})
		self.assert_line(schedule, FULLY, self.today)
		visit.cancel()
		self.assert_line(schedule, PARTIALLY, self.today, overdue=1)

	def test_units_and_items_of_a_row(self):
		other = make_item()
		for exception, line in (
			(exc.SerialNoItemError, {"serial_no": "V1", "item_code": other}),
			(exc.SerialNoRequiredError, {"item_code": other}),
			(frappe.MandatoryError, {}),
			(frappe.LinkValidationError, {"serial_no": "NEVER SEEN"}),
		):
			with self.subTest(exception.__name__):
				caught = (exc.SerialNoNotExistsError, exception)
				with self.assertRaises(caught):
					self.visit(line)
		self.assert_refused(exc.MaintenanceVisitError, self.visit, "V1", "V2", "V1", mentions=("V1",))
		self.assertEqual(self.visit("V1").purposes[0].item_code, self.item)

	def test_a_visit_still_to_come_is_planned_and_not_submitted(self):
		draft = self.visit("V1", submit=False, mntc_date=add_days(self.today, 1))
		self.assert_refused(exc.MaintenanceVisitError, draft.submit, mentions=("still to come",))

	def test_the_customer_is_that_of_the_units(self):
		self.deliver(self.item, ["V1", "V2"])
		self.assertEqual(self.visit("V1", "V2").customer_name, self.customer)
		self.assertIsNone(self.visit("V3").customer)
		self.assertIsNone(self.visit("V1", "V3").customer)
		with self.assertRaises(frappe.LinkValidationError):
			self.visit("V1", customer="Nobody At All")

	def test_a_draft_of_the_next_open_visit(self):
		technician()
		schedule = self.schedule(["V1", "V2"], customer=self.customer, service_person=TECHNICIAN)
		self.visit_of(schedule, "V1")
		draft = make_maintenance_visit(schedule.name)
		self.assertEqual([(r.serial_no, r.service_person) for r in draft.purposes], [("V2", TECHNICIAN)])
		self.assertEqual(
			(draft.maintenance_type, draft.maintenance_schedule, draft.customer),
			("Scheduled", schedule.name, self.customer),
		)
		draft.purposes[0].work_done = "oiled"
		draft.insert().submit()
		self.assert_line(schedule, FULLY, self.today)
		draft = make_maintenance_visit(schedule.name, detail=schedule.schedules[2].name)
		self.assertEqual([r.serial_no for r in draft.purposes], ["V1", "V2"])
		self.assertEqual(draft.maintenance_schedule_detail, schedule.schedules[2].name)
		done = schedule.schedules[0].name
		self.assert_refused(exc.MaintenanceVisitError, make_maintenance_visit, schedule.name, detail=done)

	def test_a_draft_for_one_unit(self):
		self.deliver(self.item, "V1")
		draft = serial_no_module.make_maintenance_visit("V1")
		self.assertEqual(
			(draft.purposes[0].serial_no, draft.customer, draft.maintenance_type),
			("V1", self.customer, "Unscheduled"),
		)

	def test_statements_do_not_grow_with_the_units(self):
		item = make_item()
		numbers = [f"N{n:03}" for n in range(60)]
		self.receive(item, numbers)
		schedule = self.schedule(numbers, item=item)
		few = self.visit_of(schedule, *numbers[:5], submit=False)
		many = self.visit_of(schedule, *numbers[5:], submit=False)
		counted = [count_statements(doc.submit) for doc in (few, many)]
		# Frappe itself writes each row of the work done, with two statements in 15
		of_frappe = 50 * (2 if frappe.__version__.startswith("15.") else 1)
		self.assertLessEqual(counted[1] - counted[0], of_frappe + 5)

	def test_a_moved_planned_visit_is_still_written_to(self):
		schedule = self.schedule(["V1"])
		schedules_api.move_visit(schedule.schedules[0].name, str(add_days(self.today, 1)))
		self.visit_of(schedule, "V1")
		self.assert_line(schedule, FULLY, self.today)

	def test_a_corrected_number_is_followed(self):
		schedule = self.schedule(["V1", "V2"])
		self.visit_of(schedule, "V1")
		correct("V1", "V1-RIGHT", "mistyped")
		self.visit_of(schedule, "V2")
		self.assert_line(schedule, FULLY, self.today)


class TestClaims(ServiceTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, ["C1", "C2"])
		self.deliver(self.item, "C1")
		self.broken = self.claim("C1")

	def visit_for(self, status=FULLY, day=0, **values):
		day = add_days(self.today, day)
		return self.visit("C1", status=status, warranty_claim=self.broken.name, mntc_date=day, **values)

	def test_a_visit_closes_its_claim_and_a_cancel_opens_it_again(self):
		visit = self.visit_for()
		self.assert_claim(self.broken, "Closed")
		self.assertEqual(getdate(self.broken.resolution_date), self.today)
		self.assertEqual(self.broken.resolved_by, "Administrator")
		visit.cancel()
		self.assert_claim(self.broken, "Open")
		self.assertEqual((self.broken.resolution_date, self.broken.resolved_by), (None, None))

	def test_a_visit_in_part_leaves_work_in_progress(self):
		first = self.visit_for(PARTIALLY, -2)
		self.assert_claim(self.broken, "Work In Progress")
		second = self.visit_for(FULLY, -1)
		self.assert_claim(self.broken, "Closed")
		second.cancel()
		self.assert_claim(self.broken, "Work In Progress")
		first.reload()
		first.cancel()
		self.assert_claim(self.broken, "Open")

	def test_visits_are_cancelled_in_any_order(self):
		first, second = self.visit_for(PARTIALLY, -2), self.visit_for(FULLY, -1)
		first.reload()
		first.cancel()
		self.assert_claim(self.broken, "Closed")
		second.reload()
		second.cancel()
		self.assert_claim(self.broken, "Open")

	def test_a_visit_entered_late_does_not_reopen_the_claim(self):
		second = self.visit_for(FULLY, -1)
		first = self.visit_for(PARTIALLY, -2)
		self.assert_claim(self.broken, "Closed")
		second.reload()
		second.cancel()
		self.assert_claim(self.broken, "Work In Progress")
		first.reload()
		first.cancel()
		self.assert_claim(self.broken, "Open")

	def test_a_status_that_a_person_set_since_stays(self):
		visit = self.visit_for()
		self.broken.reload()
		self.broken.update({"status": "Work In Progress"}).save()
		visit.cancel()
		self.assert_claim(self.broken, "Work In Progress")

	def test_what_was_so_before_comes_back(self):
		self.broken.update({"status": "Work In Progress"}).save()
		visit = self.visit_for()
		visit.cancel()
		self.assert_claim(self.broken, "Work In Progress")

	def test_what_it_may_not_be_for(self):
		other = make("Customer", customer_name="Another Customer")
		for words, call in {
			"not among": lambda: self.visit("C2", warranty_claim=self.broken.name),
			"not of": lambda: self.visit_for(customer=other),
		}.items():
			with self.subTest(words):
				self.assert_refused(exc.MaintenanceVisitError, call, mentions=(words,))
		draft = self.visit_for(submit=False)
		self.broken.update({"status": "Cancelled"}).save()
		self.assert_refused(exc.MaintenanceVisitError, draft.submit, mentions=("cancelled",))

	def test_what_the_server_remembers_is_not_believed_of_a_caller(self):
		visit = self.visit_for(previous_claim_status="Closed", stock_entry="MAT-STE-FORGED")
		self.assertEqual((visit.previous_claim_status, visit.stock_entry), ("Open", None))
		visit.cancel()
		self.assert_claim(self.broken, "Open")

	def test_an_amendment_starts_anew(self):
		visit = self.visit_for()
		visit.cancel()
		amended = frappe.copy_doc(visit)
		amended.update({"amended_from": visit.name, "docstatus": 0, "previous_claim_status": "Closed"})
		amended.insert().submit()
		self.assert_claim(self.broken, "Closed")
		amended.cancel()
		self.assert_claim(self.broken, "Open")

	def test_a_draft_for_a_claim(self):
		draft = claim_module.make_maintenance_visit(self.broken.name)
		self.assertEqual(
			(draft.warranty_claim, draft.customer, draft.maintenance_type, draft.maintenance_schedule),
			(self.broken.name, self.customer, "Breakdown", None),
		)
		self.assertEqual(
			(draft.purposes[0].serial_no, draft.purposes[0].description), ("C1", "does not work")
		)

	def test_a_visit_for_a_plan_and_a_claim_writes_to_both(self):
		schedule = self.schedule(["C1"], customer=self.customer)
		visit = self.visit_of(schedule, "C1", warranty_claim=self.broken.name)
		self.assert_line(schedule, FULLY, self.today)
		self.assert_claim(self.broken, "Closed")
		visit.cancel()
		self.assert_line(schedule, "Pending", overdue=1)
		self.assert_claim(self.broken, "Open")


class TestParts(ServiceTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, ["U1", "U2"])
		self.deliver(self.item, ["U1", "U2"])
		self.spare, self.oil = make_item(), make_item(has_serial_no=0)
		self.receive(self.spare, ["S1", "S2", "S3"])
		self.receive(self.oil, qty=10)

	def moves(self, name):
		fields = ["move_type", "voucher_no", "used_for", "is_cancelled"]
		return frappe.get_all("Serial No Ledger Entry", {"serial_no": name}, fields, order_by="move_no")

	def stock(self, item):
		return frappe.db.get_value("Bin", {"item_code": item, "warehouse": self.stores}, "actual_qty")

	def test_parts_are_issued_for_the_visited_unit(self):
		visit = self.visit("U1", parts=[self.part(self.spare, 2, "S1\nS2"), self.part(self.oil, 3)])
		entry = frappe.get_doc("Stock Entry", visit.stock_entry)
		self.assertEqual(
			(entry.docstatus, entry.purpose, entry.maintenance_visit), (1, "Material Issue", visit.name)
		)
		self.assertEqual([line.used_for for line in entry.items], ["U1", "U1"])
		for name in ("S1", "S2"):
			self.assert_unit(name, status="Consumed")
			self.assertEqual(self.moves(name)[-1].used_for, "U1")
		self.assertIsNone(self.moves("S1")[0].used_for)
		self.assertEqual(self.stock(self.oil), 7)
		self.assert_audit_clean()

	def test_a_cancel_brings_the_parts_back(self):
		visit = self.visit("U1", parts=[self.part(self.spare, 1, "S1"), self.part(self.oil, 3)])
		entry = visit.stock_entry
		visit.reload()
		visit.cancel()
		self.assertEqual(frappe.db.get_value("Stock Entry", entry, "docstatus"), 2)
		self.assert_unit("S1", status="Available", warehouse=self.stores)
		self.assertEqual(self.stock(self.oil), 10)
		self.assert_audit_clean()

	def test_parts_that_moved_since_stand_in_the_way(self):
		visit = self.visit("U1", parts=[self.part(self.spare, 1, "S1")])
		self.receive_by_entry(self.spare, "S1")
		self.assert_refused(
			exc.SerialNoExistsInFutureTransactionError, frappe.get_doc(visit.doctype, visit.name).cancel,
			mentions=("S1",),
		)  # fmt: skip

	def test_the_issue_is_not_cancelled_or_amended_alone(self):
		visit = self.visit("U1", parts=[self.part(self.spare, 1, "S1")])
		entry = frappe.get_doc("Stock Entry", visit.stock_entry)
		self.assert_refused(exc.MaintenanceVisitError, entry.cancel, mentions=(visit.name,))
		visit.reload()
		visit.cancel()
		amended = frappe.copy_doc(frappe.get_doc("Stock Entry", entry.name))
		amended.update({"amended_from": entry.name, "docstatus": 0, "maintenance_visit": visit.name})
		amended.insert().submit()
		self.assertIsNone(amended.maintenance_visit)
		amended.cancel()

	def test_a_stock_entry_does_not_say_itself_which_visit_it_is_for(self):
		visit = self.visit("U1")
		entry = self.issue(self.spare, "S1", maintenance_visit=visit.name)
		self.assertIsNone(entry.maintenance_visit)
		entry.cancel()

	def test_which_unit_a_part_is_for_must_be_clear(self):
		spare = self.part(self.spare, 1, "S1")
		for words, call in {
			"which of the 2": lambda: self.visit("U1", "U2", parts=[spare]),
			"not among": lambda: self.visit("U1", parts=[{**spare, "used_for": "U2"}]),
		}.items():
			with self.subTest(words):
				self.assert_refused(exc.MaintenanceVisitError, call, mentions=("Row 1", words))
		self.visit("U1", "U2", parts=[{**spare, "used_for": "U2"}])
		self.assertEqual(self.moves("S1")[-1].used_for, "U2")

	def test_parts_for_an_item_without_serials_are_for_no_unit(self):
		self.visit({"item_code": self.oil}, parts=[self.part(self.spare, 1, "S1")])
		self.assertIsNone(self.moves("S1")[-1].used_for)

	def test_what_the_stock_refuses_leaves_the_visit_a_draft_and_the_plan_as_it_was(self):
		schedule = self.schedule(["U1"], customer=self.customer)
		for exception, words, parts in (
			(exc.SerialNoWarehouseError, "S1", [self.part(self.oil), self.part(self.spare, 1, "S1")]),
			(exc.SerialNoNotExistsError, "NEVER", [self.part(self.spare, 1, "NEVER")]),
			(exc.SerialNoQtyError, "Row 1", [self.part(self.spare, 2, "S2")]),
			(exc.NegativeStockError, "Row 1", [self.part(self.oil, 11)]),
			(exc.SerialNoRequiredError, "Row 1", [self.part(self.spare, 1)]),
			(exc.InvalidWarehouseError, "Row 1", [{**self.part(self.spare, 1, "S2"), "warehouse": None}]),
		):
			if words == "S1":
				self.issue(self.spare, "S1")
			with self.subTest(exception.__name__):
				draft = self.visit_of(schedule, "U1", submit=False, parts=parts)
				self.assert_refused(exception, draft.submit, mentions=(words,))
				self.assertEqual(frappe.db.get_value(draft.doctype, draft.name, "docstatus"), 0)
				self.assertFalse(frappe.db.exists("Stock Entry", {"maintenance_visit": draft.name}))
				self.assert_line(schedule, "Pending", overdue=1)

	def test_a_box_that_is_not_understood_is_refused_as_in_a_voucher(self):
		call = lambda: self.visit("U1", submit=False, parts=[self.part(self.spare, 1, "bad<")])  # noqa: E731
		self.assert_refused(exc.SerialNoFormatError, call, mentions=("Row 1",))
		draft = self.visit("U1", submit=False, parts=[self.part(self.spare, 3, "S1..S3")])
		self.assertEqual(draft.parts[0].serial_no, "S1\nS2\nS3")

	def test_parts_are_posted_when_the_visit_was_and_not_later_than_now(self):
		day = add_days(self.today, -1)
		spare = make_item()
		self.receive(spare, "OLD", posting_date=add_days(day, -1), posting_time="08:00:00")
		visit = self.visit("U1", mntc_date=day, mntc_time="09:30:00", parts=[self.part(spare, 1, "OLD")])
		entry = frappe.get_doc("Stock Entry", visit.stock_entry)
		self.assertEqual(str(entry.get_posting_datetime()), f"{day} 09:30:00")
		visit = self.visit("U1", mntc_time="23:59:59", parts=[self.part(self.spare, 1, "S1")])
		entry = frappe.get_doc("Stock Entry", visit.stock_entry)
		self.assertLessEqual(entry.get_posting_datetime(), now_datetime())

	def test_default_warehouse_and_automatic_pick(self):
		settings(auto_pick_serial_nos=1)
		part = {"item_code": self.spare, "qty": 1}
		visit = self.visit("U1", set_warehouse=self.stores, parts=[part])
		visit.reload()
		self.assertEqual((visit.parts[0].warehouse, visit.parts[0].serial_no), (self.stores, "S1"))

	def test_whoever_may_submit_a_visit_may_use_parts(self):
		user = make_user("Maintenance User")
		frappe.set_user(user)
		visit = self.visit("U1", parts=[self.part(self.spare, 1, "S1")])
		self.assert_unit("S1", status="Consumed")
		self.assertEqual(frappe.db.get_value("Stock Entry", visit.stock_entry, "owner"), user)
		with self.assertRaises(frappe.PermissionError):
			self.issue(self.spare, "S2")

	def test_but_not_from_where_they_may_not_look(self):
		user = make_user("Maintenance User")
		self.addCleanup(lambda: frappe.clear_cache(user=user))
		self.transfer(self.spare, "S3")
		frappe.permissions.add_user_permission("Warehouse", self.stores, user)
		frappe.set_user(user)
		for head, part in (
			({}, {**self.part(self.spare, 1, "S3"), "warehouse": self.shop}),
			({"set_warehouse": self.shop}, {"item_code": self.spare, "qty": 1, "serial_no": "S3"}),
		):
			self.assert_refused(frappe.PermissionError, self.visit, "U1", parts=[part], **head)
		self.visit("U1", parts=[self.part(self.spare, 1, "S1")])

	def test_a_permission_for_stock_entries_alone_holds_too(self):
		user = make_user("Maintenance User")
		self.addCleanup(lambda: frappe.clear_cache(user=user))
		frappe.permissions.add_user_permission("Warehouse", self.shop, user, applicable_for="Stock Entry")
		frappe.set_user(user)
		draft = self.visit("U1", submit=False, parts=[self.part(self.spare, 1, "S1")])
		self.assert_refused(frappe.PermissionError, draft.submit, mentions=(self.stores,))

	def test_a_corrected_number_is_followed_everywhere(self):
		visit = self.visit("U1", parts=[self.part(self.spare, 2, "S1\nS2")])
		draft = self.visit("U2", submit=False, parts=[self.part(self.spare, 1, "S3")])
		claim = self.claim("U1")
		correct("U1", "U1-RIGHT", "mistyped")
		correct("S1", "S1-RIGHT", "mistyped")
		correct("S3", "S3-RIGHT", "mistyped")
		visit.reload(), draft.reload(), claim.reload()
		entry = frappe.get_doc("Stock Entry", visit.stock_entry)
		self.assertEqual((visit.purposes[0].serial_no, claim.serial_no), ("U1-RIGHT", "U1-RIGHT"))
		for doc in (visit, entry):
			line = (doc.get("parts") or doc.get("items"))[0]
			self.assertEqual((line.used_for, line.serial_no), ("U1-RIGHT", "S1-RIGHT\nS2"))
		self.assertEqual(draft.parts[0].serial_no, "S3-RIGHT")
		self.assertEqual(self.moves("S1-RIGHT")[-1].used_for, "U1-RIGHT")
		draft.submit()
		visit.cancel()
		self.assert_unit("S1-RIGHT", status="Available")
		self.assert_audit_clean()


class TestUsedFor(ServiceTestCase):
	"""A Stock Entry made by hand says it too."""

	def setUp(self):
		super().setUp()
		self.receive(self.item, ["U1", "P1", "P2", "P3"])

	def entry(self, purpose="Material Issue", serial_no="P1", **line):
		line = row(self.item, len(serial_no.split()), s_warehouse=self.stores, serial_no=serial_no, **line)
		return self.enter(purpose, line)

	def used_for(self, name):
		moves = {"serial_no": name, "is_cancelled": 0}
		return frappe.get_all("Serial No Ledger Entry", moves, pluck="used_for", order_by="move_no desc")[0]

	def test_it_is_kept_on_the_move(self):
		self.entry(serial_no="P1\nP2", used_for="U1")
		self.assertEqual((self.used_for("P1"), self.used_for("P2")), ("U1", "U1"))
		self.entry(serial_no="P3")
		self.assertIsNone(self.used_for("P3"))

	def test_only_what_is_issued_is_built_in(self):
		entry = self.entry("Material Transfer", t_warehouse=self.shop, used_for="U1")
		self.assertIsNone(entry.items[0].used_for)
		self.assertIsNone(self.used_for("P1"))

	def test_a_unit_is_not_used_for_itself(self):
		call = lambda: self.entry(serial_no="P1\nU1", used_for="U1")  # noqa: E731
		self.assert_refused(exc.SerialNoDuplicateError, call, mentions=("Row 1", "U1"))

	def test_an_unknown_unit_is_refused(self):
		self.assert_refused(frappe.LinkValidationError, self.entry, used_for="NEVER SEEN")
		draft = self.enter(
			"Material Issue",
			row(self.item, 1, s_warehouse=self.stores, serial_no="P1", used_for="U1"),
			submit=False,
		)
		frappe.db.delete("Serial No", {"name": "U1"})
		draft.flags.ignore_links = True  # it is gone since Frappe looked
		self.assert_refused(exc.SerialNoNotExistsError, draft.submit, mentions=("U1",))

	def test_a_unit_that_the_user_may_not_see_is_unknown(self):
		self.transfer(self.item, "U1")
		user = make_user("Stock User")
		self.addCleanup(lambda: frappe.clear_cache(user=user))
		frappe.permissions.add_user_permission("Warehouse", self.stores, user)
		frappe.set_user(user)
		self.assert_refused(
			exc.SerialNoNotExistsError, self.entry, used_for="U1", mentions=("Row 1", "U1", "not known")
		)

	def test_one_statement_for_all_units_named(self):
		self.receive(self.item, [f"W{n}" for n in range(20)])
		lines = [
			row(self.item, 1, s_warehouse=self.stores, serial_no=f"W{n}", used_for=f"W{n + 10}")
			for n in range(10)
		]
		doc = self.enter("Material Issue", *lines, submit=False)
		asked = frappe.get_doc(doc.doctype, doc.name)
		asked.read_serial_nos()
		posting = asked.as_posting()
		names = posting.units_served()
		self.assertEqual(len(names), 10)
		keys = {number.casefold() for row in posting.rows for number in row.entry.numbers()}
		self.assertLessEqual(count_statements(lambda: stock_units.find_with(keys, names, lock=True)), 2)


class TestServiceInTheTrace(ServiceTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, ["T1", "T2", "PART", "SPARE"])
		self.schedule_of_both = self.schedule(["T1", "T2"])
		self.broken = self.claim("T1")
		part = self.part(self.item, 1, "PART", used_for="T1")
		self.made = self.visit_of(self.schedule_of_both, "T1", warranty_claim=self.broken.name, parts=[part])
		self.visit("T1", submit=False)
		self.visit("T2")

	def test_the_trace_tells_of_contracts_visits_claims_and_parts(self):
		traced = trace("T1")
		(contract,) = traced["contracts"]
		self.assertEqual(contract["maintenance_schedule"], self.schedule_of_both.name)
		days = [line["scheduled_date"] for line in traced["planned_visits"]]
		self.assertEqual(days, [line.scheduled_date for line in self.schedule_of_both.schedules])
		self.assertEqual(traced["planned_visits"][0]["completion_status"], PARTIALLY)
		(visit,) = traced["visits"]
		self.assertEqual(
			(visit["name"], visit["work_done"], visit["completion_status"], visit["warranty_claim"]),
			(self.made.name, "looked after", FULLY, self.broken.name),
		)
		(claim,) = traced["claims"]
		self.assertEqual((claim["name"], claim["status"]), (self.broken.name, "Closed"))
		(part,) = traced["parts"]
		self.assertEqual((part["serial_no"], part["voucher_no"]), ("PART", self.made.stock_entry))
		self.assertEqual(trace("PART")["moves"][-1]["used_for"], "T1")
		self.assertEqual(genealogy("T1", "backward")["unit"]["vouchers"][0]["units"][0]["name"], "PART")
		spare = trace("SPARE")
		for key in ("contracts", "planned_visits", "visits", "claims", "parts"):
			self.assertEqual(spare[key], [], key)

	def test_what_is_cancelled_or_made_is_no_longer_told(self):
		self.visit_of(self.schedule_of_both, "T2")
		self.assertEqual(len(trace("T1")["planned_visits"]), 2)
		self.made.reload()
		self.made.cancel()
		traced = trace("T1")
		self.assertEqual((traced["visits"], traced["parts"]), ([], []))

	def test_only_what_the_user_may_read(self):
		self.receive(self.item, ["HIDDEN"], warehouse=self.shop)
		line = row(self.item, 1, s_warehouse=self.shop, serial_no="HIDDEN", used_for="T1")
		self.enter("Material Issue", line)
		self.transfer(self.item, "T2")
		both = self.visit("T1", "T2")
		user = make_user("Stock User")
		self.addCleanup(lambda: frappe.clear_cache(user=user))
		frappe.permissions.add_user_permission("Warehouse", self.stores, user)
		frappe.set_user(user)
		traced = trace("T1")
		self.assertEqual([visit["name"] for visit in traced["visits"]], [self.made.name])
		self.assertEqual(len(traced["contracts"]), 1)
		self.assertEqual([c["maintenance_schedule"] for c in traced["contracts"]], [None])
		self.assertEqual(traced["planned_visits"], [])
		self.assertEqual([p.get("serial_no") for p in traced["parts"]], ["PART", None])
		for secret in ("T2", "HIDDEN", both.name, self.shop, self.schedule_of_both.name):
			self.assertNotIn(f'"{secret}"', frappe.as_json({**traced, "claims": [], "visits": []}))

	def test_a_role_without_claims_and_visits_sees_none(self):
		frappe.set_user(make_user("Purchase User"))
		traced = trace("T1")
		self.assertEqual((traced["claims"], traced["visits"]), ([], []))
		self.assertEqual(len(traced["moves"]), 1)


class TestAudit(ServiceTestCase):
	def setUp(self):
		super().setUp()
		self.receive(self.item, ["A 1", "A 2"])
		self.plan = self.schedule(["A 1", "A 2"])
		self.visit_of(self.plan, "A 1")
		self.visit_of(self.plan, "A 2")
		self.line = self.plan.schedules[0].name

	def test_what_visits_did_is_found_and_put_right(self):
		self.assert_audit_clean()
		wrong = {"completion_status": "Pending", "actual_date": None}
		frappe.db.set_value("Maintenance Schedule Detail", self.line, wrong)
		other = self.plan.schedules[1].name
		frappe.db.set_value("Maintenance Schedule Detail", other, "completion_status", PARTIALLY)
		found = {(d["name"], d["field"]): d["derived"] for d in audit(self.item)}
		self.assertEqual(
			found,
			{
				(self.line, "completion_status"): FULLY,
				(self.line, "actual_date"): self.today,
				(other, "completion_status"): "Pending",
			},
		)
		repair(self.item)
		self.assert_audit_clean()
		self.assert_line(self.plan, FULLY, self.today)

	def test_a_part_for_a_unit_that_is_gone_is_found(self):
		self.issue(self.item, "A 2")
		move = frappe.get_last_doc("Serial No Ledger Entry", {"serial_no": "A 2"})
		frappe.db.set_value(move.doctype, move.name, "used_for", "GONE")
		(found,) = audit(self.item)
		self.assertEqual((found["name"], found["stored"], found["repairable"]), (move.name, "GONE", False))
