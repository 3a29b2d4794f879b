"""What the tests of this folder need of the machine."""

import pytest

from browser.desk import executable


@pytest.fixture(scope="session")
def installed_chromium():
	if not executable():
		pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
