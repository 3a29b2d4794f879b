from frappe.model.document import Document


class ServiceContractEntry(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		contract_no: DF.Int
		customer: DF.Link | None
		end_date: DF.Date | None
		item_code: DF.Link | None
		maintenance_schedule: DF.Link | None
		previous_amc_expiry_date: DF.Date | None
		schedule_item: DF.Data | None
		serial_no: DF.Link
		start_date: DF.Date | None
	# end: auto-generated types

	pass
