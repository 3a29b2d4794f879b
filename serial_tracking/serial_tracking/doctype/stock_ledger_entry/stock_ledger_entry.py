import frappe
from frappe.model.document import Document


class StockLedgerEntry(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		actual_qty: DF.Float
		entry_no: DF.Int
		is_cancelled: DF.Check
		item_code: DF.Link | None
		posting_datetime: DF.Datetime | None
		qty_after_transaction: DF.Float
		rate: DF.Currency
		stock_uom: DF.Link | None
		stock_value: DF.Currency
		stock_value_difference: DF.Currency
		voucher_detail_no: DF.Data | None
		voucher_no: DF.DynamicLink | None
		voucher_type: DF.Link | None
		warehouse: DF.Link | None
	# end: auto-generated types

	pass


def on_doctype_update():
	frappe.db.add_unique(
		"Stock Ledger Entry", ["item_code", "warehouse", "entry_no"], "unique_item_warehouse_entry_no"
	)
	frappe.db.add_index(
		"Stock Ledger Entry", ["item_code", "warehouse", "posting_datetime"], "item_warehouse_time"
	)
	frappe.db.add_index("Stock Ledger Entry", ["voucher_no", "voucher_type"], "voucher")
