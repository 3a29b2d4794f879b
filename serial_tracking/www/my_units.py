from frappe import _

from serial_tracking.serial_tracking import portal_page
from serial_tracking.service import portal

no_cache = 1
sitemap = 0


def get_context(context):
	customers = portal_page.begin(context, _("My Units"))
	if not customers:
		return
	context.search = portal_page.argument("search")[: portal.LONGEST_SEARCH]
	context.sort = portal_page.argument("sort")
	context.sorts = {
		"delivered": _("Delivered, latest first"),
		"number": _("Serial number"),
		"item": _("Item"),
		"warranty": _("Warranty, first to end"),
		"contract": _("Contract, first to end"),
	}
	context.units = portal.list_units(customers, context.search, context.sort, portal_page.page_number())
	context.several = len(customers) > 1
	context.unit_address = lambda name: portal_page.address("/my-unit", name=name)
	context.page_address = lambda number: portal_page.address(
		"/my-units", search=context.search, sort=context.sort, page=number
	)
