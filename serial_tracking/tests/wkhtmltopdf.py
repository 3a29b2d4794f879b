"""wkhtmltopdf in tests: where it is installed a PDF is really made, and looked at."""

import io
import shutil
import subprocess
import unittest
from unittest.mock import patch

import frappe.utils.pdf
import zxingcpp

try:
	import pypdfium2
except ImportError:  # a bench without the packages for tests
	pypdfium2 = None

PROGRAM = shutil.which("wkhtmltopdf")
POINTS_TO_MM = 25.4 / 72
MISSING = (
	"needs wkhtmltopdf (Debian: apt-get install wkhtmltopdf)"
	if not PROGRAM
	else "needs pypdfium2, a package for tests alone: bench setup requirements --dev installs it"
)
needs_wkhtmltopdf = unittest.skipUnless(PROGRAM and pypdfium2, MISSING)


def use(case):
	"""Frappe makes PDFs by wkhtmltopdf; a Frappe that is built without its PDF part is lent it, as Frappe calls it."""
	if not hasattr(frappe.utils.pdf, "prepare_options"):
		patched = patch("frappe.utils.pdf.get_pdf", _get_pdf)
		patched.start()
		case.addCleanup(patched.stop)


def _get_pdf(html, options=None):
	switches = {"print-media-type": "", "background": "", "disable-smart-shrinking": "", **(options or {})}
	said = [word for name, value in switches.items() for word in (f"--{name}", value) if word]
	done = subprocess.run([PROGRAM, "--quiet", *said, "-", "-"], input=html.encode(), capture_output=True)
	if done.returncode:
		raise OSError(done.stderr.decode())
	return done.stdout


def read(data):
	"""Of each page its width and height in millimetres, the box of what is printed on it, and its codes in reading order."""
	pages = []
	for page in pypdfium2.PdfDocument(io.BytesIO(data)):
		pixels = 300 / 25.4
		image = page.render(scale=300 / 72, grayscale=True).to_pil()
		found = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
		row = image.height / 16  # codes of one row of a sheet differ by less
		found.sort(key=lambda code: (round(code.position.top_left.y / row), code.position.top_left.x))
		box = image.point(lambda value: 255 if value < 128 else 0).getbbox()
		size = tuple(side * POINTS_TO_MM for side in page.get_size())
		pages.append((size, [edge / pixels for edge in box or ()], [code.text for code in found]))
	return pages
