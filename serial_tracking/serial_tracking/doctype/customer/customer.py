import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from serial_tracking.service import portal


class Customer(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.portal_user.portal_user import PortalUser

		address: DF.SmallText | None
		customer_name: DF.Data
		details: DF.Text | None
		disabled: DF.Check
		email_id: DF.Data | None
		image: DF.AttachImage | None
		mobile_no: DF.Data | None
		portal_users: DF.Table[PortalUser]
		tax_id: DF.Data | None
		website: DF.Data | None
	# end: auto-generated types

	pass

	def validate(self):
		self.validate_portal_users()

	def on_update(self):
		before = self.get_doc_before_save()
		was = {row.user for row in before.portal_users} if before else set()
		portal.set_roles(was.symmetric_difference(row.user for row in self.portal_users))

	def after_delete(self):
		portal.set_roles({row.user for row in self.portal_users})

	def validate_portal_users(self):
		seen = set()
		for row in self.portal_users:
			shown = frappe.bold(escape_html(row.user))
			if row.user == "Guest":
				frappe.throw(_("Row {0}: {1} cannot be a portal user").format(row.idx, shown))
			if row.user in seen:
				frappe.throw(
					_("Row {0}: {1} is a portal user of this customer already").format(row.idx, shown)
				)
			seen.add(row.user)
