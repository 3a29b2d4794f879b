"""What cancelling contracts makes of the date of a unit. No site needed."""

from datetime import date, timedelta
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from serial_tracking.service import contracts

BASE = date(2026, 1, 1)


def day(n):
	return None if n is None else BASE + timedelta(n)


# what happens to a unit: a contract that ends on an even day, or a date typed by hand: an odd day, or none
happenings = st.lists(
	st.one_of(
		st.tuples(st.just("contract"), st.integers(0, 50).map(lambda n: 2 * n)),
		st.tuples(st.just("typed"), st.one_of(st.none(), st.integers(0, 50).map(lambda n: 2 * n + 1))),
	),
	max_size=8,
)


class Unit:
	"""A unit's contracts and date, written as `contracts.begin` and `contracts.end` do."""

	def __init__(self, typed):
		self.date, self.entries = typed, []

	def begin(self, name, end_date):
		number = self.entries[-1]["contract_no"] + 1 if self.entries else 1
		entry = {
			"name": name,
			"contract_no": number,
			"end_date": end_date,
			"previous_amc_expiry_date": self.date,
		}
		self.entries.append(entry)
		self.date = contracts.latest_end(self.entries)

	def end(self, *names):
		self.date, changes = contracts.without(self.entries, set(names), self.date)
		self.entries = [e for e in self.entries if e["name"] not in names]
		for entry in self.entries:
			entry["previous_amc_expiry_date"] = changes.get(entry["name"], entry["previous_amc_expiry_date"])


def replay(typed, happened, gone=()):
	"""The date of a unit to which all that happened, but for some contracts."""
	unit = Unit(typed)
	for name, (what, n) in enumerate(happened):
		if what == "typed":
			unit.date = day(n)
		elif name not in gone:
			unit.begin(name, day(n))
	return unit


class TestWithout(TestCase):
	@given(happenings, st.one_of(st.none(), st.integers(0, 50).map(lambda n: 2 * n + 1)), st.randoms())
	def test_contracts_cancelled_in_any_order_have_never_been(self, happened, typed, random):
		unit = replay(day(typed), happened)
		order = [entry["name"] for entry in unit.entries]
		random.shuffle(order)
		for n, name in enumerate(order, 1):
			unit.end(name)
			expected = replay(day(typed), happened, order[:n])
			self.assertEqual(unit.date, expected.date)
			self.assertEqual(
				[e["previous_amc_expiry_date"] for e in unit.entries],
				[e["previous_amc_expiry_date"] for e in expected.entries],
			)

	@given(st.lists(st.integers(0, 50), max_size=6), st.one_of(st.none(), st.integers(0, 50)), st.randoms())
	def test_when_all_are_cancelled_the_date_typed_before_the_first_is_back(self, ends, typed, random):
		unit = replay(day(typed), [("contract", n) for n in ends])
		order = list(range(len(ends)))
		random.shuffle(order)
		for name in order:
			unit.end(name)
		self.assertEqual(unit.date, day(typed))

	@given(happenings, st.randoms())
	def test_several_at_once_are_as_one_after_the_other(self, happened, random):
		one, other = replay(None, happened), replay(None, happened)
		gone = [entry["name"] for entry in one.entries if random.random() < 0.5]
		one.end(*gone)
		for name in gone:
			other.end(name)
		self.assertEqual((one.date, one.entries), (other.date, other.entries))

	def test_a_date_typed_after_the_contract_stays(self):
		unit = replay(day(1), [("contract", 10), ("typed", 99)])
		unit.end(0)
		self.assertEqual(unit.date, day(99))

	def test_a_renewal_that_stands_keeps_its_date_and_forgets_what_it_renewed(self):
		unit = replay(day(1), [("contract", 10), ("contract", 20)])
		unit.end(0)
		self.assertEqual(unit.date, day(20))
		unit.end(1)
		self.assertEqual(unit.date, day(1))
