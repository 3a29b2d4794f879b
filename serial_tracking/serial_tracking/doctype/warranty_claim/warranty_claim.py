import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, formatdate, getdate, now_datetime

from serial_tracking.exceptions import WarrantyClaimError
from serial_tracking.serial_tracking import claiming
from serial_tracking.serial_tracking.well_formed import refuse_malformed
from serial_tracking.service import claims, coverage
from serial_tracking.stock import bulk, units
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.reasons import shown_value
from serial_tracking.stock.status import DELIVERED

COVERAGE = (
	"coverage",
	"warranty_amc_status",
	"warranty_expiry_date",
	"amc_expiry_date",
	"maintenance_schedule",
)
SETTLED = (claims.CLOSED, claims.CANCELLED)


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

	def update(self, values):
		refuse_malformed(self.meta, values)
		return super().update(values)

	def onload(self):
		unit = frappe.db.get_value("Serial No", self.serial_no, ["status", "customer"], as_dict=True)
		out = bool(unit and unit.status == DELIVERED and unit.customer == self.customer)
		self.set_onload("may_be_replaced", out and not claims.why_not_replaced(self.as_dict()))

	def validate(self):
		self.validate_customer()
		unit = self.get_unit()
		self.validate_complaint_date()
		self.validate_replacement()
		self.validate_settled()
		self.validate_followers()
		self.set_unit(unit)
		self.set_coverage()
		self.set_resolution()

	def before_rename(self, old: str, new: str, merge: bool = False):
		if merge:
			frappe.throw(_("Warranty Claims cannot be merged"), WarrantyClaimError)

	def on_trash(self):
		with told_plainly():
			claims.lock(self.name)
			found = claims.followers(self.name)
		if found:
			frappe.throw(
				_("{0} {1} cannot be deleted before {2} is cancelled").format(
					_(self.doctype), escape_html(self.name), claims.name_documents(found)
				),
				frappe.LinkExistsError,
			)

	# ------------------------------------------------------------------ rules

	def get_unit(self) -> units.Unit:
		"""The unit of the claim; one that the user may not see is not known."""
		found = units.read_by_name([self.serial_no]) if isinstance(self.serial_no, str) else []
		if not found or not (
			self.flags.ignore_permissions or units.may_see(found[0], units.visible_warehouses())
		):
			refuse_unknown("Serial No", self.serial_no)  # as Frappe refuses what there is not
		return found[0]

	def validate_customer(self):
		# a link that fetches a name passes Frappe 15 though there is no such record
		if self.customer and not frappe.db.get_value("Customer", self.customer, "name", cache=True):
			refuse_unknown("Customer", self.customer)

	def validate_complaint_date(self):
		self.complaint_date = getdate(self.complaint_date or now_datetime())
		if self.complaint_date > now_datetime().date():
			frappe.throw(
				_("The complaint date {0} lies in the future").format(formatdate(self.complaint_date)),
				WarrantyClaimError,
			)

	def validate_replacement(self):
		"""Replace Unit writes these, nobody else."""
		before = self.get_doc_before_save()
		for field in ("replacement_serial_no", "replacement_delivery_note"):
			if (self.get(field) or None) != ((before and before.get(field)) or None):
				label = frappe.bold(_(self.meta.get_label(field)))
				frappe.throw(
					_("{0}: set by Replace Unit alone, not by hand").format(label), WarrantyClaimError
				)

	def validate_settled(self):
		"""A closed or cancelled claim keeps what it is about, and so what it says of it."""
		before = self.get_doc_before_save()
		if not before or self.status not in SETTLED or before.status not in SETTLED:
			return
		for field in ("serial_no", "customer", "complaint_date"):
			if self.is_changed(field):
				label = frappe.bold(_(self.meta.get_label(field)))
				frappe.throw(
					_("{0} cannot change while the claim is {1}: reopen it first").format(
						label, _(self.status)
					),
					WarrantyClaimError,
				)

	def validate_followers(self):
		"""What was made for a claim is cancelled before the claim is, or is of another unit or customer."""
		before = self.get_doc_before_save()
		if not before:
			return
		cancels = self.status == claims.CANCELLED != before.status
		changed = [field for field in ("serial_no", "customer") if self.is_changed(field)]
		if not cancels and not changed:
			return
		with told_plainly():
			bulk.begin_writing()
			found = claims.followers(self.name)
		if not found:
			return
		shown = claims.name_documents(found)
		if cancels:
			why = _("{0} {1} cannot be cancelled before {2}")
			why = why.format(_(self.doctype), escape_html(self.name), shown)
		else:
			labels = ", ".join(frappe.bold(_(self.meta.get_label(field))) for field in changed)
			why = _("{0} cannot change: {1} was made for the claim").format(labels, shown)
		frappe.throw(why, WarrantyClaimError)

	def is_changed(self, field: str) -> bool:
		value, before = self.get(field), self.get_doc_before_save().get(field)
		if field == "complaint_date":
			return getdate(value) != getdate(before)
		return (value or None) != (before or None)

	# ------------------------------------------------------------------ what follows from the unit

	def set_unit(self, unit: units.Unit | None = None):
		"""Item, and where it is not given the customer: who had the unit on the complaint date, else who has it."""
		unit = unit or self.get_unit()
		self.item_code = unit["item_code"]
		self.item_name = frappe.db.get_value("Item", unit["item_code"], "item_name", cache=True)
		before = self.get_doc_before_save()
		if before and self.is_changed("serial_no") and not self.is_changed("customer"):
			self.customer = None  # who had the other unit
		if not self.customer:
			visible = units.visible_warehouses("Serial No Ledger Entry")
			had_it = claims.customer_on(units.moves_of([unit["name"]]), self.complaint_date, visible)
			self.customer = had_it or unit["customer"]
			self.customer_name = None
		if (self.customer and not self.customer_name) or self.has_value_changed("customer"):
			self.customer_name = self.customer and frappe.db.get_value(
				"Customer", self.customer, "customer_name", cache=True
			)

	def set_coverage(self):
		"""What the unit was covered by on the complaint date; a settled claim keeps what it said."""
		before = self.get_doc_before_save()
		if before and before.status in SETTLED and self.status in SETTLED:
			self.update({field: before.get(field) for field in COVERAGE})
			return
		covered = coverage.as_of([self.serial_no], self.complaint_date)[self.serial_no]
		schedule = covered.maintenance_schedule
		if schedule and not (
			self.flags.ignore_permissions
			or frappe.has_permission("Maintenance Schedule", "read", doc=schedule)
		):
			schedule = None
		self.update(
			{
				"coverage": claims.tell(covered, bool(schedule)),
				"warranty_amc_status": covered.status,
				"warranty_expiry_date": covered.warranty_expiry_date,
				"amc_expiry_date": covered.amc_expiry_date,
				"maintenance_schedule": schedule,
			}
		)

	def set_resolution(self):
		before = self.get_doc_before_save()
		if self.status == claims.CLOSED:
			if not before or before.status != claims.CLOSED:
				self.resolution_date = self.resolution_date or now_datetime()
				self.resolved_by = self.resolved_by or frappe.session.user
		elif before and before.status == claims.CLOSED:
			self.resolution_date = self.resolved_by = None


def refuse_unknown(doctype: str, name: str):
	shown = f"{_(doctype)}: {shown_value(name)}"
	frappe.throw(_("Could not find {0}").format(shown), frappe.LinkValidationError)


@frappe.whitelist()
def make_maintenance_visit(source_name: str, target_doc: str | dict | None = None):
	"""A draft visit for the unit of a claim.

	Needs the right to read the claim and to create a visit. Raises WarrantyClaimError for a cancelled claim.
	"""
	return claiming.make_maintenance_visit(source_name, target_doc)
