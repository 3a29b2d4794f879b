"""Opening stock: from a table of units to the rows of a Material Receipt.

Pure functions over plain values. A line of the table is a unit, or a quantity of an item without serial numbers;
whatever is wrong with it is a `Problem` with its line, so that a file can be told everything at once.
"""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from serial_tracking.stock import entry_text
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.opening_file import MAX_COLUMNS, Table, Unreadable

# fieldname: its label in English. A header names a column by either, or by the label in the user's language
COLUMNS = {
	"item_code": "Item Code",
	"warehouse": "Warehouse",
	"serial_no": "Serial No",
	"qty": "Quantity",
	"rate": "Rate",
	"supplier_serial_no": "Supplier Serial No",
	"warranty_expiry_date": "Warranty Expiry Date",
	"supplier_warranty_expiry_date": "Supplier Warranty Expiry Date",
	"end_of_life_date": "End of Life Date",
}
TEXTS = ("item_code", "warehouse", "serial_no", "supplier_serial_no")
NUMBERS = ("qty", "rate")
DATES = ("warranty_expiry_date", "supplier_warranty_expiry_date", "end_of_life_date")
OF_A_UNIT = ("supplier_serial_no", *DATES)

UNITS_PER_ROW = 10_000  # of a voucher: what a statement and a form carry with ease
RATES_PER_PLACE = (
	20  # with more, the units of an item in a warehouse share rows and bear their rates themselves
)
MAX_ROWS = 5_000  # of a voucher
LARGEST_VALUE = 1e12  # what Frappe's Float and Currency columns hold
DECIMALS = 9

