"""On which days visits fall. No site needed."""

import datetime
from datetime import date, timedelta
from itertools import pairwise
from unittest import TestCase

from hypothesis import assume, given
from hypothesis import strategies as st

from serial_tracking.service import schedule
from serial_tracking.service.schedule import NoSchedule

DAY = timedelta(1)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
lengths = st.integers(0, 1500).map(timedelta)
periodicities = st.sampled_from(schedule.PERIODICITIES)
periods = st.sampled_from([p for p in schedule.PERIODICITIES if p != "Random"])


@st.composite
def contracts(draw):
	"""Start, end, periodicity and number of visits that fit together, and holidays around them."""
	start = draw(days)
	end = start + draw(lengths)
	periodicity = draw(periodicities)
	fit = (end - start).days + 1
	if periodicity != "Random":
		fit = schedule.visits_that_fit(start, end, periodicity)
	visits = draw(st.integers(1, min(fit, 200)))
	off = draw(st.frozensets(st.integers(0, 6)))  # days of the week
	single = draw(st.frozensets(st.integers(-3, 400), max_size=40))
	holidays = {start + n * DAY for n in single}
	holidays |= {start + n * DAY for n in range((end - start).days + 1) if (start + n * DAY).weekday() in off}
	return start, end, periodicity, visits, frozenset(holidays)


def code_of(call, *args):
	try:
		call(*args)
	except NoSchedule as e:
		return e.code
	return None


class TestDue(TestCase):
	def test_a_monthly_contract_from_the_last_of_january(self):
		for year, february in ((2026, 28), (2028, 29)):
			found = schedule.dates(date(year, 1, 31), date(year, 5, 30), "Monthly", 4)
			self.assertEqual(
				found, [date(year, 2, february), date(year, 3, 31), date(year, 4, 30), date(year, 5, 30)]
			)

	def test_a_contract_from_a_leap_day_comes_back_to_it(self):
		found = [schedule.due(date(2024, 2, 29), "Yearly", k) for k in range(1, 5)]
		self.assertEqual(found, [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)])

	def test_a_year_from_the_first_of_january(self):
		start, end = date(2026, 1, 1), date(2026, 12, 31)
		for periodicity, visits in (
			("Weekly", 52),
			("Monthly", 12),
			("Quarterly", 4),
			("Half Yearly", 2),
			("Yearly", 1),
		):
			with self.subTest(periodicity):
				self.assertEqual(schedule.visits_that_fit(start, end, periodicity), visits)
				if periodicity != "Weekly":
					self.assertEqual(schedule.end_of(start, periodicity, visits), end)
					self.assertEqual(schedule.dates(start, end, periodicity, visits)[-1], end)
		self.assertEqual(
			schedule.dates(start, end, "Quarterly", 4),
			[date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1), date(2026, 12, 31)],
		)

	@given(days, periods, st.integers(1, 300))
	def test_end_and_number_of_visits_follow_from_each_other(self, start, periodicity, visits):
		end = schedule.end_of(start, periodicity, visits)
		self.assertEqual(schedule.visits_that_fit(start, end, periodicity), visits)
		self.assertEqual(schedule.complete(start, None, periodicity, visits), (end, visits))
		self.assertEqual(schedule.complete(start, end, periodicity, None), (end, visits))
		if visits > 1:
			self.assertEqual(schedule.visits_that_fit(start, end - DAY, periodicity), visits - 1)

	@given(days, lengths, periods)
	def test_one_more_period_would_go_beyond_the_end(self, start, length, periodicity):
		fit = schedule.visits_that_fit(start, start + length, periodicity)
		self.assertGreater(schedule.due(start, periodicity, fit + 1), start + length + DAY)
		if fit > 1:
			self.assertLessEqual(schedule.due(start, periodicity, fit), start + length + DAY)


