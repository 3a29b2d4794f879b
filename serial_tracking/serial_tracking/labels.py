"""Labels to print: of which units, what stands on them, and the pages or the commands for a printer (docs/labels.md)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate

from serial_tracking.exceptions import (
	SerialNoFormatError,
	SerialNoNotExistsError,
	SerialNoRequiredError,
	SerialTrackingError,
)
from serial_tracking.serial_tracking import true_size
from serial_tracking.stock import bulk, entry_text, label, label_layout, label_svg, units, zpl
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.gtin import gtins_of
from serial_tracking.stock.label_layout import LAYOUTS, Layout
from serial_tracking.stock.reasons import shown_value
from serial_tracking.stock.rules import quote_number

VOUCHERS = ("Purchase Receipt", "Stock Entry", "Delivery Note", "Sales Invoice")
PRINT_FORMAT = "Serial No Label"
WKHTMLTOPDF = "wkhtmltopdf"
MAKING = ("Manufacture", "Repack")
AT_ONCE = 1000
DEFAULT_CODE = label.QR
TEMPLATE = "serial_tracking/templates/labels.html"


@dataclass(frozen=True, slots=True)
class Job:
	"""What is to be printed on what, checked. Raises SerialTrackingError for what there is not."""

	layout_name: str
	code: str
	skip: int = 0  # places of the first sheet that are used already

	@property
	def layout(self) -> Layout:
		return LAYOUTS[self.layout_name]

	@classmethod
	def of(cls, layout: str | None = None, code: str | None = None, skip: int = 0) -> "Job":
		"""By the names of layout and code, those of the settings where they are left out."""
		settings = frappe.get_cached_doc("Serial Tracking Settings")
		layout = layout or settings.label_layout or label_layout.DEFAULT_LAYOUT
		code = code or settings.label_code or DEFAULT_CODE
		for value, known in ((layout, LAYOUTS), (code, label.FORMATS)):
			if value not in known:
				frappe.throw(
					_("{0} is not one of {1}").format(shown_value(value), ", ".join(known)),
					SerialTrackingError,
				)
		if not 0 <= skip < LAYOUTS[layout].per_page:
			frappe.throw(
				_("A sheet of {0} has {1} labels: skip fewer than that").format(
					layout, LAYOUTS[layout].per_page
				),
				SerialTrackingError,
			)
		return cls(layout, code, skip)


@dataclass(frozen=True, slots=True)
class Wanted:
	"""The units to be labelled, by record names, and how many more the user may not see."""

	names: list[str]
	hidden: int = 0

	@property
	def parts(self) -> int:
		return -(-len(self.names) // AT_ONCE)

	def part(self, number: int) -> list[str]:
		"""The units of a part of AT_ONCE, from 1 on. Raises SerialTrackingError if there is none."""
		if not 1 <= number <= self.parts:
			frappe.throw(
				_("There is no part {0} of these labels, but {1}").format(number, self.parts),
				SerialTrackingError,
			)
		return self.names[(number - 1) * AT_ONCE : number * AT_ONCE]


# ---------------------------------------------------------------------------------- which units


def of_names(names: list[str]) -> Wanted:
	"""Units chosen by their record names, in that order, each once.

	Raises SerialNoNotExistsError naming those that there are not, or that the user may not read.
	"""
	names = list(dict.fromkeys(names))
	readable = units.readable_names(names)
	if unknown := [name for name in names if name not in readable]:
		frappe.throw(
			_("Not known: {0}").format(_list(unknown)),
			SerialNoNotExistsError,
		)
	return Wanted(names)


def of_voucher(voucher_type: str, voucher_no: str) -> Wanted:
	"""The units of a submitted voucher in the order of its rows; of a Manufacture or Repack those that it made.

	Units that the user may not read are left out and counted. Raises SerialTrackingError for another document or one
	that is not submitted, SerialNoRequiredError where there is nothing to label, frappe.PermissionError.
	"""
	if voucher_type not in VOUCHERS:
		frappe.throw(
			_("{0} is not one of {1}").format(
				shown_value(voucher_type), ", ".join(_(doctype) for doctype in VOUCHERS)
			),
			SerialTrackingError,
		)
	frappe.has_permission(voucher_type, throw=True)
	doc = frappe.get_doc(voucher_type, voucher_no)
	doc.check_permission("read")
	if not doc.docstatus.is_submitted():
		frappe.throw(
			_("{0} {1} is not submitted: only then is it sure which units it has").format(
				_(voucher_type), escape_html(doc.name)
			),
			SerialTrackingError,
		)
	names = _units_in(doc)
	readable = units.readable_names(names)
	seen = [name for name in names if name in readable]
	if not seen:
		frappe.throw(
			_("{0} {1} has no units that can be labelled").format(_(voucher_type), escape_html(doc.name)),
			SerialNoRequiredError,
		)
	return Wanted(seen, len(names) - len(seen))


def _units_in(doc) -> list[str]:
	only_made = doc.get("purpose") in MAKING
	numbers = [
		(number, row.item_code)
		for row in doc.items
		if row.get("t_warehouse") or not only_made
		for box in ("serial_no", "rejected_serial_no")
		for number in (entry_text.parse(row.get(box)).numbers() if row.get(box) else ())
	]
	found = units.find({serial_number.key(number) for number, _item in numbers})
	per_item = units.unique_per_item()
	meant = (units.pick(found.get(serial_number.key(n), []), item, per_item) for n, item in numbers)
	return list(dict.fromkeys(unit["name"] for unit in meant if unit))


# ---------------------------------------------------------------------------------- what stands on them


@dataclass(frozen=True, slots=True)
class Drawn:
	"""A unit's code, and the texts beside it."""

	code: label.Label
	modules: label.Modules
	texts: label_layout.Texts


