"""Site configuration from `sites/<site>/site_config.json`, as on a bench.

Takes the place of the engine's own module, which knows one site only and reads it from the environment.
"""

import json
import os
from pathlib import Path
from typing import Any

from frappe.types import _dict

SITES_PATH = Path(os.environ.get("FRAPPE_SITES_PATH") or Path(__file__).resolve().parents[2] / "sites")

DEFAULTS = {
	"db_type": "mariadb",
	"use_mysqlclient": 0,  # the driver is PyMySQL
	"redis_cache": "redis://127.0.0.1:0",  # never dialled, see frappe.utils.file_cache
	"redis_queue": "redis://127.0.0.1:0",
	"developer_mode": 0,
	"lang": "en",
	"max_file_size": 25 * 1024 * 1024,
}

_cache: dict[Path, tuple[int, dict]] = {}


def default_site() -> str | None:
	return os.environ.get("FRAPPE_SITE")


def current_site() -> str | None:
	import frappe

	return getattr(frappe.local, "site", None) or default_site()


def _read(path: Path) -> dict:
	try:
		modified = path.stat().st_mtime_ns
	except FileNotFoundError:
		return {}
	if path not in _cache or _cache[path][0] != modified:
		_cache[path] = modified, json.loads(path.read_text())
	return _cache[path][1]


def get_site_config(sites_path=None, site_path=None, *, cached=False) -> _dict[str, Any]:
	if not site_path and (site := current_site()):
		site_path = SITES_PATH / site
	own = _read(Path(site_path) / "site_config.json") if site_path else {}
	return _dict({**DEFAULTS, **get_common_site_config(), **own})


def get_common_site_config(sites_path=None, cached=False) -> _dict[str, Any]:
	return _dict(_read(SITES_PATH / "common_site_config.json"))


def get_conf(site: str | None = None) -> _dict[str, Any]:
	import frappe

	return getattr(frappe.local, "conf", None) or get_site_config()


def clear_site_config_cache():
	_cache.clear()
