from frappe import _

from serial_tracking.serial_tracking import portal_page
from serial_tracking.service import portal

no_cache = 1
sitemap = 0


def get_context(context):
	customers = portal_page.begin(context, _("Warranty Claim"))
	claim = portal.read_claim(customers, portal_page.argument("name"))
	if not claim:
		portal_page.not_found()
	context.claim = claim
	context.is_new = bool(portal_page.argument("new"))
	context.unit_address = lambda name: portal_page.address("/my-unit", name=name)
