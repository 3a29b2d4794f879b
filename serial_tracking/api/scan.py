"""What a scanned code is: a unit, an item, a warehouse, or a GS1 code that names them (docs/scanning.md)."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from serial_tracking.exceptions import (
	InvalidWarehouseError,
	SerialNoAmbiguousError,
	SerialNoFormatError,
	SerialNoItemError,
	SerialNoNotExistsError,
)
from serial_tracking.serial_tracking.stock_voucher import StockVoucher, is_stock_voucher
from serial_tracking.stock import bulk, entry_text, gs1, rules, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.reasons import reason_text
from serial_tracking.stock.rules import quote_number

UNIT_FIELDS = (
	"name", "serial_no", "item_code", "status", "warehouse", "on_hold", "hold_reason", "customer",
	"end_of_life_date", "warranty_expiry_date", "maintenance_status",
)  # fmt: skip
ITEM_FIELDS = ("name", "item_name", "stock_uom", "is_stock_item", "has_serial_no", "disabled", "end_of_life")


@frappe.whitelist()
@frappe.read_only()
def scan(code: str, item_code: str | None = None) -> dict[str, Any]:
	"""What a scanned code is, and the records that it names.

	:param code: a serial number, an item's barcode or code, a warehouse, a GS1 element string (with or without
		symbology identifier and FNC1, or in brackets) or a GS1 Digital Link
	:param item_code: the item that is meant, where several bear the number or the barcode
	Returns a dict with `type` (serial, item, warehouse or gs1), `code` as it was read, and, None where the code
	says nothing of it:
	`serial` the unit, `serial_no` its number, `serial_known` whether it is recorded; `item` with `uom` and
	`conversion_factor` (stock units) of the barcode; `warehouse`; `gs1` with `gtin`, `serial_no`,
	`end_of_life_date`, `batch` and `parts` (AI → value); `entry` the line for the serial number box of a row;
	`also` other records that the code could mean; `other_readings` of a GS1 code that came without separators.
	Raises SerialNoNotExistsError (also for what the user may not see), SerialNoAmbiguousError naming the
	candidates, SerialNoItemError (the unit is one of another item) or SerialNoFormatError.
	Needs the right to read Serial No. Sources: DOMAIN 5 and 9; GS1 General Specifications, section 3.
	"""
	frappe.has_permission("Serial No", throw=True)
	text = _readable(code)
	return _look_up(text, item_code) or _refuse_unknown(
		_("{0} is no serial number, barcode, item or warehouse").format(quote_number(text))
	)


def _look_up(text: str, item_code: str | None) -> dict[str, Any] | None:
	"""What a readable text is, None if it is nothing that is known; raises as `scan` does."""
	if gs1.is_marked(text):
		read = gs1.parse(text)
		if not isinstance(read, str):
			return _answer_gs1(text, read, item_code)
		if found := _answer_plain(text, item_code):  # an item may have anything for a barcode
			return found
		_refuse_format(text, reason_text(read))
	text = gs1.without_identifier(text)
	if found := _answer_plain(text, item_code):
		return found
	if unmarked := gs1.parse_unmarked(text):
		return _answer_gs1(text, unmarked, item_code)
	return None


@frappe.whitelist()
@frappe.read_only()
def into_voucher(code: str, doc: str | dict[str, Any], item_code: str | None = None) -> dict[str, Any]:
	"""What a code scanned into a voucher is, in which row its unit belongs, and why it cannot be taken.

	:param code: as for `scan`; in a voucher that brings units in also the number of a unit not recorded yet
	:param doc: the draft as a document or JSON text; its rows are not looked at and may be left out
	:param item_code: the item of the row that was scanned into last: a number that nobody knows becomes a unit of it
	Returns what `scan` does, and `row`: the fields of the row that the code decides (the item, and where a unit
	leaves from). Where a submit would refuse this unit in this voucher, or the code is not understood, there is
	`refused` instead, a problem as of `api.serials.check`: scans follow fast, and none may end in a dialog.
	Needs the rights to read Serial No and to write the voucher. Writes and locks nothing.
	"""
	voucher = _draft(doc)
	frappe.has_permission("Serial No", throw=True)
	try:
		return _into_voucher(voucher, _readable(code), item_code or None)
	except frappe.ValidationError as e:
		frappe.clear_messages()
		return {"refused": rules.as_problem(type(e), _("Not Taken"), cstr(e))}


def _draft(doc: str | dict[str, Any]) -> StockVoucher:
	"""The voucher without its rows, however many they are; raises frappe.PermissionError."""
	try:
		values = frappe.parse_json(doc)
	except ValueError:
		values = None
	if not isinstance(values, dict) or not is_stock_voucher(values.get("doctype")):
		frappe.throw(_("This is no stock voucher"))
	frappe.has_permission(values["doctype"], "write", throw=True)
	head = {field: value for field, value in values.items() if not isinstance(value, list | dict)}
	return frappe.get_doc({**head, "items": []})


def _into_voucher(voucher: StockVoucher, text: str, item_code: str | None) -> dict[str, Any]:
	found = _found_for(voucher, text, item_code)
	if found["type"] == "warehouse":
		_refuse_no_place(found["warehouse"])
		return {**found, "row": {}, "refused": None}
	item, unit = found["item"], found["serial"]
	if not item:
		_refuse_unknown(_("{0} is no serial number, barcode, item or warehouse").format(quote_number(text)))
	if not item["has_serial_no"]:
		found.update(serial_no=None, serial_known=None, serial=None, entry=None)
		unit = None
	else:
		_refuse_lost_separators(found)
	known = _whole(unit) if unit else None
	if found["serial_no"] and not known and not voucher.brings_new_units():
		_refuse_unknown(_("Serial No {0} is not known").format(quote_number(found["serial_no"])))
	decided, problems = voucher.try_scanned(item["name"], item["stock_uom"], found["entry"], known)
	return {
		**found,
		"row": {"item_code": item["name"], **decided},
		"refused": problems[0] if problems else None,
	}


def _found_for(voucher: StockVoucher, text: str, item_code: str | None) -> dict[str, Any]:
	"""What is meant, if need be within the item of the row that was scanned into last."""
	brings_new = voucher.brings_new_units()
	# where two items may bear one number, a number that comes in is one of the row's item
	own_first = item_code if item_code and brings_new and units.unique_per_item() else None
	try:
		found = _look_up(text, own_first)
	except (SerialNoAmbiguousError, SerialNoNotExistsError, SerialNoItemError) as e:
		if not own_first and (not item_code or isinstance(e, SerialNoItemError)):
			raise
		frappe.clear_messages()
		found = _look_up(text, None if own_first else item_code)
	if found:
		return found
	if not brings_new:
		_refuse_unknown(_("{0} is no serial number, barcode, item or warehouse").format(quote_number(text)))
	number = serial_number.normalise(gs1.without_identifier(text))
	if not item_code:
		_refuse_unknown(
			_("{0} is not known. To receive it as a new unit, scan its item first").format(
				quote_number(number)
			)
		)
	item = _items({item_code}).get(item_code)
	if not item or not item["has_serial_no"]:
		_refuse_unknown(_("{0} is no serial number, barcode, item or warehouse").format(quote_number(text)))
	if reason := serial_number.problem(number):
		_refuse_format(number, reason_text(reason))
	return _answer("serial", text, number=number, item=_item(item))


def _whole(unit: dict[str, Any]) -> units.Unit:
	"""The record with all that a voucher asks of it."""
	(found,) = units.read_by_name([unit["name"]])
	return found


def _refuse_no_place(warehouse: dict[str, Any]) -> None:
	shown = frappe.bold(escape_html(warehouse["name"]))
	if warehouse["is_group"]:
		frappe.throw(_("{0} is a group; name a warehouse below it").format(shown), InvalidWarehouseError)
	if warehouse["disabled"]:
		frappe.throw(_("{0} is disabled").format(shown), InvalidWarehouseError)


def _refuse_lost_separators(found: dict[str, Any]) -> None:
	"""A code whose parts nobody can tell apart must not be taken for an item, nor for another unit."""
	others = found["other_readings"]
	meant = [other["serial_no"] for other in others if other["serial"] or not found["serial_no"]]
	if meant and not found["serial"]:
		_refuse_format(
			found["code"],
			_(
				"the scanner left the separators out. It could mean {0}: type the number that stands there"
			).format(", ".join(quote_number(number) for number in meant[:3])),
		)


@frappe.whitelist()
@frappe.read_only()
def bearers(code: str) -> list[dict[str, Any]]:
	"""The units that a code may mean: to ask which, where `scan` or `api.trace` raises SerialNoAmbiguousError.

	:param code: as for `scan`, or a serial number
	Returns of each the same fields as `serial` of `scan`, and `item_name`; sorted by item, those that the user may see.
	Raises SerialNoFormatError. Needs the right to read Serial No.
	"""
	frappe.has_permission("Serial No", throw=True)
	text = _readable(code)
	read = gs1.parse(text) if gs1.is_marked(text) else None
	if not isinstance(read, gs1.Code):
		text = gs1.without_identifier(text)
		read = gs1.Code(serial_number.normalise(text))
		if not _bearers_of(read):
			read = gs1.parse_unmarked(text) or read
	found = _bearers_of(read)
	items = _items({unit["item_code"] for unit in found})
	return [
		{**_only(unit, UNIT_FIELDS), "item_name": items.get(unit["item_code"], {}).get("item_name")}
		for unit in sorted(found, key=lambda unit: unit["item_code"])
	]


def _bearers_of(read: gs1.Code) -> list[units.Unit]:
	"""The units that bear the number of a code; where it has a GTIN, those of the items that have it."""
	if not read.number or serial_number.problem(read.number):
		return []
	found = _units([read.number]).get(serial_number.key(read.number), [])
	if not read.gtin:
		return found
	of_gtin = {row["parent"] for row in _barcodes(read.gtin)}
	return [unit for unit in found if unit["item_code"] in of_gtin]


def _readable(code: str) -> str:
	"""The text of a code without the blanks around it; raises SerialNoFormatError."""
	text = code.rstrip().lstrip(" \t\r\n")  # an FNC1 before a code is part of it
	if not text:
		frappe.throw(_("Nothing was scanned"), SerialNoFormatError, title=_("Code Not Understood"))
	if not serial_number.is_unicode(text):
		_refuse_format(text, reason_text("control_character"))
	if len(text) > gs1.LONGEST:
		_refuse_format(text, _("it is longer than {0} characters").format(gs1.LONGEST))
	return text


def _answer_plain(text: str, item_code: str | None) -> dict[str, Any] | None:
	"""A unit before a barcode before a warehouse before an item's code: the most particular goes first."""
	number = serial_number.normalise(text)
	bearers = _units([number]).get(serial_number.key(number), []) if not serial_number.problem(number) else []
	barcodes = _barcodes(text)
	items = _items({*(row["parent"] for row in barcodes), *(unit["item_code"] for unit in bearers), text})
	barcodes = [row for row in barcodes if row["parent"] in items]
	found: list[dict[str, Any]] = []
	if unit := _the_unit(bearers, number, item_code, others=bool(barcodes)):
		item = items.get(unit["item_code"])
		found.append(_answer("serial", text, unit=unit, number=unit["serial_no"], item=item and _item(item)))
	if barcodes:
		row = _the_barcode(barcodes, text, item_code)
		found.append(_answer("item", text, item=_item(items[row["parent"]], row)))
	for warehouse in _warehouses(text):
		found.append(_answer("warehouse", text, warehouse=warehouse))
	if text in items and not any(answer["item"] and answer["item"]["name"] == text for answer in found):
		found.append(_answer("item", text, item=_item(items[text])))
	if not found:
		return None
	first, *rest = found
	first["also"] = [
		{"type": answer["type"], "name": (answer["serial"] or answer["item"] or answer["warehouse"])["name"]}
		for answer in rest
	]
	return first


