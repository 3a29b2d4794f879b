import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, flt, get_datetime, get_time, getdate, now_datetime

from serial_tracking.exceptions import (
	MergeNotAllowedError,
	SerialNoCannotChangeError,
	SerialNoCannotCreateDirectError,
	SerialNoDuplicateError,
	SerialNoFormatError,
	SerialNoNotRequiredError,
	SerialNoRequiredError,
	SerialTrackingError,
)
from serial_tracking.serial_tracking import claiming, labels, scheduling, servicing
from serial_tracking.stock import custody, entry_text, holds, ledger, series, status, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.reasons import reason_text
from serial_tracking.stock.rules import quote_number

DERIVED = (*ledger.FACTS, "last_move_no", "status", "maintenance_status")


class SerialNo(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amc_expiry_date: DF.Date | None
		brand: DF.Link | None
		custodian: DF.Link | None
		customer: DF.Link | None
		customer_name: DF.Data | None
		delivery_date: DF.Date | None
		delivery_document_no: DF.DynamicLink | None
		delivery_document_type: DF.Link | None
		delivery_time: DF.Time | None
		description: DF.Text | None
		end_of_life_date: DF.Date | None
		hold_reason: DF.SmallText | None
		image: DF.AttachImage | None
		item_code: DF.Link
		item_group: DF.Link | None
		item_name: DF.Data | None
		last_move_no: DF.Int
		last_posting_datetime: DF.Datetime | None
		last_voucher_no: DF.DynamicLink | None
		last_voucher_type: DF.Link | None
		last_warehouse: DF.Link | None
		location: DF.Data | None
		maintenance_status: DF.Literal["", "Under Warranty", "Out of Warranty", "Under AMC", "Out of AMC"]
		name_key: DF.Data | None
		on_hold: DF.Check
		purchase_date: DF.Date | None
		purchase_document_no: DF.DynamicLink | None
		purchase_document_type: DF.Link | None
		purchase_rate: DF.Currency
		purchase_time: DF.Time | None
		sales_invoice: DF.Link | None
		serial_key: DF.Data | None
		serial_no: DF.Data | None
		serial_no_details: DF.TextEditor | None
		status: DF.Literal[
			"",
			"Inactive",
			"Available",
			"On Hold",
			"Expired",
			"In Use",
			"Delivered",
			"Consumed",
			"Returned to Supplier",
		]
		supplier: DF.Link | None
		supplier_name: DF.Data | None
		supplier_serial_no: DF.Data | None
		supplier_warranty_expiry_date: DF.Date | None
		valuation_rate: DF.Currency
		warehouse: DF.Link | None
		warranty_expiry_date: DF.Date | None
		warranty_period: DF.Int
	# end: auto-generated types

	def onload(self):
		"""Who had the unit in use, for the form."""
		if not self.is_new():
			self.set_onload("custody", custody.history(self.name))

	def label(self) -> str:
		"""Its label as HTML, by the settings, for the Print Format."""
		return labels.body(labels.Job.of(), [self.name])

	def before_insert(self):
		# Frappe fills every Time field of a new document with the present time
		self.purchase_time = self.delivery_time = None

	def autoname(self):
		"""The number is the name; left blank it is the next one of the item's series."""
		if self.warehouse:
			self.refuse_warehouse()
		self.validate_item()
		if not cstr(self.serial_no).strip():
			self.serial_no = self.next_of_series()
		self.serial_no = serial_number.normalise(cstr(self.serial_no))
		if reason := entry_text.problem(self.serial_no):
			frappe.throw(
				f"{quote_number(self.serial_no)}: {reason_text(reason)}",
				SerialNoFormatError,
				title=_("Serial No Not Understood"),
			)
		self.serial_key = serial_number.key(self.serial_no)
		others = units.find([self.serial_key]).get(self.serial_key, [])
		if known := units.pick(others, self.item_code, units.unique_per_item()):
			self.refuse_duplicate(known)
		self.name = units.name_for(self.serial_no, self.item_code, others)
		self.name_key = serial_number.key(self.name)

	def validate(self):
		self.validate_number()
		self.validate_item_change()
		self.validate_derived_fields()
		self.validate_hold()
		self.set_item_details()
		self.set_statuses()

	def on_update(self):
		if self.get_doc_before_save() and self.has_value_changed("hold_reason"):
			holds.note_hold([self.name], self.hold_reason)

	def db_insert(self, *args, **kwargs):
		try:
			super().db_insert(*args, **kwargs)
		except (frappe.DuplicateEntryError, frappe.UniqueValidationError):
			# somebody else was quicker, or the database finds two numbers alike that their keys tell apart
			frappe.throw(
				_("Serial No {0} exists already").format(quote_number(self.serial_no)), SerialNoDuplicateError
			)

	def before_rename(self, old: str, new: str, merge: bool = False):
		frappe.throw(_("A Serial No cannot be renamed or merged"), MergeNotAllowedError)

	def on_trash(self):
		move = frappe.db.get_value(
			"Serial No Ledger Entry",
			{"serial_no": self.name},
			["voucher_type", "voucher_no"],
			order_by="move_no desc",
		)
		if move:
			frappe.throw(
				_("Serial No {0} cannot be deleted: it moved in {1} {2}").format(
					quote_number(self.serial_no), _(move[0]), escape_html(move[1])
				),
				SerialTrackingError,
			)

	# ------------------------------------------------------------------ rules

	def validate_item(self):
		item = frappe.db.get_value(
			"Item", self.item_code, ["has_serial_no", "serial_no_series"], as_dict=True
		)
		if item and not item.has_serial_no:
			frappe.throw(
				_("Item {0} is not kept by serial numbers").format(frappe.bold(escape_html(self.item_code))),
				SerialNoNotRequiredError,
			)

	def next_of_series(self) -> str:
		item = frappe.get_doc("Item", self.item_code)
		if not item.serial_no_series:
			frappe.throw(
				_("Enter a Serial No: item {0} has no series to make it from").format(escape_html(item.name)),
				SerialNoRequiredError,
			)
		wanted = series.demand(
			item.serial_no_series, 1, now_datetime().date(), (self.as_dict(), item.as_dict())
		)
		return series.reserve([wanted])[0][0]

	def validate_number(self):
		if not self.is_new() and self.has_value_changed("serial_no"):
			frappe.throw(_("The number of a Serial No cannot be changed"), SerialNoCannotChangeError)
		# a key written over REST is not believed
		self.serial_key, self.name_key = serial_number.key(self.serial_no), serial_number.key(self.name)

	def validate_item_change(self):
		if self.is_new() or not self.has_value_changed("item_code"):
			return
		if not {"Stock Manager", "System Manager"}.intersection(frappe.get_roles()):
			frappe.throw(
				_("Only a Stock Manager may correct the item of a Serial No"), SerialNoCannotChangeError
			)
		before = self.get_doc_before_save()
		if before.last_voucher_no:
			frappe.throw(
				_("The item of {0} cannot change: it moved in {1} {2}").format(
					quote_number(self.serial_no),
					_(before.last_voucher_type),
					escape_html(before.last_voucher_no),
				),
				SerialNoCannotChangeError,
			)
		self.validate_item()
		others = [
			u for u in units.find([before.serial_key]).get(before.serial_key, []) if u["name"] != self.name
		]
		if known := units.pick(others, self.item_code, units.unique_per_item()):
			self.refuse_duplicate(known)

	def validate_derived_fields(self):
		"""What the ledger decides is not written by hand. A value that differs is refused, not dropped."""
		if self.is_new():
			if self.warehouse:
				self.refuse_warehouse()
			before = frappe._dict(ledger.BLANK)
			typed = [f for f in DERIVED if f != "status" and not self.same_value(f, before.get(f))]
			if self.status and self.status != status.INACTIVE:
				typed.append("status")
		else:
			before = self.get_doc_before_save()
			typed = [f for f in DERIVED if not self.same_value(f, before.get(f))]
		if typed:
			labels = ", ".join(frappe.bold(_(self.meta.get_label(field))) for field in typed)
			frappe.throw(
				_("{0}: set by stock vouchers alone, not by hand").format(labels), SerialNoCannotChangeError
			)

	def same_value(self, field: str, stored) -> bool:
		value, kind = self.get(field), self.meta.get_field(field).fieldtype
		if kind in ("Currency", "Int"):
			return flt(value) == flt(stored)
		if not value or not stored:
			return (value or None) == (stored or None)
		if kind == "Date":
			return getdate(value) == getdate(stored)
		if kind in ("Time", "Datetime"):
			read = get_time if kind == "Time" else get_datetime
			try:
				return read(value) == read(stored)
			except (TypeError, ValueError):  # not a time at all
				return False
		return cstr(value) == cstr(stored)

	def validate_hold(self):
		if not cint(self.on_hold):
			self.hold_reason = None
			return
		if not self.warehouse:
			frappe.throw(_("Only a unit in stock can be held"), SerialNoCannotChangeError)
		if not cstr(self.hold_reason).strip():
			frappe.throw(_("Say why {0} is held").format(quote_number(self.serial_no)), SerialTrackingError)

	def set_item_details(self):
		if not self.is_new() and not self.has_value_changed("item_code"):
			return
		fields = ["item_name", "item_group", "brand", "description", "warranty_period"]
		self.update(frappe.db.get_value("Item", self.item_code, fields, as_dict=True) or {})

	def set_statuses(self):
		today = now_datetime().date()
		if self.warehouse:
			end_of_life = getdate(self.end_of_life_date) if self.end_of_life_date else None
			self.status = status.in_stock(cint(self.on_hold), end_of_life, today)
		else:
			self.status = self.status or status.INACTIVE
		self.maintenance_status = status.maintenance(
			getdate(self.warranty_expiry_date) if self.warranty_expiry_date else None,
			getdate(self.amc_expiry_date) if self.amc_expiry_date else None,
			today,
		)

	def refuse_warehouse(self):
		frappe.throw(
			_("A Serial No made by hand has no warehouse: a receipt brings it in"),
			SerialNoCannotCreateDirectError,
		)

	def refuse_duplicate(self, known: units.Unit):
		if known["item_code"] == self.item_code:
			why = _("Serial No {0} exists already").format(quote_number(known["serial_no"]))
		else:
			why = _("Serial No {0} is a unit of item {1}").format(
				quote_number(known["serial_no"]), escape_html(known["item_code"])
			)
		frappe.throw(why, SerialNoDuplicateError)


@frappe.whitelist()
def make_maintenance_schedule(source_name: str, target_doc: str | dict | None = None):
	"""A draft service contract for one unit: of the customer who has it, or none for an own asset."""
	return scheduling.make_of_units([source_name], target_doc)


@frappe.whitelist()
def make_maintenance_visit(source_name: str, target_doc: str | dict | None = None):
	"""A draft visit for one unit. Needs the right to read it and to create a visit."""
	return servicing.visit_for_unit(source_name, target_doc)


@frappe.whitelist()
def make_warranty_claim(source_name: str, target_doc: str | dict | None = None):
	"""A draft claim for a unit."""
	return claiming.make_of_unit(source_name, target_doc)


def on_doctype_update():
	"""Indexes for picking, for the lists of a warehouse and of a status in the order of the Desk, and for the daily job
	(`stock/upkeep.py`).

	Of indexes on warehouse and status alone MariaDB would rather intersect the two, and sort what is left.
	"""
	frappe.db.add_index("Serial No", ["warehouse", "status", "modified"], "warehouse_status_modified")
	frappe.db.add_index("Serial No", ["status", "modified"], "status_modified")
	frappe.db.add_index("Serial No", ["item_code", "warehouse", "status"], "item_warehouse_status")
	frappe.db.add_index("Serial No", ["status", "on_hold", "end_of_life_date"], "status_end_of_life")
	dates = ["maintenance_status", "amc_expiry_date", "warranty_expiry_date"]
	frappe.db.add_index("Serial No", dates, "maintenance_status_dates")
