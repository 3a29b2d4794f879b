"""How large wkhtmltopdf prints what is to be so many millimetres: its builds differ, so the site's own is measured.

On a page that is laid out as one of labels a frame is printed and looked for in the PDF. Debian's and Ubuntu's build (Qt
without its patches) prints everything at 0.768 of its size and ignores the switches that would change that; 0.12.3 with
patched Qt at 0.95; from 0.12.4 on at 1.
"""

import io

import frappe
from frappe.utils.caching import redis_cache

from serial_tracking.stock.label_layout import LAYOUTS, Layout
from serial_tracking.stock.label_svg import PIXELS

TEMPLATE = "serial_tracking/templates/labels.html"
INCH, POINTS = 25.4, 72
TRIES = 3
TOLERANCE = 0.3  # millimetres that an edge of the frame may be off its place: a pixel of old engines
Box = tuple[float, float, float, float]  # left, top, right, bottom


def options_for(layout: Layout) -> dict[str, str]:
	"""What Frappe's PDF engines are told of the paper."""
	width, height = layout.page
	margins = {f"margin-{side}": "0mm" for side in ("top", "right", "bottom", "left")}
	return {"page-width": f"{width:g}mm", "page-height": f"{height:g}mm", **margins}


def enlargement(name: str) -> float | None:
	"""By how much the pages of the layout of this name have to be enlarged to come out right, None where they cannot.

	None too where the site has no wkhtmltopdf. Kept for an hour: measuring takes about a second.
	"""
	return _measured(name) or None


@redis_cache(ttl=60 * 60)
def _measured(name: str) -> float:
	layout, factor = LAYOUTS[name], 1.0
	frame = _frame(layout)

	def is_right(box: Box) -> bool:
		return all(abs(found - wanted) <= TOLERANCE for found, wanted in zip(box, frame, strict=True))

	for _try in range(TRIES):
		found = _print_frame(layout, frame, factor)
		if len(found) == 2 and all(map(is_right, found)):
			return factor
		if not found or not found[0][2]:
			return 0
		factor *= (frame[2] - frame[0]) / (found[0][2] - found[0][0])
	return 0


def _frame(layout: Layout) -> Box:
	"""A tenth of the page away from its edges."""
	width, height = layout.page
	return width / 10, height / 10, width * 0.9, height * 0.9


def _print_frame(layout: Layout, frame: Box, factor: float) -> list[Box]:
	"""Where the frame came out on each page; it is printed on two. Empty where there is no engine."""
	from frappe.utils.pdf import get_pdf

	left, top, right, bottom = frame
	mark = (
		'<svg class="unit-label" xmlns="http://www.w3.org/2000/svg" width="1" height="1">'
		f'<path transform="scale({PIXELS:.6f})" d="M{left} {top}H{right}V{bottom}H{left}z"/></svg>'
	)
	html = frappe.render_template(
		TEMPLATE,
		{"layout": layout, "pages": [[mark], [mark]], "whole": True, "lang": "en", "enlarged": factor},
	)
	try:
		return boxes(get_pdf(html, options=options_for(layout)))
	except (NotImplementedError, OSError):
		frappe.logger().exception("labels as PDF")
		return []


def boxes(pdf: bytes) -> list[Box]:
	"""The box around all black shapes of each page, in millimetres from its upper left corner; of an empty one a point."""
	from pypdf import PdfReader

	found = []
	for page in PdfReader(io.BytesIO(pdf)).pages:
		xs: list[float] = []
		ys: list[float] = []
		path: list[tuple[float, float]] = []
		is_black = [True]

		def draw(operator, operands, matrix, _text_matrix, xs=xs, ys=ys, path=path, is_black=is_black):
			a, b, c, d, e, f = map(float, matrix)
			if operator in (b"m", b"l"):
				x, y = map(float, operands)
				path.append((a * x + c * y + e, b * x + d * y + f))
			elif operator == b"scn":
				is_black[0] = not any(map(float, operands))
			elif operator in (b"f", b"f*", b"B", b"B*", b"n", b"S"):
				if operator not in (b"n", b"S") and is_black[0]:
					xs.extend(x for x, _y in path)
					ys.extend(y for _x, y in path)
				path.clear()

		page.extract_text(visitor_operand_before=draw)
		height = float(page.mediabox.height)
		edges = (min(xs), height - max(ys), max(xs), height - min(ys)) if xs else (0.0,) * 4
		found.append(tuple(edge * INCH / POINTS for edge in edges))
	return found
