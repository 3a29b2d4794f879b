"""npm packages, installed from a lock file into a folder under `.site`."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

FILES = ("package.json", "package-lock.json", ".npmrc")


def install(source: Path, target: Path, what: str, say=print) -> None:
	"""Install what the files in `source` lock into `target`, unless it is there already."""
	wanted = hashlib.sha256(b"".join((source / name).read_bytes() for name in FILES)).hexdigest()
	stamp = target / "installed"
	if stamp.exists() and stamp.read_text() == wanted:
		return
	for program in ("node", "npm"):
		if not shutil.which(program):
			sys.exit(
				f"{program} is not installed; Node 18 or later is needed. On Debian: apt-get install nodejs npm"
			)
	say(f"Installing {what}")
	target.mkdir(parents=True, exist_ok=True)
	for name in FILES:
		shutil.copy(source / name, target)
	result = subprocess.run(
		["npm", "ci", "--no-progress"],
		cwd=target,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
	)
	if result.returncode:
		sys.exit(f"{what} could not be installed:\n{result.stdout}")
	stamp.write_text(wanted)
