"""The daily job: what the calendar makes of units and of schedules (DOMAIN 3, 4, 8)."""

from itertools import product
from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate, now_datetime
from freezegun import freeze_time

from serial_tracking.exceptions import StockBusyError
from serial_tracking.service import daily, schedule
from serial_tracking.service.upkeep import update_schedules
from serial_tracking.stock import bulk, status
from serial_tracking.stock import upkeep as stock_upkeep
from serial_tracking.stock.audit import audit
from serial_tracking.stock.upkeep import update_statuses
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import StockTestCase, make_item, make_warehouse, row, voucher
from serial_tracking.tests.processes import run_together

DAY = getdate("2027-05-10")
DATES = [None, *(add_days(DAY, days) for days in (-400, -1, 0, 1, 400))]
STATUSES = [
	None, "", "Inactive", "Available", "On Hold", "Expired", "In Use", "Delivered", "Consumed",
	"Returned to Supplier", "Nonsense",
]  # fmt: skip
MAINTENANCE = [None, "", "Under Warranty", "Out of Warranty", "Under AMC", "Out of AMC", "Nonsense"]
FIELDS = (
	"name", "item_code", "modified", "warehouse", "last_warehouse", "status", "on_hold", "end_of_life_date",
	"warranty_expiry_date", "amc_expiry_date", "maintenance_status",
)  # fmt: skip


def at(day):
	"""The clock set to noon; Frappe reads a time without a fraction of a second as another than it wrote."""
	return freeze_time(f"{day} 12:00:00.123456")


class UpkeepTestCase(StockTestCase):
	def store(self, units):
		"""Units with these values, whatever the rules say of them: name → values."""
		columns = ("name", "serial_no", "serial_key", "name_key", "item_code", "docstatus", "idx")
		fields = ("status", "warehouse", "on_hold", "end_of_life_date", "warranty_expiry_date",
			"amc_expiry_date", "maintenance_status", "creation", "modified")  # fmt: skip
		item, then = make_item(), now_datetime().replace(year=2020)
		rows = []
		for name, values in units.items():
			values = {"on_hold": 0, "creation": then, "modified": then, **values}
			rows.append(
				(name, name, name.lower(), name.lower(), item, 0, 0, *(values.get(f) for f in fields))
			)
		bulk.insert("Serial No", (*columns, *fields), rows)
		return item

	def stored(self, item):
		return {u["name"]: u for u in bulk.select("Serial No", FIELDS, "item_code", [item])}

	def statements(self, call):
		sent = []
		real = frappe.db.sql

		def noting(query, *args, **kwargs):
			sent.append(query)
			return real(query, *args, **kwargs)

		with patch.object(frappe.local.db, "sql", noting):
			call()
		return len(sent)


