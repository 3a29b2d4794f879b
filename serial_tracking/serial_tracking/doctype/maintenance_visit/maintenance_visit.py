from frappe.model.document import Document


class MaintenanceVisit(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.maintenance_visit_part.maintenance_visit_part import (
			MaintenanceVisitPart,
		)
		from serial_tracking.serial_tracking.doctype.maintenance_visit_purpose.maintenance_visit_purpose import (
			MaintenanceVisitPurpose,
		)

		amended_from: DF.Link | None
		completion_status: DF.Literal["", "Partially Completed", "Fully Completed"]
		customer: DF.Link | None
		customer_feedback: DF.SmallText | None
		customer_name: DF.Data | None
		maintenance_schedule: DF.Link | None
		maintenance_schedule_detail: DF.Data | None
		maintenance_type: DF.Literal["Scheduled", "Unscheduled", "Breakdown"]
		mntc_date: DF.Date
		mntc_time: DF.Time | None
		naming_series: DF.Literal["MAT-MVS-.YYYY.-.#####"]
		parts: DF.Table[MaintenanceVisitPart]
		previous_claim_status: DF.Data | None
		purposes: DF.Table[MaintenanceVisitPurpose]
		remarks: DF.SmallText | None
		set_warehouse: DF.Link | None
		stock_entry: DF.Link | None
		warranty_claim: DF.Link | None
	# end: auto-generated types

	pass
