"""A site with a server of its own, for tests that come from outside."""

import contextlib
import signal
import socket
import subprocess
import sys

import requests

from embedded import config, desk


class Live:
	"""A site served by a process of its own, and a client that is logged in to it."""

	def __init__(self, site, port: int):
		self.site = site
		self.url = f"http://127.0.0.1:{port}"
		self.session = self.login("Administrator", config.ADMIN_PASSWORD)

	def login(self, user: str, password: str) -> requests.Session:
		session = requests.Session()
		session.headers["Accept"] = "application/json"
		answer = session.post(f"{self.url}/api/method/login", {"usr": user, "pwd": password}, timeout=60)
		answer.raise_for_status()
		return session

	def get(self, path: str, **options) -> requests.Response:
		return self.session.get(self.url + path, timeout=60, **options)

	def post(self, path: str, data: dict, session=None, **options) -> requests.Response:
		return (session or self.session).post(self.url + path, json=data, timeout=60, **options)

	def add_user(self, email: str, password: str, **values) -> requests.Session:
		"""A client that is logged in as a user, who is made if there is none."""
		if not self.count("User", name=email):
			user = {"email": email, "send_welcome_email": 0, "new_password": password, **values}
			self.post("/api/resource/User", user).raise_for_status()
		return self.login(email, password)

	def count(self, doctype: str, **filters) -> int:
		return self.post(
			"/api/method/frappe.client.get_count", {"doctype": doctype, "filters": filters}
		).json()["message"]


@contextlib.contextmanager
def serving(site):
	"""Serve a site on a free port, the Desk of its app built; yields a `Live`."""
	with config.building():
		desk.build({"frappe": config.ENGINE / "frappe", site.app: site.app_root / site.app})
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	command = [sys.executable, "-m", "embedded.server", site.name, str(port)]
	errors = config.LOGS / f"live-{site.name}.log"
	with errors.open("w") as log:
		process = subprocess.Popen(command, cwd=config.ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
	try:
		assert process.stdout.readline() == "ready\n", errors.read_text()
		yield Live(site, port)
	finally:
		process.send_signal(signal.SIGINT)
		assert process.wait(20) == 0
