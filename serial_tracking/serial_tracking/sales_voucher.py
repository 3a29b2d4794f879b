"""What takes goods to customers and back, and what both such vouchers do for a Warranty Claim (DOMAIN 8)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from serial_tracking.exceptions import WarrantyClaimError
from serial_tracking.serial_tracking.stock_voucher import StockVoucher
from serial_tracking.service import claims
from serial_tracking.stock import rules
from serial_tracking.stock.races import told_plainly


class SalesVoucher(StockVoucher):
	"""Base of Delivery Note and Sales Invoice.

	One that names a `warranty_claim` brings its broken unit back, or delivers the other for it. The field may be
	written over REST: whether the voucher fits is asked of the claim when it is submitted.
	"""

	PARTY_TYPE = "Customer"

	def describe_row(self, row):
		return ("Returned", None, row.warehouse) if self.is_return else ("Delivered", row.warehouse, None)

	def get_hold_reason(self):
		if self.warranty_claim and self.is_return:
			return _("Defective: Warranty Claim {0}").format(self.warranty_claim)
		return None

	def validate(self):
		super().validate()
		if self.warranty_claim and not self.docstatus.is_cancelled():
			self.validate_warranty_claim()

	def validate_warranty_claim(self):
		if not self.flags.ignore_permissions:
			frappe.has_permission("Warranty Claim", "write", doc=self.warranty_claim, throw=True)
		if not self.may_be_for_a_claim():
			frappe.throw(
				_(
					"{0} {1}: a claim's unit comes back by a return, and a Delivery Note delivers the other"
				).format(_("Warranty Claim"), escape_html(self.warranty_claim)),
				WarrantyClaimError,
			)

	def may_be_for_a_claim(self) -> bool:
		return True

	def check_posting(self, asked):
		problems = super().check_posting(asked)
		if self.warranty_claim and (why := claims.find_problem(self.warranty_claim, asked)):
			problems.append(rules.as_problem(WarrantyClaimError, _("Warranty Claim"), why))
		return problems

	def before_submit(self):
		claim = self.lock_claim()  # before its units, as everywhere
		super().before_submit()
		if claim:
			claims.check_voucher(claim, self.flags.posting)
			self.flags.claim = claim

	def on_submit(self):
		claim, asked = self.flags.pop("claim", None), self.flags.posting
		super().on_submit()
		if claim and not self.is_return:
			claims.replaced(claim, asked.moves[0].unit["name"], self.name)

	def before_cancel(self):
		claim = self.lock_claim()
		note = claim and self.is_return and claim["replacement_delivery_note"]
		if note:
			frappe.throw(
				_("{0} {1} cannot be cancelled before {2}").format(
					_(self.doctype),
					escape_html(self.name),
					claims.name_documents([("Delivery Note", note)]),
				),
				frappe.LinkExistsError,
			)
		super().before_cancel()
		self.flags.claim = claim

	def on_cancel(self):
		super().on_cancel()
		claim = self.flags.pop("claim", None)
		if claim and claim["replacement_delivery_note"] == self.name:
			claims.not_replaced(claim)

	def lock_claim(self) -> claims.Claim | None:
		if not self.warranty_claim:
			return None
		with told_plainly():
			return claims.lock(self.warranty_claim)
