"""The jobs of this package on the site without a bench, as `python -m browser` does them on any site."""

import pytest

from browser.desk import chromium
from browser.german import German
from browser.labels import Labels
from browser.limits import Limits
from browser.main_job import MainJob
from browser.overview import Overview
from browser.portal import Portal
from browser.reachable import Reachable
from browser.recall import Recall
from browser.receiving import Receiving
from browser.serials import Serials
from browser.service_side import ServiceSide
from browser.tracing import Tracing
from browser.waiting import Waiting
from embedded import config
from embedded.live import serving
from embedded.pytest_plugin import databases


@pytest.fixture(scope="module")
def site(request):
	app = config.app()
	with serving(request.config.sites.site(databases()[0], app.name, app.root, use="browser")) as live:
		yield live


@pytest.mark.usefixtures("installed_chromium")
@pytest.mark.parametrize(
	("job", "user", "steps", "pictures"),
	[
		# receives, delivers, and is refused a second delivery
		(MainJob, "keeper@example.com", 11, 26),
		# makes a contract, sees its visits and makes one
		(ServiceSide, "planner@example.com", 10, 15),
		# receives and delivers by keyboard and scanner
		(Receiving, "keeper@example.com", 8, 17),
		# finds what is called back, holds it, and writes to the customers
		(Recall, "recall@example.com", 9, 9),
		# traces a unit up and down, by typing, links and codes, on a phone too
		(Tracing, "keeper@example.com", 9, 11),
		# prints labels, and reads them back from the PDF
		(Labels, "keeper@example.com", 7, 8),
		# goes through our own pages and dialogs without a mouse, and holds them against WCAG
		(Reachable, "keeper@example.com", 7, 6),
		# may not cancel, delete or hold, whatever they ask
		(Limits, "keeper@example.com", 4, 2),
		# enters numbers as ranges, from a file and from the stock, is told which are wrong, and has ten thousand
		(Serials, "keeper@example.com", 10, 13),
		# looks at the workspace, follows a card to its list, and is shown a first receipt
		(Overview, "recall@example.com", 4, 7),
		# sees their units on the website and files a claim; anybody checks a warranty
		(Portal, "customer@example.com", 9, 13),
		# reads each kind of page in German
		(German, "heike@example.com", 9, 11),
		# sees how far a large file and a large voucher are; last, since it changes a setting for a while
		(Waiting, "waiting@example.com", 4, 5),
	],
)
def test_each_step_of_a_job(site, tmp_path, job, user, steps, pictures):
	told = []
	with chromium() as browser:
		work = job(browser, site.url, user, "Sorted-by-Shelf-7", config.ADMIN_PASSWORD, tmp_path, told.append)
		work.run()
		assert len(told) == steps
		assert len(list(tmp_path.glob("*.png"))) >= pictures
		assert work.worker.problems == work.admin.problems == []
