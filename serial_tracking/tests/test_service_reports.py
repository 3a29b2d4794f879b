"""The reports of the service side, as of any day (docs/service-reports.md)."""

import json
from importlib import import_module
from unittest.mock import patch

import frappe
from frappe.desk import query_report
from frappe.utils import add_days, getdate, nowdate

from serial_tracking.serial_tracking import unit_report
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_return
from serial_tracking.tests.factories import (
	SERVICE,
	StockTestCase,
	forget,
	make,
	make_item,
	make_warehouse,
	row,
)
from serial_tracking.tests.test_permissions import ROLES, PermissionTestCase, make_user
from serial_tracking.tests.test_serials_api import count_statements

WARRANTY, CONTRACT = "Serial No Warranty Expiry", "Serial No Service Contract Expiry"
LIFE, USE, MAINTENANCE = "Serial No End of Life", "Serial Nos in Use", "Maintenance Due and Overdue"
REPORTS = (WARRANTY, CONTRACT, LIFE, USE, MAINTENANCE)
ALL = {"show_expired": 1}


def ago(days):
	"""The day so many days ago; of a negative number a day to come."""
	return getdate(add_days(nowdate(), -days))


def execute(report, **filters):
	name = frappe.scrub(report)
	return import_module(f"serial_tracking.serial_tracking.report.{name}.{name}").execute(filters)


def rows(report, **filters):
	return execute(report, **filters)[1]


def numbers(report, **filters):
	return [row["serial_no"] for row in rows(report, **filters)]


def cards(result):
	return {card["label"]: card["value"] for card in result[4]}


class ReportTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		forget("Serial No", "Serial No Ledger Entry", *SERVICE)

	def schedule(self, item, numbers, start, end, customer=None, **values):
		line = {
			"item_code": item,
			"serial_no": "\n".join(numbers),
			"start_date": start,
			"end_date": end,
			"periodicity": "Monthly",
			**values,
		}
		doc = {"doctype": "Maintenance Schedule", "customer": customer, "items": [line]}
		return frappe.get_doc({**doc, "transaction_date": min(start, ago(0))}).insert().submit()

	def take_back(self, note, days_ago):
		draft = make_sales_return(note.name)
		draft.update({"posting_date": ago(days_ago), "set_posting_time": 1})
		return draft.insert().submit()

	def use(self, item, numbers, custodian, location, **values):
		line = row(item, len(numbers), s_warehouse=self.stores, serial_no="\n".join(numbers))
		return self.enter("Issue for Use", line, custodian=custodian, location=location, **values)


