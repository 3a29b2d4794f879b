"""Service contracts: who is under contract, when the visits are, what a cancel gives back (DOMAIN 8)."""

import json
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.desk.doctype.event.event import get_events
from frappe.utils import add_days, formatdate, getdate

from serial_tracking import exceptions as exc
from serial_tracking.api import schedules as api
from serial_tracking.serial_tracking.doctype.delivery_note import delivery_note
from serial_tracking.serial_tracking.doctype.maintenance_schedule.maintenance_schedule import make_renewal
from serial_tracking.serial_tracking.doctype.sales_invoice import sales_invoice
from serial_tracking.serial_tracking.doctype.serial_no import serial_no as serial_no_module
from serial_tracking.service import events
from serial_tracking.tests.factories import StockTestCase, make, make_item, row, settings, text, voucher

START, END = "2027-01-01", "2027-12-31"
TECHNICIAN, OTHER_TECHNICIAN = "technician@schedules.example.com", "other@schedules.example.com"


class ScheduleTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()

	def units(self, *numbers, item=None, **values):
		self.receive(item or self.item, list(numbers), **values)
		return numbers

	def draft(self, *rows, **values):
		return frappe.get_doc({"doctype": "Maintenance Schedule", "items": list(rows), **values})

	def line(self, serial_no=None, item=None, **values):
		row = {"start_date": START, "end_date": END, "periodicity": "Quarterly", **values}
		return {"item_code": item or self.item, "serial_no": text(serial_no), **row}

	def contract(self, serial_no=None, submit=True, customer=None, **values):
		doc = self.draft(self.line(serial_no, **values), customer=customer).insert()
		return doc.submit() if submit else doc

	def year(self, serial_no, year, **values):
		return self.contract(serial_no, start_date=f"{year}-01-01", end_date=f"{year}-12-31", **values)

	def days(self, doc):
		return [str(visit.scheduled_date) for visit in doc.schedules]

	def entries(self, name):
		fields = ["contract_no", "start_date", "end_date", "maintenance_schedule", "previous_amc_expiry_date"]
		return frappe.get_all("Service Contract Entry", {"serial_no": name}, fields, order_by="contract_no")

	def type_date(self, name, day):
		unit = self.unit(name)
		unit.amc_expiry_date = day
		unit.save()

	def assert_covered(self, name, until, status=None):
		unit = self.unit(name)
		self.assertEqual(unit.amc_expiry_date, until and getdate(until))
		if status is not None:
			self.assertEqual(unit.maintenance_status or "", status)


def technician(name=TECHNICIAN):
	values = {"first_name": name, "send_welcome_email": 0, "roles": [{"role": "Maintenance User"}]}
	return make("User", email=name, **values)


class TestVisits(ScheduleTestCase):
	def test_a_draft_plans_its_visits(self):
		self.units("P-1", "P-2")
		doc = self.contract(["P-1", "P-2"], submit=False, customer=self.customer)
		self.assertEqual(self.days(doc), ["2027-04-01", "2027-07-01", "2027-10-01", "2027-12-31"])
		self.assertEqual((doc.status, str(doc.from_date), str(doc.to_date)), ("Draft", START, END))
		for visit in doc.schedules:
			self.assertEqual(
				(visit.item_code, visit.serial_no, visit.item_reference, visit.completion_status),
				(self.item, "P-1\nP-2", doc.items[0].name, "Pending"),
			)
		self.assertEqual(self.entries("P-1"), [])
		self.assert_covered("P-1", None)

	def test_end_and_number_of_visits_are_filled_from_each_other(self):
		self.units("F-1")
		doc = self.contract("F-1", submit=False)
		self.assertEqual(doc.items[0].no_of_visits, 4)
		doc = self.contract("F-1", submit=False, end_date=None, no_of_visits=6)
		self.assertEqual(doc.items[0].end_date, getdate("2028-06-30"))
		doc = self.contract("F-1", submit=False, no_of_visits=2)
		self.assertEqual(self.days(doc), ["2027-04-01", "2027-07-01"])

	def test_what_does_not_fit_is_refused_and_never_rewritten(self):
		self.units("R-1")
		for words, values in {
			"lies before": {"start_date": END, "end_date": START},
			"at most 4": {"no_of_visits": 5},
			"enter the end date": {"end_date": None},
			"enter the number of visits": {"periodicity": "Random"},
			"1,000": {"periodicity": "Weekly", "end_date": "2099-12-31"},
			"9999": {
				"start_date": "9990-01-01",
				"end_date": None,
				"periodicity": "Yearly",
				"no_of_visits": 30,
			},
			"is no periodicity": {"periodicity": "Daily"},
		}.items():
			with self.subTest(words):
				call = self.draft(self.line("R-1", **values)).insert
				self.assert_refused(exc.MaintenanceScheduleError, call, mentions=("Row 1", self.item, words))
		rows = [self.line("R-1", periodicity="Weekly", end_date="2044-12-31", no_of_visits=900)] * 12
		self.assert_refused(exc.MaintenanceScheduleError, self.draft(*rows).insert, mentions=("10,800",))

	def test_rows_of_one_schedule_are_sorted_by_day(self):
		self.units("S-1", "S-2")
		rows = self.line("S-1"), self.line("S-2", periodicity="Half Yearly")
		doc = self.draft(*rows).insert()
		self.assertEqual([v.idx for v in doc.schedules], list(range(1, 7)))
		self.assertEqual(self.days(doc), sorted(self.days(doc)))
		doc.reload()
		self.assertEqual(self.days(doc), sorted(self.days(doc)))

	def test_visits_keep_off_the_holidays(self):
		self.units("H-1")
		days = [{"holiday_date": day} for day in ("2027-07-01", "2027-06-30", "2027-12-31")]
		holidays = make(
			"Holiday List", holiday_list_name="Half a Year", from_date=START, to_date=END, holidays=days
		)
		doc = self.draft(self.line("H-1"), holiday_list=holidays).insert()
		self.assertEqual(self.days(doc), ["2027-04-01", "2027-07-02", "2027-10-01", "2027-12-30"])
		self.assertFalse(frappe.get_message_log())
		doc = self.draft(self.line("H-1", end_date="2028-12-31"), holiday_list=holidays).insert()
		self.assertIn("Outside it", str(frappe.get_message_log()))
		frappe.clear_messages()
		one_day = self.line("H-1", start_date="2027-07-01", end_date="2027-07-01")
		call = self.draft(one_day, holiday_list=holidays).insert
		self.assert_refused(exc.MaintenanceScheduleError, call, mentions=("no working day",))

	def test_items_without_serials_need_none(self):
		item = make_item(has_serial_no=0)
		doc = self.contract(item=item)
		self.assertEqual((len(doc.schedules), doc.schedules[0].serial_no), (4, None))


