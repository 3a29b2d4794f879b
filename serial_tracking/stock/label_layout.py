"""Labels as things of paper: the sizes there are, and where on a label its code and its texts go.

Pure functions over plain values; all lengths are millimetres, from the upper left corner of the label.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# A code is refused rather than printed too fine to be read. 0.19 mm is three dots of a printer of 400 dpi and what
# hand scanners are specified for; squares are read by phones, too.
FINEST_BAR, FINEST_SQUARE = 0.19, 0.25
WIDEST_BAR, WIDEST_SQUARE = 0.5, 1.0
LARGEST_CODE, SHARE_OF_CODE = 32, 0.45  # side of a square code, and its share of the width at most
GAP = 1.5  # between code and texts
LARGEST_TEXT, SMALLEST_TEXT, STEP = 7.0, 1.35, 0.92
SHARE_OF_TEXT = 0.3  # of the height that texts have, the number at most
SMALLEST_WHOLE = 2.4  # a number is rather broken into lines than made smaller than this
LINE_HEIGHT = 1.2
NAME_RATIO, DETAIL_RATIO = 0.85, 0.72  # to the size of the number
ELLIPSIS = "…"
CUT_OFF = 0.2  # of a page: rounded up it would be followed by an empty one


@dataclass(frozen=True, slots=True)
class Layout:
	"""A sheet or a roll of labels."""

	page: tuple[float, float]  # width and height
	label: tuple[float, float]
	columns: int = 1
	rows: int = 1
	margin: tuple[float, float] = (0, 0)  # left and top, of the page
	pitch: tuple[float, float] = (0, 0)  # from one label to the next
	padding: tuple[float, float] = (2, 2)  # where printers do not reach, or miss

	@property
	def per_page(self) -> int:
		return self.columns * self.rows

	@property
	def is_roll(self) -> bool:
		return self.per_page == 1

	@property
	def inside(self) -> tuple[float, float]:
		"""Width and height of what can be printed on."""
		return self.label[0] - 2 * self.padding[0], self.label[1] - 2 * self.padding[1]

	def place(self, number: int) -> tuple[float, float]:
		"""Where on its page the label of this number (from 0) begins: left to right, then down."""
		row, column = divmod(number % self.per_page, self.columns)
		return self.margin[0] + column * self.pitch[0], self.margin[1] + row * self.pitch[1]


# the one place that knows the sizes; the settings offer these keys
LAYOUTS = {
	"A4 3x8": Layout((210, 297), (70, 37), 3, 8, (0, 0.5), (70, 37), padding=(5, 4.5)),
	"A4 2x7": Layout((210, 297), (99.1, 38.1), 2, 7, (4.65, 15.15), (101.6, 38.1), (3, 3)),
	"Roll 62x29": Layout((62, 29), (62, 29), padding=(2, 3)),
	"Roll 100x50": Layout((100, 50), (100, 50), padding=(3, 3)),
}
DEFAULT_LAYOUT = "Roll 62x29"


class CodeTooWideError(ValueError):
	"""The code would be finer than a scanner reads."""


class TextTooLongError(ValueError):
	"""The texts do not fit, however small."""


@dataclass(frozen=True, slots=True)
class Texts:
	"""What people read: the number is never shortened, the name only where nothing else helps, and with an ellipsis."""

	name: str
	number: str
	details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
	"""A line of text, by its upper left corner."""

	x: float
	y: float
	size: float
	text: str
	is_number: bool
	width: float  # as estimated for Arial, which is wide
	room: float


@dataclass(frozen=True, slots=True)
class Arrangement:
	"""A label: its code, by its upper left corner, the size of a module, its height, and the lines of text."""

	x: float
	y: float
	module: float
	height: float
	lines: tuple[Line, ...]


def arrange(
	layout: Layout, columns: int, rows: int, texts: Texts, dots_per_mm: float | None = None
) -> Arrangement:
	"""Where code and texts go: bars below the texts, a square code beside them.

	:param columns, rows: of the code in modules, with its quiet zone; a code of bars has one row
	:param dots_per_mm: of a printer that only draws modules of whole dots
	Raises CodeTooWideError, or TextTooLongError.
	"""
	(left, top), (width, height) = layout.padding, layout.inside
	if rows == 1:
		module = _module(width, columns, FINEST_BAR, WIDEST_BAR, dots_per_mm)
		bars = 0.4 * height
		lines = fit(texts, left, top, width, height - bars - GAP / 2)
		return Arrangement(
			left + (width - columns * module) / 2, top + height - bars, module, bars, tuple(lines)
		)
	side = min(height, SHARE_OF_CODE * width, LARGEST_CODE)
	module = _module(side, max(columns, rows), FINEST_SQUARE, WIDEST_SQUARE, dots_per_mm)
	beside = columns * module + GAP
	lines = fit(texts, left + beside, top, width - beside, height)
	return Arrangement(left, top + (height - rows * module) / 2, module, rows * module, tuple(lines))


def fit(texts: Texts, left: float, top: float, width: float, height: float) -> list[Line]:
	"""The texts in a box, as large as they go in: the name wrapped, the others where they would be too small else.

	Where even the smallest is too large the name is shortened, visibly. Raises TextTooLongError where that does not
	help.
	"""
	for smallest, whole in ((SMALLEST_WHOLE, True), (SMALLEST_TEXT, False)):
		size = min(LARGEST_TEXT, SHARE_OF_TEXT * height)
		while size > smallest:
			if lines := _set(texts, left, top, width, height, size, whole):
				return lines
			size *= STEP
	if lines := _set(texts, left, top, width, height, SMALLEST_TEXT):
		return lines
	shortest, longest = 0, len(texts.name) - 1  # characters of the name: none fits for sure, all do not
	found = None
	while shortest <= longest:
		middle = (shortest + longest) // 2
		name = texts.name[:middle].rstrip() + ELLIPSIS
		shortened = Texts(name, texts.number, texts.details)
		if lines := _set(shortened, left, top, width, height, SMALLEST_TEXT):
			found, shortest = lines, middle + 1
		else:
			longest = middle - 1
	if found is None:
		raise TextTooLongError(texts.number)
	return found


def _set(
	texts: Texts, left: float, top: float, width: float, height: float, size: float, whole: bool = False
) -> list[Line] | None:
	"""The lines, in the middle of the height, or None if they are too high.

	:param whole: also None if more than the name would be broken into lines
	"""
	blocks = [
		(texts.name, NAME_RATIO, False, True),
		(texts.number, 1, True, not whole),
		*((detail, DETAIL_RATIO, False, not whole) for detail in texts.details),
	]
	placed, y = [], 0.0
	for text, ratio, is_number, may_be_broken in blocks:
		if not text:
			continue
		own = max(size * ratio, SMALLEST_TEXT)
		broken = wrap(text, width / own)
		if len(broken) > 1 and not may_be_broken:
			return None
		for line in broken:
			placed.append((y, own, line, is_number))
			y += own * LINE_HEIGHT
			if y > height:
				return None
	down = top + (height - y) / 2
	return [
		Line(left, down + y, own, line, is_number, em(line) * own, width)
		for y, own, line, is_number in placed
	]


# ---------------------------------------------------------------------------------- text


def wrap(text: str, room: float) -> list[str]:
	"""The text in lines of at most `room` times the size of its letters; words that are longer are broken.

	All characters but the space at which a line is broken are there.
	"""
	lines, line, used = [], "", 0.0
	for word in re.findall(r"\s*[^\s\-/_.]*[\-/_.]?", text):
		wide = em(word)
		if used + wide <= room:
			line, used = line + word, used + wide
			continue
		if line:
			lines.append(line)
		line, used = word.lstrip() if line else word, 0.0
		pieces = list(_pieces(line, room))
		lines += pieces[:-1]
		line = pieces[-1] if pieces else ""
		used = em(line)
	return [*lines, line] if line or not lines else lines


def _pieces(word: str, room: float) -> Iterator[str]:
	piece, used = "", 0.0
	for letter in word:
		wide = _width(letter)
		if piece and wide and used + wide > room:  # what has no width stays with its letter
			yield piece
			piece, used = "", 0.0
		piece, used = piece + letter, used + wide
	if piece:
		yield piece


def em(text: str) -> float:
	"""The width of a text, in the size of its letters, at least."""
	return sum(map(_width, text))


# advance widths of Helvetica Bold, which Arial shares, in thousandths: the letters that have each
_WIDTHS = {
	238: "'",
	278: " ,./I\\ijl",
	280: "|",
	333: "!()-:;[]`ft",
	389: "*r{}",
	474: '"',
	500: "z",
	556: "#$0123456789J_aceksvxy",
	584: "+<=>^~",
	611: "?FLTZbdghnopqu",
	667: "EPSVXY",
	722: "&ABCDHKNRU",
	778: "GOQw",
	833: "M",
	889: "%m",
	944: "W",
	975: "@",
}
_OF_LETTER = {letter: width / 1000 for width, letters in _WIDTHS.items() for letter in letters}


@lru_cache(maxsize=4096)
def _width(letter: str) -> float:
	if letter in _OF_LETTER:
		return _OF_LETTER[letter]
	if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
		return 0
	if unicodedata.east_asian_width(letter) in "WF":
		return 1.25 if ord(letter) > 0xFFFF else 1
	base = unicodedata.normalize("NFKD", letter)
	if base != letter and all(part in _OF_LETTER or unicodedata.combining(part) for part in base):
		return sum(_OF_LETTER.get(part, 0) for part in base)
	return 0.8 if letter.isalpha() and not letter.isupper() else 1


# ---------------------------------------------------------------------------------- code


def _module(room: float, modules: int, finest: float, widest: float, dots_per_mm: float | None) -> float:
	module = min(room / modules, widest)
	if dots_per_mm:
		module = int(module * dots_per_mm + 1e-6) / dots_per_mm
	if module < finest:
		raise CodeTooWideError(f"{modules} modules in {room} mm")
	return module


def pages(layout: Layout, count: int, skip: int = 0) -> list[range]:
	"""Which labels (from 0) stand on which page, if so many places of the first page are used already."""
	ends = range(layout.per_page - skip, count + layout.per_page, layout.per_page) if count else ()
	return [
		range(max(end - layout.per_page, 0), min(end, count)) for end in ends if end - layout.per_page < count
	]


def runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
	"""The dark stretches of a row of modules: where they begin, and how long they are."""
	start = None
	for n, dark in enumerate((*row, False)):
		if dark and start is None:
			start = n
		elif not dark and start is not None:
			yield start, n - start
			start = None
