"""The documents that a unit's form leads to; what they are and how many, `api.trace.documents` answers."""

from typing import Any

from frappe import _

VOUCHERS = ["Purchase Receipt", "Stock Entry", "Delivery Note", "Sales Invoice"]
SERVICE = ["Maintenance Schedule", "Service Contract Entry", "Maintenance Visit", "Warranty Claim"]


def get_data() -> dict[str, Any]:
	"""As Frappe asks for it. A voucher names a unit in its ledger entries, a visit in its rows: Frappe's own count
	knows neither way.
	"""
	return {
		"fieldname": "serial_no",
		"method": "serial_tracking.api.trace.documents",
		# none of these is begun from here by a new document with the unit in a field
		"internal_links": {
			doctype: "documents" for doctype in (*VOUCHERS, "Maintenance Schedule", "Maintenance Visit")
		},
		"transactions": [
			{"label": _("Moves"), "items": [*VOUCHERS, "Serial No Ledger Entry"]},
			{"label": _("Service"), "items": list(SERVICE)},
		],
	}
