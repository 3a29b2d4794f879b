"""The validator of the npm package epcis2.js, for tests that export EPCIS documents.

`python -m embedded.epcis` reads a JSON list of documents and prints for each the list of what is wrong with it.
The test run names this command in the environment (see `embedded/README.md`); packages are installed when it is
first called. Of them only epcis2.js itself runs, which is bundled; its dependency `fs`, a placeholder that
registries hold back, is replaced in package.json.
"""

import subprocess
import sys
from pathlib import Path

from embedded import config, npm

HERE = Path(__file__).parent


def command() -> list[str]:
	"""How another process calls the validator, whatever folder it runs in."""
	return ["env", f"PYTHONPATH={config.ROOT}", sys.executable, "-m", "embedded.epcis"]


def main() -> int:
	target = config.STATE / "epcis"
	with config.building():
		npm.install(HERE, target, "the EPCIS validator", lambda text: print(text, file=sys.stderr))
	return subprocess.run(["node", HERE / "validate.js"], cwd=target).returncode
