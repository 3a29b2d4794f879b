"""Frappe's name for what the engine moved to `frappe.model.module_utils`: the same objects."""

import frappe.model.module_utils as _moved

globals().update({k: v for k, v in vars(_moved).items() if not k.startswith("__")})
