import frappe

from serial_tracking.serial_tracking import claiming, scheduling
from serial_tracking.serial_tracking.returns import make_return, map_sales_invoice
from serial_tracking.serial_tracking.sales_voucher import SalesVoucher


class DeliveryNote(SalesVoucher):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.delivery_note_item.delivery_note_item import (
			DeliveryNoteItem,
		)

		amended_from: DF.Link | None
		background_job: DF.Data | None
		customer: DF.Link
		customer_name: DF.Data | None
		is_return: DF.Check
		items: DF.Table[DeliveryNoteItem]
		naming_series: DF.Literal["MAT-DN-.YYYY.-.#####"]
		po_no: DF.Data | None
		posting_date: DF.Date | None
		posting_time: DF.Time | None
		remarks: DF.SmallText | None
		return_against: DF.Link | None
		set_posting_time: DF.Check
		set_warehouse: DF.Link | None
		total: DF.Currency
		total_qty: DF.Float
		warranty_claim: DF.Link | None
	# end: auto-generated types

	pass


@frappe.whitelist()
def make_sales_return(source_name: str, target_doc: str | dict | None = None):
	"""A draft that takes back what is still out on a Delivery Note."""
	return make_return("Delivery Note", source_name, target_doc)


@frappe.whitelist()
def make_sales_invoice(source_name: str, target_doc: str | dict | None = None):
	"""A draft that invoices what is out on a Delivery Note and not invoiced yet; it moves nothing."""
	return map_sales_invoice(source_name, target_doc)


@frappe.whitelist()
def make_maintenance_schedule(source_name: str, target_doc: str | dict | None = None):
	"""A draft service contract for the units of a Delivery Note that are still out on it, a row for each item."""
	return scheduling.make_of_delivery("Delivery Note", source_name, target_doc)


@frappe.whitelist()
def make_warranty_claim(source_name: str, target_doc: str | dict | None = None, serial_no: str | None = None):
	"""A draft claim for a unit of a Delivery Note; its number is needed where there are several."""
	return claiming.make_of_delivery("Delivery Note", source_name, target_doc, serial_no)
