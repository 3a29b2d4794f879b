"""Programs from outside Python that the test run needs."""

import os
import shutil
import subprocess
import sys

from embedded import mariadb

PACKAGES = {"mariadb-server": mariadb.installed, "redis-server": lambda: bool(shutil.which("redis-server"))}


def install_databases(say) -> None:
	"""As root on Debian install what is missing; elsewhere leave it to the user, who is told by the run."""
	if os.environ.get("DB") == "sqlite":
		return
	missing = [name for name, installed in PACKAGES.items() if not installed()]
	if not missing:
		return
	command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
	if os.getuid() != 0 or not shutil.which("apt-get"):
		# Redis is of use only on a bench; MariaDB is half of the suite
		if "mariadb-server" in missing:
			sys.exit(f"Missing: {' '.join(missing)}. On Debian: {' '.join(command)}. Or: DB=sqlite make test")
		return
	say(f"Installing {' '.join(missing)}")
	# no service is to be started: the servers here are private ones
	environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
	subprocess.run(["apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL)
	subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
