"""Tests. The base class differs between Frappe 15 and 16: take it from here.

Site tests are unittest TestCases (Frappe's runner passes plain pytest functions over in silence). Modules in
`pure/` need no site.
"""

try:
	from frappe.tests import IntegrationTestCase
except ImportError:  # Frappe 15
	from frappe.tests.utils import FrappeTestCase as IntegrationTestCase

__all__ = ["IntegrationTestCase"]
