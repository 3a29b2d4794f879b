import frappe
from frappe import _
from frappe.model.document import Document


class StallBill(Document):
	def validate(self):
		# written before the refusal: a refused request must not leave it behind
		frappe.get_doc({"doctype": "ToDo", "description": f"bill of {self.customer}"}).insert()
		if any(row.quantity <= 0 for row in self.rows):
			frappe.throw(_("Quantity must be positive"), title=_("Not so"))
		self.total = sum(row.quantity for row in self.rows)
