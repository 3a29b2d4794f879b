"""The main job and the service side on the site without a bench, as `python -m browser` does them on any site."""

import pytest

from browser.desk import chromium, executable
from browser.main_job import MainJob
from browser.service_side import ServiceSide
from embedded import config
from embedded.live import serving
from embedded.pytest_plugin import databases


@pytest.fixture(scope="module")
def site(request):
	app = config.app()
	with serving(request.config.sites.site(databases()[0], app.name, app.root, use="browser")) as live:
		yield live


needs_chromium = pytest.mark.skipif(
	not executable(), reason="no Chromium is installed (Debian: apt-get install chromium)"
)


@needs_chromium
def test_a_storekeeper_receives_delivers_and_is_refused_a_second_delivery(site, tmp_path):
	told = []
	with chromium() as browser:
		job = MainJob(
			browser,
			site.url,
			"keeper@example.com",
			"Sorted-by-Shelf-7",
			config.ADMIN_PASSWORD,
			tmp_path,
			told.append,
		)
		job.run()
		assert len(told) == 11
		assert len(list(tmp_path.glob("*.png"))) > 25

		assert job.keeper.problems == job.admin.problems == []


@needs_chromium
def test_a_planner_makes_a_contract_sees_its_visits_and_makes_one(site, tmp_path):
	told = []
	with chromium() as browser:
		service = ServiceSide(
			browser,
			site.url,
			"planner@example.com",
			"Sorted-by-Shelf-7",
			config.ADMIN_PASSWORD,
			tmp_path,
			told.append,
		)
		service.run()
		assert len(told) == 9
		assert len(list(tmp_path.glob("*.png"))) > 12
		assert service.planner.problems == service.admin.problems == []