def draw(names: Iterable[str], kind: str) -> list[Drawn]:
	"""The codes and texts of units, in the order of the names. At most four statements for each 2,500 of them.

	Raises SerialNoFormatError naming the numbers whose letters the code does not have.
	"""
	names = list(names)
	columns = ("name", "serial_no", "item_code", "item_name", "end_of_life_date")
	found = {unit["name"]: unit for unit in bulk.select("Serial No", columns, "name", names)}
	gtins = gtins_of({unit["item_code"] for unit in found.values()})
	codes = []
	for unit in (found[name] for name in names):
		gtin = gtins.get(unit["item_code"])
		codes.append((unit, gtin, label.of_unit(kind, unit["serial_no"], gtin, unit["end_of_life_date"])))
	if wrong := [unit["serial_no"] for unit, _gtin, code in codes if not code.can_be_drawn]:
		frappe.throw(
			_("{0} does not have the letters of these numbers, choose another code: {1}").format(
				_(kind), _list(wrong)
			),
			SerialNoFormatError,
		)
	return [Drawn(code, code.modules(), _texts(unit, gtin)) for unit, gtin, code in codes]


def _texts(unit: dict[str, Any], gtin: str | None) -> label_layout.Texts:
	details = []
	if gtin:
		details.append(_("GTIN: {0}").format(gtin))
	if unit["end_of_life_date"]:
		details.append(_("Expires: {0}").format(formatdate(unit["end_of_life_date"])))
	return label_layout.Texts(unit["item_name"] or unit["item_code"], unit["serial_no"], tuple(details))


# ---------------------------------------------------------------------------------- paper


def body(job: Job, names: list[str]) -> str:
	"""The labels as HTML for a print: their style and a block for each page, with nothing that would be fetched.

	Raises SerialNoFormatError naming the numbers whose code would be too fine to be read.
	"""
	# which engine makes a PDF of it Frappe may be told by the request
	engine = frappe.form_dict.get("pdf_generator") or _engine()
	enlarged = true_size.enlargement(job.layout_name) if engine == WKHTMLTOPDF else None
	context = {"layout": job.layout, "pages": _pages(job, names), "whole": False, "enlarged": enlarged}
	return frappe.render_template(TEMPLATE, context)


def page(
	job: Job, names: list[str], hidden: int = 0, title: str | None = None, enlarged: float | None = None
) -> str:
	"""The same as a whole document, with a bar above that is not printed.

	:param enlarged: for wkhtmltopdf, see true_size
	"""
	pages = _pages(job, names)
	context = {
		"layout": job.layout,
		"layout_title": title_of(job.layout),
		"pages": pages,
		"whole": True,
		"count": len(names),
		"hidden": hidden,
		"title": title or _("Labels"),
		"lang": frappe.local.lang,
		"enlarged": enlarged,
	}
	return frappe.render_template(TEMPLATE, context)


