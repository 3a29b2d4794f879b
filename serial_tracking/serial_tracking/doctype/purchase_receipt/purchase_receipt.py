from serial_tracking.serial_tracking.stock_voucher import StockVoucher


class PurchaseReceipt(StockVoucher):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.purchase_receipt_item.purchase_receipt_item import (
			PurchaseReceiptItem,
		)

		amended_from: DF.Link | None
		items: DF.Table[PurchaseReceiptItem]
		naming_series: DF.Literal["MAT-PRE-.YYYY.-.#####"]
		posting_date: DF.Date | None
		posting_time: DF.Time | None
		remarks: DF.SmallText | None
		set_posting_time: DF.Check
		set_warehouse: DF.Link | None
		supplier: DF.Link
		supplier_delivery_note: DF.Data | None
		supplier_name: DF.Data | None
		total: DF.Currency
		total_qty: DF.Float
	# end: auto-generated types

	PARTY_TYPE = "Supplier"

	def describe_row(self, row):
		return "Received", None, row.warehouse
