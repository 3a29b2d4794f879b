"""The engine is Frappe to an app: one package, its own names, several apps."""

import sys
import threading


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


def test_two_threads_may_each_wait_for_a_value_that_the_other_has_yet_to_make():
	"""Before Python 3.12, functools.cached_property would keep them waiting for ever."""
	from frappe.utils import cached_property

	both_began = threading.Barrier(2, timeout=60)

	class Crossed:
		def __init__(self, other=None):
			self.other = other

		@cached_property
		def one(self):
			return self._of_other("two")

		@cached_property
		def two(self):
			return self._of_other("one")

		def _of_other(self, name):
			if not self.other:
				return name
			both_began.wait()
			return getattr(self.other, name)

	asked = [(Crossed(Crossed()), name) for name in ("one", "two")]
	threads = [threading.Thread(target=getattr, args=args, daemon=True) for args in asked]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(timeout=10)
	assert [vars(crossed).get(name) for crossed, name in asked] == ["one", "two"]
