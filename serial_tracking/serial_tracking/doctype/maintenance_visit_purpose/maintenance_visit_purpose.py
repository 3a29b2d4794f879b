from frappe.model.document import Document


class MaintenanceVisitPurpose(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		completion_status: DF.Literal["Partially Completed", "Fully Completed"]
		description: DF.SmallText | None
		item_code: DF.Link | None
		item_name: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		serial_no: DF.Link | None
		service_person: DF.Link | None
		work_done: DF.SmallText
	# end: auto-generated types

	pass
