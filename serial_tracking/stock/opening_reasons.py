"""What the codes of `opening` and `opening_file` mean to people, as HTML, in the user's language."""

from typing import Any

from frappe import _
from frappe.utils import cstr, escape_html

from serial_tracking.stock.opening import COLUMNS, Problem
from serial_tracking.stock.reasons import reason_text
from serial_tracking.stock.rules import quote_number


def labels() -> dict[str, str]:
	"""Fieldname of a column → its label."""
	return {
		"item_code": _("Item Code"),
		"warehouse": _("Warehouse"),
		"serial_no": _("Serial No"),
		"qty": _("Quantity"),
		"rate": _("Rate"),
		"supplier_serial_no": _("Supplier Serial No"),
		"warranty_expiry_date": _("Warranty Expiry Date"),
		"supplier_warranty_expiry_date": _("Supplier Warranty Expiry Date"),
		"end_of_life_date": _("End of Life Date"),
	}


def problem_text(problem: Problem) -> str:
	"""What is wrong, without the line."""
	text = _texts(problem.code).format(*_shown(problem))
	return f"{labels()[problem.column]}: {text}" if problem.column else text


def note_text(code: str, values: tuple) -> str:
	"""What a user should know of the way in which the file was read."""
	texts = {
		"windows_1252": _(
			"The file is not UTF-8: it was read as Windows-1252. Look at its accents and umlauts"
		),
		"only_sheet": _("Only the sheet {0} was read"),
		"columns_ignored": _("Columns left out: {0}"),
		"floated": _("Numbers with .0 at their end were read without it: {0} …"),
	}
	listed = ", ".join(quote_number(cstr(value)) for value in values)
	return texts[code].format(listed)


def _shown(problem: Problem) -> list[Any]:
	values = list(problem.values)
	if problem.code == "bad_number":
		return [quote_number(values[0]), reason_text(values[1])]
	if problem.code == "columns_unknown":
		known = ", ".join(escape_html(labels()[name]) for name in COLUMNS)
		return [", ".join(quote_number(value) for value in values), known]
	return [quote_number(value) if isinstance(value, str) else f"{value:,}" for value in values]


def _texts(code: str) -> str:
	return {
		# the file
		"file_too_large": _("The file is larger than {0} MB"),
		"old_excel": _("This is an old or a protected workbook. Save it as XLSX, without a password"),
		"xlsx_broken": _("The workbook cannot be read. Open it, save it as XLSX and try again"),
		"xlsx_too_large": _("Unpacked, the workbook is larger than {0} MB, or in one piece. Save the table alone as CSV"),
		"csv_broken": _("The table cannot be read from here on: a quotation mark is missing or too much, or the line is endless"),
		"encoding": _("The file is no text that can be read. Save it as XLSX, or as CSV in UTF-8"),
		"too_many_lines": _("More than {0} lines. Use several files and vouchers"),
		"too_many_rows": _("{0} rows in one voucher, at most {1} are possible. Use several files and vouchers"),
		"empty_file": _("The file is empty"),
		"no_lines": _("The file has no line below its header"),
		# the header
		"no_header": _("The first line names none of the columns. Take the template"),
		"too_many_columns": _("The file has {0} columns or more"),
		"which_column": _("The file has several columns. Head the one with the numbers: Serial No"),
		"column_missing": _("the column is missing"),
		"column_twice": _("the column stands there twice"),
		"columns_unknown": _("Unknown columns: {0}. Known are {1}. Rename them, take them out, or let them be ignored"),
		# a cell
		"no_heading": _("{0} stands in a column without a heading; a comma in a text or number needs quotation marks around it"),
		"formula": _("the formula has no stored result. Open the file in a spreadsheet and save it, or paste the values"),
		"excel_error": _("the spreadsheet shows the error {0}"),
		"turned_into_time": _("the spreadsheet holds the time {0}. Format the column as text and enter it anew"),
		"turned_into_truth": _("the spreadsheet holds the truth value {0}. Format the column as text and enter it anew"),
		"turned_into_date": _("the spreadsheet made a date of it, {0}. Format the column as text and enter it anew"),
		"digits_lost": _("{0} has lost digits: spreadsheets keep 15 of a number. Format the column as text and enter it anew"),
		"number_not_text": _("the spreadsheet holds the number {0}. Format the column as text and enter it anew"),
		"no_number": _("{0} is not a number"),
		"ambiguous_number": _("{0} may have thousands or decimals. Write it without thousands, or with other decimals: 1234 or 1.2340"),
		"number_out_of_range": _("{0} is below zero or too large"),
		"no_date": _("{0} is not a date as YYYY-MM-DD or {1}"),
		"no_iso_date": _("{0} is not a date as YYYY-MM-DD"),
		# a line
		"missing": _("nothing is given"),
		"unknown_item": _("{0} is unknown, or you may not see it"),
		"unknown_warehouse": _("{0} is unknown, or you may not see it"),
		"warehouse_is_group": _("{0} is a group; name a warehouse below it"),
		"warehouse_disabled": _("{0} is disabled"),
		"bad_number": _("{0}: {1}"),
		"twice": _("{0} stands in line {1} too"),
		"not_of_a_unit": _("the item {0} has no serial numbers, so this cannot be kept"),
		"one_unit": _("a line with a serial number is one unit, not {0}"),
		"whole_units": _("{0} is not a number of units. Name a serial number, or how many are to be made from the series"),
		"without_number": _("it needs the serial number of its unit"),
	}[code]  # fmt: skip
