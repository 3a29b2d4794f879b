import frappe
from frappe import _
from frappe.utils import escape_html

from serial_tracking.exceptions import SerialNoInvoiceError
from serial_tracking.serial_tracking import claiming, scheduling
from serial_tracking.serial_tracking.returns import make_return
from serial_tracking.serial_tracking.sales_voucher import SalesVoucher
from serial_tracking.serial_tracking.stock_voucher import LEDGERS
from serial_tracking.stock import entry_text, invoicing, rules, units
from serial_tracking.stock import number as serial_number


class SalesInvoice(SalesVoucher):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.sales_invoice_item.sales_invoice_item import (
			SalesInvoiceItem,
		)

		amended_from: DF.Link | None
		background_job: DF.Data | None
		customer: DF.Link
		customer_name: DF.Data | None
		is_return: DF.Check
		items: DF.Table[SalesInvoiceItem]
		naming_series: DF.Literal["ACC-SINV-.YYYY.-.#####"]
		po_no: DF.Data | None
		posting_date: DF.Date | None
		posting_time: DF.Time | None
		remarks: DF.SmallText | None
		return_against: DF.Link | None
		set_posting_time: DF.Check
		set_warehouse: DF.Link | None
		total: DF.Currency
		total_qty: DF.Float
		update_stock: DF.Check
		warranty_claim: DF.Link | None
	# end: auto-generated types

	def validate(self):
		super().validate()
		self.validate_delivery_notes()

	def may_be_for_a_claim(self):
		return bool(self.is_return and self.update_stock)

	def validate_delivery_notes(self):
		"""What a Delivery Note has moved is invoiced to its customer, and does not move again."""
		named = sorted({row.delivery_note for row in self.items if row.delivery_note})
		if not named or not self.is_first_written():
			return
		found = {
			note.name: note
			for note in frappe.get_all(
				"Delivery Note",
				{"name": ("in", named)},
				["name", "customer", "docstatus", "is_return"],
				order_by="name",
			)
		}
		if not self.flags.ignore_permissions and units.visible_warehouses("Delivery Note") is not None:
			for name in found:
				frappe.has_permission("Delivery Note", "read", doc=name, throw=True)
		for row in self.items:
			note = found.get(row.delivery_note)
			if not note:
				continue
			shown = escape_html(note.name)
			if self.update_stock:
				why = _("Delivery Note {0} has moved it already: untick Update Stock").format(shown)
			elif note.docstatus != 1 or note.is_return:
				why = _("Delivery Note {0} is not submitted, or a return").format(shown)
			elif note.customer != self.customer:
				why = _("Delivery Note {0} is of {1}").format(shown, escape_html(note.customer))
			else:
				continue
			self.refuse_row(row, why, SerialNoInvoiceError)

	def before_submit(self):
		if self.update_stock:
			return super().before_submit()
		self.flags.invoiced = invoicing.prepare(self.as_posting())

	def on_submit(self):
		if self.update_stock:
			return super().on_submit()
		invoicing.write(self.name, self.flags.pop("invoiced"))

	def before_cancel(self):
		if self.update_stock:
			super().before_cancel()

	def on_cancel(self):
		if self.update_stock:
			return super().on_cancel()
		self.ignore_linked_doctypes = LEDGERS
		numbers = [n for row in self.items for n in entry_text.parse(row.serial_no).numbers()]
		invoicing.cancel(self.name, {serial_number.key(number) for number in numbers})

	def check_posting(self, asked):
		return super().check_posting(asked) if self.update_stock else invoicing.check(asked)

	def place_scanned(self, row, unit):
		if self.update_stock or self.is_return:
			return super().place_scanned(row, unit)
		if not unit:
			return {}
		shown = rules.quote_number(unit["serial_no"])
		if unit["delivery_document_type"] != "Delivery Note":
			why = _("{0} is not out on a Delivery Note. Tick Update Stock to deliver it by this invoice")
			frappe.throw(why.format(shown), SerialNoInvoiceError)
		if self.customer and unit["customer"] != self.customer:
			why = _("{0} is with customer {1}").format(shown, escape_html(unit["customer"]))
			frappe.throw(why, SerialNoInvoiceError)
		row.delivery_note = unit["delivery_document_no"]
		return {"delivery_note": row.delivery_note}

	def warehouses_of(self, row):
		return super().warehouses_of(row) if self.update_stock else []

	def describe_voucher(self):
		return {"sales_invoice": self.name if self.update_stock else None}

	def describe_row(self, row):
		if self.update_stock:
			return super().describe_row(row)
		return "Invoiced" if row.delivery_note and not self.is_return else "", None, None


@frappe.whitelist()
def make_sales_return(source_name: str, target_doc: str | dict | None = None):
	"""A draft that takes back what is still out on an invoice, or credits what one without stock invoiced."""
	return make_return("Sales Invoice", source_name, target_doc)


@frappe.whitelist()
def make_maintenance_schedule(source_name: str, target_doc: str | dict | None = None):
	"""A draft service contract for the units of an invoice that are still with its customer, a row for each item."""
	return scheduling.make_of_delivery("Sales Invoice", source_name, target_doc)


@frappe.whitelist()
def make_warranty_claim(source_name: str, target_doc: str | dict | None = None, serial_no: str | None = None):
	"""A draft claim for a unit of a Sales Invoice; its number is needed where there are several."""
	return claiming.make_of_delivery("Sales Invoice", source_name, target_doc, serial_no)
