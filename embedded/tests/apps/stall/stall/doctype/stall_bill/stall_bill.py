import frappe
from frappe.model.document import Document


class StallBill(Document):
	def validate(self):
		# written before the refusal: a refused request must not leave it behind
		frappe.get_doc({"doctype": "ToDo", "description": f"bill of {self.customer}"}).insert()
		if any(row.quantity <= 0 for row in self.rows):
			frappe.throw("Quantity must be positive", title="Not so")
		self.total = sum(row.quantity for row in self.rows)
