"""What the Hand-over Sheet of a Stock Entry says: who has which units from now on, or who gave which back (DOMAIN 8)."""

from collections.abc import Iterable
from typing import Any

from serial_tracking.serial_tracking import unit_report
from serial_tracking.stock import entry_text, units
from serial_tracking.stock import number as serial_number

ISSUE, RETURN = "Issue for Use", "Return from Use"


def sheet(doc) -> dict[str, Any]:
	"""The content of the sheet of a Stock Entry, draft or submitted.

	`lines`, one for each unit, or for each row of an item without serials: `item_code`, `item_name`, `serial_no`, `qty`,
	`uom`, and of a return `custodian`, `custodian_name` and `location` from which the unit came. `custodians`: each of
	those once, in their order, as pairs of name and location. Two statements for each 2,500 units, at most.
	"""
	lines = list(_lines(doc))
	if doc.purpose == RETURN:
		_add_custodians(lines, doc)
	else:
		for line in lines:
			line.update(custodian=doc.custodian, location=doc.location)
	names = unit_report.full_names({line["custodian"] for line in lines})
	for line in lines:
		line["custodian_name"] = names.get(line["custodian"]) or line["custodian"]
	pairs = ((line["custodian_name"], line["location"]) for line in lines if line["custodian"])
	return {"lines": lines, "custodians": list(dict.fromkeys(pairs))}


def _lines(doc) -> Iterable[dict[str, Any]]:
	for row in doc.items:
		line = {"item_code": row.item_code, "item_name": row.item_name, "uom": row.uom}
		numbers = entry_text.parse(row.serial_no).numbers() if row.serial_no else []
		for number in numbers:
			yield {**line, "serial_no": number, "qty": 1, "uom": row.stock_uom}
		if not numbers:
			yield {**line, "serial_no": None, "qty": row.qty}


def _add_custodians(lines: list[dict[str, Any]], doc) -> None:
	"""Who had the units before this return."""
	found = units.find({serial_number.key(line["serial_no"]) for line in lines if line["serial_no"]})
	per_item, of_line = units.unique_per_item(), {}
	for n, line in enumerate(lines):
		bearers = found.get(serial_number.key(line["serial_no"]), []) if line["serial_no"] else []
		if unit := units.pick(bearers, line["item_code"], per_item):
			of_line[n] = unit["name"]
	issues: dict[str, dict[str, Any]] = {}
	back = set()
	for move in units.moves_of(of_line.values()):
		name = move["serial_no"]
		if (move["voucher_type"], move["voucher_no"]) == (doc.doctype, doc.name):
			back.add(name)
		elif name not in back and move["move_type"] == "Issued for Use":
			issues[name] = move
	for n, line in enumerate(lines):
		move = issues.get(of_line.get(n), {})
		line.update(custodian=move.get("custodian"), location=move.get("location"))
