"""Several processes of tests: which tests go where, and that a lost one is seen."""

from types import SimpleNamespace

import pytest

from embedded import parallel


def test_chosen_files_stay_in_one_process(monkeypatch):
	monkeypatch.setattr(parallel.os, "sched_getaffinity", lambda _: range(2), raising=False)
	assert parallel.options(["-q", "-k", "series"]) == ["-n", "2"]
	assert parallel.options(["embedded/tests/test_parallel.py::test_x[sqlite]"]) == []
	assert parallel.options(["embedded"]) == []
	assert parallel.options(["--pdb"]) == []


def test_processes_are_no_more_than_processors_and_four(monkeypatch):
	for processors, options in ((1, []), (3, ["-n", "3"]), (64, ["-n", "4"])):
		monkeypatch.setattr(parallel.os, "sched_getaffinity", lambda _, n=processors: range(n), raising=False)
		assert parallel.options([]) == options


def test_a_module_stays_together_and_jobs_of_the_browser_do_not():
	scope = parallel.Scheduling._split_scope
	module = "serial_tracking/tests/test_scan.py"
	assert scope(None, f"{module}[sqlite]::One::test_a") == scope(None, f"{module}[sqlite]::Two::test_b")
	assert scope(None, f"{module}[sqlite]::One::test_a") != scope(None, f"{module}[mariadb]::One::test_a")
	jobs = "browser/tests/test_jobs.py::test_each_step_of_a_job"
	assert scope(None, f"{jobs}[Tracing-9]") != scope(None, f"{jobs}[Labels-7]")


@pytest.mark.parametrize(
	("came_back", "missed"),
	[(["a", "b"], []), (["a"], ["b"]), (["a", "b", "b"], ["b"])],
)
def test_a_test_that_is_lost_or_run_twice_fails_the_run(came_back, missed):
	controller, session = parallel.Controller(None), SimpleNamespace(shouldstop=False, shouldfail=False)
	controller.pytest_xdist_node_collection_finished(["a", "b"])
	for test in came_back:
		for when in ("setup", "call", "teardown"):
			controller.pytest_runtest_logreport(SimpleNamespace(nodeid=test, when=when))
	session.exitstatus = pytest.ExitCode.OK
	controller.pytest_sessionfinish(session, session.exitstatus)
	assert controller.missed == missed
	assert session.exitstatus == (pytest.ExitCode.TESTS_FAILED if missed else pytest.ExitCode.OK)


def test_a_run_that_is_broken_off_misses_nothing():
	controller = parallel.Controller(None)
	controller.pytest_xdist_node_collection_finished(["a", "b"])
	session = SimpleNamespace(shouldstop="stopping after 1 failures", shouldfail=False)
	controller.pytest_sessionfinish(session, pytest.ExitCode.TESTS_FAILED)
	assert controller.missed == []
