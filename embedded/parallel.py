"""`make test` in several processes: which tests stay together, and that none is lost on the way.

pytest-xdist runs the processes. Each has sites and a MariaDB server of its own, named after it, so that they never
meet; a module of tests stays in one process, as it does on a bench.
"""

import os
from collections import Counter
from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

MOST = 4  # processes: each takes about 1 GB of memory, for a MariaDB server, a browser and itself
# every test of these takes long and needs nothing of its neighbours
APART = ("browser/tests/test_jobs.py",)


def options(arguments: Sequence[str]) -> list[str]:
	"""What pytest is told before `arguments`: the whole suite goes to several processes, chosen files to one.

	`-n 3` and `-n 0` among the arguments have the last word.
	"""
	chosen = any(os.path.exists(argument.split("::")[0].split("[")[0]) for argument in arguments)
	processes = min(
		MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
	)
	if chosen or processes < 2 or {"--pdb", "no:xdist", "-pno:xdist"} & set(arguments):
		return []
	return ["-n", str(processes)]


def process() -> str:
	"""The name of this process among several, such as "gw0"; empty where there is one."""
	return os.environ.get("PYTEST_XDIST_WORKER", "")


class Scheduling(LoadScopeScheduling):
	"""Gives a module to the next process that is free, in the order of the run."""

	def _split_scope(self, nodeid: str) -> str:
		return nodeid if nodeid.startswith(APART) else nodeid.partition("::")[0]


class Controller:
	"""A plugin of the process that hands out the tests: counts what was found, and what came back."""

	def __init__(self, config: pytest.Config):
		self.config = config
		self.found: set[str] = set()
		self.run: Counter[str] = Counter()

	@pytest.hookimpl
	def pytest_xdist_make_scheduler(self, config, log):
		config.option.loadscopereorder = False  # long ones come first already
		return Scheduling(config, log)

	@pytest.hookimpl(optionalhook=True)
	def pytest_xdist_node_collection_finished(self, ids):
		self.found.update(ids)

	def pytest_runtest_logreport(self, report):
		if report.when == "setup" or report.when == "???":  # the latter tells of a process that has died
			self.run[report.nodeid] += 1

	@property
	def wrong(self) -> list[str]:
		"""Tests that were not run, or more than once."""
		return sorted(test for test in self.found | set(self.run) if self.run[test] != 1)

	@pytest.hookimpl(tryfirst=True)
	def pytest_sessionfinish(self, session, exitstatus):
		# after `-x` or Ctrl-C there is nothing to miss
		ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not session.shouldstop
		self.missed = self.wrong if ended and not session.shouldfail else []
		if self.missed:
			session.exitstatus = pytest.ExitCode.TESTS_FAILED

	def pytest_terminal_summary(self, terminalreporter):
		count = self.config.getoption("numprocesses")
		terminalreporter.write_line(
			f"{len(self.found)} tests found, {len(self.run)} run, in {count} processes"
		)
		for test in self.missed:
			terminalreporter.write_line(f"run {self.run[test]} times instead of once: {test}", red=True)
