"""A very small Frappe app that the tests of the adapter install."""

__version__ = "0.0.1"
