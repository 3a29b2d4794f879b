from pathlib import Path

import pytest

from embedded.live import serving
from embedded.pytest_plugin import databases

APPS = Path(__file__).parent / "apps"


@pytest.fixture(params=databases())
def frappe(request):
	"""The framework, on a site that has the small app `stall`, once per database; rolled back afterwards."""
	request.config.sites.connect(request.param, "stall", APPS)
	import frappe

	yield frappe
	frappe.db.rollback()
	frappe.set_user("Administrator")


@pytest.fixture(params=databases(), scope="module")
def live(request):
	with serving(request.config.sites.site(request.param, "stall", APPS)) as served:
		yield served
