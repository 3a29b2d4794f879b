import frappe
from frappe.model.document import Document


class MaintenanceScheduleDetail(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		actual_date: DF.Date | None
		completion_status: DF.Literal["Pending", "Partially Completed", "Fully Completed"]
		event: DF.Link | None
		item_code: DF.Link | None
		item_name: DF.Data | None
		item_reference: DF.Data | None
		overdue: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		scheduled_date: DF.Date
		serial_no: DF.LongText | None
		service_person: DF.Link | None
	# end: auto-generated types

	pass


def on_doctype_update():
	"""For the daily job (`service/upkeep.py`)."""
	columns = ["overdue", "completion_status", "scheduled_date"]
	frappe.db.add_index("Maintenance Schedule Detail", columns, "overdue_completion_scheduled")
