"""Makes `frappe` for this site out of the engine's package, under `.site/engine`.

The package on PyPI is Frappe 16 under another name, cut down to one site and one app. The copy made here gets
the framework's names back (module paths, class names, asset and header names alike, in Python, JavaScript and
templates), whole files from `overlay/`, and the single-place changes of `edits.py`. Nothing is patched at run
time and nothing in site-packages is touched.
"""

import hashlib
import shutil
from pathlib import Path

from embedded import config
from embedded.engine.edits import EDITS

PACKAGE = "monoframe"
NAMES = tuple((name(PACKAGE).encode(), name("frappe").encode()) for name in (str.lower, str.title, str.upper))
BINARY = {".db", ".gif", ".ico", ".jpg", ".mp3", ".otf", ".png", ".ttf", ".eot", ".woff", ".woff2", ".zip"}
OVERLAY = Path(__file__).parent / "overlay"


def build() -> bool:
	"""Make or renew the engine; True if something was done."""
	source = _installed()
	stamp, fingerprint = config.ENGINE / "fingerprint", _fingerprint(source)
	if stamp.exists() and stamp.read_text() == fingerprint:
		return False
	fresh = config.ENGINE.with_name("engine.new")
	shutil.rmtree(fresh, ignore_errors=True)
	rename(source, fresh / "frappe")
	# the stubs of the test helpers become a package that adds to them
	helpers = fresh / "frappe/tests/utils"
	helpers.mkdir()
	helpers.with_suffix(".py").rename(helpers / "_engine.py")
	shutil.copytree(OVERLAY, fresh, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
	for edit in EDITS:
		edit.apply(fresh / "frappe")
	(fresh / "fingerprint").write_text(fingerprint)
	old = config.ENGINE.with_name("engine.old")
	shutil.rmtree(old, ignore_errors=True)
	if config.ENGINE.exists():
		config.ENGINE.rename(old)
	fresh.rename(config.ENGINE)
	shutil.rmtree(old, ignore_errors=True)
	return True


def rename(source: Path, target: Path) -> None:
	"""Copy the package, giving Frappe's names back in file names and contents."""
	for path in source.rglob("*"):
		relative = path.relative_to(source)
		if path.is_dir() or "__pycache__" in relative.parts:
			continue
		copy = target / str(relative).replace(PACKAGE, "frappe")
		copy.parent.mkdir(parents=True, exist_ok=True)
		content = path.read_bytes()
		if path.suffix not in BINARY:
			for theirs, ours in NAMES:
				content = content.replace(theirs, ours)
		copy.write_bytes(content)


def fingerprint() -> str:
	return (config.ENGINE / "fingerprint").read_text()


def _installed() -> Path:
	return next(config.VENV.glob(f"lib/python*/site-packages/{PACKAGE}"))


def _fingerprint(source: Path) -> str:
	record = next(source.parent.glob(f"{PACKAGE}-*.dist-info/RECORD"))
	digest = hashlib.sha256(record.read_bytes())
	for path in sorted(Path(__file__).parent.rglob("*")):
		if path.is_file() and "__pycache__" not in path.parts:
			digest.update(str(path.relative_to(OVERLAY.parent)).encode() + path.read_bytes())
	return digest.hexdigest()