EXACT_DIGITS = 15  # that a spreadsheet keeps of a number
FLOATED = re.compile(r"^([1-9][0-9]*)\.0$")
SCIENTIFIC = re.compile(r"^[0-9](?:[.,][0-9]+)?[Ee][+-][0-9]{2,3}$")
ISO = "yyyy-mm-dd"
ISO_DATE = re.compile(r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?$")
SPACE_IN_NUMBER = re.compile(r"(?<=[0-9])[\s'\u2019](?=[0-9]{3}(?![0-9]))")
PLAIN_NUMBER = re.compile(r"^[0-9]+(?:[.,][0-9]+)?$")
MAYBE_THOUSANDS = re.compile(r"^[1-9][0-9]{0,2}[.,][0-9]{3}$")
GROUPED_NUMBER = re.compile(
	r"^[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:\.[0-9]{3})+,[0-9]+|(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,})$"
)


@dataclass(frozen=True, slots=True)
class Problem:
	"""What is wrong: a code of `opening_reasons` and what it takes; `line` None: with the whole file."""

	line: int | None
	code: str
	values: tuple = ()
	column: str | None = None


@dataclass(slots=True)
class Line:
	"""A line of the table, understood."""

	number: int
	usable: bool = True  # False: a cell could not be read
	item_code: str | None = None
	warehouse: str | None = None
	serial_no: str | None = None
	supplier_serial_no: str | None = None
	qty: float | None = None
	rate: float | None = None
	warranty_expiry_date: str | None = None  # dates as YYYY-MM-DD
	supplier_warranty_expiry_date: str | None = None
	end_of_life_date: str | None = None


@dataclass(slots=True)
class VoucherRow:
	"""A row of the voucher: units of an item in a warehouse, or a quantity. `lines`: of each unit, or of the row."""

	item_code: str
	warehouse: str
	rate: float
	qty: float = 0
	serial_nos: list[str] = field(default_factory=list)
	unit_details: dict[str, dict[str, Any]] = field(default_factory=dict)
	lines: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Places:
	"""What the site knows: items → (has serial numbers, has a series), warehouses → why not, or None.

	:param per_item: may two items bear the same number?
	"""

	items: Mapping[str, tuple[bool, bool]]
	warehouses: Mapping[str, str | None]
	default_warehouse: str | None = None
	per_item: bool = False


# ---------------------------------------------------------------------------------- cells


def fold(label: str) -> str:
	"""What two spellings of a column's name have in common: `Serial No.`, `serial_no`, `SERIAL NO`."""
	return "".join(c for c in label.casefold() if c.isalnum())


def headings(labels: Mapping[str, str] | None = None) -> dict[str, str]:
	"""Folded name → fieldname of every known heading.

	:param labels: fieldname → label in the user's language
	"""
	names = {fold(name): name for name in COLUMNS}
	names |= {fold(label): name for name, label in COLUMNS.items()}
	names |= {
		fold("item"): "item_code",
		fold("t_warehouse"): "warehouse",
		fold("serial number"): "serial_no",
		fold("supplier warranty"): "supplier_warranty_expiry_date",
		fold("end of life"): "end_of_life_date",
		fold("basic_rate"): "rate",
	}
	return {fold(label): name for name, label in (labels or {}).items()} | names


def read_lines(
	table: Table, names: Mapping[str, str], date_format: str, ignore_unknown: bool = False
) -> tuple[list[Line], list[Problem], list[tuple[str, tuple]]]:
	"""The lines, what is wrong with their cells, and notes.

	:param names: see `headings`
	:param date_format: of the site, as `dd-mm-yyyy`; YYYY-MM-DD and the dates of a spreadsheet are understood too
	:param ignore_unknown: leave columns out that are not known
	"""
	if not table.lines:
		return [], [Problem(None, "empty_file")], []
	columns, problems, notes = _read_header(table, names, ignore_unknown)
	if problems:
		return [], problems, notes
	if len(table.lines) == 1:
		return [], [Problem(None, "no_lines")], notes
	readers = {
		**dict.fromkeys(TEXTS, _Texts()),
		**dict.fromkeys(NUMBERS, read_number),
		**dict.fromkeys(DATES, _Dates(date_format)),
	}
	lines = []
	for number, cells in table.lines[1:]:
		line = Line(number)
		lines.append(line)
		for at, cell in enumerate(cells):
			if cell is None:
				continue
			column = columns.get(at)
			if column is None:
				if at >= len(table.lines[0][1]) or table.lines[0][1][at] is None:
					problems.append(Problem(number, "no_heading", (_shown(cell),)))
					line.usable = False
				continue
			try:
				if isinstance(cell, Unreadable):
					raise _Refused(cell.code, cell.shown)
				setattr(line, column, readers[column](cell))
			except _Refused as refused:
				problems.append(Problem(number, refused.code, refused.values, column))
				line.usable = False
	if readers["serial_no"].floated:
		notes.append(("floated", tuple(readers["serial_no"].floated)))
	return lines, problems, notes


def read_texts(
	cells: Iterable[tuple[int, Any]],
) -> tuple[list[str], list[Problem], list[tuple[str, tuple]]]:
	"""The texts of one column, what is wrong with others of its cells, and notes.

	:param cells: each with the number of its line
	"""
	read, texts, problems = _Texts(), [], []
	for number, cell in cells:
		if cell is None:
			continue
		try:
			if isinstance(cell, Unreadable):
				raise _Refused(cell.code, cell.shown)
			texts.append(read(cell))
		except _Refused as refused:
			problems.append(Problem(number, refused.code, refused.values))
	return texts, problems, [("floated", tuple(read.floated))] if read.floated else []


def _read_header(
	table: Table, names: Mapping[str, str], ignore_unknown: bool
) -> tuple[dict[int, str], list[Problem], list[tuple[str, tuple]]]:
	number, cells = table.lines[0]
	columns: dict[int, str] = {}
	problems, notes, unknown = [], list(table.notes), []
	for at, cell in enumerate(cells):
		if cell is None:
			continue
		column = names.get(fold(cell)) if isinstance(cell, str) else None
		if column is None:
			unknown.append(_shown(cell))
		elif column in columns.values():
			problems.append(Problem(number, "column_twice", (_shown(cell),), column))
		else:
			columns[at] = column
	if len(cells) >= MAX_COLUMNS and cells[MAX_COLUMNS - 1] is not None:
		problems.append(Problem(number, "too_many_columns", (MAX_COLUMNS,)))
	elif not columns:
		problems.append(Problem(number, "no_header"))
	elif "item_code" not in columns.values():
		problems.append(Problem(number, "column_missing", (), "item_code"))
	if unknown and columns:
		if ignore_unknown:
			notes.append(("columns_ignored", tuple(unknown)))
		else:
			problems.append(Problem(number, "columns_unknown", tuple(unknown)))
	return columns, problems, notes


class _Refused(Exception):
	def __init__(self, code: str, *values: Any):
		super().__init__(code)
		self.code, self.values = code, values


class _Texts:
	"""Reads cells that are text to people, whatever a spreadsheet made of them."""

	def __init__(self):
		self.floated: list[str] = []  # the first of those that a spreadsheet turned into 12345.0

	def __call__(self, cell: Any) -> str:
		if isinstance(cell, bool):
			raise _Refused("turned_into_truth", _shown(cell))
		if isinstance(cell, datetime.date):
			raise _Refused("turned_into_date", _shown(cell))
		if isinstance(cell, int | float):
			return self._from_number(cell)
		if SCIENTIFIC.match(cell):
			raise _Refused("digits_lost", cell)
		if match := FLOATED.match(cell):
			if len(match[1]) > EXACT_DIGITS:
				raise _Refused("digits_lost", cell)
			if len(self.floated) < 3:
				self.floated.append(cell)
			return match[1]
		return serial_number.normalise(cell)

	@staticmethod
	def _from_number(cell: float) -> str:
		if abs(cell) >= 10**EXACT_DIGITS:
			raise _Refused("digits_lost", _shown(cell))
		if cell != int(cell):
			raise _Refused("number_not_text", _shown(cell))
		return str(int(cell))


def read_number(cell: Any) -> float:
	"""A quantity or rate, zero or above. Raises for one that may mean two things: 1,234."""
	if isinstance(cell, bool) or isinstance(cell, datetime.date):
		raise _Refused("no_number", _shown(cell))
	if isinstance(cell, str):
		text = SPACE_IN_NUMBER.sub("", cell)
		if MAYBE_THOUSANDS.match(text):
			raise _Refused("ambiguous_number", cell)
		if PLAIN_NUMBER.match(text):
			value = float(text.replace(",", "."))
		elif GROUPED_NUMBER.match(text):
			last = max(text.rfind(","), text.rfind("."))
			if text.count(text[last]) > 1:  # 1.234.567 has no decimals
				last = len(text)
			whole = text[:last].replace(",", "").replace(".", "")
			value = float(f"{whole}.{text[last + 1 :] or 0}")
		else:
			raise _Refused("no_number", cell)
	else:
		value = float(cell)
	if not 0 <= value < LARGEST_VALUE:  # nor is NaN
		raise _Refused("number_out_of_range", _shown(cell))
	return round(value, DECIMALS)


class _Dates:
	"""Reads dates: those of a spreadsheet, YYYY-MM-DD, or in the site's own order. Others may mean two days."""

	def __init__(self, date_format: str):
		self.format = date_format.replace("dd", "%d").replace("mm", "%m").replace("yyyy", "%Y")
		self.known = ("no_iso_date",) if date_format == ISO else ("no_date", date_format)
		self.read: dict[str, str] = {}

	def __call__(self, cell: Any) -> str:
		if isinstance(cell, datetime.datetime):
			return cell.date().isoformat()
		if isinstance(cell, datetime.date):
			return cell.isoformat()
		if not isinstance(cell, str):
			raise self.refusal(cell)
		if cell not in self.read:
			self.read[cell] = self._from_text(cell)
		return self.read[cell]

	def _from_text(self, text: str) -> str:
		try:
			if match := ISO_DATE.match(text):
				return datetime.date(*(int(part) for part in match.groups())).isoformat()
			return datetime.datetime.strptime(text, self.format).date().isoformat()
		except ValueError:
			raise self.refusal(text) from None

	def refusal(self, cell: Any) -> _Refused:
		code, *others = self.known
		return _Refused(code, _shown(cell), *others)


def _shown(cell: Any) -> str:
	return cell.shown if isinstance(cell, Unreadable) else str(cell)[:140]


# ---------------------------------------------------------------------------------- rows


def decide(lines: list[Line], places: Places) -> tuple[list[VoucherRow], list[Problem]]:
	"""The rows of the voucher, in the order of the file, and what is wrong with the lines that are in none."""
	problems: list[Problem] = []
	first: dict[Any, int] = {}  # unit → its line
	good: list[Line] = []
	for line in lines:
		before = len(problems)
		line.warehouse = line.warehouse or places.default_warehouse
		if line.usable:
			problems += _line_problems(line, places)
		if line.serial_no:
			key = serial_number.key(line.serial_no)
			identity = (line.item_code, key) if places.per_item else key
			earlier = first.setdefault(identity, line.number)
			if earlier != line.number:
				problems.append(Problem(line.number, "twice", (line.serial_no, earlier), "serial_no"))
				problems.append(Problem(earlier, "twice", (line.serial_no, line.number), "serial_no"))
		if line.usable and len(problems) == before:
			good.append(line)
	rows = _group(good)
	if len(rows) > MAX_ROWS:
		problems.append(Problem(None, "too_many_rows", (len(rows), MAX_ROWS)))
	return rows, problems


def _line_problems(line: Line, places: Places) -> list[Problem]:
	found: list[Problem] = []

	def refuse(column: str | None, code: str, *values: Any) -> None:
		found.append(Problem(line.number, code, values, column))

	if not line.item_code:
		refuse("item_code", "missing")
	elif line.item_code not in places.items:
		refuse("item_code", "unknown_item", line.item_code)
	if not line.warehouse:
		refuse("warehouse", "missing")
	elif line.warehouse not in places.warehouses:
		refuse("warehouse", "unknown_warehouse", line.warehouse)
	elif why := places.warehouses[line.warehouse]:
		refuse("warehouse", why, line.warehouse)
	for column in ("serial_no", "supplier_serial_no"):
		if text := getattr(line, column):
			wrong = entry_text.problem(text) if column == "serial_no" else serial_number.problem(text)
			if wrong:
				refuse(column, "bad_number", text, wrong)
	if found or line.item_code not in places.items:
		return found
	has_serial_no, has_series = places.items[line.item_code]
	if not has_serial_no:
		for column in ("serial_no", *OF_A_UNIT):
			if getattr(line, column):
				refuse(column, "not_of_a_unit", line.item_code)
		if not line.qty:
			refuse("qty", "missing")
	elif line.serial_no:
		if line.qty not in (None, 1):
			refuse("qty", "one_unit", line.qty)
	elif not has_series:
		refuse("serial_no", "missing")
	else:
		if not line.qty or line.qty != int(line.qty):
			refuse("qty", "whole_units", line.qty or 0)
		for column in OF_A_UNIT:
			if getattr(line, column):
				refuse(column, "without_number")
	return found


def _group(lines: list[Line]) -> list[VoucherRow]:
	rates = Counter(
		(line.item_code, line.warehouse)
		for line in {
			(line.item_code, line.warehouse, line.rate): line for line in lines if line.serial_no
		}.values()
	)
	rows: dict[tuple, list[VoucherRow]] = {}
	for line in lines:
		rate = line.rate or 0.0
		own_rate = bool(line.serial_no) and rates[line.item_code, line.warehouse] > RATES_PER_PLACE
		place = (line.item_code, line.warehouse, None if own_rate else rate, bool(line.serial_no))
		parts = rows.setdefault(place, [])
		if not parts or len(parts[-1].serial_nos) == UNITS_PER_ROW:
			parts.append(VoucherRow(line.item_code, line.warehouse, rate))
		row = parts[-1]
		row.lines.append(line.number)
		if not line.serial_no:
			row.qty = round(row.qty + line.qty, DECIMALS)
			continue
		row.qty += 1
		row.serial_nos.append(line.serial_no)
		details = {column: getattr(line, column) for column in OF_A_UNIT if getattr(line, column)}
		if own_rate:
			details["rate"] = rate
		if details:
			row.unit_details[line.serial_no] = details
	found = [row for parts in rows.values() for row in parts]
	for row in found:
		own_rates = [d["rate"] for d in row.unit_details.values() if "rate" in d]
		if own_rates:
			row.rate = round(sum(own_rates) / len(own_rates), DECIMALS)
	return found
