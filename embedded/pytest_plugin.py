"""Runs the app's unittest files under pytest: site tests once per database, pure ones once without a site.

`serial_tracking/**/test_*.py` are plain unittest modules, as `bench run-tests` finds them. Here each becomes
`path[sqlite]` and `path[mariadb]`; modules in a folder named `pure` need no site and run once. `DB=sqlite` (or
`mariadb`) in the environment limits the run to one database.

Every database gets its site from a template: the app freshly installed, and renewed only when something that
its installation reads has changed. Several processes (`parallel.py`) have a site of each kind each.
"""

import contextlib
import fcntl
import json
import os
import sys
import time
from pathlib import Path

import pytest
from _pytest.unittest import UnitTestCase

from embedded import boot, config, epcis, mariadb, parallel
from embedded.config import ROOT
from embedded.log import quiet
from embedded.site import Site, app_template

EXECUTE = "EXECUTE_ON_SITE"  # see embedded/README.md, "Several processes"


def databases() -> tuple[str, ...]:
	asked = os.environ.get("DB") or os.environ.get("TEST_DB")
	return (asked,) if asked else config.DATABASES


class Sites:
	"""Test sites of this run, made when the first test asks for one."""

	def __init__(self, say):
		self.say = say
		self.current: str | None = None
		self._sites: dict[tuple[str, str, str], Site] = {}
		self._stack = contextlib.ExitStack()
		self._server: mariadb.Server | None = None
		self._slot = os.environ.get("TEST_SLOT", "") + parallel.process()

	def connect(self, db: str, app: str, root: Path):
		site = self.site(db, app, root)
		if self.current != site.name:
			frappe = site.connect()
			_enter_test_mode(frappe)
			self.current = site.name
			self.export(site)
		return site

	def site(self, db: str, app: str, root: Path, use: str = "") -> Site:
		"""Restore the site from its template on first use in this run; `use` names one beside the usual one."""
		if (db, app, use) not in self._sites:
			if not self._sites:
				self.lock()
			server = self._mariadb() if db == "mariadb" else None
			name = "_".join(
				filter(None, ("test", use, app if app != config.app().name else "", db, self._slot))
			)
			site = Site(name, db, app, root, server)
			started = time.monotonic()
			with quiet():
				template = app_template(site, self.say)
				site.restore(template)
				site.configure(allow_tests=1)
			self.say(f"{db} site ready in {time.monotonic() - started:.1f} s")
			self._sites[db, app, use] = site
			self.current = None
		return self._sites[db, app, use]

	def export(self, site: Site) -> None:
		"""Tell the tests how another process gets at the site they run on."""
		command = [sys.executable, "-m", "embedded", "execute", "--site", site.name]
		os.environ["PYTHONPATH"] = os.pathsep.join((str(config.ROOT), str(site.app_root)))
		os.environ[f"{config.app().name.upper()}_EPCIS_VALIDATOR"] = json.dumps(epcis.command())
		os.environ[EXECUTE] = os.environ[f"{config.app().name.upper()}_EXECUTE"] = json.dumps(command)

	def _mariadb(self) -> mariadb.Server:
		if not self._server:
			if not mariadb.installed():
				pytest.exit(
					"MariaDB is not installed (Debian: apt-get install mariadb-server)."
					" To leave it out on purpose: DB=sqlite make test",
					returncode=1,
				)
			name = "-".join(filter(None, ("test", self._slot)))
			self._server = self._stack.enter_context(mariadb.running(name))
		return self._server

	def lock(self, kind: str = "") -> None:
		"""Two runs at once would share their sites: the second waits (or takes TEST_SLOT=2 for its own)."""
		config.STATE.mkdir(exist_ok=True)
		lock = self._stack.enter_context((config.STATE / f"test{self._slot}{kind}.lock").open("w"))
		try:
			fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			self.say("Waiting for another test run of this checkout")
			fcntl.flock(lock, fcntl.LOCK_EX)

	def close(self) -> None:
		if self._sites:
			boot.frappe().destroy()
		self._stack.close()


def _enter_test_mode(frappe) -> None:
	from frappe.tests.utils import toggle_test_mode

	toggle_test_mode(True)
	frappe.flags.print_messages = False


# ---- collection -----------------------------------------------------------------------------------------


class SiteModule(pytest.Module):
	"""A module of unittest classes, for one database."""

	@classmethod
	def of(cls, parent, path: Path, db: str):
		nodeid = f"{path.relative_to(parent.config.rootpath).as_posix()}[{db}]"
		module = cls.from_parent(parent, path=path, nodeid=nodeid)
		module.db = db
		module.sites = parent.config.sites
		return module

	def _getobj(self):
		# on a bench too a site is connected when test modules are imported
		if not self.sites.current:
			self.sites.connect(self.db, config.app().name, config.ROOT)
		return super()._getobj()

	def collect(self):
		return _test_cases(self, super().collect())


class PureModule(pytest.Module):
	"""A module of unittest classes that need no database."""

	def collect(self):
		return _test_cases(self, super().collect())


def _test_cases(module: pytest.Module, found) -> list:
	"""What `bench run-tests` would run: unittest classes, of this module's own."""
	return [
		item
		for item in found
		if isinstance(item, UnitTestCase) and item.obj.__module__ == module.obj.__name__
	]


def pytest_configure(config: pytest.Config):
	terminal = config.pluginmanager.getplugin("terminalreporter")

	def say(text):
		if terminal:
			terminal.ensure_newline()
			terminal.write_line(text)

	config.sites = Sites(say)
	config.add_cleanup(config.sites.close)
	if config.getoption("numprocesses", None):
		config.sites.lock("together")  # a process cannot say that it waits
		config.pluginmanager.register(parallel.Controller(config))
	_be_patient()
	boot.frappe()
	boot.add_path(ROOT)


def _be_patient() -> None:
	"""Hypothesis takes a slow machine for a slow test: here others run beside it."""
	from hypothesis import HealthCheck, settings

	settings.register_profile("beside-others", deadline=None, suppress_health_check=[HealthCheck.too_slow])
	settings.load_profile("beside-others")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent):
	found = yield
	app = config.app()
	if not file_path.is_relative_to(app.package) or not file_path.match("test_*.py"):
		return found
	if "pure" in file_path.relative_to(app.package).parts:
		return [PureModule.from_parent(parent, path=file_path)]
	return [SiteModule.of(parent, file_path, db) for db in databases()]


def pytest_collection_modifyitems(items):
	"""Pure tests first, then one database after the other; the adapter's own tests last.

	Of several processes none should begin a long test when the others have no more to do: the browser's come first.
	"""

	def order(item):
		if parallel.process() and item.nodeid.startswith("browser/"):
			return -1
		module = item.getparent(SiteModule)
		if module:
			return 1 + config.DATABASES.index(module.db)
		return 0 if item.getparent(PureModule) else 9

	items.sort(key=order)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
	if module := item.getparent(SiteModule):
		module.sites.connect(module.db, config.app().name, config.ROOT)
