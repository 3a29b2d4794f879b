"""The engine is Frappe to an app: one package, its own names, several apps."""

import sys


def test_frappe_is_one_package_under_its_own_name(frappe):
	from frappe.model.document import Document

	assert Document.__module__ == "frappe.model.document"
	assert frappe.ValidationError.__module__ == "frappe.exceptions"
	assert not [name for name in sys.modules if name.startswith("mono" + "frame")]


def test_old_homes_of_moved_modules_work(frappe):
	import frappe.modules.utils
	from frappe.modules import get_doctype_module, scrub
	from frappe.modules.import_file import import_file_by_path

	assert callable(import_file_by_path) and scrub("Stall Bill") == "stall_bill"
	assert get_doctype_module("Stall Bill") == "Stall"
	assert frappe.modules.utils.get_module_app("Stall") == "stall"


def test_several_apps_and_their_hooks(frappe):
	assert frappe.get_installed_apps() == ["frappe", "stall"]
	assert frappe.get_hooks("app_title", app_name="stall") == ["Stall"]
	assert set(frappe.get_hooks("app_name")) == {"frappe", "stall"}
	assert frappe.get_app_path("stall").endswith("apps/stall")
	assert frappe.get_module_list("stall") == ["Stall"]


def test_set_up_wizard_is_done(frappe):
	assert frappe.is_setup_complete()


def test_test_base_classes_of_both_generations():
	from frappe.tests import IntegrationTestCase, UnitTestCase
	from frappe.tests.utils import FrappeTestCase, change_settings

	assert IntegrationTestCase is UnitTestCase is FrappeTestCase
	assert callable(change_settings) and hasattr(FrappeTestCase, "change_settings")
