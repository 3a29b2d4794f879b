"""GS1 codes: what they say, and how a unit's is written. Pure functions over plain values.

Sources: GS1 General Specifications, section 3 (application identifiers) and 7.8 (element strings, FNC1);
GS1 Digital Link Standard, URI syntax. Both are read by `biip`.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from biip import ParseConfig, ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString, GS1ElementStrings
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin
from biip.upc import Upc

from serial_tracking.stock import number as serial_number

GTIN, BATCH, END_OF_LIFE, SERIAL = "01", "10", "17", "21"
SYMBOLOGIES = ("]C1", "]d2", "]Q3", "]e0", "]J1")  # GS1-128, DataMatrix, QR Code, DataBar, DotCode
FNC1 = "\x1d"
# what scanners are set to send for FNC1, where a browser would swallow a control character; GS1 data has none
SEPARATORS = (FNC1, "\u241d", "|", "~", "^")
IDENTIFIER = re.compile(r"^(\][A-Za-z][0-9A-Za-z])+")  # of a symbology, ISO/IEC 15424
BRACKETED = re.compile(r"^\([0-9]{2,4}\)")
BRACKETED_PART = re.compile(r"\(([0-9]{2,4})\)(.+?)(?=\([0-9]{2,4}\)|$)", re.DOTALL)
WEB_ADDRESS = re.compile(r"^https?://", re.IGNORECASE)
GTIN_FIRST = re.compile(r"^01([0-9]{14})")
GTIN_LENGTHS = (8, 12, 13, 14)
# AI 21: up to 20 characters of GS1's character set 82 (General Specifications, figure 7.11-1)
SERIAL_OF_GS1 = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}""")
LONGEST = 8000  # characters of a code; a QR Code holds 7,089 digits
MOST_READINGS = 20

# for `other_readings`: the AIs that accompany units
FIXED_LENGTH = {"01": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6}
VARIABLE_LENGTH = ("10", "21")  # up to 20


@dataclass(frozen=True, slots=True)
class Code:
	"""What a GS1 code says of a unit or an item."""

	number: str | None = None
	gtin: str | None = None  # 14 digits
	end_of_life_date: datetime.date | None = None
	batch: str | None = None
	parts: dict[str, str] = field(default_factory=dict)  # AI → value, all of them


def is_marked(text: str) -> bool:
	"""Is this a GS1 code: by its symbology identifier, brackets, an ASCII 29 inside, or its web address?"""
	if FNC1 in text or "\u241d" in text or text.startswith(SYMBOLOGIES):
		return True
	bare = without_identifier(text)
	return bare.startswith(("(", "h", "H")) and bool(BRACKETED.match(bare) or WEB_ADDRESS.match(bare))


def without_identifier(text: str) -> str:
	"""The text without the three characters that tell the kind of barcode, which scanners can be set to send."""
	return IDENTIFIER.sub("", text) if text.startswith("]") else text


def parse(text: str) -> Code | str:
	"""What a GS1 code says, or the code of a reason why it cannot be read (see `reasons`)."""
	if len(text) > LONGEST:
		return "gs1_unreadable"
	bare = without_identifier(text)
	try:
		if WEB_ADDRESS.match(bare):
			elements = list(GS1DigitalLinkURI.parse(bare).element_strings)
		elif BRACKETED.match(bare):
			elements = [_element(ai, value.strip()) for ai, value in BRACKETED_PART.findall(bare)]
		else:
			config = ParseConfig(separator_chars=SEPARATORS)
			elements = list(GS1Message.parse(bare.strip("".join(SEPARATORS)), config=config).element_strings)
		return _code(elements) if elements else "gs1_unreadable"
	except (ParseError, ValueError):
		return "gs1_unreadable"


def parse_unmarked(text: str) -> Code | None:
	"""A code without any mark, as the scan field meets it: a GTIN with its check digit comes first."""
	match = GTIN_FIRST.match(text)
	if not match or not is_gtin(match[1]):
		return None
	code = parse(text)
	return None if isinstance(code, str) else code


def other_readings(text: str) -> list[Code]:
	"""How an element string without separators may be meant, if the scanner swallowed them.

	A batch or serial then ends where the next application identifier begins, and that is anybody's guess: here
	are the readings with a serial besides that of the standard, by which it goes on to the end.
	"""
	bare = without_identifier(text)
	if any(c in bare for c in SEPARATORS) or BRACKETED.match(bare) or WEB_ADDRESS.match(bare):
		return []
	standard, found = parse(text), []
	for pairs in islice(_splits(bare, frozenset()), 50 * MOST_READINGS):
		try:
			code = _code([_element(ai, value) for ai, value in pairs])
		except (ParseError, ValueError):
			continue
		if code.number and code != standard and (not code.gtin or is_gtin(code.gtin)):
			found.append(code)
	return found[:MOST_READINGS]


