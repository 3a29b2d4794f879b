"""Opening stock: the rows of a Material Receipt from a CSV or XLSX file. See docs/opening-stock.md.

Frappe's Data Import makes a record of each row and cannot fill one voucher with 50,000 units.
"""

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import frappe
import openpyxl
from frappe import _
from frappe.utils import cstr, escape_html
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from serial_tracking.exceptions import OpeningStockError
from serial_tracking.stock import bulk, opening, opening_file, opening_reasons, units

PURPOSE = "Material Receipt"
PROGRESS = "opening_stock_progress"  # event of frappe.realtime: percent and description, for the user
PROBLEMS_TOLD, PROBLEMS_IN_MESSAGE = 1000, 20
# of a voucher's head, not to be given with its values
NOT_GIVEN = ("doctype", "name", "purpose", "items", "docstatus", "owner", "modified")


@frappe.whitelist(methods=["POST"])
def check(
	file: str,
	stock_entry: str | None = None,
	values: str | dict[str, Any] | None = None,
	ignore_unknown_columns: bool = False,
) -> dict[str, Any]:
	"""A dry run of `fill`: what it and the submit would refuse now, by line; nothing is written.

	:param file: name or address (`file_url`) of an uploaded file, CSV or XLSX, which the user may read
	:param stock_entry: a draft, Material Receipt, whose rows would be filled; by default a new one
	:param values: fields of a new draft, such as `to_warehouse` and `posting_date`; also as JSON text
	:param ignore_unknown_columns: leave out columns whose heading is not known
	Returns `lines` (below the header), `units`, `rows` (of the voucher), `totals` (for each item and warehouse
	`units`, `qty` in stock units and `value` in the site's currency), `notes`, `problem_count`, and the first 1,000
	`problems`: `line` (the first, None for the whole file), `lines` (all, as "2-40, 44"), `message`, `exception`.
	Needs the right to create a Stock Entry, or to write the one that is named.
	"""
	return _load(file, stock_entry, values, ignore_unknown_columns).as_dict()


@frappe.whitelist(methods=["POST"])
def fill(
	file: str,
	stock_entry: str | None = None,
	values: str | dict[str, Any] | None = None,
	ignore_unknown_columns: bool = False,
) -> dict[str, Any]:
	"""Fill the rows of a draft from a file, all or nothing: the rows that it has are replaced.

	Takes the arguments of `check`. Returns `stock_entry`, the name of the saved draft, `rows`, `units`, `totals` and
	`notes`. Raises OpeningStockError with the lines that `check` would name; nothing is written then.
	Both tell their progress to the user by the event `opening_stock_progress` of frappe.realtime.
	"""
	loaded = _load(file, stock_entry, values, ignore_unknown_columns)
	if loaded.problems:
		frappe.throw(_as_message(loaded.problems), OpeningStockError, title=_("The File Was Refused"))
	_tell(85, _("Saving"))
	voucher = loaded.voucher
	voucher.flags.looking_for_problems = False
	if voucher.is_new():
		voucher.insert()
	else:
		voucher.save(ignore_version=True)  # a version would hold all units once more
	if not loaded.file.attached_to_name and loaded.file.has_permission("write"):
		loaded.file.db_set({"attached_to_doctype": voucher.doctype, "attached_to_name": voucher.name})
	told = _("{0} lines filled in from {1}").format(
		f"{loaded.lines:,}", escape_html(cstr(loaded.file.file_name))
	)
	voucher.add_comment("Info", told)
	_tell(100, _("Saved"))
	result = loaded.as_dict()
	return {"stock_entry": voucher.name, **{key: result[key] for key in ("rows", "units", "totals", "notes")}}


@frappe.whitelist()
def template(file_type: str = "XLSX") -> None:
	"""Answers with a file that has the headings alone, in the user's language.

	:param file_type: XLSX, whose columns keep numbers as text and dates as dates, or CSV
	Needs the right to create a Stock Entry.
	"""
	frappe.has_permission("Stock Entry", "create", throw=True)
	if file_type not in ("XLSX", "CSV"):
		frappe.throw(_("{0} is not one of {1}").format(escape_html(file_type), "XLSX, CSV"))
	headings = opening_reasons.labels()
	content = _xlsx_template(headings) if file_type == "XLSX" else _csv_template(headings.values())
	frappe.response.update(filename=f"opening-stock.{file_type.lower()}", filecontent=content, type="binary")


# ---------------------------------------------------------------------------------- reading


