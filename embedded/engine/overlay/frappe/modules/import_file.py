"""Frappe's name for what the engine moved to `frappe.model.import_doc`: the same objects."""

import frappe.model.import_doc as _moved

globals().update({k: v for k, v in vars(_moved).items() if not k.startswith("__")})