class TestALife(ReportTestCase):
	"""One unit: received, delivered, returned, sold again, under contract, contract renewed."""

	def setUp(self):
		super().setUp()
		self.item = make_item(warranty_period=100)
		self.second_customer = make("Customer", customer_name="Second Customer")
		self.receive(self.item, "LIFE-1", posting_date=ago(200))
		first = self.deliver(self.item, "LIFE-1", posting_date=ago(180))  # until 80 days ago
		self.take_back(first, 150)
		self.second = self.deliver(self.item, "LIFE-1", posting_date=ago(120))  # until 20 days ago
		self.first_contract = self.schedule(self.item, ["LIFE-1"], ago(100), ago(41))
		self.renewal = self.schedule(self.item, ["LIFE-1"], ago(40), ago(-30))

	def asked(self, report, days_ago, *fields, **filters):
		found = rows(report, as_on_date=str(ago(days_ago)), **filters)
		self.assertLessEqual(len(found), 1)
		return tuple(found[0][field] for field in fields) if found else None

	def test_warranty_of_each_day(self):
		fields = "warranty_expiry_date", "days_left", "customer", "status", "last_warehouse"
		for days_ago, until, customer, status in (
			(201, None, None, None),
			(200, None, None, None),  # in stock, never sold
			(181, None, None, None),
			(180, 80, self.customer, "Delivered"),
			(151, 80, self.customer, "Delivered"),
			(150, 80, None, "Available"),  # a return leaves the warranty
			(121, 80, None, "Available"),
			(120, 20, self.customer, "Delivered"),
			(20, 20, self.customer, "Delivered"),  # its last day
			(19, 20, self.customer, "Delivered"),
			(0, 20, self.customer, "Delivered"),
		):
			expected = (ago(until), days_ago - until, customer, status, self.stores) if until else None
			with self.subTest(days_ago=days_ago):
				self.assertEqual(self.asked(WARRANTY, days_ago, *fields, **ALL), expected)
				still = expected and (expected if days_ago >= until else None)
				self.assertEqual(self.asked(WARRANTY, days_ago, *fields), still)

	def test_contract_of_each_day(self):
		fields = "amc_expiry_date", "maintenance_schedule", "start_date", "days_left", "warranty_expiry_date"
		first, renewal = self.first_contract.name, self.renewal.name
		for days_ago, contract in (
			(101, None),
			(100, (ago(41), first, ago(100), 59, ago(20))),
			(41, (ago(41), first, ago(100), 0, ago(20))),
			(40, (ago(-30), renewal, ago(40), 70, ago(20))),
			(0, (ago(-30), renewal, ago(40), 30, ago(20))),
			(-31, (ago(-30), renewal, ago(40), -1, ago(20))),
		):
			with self.subTest(days_ago=days_ago):
				self.assertEqual(self.asked(CONTRACT, days_ago, *fields, **ALL), contract)

	def test_a_cancelled_step_never_was(self):
		self.renewal.cancel()
		for days_ago in (40, 0):
			found = self.asked(CONTRACT, days_ago, "amc_expiry_date", "maintenance_schedule", **ALL)
			self.assertEqual(found, (ago(41), self.first_contract.name))
		self.first_contract.reload().cancel()
		self.assertIsNone(self.asked(CONTRACT, 50, "amc_expiry_date", **ALL))
		self.second.reload().cancel()
		for days_ago in (120, 0):
			found = self.asked(WARRANTY, days_ago, "warranty_expiry_date", "customer", "status", **ALL)
			self.assertEqual(found, (ago(80), None, "Available"))

	def test_a_contract_date_typed_by_hand_names_no_contract(self):
		self.receive(self.item, "TYPED")
		unit = self.unit("TYPED")
		unit.amc_expiry_date = ago(-10)
		unit.save()
		found = [r for r in rows(CONTRACT, **ALL) if r["serial_no"] == "TYPED"]
		self.assertEqual(
			[(r["amc_expiry_date"], r["maintenance_schedule"], r["start_date"]) for r in found],
			[(ago(-10), None, None)],
		)

	def test_a_date_typed_after_a_contract_is_believed_for_every_day(self):
		for typed in (ago(-5), ago(-300)):  # earlier and later than the contract ends
			unit = self.unit("LIFE-1")
			unit.amc_expiry_date = typed
			unit.save()
			for days_ago in (150, 50, 0):
				self.assertEqual(self.asked(CONTRACT, days_ago, "amc_expiry_date", **ALL), (typed,))

	def test_cards_and_chart_of_the_past_day(self):
		result = execute(WARRANTY, as_on_date=str(ago(100)), **ALL)
		self.assertEqual(list(cards(result).values()), [0, 0, 1, 1])
		(dataset,) = result[3]["data"]["datasets"]
		self.assertEqual((dataset["name"], dataset["values"]), ("Valid", [1]))


