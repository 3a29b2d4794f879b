"""Sites, apps and hooks as Frappe has them: several of each.

The engine was cut down to one site and one app; the functions here stand in for its own of the same name and
are taken into the `frappe` namespace at the end of `frappe/__init__.py`.
"""

import inspect
import json
import os
import sys
import types

import frappe
from frappe.config import SITES_PATH, default_site, get_site_config
from frappe.utils.caching import request_cache, site_cache

_engine_init = frappe.init


def init(site=None, sites_path=".", new_site=False, force=False, site_ready=True):
	"""Prepare `frappe.local` for a site; without a name for the current one, else the process's default."""
	current = getattr(frappe.local, "site", None)
	site = site or current or default_site()
	if getattr(frappe.local, "initialised", None) and site == current and not force:
		return
	# `site` first: the engine reads configuration and caches by it
	frappe.local.site = site
	for root in get_site_config().get("app_roots") or []:
		if root not in sys.path:
			sys.path.insert(0, root)
	_engine_init(force=True)
	frappe.local.sites_path = frappe.local.app_path = str(SITES_PATH)
	frappe.local.site_path = os.path.join(SITES_PATH, site or "")


def get_site_name() -> str:
	return frappe.local.site


class init_site:
	def __init__(self, site=None):
		self.site = site

	def __enter__(self):
		init(self.site)
		return frappe.local

	def __exit__(self, type, value, traceback):
		frappe.destroy()


def get_all_apps(with_internal_apps=True, sites_path=None) -> list[str]:
	"""Apps that this site may have: the framework and those of its configuration."""
	return ["frappe", *(frappe.local.conf.get("apps") or [])]


@request_cache
def get_installed_apps(*, _ensure_on_bench=False) -> list[str]:
	if getattr(frappe.flags, "in_install_db", True):
		return []
	if not frappe.db:
		frappe.connect()
	known = get_all_apps()
	return [app for app in json.loads(frappe.db.get_global("installed_apps") or "[]") if app in known]


def get_app_path(app_name: str, *joins) -> str:
	return frappe.get_pymodule_path(app_name, *joins)


def get_app_source_path(app_name: str, *joins) -> str:
	return get_app_path(app_name, "..", *joins)


def get_module_list(app_name: str = "frappe") -> list[str]:
	return frappe.get_file_items(get_app_path(app_name, "modules.txt"))


def _is_hook(value) -> bool:
	return not isinstance(value, types.ModuleType | types.FunctionType | type)


def _load_app_hooks(app_name: str | None = None) -> dict:
	hooks = {}
	for app in [app_name] if app_name else get_installed_apps():
		for key, value in inspect.getmembers(frappe.get_module(f"{app}.hooks"), predicate=_is_hook):
			if not key.startswith("_"):
				frappe.append_hook(hooks, key, value)
	return hooks


_site_cached_load_app_hooks = site_cache(_load_app_hooks)


def get_hooks(hook=None, default="_KEEP_DEFAULT_LIST", app_name=None):
	if app_name:
		hooks = _load_app_hooks(app_name)
	elif frappe.local.conf.developer_mode:
		hooks = _site_cached_load_app_hooks()
	else:
		hooks = frappe.client_cache.get_value("app_hooks")
		if hooks is None:
			hooks = _load_app_hooks()
			frappe.client_cache.set_value("app_hooks", hooks)
	if hook:
		return hooks.get(hook, [] if default == "_KEEP_DEFAULT_LIST" else default)
	return frappe._dict(hooks)


def setup_module_map(include_all_apps: bool = True) -> None:
	cache, key = (
		(frappe.cache, "app_modules_of_all") if include_all_apps else (frappe.client_cache, "app_modules")
	)
	app_modules = cache.get_value(key)
	if not app_modules:
		app_modules = {app: [frappe.scrub(m) for m in get_module_list(app)] for app in get_all_apps()}
		cache.set_value(key, app_modules)
	frappe.local.app_modules = app_modules
	frappe.local.module_app = {module: app for app, modules in app_modules.items() for module in modules}


@request_cache
def is_setup_complete() -> bool:
	"""The engine asks for a table of System Settings; it is a Single and has none."""
	return bool(frappe.db.get_single_value("System Settings", "setup_complete"))
