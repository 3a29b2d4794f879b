import frappe
from frappe import _
from frappe.utils import escape_html, flt

from serial_tracking.exceptions import InvalidWarehouseError, MaintenanceVisitError
from serial_tracking.serial_tracking import hand_over
from serial_tracking.serial_tracking.stock_voucher import StockVoucher
from serial_tracking.stock import rules

# purpose: does a row name a source, does it name a target (None: one of the two)
WAREHOUSES = {
	"Material Receipt": (False, True),
	"Material Issue": (True, False),
	"Material Transfer": (True, True),
	"Manufacture": (None, None),
	"Repack": (None, None),
	"Issue for Use": (True, False),
	"Return from Use": (False, True),
}
MOVES_OF_USE = {"Issue for Use": "Issued for Use", "Return from Use": "Returned from Use"}


class StockEntry(StockVoucher):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.stock_entry_detail.stock_entry_detail import (
			StockEntryDetail,
		)

		amended_from: DF.Link | None
		background_job: DF.Data | None
		custodian: DF.Link | None
		from_warehouse: DF.Link | None
		items: DF.Table[StockEntryDetail]
		location: DF.Data | None
		maintenance_visit: DF.Link | None
		naming_series: DF.Literal["MAT-STE-.YYYY.-.#####"]
		posting_date: DF.Date | None
		posting_time: DF.Time | None
		purpose: DF.Literal[
			"Material Receipt",
			"Material Issue",
			"Material Transfer",
			"Manufacture",
			"Repack",
			"Issue for Use",
			"Return from Use",
		]
		remarks: DF.SmallText | None
		set_posting_time: DF.Check
		to_warehouse: DF.Link | None
		total: DF.Currency
		total_qty: DF.Float
	# end: auto-generated types

	STOCK_QTY_FIELD = "transfer_qty"
	RATE_FIELD = "basic_rate"
	RATE_IS_PER_STOCK_UNIT = True

	def insert(self, *args, **kwargs):
		# an amendment brings its cancelled visit along, and Frappe looks at links before any hook
		self.keep_visit()
		return super().insert(*args, **kwargs)

	def validate(self):
		self.validate_purpose()
		self.keep_visit()
		self.validate_custodian()
		self.keep_used_for()
		super().validate()

	def validate_purpose(self):
		if self.purpose not in WAREHOUSES:
			frappe.throw(
				_("Purpose must be one of {0}").format(", ".join(_(purpose) for purpose in WAREHOUSES))
			)

	def validate_custodian(self):
		if self.purpose != "Issue for Use":
			self.custodian = self.location = None
		elif not self.custodian:
			frappe.throw(_("Say who has the units: Custodian is missing"), frappe.MandatoryError)

	def before_cancel(self):
		if self.maintenance_visit and not self.flags.by_visit:
			visit = f"{_('Maintenance Visit')} {escape_html(self.maintenance_visit)}"
			frappe.throw(
				_("These parts were used in {0}: they come back when that is cancelled").format(visit),
				MaintenanceVisitError,
			)
		super().before_cancel()

	def keep_visit(self):
		"""Which visit used the parts is said by the visit alone."""
		if not self.flags.by_visit:
			before = self.get_doc_before_save()
			self.maintenance_visit = before.maintenance_visit if before else None

	def keep_used_for(self):
		"""Only what is issued can be built into a unit."""
		if self.purpose != "Material Issue":
			for row in self.items:
				row.used_for = None

	def set_default_warehouses(self):
		source, target = WAREHOUSES[self.purpose]
		for row in self.items:
			if source is not None:
				row.s_warehouse = (row.s_warehouse or self.from_warehouse) if source else None
				row.t_warehouse = (row.t_warehouse or self.to_warehouse) if target else None

	def brings_new_units(self):
		self.validate_purpose()
		return WAREHOUSES[self.purpose][0] is not True and self.purpose != "Return from Use"

	def place_scanned(self, row, unit):
		source, target = WAREHOUSES[self.purpose]
		place = unit and unit["warehouse"]
		decided = {"s_warehouse": place} if source and place else {}
		if source is None:
			source, target = bool(place), not place
			if row.serial_no:  # what is in stock is consumed, all else produced; an item alone may be both
				decided = {"s_warehouse": place, "t_warehouse": None} if place else {"s_warehouse": None}
		anywhere = _("any warehouse")
		row.s_warehouse = (place or self.from_warehouse or anywhere) if source else None
		row.t_warehouse = (self.to_warehouse or anywhere) if target else None
		if source and place and place == row.t_warehouse:
			why = _("{0} is in {1} already").format(rules.quote_number(unit["serial_no"]), escape_html(place))
			frappe.throw(why, InvalidWarehouseError)
		return decided

	def warehouses_of(self, row):
		source, target = WAREHOUSES[self.purpose]
		pairs = [(_("Source Warehouse"), row.s_warehouse), (_("Target Warehouse"), row.t_warehouse)]
		if source is None:
			return [pair for pair in pairs if pair[1]]
		return [pair for pair, named in zip(pairs, (source, target), strict=True) if named]

	def validate_warehouses(self):
		super().validate_warehouses()
		for row in self.items:
			if self.purpose == "Material Transfer" and row.s_warehouse == row.t_warehouse:
				why = _("source and target are both {0}").format(escape_html(row.s_warehouse))
				self.refuse_row(row, why, InvalidWarehouseError)
			if self.transforms and bool(row.s_warehouse) == bool(row.t_warehouse):
				why = _("name the source of what is consumed, or the target of what is produced")
				self.refuse_row(row, why, InvalidWarehouseError)
		if self.transforms and not (
			any(row.s_warehouse for row in self.items) and any(row.t_warehouse for row in self.items)
		):
			frappe.throw(
				_("{0} needs a row that is consumed and a row that is produced").format(_(self.purpose)),
				InvalidWarehouseError,
			)

	@property
	def transforms(self) -> bool:
		"""Are units consumed to produce others?"""
		return self.purpose in ("Manufacture", "Repack")

	def describe_voucher(self):
		return {
			"may_reproduce": self.transforms,
			"custodian": self.custodian or None,
			"location": self.location or None,
		}

	def describe_row(self, row):
		if self.purpose == "Material Transfer":
			move_type = "Transferred"
		elif self.purpose in MOVES_OF_USE:
			move_type = MOVES_OF_USE[self.purpose]
		elif row.t_warehouse:
			move_type = "Produced" if self.transforms else "Received"
		else:
			move_type = "Consumed" if self.transforms else "Issued"
		return move_type, row.s_warehouse, row.t_warehouse

	def hand_over_sheet(self) -> dict:
		"""What the print format Hand-over Sheet asks for."""
		return hand_over.sheet(self)

	def take_rates(self, asked):
		for part in asked.rows:
			row = self.items[part.idx - 1]
			row.basic_rate = asked.rates.get(part.no, flt(row.basic_rate))
		self.set_totals()
