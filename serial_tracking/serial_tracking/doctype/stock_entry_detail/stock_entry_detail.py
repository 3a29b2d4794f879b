from frappe.model.document import Document


class StockEntryDetail(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		basic_rate: DF.Currency
		conversion_factor: DF.Float
		description: DF.Text | None
		item_code: DF.Link
		item_name: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		qty: DF.Float
		s_warehouse: DF.Link | None
		serial_no: DF.LongText | None
		stock_uom: DF.Link | None
		t_warehouse: DF.Link | None
		transfer_qty: DF.Float
		unit_details: DF.LongText | None
		uom: DF.Link | None
		used_for: DF.Link | None
	# end: auto-generated types

	pass
