"""A label as SVG: code and texts as vectors, in millimetres, with nothing to be fetched. Pure."""

from html import escape

from serial_tracking.stock.label import Modules
from serial_tracking.stock.label_layout import CUT_OFF, Arrangement, Layout, Line, runs

FONTS = "Arial, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif"
UNIT = 100  # units to the millimetre: whole numbers, and letters of a size that all engines draw
BASELINE = 0.93  # of the size of the letters, from their line's upper edge
PIXELS = 96 / 25.4  # of CSS, to the millimetre
NEARLY_FULL = 0.75  # of its room: a line that a wider font could carry beyond it


def svg(layout: Layout, arrangement: Arrangement, modules: Modules, x: float = 0, y: float = 0) -> str:
	"""The label at a place of its page. The number stands in `data-serial-no` too."""
	width, height = layout.label
	# whole pixels: an engine that rounds them would else squeeze what is inside; it may reach over the edge
	columns, rows = (int(side * PIXELS) for side in (width, min(height, layout.page[1] - CUT_OFF - y)))
	number = "".join(line.text for line in arrangement.lines if line.is_number)
	return (
		f'<svg class="unit-label" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(number)}"'
		f' style="left:{x:g}mm;top:{y:g}mm;width:{columns}px;height:{rows}px" width="{columns}" height="{rows}"'
		f' viewBox="0 0 {columns / PIXELS * UNIT:.3f} {rows / PIXELS * UNIT:.3f}">'
		f"{code_path(arrangement, modules)}{''.join(map(_text, arrangement.lines))}</svg>"
	)


def code_path(arrangement: Arrangement, modules: Modules) -> str:
	"""The dark modules as one path, a rectangle for each stretch of a row."""
	high = arrangement.height / len(modules) / arrangement.module
	shapes = "".join(
		f"M{start} {row * high:g}h{length}v{high:g}h-{length}z"
		for row, dark in enumerate(modules)
		for start, length in runs(dark)
	)
	place = f"translate({_unit(arrangement.x)} {_unit(arrangement.y)}) scale({arrangement.module * UNIT:.3f})"
	return f'<path transform="{place}" shape-rendering="crispEdges" fill="#000" d="{shapes}"/>'


def _text(line: Line) -> str:
	# letters of another font than was reckoned with are squeezed into the room that there is
	squeeze = (
		f' textLength="{_unit(line.width)}" lengthAdjust="spacingAndGlyphs"'
		if line.width > NEARLY_FULL * line.room
		else ""
	)
	weight = ' font-weight="bold"' if line.is_number else ""
	return (
		f'<text x="{_unit(line.x)}" y="{_unit(line.y + BASELINE * line.size)}" font-family="{FONTS}"'
		f' font-size="{_unit(line.size)}"{weight}{squeeze} xml:space="preserve">{escape(line.text)}</text>'
	)


def _unit(millimetres: float) -> int:
	return round(millimetres * UNIT)
