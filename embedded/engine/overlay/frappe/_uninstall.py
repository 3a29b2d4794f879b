"""Removing an app from a site, as Frappe does; the engine's own `remove_app` declines."""

import frappe


def remove_app(app_name, dry_run=False, yes=False, no_backup=False, force=False):
	from frappe.installer import _delete_doctypes, _delete_modules, remove_from_installed_apps

	if app_name not in frappe.get_installed_apps() and not force:
		print(f"App {app_name} is not installed")
		return
	print(f"Uninstalling {app_name}...")
	hooks = frappe._dict(frappe.get_hooks(app_name=app_name))
	frappe.flags.in_uninstall = True
	try:
		if not dry_run:
			for function in hooks.before_uninstall or []:
				frappe.get_attr(function)()
			for function in frappe.get_hooks("before_app_uninstall"):
				frappe.get_attr(function)(app_name)
		modules = frappe.get_all("Module Def", {"app_name": app_name}, pluck="name")
		_delete_doctypes(_delete_modules(modules, dry_run=dry_run), dry_run=dry_run)
		if not dry_run:
			remove_from_installed_apps(app_name)
			frappe.db.commit()
			for function in hooks.after_uninstall or []:
				frappe.get_attr(function)()
			for function in frappe.get_hooks("after_app_uninstall"):
				frappe.get_attr(function)(app_name)
			frappe.db.commit()
			frappe.clear_cache()
	finally:
		frappe.flags.in_uninstall = False
