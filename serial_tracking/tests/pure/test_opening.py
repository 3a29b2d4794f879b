"""A file of opening stock: bytes → lines → voucher rows. No site needed."""

import csv
import datetime
import io
import re
import string
import tracemalloc
import zipfile
from collections import Counter
from unittest import TestCase

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from serial_tracking.stock import opening, opening_file
from serial_tracking.stock.opening import Problem, decide, headings, read_lines
from serial_tracking.stock.opening_file import Unusable, read

NAMES = headings({"serial_no": "Seriennummer"})
HEADER = [
	"Item Code",
	"Warehouse",
	"Serial No",
	"Quantity",
	"Rate",
	"Supplier Serial No",
	"Warranty Expiry Date",
]
PLACES = opening.Places(
	items={"LAP": (True, False), "MON": (True, True), "CABLE": (False, False)},
	warehouses={"Stores": None, "Shop": None, "All": "warehouse_is_group", "Old": "warehouse_disabled"},
)


def knows(text):
	return opening.fold(text) in NAMES


def as_csv(rows, delimiter=",", encoding="utf-8", ending="\r\n"):
	stream = io.StringIO()
	csv.writer(stream, delimiter=delimiter, lineterminator=ending).writerows(rows)
	return stream.getvalue().encode(encoding)


def as_xlsx(rows, formats=None):
	book = openpyxl.Workbook()
	for row in rows:
		book.active.append(row)
	for cell, number_format in (formats or {}).items():
		book.active[cell].number_format = number_format
	return saved(book)


def saved(book):
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def understand(content, date_format="yyyy-mm-dd", **options):
	return read_lines(read(content, knows), NAMES, date_format, **options)


def units(content, places=PLACES, **options):
	"""The voucher rows of a file in which nothing is wrong."""
	lines, problems, _notes = understand(content, **options)
	rows, wrong = decide(lines, places)
	assert not problems and not wrong, (problems, wrong)
	return rows


def wrong(rows, places=PLACES, **options):
	"""(line, column, code) of all that is wrong with the lines below the usual header."""
	lines, problems, _notes = understand(as_csv([HEADER, *rows]), **options)
	return [(p.line, p.column, p.code) for p in (*problems, *decide(lines, places)[1])]


def refusal(content):
	try:
		read(content, knows)
	except Unusable as unusable:
		return unusable.code, unusable.line
	return None


word = st.text(string.ascii_letters + string.digits + "äßé-/_.# ", min_size=1, max_size=12).filter(
	lambda t: t == t.strip() and opening.entry_text.problem(t) is None and not opening.FLOATED.match(t)
)
unit = st.fixed_dictionaries(
	{
		"item_code": st.sampled_from(["LAP", "MON"]),
		"warehouse": st.sampled_from(["Stores", "Shop"]),
		"rate": st.integers(0, 10**6).map(lambda cents: cents / 100),
		"supplier_serial_no": st.none() | word,
		"warranty_expiry_date": st.none()
		| st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)).map(str),
		"end_of_life_date": st.none()
		| st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)).map(str),
	}
)


