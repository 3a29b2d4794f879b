"""Test helpers that the engine left out or replaced by stubs that do nothing."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.tests import compat
from frappe.tests.utils._engine import *
from frappe.tests.utils._engine import make_test_records, make_test_records_for_doctype


def toggle_test_mode(enable: bool = True) -> None:
	frappe.in_test = enable
	frappe.local.flags.in_test = enable


@contextmanager
def change_settings(doctype, settings_dict=None, /, commit=False, **settings):
	"""Set fields of a settings document for the time of the block."""
	settings = {**(settings_dict or {}), **settings}
	before = {field: frappe.get_doc(doctype).get(field) for field in settings}

	def apply(values):
		document = frappe.get_doc(doctype)
		document.flags.ignore_permissions = True
		document.update(values)
		document.save()
		frappe.db.value_cache.clear()
		if commit:
			frappe.db.commit()

	apply(settings)
	try:
		yield
	finally:
		apply(before)


@contextmanager
def patch_hooks(overridden_hooks: dict):
	real = frappe.get_hooks

	def get_hooks(hook=None, default="_KEEP_DEFAULT_LIST", app_name=None):
		return overridden_hooks[hook] if hook in overridden_hooks else real(hook, default, app_name)

	with patch.object(frappe, "get_hooks", get_hooks):
		yield


@contextmanager
def timeout_context(*args, **kwargs):
	yield


def timeout(seconds=30, error_message="Test timed out."):
	"""Accepted for the sake of the tests that carry it; the run as a whole has a limit."""
	if callable(seconds):
		return seconds
	return lambda function: function


class _Additions:
	@staticmethod
	@contextmanager
	def change_settings(*args, **kwargs):
		with change_settings(*args, **kwargs):
			yield

	@staticmethod
	@contextmanager
	def patch_hooks(overridden_hooks):
		with patch_hooks(overridden_hooks):
			yield

	@contextmanager
	def freeze_time(self, time_to_freeze, is_utc=False, *args, **kwargs):
		"""Frappe's own clock stands still; `datetime.now()` elsewhere goes on."""
		moment = frappe.utils.get_datetime(time_to_freeze)
		with (
			patch("frappe.utils.data.now_datetime", lambda: moment),
			patch("frappe.utils.now_datetime", lambda: moment),
		):
			yield

	@contextmanager
	def primary_connection(self):
		current = frappe.local.db
		frappe.local.db = self._primary_connection
		try:
			yield
		finally:
			frappe.local.db = current

	@contextmanager
	def switch_site(self, site: str):
		before = frappe.local.site
		frappe.init(site, force=True)
		frappe.connect()
		try:
			yield
		finally:
			frappe.init(before, force=True)
			frappe.connect()

	@contextmanager
	def assertQueryCount(self, count):
		statements = []
		real = type(frappe.db).sql

		def sql(db, query, *args, **kwargs):
			statements.append(str(query))
			return real(db, query, *args, **kwargs)

		with patch.object(type(frappe.db), "sql", sql):
			yield statements
		self.assertLessEqual(len(statements), count, "\n".join(statements))


for _name, _value in vars(_Additions).items():
	if not _name.startswith("__"):
		setattr(compat.FrappeTestCase, _name, _value)

FrappeTestCase = IntegrationTestCase = UnitTestCase = compat.FrappeTestCase
