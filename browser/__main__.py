"""`python -m browser`: the jobs of this package on a running site; one line a step, exit code 1 at the first that fails."""

import argparse
import sys
from pathlib import Path

from browser.desk import StepFailedError, chromium
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


def main() -> int:
	parser = argparse.ArgumentParser(prog="python -m browser", description=__doc__)
	parser.add_argument("--url", default="http://127.0.0.1:8000")
	parser.add_argument(
		"--user", default="storekeeper@example.com", help="a Stock User; made if there is none"
	)
	parser.add_argument("--password", default="storekeeper")
	parser.add_argument(
		"--planner", default="planner@example.com", help="a Maintenance Manager; made if there is none"
	)
	parser.add_argument("--planner-password", default="planner")
	parser.add_argument(
		"--manager", default="manager@example.com", help="a Stock Manager; made if there is none"
	)
	parser.add_argument("--manager-password", default="manager")
	parser.add_argument(
		"--customer", default="customer@example.com", help="who logs in on the website; made if there is none"
	)
	parser.add_argument("--customer-password", default="customer")
	parser.add_argument("--admin-password", default="admin")
	parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="keep a picture of each page here")
	arguments = parser.parse_args()
	people = (
		(MainJob, arguments.user, arguments.password),
		(ServiceSide, arguments.planner, arguments.planner_password),
		(Tracing, arguments.user, arguments.password),
		(Labels, arguments.user, arguments.password),
		(Receiving, arguments.user, arguments.password),
		(Recall, arguments.manager, arguments.manager_password),
		(Reachable, arguments.user, arguments.password),
		(Limits, arguments.user, arguments.password),
		(Serials, arguments.user, arguments.password),
		(Overview, arguments.manager, arguments.manager_password),
		(Portal, arguments.customer, arguments.customer_password),
		(German, "heike@example.com", arguments.manager_password),
		(Waiting, arguments.manager, arguments.manager_password),  # on a bench: with socket.io and workers
	)
	with chromium() as browser:
		for job, user, password in people:
			try:
				job(
					browser,
					arguments.url,
					user,
					password,
					arguments.admin_password,
					arguments.screenshots,
					say=lambda line: print(line, flush=True),
				).run()
			except StepFailedError as error:
				print(f"FAILED: {error}", file=sys.stderr)
				return 1
	return 0


if __name__ == "__main__":
	sys.exit(main())
