"""A table that somebody uploads, CSV or XLSX: from its bytes to lines of cells.

Pure functions over plain values. Nothing that a file says of itself is believed: a refused one raises `Unusable`
before memory or time is spent on it. Frappe's own readers do not serve: they know one delimiter or encoding, keep a
whole workbook, and forget lines, formulas and how a number was shown.
"""

import codecs
import csv
import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import openpyxl

MAX_BYTES = 30 * 1024**2  # of a file
MAX_LINES = 200_000  # below the header
MAX_COLUMNS = 50
MAX_LINE = 100_000  # characters of a line of text
LINES_OF_A_RECORD = 50  # with line breaks inside of quotes

# of an unpacked workbook: a part above PLAIN_PART must be made of rows or texts, none longer than LONGEST_ROW
MAX_UNPACKED = 256 * 1024**2
MAX_PART = 160 * 1024**2
PLAIN_PART = 8 * 1024**2
LONGEST_ROW = 1024**2
LAST_ROW = 1_048_576  # of a worksheet

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BYTE_ORDER_MARKS = (
	(codecs.BOM_UTF8, "utf-8"),
	(codecs.BOM_UTF16_LE, "utf-16-le"),
	(codecs.BOM_UTF16_BE, "utf-16-be"),
)
DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel writes and reads it

Line = tuple[int, list[Any]]  # its number in the file, and its cells
Told = Callable[[int], None]  # is called with the number of a line now and then


class Unusable(Exception):
	"""The file cannot be read: a code of `opening_reasons`, what it takes, and the line where it is known."""

	def __init__(self, code: str, *values: Any, line: int | None = None):
		super().__init__(code)
		self.code, self.values, self.line = code, values, line


@dataclass(frozen=True, slots=True)
class Unreadable:
	"""A cell without a value that can be used: a code of `opening_reasons`, and what the cell shows."""

	code: str
	shown: str = ""


FORMULA = Unreadable("formula", "=")


@dataclass(slots=True)
class Table:
	"""The lines that hold anything, the first of them the header; a cell is None, text, number or date.

	`notes` are codes of what the user should know, with what each takes.
	"""

	lines: list[Line] = field(default_factory=list)
	notes: list[tuple[str, tuple]] = field(default_factory=list)

	def add(self, number: int, cells: list[Any], told: Told | None) -> None:
		if len(self.lines) > MAX_LINES:
			raise Unusable("too_many_lines", MAX_LINES)
		self.lines.append((number, cells))
		if told and not len(self.lines) % 5000:
			told(number)


