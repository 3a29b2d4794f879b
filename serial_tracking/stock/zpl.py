"""A label in ZPL II, the language of label printers. Pure.

Source: Zebra's ZPL II Programming Guide: ^BC, ^BQ, ^BX, ^GF, ^FH and ^CI. The printer draws the codes itself, by its own
dots, as long as they are of ASCII; of other scripts printers of different age make different codes, so that such a code is
sent as a picture.
"""

from serial_tracking.stock.label import CODE_128, DATA_MATRIX, Label, Modules
from serial_tracking.stock.label_layout import Arrangement, Layout, Line, Texts, arrange

DOTS_PER_MM = {203: 8, 300: 12, 600: 24}  # resolutions of label printers, as Zebra counts them
HEX = "\\"  # the sign of ^FH
ESCAPE = "_"  # the sign of ^BX for FNC1; said, since firmware differs in its default
LARGEST_MAGNIFICATION = 10  # of ^BQ
QR_BEGINS_LOWER = 10  # dots by which ^BQ shifts its code down
QUIET_OF_QR, QUIET_OF_DATA_MATRIX, QUIET_OF_BARS = 4, 1, 10  # modules


def zpl(code: Label, modules: Modules, layout: Layout, texts: Texts, dpi: int) -> str:
	"""One label, from ^XA to ^XZ.

	:param modules: of the code, with its quiet zone
	Raises CodeTooWideError where whole dots of the printer would be too fine, or TextTooLongError.
	"""
	dots = DOTS_PER_MM[dpi]
	columns = len(modules[0])
	if code.kind == CODE_128 and code.content.isascii():
		columns = max(columns, _widest_bars(code.content))
	placed = arrange(layout, columns, len(modules), texts, dots)
	width, height = (round(side * dots) for side in layout.label)
	return "\n".join(
		(
			"^XA",
			"^CI28",  # what follows is UTF-8
			f"^PW{width}^LL{height}^LH0,0",
			*(_text(line, dots) for line in placed.lines),
			_code(code, modules, placed, dots),
			"^PQ1",
			"^XZ",
		)
	)


def field(data: str) -> str:
	"""Field data in which no character of it is a command: ^ and ~ begin those, and the sign of ^FH itself."""
	return "".join(
		letter if " " <= letter <= "}" and letter not in ("^", HEX) else _hex(letter) for letter in data
	)


def _hex(letter: str) -> str:
	return "".join(f"{HEX}{byte:02X}" for byte in letter.encode())


def _text(line: Line, dots: int) -> str:
	size = round(line.size * dots)
	return f"{_at(line.x, line.y, dots)}^A0N,{size}^FH{HEX}^FD{field(line.text)}^FS"


def _code(code: Label, modules: Modules, placed: Arrangement, dots: int) -> str:
	module = round(placed.module * dots)
	if not code.content.isascii():
		return f"{_at(placed.x, placed.y, dots)}{_picture(modules, module, round(placed.height * dots))}^FS"
	if code.kind == CODE_128:
		x = placed.x + QUIET_OF_BARS * placed.module
		return (
			f"{_at(x, placed.y, dots)}^BY{module}^BCN,{round(placed.height * dots)},N,N,N,A"
			f"^FH{HEX}^FD{field(code.content)}^FS"
		)
	if code.kind == DATA_MATRIX:
		quiet = QUIET_OF_DATA_MATRIX * placed.module
		data = code.content.replace(ESCAPE, ESCAPE * 2)
		start = f"{ESCAPE}1" if code.is_element_string else ""
		return (
			f"{_at(placed.x + quiet, placed.y + quiet, dots)}^BXN,{module},200,,,,{ESCAPE},1"
			f"^FH{HEX}^FD{start}{field(data)}^FS"
		)
	quiet = QUIET_OF_QR * placed.module
	y = max(placed.y + quiet - QR_BEGINS_LOWER / dots, 0)
	return (
		f"{_at(placed.x + quiet, y, dots)}^BQN,2,{min(module, LARGEST_MAGNIFICATION)}"
		f"^FH{HEX}^FDMA,{field(code.content)}^FS"
	)


def _picture(modules: Modules, module: int, height: int) -> str:
	"""The code as bits: eight dots to the byte, the first of them the highest."""
	high = height if len(modules) == 1 else module  # of bars, of squares
	lines = []
	for row in modules:
		bits = "".join("1" * module if dark else "0" * module for dark in row)
		bits += "0" * (-len(bits) % 8)
		line = "".join(f"{int(bits[n : n + 8], 2):02X}" for n in range(0, len(bits), 8))
		lines += [line] * high
	data = "".join(lines)
	total, per_line = len(data) // 2, len(lines[0]) // 2
	return f"^GFA,{total},{total},{per_line},{data}"


def _widest_bars(content: str) -> int:
	"""Modules of a Code 128 with its quiet zone, whichever of its sets the printer takes for its characters."""
	return 11 * (len(content) + 2) + 13 + 2 * QUIET_OF_BARS


def _at(x: float, y: float, dots: int) -> str:
	return f"^FO{round(x * dots)},{round(y * dots)}"
