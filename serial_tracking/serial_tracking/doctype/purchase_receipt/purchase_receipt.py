import frappe
from frappe import _
from frappe.utils import flt

from serial_tracking.exceptions import InvalidQuantityError
from serial_tracking.serial_tracking.returns import make_return
from serial_tracking.serial_tracking.stock_voucher import StockVoucher
from serial_tracking.stock.valuation import PRECISION


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
		background_job: DF.Data | None
		is_return: DF.Check
		items: DF.Table[PurchaseReceiptItem]
		naming_series: DF.Literal["MAT-PRE-.YYYY.-.#####"]
		posting_date: DF.Date | None
		posting_time: DF.Time | None
		rejected_warehouse: DF.Link | None
		remarks: DF.SmallText | None
		return_against: DF.Link | None
		set_posting_time: DF.Check
		set_warehouse: DF.Link | None
		supplier: DF.Link
		supplier_delivery_note: DF.Data | None
		supplier_name: DF.Data | None
		total: DF.Currency
		total_qty: DF.Float
	# end: auto-generated types

	PARTY_TYPE = "Supplier"

	SERIAL_NO_FIELDS = ("serial_no", "rejected_serial_no")

	def set_default_warehouses(self):
		super().set_default_warehouses()
		for row in self.items:
			if flt(row.rejected_qty):
				row.rejected_warehouse = row.rejected_warehouse or self.rejected_warehouse

	def warehouses_of(self, row):
		accepted = [(_("Warehouse"), row.warehouse)] if self.accepts(row) else []
		rejected = [(_("Rejected Warehouse"), row.rejected_warehouse)] if flt(row.rejected_qty) else []
		return [*accepted, *rejected]

	def set_quantities(self):
		before = self.get_doc_before_save()
		saved = {row.name: row for row in before.items} if before else {}
		for row in self.items:
			for fieldname in ("received_qty", "rejected_qty"):
				self.validate_figure(row, fieldname)
			was = saved.get(row.name)
			if was and flt(was.received_qty) == flt(row.received_qty):
				row.received_qty = 0  # it was not given anew: it follows from the others
			received = round(flt(row.qty) + flt(row.rejected_qty), PRECISION)
			if flt(row.received_qty) and round(flt(row.received_qty), PRECISION) != received:
				why = _("{0} are received, but {1} accepted and {2} rejected").format(
					flt(row.received_qty), flt(row.qty), flt(row.rejected_qty)
				)
				self.refuse_row(row, why, InvalidQuantityError)
			row.received_qty = received
			if not flt(row.rejected_qty) and row.rejected_serial_no:
				self.refuse_row(row, _("rejected serial numbers without a quantity"), InvalidQuantityError)
		super().set_quantities()

	def accepts(self, row) -> bool:
		"""Is there an accepted part: all rows have one but those that reject everything."""
		return bool(flt(row.qty) or row.serial_no or not flt(row.rejected_qty))

	def as_posting_rows(self, row):
		rows = super().as_posting_rows(row) if self.accepts(row) else []
		if flt(row.rejected_qty):
			move_type, source, target = self.describe_row(row, row.rejected_warehouse)
			reason = None if self.is_return else _("Rejected: {0}").format(self.name)
			rows.append(
				self.as_posting_row(
					row, move_type, source, target, flt(row.rejected_qty), "rejected_serial_no", reason
				)
			)
		return rows

	def brings_new_units(self):
		return not self.is_return

	def describe_row(self, row, warehouse: str | None = None):
		warehouse = warehouse or row.warehouse
		return ("Returned to Supplier", warehouse, None) if self.is_return else ("Received", None, warehouse)


@frappe.whitelist()
def make_purchase_return(source_name: str, target_doc: str | dict | None = None):
	"""A draft that returns to the supplier what came in on a Purchase Receipt and still lies in stock."""
	return make_return("Purchase Receipt", source_name, target_doc)