class TestWindowsAndFilters(ReportTestCase):
	def setUp(self):
		super().setUp()
		make("Item Group", item_group_name="Group Above", is_group=1)
		make("Item Group", item_group_name="Group Below", parent_item_group="Group Above")
		make("Brand", brand="Brand A")
		self.item = make_item(item_group="Group Below", brand="Brand A")
		self.other = make_item()
		self.group = make("Warehouse", warehouse_name="Report Group", is_group=1)
		self.below = make("Warehouse", warehouse_name="Report Below", parent_warehouse=self.group)
		self.receive(self.item, ["W-1", "W0", "W30", "W31", "W90", "W91", "NONE"])
		for name, days in (("W-1", -1), ("W0", 0), ("W30", 30), ("W31", 31), ("W90", 90), ("W91", 91)):
			frappe.db.set_value("Serial No", name, "warranty_expiry_date", ago(-days))
		self.receive(self.other, ["O1"], warehouse=self.below)
		self.deliver(self.item, "W30")
		frappe.db.set_value("Serial No", "O1", "warranty_expiry_date", ago(-5))
		frappe.db.set_value("Serial No", "W30", "warranty_expiry_date", ago(-30))

	def of(self, **filters):
		return numbers(WARRANTY, **filters)

	def test_the_window_ahead_and_what_has_expired(self):
		self.assertEqual(self.of(), ["W0", "O1", "W30", "W31", "W90", "W91"])
		self.assertEqual(self.of(within_days=30), ["W0", "O1", "W30"])
		self.assertEqual(self.of(within_days="90", show_expired=1), ["W-1", "W0", "O1", "W30", "W31", "W90"])
		self.assertEqual(self.of(within_days=0, show_expired=1)[0], "W-1")
		self.assertEqual(len(self.of(within_days=10**9)), 6)

	def test_a_range_of_dates_goes_before_the_window(self):
		self.assertEqual(
			self.of(from_date=str(ago(-30)), to_date=str(ago(-31)), within_days=1), ["W30", "W31"]
		)
		self.assertEqual(self.of(to_date=str(ago(0))), ["W-1", "W0"])
		self.assertEqual(self.of(from_date=str(ago(-91))), ["W91"])

	def test_what_is_no_window_is_refused(self):
		for filters, words in (
			({"from_date": str(ago(0)), "to_date": str(ago(1))}, "From Date is after To Date"),
			({"within_days": -1}, "negative"),
		):
			with self.assertRaises(frappe.ValidationError) as caught:
				self.of(**filters)
			self.assertIn(words, str(caught.exception))
		for field in ("as_on_date", "from_date"):
			with self.assertRaises(frappe.ValidationError):
				self.of(**{field: "no day"})

	def test_filters_of_units(self):
		mine = ["W0", "W30", "W31", "W90", "W91"]
		for filters, expected in (
			({"item_code": self.item}, mine),
			({"item_code": [self.item, self.other]}, ["W0", "O1", *mine[1:]]),
			({"item_group": "Group Above"}, mine),
			({"item_group": "Group Below"}, mine),
			({"brand": "Brand A"}, mine),
			({"warehouse": self.group}, ["O1"]),
			({"warehouse": self.below}, ["O1"]),
			({"warehouse": self.stores}, mine),  # W30 left it, and counts to it
			({"customer": self.customer}, ["W30"]),
			({"status": "Delivered"}, ["W30"]),
			({"status": "Available", "item_code": self.other}, ["O1"]),
			({"serial_no": "W90"}, ["W90"]),
			({"item_code": "' OR 1=1 --"}, []),
			({"customer": {"a": 1}}, []),
		):
			for day in (None, str(ago(0)), str(ago(-1))):
				with self.subTest(filters, day=day):
					found = self.of(**filters, as_on_date=day)
					self.assertEqual(found, [n for n in expected if n != "W0" or day != str(ago(-1))])

	def test_filters_of_units_on_a_past_day(self):
		frappe.db.set_value("Serial No", "W31", "creation", ago(9), update_modified=False)
		item = make_item(warranty_period=100, item_group="Group Below")
		self.receive(item, ["P1", "P2"], posting_date=ago(20))
		self.deliver(item, ["P1"], posting_date=ago(10))
		self.transfer(item, ["P2"], posting_date=ago(8))
		frappe.db.set_value("Serial No", "P2", "warranty_expiry_date", ago(0))
		for days_ago, filters, expected in (
			(9, {}, ["P2", "P1"]),
			(11, {}, ["P2"]),
			(9, {"customer": self.customer}, ["P1"]),
			(11, {"customer": self.customer}, []),
			(9, {"warehouse": self.stores}, ["P2", "P1"]),
			(8, {"warehouse": self.stores}, ["P1"]),
			(9, {"status": "Delivered"}, ["P1"]),
			(11, {"item_group": "Group Above"}, ["P2"]),
		):
			with self.subTest(filters, days_ago=days_ago):
				found = self.of(item_code=item, as_on_date=str(ago(days_ago)), **filters)
				self.assertEqual(found, expected)

	def test_rows_are_cut_and_the_rest_is_counted(self):
		whole = execute(WARRANTY, **ALL)
		self.assertIsNone(whole[2])
		with patch.object(unit_report, "MOST_ROWS", 3):
			cut = execute(WARRANTY, **ALL)
			self.assertIn("Rows 1 to 3 of 7: page 1 of 3", cut[2])
			self.assertEqual([r["serial_no"] for r in cut[1]], ["W-1", "W0", "O1"])
			self.assertEqual((cut[3], cut[4]), (whole[3], whole[4]))
			past = {"as_on_date": str(ago(1)), **ALL}
			self.assertEqual(execute(WARRANTY, **past)[4][3]["value"], 0)
		self.assertEqual(cards(whole), {"Expired": 1, "Within 30 Days": 3, "Later": 3, "Units": 7})

	def test_the_name_of_a_customer_is_told_where_it_is_not_the_same(self):
		def columns():
			return [column["fieldname"] for column in execute(WARRANTY, **ALL)[0]]

		self.assertNotIn("customer_name", columns())
		frappe.db.set_value("Serial No", "W30", "customer_name", "Full Name of the Customer")
		self.assertIn("customer_name", columns())

	def test_the_chart_has_a_bar_for_each_month_or_year(self):
		day = getdate("2027-01-15")
		chart = unit_report.chart_by_month(
			{getdate("2026-11-30"): 2, getdate("2027-01-14"): 3, getdate("2027-01-15"): 4},
			day,
			("Past", "Ahead"),
		)
		self.assertEqual(chart["data"]["labels"], ["11/26", "12/26", "01/27"])
		self.assertEqual(
			chart["data"]["datasets"],
			[{"name": "Past", "values": [2, 0, 3]}, {"name": "Ahead", "values": [0, 0, 4]}],
		)
		self.assertEqual(chart["colors"], [unit_report.RED, unit_report.GREEN])
		for last, labels in (
			("2027-05-31", ["06/26", "07/26"]),  # twelve months
			("2027-06-01", ["Q2 26", "Q3 26"]),
			("2029-01-01", ["Q2 26", "Q3 26"]),
			("2030-01-01", ["2026", "2027"]),
			("2050-01-01", ["2026", "2027"]),
			("9999-12-31", ["2026", "9999"]),
		):
			chart = unit_report.chart_by_month({getdate("2026-06-01"): 1, getdate(last): 2}, day, ("P", "A"))
			self.assertEqual(chart["data"]["labels"][:2], labels, last)
			ended, ahead = (s["values"] for s in chart["data"]["datasets"])
			self.assertEqual((ended[0], sum(ended), ahead[-1], sum(ahead)), (1, 1, 2, 2))
			self.assertEqual(len(chart["data"]["labels"]), len(ended))
		only = unit_report.chart_by_month({day: 1}, day, ("P", "A"))
		self.assertEqual(only["colors"], [unit_report.GREEN])
		self.assertIsNone(unit_report.chart_by_month({}, day, ("P", "A")))

	def test_the_chart_of_groups_puts_the_small_ones_together(self):
		chart = unit_report.chart_of_groups({f"G{n:02}": n for n in range(1, 31)}, "Units")
		labels, values = chart["data"]["labels"], chart["data"]["datasets"][0]["values"]
		self.assertEqual((labels[0], values[0], len(labels)), ("G30", 30, unit_report.MOST_BARS))
		self.assertEqual((labels[-1], values[-1]), ("Others", sum(range(1, 20))))

	def test_statements_do_not_grow_with_the_units(self):
		item = make_item(warranty_period=10)
		self.receive(item, [f"S{n}" for n in range(40)], posting_date=ago(9))
		self.deliver(item, [f"S{n}" for n in range(40)], posting_date=ago(5))
		for day in (0, 7, 4):
			few = count_statements(
				lambda day=day: rows(WARRANTY, as_on_date=str(ago(day)), item_code="none", **ALL)
			)
			many = count_statements(lambda day=day: rows(WARRANTY, as_on_date=str(ago(day)), **ALL))
			self.assertEqual(few, many)
			self.assertLessEqual(many, 3)


