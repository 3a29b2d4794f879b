"""What the engine prints while it installs and migrates goes to `.site/logs/site.log`."""

import contextlib

from embedded import config


@contextlib.contextmanager
def quiet():
	config.LOGS.mkdir(parents=True, exist_ok=True)
	with (config.LOGS / "site.log").open("a") as log, contextlib.redirect_stdout(log):
		yield
