"""`make bench`: the benchmarks of this checkout, on a fresh MariaDB site with the app, and another to compare."""

import os
import runpy
import sys

from embedded import config, mariadb
from embedded.log import quiet, say
from embedded.site import Site, app_template

# what a site that means it would give its server: the tests' own is small, and 100,000 units would wait for its log
SERVER_OPTIONS = ("--innodb-buffer-pool-size=2G", "--innodb-log-file-size=1G")


def run(arguments: list[str]) -> int:
	app = config.app()
	slot = os.environ.get("TEST_SLOT", "")  # as of the tests: a run beside another has a server of its own
	with mariadb.running("-".join(filter(None, ("bench", slot))), *SERVER_OPTIONS) as server:
		other, site = (
			Site("_".join(filter(None, (name, slot))), "mariadb", app.name, app.root, server)
			for name in ("bench_other", "bench_mariadb")
		)
		with quiet():
			for each in (other, site):
				each.restore(app_template(each, say))
		other.configure()
		site.connect()
		os.environ["BENCHMARK_OTHER_SITE"] = other.name
		sys.argv = ["benchmarks", *arguments]
		try:
			runpy.run_module("benchmarks", run_name="__main__", alter_sys=True)
		except SystemExit as ended:
			return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
		finally:
			import frappe

			frappe.destroy()
	return 0
