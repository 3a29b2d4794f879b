from frappe import _

from serial_tracking.serial_tracking import portal_page
from serial_tracking.service import warranty_check

no_cache = 1
sitemap = 0


def get_context(context):
	if not warranty_check.is_offered():
		portal_page.not_found()
	context.title = _("Warranty Check")
	context.no_breadcrumbs = True
	# a label's link may bring them along; the check itself waits for the button
	context.serial_no = portal_page.argument("serial_no")[: warranty_check.LONGEST]
	context.item_code = portal_page.argument("item_code")[: warranty_check.LONGEST]
