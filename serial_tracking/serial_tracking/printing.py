"""How vouchers and schedules with many serial numbers are printed by Frappe's Standard format."""

from frappe.model.document import Document

TEMPLATE = "serial_tracking/templates/print_serials.html"
BOXES = ("serial_no", "rejected_serial_no")


def fit_tables(doc: Document, *tables: str):
	"""Serial numbers flow in their column, and no table of the document is wider than its page.

	To be called from `before_print`. wkhtmltopdf cuts off what is beyond the edge: there the numbers would be missing.
	"""
	doc.child_print_templates = {table: dict.fromkeys(BOXES, TEMPLATE) for table in tables}
