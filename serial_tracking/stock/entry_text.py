"""What people type, paste or scan into the serial number box of a voucher row (DOMAIN 5).

Pure functions over plain values: nothing is expanded before it is counted, so that a range of a billion
costs nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from serial_tracking.stock import gs1
from serial_tracking.stock import number as serial_number

# found one after the other, and not split: ten megabytes of commas are five million parts
PIECE = re.compile(r"[^\s][^\r\n\t]*|\x1d[^\r\n\t]*")  # an FNC1 before a code is part of it
TOKEN = re.compile(r"[^\s,][^,]*")
# what most boxes hold once they are saved: numbers that mean themselves
PLAIN_BOX = re.compile(r"[0-9A-Za-z_/-]{1,100}(?:\n[0-9A-Za-z_/-]{1,100})*")
COUNT = re.compile(r"^(.*\S)\s+\+([0-9]+)$")
LAST_DIGITS = re.compile(r"^(.*?)([0-9]+)([^0-9]*)$", re.DOTALL)
UNUSUAL = (",", "..", "(", "://")  # some of these a scanned number has that does not mean itself
LONGEST_TOKEN = 2 * serial_number.MAX_LENGTH + 50  # a range of the longest numbers
MOST_UNITS = 200_000  # in one voucher
MOST_PROBLEMS = 1000  # nobody mends more at once


@dataclass(slots=True)
class Segment:
	"""A run of `count` numbers: prefix, a counter from `first` padded to `width`, suffix."""

	prefix: str
	count: int = 1
	first: int | None = None
	width: int = 0
	suffix: str = ""

	def numbers(self) -> Iterator[str]:
		if self.first is None:
			return iter((self.prefix,))
		return (
			f"{self.prefix}{str(n).zfill(self.width)}{self.suffix}"
			for n in range(self.first, self.first + self.count)
		)

	def ends(self) -> tuple[str, str]:
		"""The first and the last number: what is true of both is true of all between."""
		if self.first is None:
			return self.prefix, self.prefix
		last = self.first + self.count - 1
		return tuple(f"{self.prefix}{str(n).zfill(self.width)}{self.suffix}" for n in (self.first, last))


@dataclass(slots=True)
class Entry:
	"""A box as it was understood. `problems` are pairs of the text and a code of REASONS."""

	segments: list[Segment] = field(default_factory=list)
	scanned: list[gs1.Code] = field(default_factory=list)
	problems: list[tuple[str, str]] = field(default_factory=list)
	count: int = 0  # units; above MOST_UNITS the rest of the text was not read

	def numbers(self) -> list[str]:
		"""All numbers, in the order of entry. Look at `count` first."""
		return list(chain.from_iterable(s.numbers() for s in self.segments))


def parse(text: str | None) -> Entry:
	"""Understand the text of a box. Never raises: what is wrong stands in `problems`."""
	entry = Entry()
	text = text or ""
	if _has_more_than(MOST_UNITS, PIECE, text):
		entry.count = MOST_UNITS + 1
		return entry
	if PLAIN_BOX.fullmatch(text):
		entry.segments = [Segment(number) for number in text.split("\n")]
		entry.count = len(entry.segments)
		return entry
	for token, is_code in _tokens(text):
		if is_code:
			_add_gs1(entry, token)
		else:
			_add(entry, token)
		if entry.count > MOST_UNITS or len(entry.problems) == MOST_PROBLEMS:
			break
	return entry


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
	"""The parts of a text, and whether each is a GS1 code."""
	for match in PIECE.finditer(text):
		piece = match[0].rstrip()
		if gs1.is_marked(piece):
			yield piece.strip(), True
		elif "," not in piece and piece:
			yield gs1.without_identifier(piece), False
		else:
			for part in TOKEN.finditer(piece):
				token = part[0].rstrip()
				if gs1.is_marked(token):
					yield token, True
				else:
					yield gs1.without_identifier(token), False


def _has_more_than(count: int, pattern: re.Pattern[str], text: str) -> bool:
	return len(text) > count and next(islice(pattern.finditer(text), count, None), None) is not None


def canonical(numbers: Iterable[str]) -> str:
	"""The text of a box that means these numbers: one a line.

	A number that would be read as something else, as a scanned one with a comma would, stands as a GS1 code
	of its own: (21)A,B. So it can be saved again, and copied into another box.
	"""
	numbers = list(numbers)
	text = "\n".join(numbers)
	return "\n".join(_line_of(n) for n in numbers) if any(sign in text for sign in UNUSUAL) else text


def _line_of(number: str) -> str:
	if not _means_itself(number) and gs1.fits(number):
		for line in (f"(21){number}", f"]d221{number}"):  # the second if brackets inside would mislead
			if gs1.parse(line) == gs1.Code(number, parts={gs1.SERIAL: number}):
				return line
	return number


def problem(number: str) -> str | None:
	"""Why a number is refused that was not typed into a box: made from a series, or recorded by hand.

	Besides what no number may have, people must be able to type it: alone in its line it means itself.
	"""
	return serial_number.problem(number) or (None if _means_itself(number) else "not_plain")


def _add_gs1(entry: Entry, text: str) -> None:
	scanned = gs1.parse(text)
	text = text[:LONGEST_TOKEN]  # for messages
	if isinstance(scanned, str):
		entry.problems.append((text, scanned))
	elif scanned.number is None:
		entry.problems.append((text, "gs1_without_serial"))
	elif _add_segment(entry, text, Segment(scanned.number), serial_number.problem):
		entry.scanned.append(scanned)


def _add(entry: Entry, token: str) -> None:
	if len(token) > LONGEST_TOKEN:
		entry.problems.append((token[:LONGEST_TOKEN], "too_long"))
		return
	token = serial_number.normalise(token)
	if ".." in token:
		segment = _range(token)
	elif "+" in token and (match := COUNT.match(token)):
		segment = _counted(match[1], int(match[2]) + 1)
	else:
		segment = Segment(token)
	if isinstance(segment, str):
		entry.problems.append((token, segment))
	else:
		_add_segment(entry, token, segment, serial_number.problem if segment.first is None else problem)


def _means_itself(number: str) -> bool:
	return number == serial_number.normalise(number) and not (
		".." in number
		or "," in number
		or "\t" in number
		or gs1.is_marked(number)
		or gs1.without_identifier(number) != number
		or COUNT.match(number)
	)


def _add_segment(entry: Entry, text: str, segment: Segment, problem_of: Callable[[str], str | None]) -> bool:
	for number in segment.ends():
		if reason := problem_of(number):
			entry.problems.append((text, reason))
			return False
	entry.segments.append(segment)
	entry.count += segment.count
	return True


def _counted(first: str, count: int) -> Segment | str:
	"""`first` and the numbers after it: the last group of digits counts, and grows past its width."""
	match = LAST_DIGITS.match(first)
	if not match:
		return "count_without_digits"
	prefix, digits, suffix = match.groups()
	return Segment(prefix, count, int(digits), len(digits), suffix)


def _range(token: str) -> Segment | str:
	"""`SN0001..SN0100`: both ends alike but for one group of digits of the same width."""
	ends = [end.strip() for end in token.split("..")]
	if len(ends) != 2 or not all(ends):
		return "range_malformed"
	low, high = ends
	if len(low) > serial_number.MAX_LENGTH or len(high) > serial_number.MAX_LENGTH:
		return "too_long"
	if len(low) != len(high):
		return "range_width"
	if low == high:
		return _counted(low, 1)
	start = next(i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a != b)
	stop = len(low)
	while low[stop - 1] == high[stop - 1]:
		stop -= 1
	while stop < len(low) and low[stop] in "0123456789":  # S100..S200 counts in ones
		stop += 1
	a, b = low[start:stop], high[start:stop]
	if not (a.isascii() and a.isdigit() and b.isascii() and b.isdigit()):
		return "range_ends_differ"
	if int(a) > int(b):
		return "range_reversed"
	return Segment(low[:start], int(b) - int(a) + 1, int(a), stop - start, low[stop:])
