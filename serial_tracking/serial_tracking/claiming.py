"""What leads to a Warranty Claim and what follows from it: drafts, and the replacement of its unit (DOMAIN 8)."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from serial_tracking.exceptions import SerialNoNotExistsError, SerialNoWarehouseError, WarrantyClaimError
from serial_tracking.serial_tracking.mapping import make_draft, parsed
from serial_tracking.serial_tracking.returns import DETAIL_FIELDS
from serial_tracking.service import claims, portal
from serial_tracking.stock import bulk, rules, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.status import DELIVERED

CLAIM, VISIT, NOTE = "Warranty Claim", "Maintenance Visit", "Delivery Note"


def make_of_unit(name: str, target_doc: str | dict | None = None) -> Document:
	"""A draft claim for a unit by its record name, with what it is covered by today.

	Needs the right to read the unit and to create a claim.
	"""
	frappe.has_permission(CLAIM, "create", throw=True)
	frappe.get_doc("Serial No", name).check_permission("read")
	claim = frappe.get_doc({**parsed(target_doc), "doctype": CLAIM}) if target_doc else frappe.new_doc(CLAIM)
	claim.serial_no = name
	claim.validate_complaint_date()
	claim.set_unit()
	claim.set_coverage()
	return claim


def make_of_delivery(
	doctype: str, source_name: str, target_doc: str | dict | None = None, serial_no: str | None = None
) -> Document:
	"""A draft claim for a unit that a Delivery Note delivered, or a Sales Invoice delivered or invoiced.

	:param serial_no: its number; needed where the document has several units
	Needs the right to read document and unit and to create a claim. Raises WarrantyClaimError for a number that is
	not the document's, where none is given and it has several, or none.
	"""
	source = frappe.get_doc(doctype, source_name)
	source.check_permission("read")
	if not source.docstatus.is_submitted() or source.is_return:
		why = _("{0} {1} is not submitted, or a return").format(_(doctype), escape_html(source_name))
		frappe.throw(why, WarrantyClaimError)
	found = _units_of(source)
	if serial_no:
		key = serial_number.key(serial_number.normalise(serial_no))
		found = [unit for unit in found if unit["serial_key"] == key]
	shown = f"{_(doctype)} {escape_html(source_name)}"
	if not found:
		why = _("{0} has no unit {1}").format(shown, rules.quote_number(serial_no)) if serial_no else None
		frappe.throw(why or _("{0} has no unit with a serial number").format(shown), WarrantyClaimError)
	if len(found) > 1:
		why = _("{0} has {1} units: say which one the claim is for").format(shown, len(found))
		frappe.throw(why, WarrantyClaimError)
	return make_of_unit(found[0]["name"], target_doc)


def _units_of(source: Document) -> list[units.Unit]:
	"""The units of a document that the user may see, back or not."""
	by, value = ("voucher_no", source.name)
	if source.doctype == "Sales Invoice" and not source.update_stock:
		by = "sales_invoice"
	where = {"move_type": "Delivered", "is_cancelled": 0}
	if by == "voucher_no":
		where["voucher_type"] = source.doctype
	moves = bulk.select("Serial No Ledger Entry", ("serial_no",), by, [value], where=where)
	visible = units.visible_warehouses()
	names = {move["serial_no"] for move in moves}
	return [unit for unit in units.read_by_name(names) if units.may_see(unit, visible)]


def file_by_customer(customers: set[str], name: str, complaint: str, contact: dict[str, str | None]) -> str:
	"""See `api.portal.file_claim`; the claim is made without the user's right to one.

	:param customers: those whom the user stands for
	"""
	with told_plainly():
		bulk.begin_writing()
		found = units.lock_by_name([name]) if portal.can_be_a_name(name) else []
		unit = next((unit for unit in found if unit["name"] == name), None)
		if not unit or not portal.is_with(customers, unit):
			why = _("Serial No {0} is not with you").format(rules.quote_number(name))
			frappe.throw(why, SerialNoNotExistsError)
		filed = portal.unsettled_claim(name, unit["customer"], complaint)
	if filed:
		return filed
	claim = {
		"doctype": CLAIM,
		"serial_no": name,
		"customer": unit["customer"],
		"complaint": complaint,
		**contact,
	}
	return frappe.get_doc(claim).insert(ignore_permissions=True).name


def make_maintenance_visit(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""See `warranty_claim.make_maintenance_visit`."""

	def fill(source, target):
		claims.refuse_cancelled(source.as_dict())
		target.maintenance_type = "Breakdown"
		target.warranty_claim = source.name
		target.append(
			"purposes",
			{
				"serial_no": source.serial_no,
				"item_code": source.item_code,
				"item_name": source.item_name,
				"description": source.complaint,
				"completion_status": claims.FULLY_COMPLETED,
			},
		)

	return make_draft(
		CLAIM,
		source_name,
		VISIT,
		target_doc,
		fill,
		not_taken_over=("maintenance_schedule", "naming_series", "status"),  # they mean something else there
	)


