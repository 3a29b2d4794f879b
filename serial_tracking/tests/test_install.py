"""How the app comes to a site, meets other apps there, and what it takes back when it leaves."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import frappe

from serial_tracking import install
from serial_tracking.exceptions import DocTypeConflictError
from serial_tracking.service import portal
from serial_tracking.tests.factories import StockTestCase, fingerprint, make_item, settings


class TestOtherApps(StockTestCase):
	def test_a_site_with_doctypes_of_the_same_name_is_refused_with_their_names(self):
		for doctype in ("Item", "Warehouse"):
			frappe.db.set_value("DocType", doctype, "module", "Core")
		made = frappe.db.get_global(install.ROLES_MADE)
		self.assert_refused(DocTypeConflictError, install.before_install, mentions=("Item, Warehouse",))
		self.assertEqual(frappe.db.get_global(install.ROLES_MADE), made)

	def test_an_app_that_brings_one_of_our_doctypes_is_refused(self):
		with other_app("Delivery Note", "Sales Order", "Item"):
			self.assert_refused(
				DocTypeConflictError,
				install.before_app_install,
				"another_app",
				mentions=("Delivery Note, Item",),
			)

	def test_other_apps_are_welcome(self):
		with other_app("Sales Order"):
			install.before_app_install("another_app")
		install.before_app_install(install.APP)

	def test_the_doctypes_in_the_files_are_those_of_the_site(self):
		ours = frappe.get_all("DocType", {"module": install.MODULE, "custom": 0}, pluck="name")
		self.assertEqual(install.doctypes_of(install.APP), set(ours))


class TestInstalled(StockTestCase):
	def test_the_roles_are_there_and_may_use_the_desk(self):
		found = frappe.get_all(
			"Role", {"name": ("in", install.ROLES), "desk_access": 1, "disabled": 0}, pluck="name"
		)
		self.assertEqual(set(found), set(install.ROLES))

	def test_the_role_of_customers_is_there_and_has_no_home_page_that_others_would_share(self):
		made = frappe.db.get_value("Role", install.PORTAL_ROLE, ["desk_access", "home_page"])
		self.assertEqual(made, (0, None))

	def test_a_site_whose_role_of_customers_led_the_administrator_to_their_units_is_mended(self):
		from serial_tracking.patches.free_role_of_home_page import execute

		self.addCleanup(frappe.clear_cache)
		for before, after in ((portal.HOME, None), ("shop", "shop")):
			frappe.db.set_value("Role", install.PORTAL_ROLE, "home_page", before)
			execute()
			self.assertEqual(frappe.db.get_value("Role", install.PORTAL_ROLE, "home_page"), after)

	def test_a_site_from_before_gets_the_role_of_customers_and_knows_that_the_app_made_it(self):
		from serial_tracking.patches.make_portal_role import execute

		self.addCleanup(frappe.clear_cache)
		frappe.db.delete("Role", {"name": install.PORTAL_ROLE})
		frappe.db.set_global(install.ROLES_MADE, json.dumps(["Stock User"]))
		for _again in range(2):
			execute()
			self.assertTrue(frappe.db.exists("Role", install.PORTAL_ROLE))
			self.assertEqual(install.roles_made(), {"Stock User", install.PORTAL_ROLE})

	def test_no_role_of_the_framework_counts_as_made(self):
		self.assertLessEqual({"Stock Manager", "Stock User"}, install.roles_made())
		self.assertLessEqual(install.roles_made(), {*install.ROLES, install.PORTAL_ROLE})

	def test_an_install_by_force_still_knows_which_roles_it_made(self):
		made = install.roles_made()
		install.before_install()
		self.assertEqual(install.roles_made(), made)

	def test_there_are_roots_and_units_of_measure(self):
		self.assertTrue(frappe.db.get_value("Item Group", install.ROOT_ITEM_GROUP, "is_group"))
		self.assertTrue(frappe.db.get_value("Warehouse", install.ROOT_WAREHOUSE, "is_group"))
		self.assertTrue(frappe.db.get_value("UOM", install.DEFAULT_UOM, "must_be_whole_number"))

	def test_making_them_again_changes_nothing(self):
		def records():
			return {
				d: frappe.get_all(d, fields=["name", "modified"], order_by="name")
				for d in ("Role", "UOM", "Warehouse")
			}

		before = records()
		install.after_install()
		self.assertEqual(records(), before)


class TestUninstall(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = frappe.get_doc("Item", make_item())
		self.user = frappe.get_doc("User", "Guest")

	def test_a_dry_run_changes_nothing(self):
		self.item.add_comment("Comment", "stays")
		before = fingerprint()
		install.after_uninstall()
		self.assertTrue(self.comments(self.item))
		self.assertEqual(fingerprint(), before)

	def test_what_people_added_to_the_records_goes_with_them(self):
		for doc in (self.item, self.user):
			doc.add_comment("Comment", "of a record")
			frappe.get_doc(
				{
					"doctype": "ToDo",
					"description": "look",
					"reference_type": doc.doctype,
					"reference_name": doc.name,
				}
			).insert()
		frappe.permissions.add_user_permission("Warehouse", self.stores, "Administrator")
		frappe.get_doc(
			{
				"doctype": "Custom Field",
				"dt": "User",
				"fieldname": "custom_stays",
				"fieldtype": "Heading",
				"label": "Stays",
			}
		).db_insert()
		frappe.make_property_setter(
			{
				"doctype": "Item",
				"fieldname": "description",
				"property": "label",
				"value": "Text",
				"property_type": "Data",
			}
		)
		kept = self.comments(self.user)
		self.uninstall()
		self.assertFalse(self.comments(self.item))
		self.assertEqual(self.comments(self.user), kept)
		self.assertEqual(frappe.get_all("ToDo", {"description": "look"}, pluck="reference_type"), ["User"])
		self.assertFalse(frappe.db.exists("User Permission", {"allow": "Warehouse"}))
		self.assertFalse(frappe.db.exists("Property Setter", {"doc_type": "Item"}))
		self.assertTrue(frappe.db.exists("Custom Field", {"dt": "User", "fieldname": "custom_stays"}))

	def test_attachments_leave_the_disk(self):
		file = frappe.get_doc(
			{"doctype": "File", "file_name": f"{self.item.name}.txt", "content": self.item.name, "is_private": 1,
			"attached_to_doctype": "Item", "attached_to_name": self.item.name}
		).insert()  # fmt: skip
		path = Path(file.get_full_path())
		self.assertTrue(path.exists())
		self.uninstall()
		self.assertFalse(path.exists())
		self.assertFalse(frappe.db.exists("File", file.name))

	def test_the_daily_job_goes_at_once(self):
		self.uninstall()
		self.assertFalse(frappe.db.exists("Scheduled Job Type", {"method": ("like", "serial_tracking.%")}))

	def test_a_role_that_others_use_stays_and_one_that_nobody_uses_goes(self):
		frappe.db.set_global(install.ROLES_MADE, json.dumps(["Stock User", "Stock Manager"]))
		frappe.get_doc({"doctype": "Has Role", "parent": "Guest", "parenttype": "User", "parentfield": "roles",
			"role": "Stock Manager"}).db_insert()  # fmt: skip
		frappe.db.delete("DocPerm", {"role": "Stock Manager"})
		self.uninstall()
		self.assertTrue(frappe.db.exists("Role", "Stock User"))
		self.assertFalse(frappe.db.exists("Role", "Stock Manager"))
		self.assertFalse(frappe.db.exists("Has Role", {"role": "Stock Manager"}))
		self.assertFalse(frappe.db.get_global(install.ROLES_MADE))

	def test_the_columns_named_are_those_of_the_framework(self):
		for doctype, field in (*install.ROWS_ABOUT_A_DOCTYPE, *install.DOCUMENTS_ABOUT_A_DOCTYPE):
			if frappe.db.table_exists(doctype):
				self.assertTrue(install.has_columns(doctype, field), (doctype, field))

	def comments(self, doc):
		return frappe.get_all("Comment", {"reference_doctype": doc.doctype, "reference_name": doc.name})

	def uninstall(self):
		"""What the hook does on a site that the app has left; rolled back with the test."""
		try:
			with (
				patch.object(frappe, "get_installed_apps", return_value=["frappe"]),
				patch.object(frappe.db, "commit"),
			):
				install.after_uninstall()
		finally:
			frappe.clear_cache()  # the hooks of the app are to be found again


class other_app:
	"""An app on the disk with DocTypes of these names."""

	def __init__(self, *doctypes):
		self.doctypes = doctypes

	def __enter__(self):
		self.folder = TemporaryDirectory()
		for doctype in self.doctypes:
			name = frappe.scrub(doctype)
			path = Path(self.folder.name) / "module" / "doctype" / name / f"{name}.json"
			path.parent.mkdir(parents=True)
			path.write_text(json.dumps({"doctype": "DocType", "name": doctype}))
		self.patch = patch.object(frappe, "get_app_path", return_value=self.folder.name)
		self.patch.start()

	def __exit__(self, *_exception):
		self.patch.stop()
		self.folder.cleanup()


class TestPatches(StockTestCase):
	def test_a_setting_that_came_later_gets_its_default_and_a_chosen_one_stays(self):
		from serial_tracking.patches.fill_new_settings import SETTINGS, execute

		def stored():
			frappe.clear_document_cache(SETTINGS, SETTINGS)
			return frappe.get_doc(SETTINGS)

		settings(allow_existing_serial_no=0)
		frappe.db.delete("Singles", {"doctype": SETTINGS, "field": "carry_warranty_to_replacement"})
		self.assertFalse(stored().carry_warranty_to_replacement)
		execute()
		self.assertTrue(stored().carry_warranty_to_replacement)
		self.assertFalse(stored().allow_existing_serial_no)