def _answer_gs1(text: str, read: gs1.Code, item_code: str | None) -> dict[str, Any]:
	others = gs1.other_readings(text)
	if read.number is None and read.gtin is None and not others:
		_refuse_format(text, _("the GS1 code holds no GTIN (AI 01) and no serial number (AI 21)"))
	if read.number is not None and (reason := serial_number.problem(read.number)):
		_refuse_format(read.number, reason_text(reason))
	barcodes = _barcodes(read.gtin) if read.gtin else []
	by_key = _units(number for number in (read.number, *(other.number for other in others)) if number)
	bearers = by_key.get(serial_number.key(read.number or ""), [])
	wanted = {
		*(row["parent"] for row in barcodes),
		*(u["item_code"] for found in by_key.values() for u in found),
	}
	items = _items({*wanted, item_code} if item_code else wanted)
	row = None
	if read.gtin:
		barcodes = [row for row in barcodes if row["parent"] in items]
		if not barcodes:
			_refuse_unknown(_("The GTIN {0} is not a barcode of any item").format(quote_number(read.gtin)))
		if item_code and not any(row["parent"] == item_code for row in barcodes):
			frappe.throw(
				_("The GTIN {0} is not a barcode of item {1}").format(
					quote_number(read.gtin), frappe.bold(escape_html(item_code))
				),
				SerialNoItemError,
			)
		row = _the_barcode(barcodes, read.gtin, item_code)
		item_code = row["parent"]
	unit = _the_unit(bearers, read.number, item_code) if read.number else None
	if unit:
		item_code = unit["item_code"]
	elif read.number and not item_code:
		_refuse_unknown(_("Serial No {0} is not known").format(quote_number(read.number)))
	item = items.get(item_code)
	answer = _answer("gs1", text, unit=unit, number=read.number, item=item and _item(item, row), read=read)
	if not unit:
		for other in others:
			known = _of_item(by_key.get(serial_number.key(other.number), []), item_code)
			answer["other_readings"].append(
				{
					**_parts(other),
					"serial": known and _only(known, UNIT_FIELDS),
					"entry": _entry(known, other),
				}
			)
	return answer


