from frappe.model.document import Document


class HolidayList(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.holiday.holiday import Holiday

		from_date: DF.Date
		holiday_list_name: DF.Data
		holidays: DF.Table[Holiday]
		to_date: DF.Date
	# end: auto-generated types

	pass