@dataclass(slots=True)
class Loaded:
	"""A file as it was understood, and the voucher with its rows, not saved."""

	voucher: Any
	file: Any
	lines: int = 0
	rows: list[opening.VoucherRow] = field(default_factory=list)
	problems: list[dict[str, Any]] = field(default_factory=list)
	notes: list[str] = field(default_factory=list)

	def as_dict(self) -> dict[str, Any]:
		return {
			"lines": self.lines,
			"rows": len(self.rows),
			"units": sum(len(row.serial_nos) for row in self.rows),
			"totals": self._totals(),
			"notes": self.notes,
			"problem_count": len(self.problems),
			"problems": self.problems[:PROBLEMS_TOLD],
		}

	def _totals(self) -> list[dict[str, Any]]:
		totals: dict[tuple[str, str], dict[str, Any]] = {}
		for row in self.rows:
			place = totals.setdefault(
				(row.item_code, row.warehouse),
				{"item_code": row.item_code, "warehouse": row.warehouse, "units": 0, "qty": 0, "value": 0},
			)
			place["units"] += len(row.serial_nos)
			place["qty"] = round(place["qty"] + row.qty, opening.DECIMALS)
			place["value"] = round(place["value"] + row.qty * row.rate, opening.DECIMALS)
		return list(totals.values())


