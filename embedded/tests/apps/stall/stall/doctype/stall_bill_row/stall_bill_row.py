from frappe.model.document import Document


class StallBillRow(Document):
	pass
