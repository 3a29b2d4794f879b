"""`make test-bench`: the app's site tests on a real bench, and as many of them as here.

The app is taken from this working copy. Without SITE a scratch site is made and dropped again (the bench's
common_site_config.json must then hold `root_login` and `root_password` of its database); a site that is named
gets the app, if it is not there, and keeps it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from embedded import config, epcis
from embedded.log import say

SCRATCH = "embedded-scratch.localhost"


class Bench:
	def __init__(self, folder: str):
		self.folder = Path(folder).resolve()
		if not (self.folder / "sites/apps.txt").exists():
			sys.exit(f"{folder} is not a bench")
		self.python = self.folder / "env/bin/python"

	def run(self, *arguments, check=True, **options) -> subprocess.CompletedProcess:
		"""A command of the framework, as `bench ARGUMENTS` runs it."""
		command = [self.python, "-m", "frappe.utils.bench_helper", "frappe", *arguments]
		return subprocess.run(command, cwd=self.folder / "sites", check=check, **options)

	def output(self, *arguments) -> str:
		return self.run(*arguments, stdout=subprocess.PIPE, text=True).stdout

	@property
	def apps(self) -> list[str]:
		return (self.folder / "sites/apps.txt").read_text().split()

	def link(self, app: config.App) -> None:
		"""Make the working copy an app of the bench, unless the bench has one already."""
		target = self.folder / "apps" / app.name
		known = app.name in self.apps
		if known and target.resolve() != app.root:
			say(f"Testing the copy in {target}, not this one")
			return
		if not known:
			target.symlink_to(app.root)
		# again each time: what the app needs may have grown
		subprocess.run([self.python, "-m", "pip", "install", "--quiet", "-e", target], check=True)
		if known:
			return
		(self.folder / "sites/apps.txt").write_text("\n".join([*self.apps, app.name]) + "\n")


def run(folder: str, site: str) -> int:
	app, bench = config.app(), Bench(folder)
	here = _collected()
	bench.link(app)
	scratch = not site
	site = site or SCRATCH
	if scratch:
		say(f"Making the site {site}")
		bench.run("new-site", site, "--force", "--admin-password", config.ADMIN_PASSWORD, *_root(bench))
	try:
		if app.name not in re.findall(r"^\w+", bench.output("--site", site, "list-apps"), re.M):
			say(f"Installing {app.name} on {site}")
			bench.run("--site", site, "install-app", app.name)
		else:
			bench.run("--site", site, "migrate")
		bench.run("--site", site, "set-config", "allow_tests", "true")
		if shutil.which("node"):
			os.environ[f"{app.name.upper()}_EPCIS_VALIDATOR"] = json.dumps(epcis.command())
		say("Running the tests")
		done = bench.run(
			*("--site", site, "run-tests", "--app", app.name),
			check=False,
			env={**os.environ, "CI": "1"},  # without it Frappe 15 ends with 0 though tests failed
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
		)
	finally:
		if scratch:
			bench.run("drop-site", site, "--force", "--no-backup", *_root(bench), check=False)
	print(done.stdout)
	ran = sum(int(number) for number in re.findall(r"^Ran (\d+) tests?", done.stdout, re.M))
	say(f"On the bench: {ran} tests, exit code {done.returncode}. Here, for one database: {here}.")
	if ran != here:
		say("The numbers differ.")
	return int(bool(done.returncode) or ran != here)


def _root(bench: Bench) -> list[str]:
	settings = json.loads((bench.folder / "sites/common_site_config.json").read_text())
	name = os.environ.get("DB_ROOT_USER") or settings.get("root_login") or "root"
	password = os.environ.get("DB_ROOT_PASSWORD") or settings.get("root_password")
	if password is None:
		sys.exit("Give DB_ROOT_PASSWORD (and DB_ROOT_USER), or name a site: make test-bench BENCH=… SITE=…")
	# the short forms are common to Frappe 15 and 16
	return ["--db-root-username", name, "--db-root-password", password]


def _collected() -> int:
	"""Number of the app's tests for one database, the pure ones included."""
	command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(config.app().package)]
	listing = subprocess.run(
		command, cwd=config.ROOT, env={**os.environ, "DB": "sqlite"}, capture_output=True, text=True
	)
	if listing.returncode:
		sys.exit(listing.stdout + listing.stderr)
	return sum("::" in line for line in listing.stdout.splitlines())