class TestTableAndBack(TestCase):
	@settings(deadline=None)
	@given(
		st.lists(unit, min_size=1, max_size=60),
		st.permutations(["item_code", "warehouse", "serial_no", *[c for c in opening.OF_A_UNIT], "rate"]),
		st.sampled_from([",", ";", "\t", "|"]),
		st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
		st.sampled_from(["\n", "\r\n", "\r"]),
		st.sampled_from([1, 3, opening.UNITS_PER_ROW]),
		st.sampled_from([1, opening.RATES_PER_PLACE]),
	)
	def test_a_table_of_units_gives_the_same_units(
		self, wanted, columns, delimiter, encoding, ending, per_row, rates
	):
		for at, values in enumerate(wanted):
			values["serial_no"] = f"S{at:03d}"
		table = [columns, *([values.get(c) for c in columns] for values in wanted)]
		for row in table[1:]:
			row[columns.index("rate")] = f"{row[columns.index('rate')]:.2f}"
		limits = opening.UNITS_PER_ROW, opening.RATES_PER_PLACE
		opening.UNITS_PER_ROW, opening.RATES_PER_PLACE = per_row, rates
		try:
			rows = units(as_csv(table, delimiter, encoding, ending))
		finally:
			opening.UNITS_PER_ROW, opening.RATES_PER_PLACE = limits
		found = {}
		for row in rows:
			self.assertEqual(row.qty, len(row.serial_nos))
			self.assertLessEqual(row.qty, per_row)
			self.assertEqual(len(row.lines), len(row.serial_nos))
			for number, line in zip(row.serial_nos, row.lines, strict=True):
				self.assertEqual(line, int(number[1:]) + 2)
				details = dict(row.unit_details.get(number, {}))
				found[number] = {
					"item_code": row.item_code,
					"warehouse": row.warehouse,
					"serial_no": number,
					"rate": details.pop("rate", row.rate),
					**dict.fromkeys(opening.OF_A_UNIT),
					**details,
				}
		blank = dict.fromkeys(opening.OF_A_UNIT)
		self.assertEqual(found, {values["serial_no"]: {**blank, **values} for values in wanted})
		apart = Counter((r.item_code, r.warehouse) for r in rows)
		if per_row > len(wanted) and rates == 1:
			self.assertEqual(set(apart.values()), {1})

	@settings(deadline=None, max_examples=20)
	@given(st.lists(st.tuples(word, st.integers(0, 10**9)), min_size=1, max_size=20))
	def test_a_workbook_says_what_the_text_says(self, pairs):
		table = [["serial_no", "item_code", "supplier_serial_no", "rate"]]
		for at, (text, number) in enumerate(pairs):
			table.append([f"S{at}", "LAP", text, number])
		places = opening.Places(PLACES.items, PLACES.warehouses, "Stores")
		as_text = as_csv([[str(cell) for cell in row] for row in table])
		self.assertEqual(units(as_xlsx(table), places), units(as_text, places))

	def test_quantities_of_items_without_serials_are_added_by_rate(self):
		table = [
			HEADER,
			["CABLE", "Shop", "", "1.5", "2"],
			["CABLE", "Shop", "", "0,25", "2"],
			["CABLE", "Shop", "", "4", "3"],
		]
		rows = units(as_csv(table))
		self.assertEqual([(r.qty, r.rate, r.lines) for r in rows], [(1.75, 2, [2, 3]), (4, 3, [4])])

	def test_an_item_with_a_series_may_leave_its_numbers_to_it(self):
		rows = units(as_csv([HEADER, ["MON", "Shop", "", "20"], ["MON", "Shop", "M1", ""]]))
		self.assertEqual([(r.qty, r.serial_nos) for r in rows], [(20, []), (1, ["M1"])])


class TestHeader(TestCase):
	def test_headings_by_fieldname_label_or_translation_in_any_order_and_case(self):
		for heading in (
			"serial_no",
			"Serial No",
			"SERIAL NO.",
			" serial-no ",
			"Seriennummer",
			"Serial Number",
		):
			rows = units(as_csv([[heading, "WAREHOUSE", "Item"], ["A1", "Shop", "LAP"]]))
			self.assertEqual(rows[0].serial_nos, ["A1"], heading)

	def test_unknown_headings_are_refused_or_left_out_with_a_word(self):
		table = as_csv([["item_code", "Colour", "serial_no", "warehouse"], ["LAP", "red", "A1", "Shop"]])
		self.assertEqual(understand(table)[1], [Problem(1, "columns_unknown", ("Colour",))])
		lines, problems, notes = understand(table, ignore_unknown=True)
		self.assertEqual((len(lines), problems, notes), (1, [], [("columns_ignored", ("Colour",))]))

	def test_what_is_no_header_is_said(self):
		for header, code in (
			(["A1", "B1"], "no_header"),
			(["serial_no", "rate"], "column_missing"),
			(["item_code", "Item Code"], "column_twice"),
			(["item_code", *[f"c{n}" for n in range(60)]], "too_many_columns"),
		):
			self.assertIn(
				code, [p.code for p in understand(as_csv([header, ["x"] * len(header)]))[1]], header
			)

	def test_the_lines_above_the_header_and_between_the_units_may_be_empty(self):
		rows = units(
			as_csv([[], ["", ""], HEADER, [], ["LAP", "Shop", "A1"], [" ", ""], ["LAP", "Shop", "A2"]])
		)
		self.assertEqual((rows[0].serial_nos, rows[0].lines), (["A1", "A2"], [5, 7]))

	def test_an_empty_file_and_one_with_a_header_alone(self):
		self.assertEqual(understand(b"")[1], [Problem(None, "empty_file")])
		self.assertEqual(understand(as_csv([HEADER]))[1], [Problem(None, "no_lines")])


