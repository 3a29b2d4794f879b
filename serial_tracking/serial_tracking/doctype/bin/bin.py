import frappe
from frappe.model.document import Document

from serial_tracking.stock.valuation import BIN_INDEX


class Bin(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		actual_qty: DF.Float
		item_code: DF.Link
		last_entry_no: DF.Int
		last_posting_datetime: DF.Datetime | None
		stock_uom: DF.Link | None
		stock_value: DF.Currency
		valuation_rate: DF.Currency
		warehouse: DF.Link
	# end: auto-generated types

	pass


def on_doctype_update():
	frappe.db.add_unique("Bin", ["item_code", "warehouse"], BIN_INDEX)
