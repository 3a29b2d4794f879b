"""`make bench`: the benchmarks of this checkout, on a fresh MariaDB site with the app."""

import runpy
import sys

from embedded import config, mariadb
from embedded.log import quiet, say
from embedded.site import Site, app_template

# what a site that means it would give its server: the tests' own is small, and 100,000 units would wait for its log
SERVER_OPTIONS = ("--innodb-buffer-pool-size=2G", "--innodb-log-file-size=1G")


def run(arguments: list[str]) -> int:
	app = config.app()
	with mariadb.running("bench", *SERVER_OPTIONS) as server:
		site = Site("bench_mariadb", "mariadb", app.name, app.root, server)
		with quiet():
			site.restore(app_template(site, say))
		site.connect()
		sys.argv = ["benchmarks", *arguments]
		try:
			runpy.run_module("benchmarks", run_name="__main__", alter_sys=True)
		except SystemExit as ended:
			return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
		finally:
			import frappe

			frappe.destroy()
	return 0
