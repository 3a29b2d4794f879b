"""Static files and bundles of the Desk under `.site/sites/assets`, as a bench lays them out."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from embedded import config, npm

HERE = Path(__file__).parent


def build(apps: dict[str, Path], say=print) -> None:
	"""Bring the assets of the apps (name → package folder) up to date."""
	config.ASSETS.mkdir(parents=True, exist_ok=True)
	for name, package in apps.items():
		_link_public(name, package)
	stale = {name: package for name, package in apps.items() if _stamp(name) != _fingerprint(package)}
	if not stale:
		return
	npm.install(HERE, config.NODE, "the Desk's npm packages", say)
	say(f"Building the Desk's bundles for {', '.join(stale)}")
	options = {
		"engine": str(config.ENGINE / "frappe"),
		"assets": str(config.ASSETS),
		"apps": {name: str(package) for name, package in stale.items()},
	}
	command = ["node", str(HERE / "build.js"), json.dumps(options)]
	result = subprocess.run(command, cwd=config.NODE, capture_output=True, text=True)
	if result.returncode:
		sys.exit(f"The Desk's bundles could not be built:\n{result.stderr}")
	for name, package in stale.items():
		(config.ASSETS / f"{name}.built").write_text(_fingerprint(package))


def _link_public(name: str, package: Path) -> None:
	"""Link what lies in an app's public folder; only `dist` is a folder of our own."""
	target = config.ASSETS / name
	target.mkdir(exist_ok=True)
	public = package / "public"
	wanted = {entry.name: entry for entry in public.iterdir()} if public.exists() else {}
	if name == "frappe":
		wanted["node_modules"] = config.NODE / "node_modules"
	wanted.pop("dist", None)
	for link in target.iterdir():
		if link.is_symlink() and (link.name not in wanted or os.readlink(link) != str(wanted[link.name])):
			link.unlink()
	for entry, source in wanted.items():
		if not (target / entry).is_symlink():
			(target / entry).symlink_to(source)


def _stamp(name: str) -> str:
	file = config.ASSETS / f"{name}.built"
	return file.read_text() if file.exists() and (config.ASSETS / "assets.json").exists() else ""


def _fingerprint(package: Path) -> str:
	digest = hashlib.sha256((HERE / "build.js").read_bytes() + (HERE / "package-lock.json").read_bytes())
	if package == config.ENGINE / "frappe":
		digest.update((config.ENGINE / "fingerprint").read_bytes())
	else:
		for file in sorted((package / "public").rglob("*")):
			if file.is_file():
				digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
	return digest.hexdigest()
