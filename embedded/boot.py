"""Makes `import frappe` work in this process."""

import importlib
import os
import sys
from pathlib import Path

from embedded import config


def frappe():
	"""The framework, not yet connected to a site."""
	add_path(config.ENGINE)
	os.environ["FRAPPE_SITES_PATH"] = str(config.SITES)
	config.LOGS.mkdir(parents=True, exist_ok=True)
	config.SITES.mkdir(parents=True, exist_ok=True)
	return importlib.import_module("frappe")


def add_path(folder: Path) -> None:
	if str(folder) not in sys.path:
		sys.path.insert(0, str(folder))
