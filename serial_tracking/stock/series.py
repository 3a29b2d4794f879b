"""Numbers from an item's series, in blocks (DOMAIN 5, Series).

A series such as `LAP-.YYYY.-.#####` is split at its dots. The group of `#` is the counter, everything else
is a date token, a field, a token of Frappe's `naming_series_variables` hook, or literal text. The counter
lives in Frappe's own `tabSeries` under the text before it, as Frappe's naming does.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr

from serial_tracking.exceptions import SerialNoSeriesError
from serial_tracking.stock import bulk, entry_text
from serial_tracking.stock import number as serial_number

ALLOWED = re.compile(r"^[\w\- /.#{}]+$")  # what Frappe's NamingSeries accepts
DEFAULT_COUNTER = "#####"
LARGEST_COUNTER = 2**31 - 1  # of tabSeries.current
LONGEST_COUNTER = 20  # digits, the leading zeros too
SERIES_LENGTH = 140  # characters of Item.serial_no_series
KEY_LENGTH = 100  # characters of tabSeries.name
LARGEST_WINDOW = 20_000  # numbers looked up at once while skipping taken ones

DATE_TOKENS: dict[str, Callable[[datetime.date], str]] = {
	"YYYY": lambda day: f"{day:%Y}",
	"YY": lambda day: f"{day:%y}",
	"MM": lambda day: f"{day:%m}",
	"DD": lambda day: f"{day:%d}",
	"JJJ": lambda day: f"{day:%j}",
	"WW": lambda day: _consecutive_week(day),
}


@dataclass(frozen=True, slots=True)
class Series:
	"""A series taken apart: tokens before the counter, its width, tokens after it."""

	before: tuple[str, ...]
	width: int
	after: tuple[str, ...]

	@classmethod
	def parse(cls, text: str) -> "Series":
		"""Take a series apart. Raises SerialNoSeriesError, naming the series and what is wrong with it."""
		text = (text or "").strip()
		if len(text) > SERIES_LENGTH:
			_refuse(f"{text[:SERIES_LENGTH]}…", _("it is longer than {0} characters").format(SERIES_LENGTH))
		if not text or not ALLOWED.match(text):
			_refuse(
				text, _("only letters, digits, spaces and - / . # {{ }} are allowed").replace("{{ }}", "{ }")
			)
		parts = [part for part in text.split(".") if part]
		counters = [i for i, part in enumerate(parts) if set(part) == {"#"}]
		if any("#" in part and set(part) != {"#"} for part in parts):
			_refuse(text, _("write a dot before and after the # of the counter"))
		if len(counters) > 1:
			_refuse(text, _("it has more than one counter"))
		if not counters:
			parts.append(DEFAULT_COUNTER)
			counters = [len(parts) - 1]
		at = counters[0]
		if len(parts[at]) > LONGEST_COUNTER:
			_refuse(text, _("its counter has more than {0} digits").format(LONGEST_COUNTER))
		return cls(tuple(parts[:at]), len(parts[at]), tuple(parts[at + 1 :]))

	@property
	def prefix(self) -> str:
		"""The text before the counter with its tokens unread: what two items may not share."""
		return ".".join(self.before)


@dataclass(slots=True)
class Demand:
	"""`count` numbers wanted from one counter: its key, its width, and the text after it."""

	key: str
	width: int
	suffix: str
	count: int

	def number(self, n: int) -> str:
		return f"{self.key}{str(n).zfill(self.width)}{self.suffix}"


def demand(
	text: str, count: int, posting_date: datetime.date, sources: Iterable[Mapping[str, Any]]
) -> Demand:
	"""What a row needs from its item's series.

	:param text: the series of the item
	:param count: pieces
	:param sources: where fields are looked up, first hit wins: the row, the voucher, the item
	Raises SerialNoSeriesError for an invalid series, a token without a value, or a number not allowed.
	"""
	series = Series.parse(text)
	sources = list(sources)
	before = "".join(_read(token, text, posting_date, sources) for token in series.before)
	after = "".join(_read(token, text, posting_date, sources) for token in series.after)
	if len(before) > KEY_LENGTH:
		_refuse(text, _("the text before the counter is longer than {0} characters").format(KEY_LENGTH))
	wanted = Demand(before, series.width, after, count)
	if reason := entry_text.problem(wanted.number(10**series.width - 1)):
		from serial_tracking.stock.reasons import reason_text

		_refuse(text, reason_text(reason))
	return wanted


def reserve(demands: list[Demand], also_taken: Iterable[str] = ()) -> list[list[str]]:
	"""Numbers for each demand, never given before and never again: one locked update per counter.

	The counter rows stay locked until the transaction ends. Numbers that a Serial No bears already, or whose
	keys are among `also_taken`, are skipped. Counters are locked in sorted order.
	"""
	taken = set(also_taken)
	reserved: list[list[str]] = [[] for _demand in demands]
	for key in sorted({d.key for d in demands}):
		current = _lock_counter(key)
		for i, wanted in enumerate(demands):
			if wanted.key == key:
				reserved[i], current = _free_numbers(wanted, current, taken)
				taken.update(serial_number.key(number) for number in reserved[i])
		if current > LARGEST_COUNTER:
			_refuse(key, _("its counter cannot go beyond {0}").format(LARGEST_COUNTER))
		table = frappe.qb.DocType("Series")
		frappe.qb.update(table).set(table.current, current).where(table.name == key).run()
	return reserved


def preview(wanted: Demand) -> list[str]:
	"""The numbers that `reserve` would give now; none is reserved."""
	return _free_numbers(wanted, _current(wanted.key) or 0, set())[0]


def _free_numbers(wanted: Demand, current: int, taken: set[str]) -> tuple[list[str], int]:
	found: list[str] = []
	window = wanted.count
	while len(found) < wanted.count:
		candidates = {serial_number.key(n): (i, n) for i, n in _candidates(wanted, current, window)}
		known = {
			row["serial_key"] for row in bulk.select("Serial No", ["serial_key"], "serial_key", candidates)
		}
		free = [pair for key, pair in candidates.items() if key not in known and key not in taken]
		free = free[: wanted.count - len(found)]
		found += [number for _n, number in free]
		current = free[-1][0] if len(found) == wanted.count else current + window
		window = min(max(window * 2, 100), LARGEST_WINDOW)
	return found, current


def _candidates(wanted: Demand, current: int, window: int) -> Iterator[tuple[int, str]]:
	return ((n, wanted.number(n)) for n in range(current + 1, current + window + 1))


def _current(key: str, lock: bool = False) -> int | None:
	table = frappe.qb.DocType("Series")
	query = frappe.qb.from_(table).select(table.current).where(table.name == key)
	rows = (query.for_update() if lock else query).run()
	return cint(rows[0][0]) if rows else None


def _lock_counter(key: str) -> int:
	# looked for without a lock: a locking read of a missing row locks the gap, and two processes that make
	# the row at once would each wait for the other's gap
	if _current(key) is None:
		bulk.insert("Series", ["name", "current"], [(key, 0)], ignore_duplicates=True)
	return _current(key, lock=True)


def _read(token: str, text: str, posting_date: datetime.date, sources: list[Mapping[str, Any]]) -> str:
	"""The value of one token, in Frappe 16's order: hook, date, field, literal."""
	if hook := frappe.get_hooks("naming_series_variables", {}).get(token):
		value = frappe.get_attr(hook[0])(sources[0] if sources else None, token)
	elif token in DATE_TOKENS:
		return DATE_TOKENS[token](posting_date)
	elif "{" in token or "}" in token:
		return re.sub(r"\{([^{}]*)\}", lambda m: _field(m[1].strip(), text, sources), token)
	elif any(token in source for source in sources):
		value = _field(token, text, sources)
	else:
		return token
	if not cstr(value).strip():
		_refuse(text, _("{0} has no value").format(token))
	return cstr(value).strip()


def _field(fieldname: str, text: str, sources: list[Mapping[str, Any]]) -> str:
	for source in sources:
		value = cstr(source.get(fieldname)).strip()
		if value:
			return value
	_refuse(text, _("{0} has no value").format(fieldname))


def _consecutive_week(day: datetime.date) -> str:
	"""The ISO week, made to ascend within a calendar year as Frappe does: 00 in January, 53 in December."""
	week = day.isocalendar().week
	if day.month == 1 and week >= 52:
		return "00"
	if day.month == 12 and week == 1:
		return "53"
	return f"{week:02d}"


def _refuse(text: str, why: str) -> None:
	frappe.throw(
		_("Serial No Series {0}: {1}").format(frappe.bold(frappe.utils.escape_html(text)), why),
		SerialNoSeriesError,
		title=_("Invalid Serial No Series"),
	)
