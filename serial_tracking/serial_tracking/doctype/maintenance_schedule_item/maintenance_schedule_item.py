from frappe.model.document import Document


class MaintenanceScheduleItem(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		end_date: DF.Date | None
		item_code: DF.Link
		item_name: DF.Data | None
		no_of_visits: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		periodicity: DF.Literal["Weekly", "Monthly", "Quarterly", "Half Yearly", "Yearly", "Random"]
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		serial_no: DF.LongText | None
		service_person: DF.Link | None
		start_date: DF.Date
	# end: auto-generated types

	pass