def _answer(
	kind: str,
	text: str,
	*,
	unit: units.Unit | None = None,
	number: str | None = None,
	item: dict[str, Any] | None = None,
	warehouse: dict[str, Any] | None = None,
	read: gs1.Code | None = None,
) -> dict[str, Any]:
	code = read or gs1.Code(number)
	return {
		"type": kind,
		"code": text,
		"serial_no": unit["serial_no"] if unit else number,
		"serial_known": bool(unit) if number else None,
		"serial": unit and _only(unit, UNIT_FIELDS),
		"item": item,
		"warehouse": warehouse,
		"gs1": read and _parts(read),
		"entry": _entry(unit, code) if number else None,
		"also": [],
		"other_readings": [],
	}


def _parts(read: gs1.Code) -> dict[str, Any]:
	parts = asdict(read)
	return {"serial_no": parts.pop("number"), **parts}


def _entry(unit: units.Unit | None, read: gs1.Code) -> str:
	"""The line for a row's box: the number, with what a new unit brings along."""
	if unit:
		return entry_text.canonical([unit["serial_no"]])
	if read.end_of_life_date:
		return "]d2" + gs1.element_string(read.number, read.gtin, read.end_of_life_date)
	return entry_text.canonical([read.number])


# ---------------------------------------------------------------------------------- which record is meant


