from frappe.model.document import Document


class PurchaseReceiptItem(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		conversion_factor: DF.Float
		description: DF.Text | None
		item_code: DF.Link
		item_name: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		purchase_receipt_item: DF.Data | None
		qty: DF.Float
		rate: DF.Currency
		received_qty: DF.Float
		rejected_qty: DF.Float
		rejected_serial_no: DF.LongText | None
		rejected_warehouse: DF.Link | None
		serial_no: DF.LongText | None
		stock_qty: DF.Float
		stock_uom: DF.Link | None
		unit_details: DF.LongText | None
		uom: DF.Link | None
		warehouse: DF.Link | None
	# end: auto-generated types

	pass
