from frappe import _

from serial_tracking.serial_tracking import portal_page
from serial_tracking.service import portal

no_cache = 1
sitemap = 0


def get_context(context):
	customers = portal_page.begin(context, _("Warranty Claims"))
	if not customers:
		return
	context.claims = portal.list_claims(customers, portal_page.page_number())
	context.claim_address = lambda name: portal_page.address("/my-claim", name=name)
	context.page_address = lambda number: portal_page.address("/my-claims", page=number)
