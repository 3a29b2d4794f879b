"""Programs from outside Python that the test run needs."""

import os
import shutil
import subprocess
import sys

from embedded import mariadb

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
	"""The browser that the tests of the Desk use."""
	return next(filter(None, map(shutil.which, BROWSERS)), None)


DATABASES = {"mariadb-server": mariadb.installed, "redis-server": lambda: bool(shutil.which("redis-server"))}
OTHERS = {"chromium": browser, "wkhtmltopdf": lambda: bool(shutil.which("wkhtmltopdf"))}
NOT_EVERYWHERE = {"wkhtmltopdf"}  # Debian 13 has none


def install_programs(say) -> None:
	"""As root on Debian install what is missing; elsewhere leave it to the user, who is told by the run."""
	wanted = OTHERS if os.environ.get("DB") == "sqlite" else {**DATABASES, **OTHERS}
	missing = [name for name, installed in wanted.items() if not installed()]
	if not missing:
		return
	needed = [name for name in missing if name not in NOT_EVERYWHERE]
	install = ["apt-get", "install", "-y", "--no-install-recommends"]
	if os.getuid() != 0 or not shutil.which("apt-get"):
		# Redis is of use only on a bench, and tests of the Desk are passed over; MariaDB is half of the suite
		if "mariadb-server" in missing:
			sys.exit(
				f"Missing: {' '.join(missing)}. On Debian: {' '.join([*install, *needed])}. Or: DB=sqlite make test"
			)
		return
	say(f"Installing {' '.join(missing)}")
	# no service is to be started: the servers here are private ones
	environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
	subprocess.run(["apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL)
	for names, must_be in ((needed, True), (sorted(NOT_EVERYWHERE.intersection(missing)), False)):
		if names:
			subprocess.run([*install, *names], env=environment, stdout=subprocess.DEVNULL, check=must_be)