class TestLines(TestCase):
	def test_each_mistake_is_told_with_its_line_and_column(self):
		self.assertEqual(
			wrong(
				[
					["LAP", "Shop", "A1"],
					["", "Shop", "A2"],
					["NEVER", "Shop", "A3"],
					["LAP", "", "A4"],
					["LAP", "Nowhere", "A5"],
					["LAP", "All", "A6"],
					["LAP", "Old", "A7"],
					["LAP", "Shop", ""],
					["LAP", "Shop", "A1..A9"],
					["LAP", "Shop", "A8", "2"],
					["CABLE", "Shop", "C1", "1"],
					["CABLE", "Shop", "", ""],
					["MON", "Shop", "", "1.5"],
					["MON", "Shop", "", "3", "", "M-1"],
					["LAP", "Shop", "A9", "", "-3"],
					["LAP", "Shop", "A10", "", "", "x<y"],
					["LAP", "Shop", "A11", "", "", "", "31.12.2030"],
					["LAP", "Shop", "A12", "", "12", "", "", "surplus"],
				]
			),
			[
				(16, "rate", "no_number"),
				(18, "warranty_expiry_date", "no_iso_date"),
				(19, None, "no_heading"),
				(3, "item_code", "missing"),
				(4, "item_code", "unknown_item"),
				(5, "warehouse", "missing"),
				(6, "warehouse", "unknown_warehouse"),
				(7, "warehouse", "warehouse_is_group"),
				(8, "warehouse", "warehouse_disabled"),
				(9, "serial_no", "missing"),
				(10, "serial_no", "bad_number"),
				(11, "qty", "one_unit"),
				(12, "serial_no", "not_of_a_unit"),
				(13, "qty", "missing"),
				(14, "qty", "whole_units"),
				(15, "supplier_serial_no", "without_number"),
				(17, "supplier_serial_no", "bad_number"),
			],
		)

	def test_a_number_given_twice_names_both_lines(self):
		table = [["LAP", "Shop", "A1"], ["LAP", "Shop", "B1"], ["MON", "Stores", "a1"]]
		lines, _problems, _notes = understand(as_csv([HEADER, *table]))
		_rows, problems = decide(lines, PLACES)
		self.assertEqual(
			problems,
			[Problem(4, "twice", ("a1", 2), "serial_no"), Problem(2, "twice", ("a1", 4), "serial_no")],
		)
		table[0] += ["", "1,234"]  # its rate cannot be read
		self.assertEqual(wrong(table)[1:], [(4, "serial_no", "twice"), (2, "serial_no", "twice")])
		per_item = opening.Places(PLACES.items, PLACES.warehouses, per_item=True)
		self.assertEqual(decide(lines, per_item)[1], [])

	def test_too_many_rows_of_a_voucher_are_refused(self):
		table = [HEADER, *(["CABLE", "Shop", "", 1, rate] for rate in range(opening.MAX_ROWS + 1))]
		lines, _problems, _notes = understand(as_csv(table))
		self.assertEqual([p.code for p in decide(lines, PLACES)[1]], ["too_many_rows"])