def _the_unit(
	bearers: list[units.Unit], number: str, item_code: str | None, others: bool = False
) -> units.Unit | None:
	"""The unit that is meant, None for an unknown one.

	:param others: the code may be something else: a unit of another item is not in the way then
	"""
	if item_code:
		own = _of_item(bearers, item_code)
		if own or not bearers or others or units.unique_per_item():
			return own
		frappe.throw(
			_("Serial No {0} is a unit of item {1}, not of {2}").format(
				quote_number(number),
				frappe.bold(escape_html(bearers[0]["item_code"])),
				frappe.bold(escape_html(item_code)),
			),
			SerialNoItemError,
		)
	if len(bearers) > 1:
		_refuse_ambiguous(
			_("Serial No {0} is borne by units of several items, say which: {1}"),
			number,
			[unit["item_code"] for unit in bearers],
		)
	return bearers[0] if bearers else None


def _of_item(bearers: list[units.Unit], item_code: str | None) -> units.Unit | None:
	return next((unit for unit in bearers if unit["item_code"] == item_code), None)


def _the_barcode(barcodes: list[dict[str, Any]], text: str, item_code: str | None) -> dict[str, Any]:
	of_items = {row["parent"]: row for row in reversed(barcodes)}
	if item_code in of_items:
		return of_items[item_code]
	if len(of_items) > 1:
		_refuse_ambiguous(
			_("The barcode {0} is one of several items, say which: {1}"), text, sorted(of_items)
		)
	return barcodes[0]


