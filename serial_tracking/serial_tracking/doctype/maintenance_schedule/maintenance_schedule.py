from frappe.model.document import Document


class MaintenanceSchedule(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.maintenance_schedule_detail.maintenance_schedule_detail import (
			MaintenanceScheduleDetail,
		)
		from serial_tracking.serial_tracking.doctype.maintenance_schedule_item.maintenance_schedule_item import (
			MaintenanceScheduleItem,
		)

		amended_from: DF.Link | None
		customer: DF.Link | None
		customer_name: DF.Data | None
		from_date: DF.Date | None
		holiday_list: DF.Link | None
		items: DF.Table[MaintenanceScheduleItem]
		naming_series: DF.Literal["MAT-MSH-.YYYY.-.#####"]
		remarks: DF.SmallText | None
		renewal_of: DF.Link | None
		schedules: DF.Table[MaintenanceScheduleDetail]
		status: DF.Literal["Draft", "Upcoming", "Running", "Ended", "Cancelled"]
		to_date: DF.Date | None
		transaction_date: DF.Date
		visits_overdue: DF.Int
	# end: auto-generated types

	pass
