frappe.provide("stall");
