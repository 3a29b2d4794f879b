"""Where a unit comes from and what it went into, as a tree: through Manufacture, Repack and service parts (DOMAIN 9)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _

from serial_tracking.serial_tracking import unit_report
from serial_tracking.stock import bulk, genealogy, units

MORE_FIELDS = (
	"name", "supplier_name", "purchase_document_type", "purchase_document_no", "purchase_date",
	"delivery_document_type", "delivery_document_no", "delivery_date",
)  # fmt: skip

Row = unit_report.Row


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows with their `indent`, message, chart and number cards; filters as in the report's script.

	Raises SerialNoNotExistsError, also for a unit that the user may not see, or SerialNoAmbiguousError.
	"""
	frappe.has_permission("Serial No", throw=True)
	filters = frappe._dict(filters or {})
	wanted = unit_report.values_of(filters, "serial_no")
	if not wanted:
		return _columns(), [], _("Choose a unit.")
	name = wanted[0]
	if name not in units.readable_names([name]):
		name = units.resolve(name)["name"]  # a number in other letters, or not known
	asked = unit_report.values_of(filters, "direction")
	directions = [way for way in genealogy.DIRECTIONS if way in asked] or list(genealogy.DIRECTIONS)
	rows, complete = [], True
	for direction in directions:
		tree = genealogy.tree(name, direction)
		complete = complete and tree["complete"]
		rows += _of_unit(tree["unit"], direction, 0, None)
	described = {
		r["name"]: r
		for r in bulk.select("Serial No", MORE_FIELDS, "name", {r["name"] for r in rows if r["name"]})
	}
	for row in rows:
		row.update(described.get(row["name"], {}))
	by_status = Counter({row["name"]: row["status"] for row in rows if row["name"]}.values())
	message = (
		None if complete else _("The tree is larger than what is shown: its farthest units are left out.")
	)
	return _columns(), rows, message, unit_report.chart_of_statuses(by_status), _summary(rows, by_status)


def _of_unit(
	unit: genealogy.Node, direction: str, indent: int, voucher: genealogy.Node | None
) -> Iterator[Row]:
	yield {
		**{field: unit[field] for field in genealogy.UNIT_FIELDS},
		"indent": indent,
		"direction": _direction(direction),
		"voucher_type": voucher and voucher["voucher_type"],
		"voucher_no": voucher and voucher["voucher_no"],
		"posting_datetime": voucher and voucher["posting_datetime"],
		"remark": None,
	}
	for further in unit["vouchers"]:
		if further.get("shown_above"):
			yield _note(_("shown above"), direction, indent + 1, further)
			continue
		for other in further["units"]:
			yield from _of_unit(other, direction, indent + 1, further)
		if further["hidden"]:
			hidden = _("units that you may not see: {0}").format(further["hidden"])
			yield _note(hidden, direction, indent + 1, further)
		elif not further["units"]:
			yield _note(_("no units with serial numbers"), direction, indent + 1, further)
	if unit["hidden"]:
		yield _note(
			_("documents that you may not see: {0}").format(unit["hidden"]), direction, indent + 1, None
		)


def _note(text: str, direction: str, indent: int, voucher: genealogy.Node | None) -> Row:
	"""A row that is no unit."""
	return {
		**dict.fromkeys(genealogy.UNIT_FIELDS),
		"indent": indent,
		"direction": _direction(direction),
		"voucher_type": voucher and voucher["voucher_type"],
		"voucher_no": voucher and voucher["voucher_no"],
		"posting_datetime": voucher and voucher["posting_datetime"],
		"remark": text,
	}


def _direction(direction: str) -> str:
	return _("Made From") if direction == genealogy.BACKWARD else _("Went Into")


def _summary(rows: list[Row], by_status: Counter) -> list[Row]:
	levels = max(row["indent"] for row in rows)
	return [*unit_report.summary_of_statuses(by_status), unit_report.card(_("Levels"), levels, "Grey")]


def _columns() -> list[unit_report.Column]:
	column = unit_report.column
	return [
		column("serial_no", _("Serial No"), "Link", "Serial No", 280),
		column("direction", _("Direction"), width=110),
		column("remark", _("Remark"), width=190),
		column("item_code", _("Item"), "Link", "Item", 120),
		column("item_name", _("Item Name"), width=160),
		column("voucher_type", _("Voucher Type"), width=120),
		column("voucher_no", _("Voucher No"), "Dynamic Link", "voucher_type", 180),
		column("posting_datetime", _("Posted"), "Datetime", width=190),
		column("status", _("Status"), width=140),
		column("warehouse", _("Warehouse"), "Link", "Warehouse", 140),
		column("customer", _("Customer"), "Link", "Customer", 150),
		column("purchase_date", _("Received On"), "Date", width=110),
		column("purchase_document_type", _("Received By"), width=140),
		column("purchase_document_no", _("Received With"), "Dynamic Link", "purchase_document_type", 180),
		column("supplier_name", _("Supplier Name"), width=150),
		column("delivery_date", _("Delivered On"), "Date", width=110),
		column("delivery_document_type", _("Delivered By"), width=130),
		column("delivery_document_no", _("Delivered With"), "Dynamic Link", "delivery_document_type", 180),
	]
