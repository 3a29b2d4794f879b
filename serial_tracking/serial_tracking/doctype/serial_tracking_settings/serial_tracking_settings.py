import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES
from frappe.query_builder.functions import Count

from serial_tracking.exceptions import SerialNoDuplicateError, SerialNoSeriesError, SerialTrackingError
from serial_tracking.service import reminders
from serial_tracking.stock.rules import quote_number
from serial_tracking.stock.series import Series


class SerialTrackingSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		allow_existing_serial_no: DF.Check
		allow_shared_series_prefix: DF.Check
		auto_pick_serial_nos: DF.Check
		carry_warranty_to_replacement: DF.Check
		label_code: DF.Literal["Code 128", "QR Code", "GS1 DataMatrix", "GS1 Digital Link"]
		label_layout: DF.Literal["A4 3x8", "A4 2x7", "Roll 62x29", "Roll 100x50"]
		pick_serial_nos_based_on: DF.Literal["FIFO", "LIFO", "End of Life"]
		public_warranty_check: DF.Check
		reminder_days: DF.Data | None
		reminder_role: DF.Link | None
		role_allowed_for_frozen_stock: DF.Link | None
		send_reminders: DF.Check
		stock_frozen_upto: DF.Date | None
		submit_in_background_above: DF.Int
		unique_serial_no_per_item: DF.Check
		warranty_starts_on: DF.Literal["Every Delivery", "First Delivery"]
	# end: auto-generated types

	def validate(self):
		self.validate_unique_serial_no()
		self.validate_shared_prefixes()
		self.validate_reminders()

	def validate_reminders(self):
		try:
			self.reminder_days = ", ".join(map(str, reminders.parse_days(self.reminder_days)))
		except ValueError:
			frappe.throw(
				_("{0}: enter one to {1} whole numbers of days above 0 and below 10,000, such as {2}").format(
					frappe.bold(_("Reminder Days")), reminders.MOST_THRESHOLDS, "30, 60, 90"
				),
				SerialTrackingError,
			)
		if self.reminder_role in AUTOMATIC_ROLES:
			frappe.throw(
				_("{0}: everybody has the role {1}. Choose one that is given to those concerned").format(
					frappe.bold(_("Reminder Role")), frappe.bold(_(self.reminder_role))
				),
				SerialTrackingError,
			)
		if self.send_reminders and not self.reminder_role:
			frappe.throw(_("Reminders need a role whose users get them"), frappe.MandatoryError)

	def validate_unique_serial_no(self):
		"""The setting cannot go off while two items bear the same number."""
		if self.unique_serial_no_per_item:
			return
		table = frappe.qb.DocType("Serial No")
		keys = (
			frappe.qb.from_(table)
			.select(table.serial_key)
			.groupby(table.serial_key)
			.having(Count("*") > 1)
			.orderby(table.serial_key)
			.run()
		)
		if keys:
			shared = frappe.get_all(
				"Serial No",
				{"serial_key": ("in", [key for (key,) in keys])},
				["serial_no", "item_code"],
				order_by="serial_key, item_code",
			)
			lines = [
				f"{quote_number(row.serial_no)}: {frappe.utils.escape_html(row.item_code)}" for row in shared
			]
			frappe.throw(
				_("These numbers are borne by several items:") + "<br>" + "<br>".join(lines),
				SerialNoDuplicateError,
			)

	def validate_shared_prefixes(self):
		"""The setting cannot go off while two items share a prefix."""
		if self.allow_shared_series_prefix:
			return
		items = frappe.get_all(
			"Item", {"serial_no_series": ("is", "set")}, ["name", "serial_no_series"], order_by="name"
		)
		first: dict[str, str] = {}
		for item in items:
			prefix = Series.parse(item.serial_no_series).prefix.casefold()
			if prefix and first.setdefault(prefix, item.name) != item.name:
				frappe.throw(
					_("Items {0} and {1} share the series prefix {2}").format(
						*(frappe.utils.escape_html(word) for word in (first[prefix], item.name, prefix))
					),
					SerialNoSeriesError,
				)