class TestRegenerating(ScheduleTestCase):
	def setUp(self):
		super().setUp()
		self.units("G-1", "G-2")
		technician(), technician(OTHER_TECHNICIAN)
		self.doc = self.contract("G-1", submit=False, service_person=TECHNICIAN)

	def test_a_day_moved_by_hand_survives_a_save(self):
		self.doc.schedules[0].scheduled_date = "2027-04-15"
		self.doc.schedules[1].service_person = OTHER_TECHNICIAN
		self.doc.remarks = "later"
		self.doc.save()
		self.doc.items[0].serial_no = "G-1\nG-2"
		self.doc.items[0].service_person = None
		self.doc.save()
		self.assertEqual(self.days(self.doc), ["2027-04-15", "2027-07-01", "2027-10-01", "2027-12-31"])
		self.assertEqual({v.serial_no for v in self.doc.schedules}, {"G-1\nG-2"})
		persons = [visit.service_person for visit in self.doc.schedules]
		self.assertEqual(persons, [None, OTHER_TECHNICIAN, None, None])
		self.doc.submit()
		self.assertEqual(self.days(self.doc)[0], "2027-04-15")

	def test_but_not_a_change_of_the_row_nor_the_button(self):
		self.doc.schedules[0].scheduled_date = "2027-04-15"
		self.doc.items[0].no_of_visits = 2
		self.doc.save()
		self.assertEqual(self.days(self.doc), ["2027-04-01", "2027-07-01"])
		self.doc.schedules[0].scheduled_date = "2027-04-15"
		self.doc.save()
		self.doc.schedules = []  # what the button Generate Schedule does
		self.doc.save()
		self.assertEqual(self.days(self.doc), ["2027-04-01", "2027-07-01"])

	def test_a_new_row_gets_visits_and_a_dropped_one_loses_them(self):
		self.doc.append("items", self.line("G-2", periodicity="Yearly"))
		self.doc.save()
		self.assertEqual(len(self.doc.schedules), 5)
		self.doc.items = self.doc.items[1:]
		self.doc.save()
		self.assertEqual([visit.serial_no for visit in self.doc.schedules], ["G-2"])

	def test_a_day_outside_the_contract_is_refused(self):
		self.doc.schedules[0].scheduled_date = "2028-01-01"
		self.assert_refused(exc.MaintenanceScheduleError, self.doc.save, mentions=("not between",))

	def test_what_a_visit_will_write_is_not_written_by_hand(self):
		for visit in self.doc.schedules:
			visit.update({"completion_status": "Fully Completed", "actual_date": START, "serial_no": "?"})
		self.doc.save()
		for visit in self.doc.schedules:
			self.assertEqual((visit.completion_status, visit.actual_date), ("Pending", None))
			self.assertEqual(visit.serial_no, "G-1")


