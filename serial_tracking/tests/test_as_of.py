"""Units as they were at the end of a day: the query that reports select from, against the fold of the moves."""

import datetime
import random

import frappe
from frappe.utils import add_days, getdate, nowdate

from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_return
from serial_tracking.service import contracts, coverage, covered
from serial_tracking.stock import as_of, bulk, holds, ledger
from serial_tracking.tests.factories import StockTestCase, make, make_item, row

FIELDS = (
	"warehouse", "last_warehouse", "customer", "customer_name", "custodian", "location", "sales_invoice",
	"delivery_document_type", "delivery_document_no", "last_voucher_type", "last_voucher_no",
)  # fmt: skip
USER = "Administrator"


def ago(days):
	return getdate(add_days(nowdate(), -days))


def told(units, *fields):
	"""What the query says: record name → fields, as a database without types gives it."""
	query = units.query.select(units["name"], *(units[field].as_(f"its_{field}") for field in fields))
	return {
		row["name"]: tuple(plain(row[f"its_{field}"]) for field in fields) for row in query.run(as_dict=True)
	}


def plain(value):
	return str(value) if isinstance(value, datetime.date) else value


class TestLife(StockTestCase):
	"""One unit, day by day."""

	def setUp(self):
		super().setUp()
		self.item = make_item(warranty_period=100, shelf_life_in_days=50)
		self.other_customer = make("Customer", customer_name="Other Customer")
		self.receive(self.item, "L1", posting_date=ago(90))
		self.transfer(self.item, "L1", posting_date=ago(80))
		line = row(self.item, 1, s_warehouse=self.shop, serial_no="L1")
		self.use = self.enter("Issue for Use", line, custodian=USER, location="Room 4", posting_date=ago(70))
		line = row(self.item, 1, t_warehouse=self.stores, serial_no="L1")
		self.enter("Return from Use", line, posting_date=ago(60))
		self.note = self.deliver(self.item, "L1", posting_date=ago(50))
		draft = make_sales_return(self.note.name)
		draft.update({"posting_date": ago(30), "set_posting_time": 1})
		draft.insert().submit()

	def on(self, days_ago, *fields):
		return told(as_of.Units(ago(days_ago)), *fields).get("L1")

	def test_each_day_between_says_what_was_so(self):
		for days_ago, status, warehouse, custodian, location, customer in (
			(91, None, None, None, None, None),
			(90, "Available", self.stores, None, None, None),
			(81, "Available", self.stores, None, None, None),
			(80, "Available", self.shop, None, None, None),
			(70, "In Use", None, USER, "Room 4", None),
			(61, "In Use", None, USER, "Room 4", None),
			(60, "Available", self.stores, None, None, None),
			(50, "Delivered", None, None, None, self.customer),
			(31, "Delivered", None, None, None, self.customer),
			(30, "Expired", self.stores, None, None, None),
			(0, "Expired", self.stores, None, None, None),
		):
			with self.subTest(days_ago=days_ago):
				found = self.on(days_ago, "status", "warehouse", "custodian", "location", "customer")
				expected = (status, warehouse, custodian, location, customer) if status else None
				self.assertEqual(found, expected)

	def test_out_of_stock_it_counts_to_its_last_warehouse(self):
		self.assertEqual(self.on(70, "last_warehouse"), (self.shop,))
		self.assertEqual(self.on(50, "last_warehouse"), (self.stores,))

	def test_it_expires_with_the_calendar(self):
		self.receive(self.item, "E1", posting_date=ago(60))
		for days_ago, status in ((10, "Available"), (9, "Expired")):  # the last good day is 50 days on
			self.assertEqual(told(as_of.Units(ago(days_ago)), "status")["E1"], (status,))

	def test_a_day_to_come_is_today_but_for_the_calendar(self):
		self.receive(self.item, "F1")
		self.assertEqual(told(as_of.Units(ago(-50)), "status", "warehouse")["F1"], ("Available", self.stores))
		self.assertEqual(told(as_of.Units(ago(-51)), "status", "warehouse")["F1"], ("Expired", self.stores))

	def test_a_cancelled_step_never_was(self):
		item = make_item()
		self.receive(item, "L2", posting_date=ago(40))
		note = self.deliver(item, "L2", posting_date=ago(20))
		self.assertEqual(told(as_of.Units(ago(20)), "status")["L2"], ("Delivered",))
		note.cancel()
		for days_ago in (25, 20, 10):
			self.assertEqual(told(as_of.Units(ago(days_ago)), "status")["L2"], ("Available",))

	def test_a_move_at_the_last_moment_of_the_day_counts_and_the_next_does_not(self):
		item = make_item()
		self.receive(item, "M1", posting_date=ago(5), posting_time="23:59:59.999999", set_posting_time=1)
		self.transfer(item, "M1", posting_date=ago(4), posting_time="00:00:00", set_posting_time=1)
		self.assertNotIn("M1", told(as_of.Units(ago(6)), "status"))
		self.assertEqual(told(as_of.Units(ago(5)), "warehouse")["M1"], (self.stores,))
		self.assertEqual(told(as_of.Units(ago(4)), "warehouse")["M1"], (self.shop,))

	def test_a_record_made_by_hand_counts_from_its_creation(self):
		item = make_item()
		for name in ("H1", "H2"):
			frappe.get_doc({"doctype": "Serial No", "serial_no": name, "item_code": item}).insert()
			frappe.db.set_value("Serial No", name, "creation", ago(40), update_modified=False)
		self.receive(item, "H2", posting_date=ago(20))
		for name in ("H1", "H2"):
			self.assertNotIn(name, told(as_of.Units(ago(41)), "status"))
			self.assertEqual(told(as_of.Units(ago(40)), "status", "warehouse")[name], ("Inactive", None))
		self.assertEqual(told(as_of.Units(ago(20)), "status", "warehouse")["H2"], ("Available", self.stores))

	def test_a_unit_that_is_held_is_held_since_its_latest_move(self):
		item = make_item()
		self.receive(item, "HELD", posting_date=ago(20))
		self.transfer(item, "HELD", posting_date=ago(10))
		holds.hold(["HELD"], "dented")
		for days_ago, status in ((11, "Available"), (10, "On Hold"), (0, "On Hold"), (-1, "On Hold")):
			self.assertEqual(told(as_of.Units(ago(days_ago)), "status")["HELD"], (status,))
		holds.release(["HELD"])
		self.assertEqual(told(as_of.Units(ago(5)), "status")["HELD"], ("Available",))

	def test_facts_fold_all_moves_up_to_the_day(self):
		self.assertEqual(as_of.facts(["L1"], ago(91))["L1"], ledger.BLANK)
		then = as_of.facts(["L1"], ago(45))["L1"]
		self.assertEqual((then["customer"], then["supplier"]), (self.customer, self.supplier))
		self.assertEqual(then["purchase_date"], ago(90))

	def test_the_record_of_today_is_the_truth_of_today(self):
		frappe.db.set_value("Serial No", "L1", {"status": "Available", "customer": "Somebody"})
		self.assertEqual(self.on(0, "status", "customer"), ("Available", "Somebody"))