class TestEndOfLife(ReportTestCase):
	def setUp(self):
		super().setUp()
		item = make_item(shelf_life_in_days=30)
		self.receive(item, ["E1", "E2"], posting_date=ago(40))
		self.deliver(item, "E2", posting_date=ago(35))
		self.receive(item, "E3", posting_date=ago(10))

	def test_what_has_expired_and_what_will(self):
		found = rows(LIFE, in_stock=1, show_expired=1)
		self.assertEqual(
			[(r["serial_no"], r["end_of_life_date"], r["days_left"], r["status"]) for r in found],
			[("E1", ago(10), -10, "Expired"), ("E3", ago(-20), 20, "Available")],
		)
		self.assertEqual(numbers(LIFE, in_stock=1), ["E3"])
		self.assertEqual(set(numbers(LIFE, show_expired=1)), {"E1", "E2", "E3"})

	def test_on_a_past_day(self):
		day = str(ago(36))
		found = rows(LIFE, in_stock=1, show_expired=1, as_on_date=day)
		self.assertEqual(
			[(r["serial_no"], r["status"]) for r in found], [("E1", "Available"), ("E2", "Available")]
		)
		self.assertEqual([r["days_left"] for r in found], [26, 26])
		self.assertEqual(
			rows(LIFE, show_expired=1, as_on_date=str(ago(9)), in_stock=1)[0]["status"], "Expired"
		)

	def test_on_a_day_to_come(self):
		found = rows(LIFE, in_stock=1, show_expired=1, as_on_date=str(ago(-21)))
		self.assertEqual(
			[(r["serial_no"], r["status"]) for r in found], [("E1", "Expired"), ("E3", "Expired")]
		)


