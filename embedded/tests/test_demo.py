"""What `make demo` tells whoever has never seen the app."""

import pytest

from embedded import config, demo


@pytest.fixture
def announced(monkeypatch):
	def announce() -> list[str]:
		told: list[str] = []
		monkeypatch.setattr(demo, "say", told.append)
		demo._announce(8000)
		return told

	return announce


def test_the_demo_names_every_login_of_its_company(announced):
	told = announced()
	for login in ("Administrator", "storekeeper@", "manager@", "planner@", "technician@", "customer@"):
		assert sum(line.startswith(login) and "password:" in line for line in told) == 1, login


def test_a_company_that_names_none_has_the_everyday_user(announced, monkeypatch):
	app = config.App("stall", None, config.ROOT, None, {"email": "a@example.com", "password": "b"})
	monkeypatch.setattr(config, "app", lambda: app)
	assert [line.split()[0] for line in announced()] == ["Administrator", "a@example.com"]
