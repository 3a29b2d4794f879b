"""What people type, paste or scan into the serial number box of a voucher row (DOMAIN 5).

Pure functions over plain values: nothing is expanded before it is counted, so that a range of a billion
costs nothing.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message

from serial_tracking.stock import number as serial_number

LINE = re.compile(r"\r\n|\r|\n")
SEPARATOR = re.compile(r"[,\t]")
COUNT = re.compile(r"^(.*\S)\s+\+([0-9]+)$")
LAST_DIGITS = re.compile(r"^(.*?)([0-9]+)([^0-9]*)$", re.DOTALL)
BRACKETED = re.compile(r"^\([0-9]{2,4}\)")
WEB_ADDRESS = re.compile(r"^https?://", re.IGNORECASE)
SYMBOLOGIES = ("]C1", "]d2", "]Q3")  # GS1-128, GS1 DataMatrix, GS1 QR Code
FNC1 = "\x1d"
LONGEST_TOKEN = 2 * serial_number.MAX_LENGTH + 50  # a range of the longest numbers


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Scanned:
	"""What a GS1 code says of its unit besides the number."""

	number: str
	gtin: str | None = None
	end_of_life_date: datetime.date | None = None
	batch: str | None = None


@dataclass(slots=True)
class Entry:
	"""A box as it was understood. `problems` are pairs of the text and a code of REASONS."""

	segments: list[Segment] = field(default_factory=list)
	scanned: list[Scanned] = field(default_factory=list)
	problems: list[tuple[str, str]] = field(default_factory=list)

	@property
	def count(self) -> int:
		return sum(s.count for s in self.segments)

	def numbers(self) -> list[str]:
		"""All numbers, in the order of entry. Look at `count` first."""
		return list(chain.from_iterable(s.numbers() for s in self.segments))


def parse(text: str | None) -> Entry:
	"""Understand the text of a box. Never raises: what is wrong stands in `problems`."""
	entry = Entry()
	for line in LINE.split(text or ""):
		line = line.strip()
		if not line:
			continue
		if is_gs1(line):
			_add_gs1(entry, line)
			continue
		for token in SEPARATOR.split(line) if "," in line or "\t" in line else (line,):
			token = token.strip()
			if token and is_gs1(token):
				_add_gs1(entry, token)
			elif token:
				_add(entry, token)
	return entry


def problem(number: str) -> str | None:
	"""Why a number is refused that was not typed into a box: made from a series, scanned, or recorded by hand.

	Besides what no number may have, a box must be able to hold it: alone in its line it means itself.
	"""
	return serial_number.problem(number) or (None if _means_itself(number) else "not_plain")


def is_gs1(text: str) -> bool:
	"""Is this a GS1 code: by its symbology identifier, brackets, an ASCII 29 inside, or its web address?"""
	return (
		text.startswith(SYMBOLOGIES) or FNC1 in text or bool(BRACKETED.match(text) or WEB_ADDRESS.match(text))
	)


def parse_gs1(text: str) -> Scanned | str:
	"""Number (AI 21), GTIN (01), end of life (17) and batch (10) of a GS1 code, or the code of a reason.

	Source: GS1 General Specifications, section 3; GS1 Digital Link URI syntax.
	"""
	try:
		if WEB_ADDRESS.match(text.removeprefix("]Q3").removeprefix("]d2")):
			parts = GS1DigitalLinkURI.parse(text.removeprefix("]Q3").removeprefix("]d2")).element_strings
		elif BRACKETED.match(text):
			parts = GS1Message.parse_hri(text).element_strings
		else:
			bare = text[3:] if text.startswith(SYMBOLOGIES) else text
			parts = GS1Message.parse(bare.strip(FNC1)).element_strings
	except (ParseError, ValueError):
		return "gs1_unreadable"
	found = {part.ai.ai: part for part in parts}
	if "21" not in found:
		return "gs1_without_serial"
	return Scanned(
		number=serial_number.normalise(found["21"].value),
		gtin=found["01"].value if "01" in found else None,
		end_of_life_date=found["17"].date if "17" in found else None,
		batch=found["10"].value if "10" in found else None,
	)


def _add_gs1(entry: Entry, text: str) -> None:
	scanned = parse_gs1(text)
	if isinstance(scanned, str):
		entry.problems.append((text, scanned))
	elif _add_segment(entry, text, Segment(scanned.number), problem):
		entry.scanned.append(scanned)


def _add(entry: Entry, token: str) -> None:
	if len(token) > LONGEST_TOKEN:
		entry.problems.append((token, "too_long"))
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
		".." in number or SEPARATOR.search(number) or is_gs1(number) or COUNT.match(number)
	)


def _add_segment(entry: Entry, text: str, segment: Segment, problem_of: Callable[[str], str | None]) -> bool:
	for number in segment.ends():
		if reason := problem_of(number):
			entry.problems.append((text, reason))
			return False
	entry.segments.append(segment)
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