class TestCells(TestCase):
	def text(self, value, number_format=None):
		"""What a cell of a workbook says in a column of text, or the code of its refusal."""
		book = as_xlsx(
			[["item_code", "serial_no"], ["LAP", value]], {"B2": number_format} if number_format else {}
		)
		return self.outcome(book, "serial_no")

	def outcome(self, content, column, **options):
		lines, problems, _notes = understand(content, **options)
		return problems[0].code if problems else getattr(lines[0], column)

	def test_numbers_that_a_spreadsheet_made_of_text(self):
		for value, wanted in (
			(12345, "12345"),
			(12345.0, "12345"),
			(42, "42"),
			(999_999_999_999_999, "999999999999999"),
			(1_230_000_000_000_000, "digits_lost"),
			(1.23e15, "digits_lost"),
			(12.5, "number_not_text"),
			(True, "turned_into_truth"),
			(datetime.datetime(2026, 3, 1), "turned_into_date"),
			(datetime.time(12, 30), "turned_into_time"),
			(" A1 ", "A1"),
			("12345.0", "12345"),
			("1.23E+15", "digits_lost"),
			("1e5", "1e5"),
			("0.10", "0.10"),
			("007.0", "007.0"),
		):
			self.assertEqual(self.text(value), wanted, value)
		self.assertEqual(self.text(42, "00000"), "00042")

	def test_numbers_that_a_spreadsheet_wrote_as_text(self):
		for text, wanted in (
			("12345.0", "12345"),
			("1.23457E+15", "digits_lost"),
			("1,23E+15", "digits_lost"),
			("1E+15", "digits_lost"),
			("1e5", "1e5"),
			("2E3", "2E3"),
			("1234567890123456", "1234567890123456"),
			("1234567890123456.0", "digits_lost"),
			("\u00a0A1\u2003", "A1"),
		):
			content = as_csv([["item_code", "serial_no"], ["LAP", text]])
			self.assertEqual(self.outcome(content, "serial_no"), wanted, text)
		_lines, _problems, notes = understand(as_csv([["item_code"], ["12345.0"], ["A"]]))
		self.assertEqual(notes, [("floated", ("12345.0",))])

	def test_decimal_signs_and_thousands(self):
		for text, wanted in (
			("12", 12),
			("12.5", 12.5),
			("12,5", 12.5),
			("0.125", 0.125),
			("0,125", 0.125),
			("1234.567", 1234.567),
			("1,234.50", 1234.5),
			("1.234,50", 1234.5),
			("1,234,567", 1234567),
			("1.234.567", 1234567),
			("1 234 567,89", 1234567.89),
			("1'234.50", 1234.5),
			("1,234", "ambiguous_number"),
			("12.345", "ambiguous_number"),
			("1,23,4", "no_number"),
			("12.50 €", "no_number"),
			("-1", "no_number"),
			("1e3", "no_number"),
			("nan", "no_number"),
			("9" * 13, "number_out_of_range"),
		):
			content = as_csv([["item_code", "rate"], ["LAP", text]])
			self.assertEqual(self.outcome(content, "rate"), wanted, text)
		for value, wanted in ((1.234, 1.234), (-1, "number_out_of_range"), (True, "no_number")):
			self.assertEqual(self.outcome(as_xlsx([["item_code", "rate"], ["LAP", value]]), "rate"), wanted)

	def test_dates(self):
		for text, date_format, wanted in (
			("2030-12-31", "dd-mm-yyyy", "2030-12-31"),
			("2030-1-5", "dd-mm-yyyy", "2030-01-05"),
			("2030-12-31 00:00:00", "dd-mm-yyyy", "2030-12-31"),
			("31.12.2030", "dd.mm.yyyy", "2030-12-31"),
			("03/04/2030", "mm/dd/yyyy", "2030-03-04"),
			("03/04/2030", "dd/mm/yyyy", "2030-04-03"),
			("03/04/2030", "yyyy-mm-dd", "no_iso_date"),
			("03/04/2030", "dd-mm-yyyy", "no_date"),
			("31/12/2030", "mm/dd/yyyy", "no_date"),
			("3.4.30", "dd.mm.yyyy", "no_date"),
			("2030-02-30", "yyyy-mm-dd", "no_iso_date"),
			("20301231", "yyyy-mm-dd", "no_iso_date"),
			("soon", "yyyy-mm-dd", "no_iso_date"),
		):
			content = as_csv([["item_code", "end_of_life_date"], ["LAP", text]])
			self.assertEqual(self.outcome(content, "end_of_life_date", date_format=date_format), wanted, text)
		for value, wanted in (
			(datetime.date(2030, 1, 5), "2030-01-05"),
			(datetime.datetime(2030, 1, 5, 13), "2030-01-05"),
			("2030-01-05", "2030-01-05"),
			(47000, "no_iso_date"),
		):
			content = as_xlsx([["item_code", "end_of_life_date"], ["LAP", value]])
			self.assertEqual(self.outcome(content, "end_of_life_date"), wanted, value)


