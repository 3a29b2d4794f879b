from frappe.model.document import Document


class MaintenanceVisitPart(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		item_code: DF.Link
		item_name: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		qty: DF.Float
		serial_no: DF.LongText | None
		uom: DF.Link | None
		used_for: DF.Link | None
		warehouse: DF.Link | None
	# end: auto-generated types

	pass