class TestInUse(ReportTestCase):
	def setUp(self):
		super().setUp()
		self.clerk, self.driver = make_user("Sales User"), make_user("Purchase User")
		self.item = make_item(is_fixed_asset=1)
		self.receive(self.item, ["U1", "U2", "U3"], posting_date=ago(30))
		self.given = self.use(self.item, ["U1", "U2"], self.clerk, "Room 1", posting_date=ago(20))
		self.use(self.item, ["U3"], self.driver, "Van", posting_date=ago(10))
		back = row(self.item, 1, t_warehouse=self.stores, serial_no="U1")
		self.enter("Return from Use", back, posting_date=ago(5))

	def told(self, days_ago, **filters):
		return [
			(r["serial_no"], r["custodian"], r["location"], r["since"], r["days_in_use"])
			for r in rows(USE, as_on_date=str(ago(days_ago)), **filters)
		]

	def test_who_has_what_and_where_on_each_day(self):
		first = [(n, self.clerk, "Room 1", ago(20)) for n in ("U1", "U2")]
		third = ("U3", self.driver, "Van", ago(10))
		for days_ago, expected in (
			(21, []),
			(20, first),
			(10, [third, *first]),
			(5, [third, first[1]]),
			(0, [third, first[1]]),
		):
			with self.subTest(days_ago=days_ago):
				found = self.told(days_ago)
				self.assertEqual({f[:4] for f in found}, set(expected))
				self.assertTrue(all(f[4] == (ago(days_ago) - f[3]).days for f in found))

	def test_filters_and_order(self):
		self.assertEqual([f[0] for f in self.told(10, custodian=self.clerk)], ["U1", "U2"])
		self.assertEqual([f[0] for f in self.told(10, location="Van")], ["U3"])
		found = [f[1] for f in self.told(10)]
		self.assertEqual(found, sorted(found))

	def test_the_voucher_and_the_names(self):
		found = {r["serial_no"]: r for r in rows(USE)}
		self.assertEqual(found["U2"]["last_voucher_no"], self.given.name)
		self.assertEqual(found["U2"]["custodian_name"], frappe.utils.get_fullname(self.clerk))

	def test_chart_and_cards_count_custodians(self):
		result = execute(USE, as_on_date=str(ago(10)))
		self.assertEqual(result[3]["data"]["datasets"][0]["values"], [2, 1])
		self.assertEqual(list(cards(result).values()), [3, 2, 2])
		with patch.object(unit_report, "MOST_ROWS", 1):
			cut = execute(USE, as_on_date=str(ago(10)))
			self.assertEqual((cut[3], cut[4]), (result[3], result[4]))

	def test_the_next_custodian_takes_over(self):
		self.use(self.item, ["U1"], self.driver, "Van", posting_date=ago(3))
		self.assertEqual(sorted(f[0] for f in self.told(0, custodian=self.driver)), ["U1", "U3"])
		self.assertEqual([f[0] for f in self.told(6, custodian=self.clerk)], ["U1", "U2"])


