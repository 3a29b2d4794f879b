from frappe.model.document import Document


class Supplier(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.SmallText | None
		details: DF.Text | None
		disabled: DF.Check
		email_id: DF.Data | None
		image: DF.AttachImage | None
		mobile_no: DF.Data | None
		supplier_name: DF.Data
		tax_id: DF.Data | None
		website: DF.Data | None
	# end: auto-generated types

	pass
