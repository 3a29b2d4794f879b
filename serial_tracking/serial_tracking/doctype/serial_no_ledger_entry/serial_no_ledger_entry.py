import frappe
from frappe.model.document import Document


class SerialNoLedgerEntry(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		custodian: DF.Link | None
		end_of_life_date: DF.Date | None
		from_warehouse: DF.Link | None
		is_cancelled: DF.Check
		item_code: DF.Link | None
		location: DF.Data | None
		move_no: DF.Int
		move_type: DF.Literal[
			"",
			"Received",
			"Produced",
			"Transferred",
			"Delivered",
			"Issued",
			"Consumed",
			"Returned",
			"Returned to Supplier",
			"Issued for Use",
			"Returned from Use",
		]
		party: DF.DynamicLink | None
		party_name: DF.Data | None
		party_type: DF.Link | None
		posting_datetime: DF.Datetime | None
		previous_hold_reason: DF.SmallText | None
		previous_warranty_expiry_date: DF.Date | None
		rate: DF.Currency
		sales_invoice: DF.Link | None
		serial_no: DF.Link | None
		to_warehouse: DF.Link | None
		used_for: DF.Link | None
		voucher_detail_no: DF.Data | None
		voucher_no: DF.DynamicLink | None
		voucher_type: DF.Link | None
		warranty_expiry_date: DF.Date | None
	# end: auto-generated types

	pass


def on_doctype_update():
	"""Indexes for unit and order, voucher, item and warehouse and time."""
	frappe.db.add_unique("Serial No Ledger Entry", ["serial_no", "move_no"], "unique_serial_no_move_no")
	frappe.db.add_index("Serial No Ledger Entry", ["voucher_no", "voucher_type"], "voucher")
	frappe.db.add_index(
		"Serial No Ledger Entry", ["item_code", "to_warehouse", "posting_datetime"], "item_warehouse_time"
	)
