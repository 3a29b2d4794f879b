"""`python -m embedded COMMAND`: everything that the Makefile calls, and a few things for developers.

Standard library only at the top: the first call comes before the environment exists.
"""

import argparse
import json
import os
import signal
import subprocess
import sys

from embedded import config, venv
from embedded.log import say


def main() -> int:
	parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
	commands = parser.add_subparsers(dest="command", required=True)

	def command(name, function, help):
		sub = commands.add_parser(name, help=help)
		sub.set_defaults(run=function)
		return sub

	demo = command("demo", _demo, "build what is missing, then serve Desk and REST")
	demo.add_argument("--db", choices=config.DATABASES, default=os.environ.get("DB") or "sqlite")
	demo.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
	demo.add_argument("--no-serve", action="store_true", help="only build and migrate")

	test = command("test", _test, "run the tests; arguments go to pytest")
	test.add_argument("arguments", nargs=argparse.REMAINDER)

	command("lint", _lint, "run ruff")
	command("prepare", _prepare, "make the environment and the engine, nothing else")

	benchmarks = command("benchmarks", _benchmarks, "run `python -m benchmarks` on a fresh MariaDB site")
	benchmarks.add_argument("arguments", nargs=argparse.REMAINDER)

	proof = command("proof", _proof, "run `python -m proof`: random sequences, faults, many processes")
	proof.add_argument("arguments", nargs=argparse.REMAINDER)

	bench = command("test-bench", _test_bench, "run the site tests on a real bench, and compare their number")
	bench.add_argument("--bench", required=True, help="folder of the bench")
	bench.add_argument("--site", default="", help="a site of it; without, one is made and dropped")

	for name, function, help in (
		("execute", _execute, "call a dotted function on a site and print what it returns as JSON"),
		("console", _console, "a Python prompt connected to a site"),
		("migrate", _migrate, "migrate a site"),
	):
		sub = command(name, function, help)
		sub.add_argument(
			"--site", default="demo_sqlite", help="folder under .site/sites (default: %(default)s)"
		)
		if name == "execute":
			sub.add_argument("function")
			sub.add_argument("--args", default="[]", help="JSON list")
			sub.add_argument("--kwargs", default="{}", help="JSON object")
			sub.add_argument("--user", help="run as this user")

	arguments = parser.parse_args()
	try:
		return arguments.run(arguments) or 0
	except KeyboardInterrupt:
		return 130
	except Exception as error:
		from embedded.mariadb import ServerError

		if not isinstance(error, ServerError):
			raise
		sys.exit(str(error))


def _ready(*parts: str) -> None:
	"""Environment and engine in place, and this process in the environment."""
	with config.building():
		venv.ensure(*parts, say=say)
	venv.enter()

	from embedded import engine

	with config.building():
		if engine.build():
			say("Framework built")


def _prepare(arguments) -> None:
	_ready("site", "test")


def _demo(arguments) -> int:
	_ready("site")
	from embedded import demo

	return demo.run(arguments.db, arguments.port, serve=not arguments.no_serve)


def _lint(arguments) -> int:
	venv.ensure("site", "test", say=say)
	ruff = config.VENV / "bin" / "ruff"
	checks = ([ruff, "check", "."], [ruff, "format", "--check", "."])
	return max(subprocess.run(check, cwd=config.ROOT).returncode for check in checks)


def _test(arguments) -> int:
	_ready("site", "test")
	from embedded import mariadb, parallel, system

	system.install_programs(say)
	asked = [a for a in arguments.arguments if a != "--"]
	command = [sys.executable, "-m", "pytest", *parallel.options(asked), *asked]
	# a process of its own: pytest rewrites assertions of what it imports itself
	with subprocess.Popen(command, cwd=config.ROOT) as process:
		# a Ctrl-C is for pytest, which tidies up; it comes to both
		signal.signal(signal.SIGINT, signal.SIG_IGN)
		process.wait()
	mariadb.stop_orphans()  # of a process that it had to kill
	return process.returncode


def _connect(name: str):
	"""`frappe` on a site that is there already; for MariaDB its server must be running."""
	_ready("site")
	from embedded import boot

	frappe = boot.frappe()
	frappe.init(name, force=True)
	frappe.connect()
	return frappe


def _execute(arguments) -> None:
	frappe = _connect(arguments.site)
	if frappe.conf.allow_tests:
		from frappe.tests.utils import toggle_test_mode

		toggle_test_mode(True)
	if arguments.user:
		frappe.set_user(arguments.user)
	function = frappe.get_attr(arguments.function)
	try:
		result = function(*json.loads(arguments.args), **json.loads(arguments.kwargs))
		frappe.db.commit()
	except BaseException:
		frappe.db.rollback()
		raise
	finally:
		frappe.destroy()
	if result is not None:
		print(json.dumps(result, default=str))


def _console(arguments) -> None:
	import code

	frappe = _connect(arguments.site)
	code.interact(banner=f"frappe, on {arguments.site}", local={"frappe": frappe})


def _migrate(arguments) -> None:
	_connect(arguments.site)
	from frappe.migrate import SiteMigration

	SiteMigration(skip_search_index=True).run(arguments.site)


def _benchmarks(arguments) -> int:
	_ready("site", "test")
	from embedded import benchmarks

	return benchmarks.run([a for a in arguments.arguments if a != "--"])


def _proof(arguments) -> int:
	_ready("site", "test")
	from embedded import system

	system.install_programs(say)
	return subprocess.run(
		[sys.executable, "-m", "proof", *arguments.arguments],
		cwd=config.ROOT,
		env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (config.ROOT, config.ENGINE)))},
	).returncode


def _test_bench(arguments) -> int:
	_ready("site", "test")
	from embedded import bench_tests

	return bench_tests.run(arguments.bench, arguments.site)
