"""The main job on the site without a bench, as `python -m browser` does it on any site."""

import pytest

from browser.desk import chromium, executable
from browser.main_job import MainJob
from embedded import config
from embedded.live import serving
from embedded.pytest_plugin import databases


@pytest.fixture(scope="module")
def site(request):
	app = config.app()
	with serving(request.config.sites.site(databases()[0], app.name, app.root, use="browser")) as live:
		yield live


@pytest.mark.skipif(not executable(), reason="no Chromium is installed (Debian: apt-get install chromium)")
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
