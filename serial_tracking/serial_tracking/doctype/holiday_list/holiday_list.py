import datetime
from collections import Counter
from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, formatdate, getdate

from serial_tracking.exceptions import HolidayListError
from serial_tracking.service import holiday_calendar
from serial_tracking.stock.reasons import shown_value

MOST_YEARS = 50


class HolidayList(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.holiday.holiday import Holiday

		country: DF.Link | None
		from_date: DF.Date
		holiday_list_name: DF.Data
		holidays: DF.Table[Holiday]
		subdivision: DF.Autocomplete | None
		to_date: DF.Date
		total_holidays: DF.Int
		weekly_off: DF.Literal[
			"", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"
		]
	# end: auto-generated types

	def validate(self):
		self.validate_period()
		self.validate_days()
		self.sort_days()

	def validate_period(self):
		if not self.from_date or not self.to_date:
			frappe.throw(_("Enter the first and the last day of the list"), frappe.MandatoryError)
		self.from_date, self.to_date = getdate(self.from_date), getdate(self.to_date)
		if self.to_date < self.from_date:
			frappe.throw(
				_("The list ends on {0}, before it begins on {1}").format(
					formatdate(self.to_date), formatdate(self.from_date)
				),
				HolidayListError,
			)

	def validate_days(self):
		for row in self.holidays:
			if not row.holiday_date:
				frappe.throw(_("Row {0}: a holiday needs a date").format(row.idx), frappe.MandatoryError)
			row.holiday_date = getdate(row.holiday_date)
		counted = Counter(row.holiday_date for row in self.holidays)
		for wrong, why in (
			(
				[day for day in counted if not self.from_date <= day <= self.to_date],
				_("These days are not between {0} and {1}: {2}"),
			),
			([day for day, times in counted.items() if times > 1], _("These days are named twice: {2}")),
		):
			if wrong:
				shown = ", ".join(formatdate(day) for day in sorted(wrong))
				frappe.throw(
					why.format(formatdate(self.from_date), formatdate(self.to_date), shown), HolidayListError
				)

	def sort_days(self):
		self.holidays = sorted(self.holidays, key=lambda row: row.holiday_date)
		for idx, row in enumerate(self.holidays, 1):
			row.idx = idx
		self.total_holidays = len(self.holidays)

	@frappe.whitelist()
	def add_weekly_offs(self):
		"""Add every day of the week's day off to the table; the list is not saved."""
		self.may_be_filled()
		if self.weekly_off not in holiday_calendar.WEEKDAYS:
			frappe.throw(_("Choose the weekly off"), frappe.MandatoryError)
		days = holiday_calendar.weekly(self.from_date, self.to_date, self.weekly_off)
		self.add_days({day: _(self.weekly_off) for day in days}, weekly_off=1)

	@frappe.whitelist()
	def add_local_holidays(self):
		"""Add what the country celebrates to the table, by its names in the user's language; the list is not saved."""
		self.may_be_filled()
		try:
			days = holiday_calendar.local(
				self.from_date, self.to_date, self.get_country_code(), self.subdivision, frappe.local.lang
			)
		except holiday_calendar.UnknownPlace:
			self.refuse_place()
		self.add_days({day: name[:140] for day, name in days.items()})

	@frappe.whitelist()
	def get_subdivisions(self) -> list[dict[str, str]]:
		"""Value and label of the parts of the country that have holidays of their own."""
		self.check_permission("read")
		try:
			found = holiday_calendar.subdivisions(self.get_country_code()) if self.country else []
		except holiday_calendar.UnknownPlace:
			found = []
		return [
			{"value": code, "label": f"{name} ({code})" if name != code else code} for code, name in found
		]

	def may_be_filled(self):
		self.check_permission("create" if self.is_new() else "write")
		self.validate_period()
		if self.to_date.year - self.from_date.year > MOST_YEARS:
			frappe.throw(_("At most {0} years can be filled at once").format(MOST_YEARS), HolidayListError)

	def add_days(self, days: Mapping[datetime.date, str], weekly_off: int = 0):
		for row in self.holidays:
			row.holiday_date = getdate(row.holiday_date) if row.holiday_date else None
		self.holidays = [row for row in self.holidays if row.holiday_date]
		there = {row.holiday_date for row in self.holidays}
		for day, name in days.items():
			if day not in there:
				self.append("holidays", {"holiday_date": day, "description": name, "weekly_off": weekly_off})
		self.sort_days()

	def get_country_code(self) -> str:
		if not self.country:
			frappe.throw(_("Choose the country"), frappe.MandatoryError)
		return cstr(frappe.db.get_value("Country", self.country, "code"))

	def refuse_place(self):
		place = ", ".join(filter(None, (cstr(self.subdivision), cstr(self.country))))
		frappe.throw(
			_("The holidays of {0} are not known").format(frappe.bold(shown_value(place))),
			HolidayListError,
		)