def read(content: bytes, knows: Callable[[str], bool], told: Told | None = None) -> Table:
	"""The table in a file. Raises Unusable.

	:param knows: does a text head a column? By it the delimiter is found
	"""
	if len(content) > MAX_BYTES:
		raise Unusable("file_too_large", MAX_BYTES // 1024**2)
	if content.startswith(ZIP):
		return read_xlsx(content, told)
	if content.startswith(OLE):
		raise Unusable("old_excel")
	return read_csv(content, knows, told)


# ---------------------------------------------------------------------------------- text


def read_csv(content: bytes, knows: Callable[[str], bool], told: Told | None = None) -> Table:
	table = Table()
	text = _decode(content, table)
	skipped = 0
	if match := SEPARATOR_LINE.match(text):
		delimiter, text, skipped = match[1], text[match.end() :], 1
	else:
		delimiter = _delimiter(text, knows)
	pulled = 0  # lines since the last record ended

	def physical_lines() -> Iterator[str]:
		nonlocal pulled
		for number, line in enumerate(io.StringIO(text, newline=""), skipped + 1):
			pulled += 1
			if len(line) > MAX_LINE or pulled > LINES_OF_A_RECORD:
				raise Unusable("csv_broken", line=number - pulled + 1)
			yield line

	records = csv.reader(physical_lines(), delimiter=delimiter, strict=True)
	start = skipped + 1
	try:
		for record in records:
			pulled = 0
			cells = [cell.strip() or None for cell in record]
			if any(cells):
				table.add(start, cells, told)
			start = skipped + records.line_num + 1
	except csv.Error:
		raise Unusable("csv_broken", line=start) from None
	return table


def _decode(content: bytes, table: Table) -> str:
	try:
		for mark, encoding in BYTE_ORDER_MARKS:
			if content.startswith(mark):
				text = content[len(mark) :].decode(encoding)
				break
		else:
			try:
				text = content.decode("utf-8")
			except UnicodeDecodeError:
				text = content.decode("cp1252")
				table.notes.append(("windows_1252", ()))
	except UnicodeDecodeError:
		raise Unusable("encoding") from None
	if "\0" in text:
		raise Unusable("encoding")
	return text


def _delimiter(text: str, knows: Callable[[str], bool]) -> str:
	"""The one that makes the most known columns of the header."""
	header = next((line for line in io.StringIO(text[:MAX_LINE], newline="") if line.strip()), "")

	def known(delimiter: str) -> int:
		try:
			return sum(knows(cell) for cell in next(csv.reader([header], delimiter=delimiter), []))
		except csv.Error:
			return 0

	return max(DELIMITERS, key=known)  # of equal ones the first


# ---------------------------------------------------------------------------------- workbooks


def read_xlsx(content: bytes, told: Told | None = None) -> Table:
	try:
		_refuse_bombs(content)
		table = _read_sheet(content, told, formulas=True)
		if any(FORMULA in cells for _number, cells in table.lines):
			_take_results(table, _read_sheet(content, None, formulas=False))
	except Unusable:
		raise
	except Exception:  # openpyxl says not what it raises: for broken files nearly anything
		raise Unusable("xlsx_broken") from None
	return table


def _refuse_bombs(content: bytes) -> None:
	"""Look how much there is to unpack, and whether it comes in pieces, before a parser holds it in memory."""
	with zipfile.ZipFile(io.BytesIO(content)) as archive:
		parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
		if sum(part.file_size for part in parts) > MAX_UNPACKED:
			raise Unusable("xlsx_too_large", MAX_UNPACKED // 1024**2)
		for part in parts:
			if part.file_size > MAX_PART:
				raise Unusable("xlsx_too_large", MAX_PART // 1024**2)
			if part.file_size > PLAIN_PART:
				with archive.open(part) as packed:
					_refuse_endless_rows(packed)


def _refuse_endless_rows(packed: Any) -> None:
	since = 0  # bytes since the last end of a row or text
	while chunk := packed.read(65536):
		last = max(chunk.rfind(b"row>"), chunk.rfind(b"si>"))
		since = len(chunk) - last if last >= 0 else since + len(chunk)
		if since > LONGEST_ROW:
			raise Unusable("xlsx_too_large", MAX_PART // 1024**2)


def _read_sheet(content: bytes, told: Told | None, formulas: bool) -> Table:
	"""The sheet that is shown when the workbook is opened.

	:param formulas: FORMULA for a formula, else the result that was stored with it
	"""
	workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas)
	try:
		if not workbook.worksheets:
			raise Unusable("xlsx_broken")
		sheet = workbook.active if workbook.active in workbook.worksheets else workbook.worksheets[0]
		table = Table()
		if len(workbook.worksheets) > 1:
			table.notes.append(("only_sheet", (sheet.title,)))
		sheet.reset_dimensions()  # what it says of its size need not be true
		before = None
		for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
			if number > LAST_ROW:
				raise Unusable("xlsx_broken")
			if row is before:  # openpyxl gives one and the same for all that are missing
				continue
			before = row
			filled = list(row)
			while filled and filled[-1].value is None:
				filled.pop()
			if filled:
				table.add(number, [_cell_value(cell) for cell in filled], told)
	finally:
		workbook.close()
	return table


def _cell_value(cell: Any) -> Any:
	value = cell.value
	if value is None:
		return None
	if cell.data_type == "f":
		return FORMULA
	if cell.data_type == "e":
		return Unreadable("excel_error", str(value))
	if isinstance(value, str):
		return value.strip() or None
	if isinstance(value, datetime.time | datetime.timedelta):
		return Unreadable("turned_into_time", str(value))
	if isinstance(value, int) and not isinstance(value, bool) and set(cell.number_format) == {"0"}:
		return str(value).zfill(len(cell.number_format))  # 00042 is what the sheet shows for 42
	return value


def _take_results(table: Table, results: Table) -> None:
	"""Put the stored results in the place of formulas. One without stays: it was never calculated, or is blank."""
	stored = dict(results.lines)
	for number, cells in table.lines:
		found = stored.get(number, [])
		for at, cell in enumerate(cells):
			if cell is FORMULA and at < len(found) and found[at] is not None:
				cells[at] = found[at]
	table.lines = [
		(number, cells)
		for number, cells in table.lines
		if any(cell is not None and cell is not FORMULA for cell in cells)
	]
