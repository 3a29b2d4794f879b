"""Functions of MariaDB that statements written for Frappe use and SQLite lacks, and conversion of values."""

import datetime
import re
import sqlite3
import time
from decimal import Decimal

_DATE_CODES = {
	"%i": "%M", "%s": "%S", "%e": "%d", "%k": "%H", "%c": "%m", "%M": "%B", "%T": "%H:%M:%S", "%W": "%A", "%u": "%V",
}  # fmt: skip


def _moment(value) -> datetime.datetime | None:
	if value in (None, ""):
		return None
	return datetime.datetime.fromisoformat(str(value))


def _concat(*parts):
	return None if None in parts else "".join(map(str, parts))


def _concat_ws(separator, *parts):
	return None if separator is None else str(separator).join(str(part) for part in parts if part is not None)


def _date_format(value, layout):
	moment = _moment(value)
	if moment is None:
		return None
	return moment.strftime(re.sub("%[a-zA-Z]", lambda m: _DATE_CODES.get(m[0], m[0]), layout))


def _timestamp(day, clock=None):
	if day is None:
		return None
	moment = _moment(str(day)[:10] if clock is not None else day)
	if clock is not None:
		moment += _parse_time(str(clock))
	return moment.isoformat(" ", "microseconds")


def _unix_timestamp(value=None):
	return int(time.time()) if value is None else int(_moment(value).timestamp())


def _datediff(later, earlier):
	return None if None in (later, earlier) else (_moment(later).date() - _moment(earlier).date()).days


def _locate(needle, text, start=1):
	return None if None in (needle, text) else str(text).lower().find(str(needle).lower(), start - 1) + 1


def _substring_index(text, separator, count):
	if text is None:
		return None
	parts = str(text).split(separator)
	return separator.join(parts[:count] if count > 0 else parts[count:])


def _regexp(pattern, text):
	return text is not None and re.search(str(pattern), str(text)) is not None


def _regexp_replace(text, pattern, replacement):
	return None if text is None else re.sub(pattern, replacement, str(text))


def _extreme(choose):
	return lambda *values: None if None in values else choose(values)


FUNCTIONS = [
	("regexp", 2, _regexp),
	("regexp_replace", 3, _regexp_replace),
	("concat", -1, _concat),
	("concat_ws", -1, _concat_ws),
	("if", 3, lambda test, yes, no: yes if test else no),
	("now", 0, lambda: datetime.datetime.now().isoformat(" ", "seconds")),
	("curdate", 0, lambda: datetime.date.today().isoformat()),
	("date_format", 2, _date_format),
	("timestamp", -1, _timestamp),
	("unix_timestamp", -1, _unix_timestamp),
	("datediff", 2, _datediff),
	("year", 1, lambda value: value and _moment(value).year),
	("month", 1, lambda value: value and _moment(value).month),
	("locate", -1, _locate),
	("substring_index", 3, _substring_index),
	("char_length", 1, lambda text: None if text is None else len(str(text))),
	("greatest", -1, _extreme(max)),
	("least", -1, _extreme(min)),
]


def register(connection: sqlite3.Connection) -> None:
	for name, arguments, function in FUNCTIONS:
		connection.create_function(name, arguments, function)


# ---- values ---------------------------------------------------------------------------------------------


def _parse_time(text: str) -> datetime.timedelta:
	"""Times come back as durations, which is what the MariaDB drivers give."""
	hours, minutes, seconds = [*text.split(":"), "0", "0"][:3]
	return datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def _read(parse):
	"""Columns of an upgraded table may hold text that is no date; give it back as it is."""

	def convert(raw: bytes):
		text = raw.decode()
		if not text:
			return None
		try:
			return parse(text)
		except ValueError:
			return text

	return convert


def _write_duration(value: datetime.timedelta) -> str:
	seconds, micro = divmod(round(value.total_seconds() * 1_000_000), 1_000_000)
	return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micro:06}"


def register_types() -> None:
	for declared in ("datetime", "timestamp"):
		sqlite3.register_converter(declared, _read(datetime.datetime.fromisoformat))
	sqlite3.register_converter("date", _read(lambda text: datetime.date.fromisoformat(text[:10])))
	sqlite3.register_converter("time", _read(_parse_time))
	sqlite3.register_adapter(datetime.datetime, lambda value: value.isoformat(" ", "microseconds"))
	sqlite3.register_adapter(datetime.date, datetime.date.isoformat)
	sqlite3.register_adapter(datetime.time, lambda value: value.isoformat("microseconds"))
	sqlite3.register_adapter(datetime.timedelta, _write_duration)
	sqlite3.register_adapter(Decimal, float)