class TestUnits(UpkeepTestCase):
	def test_every_stored_status_that_differs_from_the_rule_is_mended_and_no_other_touched(self):
		cases = list(product(STATUSES, (None, "", self.stores), (0, 1), DATES))
		item = self.store(
			{
				f"UPS-{n:04}": dict(
					zip(("status", "warehouse", "on_hold", "end_of_life_date"), case, strict=True)
				)
				for n, case in enumerate(cases)
			}
		)
		before = self.stored(item)
		changed = update_statuses(DAY)
		after = self.stored(item)
		wrong = 0
		for name, unit in after.items():
			old = before[name]
			if unit["warehouse"]:
				right = status.in_stock(unit["on_hold"], unit["end_of_life_date"], DAY)
			elif old["status"] in (None, "", "Available", "On Hold", "Expired"):
				right = "Inactive"  # it never moved
			else:
				right = old["status"]  # what the moves decide, the audit looks at
			self.assertEqual(unit["status"], right, old)
			self.assertEqual(unit["modified"] == old["modified"], old["status"] == right, old)
			wrong += old["status"] != right
		self.assertEqual(changed, wrong)
		self.assertEqual(update_statuses(DAY), 0)
		self.assertEqual(self.stored(item), after)

	def test_every_stored_maintenance_status_that_differs_from_the_rule_is_mended(self):
		fields = ("maintenance_status", "warranty_expiry_date", "amc_expiry_date")
		cases = list(product(MAINTENANCE, DATES, DATES))
		item = self.store(
			{
				f"UPM-{n:04}": {"status": "Inactive", **dict(zip(fields, case, strict=True))}
				for n, case in enumerate(cases)
			}
		)
		before = self.stored(item)
		changed = update_statuses(DAY)
		after = self.stored(item)
		wrong = 0
		for name, unit in after.items():
			right = status.maintenance(unit["warranty_expiry_date"], unit["amc_expiry_date"], DAY)
			old = before[name]["maintenance_status"] or None
			self.assertEqual(unit["maintenance_status"] or None, right, before[name])
			self.assertEqual(unit["modified"] == before[name]["modified"], old == right, before[name])
			wrong += old != right
		self.assertEqual(changed, wrong)
		self.assertEqual(update_statuses(DAY), 0)
		self.assertEqual(self.stored(item), after)

	def test_a_unit_out_of_stock_without_a_status_is_called_by_its_last_move(self):
		item = make_item(is_fixed_asset=1)
		self.receive(item, "OUT-1..OUT-5")
		self.deliver(item, "OUT-1,OUT-2")
		self.issue(item, "OUT-3")
		line = row(item, 1, s_warehouse=self.stores, serial_no="OUT-4")
		self.enter("Issue for Use", line, custodian="Administrator", location="Roof")
		self.receive(item, "OUT-6").cancel()
		names = {"OUT-1": None, "OUT-2": "Available", "OUT-3": "", "OUT-4": "Expired", "OUT-6": None}
		before = {name: self.unit(name).status for name in names}
		for name, wrong in names.items():
			frappe.db.set_value("Serial No", name, "status", wrong)
		self.assertEqual(update_statuses(), 5)
		self.assertEqual({name: self.unit(name).status for name in names}, before)
		self.assertEqual(set(before.values()), {"Delivered", "Consumed", "In Use", "Inactive"})
		self.assert_audit_clean()

	def test_a_place_that_the_ledger_contradicts_is_left_to_the_audit(self):
		item = make_item()
		self.receive(item, "AWY-1")
		frappe.db.set_value("Serial No", "AWY-1", "warehouse", None)
		self.assertEqual(update_statuses(), 0)
		self.assertIn("warehouse", {difference["field"] for difference in audit(item)})

	def test_days_pass(self):
		with at("2027-03-01"):
			item = make_item(shelf_life_in_days=10, warranty_period=20)
			self.receive(item, "DAY-1,DAY-2")
			self.deliver(item, "DAY-2")
			unit = self.unit("DAY-2")
			unit.amc_expiry_date = "2027-03-31"
			unit.save()
		for day, stock, maintenance in (
			("2027-03-11", "Available", "Under Warranty"),
			("2027-03-12", "Expired", "Under Warranty"),
			("2027-03-21", "Expired", "Under Warranty"),
			("2027-03-22", "Expired", "Under AMC"),
			("2027-03-31", "Expired", "Under AMC"),
			("2027-04-01", "Expired", "Out of AMC"),
			("2027-03-11", "Available", "Under Warranty"),  # the clock was wrong
			("2029-01-01", "Expired", "Out of AMC"),  # two years without a run
		):
			with at(day), self.subTest(day):
				for _run in range(2):
					update_statuses()
					self.assert_unit("DAY-1", status=stock, maintenance_status=None)
					self.assert_unit("DAY-2", status="Delivered", maintenance_status=maintenance)

	def test_the_day_is_that_of_the_site(self):
		frappe.db.set_single_value("System Settings", "time_zone", "Asia/Kolkata")
		item = self.store({"ZON-1": {"warehouse": self.stores, "end_of_life_date": "2027-03-11"}})
		with freeze_time("2027-03-11 18:29:00"):  # a minute before midnight there
			update_statuses()
			self.assertEqual(self.stored(item)["ZON-1"]["status"], "Available")
		with freeze_time("2027-03-11 18:31:00"):
			update_statuses()
			self.assertEqual(self.stored(item)["ZON-1"]["status"], "Expired")

	def test_statements_do_not_grow_with_the_units(self):
		fields = {"warehouse": self.stores, "status": "Available", "end_of_life_date": add_days(DAY, -1)}
		update_statuses(DAY)
		self.store({"FEW-1": fields})
		few = self.statements(lambda: update_statuses(DAY))
		self.store({f"MNY-{n:04}": fields for n in range(2000)})
		many = self.statements(lambda: update_statuses(DAY))
		self.assertEqual(few, many)
		self.assertLessEqual(many, 25)


