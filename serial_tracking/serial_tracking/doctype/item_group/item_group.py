from frappe.utils.nestedset import NestedSet

from serial_tracking.install import ROOT_ITEM_GROUP


class ItemGroup(NestedSet):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		image: DF.AttachImage | None
		is_group: DF.Check
		item_group_name: DF.Data
		lft: DF.Int
		old_parent: DF.Link | None
		parent_item_group: DF.Link | None
		rgt: DF.Int
	# end: auto-generated types

	nsm_parent_field = "parent_item_group"

	def validate(self):
		if not self.parent_item_group and self.name != ROOT_ITEM_GROUP:
			self.parent_item_group = ROOT_ITEM_GROUP
