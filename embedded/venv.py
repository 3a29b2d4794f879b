"""The Python environment of the site: made by pip from the lock files, hash by hash."""

import hashlib
import os
import subprocess
import sys

from embedded import config

LOCKS = {"site": config.HERE / "requirements.lock", "test": config.HERE / "requirements-test.lock"}
PYTHON = config.VENV / "bin" / "python"


def ensure(*parts: str, say=print) -> bool:
	"""Install the locked packages of the named parts; True if something was done."""
	done = False
	for part in parts:
		lock, stamp = LOCKS[part], config.VENV / f"{part}.lock-installed"
		wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
		if stamp.exists() and stamp.read_text() == wanted:
			continue
		_create(say)
		say(f"Installing Python packages ({lock.name})")
		command = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
		# --no-deps: the lock is complete, and leaves out what the engine names but this site does without
		subprocess.run([*command, "--no-deps", "--require-hashes", "-r", lock], check=True)
		stamp.write_text(wanted)
		done = True
	return done


def _create(say) -> None:
	if PYTHON.exists():
		return
	if not (3, 10) <= sys.version_info < (3, 14):
		sys.exit(
			f"Python 3.10 to 3.13 is needed, this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 …"
		)
	say(f"Making a Python environment in {config.VENV}")
	result = subprocess.run([sys.executable, "-m", "venv", config.VENV], capture_output=True, text=True)
	if result.returncode:
		sys.exit(f"{result.stdout}{result.stderr}\nOn Debian: apt-get install python3-venv")


def enter() -> None:
	"""Go on in the environment's Python, with the same arguments."""
	if os.path.realpath(sys.prefix) != os.path.realpath(config.VENV):
		os.execv(PYTHON, [str(PYTHON), "-m", "embedded", *sys.argv[1:]])
