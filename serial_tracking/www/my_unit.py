import frappe
from frappe import _

from serial_tracking.serial_tracking import portal_page
from serial_tracking.service import portal

no_cache = 1
sitemap = 0


def get_context(context):
	customers = portal_page.begin(context, _("My Unit"))
	unit = portal.read_unit(customers, portal_page.argument("name"))
	if not unit:
		portal_page.not_found()
	context.unit = unit
	context.unsettled = [claim for claim in unit["claims"] if claim["status"] in portal.UNSETTLED]
	context.claim_address = lambda name: portal_page.address("/my-claim", name=name)
	fields = ["full_name", "email", "mobile_no", "phone"]
	context.me = frappe.db.get_value("User", frappe.session.user, fields, as_dict=True)
