"""A file of serial numbers alone, CSV or XLSX, as it is uploaded for one row of a voucher.

Pure functions over plain values, on those of opening stock: the same care for what spreadsheets make of numbers.
"""

from collections.abc import Mapping
from typing import Any

from serial_tracking.stock import opening, opening_file

MAX_BYTES = 6 * 1024**2  # 200,000 numbers of 30 characters
COLUMN = "serial_no"
# what people write above such a column besides the names of it that opening stock knows
HEADINGS = frozenset(
	opening.fold(name) for name in ("Serial", "Serials", "Serial Nos", "Serial Numbers", "SN")
)


def read(
	content: bytes, labels: Mapping[str, str]
) -> tuple[list[str], list[opening.Problem], list[tuple[str, tuple]]]:
	"""The texts of the cells with numbers, what is wrong with others, and notes as codes of `opening_reasons`.

	The column is the one that is headed as one of serial numbers; without such a heading it is the only column, and
	its first line is a heading if it alone has no digit.

	:param labels: fieldname of a column → its label in the user's language
	Raises opening_file.Unusable for a file that cannot be read, or whose column cannot be told.
	"""
	if len(content) > MAX_BYTES:
		raise opening_file.Unusable("file_too_large", MAX_BYTES // 1024**2)
	names = opening.headings(labels)

	def heads(cell: Any) -> bool:
		folded = opening.fold(cell) if isinstance(cell, str) else ""
		return names.get(folded) == COLUMN or folded in HEADINGS

	def is_name(text: str) -> bool:
		"""By it the delimiter is found: `Serial No;` is no name."""
		return not set(text) & set(opening_file.DELIMITERS) and (opening.fold(text) in names or heads(text))

	table = opening_file.read(content, is_name)
	if not table.lines:
		raise opening_file.Unusable("empty_file")
	first = table.lines[0][1]
	headed = [at for at, cell in enumerate(first) if heads(cell)]
	filled = {at for _number, cells in table.lines for at, cell in enumerate(cells) if cell is not None}
	if len(headed) > 1:
		raise opening_file.Unusable("column_twice", line=table.lines[0][0])
	if not headed and len(filled) > 1:
		raise opening_file.Unusable("which_column")
	column = headed[0] if headed else min(filled)
	cells = [(number, line[column]) for number, line in table.lines if column < len(line)]
	if headed or _is_heading([cell for _number, cell in cells]):
		cells = cells[1:]
	texts, problems, notes = opening.read_texts(cells)
	return texts, problems, [*table.notes, *notes]


def _is_heading(cells: list[Any]) -> bool:
	def has_digit(cell: Any) -> bool:
		return not isinstance(cell, str) or any(map(str.isdigit, cell))

	return len(cells) > 1 and not has_digit(cells[0]) and all(map(has_digit, cells[1:]))
