"""Whitelisted methods about serial numbers. Errors are those of DOMAIN 6, answered with HTTP 417."""

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime

from serial_tracking.exceptions import (
	SerialNoFormatError,
	SerialNoItemError,
	SerialNoLimitError,
	SerialNoQtyError,
	SerialNoRequiredError,
)
from serial_tracking.stock import entry_text, posting, rules, series
from serial_tracking.stock.reasons import reason_text


@frappe.whitelist()
def expand(text: str, item_code: str | None = None) -> list[str]:
	"""The numbers that an entry text means, one for each unit, in the order of entry.

	:param text: numbers, ranges, counts and GS1 codes as in a voucher row (DOMAIN 5)
	:param item_code: with it, the GTIN of a GS1 code must be a barcode of the item
	Raises SerialNoFormatError, SerialNoLimitError (more than 200,000 units) or SerialNoItemError.
	Needs the right to read Serial No.
	"""
	frappe.has_permission("Serial No", throw=True)
	entry = entry_text.parse(text)
	if entry.problems:
		lines = [f"{rules.quote_number(part)}: {reason_text(reason)}" for part, reason in entry.problems]
		frappe.throw("<br>".join(lines), SerialNoFormatError)
	if entry.count > rules.MAX_UNITS:
		frappe.throw(
			_("{0} units, at most {1} are possible").format(entry.count, rules.MAX_UNITS), SerialNoLimitError
		)
	if item_code:
		frappe.has_permission("Item", doc=item_code, throw=True)
		known = posting.gtins_of([item_code])
		for scanned in entry.scanned:
			if scanned.gtin and (item_code, scanned.gtin.zfill(14)) not in known:
				frappe.throw(
					_("{0}: the GTIN {1} is not a barcode of the item").format(
						rules.quote_number(scanned.number), scanned.gtin
					),
					SerialNoItemError,
				)
	return entry.numbers()


@frappe.whitelist()
def preview_series(item_code: str, qty: int, posting_date: str | None = None) -> list[str]:
	"""The numbers that a receipt of `qty` units would get from the item's series now; none is reserved.

	:param qty: pieces, at most 200,000
	:param posting_date: the date that the date tokens take their value from, today by default
	Raises SerialNoSeriesError, SerialNoRequiredError (no series), SerialNoQtyError or SerialNoLimitError.
	Needs the right to read the item.
	"""
	frappe.has_permission("Item", doc=item_code, throw=True)
	if qty < 1:
		frappe.throw(_("The quantity is {0}, it must be above zero").format(qty), SerialNoQtyError)
	if qty > rules.MAX_UNITS:
		frappe.throw(
			_("{0} units, at most {1} are possible").format(qty, rules.MAX_UNITS), SerialNoLimitError
		)
	item = frappe.get_cached_doc("Item", item_code)
	if not item.has_serial_no or not item.serial_no_series:
		frappe.throw(
			_("Item {0} has no series").format(frappe.utils.escape_html(item_code)), SerialNoRequiredError
		)
	day = getdate(posting_date) if posting_date else now_datetime().date()
	return series.preview(series.demand(item.serial_no_series, qty, day, [item.as_dict()]))