class TestSchedules(UpkeepTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receive(self.item, "SCH-1,SCH-2")

	def contract(self, serial_no="SCH-1", submit=True, **values):
		line = {"item_code": self.item, "serial_no": serial_no, "start_date": "2027-01-01",
			"end_date": "2027-12-31", "periodicity": "Quarterly", **values}  # fmt: skip
		doc = frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert()
		return doc.submit() if submit else doc

	def state(self, doc):
		doc = frappe.get_doc(doc.doctype, doc.name)
		return doc.status, doc.visits_overdue, "".join(str(visit.overdue) for visit in doc.schedules)

	def test_days_pass(self):
		with at("2026-12-01"):
			doc = self.contract()
		days = [str(visit.scheduled_date) for visit in doc.schedules]
		self.assertEqual(days, ["2027-04-01", "2027-07-01", "2027-10-01", "2027-12-31"])
		frappe.db.set_value(
			"Maintenance Schedule Detail", doc.schedules[1].name, "completion_status", "Fully Completed"
		)
		frappe.db.set_value(
			"Maintenance Schedule Detail", doc.schedules[2].name, "completion_status", "Partially Completed"
		)
		for day, state in (
			("2026-12-31", ("Upcoming", 0, "0000")),
			("2027-01-01", ("Running", 0, "0000")),
			("2027-04-01", ("Running", 0, "0000")),
			("2027-04-02", ("Running", 1, "1000")),
			("2027-07-02", ("Running", 1, "1000")),
			("2027-10-02", ("Running", 2, "1010")),
			("2027-12-31", ("Running", 2, "1010")),
			("2028-01-01", ("Ended", 3, "1011")),
			("2026-12-31", ("Upcoming", 0, "0000")),  # the clock was wrong
			("2030-01-01", ("Ended", 3, "1011")),  # three years without a run
		):
			with at(day), self.subTest(day):
				update_schedules()
				self.assertEqual(self.state(doc), state)
			modified = frappe.db.get_value(doc.doctype, doc.name, "modified")
			self.assertEqual(update_schedules(day), 0)
			self.assertEqual(frappe.db.get_value(doc.doctype, doc.name, "modified"), modified)

	def test_every_stored_value_that_differs_from_the_rule_is_mended(self):
		with at("2027-05-10"):
			right = self.contract()
			draft = self.contract("SCH-2", submit=False)
			cancelled = self.contract("SCH-2")
			cancelled.cancel()
		docs = {doc.name: self.state(doc) for doc in (right, draft, cancelled)}
		self.assertEqual([s[0] for s in docs.values()], ["Running", "Draft", "Cancelled"])
		update_schedules(DAY)
		for stored, late, flag in product(
			(None, "", "Draft", "Upcoming", "Running", "Ended"), (0, 7), (0, 1)
		):
			for name in docs:
				frappe.db.set_value("Maintenance Schedule", name, {"status": stored, "visits_overdue": late})
				frappe.db.set_value("Maintenance Schedule Detail", {"parent": name}, "overdue", flag)
			update_schedules(DAY)
			for doc in (right, draft, cancelled):
				with self.subTest(f"{stored} {late} {flag} {doc.name}"):
					self.assertEqual(self.state(doc), docs[doc.name])
			self.assertEqual(update_schedules(DAY), 0)

	def test_stored_values_agree_with_what_saving_writes(self):
		with at("2027-01-05"):
			doc = self.contract()
		with at("2027-08-10"):
			update_schedules()
			state = self.state(doc)
			frappe.get_doc(doc.doctype, doc.name).save()
			self.assertEqual(self.state(doc), state)
			self.assertEqual(update_schedules(), 0)

	def test_statements_do_not_grow_with_the_schedules(self):
		with at("2027-01-05"):
			for number in ("SCH-1", "SCH-2"):
				self.contract(number)
			few = self.statements(lambda: update_schedules("2027-04-02"))
			self.receive(self.item, [f"SCN-{n}" for n in range(30)])
			for n in range(30):
				self.contract(f"SCN-{n}")
			many = self.statements(lambda: update_schedules("2027-07-02"))
		self.assertEqual(few, many)
		self.assertLessEqual(many, 8)

	def test_rules_of_a_schedule_are_asked_not_repeated(self):
		"""A visit is overdue, and a contract runs, for the job as for `schedule`."""
		with at("2027-01-05"):
			doc = self.contract()
		visit = doc.schedules[0]
		for day, completed in product(("2027-03-31", "2027-04-01", "2027-04-02"), (None, "", "Pending",
			"Partially Completed", "Fully Completed")):  # fmt: skip
			frappe.db.set_value(
				"Maintenance Schedule Detail",
				visit.name,
				"completion_status",
				completed,
				update_modified=False,
			)
			update_schedules(day)
			overdue = frappe.db.get_value("Maintenance Schedule Detail", visit.name, "overdue")
			late = schedule.is_overdue(visit.scheduled_date, completed, getdate(day))
			self.assertEqual(overdue, int(late), (day, completed))


class TestJob(UpkeepTestCase):
	def test_units_are_committed_part_by_part(self):
		self.store({f"PRT-{n}": {"warehouse": self.stores} for n in range(7)})
		with (
			patch.object(stock_upkeep, "UNITS_AT_ONCE", 3),
			patch.object(frappe.local.db, "commit") as commit,
		):
			daily.update_statuses()
		self.assertEqual(commit.call_count, 3)
		self.assertEqual(update_statuses(), 0)

	def run_job(self, *steps):
		"""The job with these steps before its own; its commits are left to the test."""
		back = frappe.local.db.rollback
		with (
			patch.object(frappe.local.db, "commit", lambda: frappe.db.savepoint("step")),
			patch.object(frappe.local.db, "rollback", lambda: back(save_point="step")),
			patch.object(daily, "STEPS", (*steps, *daily.STEPS)),
		):
			frappe.db.savepoint("step")
			daily.run()

	def test_the_scheduler_knows_it(self):
		self.assertIn("serial_tracking.service.daily.run", frappe.get_hooks("scheduler_events")["daily_long"])

	def test_it_does_all(self):
		item = make_item()
		self.receive(item, "JOB-1")
		frappe.db.set_value("Serial No", "JOB-1", "end_of_life_date", "2020-01-01")
		line = {"item_code": item, "serial_no": "JOB-1", "start_date": "2027-01-01", "end_date": "2027-12-31"}
		doc = frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert().submit()
		with at("2028-01-05"):
			self.run_job()
		self.assert_unit("JOB-1", status="Expired", maintenance_status="Out of AMC")
		self.assertEqual(
			frappe.db.get_value(doc.doctype, doc.name, ["status", "visits_overdue"]), ("Ended", 1)
		)

	def test_a_step_that_fails_undoes_its_own_work_and_keeps_no_other_from_theirs(self):
		item = self.store({"STP-1": {"warehouse": self.stores}})

		def broken():
			frappe.db.set_value("Serial No", "STP-1", "hold_reason", "half done")
			raise StockBusyError("lost")

		with self.assertRaises(StockBusyError):
			self.run_job(broken)
		self.assertEqual(self.stored(item)["STP-1"]["status"], "Available")
		self.assertIsNone(self.unit("STP-1").hold_reason)

	def test_a_deadlock_is_told_as_a_race_that_was_lost(self):
		for call in (update_statuses, update_schedules):
			with patch.object(bulk, "begin_writing", side_effect=frappe.QueryDeadlockError):
				self.assert_refused(StockBusyError, call)


class TestMeanwhile(IntegrationTestCase):
	"""The job found a unit or a schedule, and somebody writes it before the job does."""

	def setUp(self):
		frappe.set_user("Administrator")
		self.stores = make_warehouse("Test Stores")
		self.item = make_item()
		self.number = f"{self.item}/1"
		line = row(self.item, 1, t_warehouse=self.stores, serial_no=self.number, basic_rate=1)
		voucher("Stock Entry", [line], purpose="Material Receipt")

	def run_late(self, document, action):
		"""The document is written after the job's transaction began, and before the job acts."""
		document = {"doctype": document.doctype, "name": document.name}
		calls = [{"document": document, "action": action}, {"document": document, "action": "upkeep"}]
		first, job = run_together([calls[0], {**calls[1], "late": True}])
		frappe.db.rollback()
		self.assertEqual((first, job), ([document["name"]], [document["name"]]))

	def test_a_unit_that_left_is_not_called_expired(self):
		line = row(self.item, 1, s_warehouse=self.stores, serial_no=self.number)
		issue = voucher("Stock Entry", [line], submit=False, purpose="Material Issue")
		frappe.db.set_value("Serial No", self.number, "end_of_life_date", "2020-01-01")
		self.run_late(issue, "submit")
		self.assertEqual(frappe.db.get_value("Serial No", self.number, "status"), "Consumed")
		self.assertEqual(audit(self.item), [])

	def test_a_schedule_that_was_cancelled_is_not_called_ended(self):
		line = {"item_code": self.item, "serial_no": self.number, "start_date": "2020-01-01",
			"end_date": "2020-12-31"}  # fmt: skip
		doc = frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert().submit()
		frappe.db.set_value("Maintenance Schedule", doc.name, {"status": "Running", "visits_overdue": 0})
		frappe.db.set_value("Maintenance Schedule Detail", {"parent": doc.name}, "overdue", 0)
		self.run_late(doc, "cancel")
		found = frappe.get_doc(doc.doctype, doc.name)
		self.assertEqual((found.status, found.visits_overdue), ("Cancelled", 0))
		self.assertEqual([visit.overdue for visit in found.schedules], [0])