class TestSerialNos(ScheduleTestCase):
	def test_what_people_type_is_understood(self):
		self.units(*(f"T-{n}" for n in range(1, 6)))
		doc = self.contract("T-1..T-3, T-4 +1", submit=False)
		self.assertEqual(doc.items[0].serial_no, "T-1\nT-2\nT-3\nT-4\nT-5")

	def test_each_rule_names_its_rows_and_serials(self):
		self.units("N-1", "N-2")
		other, plain = make_item(), make_item(has_serial_no=0)
		self.units("O-1", item=other)
		for exception, words, rows in (
			(exc.SerialNoFormatError, ("Row 1", "N-9..N-1"), [self.line("N-9..N-1")]),
			(exc.SerialNoLimitError, ("200,001",), [self.line("N-1 +200000")]),
			(exc.SerialNoLimitError, ("2,501,200",), [self.line("N-1 +48099", periodicity="Weekly")]),
			(exc.SerialNoNotRequiredError, ("Row 2", plain), [self.line("N-1"), self.line("X", item=plain)]),
			(exc.SerialNoRequiredError, ("Row 1", "Row 2"), [self.line(), self.line("\n")]),
			(exc.SerialNoItemError, ("Row 2", "O-1", other), [self.line("N-1"), self.line("O-1")]),
			(
				exc.SerialNoNotExistsError,
				("Q-1", "Q-2", "Row 2", "Q-3"),
				[self.line("Q-1 +1"), self.line("Q-3")],
			),
			(exc.MaintenanceOverlapError, ("Row 1", "N-1"), [self.line("N-1, N-2, n-1")]),
			(
				exc.MaintenanceOverlapError,
				("Row 2", "N-2", "row 1", formatdate(START)),
				[self.line("N-1..N-2"), self.line("N-2", start_date=END, end_date="2028-12-30")],
			),
		):
			with self.subTest(exception=exception.__name__, words=words):
				self.assert_refused(exception, self.draft(*rows).insert, mentions=words)
		back_to_back = self.line("N-1"), self.line("N-1", start_date="2028-01-01", end_date="2028-12-31")
		self.draft(*back_to_back).insert().submit()
		self.assert_covered("N-1", "2028-12-31")
		self.assertEqual([entry.contract_no for entry in self.entries("N-1")], [1, 2])

	def test_two_items_with_one_number(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.units("SAME"), self.units("SAME", item=other)
		self.draft(self.line("SAME"), self.line("SAME", item=other)).insert().submit()
		for name in frappe.get_all("Serial No", {"serial_no": "SAME"}, pluck="name"):
			self.assert_covered(name, END)

	def test_a_gtin_must_be_a_barcode_of_the_item(self):
		item = make_item(barcodes=[{"barcode": "05901234123457", "barcode_type": "GTIN"}])
		self.units("B-1", item=item)
		self.contract("(01)05901234123457(21)B-1", item=item, submit=False)
		call = self.draft(self.line("(01)04006381333931(21)B-1", item=item)).insert
		self.assert_refused(exc.SerialNoItemError, call, mentions=("B-1", "04006381333931"))

	def test_malformed_documents_are_refused(self):
		for values in ({"items": "x"}, {"items": [1]}, {"customer": ["x"]}):
			with self.subTest(values=values), self.assertRaises(frappe.ValidationError):
				frappe.get_doc({"doctype": "Maintenance Schedule", **values}).insert()
		for rows in ([], [{"item_code": self.item}]):
			with self.subTest(rows=rows), self.assertRaises(frappe.MandatoryError):
				self.draft(*rows).insert()
		for values in ({"customer": "Nobody"},):
			self.assert_refused(frappe.LinkValidationError, self.draft(self.line("X"), **values).insert)
		self.assert_refused(frappe.LinkValidationError, self.draft(self.line("X", item="No Item")).insert)
		call = self.draft(self.line(["X"]) | {"serial_no": ["X"]}).insert
		self.assert_refused(exc.SerialNoFormatError, call)


class TestContracts(ScheduleTestCase):
	def test_a_submit_covers_its_units(self):
		self.units("C-1", "C-2")
		doc = self.contract(["C-1", "C-2"], customer=self.customer)
		self.assertEqual(doc.status, "Upcoming")
		for name in ("C-1", "C-2"):
			self.assert_covered(name, END, "Under AMC")
			(entry,) = self.entries(name)
			self.assertEqual(entry.maintenance_schedule, doc.name)
			self.assertEqual((entry.contract_no, entry.previous_amc_expiry_date), (1, None))

	def test_a_contract_that_is_over(self):
		self.units("C-3")
		self.assertEqual(self.year("C-3", 2020).status, "Ended")
		self.assert_covered("C-3", "2020-12-31", "Out of AMC")

	def test_visits_of_the_past_are_overdue(self):
		self.units("C-4")
		doc = self.contract("C-4", start_date=add_days(getdate(), -40), end_date=add_days(getdate(), 40),
			periodicity="Monthly", no_of_visits=2)  # fmt: skip
		self.assertEqual([visit.overdue for visit in doc.schedules], [1, 0])
		self.assertEqual((doc.visits_overdue, doc.status), (1, "Running"))

	def test_overlapping_contracts_are_refused_by_name(self):
		self.units("O-1", "O-2", "O-3")
		first = self.contract(["O-1", "O-2"])
		words = ("Row 1", "O-1", "O-2", first.name, formatdate(START), formatdate(END))
		late = self.draft(self.line(["O-1", "O-2", "O-3"], start_date=END, end_date="2028-12-30"))
		error = self.assert_refused(exc.MaintenanceOverlapError, late.insert)
		for word in words:
			self.assertIn(word, str(error))
		self.assertNotIn("O-3", str(error))
		self.year("O-1", 2028)
		self.year("O-1", 2026)
		self.contract("O-3")

	def test_what_was_agreed_since_the_draft_counts(self):
		self.units("O-4")
		one, other = (self.contract("O-4", submit=False) for _n in range(2))
		one.submit()
		self.assert_refused(exc.MaintenanceOverlapError, other.submit, mentions=(one.name,))
		one.cancel()
		other.reload()
		other.submit()
		self.assert_covered("O-4", END)

	def test_cancelling_gives_back_what_was_before(self):
		self.units("K-1")
		self.type_date("K-1", "2026-12-31")
		doc = self.contract("K-1")
		self.assert_covered("K-1", END)
		doc.cancel()
		self.assertEqual(frappe.db.get_value(doc.doctype, doc.name, "status"), "Cancelled")
		self.assertEqual(self.entries("K-1"), [])
		self.assert_covered("K-1", "2026-12-31")

	def test_the_earlier_of_two_is_cancelled_first(self):
		self.units("K-2")
		first, second = self.year("K-2", 2027), self.year("K-2", 2028)
		first.cancel()
		self.assert_covered("K-2", "2028-12-31", "Under AMC")
		(entry,) = self.entries("K-2")
		self.assertEqual((entry.contract_no, entry.previous_amc_expiry_date), (2, None))
		second.cancel()
		self.assert_covered("K-2", None, "")

	def test_a_contract_that_ends_earlier_changes_no_date(self):
		self.units("K-3")
		self.year("K-3", 2030)
		before = self.unit("K-3").modified
		earlier = self.year("K-3", 2028)
		self.assert_covered("K-3", "2030-12-31")
		self.assertGreater(
			self.unit("K-3").modified, before
		)  # who locks the unit sees that it has a contract more
		earlier.cancel()
		self.assert_covered("K-3", "2030-12-31")

	def test_a_date_typed_since_stays(self):
		self.units("K-4")
		doc = self.contract("K-4")
		self.type_date("K-4", "2035-05-05")
		doc.cancel()
		self.assert_covered("K-4", "2035-05-05", "Under AMC")

	def test_an_amendment_is_a_new_contract(self):
		self.units("K-5")
		doc = self.contract("K-5")
		doc.cancel()
		amended = frappe.copy_doc(doc)
		amended.update({"amended_from": doc.name, "docstatus": 0})
		amended.items[0].end_date, amended.items[0].no_of_visits = "2028-12-31", 8
		amended.insert().submit()
		self.assertEqual(len(amended.schedules), 8)
		self.assert_covered("K-5", "2028-12-31")

	def test_a_unit_under_contract_is_not_deleted(self):
		frappe.get_doc({"doctype": "Serial No", "serial_no": "K-6", "item_code": self.item}).insert()
		self.contract("K-6")
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc("Serial No", "K-6")

	def test_a_corrected_number_is_followed(self):
		from serial_tracking.api.serials import correct

		self.units("K-7", "K-8")
		doc, draft = self.contract(["K-7", "K-8"]), self.year("K-7", 2029, submit=False)
		correct("K-7", "K-70", "mistyped")
		for document, expected in ((doc, "K-70\nK-8"), (draft, "K-70")):
			document.reload()
			self.assertEqual({r.serial_no for r in document.items + document.schedules}, {expected})
		self.assertEqual(len(self.entries("K-70")), 1)
		doc.cancel()
		self.assert_covered("K-70", None)


class TestEvents(ScheduleTestCase):
	def setUp(self):
		super().setUp()
		self.units("E-1", "E-2")
		technician(), technician(OTHER_TECHNICIAN)

	def attended(self, **values):
		return self.contract(["E-1", "E-2"], customer=self.customer, service_person=TECHNICIAN, **values)

	def calendar(self, user):
		found = get_events(getdate(START), getdate(END), user)
		return sorted(str(getdate(event.starts_on)) for event in found if self.item in event.subject)

	def todos(self, **filters):
		return frappe.get_all("ToDo", {"reference_type": "Event", **filters}, pluck="name")

	def test_each_visit_is_in_the_calendar_of_its_person(self):
		doc = self.attended()
		self.assertEqual(self.calendar(TECHNICIAN), self.days(doc))
		self.assertEqual(self.calendar(OTHER_TECHNICIAN), [])
		event = frappe.get_doc("Event", doc.schedules[0].event)
		self.assertEqual(event.subject, f"Maintenance: {self.item}, {self.customer} (2 units)")
		self.assertEqual((event.owner, event.all_day, event.status), (TECHNICIAN, 1, "Open"))
		(participant,) = event.event_participants
		self.assertEqual(
			(participant.reference_doctype, participant.reference_docname), (doc.doctype, doc.name)
		)
		self.assertEqual(json.loads(event._assign), [TECHNICIAN])
		(todo,) = frappe.get_all(
			"ToDo", {"reference_name": event.name}, ["allocated_to", "date", "status", "reference_type"]
		)
		self.assertEqual((todo.allocated_to, todo.status, todo.reference_type), (TECHNICIAN, "Open", "Event"))
		self.assertEqual(str(todo.date), self.days(doc)[0])
		for user, sees in ((TECHNICIAN, True), (OTHER_TECHNICIAN, False)):
			self.assertEqual(frappe.has_permission("Event", doc=event, user=user), sees)
		event.subject = "another"  # saved by hand as any
		event.save()

	def test_one_notification_for_each_person(self):
		doc = self.draft(
			self.line("E-1", service_person=TECHNICIAN), self.line("E-2", service_person=OTHER_TECHNICIAN)
		)
		doc.insert().submit()
		logs = frappe.get_all(
			"Notification Log", {"document_name": doc.name, "type": "Alert"}, pluck="for_user"
		)
		self.assertEqual(sorted(logs), sorted([TECHNICIAN, OTHER_TECHNICIAN]))

	def test_no_person_no_event(self):
		doc = self.contract("E-1")
		self.assertEqual({visit.event for visit in doc.schedules}, {None})
		self.assertEqual(self.calendar("Administrator"), [])

	def test_a_disabled_or_unknown_person_is_refused(self):
		frappe.db.set_value("User", TECHNICIAN, "enabled", 0)
		self.assert_refused(exc.MaintenanceScheduleError, self.attended, mentions=(TECHNICIAN,))
		call = self.draft(self.line("E-1", service_person="nobody@example.com")).insert
		self.assert_refused(frappe.LinkValidationError, call)

	def test_a_cancel_takes_open_events_back(self):
		doc = self.attended()
		names = [visit.event for visit in doc.schedules]
		self.complete(doc.schedules[0])
		doc.reload()
		doc.cancel()
		self.assertEqual(frappe.get_all("Event", {"name": ("in", names)}, pluck="name"), names[:1])
		self.assertEqual(len(self.todos(reference_name=("in", names))), 1)
		doc.reload()
		self.assertEqual([visit.event for visit in doc.schedules], [names[0], None, None, None])

	def complete(self, visit):
		events.complete([visit.event])
		frappe.db.set_value(visit.doctype, visit.name, "completion_status", "Fully Completed")

	def test_a_completed_visit_closes_its_event_and_may_be_reopened(self):
		doc = self.attended()
		name = doc.schedules[0].event
		events.complete([name, None])
		event = frappe.get_doc("Event", name)
		self.assertEqual((event.status, event._assign), ("Completed", ""))
		self.assertEqual(len(self.todos(reference_name=name, status="Closed")), 1)
		self.assertEqual(self.calendar(TECHNICIAN), self.days(doc)[1:])
		events.reopen([name])
		self.assertEqual(json.loads(frappe.db.get_value("Event", name, "_assign")), [TECHNICIAN])
		self.assertEqual(len(self.todos(reference_name=name, status="Open")), 1)
		self.assertEqual(self.calendar(TECHNICIAN), self.days(doc))

	def test_a_moved_visit_takes_its_event_along(self):
		doc = self.attended()
		doc.schedules[0].scheduled_date = "2027-04-20"
		doc.schedules[1].service_person = OTHER_TECHNICIAN
		doc.schedules[2].service_person = None
		doc.save()
		self.assertEqual(self.calendar(TECHNICIAN), ["2027-04-20", "2027-12-31"])
		self.assertEqual(self.calendar(OTHER_TECHNICIAN), ["2027-07-01"])
		self.assertEqual(len(self.todos(allocated_to=OTHER_TECHNICIAN, date="2027-07-01")), 1)
		self.assertIsNone(doc.schedules[2].event)
		doc.schedules[2].service_person = OTHER_TECHNICIAN
		doc.save()
		self.assertEqual(self.calendar(OTHER_TECHNICIAN), ["2027-07-01", "2027-10-01"])

	def test_what_may_not_be_moved(self):
		doc = self.attended()
		self.complete(doc.schedules[0])
		doc.reload()
		for words, fieldname, index, value in (
			("completed", "scheduled_date", 0, "2027-04-20"),
			("completed", "service_person", 0, OTHER_TECHNICIAN),
			("not between", "scheduled_date", 1, "2028-01-01"),
		):
			changed = frappe.get_doc(doc.doctype, doc.name)
			changed.schedules[index].set(fieldname, value)
			with self.subTest(words=words, fieldname=fieldname):
				self.assert_refused(exc.MaintenanceScheduleError, changed.save, mentions=(words,))
		changed = frappe.get_doc(doc.doctype, doc.name)
		changed.schedules = changed.schedules[1:]
		self.assert_refused(exc.MaintenanceScheduleError, changed.save, mentions=("added or removed",))
		changed = frappe.get_doc(doc.doctype, doc.name)
		changed.append("schedules", {"scheduled_date": START})
		self.assert_refused(exc.MaintenanceScheduleError, changed.save, mentions=("added or removed",))
		frappe.db.set_value("User", OTHER_TECHNICIAN, "enabled", 0)
		changed = frappe.get_doc(doc.doctype, doc.name)
		changed.schedules[1].service_person = OTHER_TECHNICIAN
		self.assert_refused(exc.MaintenanceScheduleError, changed.save, mentions=(OTHER_TECHNICIAN,))

	def test_what_a_visit_writes_is_not_written_by_hand_after_the_submit(self):
		doc = self.attended()
		self.complete(doc.schedules[0])
		doc.reload()
		doc.schedules[0].completion_status = "Pending"
		doc.schedules[1].update({"completion_status": "Fully Completed", "actual_date": START})
		doc.save()
		doc.reload()
		statuses = [visit.completion_status for visit in doc.schedules[:2]]
		self.assertEqual(statuses, ["Fully Completed", "Pending"])
		self.assertIsNone(doc.schedules[1].actual_date)

	def test_a_visit_moved_to_a_later_day_is_no_longer_overdue(self):
		today = getdate()
		doc = self.contract("E-1", start_date=add_days(today, -60), end_date=add_days(today, 60),
			periodicity="Monthly", no_of_visits=1)  # fmt: skip
		self.assertEqual(doc.visits_overdue, 1)
		api.move_visit(doc.schedules[0].name, str(add_days(today, 5)))
		doc.reload()
		self.assertEqual((doc.visits_overdue, doc.schedules[0].overdue), (0, 0))


class TestDraftsMadeOfOthers(ScheduleTestCase):
	def setUp(self):
		super().setUp()
		self.other = make_item()
		self.units("D-1", "D-2", "D-3"), self.units("D-4", item=self.other)
		rows = [
			row(self.item, 2, warehouse=self.stores, serial_no="D-1\nD-2"),
			row(self.other, 1, warehouse=self.stores, serial_no="D-4"),
		]
		self.note = voucher("Delivery Note", rows, customer=self.customer)

	def rows(self, doc):
		return {row.item_code: row.serial_no for row in doc.items}

	def test_of_a_delivery_note(self):
		doc = delivery_note.make_maintenance_schedule(self.note.name)
		self.assertEqual(self.rows(doc), {self.item: "D-1\nD-2", self.other: "D-4"})
		self.assertEqual(doc.customer, self.customer)
		self.assertEqual(
			(doc.items[0].reference_doctype, doc.items[0].reference_name), ("Delivery Note", self.note.name)
		)
		doc.insert().submit()
		self.assert_covered("D-1", add_days(getdate(doc.items[0].end_date), 0))

	def test_only_of_what_is_still_out(self):
		delivery_note.make_sales_return(self.note.name).update({"items": []})
		back = delivery_note.make_sales_return(self.note.name)
		back.items = [line for line in back.items if line.item_code == self.item]
		back.items[0].update({"qty": -1, "serial_no": "D-1"})
		back.insert().submit()
		doc = delivery_note.make_maintenance_schedule(self.note.name)
		self.assertEqual(self.rows(doc), {self.item: "D-2", self.other: "D-4"})
		delivery_note.make_sales_return(self.note.name).insert().submit()
		self.assert_refused(
			exc.MaintenanceScheduleError, delivery_note.make_maintenance_schedule, self.note.name
		)

	def test_of_an_invoice(self):
		invoice = delivery_note.make_sales_invoice(self.note.name).insert().submit()
		doc = sales_invoice.make_maintenance_schedule(invoice.name)
		self.assertEqual(self.rows(doc), {self.item: "D-1\nD-2", self.other: "D-4"})
		rows = [row(self.item, 1, warehouse=self.stores, serial_no="D-3")]
		counter = voucher("Sales Invoice", rows, customer=self.customer, update_stock=1)
		doc = sales_invoice.make_maintenance_schedule(counter.name)
		self.assertEqual((self.rows(doc), doc.items[0].reference_name), ({self.item: "D-3"}, counter.name))

	def test_the_forms_offer_it_while_units_are_out(self):
		for out, doctype in ((True, "Delivery Note"), (False, "Delivery Note")):
			doc = frappe.get_doc(doctype, self.note.name)
			doc.run_method("onload")
			self.assertEqual(bool(doc.get_onload("left")["maintenance"]), out)
			if out:
				delivery_note.make_sales_return(self.note.name).insert().submit()

	def test_of_one_unit_and_of_a_selection(self):
		doc = serial_no_module.make_maintenance_schedule("D-1")
		self.assertEqual((self.rows(doc), doc.customer), ({self.item: "D-1"}, self.customer))
		doc = api.make_for_units(json.dumps(["D-1", "D-4", "D-2"]))
		self.assertEqual(self.rows(doc), {self.item: "D-1\nD-2", self.other: "D-4"})
		doc.insert().submit()
		own = api.make_for_units(["D-3"])
		self.assertEqual((self.rows(own), own.customer), ({self.item: "D-3"}, None))
		self.assert_refused(
			exc.MaintenanceScheduleError,
			api.make_for_units,
			["D-1", "D-3"],
			mentions=(self.customer, "own assets"),
		)
		for wrong in ([], "{}", "[1]", "D-1"):
			self.assert_refused(frappe.ValidationError, api.make_for_units, wrong)

	def test_the_list_names_the_customer_once(self):
		meta = frappe.get_meta("Maintenance Schedule")
		self.assertEqual(meta.title_field, "customer_name")
		listed = [field.fieldname for field in meta.fields if field.in_list_view]
		self.assertEqual(listed, ["transaction_date", "status", "from_date", "to_date"])

	def test_a_renewal_follows_on_its_contract(self):
		technician()
		first = self.contract(
			"D-1", start_date="2027-01-31", end_date=None, no_of_visits=12, periodicity="Monthly",
			service_person=TECHNICIAN, customer=self.customer,
		)  # fmt: skip
		self.assertEqual(str(first.to_date), "2028-01-30")
		renewal = make_renewal(first.name)
		line = renewal.items[0]
		self.assertEqual(
			(
				renewal.customer,
				renewal.renewal_of,
				str(line.start_date),
				str(line.end_date),
				line.no_of_visits,
			),
			(self.customer, first.name, "2028-01-31", "2029-01-30", 12),
		)
		self.assertEqual(
			(line.serial_no, line.service_person, line.periodicity), ("D-1", TECHNICIAN, "Monthly")
		)
		twice = make_renewal(first.name).insert()
		renewal.insert().submit()
		self.assertEqual(self.days(renewal)[0], "2028-02-29")
		self.assert_covered("D-1", "2029-01-30")
		self.assert_refused(exc.MaintenanceOverlapError, twice.submit, mentions=(renewal.name,))
		frappe.get_doc(first.doctype, first.name).cancel()
		self.assert_covered("D-1", "2029-01-30")
		with self.assertRaises(frappe.ValidationError):
			make_renewal(twice.name)


class TestCalendar(ScheduleTestCase):
	def setUp(self):
		super().setUp()
		self.units("V-1", "V-2")
		technician()

	def visits(self, **values):
		return [v for v in api.get_visits(**values) if self.item in v["title"]]

	def test_shows_the_visits_of_a_time(self):
		doc = self.contract("V-1", customer=self.customer, service_person=TECHNICIAN)
		(visit,) = self.visits(start="2027-06-25 00:00:00", end="2027-08-05")
		self.assertEqual(visit["visit"], doc.schedules[1].name)
		self.assertEqual((visit["name"], visit["scheduled_date"]), (doc.name, "2027-07-01"))
		self.assertEqual((visit["status"], visit["editable"]), ("Pending", 1))
		self.assertEqual(len(self.visits()), 4)
		self.assertEqual(len(self.visits(schedules=[doc.name])), 4)
		self.assertEqual(self.visits(schedules=[]), [])
		doc.cancel()
		self.assertEqual(self.visits(), [])

	def test_filters_of_the_schedule_and_of_its_visits(self):
		mine = self.contract("V-1", customer=self.customer, service_person=TECHNICIAN)
		self.contract("V-2")
		frappe.db.set_value(
			mine.schedules[0].doctype, mine.schedules[0].name, "completion_status", "Fully Completed"
		)
		for expected, line in (
			(4, ["Maintenance Schedule", "customer", "=", self.customer]),
			(4, ["Maintenance Schedule Detail", "service_person", "=", TECHNICIAN]),
			(1, ["Maintenance Schedule Detail", "completion_status", "=", "Fully Completed"]),
		):
			with self.subTest(line):
				self.assertEqual(len(self.visits(filters=json.dumps([line]))), expected)

	def test_colours_follow_from_the_status(self):
		today = getdate()
		doc = self.contract("V-1", start_date=add_days(today, -100), end_date=add_days(today, 100),
			periodicity="Monthly", no_of_visits=5)  # fmt: skip
		for visit, status in zip(doc.schedules, ("Fully Completed", "Partially Completed"), strict=False):
			frappe.db.set_value(visit.doctype, visit.name, "completion_status", status)
		statuses = [visit["status"] for visit in self.visits()]
		self.assertEqual(
			statuses, ["Fully Completed", "Partially Completed", "Overdue", "Pending", "Pending"]
		)
		self.assertEqual([visit["editable"] for visit in self.visits()], [0, 1, 1, 1, 1])

	def test_a_visit_is_dragged_to_another_day(self):
		doc = self.contract("V-1", service_person=TECHNICIAN)
		self.assertEqual(api.move_visit(doc.schedules[0].name, "2027-04-02"), doc.name)
		doc.reload()
		self.assertEqual(self.days(doc)[0], "2027-04-02")
		event = frappe.db.get_value("Event", doc.schedules[0].event, "starts_on")
		self.assertEqual(str(getdate(event)), "2027-04-02")
		self.assert_refused(exc.MaintenanceScheduleError, api.move_visit, doc.schedules[0].name, "2026-12-31")
		for visit in ("no such visit", "<b>visit"):
			why = self.assert_refused(frappe.DoesNotExistError, api.move_visit, visit, "2027-04-02")
			self.assertNotIn("<b>", str(why))

	def test_what_is_no_date_is_told_as_such(self):
		visit = self.contract("V-1").schedules[0].name
		for day in ("9" * 40, "2027-02-29", "next\udc80week"):
			for method, given in (
				(api.move_visit, (visit, day)),
				(api.get_visits, (day,)),
				(api.complete_row, (day, "Monthly")),
			):
				self.assert_refused(frappe.ValidationError, method, *given)
		self.assert_refused(frappe.MandatoryError, api.move_visit, visit, "")

	def test_a_row_is_completed_for_the_form(self):
		self.assertEqual(
			api.complete_row("2027-01-31", "Monthly", no_of_visits=1),
			{"end_date": "2027-02-27", "no_of_visits": 1},
		)
		self.assertEqual(
			api.complete_row(START, "Weekly", end_date=END), {"end_date": END, "no_of_visits": 52}
		)
		for args in ((START, "Monthly"), (START, "Daily", END), (END, "Monthly", START)):
			self.assert_refused(exc.MaintenanceScheduleError, api.complete_row, *args)


class TestUserPermissionOnWarehouse(ScheduleTestCase):
	"""A technician who may see the units of the stores alone."""

	def setUp(self):
		super().setUp()
		self.units("M-1", "M-2"), self.units("T-1", "T-2", warehouse=self.shop)
		self.mine, self.theirs = self.contract("M-1"), self.contract("T-1")
		self.drafts = {name: self.year(name, 2029, submit=False) for name in ("M-2", "T-2")}
		self.gone = {name: self.year(name, 2030) for name in ("M-1", "T-1")}
		for doc in self.gone.values():
			doc.cancel()
		technician()
		frappe.permissions.add_user_permission("Warehouse", self.stores, TECHNICIAN)

	def tearDown(self):
		super().tearDown()
		frappe.clear_cache(user=TECHNICIAN)

	@contextmanager
	def technician(self):
		frappe.set_user(TECHNICIAN)
		yield
		frappe.set_user("Administrator")

	def seen(self, *docs):
		names = [doc.name for doc in docs]
		with self.technician():
			listed = frappe.get_list("Maintenance Schedule", {"name": ("in", names)}, pluck="name")
			opened = [n for n in names if frappe.get_doc("Maintenance Schedule", n).has_permission("read")]
		self.assertEqual(sorted(listed), sorted(opened))
		return set(listed)

	def test_lists_and_forms(self):
		for mine, theirs in (
			(self.mine, self.theirs),
			(self.drafts["M-2"], self.drafts["T-2"]),
			(self.gone["M-1"], self.gone["T-1"]),
		):
			with self.subTest(docstatus=mine.docstatus):
				self.assertEqual(self.seen(mine, theirs), {mine.name})

	def test_contracts_of_single_units(self):
		named = {"serial_no": ("in", ["M-1", "T-1"])}
		names = dict(frappe.get_all("Service Contract Entry", named, ["serial_no", "name"], as_list=True))
		with self.technician():
			self.assertEqual(frappe.get_list("Service Contract Entry", named, pluck="serial_no"), ["M-1"])
			for number, name in names.items():
				entry = frappe.get_doc("Service Contract Entry", name)
				self.assertEqual(entry.has_permission("read"), number == "M-1")

	def test_a_unit_that_moves_takes_its_contract_along(self):
		self.transfer(self.item, "M-1")
		self.assertEqual(self.seen(self.mine), set())
		self.transfer(self.item, "T-1", source=self.shop, target=self.stores)
		self.assertEqual(self.seen(self.theirs), {self.theirs.name})

	def test_units_that_one_may_not_see_are_unknown(self):
		with self.technician():
			call = self.draft(self.line("T-2")).insert
			error = self.assert_refused(exc.SerialNoNotExistsError, call, mentions=("T-2",))
			self.assertNotIn(self.shop, str(error))
			self.assertEqual(api.get_visits(schedules=[self.theirs.name]), [])
			self.assertEqual(len(api.get_visits(schedules=[self.mine.name])), 4)
			for call, args in (
				(api.move_visit, (self.theirs.schedules[0].name, "2027-04-02")),
				(api.make_for_units, (["T-1"],)),
				(make_renewal, (self.theirs.name,)),
			):
				self.assert_refused(frappe.PermissionError, call, *args)

	def test_a_contract_that_one_may_not_read_is_not_named(self):
		hidden = self.draft(
			self.line("M-2", start_date="2031-01-01", end_date="2031-12-31"),
			self.line("T-2", start_date="2031-01-01", end_date="2031-12-31"),
		)
		hidden.insert().submit()
		with self.technician():
			call = self.draft(self.line("M-2", start_date="2031-06-01", end_date="2032-05-31")).insert
			error = self.assert_refused(exc.MaintenanceOverlapError, call, mentions=("M-2",))
		self.assertNotIn(hidden.name, str(error))

	def test_others_see_all(self):
		frappe.set_user("Administrator")
		names = frappe.get_list("Maintenance Schedule", {"name": self.theirs.name}, pluck="name")
		self.assertEqual(names, [self.theirs.name])


class TestStatements(ScheduleTestCase):
	def test_their_number_does_not_grow_with_the_number_of_units(self):
		technician()
		counts = {}
		for units in (5, 50, 500):  # the first fills caches
			numbers = [f"Q{units}-{n}" for n in range(units)]
			self.units(*numbers)
			doc = self.draft(self.line(numbers, periodicity="Monthly", service_person=TECHNICIAN))
			counts[units] = [
				self.count_statements(call)
				for call in (doc.insert, doc.submit, lambda doc=doc: self.fresh(doc).cancel())
			]
			self.assertEqual(len(doc.schedules), 12)
		self.assertEqual(counts[50], counts[500])

	def fresh(self, doc):
		return frappe.get_doc(doc.doctype, doc.name)

	def count_statements(self, call):
		count, run = 0, frappe.db.sql

		def counting(*args, **kwargs):
			nonlocal count
			count += 1
			return run(*args, **kwargs)

		call_before = frappe.db.sql
		with patch.object(frappe.db, "sql", counting):
			call()
		self.assertEqual(frappe.db.sql, call_before)
		return count