class TestTextFiles(TestCase):
	TABLE = ([*HEADER[:3], "Supplier Serial No"], ["LAP", "Shop", "Ä-1", "é,ß;"])

	def test_encodings(self):
		for encoding, notes in (
			("utf-8", []),
			("utf-8-sig", []),
			("utf-16", []),
			("cp1252", [("windows_1252", ())]),
		):
			table = read(as_csv(self.TABLE, encoding=encoding), knows)
			self.assertEqual(table.lines[1], (2, ["LAP", "Shop", "Ä-1", "é,ß;"]), encoding)
			self.assertEqual(table.notes, notes)
		big_endian = b"\xfe\xff" + as_csv(self.TABLE, encoding="utf-16-be")
		self.assertEqual(read(big_endian, knows).lines[1][1][2], "Ä-1")

	def test_what_is_no_text_is_refused(self):
		for content in (
			b"item_code\0,x",
			as_csv(self.TABLE, encoding="utf-16-le"),  # without its mark
			b"item_code\n\x81\x8d",
			b"\xff\xfeitem_code",
			b"\x89PNG\r\n\x1a\n\0\0",
		):
			self.assertIn(refusal(content), [("encoding", None)], content)

	def test_excels_line_about_the_separator(self):
		table = read(b"sep=|\r\nitem_code|serial_no\r\nLAP|A;1\r\n", knows)
		self.assertEqual(table.lines, [(2, ["item_code", "serial_no"]), (3, ["LAP", "A;1"])])

	def test_line_numbers_where_a_cell_has_several_lines(self):
		table = read(b'item_code,serial_no\n"a\nb",1\nc,2\n', knows)
		self.assertEqual([number for number, _cells in table.lines], [1, 2, 4])

	def test_broken_quotes_are_told_with_the_line(self):
		self.assertEqual(refusal(b'item_code\nA\n"B'), ("csv_broken", 3))
		self.assertEqual(refusal(b'item_code\n"A"B\n'), ("csv_broken", 2))
		unclosed = b'item_code\n"A' + b"\nB" * 5000
		self.assertEqual(refusal(unclosed), ("csv_broken", 2))
		self.assertEqual(refusal(b"item_code\n" + b"," * 5_000_000), ("csv_broken", 2))
		self.assertEqual(refusal(b"item_code\n" + b"A" * 99_999_9), ("csv_broken", 2))

	def test_a_quotation_mark_inside_of_a_cell_is_one(self):
		self.assertEqual(read(b'item_code\nMonitor 27"\n', knows).lines[1][1], ['Monitor 27"'])

	def test_limits(self):
		lines = b"item_code\n" + b"A\n" * (opening_file.MAX_LINES + 1)
		self.assertEqual(refusal(lines), ("too_many_lines", None))
		self.assertEqual(len(read(lines[:-2], knows).lines), opening_file.MAX_LINES + 1)
		self.assertEqual(refusal(b" " * (opening_file.MAX_BYTES + 1)), ("file_too_large", None))

	@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"item_code\n", b"\xff\xfe"]))
	def test_no_bytes_raise_anything_but_a_refusal(self, content, start):
		try:
			understand(start + content)
		except Unusable:
			pass