def is_gtin(text: str) -> bool:
	"""Are these 8, 12, 13 or 14 digits, the last of them the right check digit?"""
	if not (text.isascii() and text.isdigit() and len(text) in GTIN_LENGTHS):
		return False
	try:
		return bool(Gtin.parse(text))
	except ParseError:
		return False


def spellings(barcode: str) -> list[str]:
	"""How a scanned barcode may be recorded: a GTIN in each of its lengths, anything else as it is.

	The 14-digit form of a GTIN fills it with zeros; UPC-E is a UPC-A with its zeros left out.
	"""
	if not (barcode.isascii() and barcode.isdigit() and len(barcode) in (*GTIN_LENGTHS, 6)):
		return [barcode]
	forms = {barcode}
	filled = [barcode.zfill(14)] if len(barcode) in GTIN_LENGTHS else []
	if len(barcode) in (6, 8):
		try:
			filled.append(Upc.parse(barcode).as_gtin_14())
		except ParseError:
			pass
	for gtin in filled:
		forms.update(gtin[14 - n :] for n in GTIN_LENGTHS if not gtin[: 14 - n].strip("0"))
	return sorted(forms)


def fits(number: str) -> bool:
	"""Can AI 21 carry this number?"""
	return bool(SERIAL_OF_GS1.fullmatch(number))


def element_string(
	number: str, gtin: str | None = None, end_of_life_date: datetime.date | None = None
) -> str:
	"""The element string of a unit, without FNC1 at its start.

	What has a fixed length comes first and the number last, so that no separator is needed that a scanner or a
	browser could lose. A date that two digits of a year cannot tell is left out.
	"""
	return "".join(f"{ai}{value}" for ai, value in _parts(number, gtin, end_of_life_date))


def bracketed(number: str, gtin: str | None = None, end_of_life_date: datetime.date | None = None) -> str:
	"""The same for people, as it stands beside a barcode: (01)…(17)…(21)…"""
	return "".join(f"({ai}){value}" for ai, value in _parts(number, gtin, end_of_life_date))


def digital_link(
	number: str, gtin: str, end_of_life_date: datetime.date | None = None, domain: str | None = None
) -> str:
	"""The unit as a web address.

	:param domain: host, or host and path, of a resolver; by default GS1's own
	"""
	elements = GS1ElementStrings(_element(*part) for part in _parts(number, gtin, end_of_life_date))
	host, _slash, prefix = (domain or "").partition("/")
	return GS1DigitalLinkURI.from_element_strings(elements).as_uri(
		domain=host or None, prefix=prefix.strip("/") or None
	)


def _parts(
	number: str, gtin: str | None, end_of_life_date: datetime.date | None
) -> Iterator[tuple[str, str]]:
	if not fits(number):
		raise ValueError(f"AI 21 cannot carry {number!r}")
	if gtin:
		yield GTIN, gtin.zfill(14)
	if end_of_life_date and _two_digits_tell(end_of_life_date):
		yield END_OF_LIFE, f"{end_of_life_date:%y%m%d}"
	yield SERIAL, number


def _two_digits_tell(date: datetime.date) -> bool:
	return _element(END_OF_LIFE, f"{date:%y%m%d}").date == date


def _element(ai: str, value: str) -> GS1ElementString:
	element = GS1ElementString.parse(f"{ai}{value}")
	if element.ai.ai != ai:
		raise ParseError(f"{ai} is no application identifier")
	return element


def _code(elements: list[GS1ElementString]) -> Code:
	found: dict[str, GS1ElementString] = {}
	for element in elements:
		if found.setdefault(element.ai.ai, element).value != element.value:
			raise ParseError(f"{element.ai} twice")  # two codes in one, or a broken one
	parts = {ai: element.value for ai, element in found.items()}
	if GTIN in parts and not is_gtin(parts[GTIN]):
		raise ParseError(f"{parts[GTIN]} has a wrong check digit")
	return Code(
		number=serial_number.normalise(parts[SERIAL]) if SERIAL in parts else None,
		gtin=parts.get(GTIN),
		end_of_life_date=found[END_OF_LIFE].date if END_OF_LIFE in found else None,
		batch=parts.get(BATCH),
		parts=parts,
	)


def _splits(text: str, seen: frozenset[str]) -> Iterator[list[tuple[str, str]]]:
	if not text:
		yield []
		return
	ai, rest = text[:2], text[2:]
	if ai in seen:
		return
	lengths = range(1, min(len(rest), 20) + 1) if ai in VARIABLE_LENGTH else (FIXED_LENGTH.get(ai, 0),)
	for length in lengths:
		if 0 < length <= len(rest):
			for others in _splits(rest[length:], seen | {ai}):
				yield [(ai, rest[:length]), *others]
