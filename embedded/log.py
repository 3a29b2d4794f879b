"""What people read while they wait, and what goes to `.site/logs/site.log` instead: the engine's own talk."""

import contextlib
import sys

from embedded import config


@contextlib.contextmanager
def quiet():
	config.LOGS.mkdir(parents=True, exist_ok=True)
	with (config.LOGS / "site.log").open("a") as log, contextlib.redirect_stdout(log):
		yield


def say(text: str) -> None:
	"""A line of progress, past the redirection of what the engine prints."""
	print(f"  {text}", file=sys.__stdout__, flush=True)