def replace_unit(
	claim: Document, replacement: units.Unit, return_warehouse: str, warehouse: str | None
) -> dict[str, str]:
	"""See `api.claims.replace_unit`; the replacement is a unit that the user may read."""
	with told_plainly():
		locked = claims.lock(claim.name)
		if why := claims.why_not_replaced(locked):
			frappe.throw(why, WarrantyClaimError)
		(unit,) = units.lock_by_name([locked["serial_no"]])
	if not replacement["warehouse"]:
		why = _("{0} is not in stock: it is {1}").format(
			rules.quote_number(replacement["serial_no"]), _(replacement["status"])
		)
		frappe.throw(rules.with_voucher(why, replacement), SerialNoWarehouseError)
	if unit["status"] != DELIVERED or not unit["customer"] or unit["customer"] != locked["customer"]:
		_refuse_not_out(unit, locked)
	back = _post(_return_of(unit, claim.name, return_warehouse))
	note = _post(
		{
			"doctype": NOTE,
			"customer": locked["customer"],
			"warranty_claim": claim.name,
			"items": [_row(replacement, 1, warehouse or replacement["warehouse"])],
		}
	)
	return {"return": back, "delivery_note": note}


def _return_of(unit: units.Unit, claim: str, warehouse: str) -> dict[str, Any]:
	"""The return of a unit against the document that it is out on."""
	doctype, name = unit["delivery_document_type"], unit["delivery_document_no"]
	out = frappe.db.get_value(
		"Serial No Ledger Entry",
		{"serial_no": unit["name"], "voucher_no": name, "voucher_type": doctype, "is_cancelled": 0},
		"voucher_detail_no",
		order_by="move_no desc",
	)
	sold = frappe.db.get_value(f"{doctype} Item", out, ["rate", "conversion_factor"], as_dict=True) or {}
	rate = flt(sold.get("rate")) / (flt(sold.get("conversion_factor")) or 1)
	return {
		"doctype": doctype,
		"customer": unit["customer"],
		"is_return": 1,
		"return_against": name,
		"warranty_claim": claim,
		**({"update_stock": 1} if doctype == "Sales Invoice" else {}),
		"items": [{**_row(unit, -1, warehouse), "rate": rate, DETAIL_FIELDS[doctype]: out}],
	}


def _row(unit: units.Unit, qty: int, warehouse: str | None) -> dict[str, Any]:
	return {
		"item_code": unit["item_code"],
		"qty": qty,
		"warehouse": warehouse,
		"serial_no": unit["serial_no"],
	}


def _post(values: dict[str, Any]) -> str:
	return frappe.get_doc(values).insert().submit().name


def _refuse_not_out(unit: units.Unit, claim: claims.Claim) -> None:
	number = rules.quote_number(unit["serial_no"])
	if unit["status"] == DELIVERED and unit["customer"]:
		why = _("Serial No {0} is with customer {1}, not with {2}").format(
			number, escape_html(unit["customer"]), escape_html(claim["customer"] or "")
		)
	else:
		why = _("Serial No {0} is not with a customer: it is {1}").format(number, _(unit["status"]))
	frappe.throw(why, WarrantyClaimError)