class TestWorkbooks(TestCase):
	def test_rows_and_lines(self):
		content = as_xlsx(
			[[], HEADER, [], ["LAP", "Shop", "A1", None, 12.5, None, datetime.date(2030, 1, 1)]]
		)
		(row,) = units(content)
		self.assertEqual((row.lines, row.rate), ([4], 12.5))
		self.assertEqual(row.unit_details, {"A1": {"warranty_expiry_date": "2030-01-01"}})

	def test_the_sheet_that_is_shown(self):
		book = openpyxl.Workbook()
		book.active.append(["nothing"])
		sheet = book.create_sheet("Units")
		sheet.append(["item_code"])
		sheet.append(["LAP"])
		book.active = sheet
		table = read(saved(book), knows)
		self.assertEqual(table.lines[1], (2, ["LAP"]))
		self.assertEqual(table.notes, [("only_sheet", ("Units",))])

	def test_results_of_formulas(self):
		table = [["item_code", "serial_no"], ["LAP", '="A"&1'], ["LAP", "A2"], [None, '=IF(A4="","","x")']]
		bare = as_xlsx(table)  # written without a spreadsheet: nothing was calculated
		self.assertEqual(understand(bare)[1], [Problem(2, "formula", ("=",), "serial_no")])
		sheet = "xl/worksheets/sheet1.xml"
		stored = edited(
			bare, sheet, rb'<c r="B2">(<f>.*?</f>)<v ?/?>(</v>)?', rb'<c r="B2" t="str">\1<v>A1</v>'
		)
		lines, problems, _notes = understand(stored)
		self.assertEqual(problems, [])
		self.assertEqual([line.serial_no for line in lines], ["A1", "A2"])

	def test_errors_of_a_spreadsheet(self):
		content = as_xlsx([["item_code"], ["#N/A"]])
		self.assertEqual(understand(content)[1], [Problem(2, "excel_error", ("#N/A",), "item_code")])

	def test_broken_old_and_foreign_files(self):
		whole = as_xlsx([["item_code"], ["LAP"]])
		for content, code in (
			(whole[: len(whole) // 2], "xlsx_broken"),
			(b"PK\x03\x04" + b"\0" * 100, "xlsx_broken"),
			(edited(whole, "xl/worksheets/sheet1.xml", b"<row", b"<<row"), "xlsx_broken"),
			(edited(whole, "xl/workbook.xml", b"<sheets>", b"<sheet>"), "xlsx_broken"),
			(zipped({"hello.txt": b"hello"}), "xlsx_broken"),
			(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
		):
			self.assertEqual(refusal(content), (code, None))

	def test_bombs_cost_next_to_nothing(self):
		whole = as_xlsx([["item_code"], ["LAP"]])
		row = b'<row r="3">' + b"<c/>" * 5_000_000 + b"</row>"
		bombs = {
			"one endless row": edited(
				whole, "xl/worksheets/sheet1.xml", b"</sheetData>", row + b"</sheetData>"
			),
			"a part of 200 MB": edited(
				whole, "xl/worksheets/sheet1.xml", b"</sheetData>", b" " * 200_000_000 + b"</sheetData>"
			),
			"large styles": edited(
				whole, "xl/styles.xml", b"</styleSheet>", b" " * 20_000_000 + b"</styleSheet>"
			),
		}
		for name, content in bombs.items():
			self.assertLess(len(content), 300_000, name)
			tracemalloc.start()
			self.assertEqual(refusal(content), ("xlsx_too_large", None), name)
			peak = tracemalloc.get_traced_memory()[1]
			tracemalloc.stop()
			self.assertLess(peak, 5_000_000, name)

	def test_entities_that_multiply_are_refused(self):
		entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
		bomb = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><worksheet'.encode()
		content = as_xlsx([["item_code"], [1]])
		content = edited(content, "xl/worksheets/sheet1.xml", b"<worksheet", bomb)
		content = edited(content, "xl/worksheets/sheet1.xml", b"<v>1</v>", b"<v>&e9;</v>")
		self.assertEqual(refusal(content), ("xlsx_broken", None))

	def test_a_row_far_below_is_refused_or_read_but_not_waited_for(self):
		whole = as_xlsx([["item_code"], ["LAP"]])
		far = edited(whole, "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="99999999999"')
		self.assertEqual(refusal(far), ("xlsx_broken", None))


def edited(content, part, old, new):
	"""A workbook with the first place of a part that fits a pattern exchanged."""
	with zipfile.ZipFile(io.BytesIO(content)) as archive:
		parts = {name: archive.read(name) for name in archive.namelist()}
	parts[part], places = re.subn(old, new, parts[part], count=1)
	assert places, part
	return zipped(parts)


def zipped(parts):
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, value in parts.items():
			archive.writestr(name, value)
	return stream.getvalue()
