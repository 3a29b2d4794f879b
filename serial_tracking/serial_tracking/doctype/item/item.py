import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt

from serial_tracking.exceptions import MergeNotAllowedError, SerialNoSeriesError, SerialTrackingError
from serial_tracking.install import DEFAULT_UOM, ROOT_ITEM_GROUP
from serial_tracking.stock import bulk, gs1
from serial_tracking.stock.series import Series

VOUCHER_ROWS = ("Stock Entry Detail", "Purchase Receipt Item", "Delivery Note Item", "Sales Invoice Item")


class Item(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.item_barcode.item_barcode import ItemBarcode
		from serial_tracking.serial_tracking.doctype.uom_conversion_detail.uom_conversion_detail import (
			UOMConversionDetail,
		)

		barcodes: DF.Table[ItemBarcode]
		brand: DF.Link | None
		description: DF.TextEditor | None
		disabled: DF.Check
		end_of_life: DF.Date | None
		has_serial_no: DF.Check
		image: DF.AttachImage | None
		is_fixed_asset: DF.Check
		is_stock_item: DF.Check
		item_code: DF.Data
		item_group: DF.Link | None
		item_name: DF.Data | None
		serial_no_series: DF.Data | None
		shelf_life_in_days: DF.Int
		stock_uom: DF.Link | None
		uoms: DF.Table[UOMConversionDetail]
		warranty_period: DF.Int
	# end: auto-generated types

	def validate(self):
		self.set_defaults()
		self.validate_has_serial_no()
		self.validate_locked_fields()
		self.validate_series()
		self.validate_uoms()
		self.validate_barcodes()

	def before_rename(self, old: str, new: str, merge: bool = False):
		if merge:
			refuse_merge(self.doctype, old, new)

	def set_defaults(self):
		self.item_name = self.item_name or self.item_code
		self.item_group = self.item_group or ROOT_ITEM_GROUP
		self.stock_uom = self.stock_uom or DEFAULT_UOM
		if not self.has_serial_no:
			self.serial_no_series = None

	def validate_has_serial_no(self):
		if self.has_serial_no and not self.is_stock_item:
			frappe.throw(_("An item with serial numbers must be a stock item"), SerialTrackingError)

	def validate_locked_fields(self):
		"""Whether units are kept, and in which unit they are counted, is fixed once a voucher touched the item."""
		changed = [] if self.is_new() else self.changed_locked_fields()
		if not changed:
			return
		labels = ", ".join(frappe.bold(_(self.meta.get_label(field))) for field in changed)
		for rows in VOUCHER_ROWS:  # what is not kept in stock leaves no trace in the ledgers
			touched = {"item_code": self.name, "docstatus": ("!=", 0)}
			if voucher := frappe.db.get_value(rows, touched, ["parenttype", "parent"], order_by="creation"):
				frappe.throw(
					_("{0} cannot change: {1} {2} has this item").format(
						labels, _(voucher[0]), escape_html(voucher[1])
					),
					SerialTrackingError,
				)
		if "has_serial_no" in changed and frappe.db.exists("Serial No", {"item_code": self.name}):
			frappe.throw(_("{0} cannot change: the item has Serial Nos").format(labels), SerialTrackingError)

	def changed_locked_fields(self) -> list[str]:
		return [f for f in ("has_serial_no", "is_stock_item", "stock_uom") if self.has_value_changed(f)]

	def validate_series(self):
		if not self.serial_no_series:
			return
		self.serial_no_series = cstr(self.serial_no_series).strip()
		series = Series.parse(self.serial_no_series)
		if not series.prefix or frappe.get_cached_doc("Serial Tracking Settings").allow_shared_series_prefix:
			return
		others = frappe.get_all(
			"Item",
			{"name": ("!=", self.name), "serial_no_series": ("is", "set")},
			["name", "serial_no_series"],
			order_by="name",
		)
		for other in others:
			# tabSeries compares without case
			if Series.parse(other.serial_no_series).prefix.casefold() == series.prefix.casefold():
				frappe.throw(
					_("Serial No Series {0}: item {1} uses the prefix {2} already").format(
						frappe.bold(escape_html(self.serial_no_series)),
						frappe.bold(escape_html(other.name)),
						frappe.bold(escape_html(series.prefix)),
					),
					SerialNoSeriesError,
				)

	def validate_uoms(self):
		for row in self.uoms:
			if flt(row.conversion_factor) <= 0:
				frappe.throw(
					_("Units of Measure, row {0}: the conversion factor must be above zero").format(row.idx),
					SerialTrackingError,
				)

	def validate_barcodes(self):
		"""A GTIN is the same in each of its lengths: a scan could not tell which of two items it means."""
		written = {form: row for row in self.barcodes for form in gs1.spellings(cstr(row.barcode))}
		where = {"parenttype": "Item"}
		for other in bulk.select("Item Barcode", ("parent", "barcode"), "barcode", written, where=where):
			row = written.get(other["barcode"])  # the database's collation may find more
			if row and other["parent"] != self.name:
				frappe.throw(
					_("Barcodes, row {0}: {1} is a barcode of item {2} already, recorded as {3}").format(
						row.idx,
						frappe.bold(escape_html(row.barcode)),
						frappe.bold(escape_html(other["parent"])),
						frappe.bold(escape_html(other["barcode"])),
					),
					SerialTrackingError,
				)


def refuse_merge(doctype: str, old: str, new: str) -> None:
	"""Ledgers, bins and units of two records cannot become one."""
	frappe.throw(
		_("{0} {1} cannot be merged into {2}: their ledgers would mix").format(
			_(doctype), escape_html(old), escape_html(new)
		),
		MergeNotAllowedError,
	)
