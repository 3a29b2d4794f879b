"""Frappe's name for what the engine moved to `frappe.patches`: the same objects."""

import frappe.patches as _moved

globals().update({k: v for k, v in vars(_moved).items() if not k.startswith("__")})