# ---------------------------------------------------------------------------------- records that may be seen


def _units(numbers: Iterable[str]) -> dict[str, list[units.Unit]]:
	found = units.find(serial_number.key(number) for number in numbers)
	readable = units.readable_names([unit["name"] for bearers in found.values() for unit in bearers])
	return {key: [unit for unit in bearers if unit["name"] in readable] for key, bearers in found.items()}


def _barcodes(text: str) -> list[dict[str, Any]]:
	spellings = gs1.spellings(text)
	rows = bulk.select(
		"Item Barcode",
		("parent", "barcode", "uom"),
		"barcode",
		spellings,
		where={"parenttype": "Item"},
		order_by="idx",
	)
	# the database's collation may find more
	return [row for row in rows if row["barcode"] in spellings]


def _items(names: set[str]) -> dict[str, dict[str, Any]]:
	if not frappe.has_permission("Item"):
		return {}
	rows = frappe.get_list(
		"Item", {"name": ("in", sorted(names))}, list(ITEM_FIELDS), order_by="name", limit_page_length=0
	)
	return {row["name"]: dict(row) for row in rows if row["name"] in names}


def _item(item: dict[str, Any], barcode: dict[str, Any] | None = None) -> dict[str, Any]:
	uom = (barcode and barcode["uom"]) or item["stock_uom"]
	factor = 1.0
	if uom != item["stock_uom"]:
		row = {"parent": item["name"], "parenttype": "Item", "uom": uom}
		factor = frappe.db.get_value("UOM Conversion Detail", row, "conversion_factor", order_by="idx")
	return {**item, "item_code": item["name"], "uom": uom, "conversion_factor": factor}


def _warehouses(name: str) -> list[dict[str, Any]]:
	if not frappe.has_permission("Warehouse"):
		return []
	fields = ["name", "is_group", "disabled"]
	rows = frappe.get_list("Warehouse", {"name": name}, fields, order_by="name", limit_page_length=1)
	return [dict(row) for row in rows if row["name"] == name]


def _only(unit: units.Unit, fields: Iterable[str]) -> dict[str, Any]:
	return {field: unit[field] for field in fields}


# ---------------------------------------------------------------------------------- refusals


def _refuse_unknown(why: str):
	frappe.throw(why, SerialNoNotExistsError, title=_("Not Known"))


def _refuse_format(text: str, why: str):
	frappe.throw(f"{quote_number(text)}: {why}", SerialNoFormatError, title=_("Code Not Understood"))


def _refuse_ambiguous(why: str, text: str, items: list[str]):
	shown = ", ".join(frappe.bold(escape_html(item)) for item in items)
	frappe.throw(why.format(quote_number(text), shown), SerialNoAmbiguousError, title=_("Which One?"))
