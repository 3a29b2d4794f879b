"""On which days the visits of a service contract fall (DOMAIN 8). Pure functions over plain values.

Periods are calendar periods, counted from the start: a monthly contract from 31 January is due on 28 or 29 February,
on 31 March and so on. A visit comes at the end of its period, the last one not later than the end of the contract.
Nothing is listed before it is counted.
"""

import calendar
import datetime
from collections.abc import Container, Iterable, Iterator

MONTHS = {"Monthly": 1, "Quarterly": 3, "Half Yearly": 6, "Yearly": 12}
WEEKLY, RANDOM = "Weekly", "Random"
PERIODICITIES = (WEEKLY, *MONTHS, RANDOM)
MOST_VISITS = 1000  # of one row

UPCOMING, RUNNING, ENDED = "Upcoming", "Running", "Ended"

DAY = datetime.timedelta(1)


class NoSchedule(ValueError):
	"""Dates, periodicity and number of visits do not fit together.

	`code` says why: "end_before_start", "end_needed", "visits_needed", "too_many_visits" (more than MOST_VISITS),
	"visits_do_not_fit" (`fit` says how many do), "no_such_day" (after the year 9999), "no_working_day".
	"""

	def __init__(self, code: str, fit: int | None = None):
		super().__init__(code)
		self.code = code
		self.fit = fit


def due(start: datetime.date, periodicity: str, k: int) -> datetime.date:
	"""The day `k` calendar periods after the start. Raises NoSchedule ("no_such_day")."""
	if periodicity == WEEKLY:
		try:
			return start + datetime.timedelta(7 * k)
		except OverflowError:
			raise NoSchedule("no_such_day") from None
	years, month = divmod(start.month - 1 + MONTHS[periodicity] * k, 12)
	year = start.year + years
	if year > datetime.MAXYEAR:
		raise NoSchedule("no_such_day")
	return datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def visits_that_fit(start: datetime.date, end: datetime.date, periodicity: str) -> int:
	"""How many visits fall due up to the day after the end, at least one: a year has twelve months."""
	if periodicity == WEEKLY:
		return max(((end - start).days + 1) // 7, 1)
	months = 12 * (end.year - start.year) + end.month - start.month
	k = months // MONTHS[periodicity] + 1  # the day after the end may be in the next month
	while k > 1 and not _falls_due(start, end, periodicity, k):
		k -= 1
	return k


def _falls_due(start: datetime.date, end: datetime.date, periodicity: str, k: int) -> bool:
	try:
		return due(start, periodicity, k) - DAY <= end
	except NoSchedule:
		return False


def end_of(start: datetime.date, periodicity: str, visits: int) -> datetime.date:
	"""The last day of a contract of so many visits. Raises NoSchedule."""
	if periodicity == RANDOM:
		raise NoSchedule("end_needed")
	_bound(visits)
	return due(start, periodicity, visits) - DAY


def complete(
	start: datetime.date, end: datetime.date | None, periodicity: str, visits: int | None
) -> tuple[datetime.date, int]:
	"""The end and the number of visits, one filled from the other where it is missing.

	Raises NoSchedule for what does not fit together; `dates` then takes what this returns.
	"""
	if visits and visits < 0:
		raise NoSchedule("visits_needed")
	if end is None:
		if periodicity == RANDOM or not visits:
			raise NoSchedule("end_needed")
		return end_of(start, periodicity, visits), visits
	if end < start:
		raise NoSchedule("end_before_start")
	if periodicity == RANDOM:
		if not visits:
			raise NoSchedule("visits_needed")
		fit = (end - start).days + 1
	else:
		fit = visits_that_fit(start, end, periodicity)
		visits = visits or fit
	_bound(visits)
	if visits > fit:
		raise NoSchedule("visits_do_not_fit", fit)
	return end, visits


def dates(
	start: datetime.date,
	end: datetime.date,
	periodicity: str,
	visits: int,
	holidays: Container[datetime.date] = frozenset(),
) -> list[datetime.date]:
	"""The days of the visits, sorted, inside start..end, on working days.

	A visit that falls on a holiday moves to the nearest working day that no other visit has, the earlier one if two
	are as near; where all are taken, to the nearest one. Raises NoSchedule.
	"""
	end, visits = complete(start, end, periodicity, visits)
	planned = list(_planned(start, end, periodicity, visits))
	taken = {day for day in planned if day not in holidays}
	found = sorted(taken)
	for day in planned:
		if day in holidays:
			found.append(_nearest(day, start, end, holidays, taken))
			taken.add(found[-1])
	return sorted(found)


def _planned(
	start: datetime.date, end: datetime.date, periodicity: str, visits: int
) -> Iterator[datetime.date]:
	for k in range(1, visits + 1):
		if periodicity == RANDOM:
			yield start + datetime.timedelta((end - start).days * k // visits)
		elif _falls_due(start, end, periodicity, k):
			yield min(due(start, periodicity, k), end)
		else:
			yield end


def _nearest(
	day: datetime.date,
	start: datetime.date,
	end: datetime.date,
	holidays: Container[datetime.date],
	taken: Container[datetime.date],
) -> datetime.date:
	working = None
	for near in _around(day, start, end):
		if near not in holidays:
			if near not in taken:
				return near
			working = working or near
	if working is None:
		raise NoSchedule("no_working_day")
	return working


def _around(day: datetime.date, start: datetime.date, end: datetime.date) -> Iterator[datetime.date]:
	"""All days of the range by their distance, the earlier one first."""
	before, after = (day - start).days, (end - day).days
	for distance in range(1, max(before, after) + 1):
		if distance <= before:
			yield day - distance * DAY
		if distance <= after:
			yield day + distance * DAY


def _bound(visits: int) -> None:
	if visits > MOST_VISITS:
		raise NoSchedule("too_many_visits")


def overlap(
	start: datetime.date, end: datetime.date, other_start: datetime.date, other_end: datetime.date
) -> bool:
	"""Do two periods share a day? Back to back they do not."""
	return start <= other_end and other_start <= end


def status(from_date: datetime.date, to_date: datetime.date, day: datetime.date) -> str:
	"""Where a submitted schedule stands on a day: Upcoming, Running or Ended."""
	if day < from_date:
		return UPCOMING
	return RUNNING if day <= to_date else ENDED


def period(rows: Iterable[tuple[datetime.date, datetime.date]]) -> tuple[datetime.date, datetime.date]:
	"""The first and the last day of several contracts."""
	starts, ends = zip(*rows, strict=True)
	return min(starts), max(ends)


def is_overdue(scheduled_date: datetime.date, completion_status: str | None, day: datetime.date) -> bool:
	"""Is a visit of a submitted schedule late, and not yet made in full?"""
	return completion_status != "Fully Completed" and scheduled_date < day


def same_length(
	start: datetime.date, end: datetime.date, periodicity: str, other_start: datetime.date
) -> datetime.date:
	"""The end of a contract from `other_start` that is as long as one from `start` to `end`.

	Whole months are counted as months unless the contract goes by weeks: after a year comes a year, leap years or
	not. Raises NoSchedule.
	"""
	months = visits_that_fit(start, end, "Monthly")
	if periodicity != WEEKLY and due(start, "Monthly", months) - DAY == end:
		return due(other_start, "Monthly", months) - DAY
	try:
		return other_start + (end - start)
	except OverflowError:
		raise NoSchedule("no_such_day") from None