class TestDates(TestCase):
	@given(contracts())
	def test_visits_are_as_many_as_asked_sorted_inside_and_on_working_days(self, contract):
		start, end, _periodicity, visits, holidays = contract
		working = {start + n * DAY for n in range((end - start).days + 1)} - holidays
		if not working:
			self.assertEqual(code_of(schedule.dates, *contract), "no_working_day")
			return
		found = schedule.dates(*contract)
		self.assertEqual(len(found), visits)
		self.assertEqual(found, sorted(found))
		self.assertLessEqual(set(found), working)
		if len(working) >= visits:
			self.assertEqual(len(set(found)), visits)

	@given(contracts())
	def test_without_holidays_each_visit_ends_its_period(self, contract):
		start, end, periodicity, visits, _holidays = contract
		found = schedule.dates(start, end, periodicity, visits)
		if periodicity != "Random":
			expected = [min(schedule.due(start, periodicity, k), end) for k in range(1, visits + 1)]
			self.assertEqual(found, expected)
			return
		gaps = {(b - a).days for a, b in pairwise(found)}
		self.assertLessEqual(max(gaps, default=0) - min(gaps, default=0), 1)  # evenly
		if visits <= (end - start).days:
			self.assertEqual(found[-1], end)

	@given(contracts())
	def test_a_visit_moves_no_further_than_it_must(self, contract):
		start, end, periodicity, _visits, holidays = contract
		assume(periodicity != "Random")
		(found,) = schedule.dates(start, end, periodicity, 1)
		working = [start + n * DAY for n in range((end - start).days + 1) if start + n * DAY not in holidays]
		assume(working)
		(moved,) = schedule.dates(start, end, periodicity, 1, holidays)
		self.assertEqual(moved, min(working, key=lambda day: (abs(day - found), day)))

	def test_of_two_days_as_near_the_earlier_one(self):
		monday = date(2026, 6, 1)
		holidays = {monday}
		found = schedule.dates(date(2026, 5, 1), date(2026, 6, 30), "Monthly", 1, holidays)
		self.assertEqual(found, [date(2026, 5, 31)])

	def test_a_visit_that_moves_leaves_the_days_of_others_alone(self):
		start = date(2026, 6, 1)
		found = schedule.dates(start, start + 9 * DAY, "Random", 9, {start + 5 * DAY})
		self.assertEqual(len(set(found)), 9)
		self.assertNotIn(start + 5 * DAY, found)

	def test_one_day(self):
		day = date(2028, 2, 29)
		for periodicity in schedule.PERIODICITIES:
			self.assertEqual(schedule.dates(day, day, periodicity, 1), [day])
			self.assertEqual(code_of(schedule.dates, day, day, periodicity, 2), "visits_do_not_fit")
			self.assertEqual(code_of(schedule.dates, day, day, periodicity, 1, {day}), "no_working_day")

	def test_what_does_not_fit_is_refused(self):
		first, last = date(2026, 1, 1), date(2026, 12, 31)
		for code, args in {
			"end_before_start": (last, first, "Monthly", 1),
			"end_needed": (first, None, "Random", 3),
			"visits_needed": (first, last, "Random", None),
			"visits_do_not_fit": (first, last, "Monthly", 13),
			"too_many_visits": (first, date(2100, 1, 1), "Weekly", None),
			"no_such_day": (date(9990, 1, 1), None, "Yearly", 20),
		}.items():
			with self.subTest(code):
				self.assertEqual(code_of(schedule.complete, *args), code)
		self.assertEqual(code_of(schedule.complete, first, None, "Monthly", None), "end_needed")
		self.assertEqual(code_of(schedule.complete, first, last, "Monthly", -1), "visits_needed")
		with self.assertRaises(NoSchedule) as caught:
			schedule.complete(first, last, "Quarterly", 5)
		self.assertEqual(caught.exception.fit, 4)

	def test_neither_a_huge_range_nor_a_huge_number_costs_anything(self):
		first, last = date.min, date.max
		for periodicity in schedule.PERIODICITIES:
			code = "too_many_visits"
			self.assertEqual(code_of(schedule.complete, first, last, periodicity, 10**15), code)
		holidays = {last - n * DAY for n in range(100)}
		self.assertEqual(len(schedule.dates(first, last, "Random", 1000, holidays)), 1000)
		self.assertEqual(code_of(schedule.end_of, first, "Weekly", 10**15), "too_many_visits")


class TestPeriods(TestCase):
	def test_status(self):
		first, last = date(2026, 2, 1), date(2026, 2, 28)
		for day, expected in (
			(first - DAY, "Upcoming"),
			(first, "Running"),
			(last, "Running"),
			(last + DAY, "Ended"),
		):
			self.assertEqual(schedule.status(first, last, day), expected)

	def test_overdue(self):
		day = date(2026, 2, 28)
		for scheduled, status, expected in (
			(day, "Pending", False),
			(day - DAY, "Pending", True),
			(day - DAY, None, True),
			(day - DAY, "Partially Completed", True),
			(day - DAY, "Fully Completed", False),
		):
			self.assertIs(schedule.is_overdue(scheduled, status, day), expected)

	@given(days, lengths, days, lengths)
	def test_periods_overlap_if_they_share_a_day(self, start, length, other, other_length):
		shared = max(start, other) <= min(start + length, other + other_length)
		self.assertIs(schedule.overlap(start, start + length, other, other + other_length), shared)

	@given(days, st.integers(1, 60), st.sampled_from(["Monthly", "Quarterly", "Random"]))
	def test_whole_months_are_followed_by_as_many(self, start, months, periodicity):
		end = schedule.end_of(start, "Monthly", months)
		following = schedule.same_length(start, end, periodicity, end + DAY)
		self.assertEqual(following, schedule.end_of(end + DAY, "Monthly", months))

	def test_other_lengths_are_counted_in_days(self):
		start, end = date(2026, 1, 1), date(2026, 1, 20)
		self.assertEqual(schedule.same_length(start, end, "Random", date(2026, 1, 21)), date(2026, 2, 9))
		four_weeks = date(2026, 2, 1), date(2026, 2, 28)  # and a month, but it goes by weeks
		self.assertEqual(schedule.same_length(*four_weeks, "Weekly", date(2026, 3, 1)), date(2026, 3, 28))
		self.assertEqual(schedule.same_length(*four_weeks, "Monthly", date(2026, 3, 1)), date(2026, 3, 31))

	def test_the_calendar_ends(self):
		end = datetime.date.max
		self.assertEqual(code_of(schedule.same_length, date(9999, 12, 2), end, "Weekly", end), "no_such_day")
