from frappe.model.document import Document


class RecallLetter(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		communication: DF.Link | None
		customer: DF.Link | None
		customer_name: DF.Data | None
		email: DF.Data | None
		email_template: DF.Data | None
		reason: DF.SmallText | None
		recall: DF.Data | None
		recall_key: DF.Data | None
		sent_by: DF.Literal["", "Email", "Post"]
		sent_on: DF.Datetime | None
		subject: DF.Data | None
		units: DF.Int
	# end: auto-generated types

	pass
