"""Records for tests, made the way people make them: by inserting and submitting documents."""

import frappe
from frappe.utils import random_string

from serial_tracking.tests import IntegrationTestCase

SERVICE = (
	"Maintenance Schedule",
	"Maintenance Schedule Item",
	"Maintenance Schedule Detail",
	"Service Contract Entry",
	"Maintenance Visit",
	"Maintenance Visit Purpose",
	"Warranty Claim",
)


class StockTestCase(IntegrationTestCase):
	"""A site with two warehouses, a supplier and a customer; each test starts from the same state."""

	def setUp(self):
		super().setUp()
		frappe.set_user("Administrator")
		frappe.db.savepoint("stock_test")
		frappe.clear_document_cache("Serial Tracking Settings", "Serial Tracking Settings")
		self.stores = make_warehouse("Test Stores")
		self.shop = make_warehouse("Test Shop")
		self.supplier = make("Supplier", supplier_name="Test Supplier")
		self.customer = make("Customer", customer_name="Test Customer")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="stock_test")
		frappe.clear_document_cache("Serial Tracking Settings", "Serial Tracking Settings")
		super().tearDown()

	# ------------------------------------------------------------------ vouchers

	def receive(self, item, serial_no=None, qty=None, *, warehouse=None, rate=100, submit=True, **values):
		rows = [
			row(
				item,
				qty or count(serial_no),
				warehouse=warehouse or self.stores,
				serial_no=text(serial_no),
				rate=rate,
			)
		]
		return voucher("Purchase Receipt", rows, submit, supplier=self.supplier, **values)

	def deliver(self, item, serial_no=None, qty=None, *, warehouse=None, submit=True, **values):
		rows = [
			row(item, qty or count(serial_no), warehouse=warehouse or self.stores, serial_no=text(serial_no))
		]
		return voucher("Delivery Note", rows, submit, customer=self.customer, **values)

	def enter(self, purpose, *rows, submit=True, **values):
		return voucher("Stock Entry", rows, submit, purpose=purpose, **values)

	def receive_by_entry(self, item, serial_no=None, qty=None, *, warehouse=None, rate=100, **values):
		line = row(
			item,
			qty or count(serial_no),
			t_warehouse=warehouse or self.stores,
			serial_no=text(serial_no),
			basic_rate=rate,
		)
		return self.enter("Material Receipt", line, **values)

	def issue(self, item, serial_no=None, qty=None, *, warehouse=None, **values):
		line = row(
			item, qty or count(serial_no), s_warehouse=warehouse or self.stores, serial_no=text(serial_no)
		)
		return self.enter("Material Issue", line, **values)

	def transfer(self, item, serial_no=None, qty=None, *, source=None, target=None, **values):
		line = row(
			item, qty or count(serial_no), s_warehouse=source or self.stores, t_warehouse=target or self.shop,
			serial_no=text(serial_no),
		)  # fmt: skip
		return self.enter("Material Transfer", line, **values)

	# ------------------------------------------------------------------ what is so

	def unit(self, name):
		return frappe.get_doc("Serial No", name)

	def assert_unit(self, name, /, **expected):
		unit = self.unit(name)
		self.assertEqual({field: unit.get(field) for field in expected}, expected)

	def assert_refused(self, exception, call, *args, mentions=(), **kwargs):
		"""The call raises exactly this class, its message mentions these, and nothing changed."""
		before = fingerprint()
		frappe.clear_messages()
		frappe.db.savepoint("refused")
		with self.assertRaises(exception) as caught:
			call(*args, **kwargs)
		frappe.db.rollback(save_point="refused")
		self.assertIs(type(caught.exception), exception, str(caught.exception))
		for words in mentions:
			self.assertIn(words, frappe.utils.strip_html(str(caught.exception)))
		self.assertEqual(fingerprint(), before)
		return caught.exception

	def assert_audit_clean(self):
		from serial_tracking.stock.audit import audit

		self.assertEqual(audit(), [])


def forget(*doctypes):
	"""Take out the records that tests with several connections have committed; they are back with the rollback."""
	for doctype in doctypes:
		frappe.db.delete(doctype)


def make(doctype, **values):
	"""The name of a record, made if it is missing; the first value is its name."""
	name = next(iter(values.values()))
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert()
	return name


def make_warehouse(name):
	return make("Warehouse", warehouse_name=name)


def make_item(item_code=None, **values):
	"""The item code of a new serialised item (give has_serial_no=0 for another)."""
	values = {"has_serial_no": 1, **values}
	code = item_code or f"ITEM-{random_string(10)}"
	return frappe.get_doc({"doctype": "Item", "item_code": code, **values}).insert().name


def make_portal_user(name, customer=None):
	"""A website user who stands for a customer."""
	if not frappe.db.exists("User", name):
		user = {
			"doctype": "User",
			"email": name,
			"first_name": name.partition("@")[0],
			"send_welcome_email": 0,
		}
		user = frappe.get_doc({**user, "user_type": "Website User"})
		user.flags.no_welcome_mail = True
		user.insert()
	if customer:
		doc = frappe.get_doc("Customer", customer)
		if name not in [row.user for row in doc.portal_users]:
			doc.append("portal_users", {"user": name})
			doc.save()
	return name


def storekeeper_of(email, warehouse):
	"""The name of a Stock User who may see what lies in one warehouse alone."""
	if not frappe.db.exists("User", email):
		user = frappe.get_doc(
			{"doctype": "User", "email": email, "first_name": "Scan", "send_welcome_email": 0}
		)
		user.append_roles("Stock User")
		user.insert()
	frappe.permissions.add_user_permission("Warehouse", warehouse, email)
	return email


def row(item, qty, **values):
	return {"item_code": item, "qty": qty, **values}


def voucher(doctype, rows, submit=True, **values):
	doc = frappe.get_doc({"doctype": doctype, **values, "items": list(rows)}).insert()
	if submit:
		doc.submit()
	return doc


def settings(**values):
	doc = frappe.get_doc("Serial Tracking Settings")
	doc.update(values)
	doc.save()


def text(serial_no):
	return serial_no if isinstance(serial_no, str | None) else "\n".join(serial_no)


def count(serial_no):
	from serial_tracking.stock import entry_text

	return entry_text.parse(text(serial_no)).count


def serials(doc, index=0):
	return (doc.items[index].serial_no or "").split("\n")


def fingerprint():
	"""What all stock records say, to see that a refused step changed nothing."""
	return {
		doctype: frappe.get_all(doctype, fields=fields, order_by="name", as_list=True)
		for doctype, fields in {
			"Serial No": [
				"name",
				"modified",
				"status",
				"warehouse",
				"last_voucher_no",
				"warranty_expiry_date",
			],
			"Serial No Ledger Entry": ["name", "is_cancelled"],
			"Stock Ledger Entry": ["name", "is_cancelled", "qty_after_transaction"],
			"Bin": ["name", "actual_qty", "stock_value"],
		}.items()
	}
