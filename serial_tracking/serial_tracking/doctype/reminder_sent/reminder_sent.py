import frappe
from frappe.model.document import Document


class ReminderSent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		due_date: DF.Date
		kind: DF.Literal["Warranty", "Service Contract", "End of Life", "Visit Due", "Visit Overdue"]
		reference_doctype: DF.Link
		reference_name: DF.DynamicLink
		row: DF.Data | None
		threshold: DF.Int
	# end: auto-generated types

	pass


def on_doctype_update():
	"""Two runs at once cannot tell of the same (`service/reminders.py`)."""
	told_of = ["reference_name", "row", "kind", "due_date", "threshold"]
	frappe.db.add_unique("Reminder Sent", told_of, "told_of")
