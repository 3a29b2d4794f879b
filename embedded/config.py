"""Where things are, and which app this site is for. Standard library only: it runs before the venv exists."""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "embedded"
STATE = Path(os.environ.get("EMBEDDED_STATE") or ROOT / ".site").resolve()

VENV = STATE / "venv"
ENGINE = STATE / "engine"
SITES = STATE / "sites"
ASSETS = SITES / "assets"
TEMPLATES = STATE / "templates"
LOGS = STATE / "logs"
NODE = STATE / "desk"

DATABASES = ("sqlite", "mariadb")
ADMIN_PASSWORD = "admin"


@dataclass(frozen=True)
class App:
	name: str
	demo: str | None  # dotted function that fills the demo site
	root: Path  # the folder that holds the package
	logins: str | None = None  # dotted list of (email, password, who it is) of the demo company
	user: dict | None = None  # an everyday user of the demo site: name, email, password, roles
	place: dict | None = None  # of the demo company: country, currency, time_zone and other System Settings

	@property
	def package(self) -> Path:
		return self.root / self.name

	@property
	def exists(self) -> bool:
		return (self.package / "hooks.py").exists()


@lru_cache
def app() -> App:
	"""The app of this checkout, from `[tool.embedded]` of pyproject.toml."""
	settings = _toml(ROOT / "pyproject.toml")["tool"]["embedded"]
	return App(
		settings["app"],
		settings.get("demo"),
		ROOT,
		settings.get("logins"),
		settings.get("user"),
		settings.get("place"),
	)


def _toml(path: Path) -> dict:
	try:
		import tomllib
	except ImportError:  # Python 3.10: pip carries the same parser
		from pip._vendor import tomli as tomllib
	return tomllib.loads(path.read_text())


@contextlib.contextmanager
def building():
	"""One process at a time makes what lies under `.site` (the holder may enter again)."""
	global _depth
	if _depth:
		yield
		return
	STATE.mkdir(parents=True, exist_ok=True)
	with (STATE / "build.lock").open("w") as file:
		fcntl.flock(file, fcntl.LOCK_EX)
		_depth += 1
		try:
			yield
		finally:
			_depth -= 1


_depth = 0
