from frappe.model.document import Document


class CalendarLink(Document):
	pass
