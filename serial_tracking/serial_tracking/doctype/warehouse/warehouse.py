import frappe
from frappe import _
from frappe.utils import escape_html
from frappe.utils.nestedset import NestedSet

from serial_tracking.exceptions import SerialTrackingError
from serial_tracking.install import ROOT_WAREHOUSE
from serial_tracking.serial_tracking.doctype.item.item import refuse_merge


class Warehouse(NestedSet):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.SmallText | None
		disabled: DF.Check
		is_group: DF.Check
		lft: DF.Int
		old_parent: DF.Link | None
		parent_warehouse: DF.Link | None
		rgt: DF.Int
		warehouse_name: DF.Data
	# end: auto-generated types

	nsm_parent_field = "parent_warehouse"

	def validate(self):
		if not self.parent_warehouse and self.name != ROOT_WAREHOUSE:
			self.parent_warehouse = ROOT_WAREHOUSE
		if self.is_group and not self.is_new() and self.has_value_changed("is_group"):
			self.refuse_group_with_stock()

	def refuse_group_with_stock(self):
		if frappe.db.exists("Bin", {"warehouse": self.name}):
			frappe.throw(
				_("{0} cannot become a group: stock was kept in it").format(escape_html(self.name)),
				SerialTrackingError,
			)

	def before_rename(self, old: str, new: str, merge: bool = False):
		if merge:
			refuse_merge(self.doctype, old, new)
		super().before_rename(old, new, merge)