def _load(file: str, stock_entry: str | None, values: Any, ignore_unknown: bool) -> Loaded:
	voucher = _draft(stock_entry, values)
	loaded = Loaded(voucher, _file(file))
	names = opening.headings(opening_reasons.labels())

	def told(line: int) -> None:
		_tell(min(5 + line // 2000, 60), _("Line {0}").format(f"{line:,}"))

	_tell(2, _("Reading the file"))
	try:
		table = opening_file.read(_content(loaded.file), lambda text: opening.fold(text) in names, told)
	except opening_file.Unusable as unusable:
		loaded.problems = _told([opening.Problem(unusable.line, unusable.code, unusable.values)])
		return loaded
	loaded.lines = max(len(table.lines) - 1, 0)
	date_format = frappe.get_system_settings("date_format") or "yyyy-mm-dd"
	lines, problems, notes = opening.read_lines(table, names, date_format, ignore_unknown)
	loaded.notes = [opening_reasons.note_text(*note) for note in notes]
	_tell(65, _("Checking"))
	loaded.rows, wrong = opening.decide(lines, _places(lines, voucher))
	loaded.problems = _told([*problems, *wrong])
	if loaded.rows and len(loaded.rows) <= opening.MAX_ROWS:
		_set_rows(voucher, loaded.rows)
		loaded.problems += _of_the_submit(voucher.find_problems(), loaded.rows)
	loaded.problems.sort(key=lambda problem: problem["line"] or 0)
	return loaded


def _draft(stock_entry: str | None, values: Any) -> Any:
	if stock_entry:
		voucher = frappe.get_doc("Stock Entry", stock_entry)
		voucher.check_permission("write")
	else:
		given = frappe.parse_json(values) or {}
		if not isinstance(given, dict):
			frappe.throw(_("The values of the new voucher must be a JSON object"))
		given = {key: value for key, value in given.items() if key not in NOT_GIVEN}
		voucher = frappe.get_doc({**given, "doctype": "Stock Entry", "purpose": PURPOSE, "items": []})
		voucher.check_permission("create")
	if not voucher.docstatus.is_draft() or voucher.purpose != PURPOSE:
		frappe.throw(_("Only a draft of purpose {0} can be filled").format(_(PURPOSE)), OpeningStockError)
	return voucher


def _file(file: str) -> Any:
	"""The File record that the user may read; several may stand for the same content."""
	names = frappe.get_all(
		"File",
		filters={"is_folder": 0},
		or_filters={"name": file, "file_url": file},
		pluck="name",
		order_by="creation desc",
	)
	for name in names:
		record = frappe.get_doc("File", name)
		if record.has_permission("read"):
			return record
	return frappe.throw(
		_("There is no file {0} that you may read").format(escape_html(file)), frappe.PermissionError
	)


def _content(record: Any) -> bytes:
	"""Its bytes: Frappe's `get_content` gives text, decoded by guess."""
	record.validate_file_path()  # it lies among the site's files
	try:
		with open(record.get_full_path(), "rb") as stored:
			return stored.read(opening_file.MAX_BYTES + 1)
	except OSError:
		return frappe.throw(
			_("The file {0} is not stored on this site").format(escape_html(cstr(record.file_name))),
			OpeningStockError,
		)


def _places(lines: list[opening.Line], voucher: Any) -> opening.Places:
	"""What the user may know of the items and warehouses that the lines name."""
	default = voucher.get("to_warehouse") or None
	items = _readable(
		"Item", {line.item_code for line in lines}, ["name", "has_serial_no", "serial_no_series"]
	)
	warehouses = _readable(
		"Warehouse", {default, *(line.warehouse for line in lines)}, ["name", "is_group", "disabled"]
	)
	visible = units.visible_warehouses("Stock Entry")
	return opening.Places(
		items={row.name: (bool(row.has_serial_no), bool(row.serial_no_series)) for row in items},
		warehouses={
			row.name: "warehouse_is_group" if row.is_group else "warehouse_disabled" if row.disabled else None
			for row in warehouses
			if visible is None or row.name in visible
		},
		default_warehouse=default,
		per_item=units.unique_per_item(),
	)


def _readable(doctype: str, names: Iterable[str | None], fields: list[str]) -> list[Any]:
	wanted = sorted(name for name in names if name)
	found = []
	for start in range(0, len(wanted), bulk.ROWS_PER_STATEMENT):
		chunk = wanted[start : start + bulk.ROWS_PER_STATEMENT]
		found += frappe.get_list(
			doctype, {"name": ("in", chunk)}, fields, limit_page_length=0, order_by="name"
		)
	return found


def _set_rows(voucher: Any, rows: list[opening.VoucherRow]) -> None:
	voucher.set("items", [])
	for row in rows:
		voucher.append(
			"items",
			{
				"item_code": row.item_code,
				"t_warehouse": row.warehouse,
				"qty": row.qty,
				"basic_rate": row.rate,
				"serial_no": "\n".join(row.serial_nos) or None,
				"unit_details": json.dumps(row.unit_details, ensure_ascii=False)
				if row.unit_details
				else None,
			},
		)


# ---------------------------------------------------------------------------------- telling


def _tell(percent: int, description: str) -> None:
	message = {"percent": percent, "description": description}
	frappe.publish_realtime(PROGRESS, message, user=frappe.session.user)


def _told(problems: list[opening.Problem]) -> list[dict[str, Any]]:
	"""The same complaint about several lines is one problem."""
	lines: dict[str, list[int]] = {}
	for problem in problems:
		told = lines.setdefault(opening_reasons.problem_text(problem), [])
		if problem.line is not None:
			told.append(problem.line)
	return [_problem(numbers, text, OpeningStockError.__name__) for text, numbers in lines.items()]


def _of_the_submit(problems: list[Mapping[str, Any]], rows: list[opening.VoucherRow]) -> list[dict[str, Any]]:
	"""What the submit would refuse, with the lines of the file instead of the rows of the voucher."""
	told = []
	for problem in problems:
		if not problem["row"]:
			told.append(_problem([], problem["message"], problem["exception"]))
			continue
		row = rows[problem["row"] - 1]
		numbers = row.lines
		if problem["serial_nos"]:
			line_of = dict(zip(row.serial_nos, row.lines, strict=True))
			numbers = [line_of[number] for number in problem["serial_nos"] if number in line_of]
		text = problem["message"]
		if problem.get("reason") and len(problem["serial_nos"]) > PROBLEMS_IN_MESSAGE:
			text = _("{0} units: {1}").format(f"{len(problem['serial_nos']):,}", problem["reason"])
		told.append(_problem(numbers, text, problem["exception"]))
	return told


def _problem(lines: list[int], message: str, exception: str) -> dict[str, Any]:
	lines = sorted(set(lines))
	return {
		"line": lines[0] if lines else None,
		"lines": _ranges(lines),
		"message": message,
		"exception": exception,
	}


def _ranges(lines: list[int]) -> str:
	"""`2-4, 9` for 2, 3, 4 and 9."""
	parts: list[list[int]] = []
	for line in lines:
		if parts and line == parts[-1][1] + 1:
			parts[-1][1] = line
		else:
			parts.append([line, line])
	return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def _as_message(problems: list[Mapping[str, Any]]) -> str:
	told = [
		_("Line {0}: {1}").format(problem["lines"][:100], problem["message"])
		if problem["line"]
		else problem["message"]
		for problem in problems[:PROBLEMS_IN_MESSAGE]
	]
	if more := len(problems) - len(told):
		told.append(_("and {0} more").format(f"{more:,}"))
	return "<br>".join(told)


# ---------------------------------------------------------------------------------- templates


def _csv_template(headings: Iterable[str]) -> bytes:
	return ",".join(headings).encode("utf-8-sig") + b"\r\n"  # with the mark, Excel reads it as UTF-8


def _xlsx_template(headings: Mapping[str, str]) -> bytes:
	book = openpyxl.Workbook()
	sheet = book.active
	sheet.title = "Opening Stock"
	sheet.append(list(headings.values()))
	for at, column in enumerate(headings, 1):
		sheet.cell(1, at).font = Font(bold=True)
		dimension = sheet.column_dimensions[get_column_letter(at)]
		dimension.width = 24
		if column in opening.TEXTS:
			dimension.number_format = "@"
		elif column in opening.DATES:
			dimension.number_format = "yyyy-mm-dd"
	sheet.freeze_panes = "A2"
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()