def pdf(job: Job, names: list[str], hidden: int = 0, title: str | None = None) -> bytes:
	"""The document as PDF, by the engine that the site's Print Format for labels names.

	Raises SerialTrackingError where there is none, or one that does not keep the size of labels.
	"""
	from frappe.utils.pdf import get_pdf

	options, engine = true_size.options_for(job.layout), _engine()
	# as frappe.get_print does, which knows single documents only
	for hook in frappe.get_hooks("pdf_generator") if engine != WKHTMLTOPDF else ():
		html = page(job, names, hidden, title)
		made = frappe.call(
			hook, print_format=PRINT_FORMAT, html=html, options=options, output=None, pdf_generator=engine
		)
		if made:
			return made
	if enlarged := true_size.enlargement(job.layout_name):
		try:
			return get_pdf(page(job, names, hidden, title, enlarged), options=options)
		except (NotImplementedError, OSError):
			frappe.logger().exception("labels as PDF")
	frappe.throw(
		_("This site cannot make PDF files of labels in their true size. Print them from the browser"),
		SerialTrackingError,
	)


def _engine() -> str:
	return frappe.get_cached_value("Print Format", PRINT_FORMAT, "pdf_generator") or WKHTMLTOPDF


def commands(job: Job, names: list[str], dpi: int) -> str:
	"""The labels in ZPL, for a printer of so many dots to the inch.

	Raises SerialTrackingError for a sheet or a resolution that label printers do not have, or as `body` does.
	"""
	if not job.layout.is_roll:
		frappe.throw(_("Label printers print on rolls: choose a roll"), SerialTrackingError)
	if dpi not in zpl.DOTS_PER_MM:
		frappe.throw(
			_("{0} is not one of {1}").format(dpi, ", ".join(map(str, zpl.DOTS_PER_MM))), SerialTrackingError
		)
	made = _each(
		job,
		draw(names, job.code),
		lambda one: zpl.zpl(one.code, one.modules, job.layout, one.texts, dpi),
	)
	return "\n".join(made) + "\n"


def _pages(job: Job, names: list[str]) -> list[list[str]]:
	"""The labels of each page as SVG."""
	drawn = draw(names, job.code)
	arranged = _each(
		job,
		drawn,
		lambda one: label_layout.arrange(job.layout, len(one.modules[0]), len(one.modules), one.texts),
	)
	return [
		[
			label_svg.svg(job.layout, arranged[n], drawn[n].modules, *job.layout.place(n + job.skip))
			for n in numbers
		]
		for numbers in label_layout.pages(job.layout, len(drawn), job.skip)
	]


def _each(job: Job, drawn: list[Drawn], make: Callable[[Drawn], Any]) -> list[Any]:
	made, too_long = [], []
	for one in drawn:
		try:
			made.append(make(one))
		except (label_layout.CodeTooWideError, label_layout.TextTooLongError):
			too_long.append(one.texts.number)
	if too_long:
		frappe.throw(
			_(
				"These numbers are too long for a {0} on a label of {1}, choose another code or a larger label: {2}"
			).format(_(job.code), title_of(job.layout), _list(too_long)),
			SerialNoFormatError,
		)
	return made


def _list(numbers: Iterable[str]) -> str:
	return ", ".join(map(quote_number, numbers))


def chosen(serial_nos: str | list[str]) -> list[str]:
	"""The record names in a list, or in its JSON text. Raises SerialNoRequiredError if it is none, or empty."""
	try:
		names = frappe.parse_json(serial_nos)
	except ValueError:
		names = None
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not names:
		frappe.throw(_("Choose the units that get labels"), SerialNoRequiredError)
	return names


def offered() -> dict[str, Any]:
	"""What the Desk lets people choose from, and what it proposes."""
	settings = frappe.get_cached_doc("Serial Tracking Settings")
	return {
		"layouts": [
			{"name": name, "title": title_of(layout), "per_page": layout.per_page}
			for name, layout in LAYOUTS.items()
		],
		"codes": list(label.FORMATS),
		"resolutions": list(zpl.DOTS_PER_MM),
		"layout": settings.label_layout or label_layout.DEFAULT_LAYOUT,
		"code": settings.label_code or DEFAULT_CODE,
	}


def title_of(layout: Layout) -> str:
	"""The layout in the user's language."""
	size = [f"{side:g}" for side in layout.label]
	if layout.is_roll:
		return _("Roll, {0} × {1} mm").format(*size)
	return _("A4, {0} × {1} labels of {2} × {3} mm").format(layout.columns, layout.rows, *size)
