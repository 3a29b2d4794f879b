"""A serial number as such: how it is kept, when two are the same, what is refused (DOMAIN 2, Identity).

Pure functions over plain values.
"""

import hashlib
import unicodedata

MAX_LENGTH = 100  # characters, after NFC
NAME_LENGTH = 140  # characters of a Frappe document name

# control, format, surrogate, line and paragraph separator
REFUSED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def normalise(text: str) -> str:
	"""The number as it is kept: trimmed, in NFC."""
	return unicodedata.normalize("NFC", text.strip())


def key(number: str) -> str:
	"""What identifies a number: two are the same if their keys agree. NFKD, marks dropped, casefolded."""
	if number.isascii():
		return number.lower()
	return _fold(_fold(number))  # casefolding may compose what the first round could not see


def _fold(text: str) -> str:
	decomposed = unicodedata.normalize("NFKD", text.casefold())
	bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
	return bare.casefold().strip()


def problem(number: str) -> str | None:
	"""Why this number is refused, as a code of `entry_text.REASONS`; None if it is fine."""
	if not number:
		return "empty"
	if len(number) > MAX_LENGTH:
		return "too_long"
	if number.isascii():
		if not number.isprintable():
			return "control_character"
		return "angle_bracket" if "<" in number or ">" in number else None
	for c in number:
		if c in "<>":
			return "angle_bracket"
		if ord(c) > 0xFFFF:
			return "outside_plane"
		category = unicodedata.category(c)
		if category in REFUSED_CATEGORIES:
			return "control_character"
		if category == "Nd" and not c.isascii():
			return "foreign_digit"
	return None if key(number) else "empty"


def is_unicode(text: str) -> bool:
	"""Can a database take this text? JSON can carry half of a surrogate pair."""
	try:
		text.encode()
	except UnicodeEncodeError:
		return False
	return True


def readable(text: str) -> str:
	"""A text that a message can carry: for each half of a surrogate pair a question mark (`is_unicode`)."""
	return text.encode(errors="replace").decode()


def qualified(number: str, item_code: str) -> str:
	"""The record name of a number that another item bears already: number and item, within 140 characters.

	An item code that does not fit is shortened and told apart by a hash of the whole.
	"""
	name = f"{number} ({item_code})"
	if len(name) <= NAME_LENGTH:
		return name
	digest = hashlib.sha256(item_code.encode()).hexdigest()[:12]
	room = NAME_LENGTH - len(number) - len(digest) - 4
	return f"{number} ({item_code[:room]}~{digest})"