class TestRandomLives(StockTestCase):
	"""Units that live at random, asked for every day: the query against a plain fold of each unit's moves."""

	DAYS = 40

	def live(self, seed):
		dice = random.Random(seed)
		item = make_item(warranty_period=12, shelf_life_in_days=20)
		names = [f"R{seed}-{n}" for n in range(5)]
		made = []
		for days_ago in range(self.DAYS, -1, -1):
			for name in names:
				if dice.random() < 0.3 and (doc := self.step(dice, item, name, ago(days_ago))):
					made.append(doc)
			if made and dice.random() < 0.15:
				doc = made.pop()
				if not self.is_later(doc):
					frappe.get_doc(doc.doctype, doc.name).cancel()
			if dice.random() < 0.1:
				self.contract(dice, item, dice.choice(names), days_ago)
			if dice.random() < 0.05 and frappe.db.exists("Serial No", names[0]):
				field = dice.choice(("amc_expiry_date", "warranty_expiry_date"))
				frappe.db.set_value("Serial No", names[0], field, ago(days_ago - 5))
		return names

	def is_later(self, doc):
		"""Has a unit moved since?"""
		name = doc.items[0].serial_no
		return frappe.db.get_value("Serial No", name, "last_voucher_no") != doc.name

	def step(self, dice, item, name, day):
		unit = frappe.db.get_value("Serial No", name, ["warehouse", "status"], as_dict=True)
		at = {"posting_date": day}
		if not unit or not unit.warehouse:
			if unit and unit.status == "In Use":
				line = row(item, 1, t_warehouse=dice.choice((self.stores, self.shop)), serial_no=name)
				return self.enter("Return from Use", line, **at)
			return self.receive(item, name, warehouse=dice.choice((self.stores, self.shop)), **at)
		here, there = unit.warehouse, self.shop if unit.warehouse == self.stores else self.stores
		line = row(item, 1, s_warehouse=here, serial_no=name)
		choice = dice.random()
		if choice < 0.3:
			return self.transfer(item, name, source=here, target=there, **at)
		if choice < 0.5:
			return self.enter("Issue for Use", line, custodian=USER, location=f"Room {day.day}", **at)
		if unit.status == "Expired" or choice < 0.6:
			return self.issue(item, name, warehouse=here, **at)
		return self.deliver(item, name, warehouse=here, **at)

	def contract(self, dice, item, name, days_ago):
		if not frappe.db.exists("Serial No", name):
			return
		locked = contracts.lock([name])
		last = max((entry["end_date"] for entry in locked.entries.get(name, ())), default=ago(days_ago))
		start = getdate(add_days(max(last, ago(days_ago)), dice.choice((1, 4))))
		end = getdate(add_days(start, dice.choice((3, 9))))
		contracts.begin(
			f"MS-{name}-{days_ago}", None, [contracts.Term(name, item, start, end, "row")], locked
		)

	def test_every_day_is_as_the_moves_say(self):
		for seed in range(3):
			names = self.live(seed)
			names = [name for name in names if frappe.db.exists("Serial No", name)]
			# as if they had been recorded when they came
			first = {}
			columns = ("serial_no", "posting_datetime", "is_cancelled", *ledger.MOVE_FIELDS)
			moves = bulk.select("Serial No Ledger Entry", columns, "serial_no", names, order_by="move_no")
			for move in moves:
				first.setdefault(move["serial_no"], move["posting_datetime"])
			for name, at in first.items():
				frappe.db.set_value("Serial No", name, "creation", at, update_modified=False)
			records = {
				unit.name: unit for unit in frappe.get_all("Serial No", {"name": ("in", names)}, ["*"])
			}
			for days_ago in range(self.DAYS + 1, -2, -1):
				day = ago(days_ago)
				with self.subTest(seed=seed, days_ago=days_ago):
					self.compare(names, records, [m for m in moves if not m["is_cancelled"]], first, day)

	def compare(self, names, records, moves, first, day):
		end = as_of.end_of(day)
		units = as_of.Units(day)
		covered.add_warranty(units)
		covered.add_contract(units)
		found = told(units, *FIELDS, "status", "warranty_expiry_date", "amc_expiry_date")
		dates = coverage.as_of(names, day)
		expected = {}
		for name in names:
			if first[name] > end:
				continue
			then = [m for m in moves if m["serial_no"] == name and m["posting_datetime"] <= end]
			facts, end_of_life = ledger.derive(then), records[name].end_of_life_date
			if day < getdate(nowdate()):
				warranty, amc = dates[name].warranty_expiry_date, dates[name].amc_expiry_date
			else:
				warranty, amc = records[name].warranty_expiry_date, records[name].amc_expiry_date
			expected[name] = (
				*(facts[field] for field in FIELDS),
				ledger.status_after(then, 0, end_of_life, day),
				plain(warranty),
				plain(amc),
			)
		self.assertEqual({name: found[name] for name in found if name in names}, expected)
