"""Whitelisted methods about labels: pages to print, PDF, and ZPL for label printers. See docs/labels.md.

All three take the same units: `serial_nos`, record names as a list or its JSON text, or a submitted voucher by
`voucher_type` and `voucher_no`. Of more than 1,000 units they answer with one part. Needed is the right to read the units,
and the voucher.
"""

import re
from typing import Any

import frappe
from frappe import _
from werkzeug.wrappers import Response

from serial_tracking.exceptions import SerialTrackingError
from serial_tracking.serial_tracking import labels


@frappe.whitelist()
@frappe.read_only()
def count(
	serial_nos: str | list[str] | None = None, voucher_type: str | None = None, voucher_no: str | None = None
) -> dict[str, Any]:
	"""How many `labels` there would be, in how many `parts` of `at_once`, and of how many units not: `hidden`, those of a
	voucher that the user may not read.

	Raises SerialNoNotExistsError (chosen units that the user may not read), SerialNoRequiredError (none), or
	SerialTrackingError (no such voucher type, not submitted, neither or both of units and voucher).
	"""
	wanted = _wanted(serial_nos, voucher_type, voucher_no)
	return {
		"labels": len(wanted.names),
		"parts": wanted.parts,
		"at_once": labels.AT_ONCE,
		"hidden": wanted.hidden,
	}


@frappe.whitelist()
@frappe.read_only()
def sheet(
	serial_nos: str | list[str] | None = None,
	voucher_type: str | None = None,
	voucher_no: str | None = None,
	layout: str | None = None,
	code: str | None = None,
	skip: int = 0,
	part: int = 1,
) -> Response:
	"""The labels as a page to be printed, text/html.

	:param layout: A4 3x8, A4 2x7, Roll 62x29 or Roll 100x50; by default that of the settings
	:param code: Code 128, QR Code, GS1 DataMatrix or GS1 Digital Link; by default that of the settings
	:param skip: how many places of the first sheet are used already
	:param part: of 1,000 labels, from 1 on
	Raises what `count` does, SerialTrackingError for what there is not, and SerialNoFormatError naming the numbers that
	the code cannot carry, or not on so small a label.
	"""
	html = labels.page(*_asked(serial_nos, voucher_type, voucher_no, layout, code, skip, part))
	return Response(html, content_type="text/html; charset=utf-8", headers=PRIVATE)


@frappe.whitelist()
@frappe.read_only()
def pdf(
	serial_nos: str | list[str] | None = None,
	voucher_type: str | None = None,
	voucher_no: str | None = None,
	layout: str | None = None,
	code: str | None = None,
	skip: int = 0,
	part: int = 1,
) -> Response:
	"""The same as application/pdf, made by Frappe. Raises SerialTrackingError too where the site has no engine for it."""
	made = labels.pdf(*_asked(serial_nos, voucher_type, voucher_no, layout, code, skip, part))
	return Response(
		made,
		content_type="application/pdf",
		headers={**PRIVATE, "Content-Disposition": f'inline; filename="{_file_name(voucher_no)}.pdf"'},
	)


@frappe.whitelist()
@frappe.read_only()
def zpl(
	serial_nos: str | list[str] | None = None,
	voucher_type: str | None = None,
	voucher_no: str | None = None,
	layout: str | None = None,
	code: str | None = None,
	dpi: int = 203,
	part: int = 1,
) -> Response:
	"""The labels as ZPL II, a file of text in UTF-8 to be sent to a label printer as it is.

	:param layout: a roll
	:param dpi: of the printer: 203, 300 or 600
	Raises what `sheet` does.
	"""
	wanted = _wanted(serial_nos, voucher_type, voucher_no)
	commands = labels.commands(labels.Job.of(layout, code), wanted.part(part), dpi)
	return Response(
		commands,
		content_type="text/plain; charset=utf-8",
		headers={**PRIVATE, "Content-Disposition": f'attachment; filename="{_file_name(voucher_no)}.zpl"'},
	)


PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def _asked(
	serial_nos: str | list[str] | None,
	voucher_type: str | None,
	voucher_no: str | None,
	layout: str | None,
	code: str | None,
	skip: int,
	part: int,
) -> tuple[labels.Job, list[str], int, str | None]:
	wanted, job = _wanted(serial_nos, voucher_type, voucher_no), labels.Job.of(layout, code, skip)
	title = _("Labels of {0}").format(voucher_no) if voucher_no else None
	return job, wanted.part(part), wanted.hidden, title


def _wanted(
	serial_nos: str | list[str] | None, voucher_type: str | None, voucher_no: str | None
) -> labels.Wanted:
	if bool(serial_nos) == bool(voucher_type and voucher_no):
		frappe.throw(_("Name units, or a voucher by its type and number"), SerialTrackingError)
	frappe.has_permission("Serial No", throw=True)
	if serial_nos:
		return labels.of_names(labels.chosen(serial_nos))
	return labels.of_voucher(str(voucher_type), str(voucher_no))


def _file_name(voucher_no: str | None) -> str:
	return re.sub(r"[^A-Za-z0-9._-]+", "_", f"labels-{voucher_no}" if voucher_no else "labels")