class TestMaintenance(ReportTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.units = ["MN1", "MN2"]
		self.receive(self.item, self.units, posting_date=ago(100))
		self.person = make_user("Maintenance User")
		self.doc = self.schedule(
			self.item,
			self.units,
			ago(60),
			ago(-60),
			customer=self.customer,
			periodicity="Random",
			no_of_visits=4,
			service_person=self.person,
		)
		self.days = [visit.scheduled_date for visit in self.doc.schedules]  # 30 ago, today, in 30, in 60

	def complete(self, no, days_ago, status="Fully Completed"):
		values = {"completion_status": status, "actual_date": ago(days_ago)}
		frappe.db.set_value("Maintenance Schedule Detail", self.doc.schedules[no].name, values)

	def told(self, days_ago=0, **filters):
		filters = {"show_overdue": 1, **filters}
		return [
			(r["scheduled_date"], r["days_left"], r["state"], r["completion_status"])
			for r in rows(MAINTENANCE, as_on_date=str(ago(days_ago)), **filters)
		]

	def test_overdue_and_due(self):
		self.assertEqual(self.days, [ago(30), ago(0), ago(-30), ago(-60)])
		expected = [
			(ago(30), -30, "Overdue", "Pending"),
			(ago(0), 0, "Due", "Pending"),
			(ago(-30), 30, "Due", "Pending"),
		]
		self.assertEqual(self.told(within_days=30), expected)
		self.assertEqual(self.told(within_days=30, show_overdue=0), expected[1:])
		self.assertEqual(len(self.told()), 4)
		self.assertEqual(self.told(from_date=str(ago(30)), to_date=str(ago(1))), expected[:1])

	def test_a_line_names_units_customer_and_person(self):
		(line, *_rest) = rows(MAINTENANCE, show_overdue=1)
		self.assertEqual((line["units"], line["serial_no"]), (2, "MN1, MN2"))
		self.assertEqual((line["customer"], line["service_person"]), (self.customer, self.person))
		self.assertEqual(line["service_person_name"], frappe.utils.get_fullname(self.person))
		self.assertEqual(
			(line["maintenance_schedule"], line["name"]), (self.doc.name, self.doc.schedules[0].name)
		)

	def test_many_numbers_are_cut_with_their_count(self):
		many = [f"MANY-{n:04}" for n in range(1234)]
		self.receive(self.item, many, posting_date=ago(50))
		doc = self.schedule(self.item, many, ago(40), ago(-40))
		found = rows(MAINTENANCE, maintenance_schedule=doc.name, show_overdue=1)
		self.assertEqual({r["units"] for r in found}, {1234})
		self.assertEqual(found[0]["serial_no"], ", ".join(many[:5]) + " … (+1,229)")

	def test_a_visit_made_later_was_open_on_the_day(self):
		self.complete(0, 20)
		self.complete(1, 0, "Partially Completed")
		self.assertEqual([t[0] for t in self.told(within_days=30)], self.days[1:3])
		self.assertEqual(self.told(within_days=1), [(ago(0), 0, "Due", "Partially Completed")])
		self.assertEqual(
			self.told(21, within_days=30),
			[(ago(30), -9, "Overdue", "Pending"), (ago(0), 21, "Due", "Pending")],
		)
		self.assertEqual([t[0] for t in self.told(20, within_days=30)], [ago(0)])
		(line,) = rows(MAINTENANCE, as_on_date=str(ago(10)), within_days=15)
		self.assertIsNone(line["actual_date"])

	def test_schedules_of_a_later_day_drafts_and_cancelled_ones_are_left_out(self):
		self.assertEqual(self.told(61), [])
		self.assertEqual(len(self.told(60)), 4)
		self.doc.reload().cancel()
		self.assertEqual(self.told(), [])

	def test_filters(self):
		other = make_item()
		self.receive(other, "X1", posting_date=ago(90))
		self.schedule(other, ["X1"], ago(60), ago(-60), periodicity="Random", no_of_visits=1)
		for filters, count in (
			({"customer": self.customer}, 4),
			({"customer": "nobody"}, 0),
			({"item_code": other}, 1),
			({"service_person": self.person}, 4),
			({"maintenance_schedule": self.doc.name}, 4),
			({"completion_status": "Partially Completed"}, 0),
			({"item_group": frappe.db.get_value("Item", other, "item_group")}, 5),
			({"brand": "none"}, 0),
		):
			with self.subTest(filters):
				self.assertEqual(len(self.told(**filters)), count)

	def test_cards_and_chart(self):
		whole = execute(MAINTENANCE, show_overdue=1)
		self.assertEqual(list(cards(whole).values()), [1, 1, 2])
		self.assertEqual(sum(sum(s["values"]) for s in whole[3]["data"]["datasets"]), 4)
		with patch.object(unit_report, "MOST_ROWS", 2):
			cut = execute(MAINTENANCE, show_overdue=1)
			self.assertIn("Rows 1 to 2 of 4: page 1 of 2", cut[2])
			self.assertEqual((cut[3], cut[4]), (whole[3], whole[4]))

	def test_own_assets_in_use_are_maintained_by_the_same_schedules(self):
		asset = make_item(is_fixed_asset=1)
		self.receive(asset, "VAN-1", posting_date=ago(50))
		self.use(asset, ["VAN-1"], self.person, "Yard", posting_date=ago(45))
		doc = self.schedule(asset, ["VAN-1"], ago(40), ago(-40))
		self.assert_unit("VAN-1", status="In Use", maintenance_status="Under AMC", amc_expiry_date=ago(-40))
		found = rows(MAINTENANCE, maintenance_schedule=doc.name, show_overdue=1)
		self.assertEqual({(r["customer"], r["serial_no"]) for r in found}, {(None, "VAN-1")})
		self.assertEqual(rows(USE)[0]["amc_expiry_date"], ago(-40))


class TestWhoSeesWhat(PermissionTestCase):
	def setUp(self):
		super().setUp()
		forget("Serial No", "Serial No Ledger Entry", *SERVICE)
		self.item = make_item(warranty_period=100, shelf_life_in_days=60)
		self.second_customer = make("Customer", customer_name="Second Customer")
		self.receive(self.item, ["HERE", "MOVED", "SOLD"], posting_date=ago(20))
		self.receive(self.item, ["THERE"], warehouse=self.shop, posting_date=ago(20))
		self.transfer(self.item, "MOVED", posting_date=ago(10))
		self.deliver(self.item, "SOLD", posting_date=ago(8))
		for name in ("HERE", "MOVED", "THERE"):
			frappe.db.set_value("Serial No", name, "warranty_expiry_date", ago(-50))

	def run_report(self, report, **filters):
		filters = {"show_expired": 1, "show_overdue": 1, **filters}
		return query_report.run(report, filters=json.dumps(filters, default=str))

	def seen(self, report, **filters):
		result = self.run_report(report, **filters)
		found = sorted(row["serial_no"] for row in result["result"])
		self.assertEqual(result["report_summary"][-1]["value"], len(found))
		charted = sum(sum(s["values"]) for s in result["chart"]["data"]["datasets"]) if found else 0
		self.assertEqual(charted, len(found))
		return found

	def test_reading_follows_the_work(self):
		may = {*ROLES, "System Manager"}
		for report in REPORTS:
			for role in self.users:
				self.be(role)
				allowed = role in may and not (report == MAINTENANCE and role == "Purchase User")
				with self.subTest(report=report, role=role):
					if allowed:
						self.run_report(report)
					else:
						for call in (self.run_report, execute):
							with self.assertRaises(frappe.PermissionError):
								call(report)

	def test_a_user_permission_on_warehouse_holds_today_and_on_past_days(self):
		everything = ["HERE", "MOVED", "SOLD", "THERE"]
		self.assertEqual(self.seen(WARRANTY), everything)
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.users["Stock User"])
		self.be("Stock User")
		self.assertEqual(self.seen(WARRANTY), ["HERE", "SOLD"])
		self.assertEqual(self.seen(LIFE), ["HERE", "SOLD"])
		# it lies elsewhere now
		self.assertEqual(self.seen(WARRANTY, as_on_date=ago(15)), ["HERE"])
		frappe.set_user("Administrator")
		frappe.permissions.add_user_permission("Warehouse", self.shop, self.users["Stock Manager"])
		self.be("Stock Manager")
		self.assertEqual(self.seen(WARRANTY), ["MOVED", "THERE"])
		# it lay elsewhere then
		self.assertEqual(self.seen(WARRANTY, as_on_date=ago(15)), ["THERE"])
		self.assertEqual(self.seen(WARRANTY, as_on_date=ago(10)), ["MOVED", "THERE"])

	def test_a_user_permission_with_signs_that_sql_knows(self):
		strange = make_warehouse("100% 'Stores' %s")
		self.receive(self.item, "STRANGE", warehouse=strange, posting_date=ago(20))
		frappe.db.set_value("Serial No", "STRANGE", "warranty_expiry_date", ago(-50))
		frappe.permissions.add_user_permission("Warehouse", strange, self.users["Stock User"])
		self.be("Stock User")
		for day in (0, 5):
			self.assertEqual(self.seen(WARRANTY, as_on_date=ago(day)), ["STRANGE"])

	def test_a_user_permission_on_customer_and_item(self):
		note = make_sales_return(frappe.db.get_value("Serial No", "SOLD", "delivery_document_no"))
		note.update({"posting_date": ago(5), "set_posting_time": 1})
		note.insert().submit()
		frappe.permissions.add_user_permission("Customer", self.second_customer, self.users["Sales User"])
		self.be("Sales User")
		self.assertEqual(self.seen(WARRANTY), ["HERE", "MOVED", "SOLD", "THERE"])
		# another customer had it then
		self.assertEqual(self.seen(WARRANTY, as_on_date=ago(7)), ["HERE", "MOVED", "THERE"])
		frappe.set_user("Administrator")
		frappe.permissions.add_user_permission("Item", make_item(), self.users["Purchase User"])
		self.be("Purchase User")
		self.assertEqual(self.seen(WARRANTY), [])

	def test_custodians_are_told_to_who_has_a_user_permission_on_users(self):
		line = row(self.item, 1, s_warehouse=self.stores, serial_no="HERE")
		self.enter("Issue for Use", line, custodian=self.users["Sales User"])
		frappe.permissions.add_user_permission("User", self.users["Stock User"], self.users["Stock User"])
		self.be("Stock User")
		self.assertEqual([r["serial_no"] for r in self.run_report(USE)["result"]], ["HERE"])

	def test_visits_of_units_in_other_warehouses_are_not_told(self):
		doc = {"item_code": self.item, "start_date": ago(5), "end_date": ago(-60), "periodicity": "Monthly"}
		for name in ("HERE", "THERE"):
			frappe.get_doc(
				{"doctype": "Maintenance Schedule", "items": [{**doc, "serial_no": name}]}
			).insert().submit()
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.users["Maintenance User"])
		self.be("Maintenance User")
		result = self.run_report(MAINTENANCE)
		self.assertEqual({r["serial_no"] for r in result["result"]}, {"HERE"})
		self.assertEqual(sum(c["value"] for c in result["report_summary"]), len(result["result"]))

	def test_a_link_is_plain_text_for_who_may_not_read_where_it_leads(self):
		self.receive(self.item, "DUE", posting_date=ago(20))
		line = {"item_code": self.item, "serial_no": "DUE", "start_date": ago(5), "end_date": ago(-60)}
		doc = {"doctype": "Maintenance Schedule", "items": [{**line, "periodicity": "Monthly"}]}
		frappe.get_doc(doc).insert().submit()
		frappe.permissions.add_user_permission("Warehouse", self.stores, self.users["Purchase User"])
		for role, kind in (("Purchase User", "Data"), ("Sales User", "Link")):
			self.be(role)
			result = self.run_report(CONTRACT)
			columns = {c["fieldname"]: c["fieldtype"] for c in result["columns"]}
			self.assertEqual(columns["maintenance_schedule"], kind)
			self.assertEqual([r["serial_no"] for r in result["result"]], ["DUE"])

	def test_the_reports_are_offered_with_their_scripts(self):
		for role in ("Stock User", "Maintenance User"):
			self.be(role)
			for report in REPORTS:
				script = query_report.get_script(report)["script"]
				self.assertNotIn("{% include", script)
				self.assertIn(f'frappe.query_reports["{report}"]', script)

	def test_reports_ask_the_replica_of_a_site_that_has_one(self):
		with (
			patch.dict(frappe.local.conf, read_from_replica=1),
			patch("frappe.connect_replica", return_value=False) as switch,
		):
			self.run_report(WARRANTY)
		self.assertTrue(switch.called)
