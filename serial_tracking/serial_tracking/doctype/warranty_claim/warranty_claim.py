from frappe.model.document import Document


class WarrantyClaim(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amc_expiry_date: DF.Date | None
		complaint: DF.Text
		complaint_date: DF.Date
		complaint_raised_by: DF.Data | None
		contact_email: DF.Data | None
		contact_mobile: DF.Data | None
		coverage: DF.Data | None
		customer: DF.Link | None
		customer_name: DF.Data | None
		item_code: DF.Link | None
		item_name: DF.Data | None
		maintenance_schedule: DF.Link | None
		naming_series: DF.Literal["SER-WRN-.YYYY.-.#####"]
		replacement_delivery_note: DF.Link | None
		replacement_serial_no: DF.Link | None
		resolution_date: DF.Datetime | None
		resolution_details: DF.Text | None
		resolved_by: DF.Link | None
		serial_no: DF.Link
		status: DF.Literal["Open", "Work In Progress", "Closed", "Cancelled"]
		warranty_amc_status: DF.Literal["", "Under Warranty", "Out of Warranty", "Under AMC", "Out of AMC"]
		warranty_expiry_date: DF.Date | None
	# end: auto-generated types

	pass
