"""Frappe's name for what the engine moved to `frappe.model.export`: the same objects."""

import frappe.model.export as _moved

globals().update({k: v for k, v in vars(_moved).items() if not k.startswith("__")})
