"""A MariaDB server and a site of the proof's own, and processes that work on it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from embedded import boot, config, mariadb
from embedded.log import quiet, say
from embedded.site import Site, app_template


class Ground:
	"""The server, the site, and what every proof needs on it."""

	def __init__(self, server: mariadb.Server, site: Site):
		self.server, self.site = server, site

	def prepare(self) -> None:
		frappe = self.enter()
		from serial_tracking.tests import factories

		self.stores = factories.make_warehouse("Proof Stores")
		factories.make("Supplier", supplier_name="Proof Supplier")
		factories.make("Customer", customer_name="Proof Customer")
		factories.settings(allow_shared_series_prefix=1)
		frappe.db.commit()

	def enter(self):
		"""`frappe` with a fresh connection."""
		frappe = boot.frappe()
		with contextlib.suppress(Exception):  # of a server that was killed
			frappe.destroy()
		frappe.init(self.site.name, force=True)
		frappe.connect()
		frappe.flags.print_messages = False
		return frappe

	def item(self, prefix: str, **values: Any) -> str:
		frappe = self.enter()
		from serial_tracking.tests.factories import make_item

		code = f"{prefix}-{frappe.generate_hash(length=6)}"
		item = make_item(code, **{"serial_no_series": f"{code}-.######", **values})
		frappe.db.commit()
		return item

	def draft(self, item: str, qty: int) -> str:
		frappe = self.enter()
		from serial_tracking.tests.factories import row, voucher

		line = row(item, qty, warehouse=self.stores, rate=10)
		doc = voucher("Purchase Receipt", [line], submit=False, supplier="Proof Supplier")
		frappe.db.commit()
		return doc.name

	def start(self, function: str, **arguments: Any) -> subprocess.Popen:
		"""A worker process; its answer is its last line."""
		command = [sys.executable, "-m", "proof.worker", self.site.name, function, json.dumps(arguments)]
		path = os.pathsep.join(map(str, (config.ROOT, config.ENGINE, self.site.app_root)))
		environment = {**os.environ, "PYTHONPATH": path, "FRAPPE_SITES_PATH": str(config.SITES)}
		return subprocess.Popen(
			command,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
			env=environment,
			cwd=config.ROOT,
		)

	def restart(self) -> None:
		"""Start the server again that was killed."""
		self.server.start()


@contextlib.contextmanager
def ground(name: str = "proof", *options: str, size: str = "") -> Iterator[Ground]:
	"""A server and a site, removed afterwards; with `size` its data lies on a disk of that size."""
	name = "-".join(filter(None, (name, os.environ.get("TEST_SLOT", ""))))
	server = mariadb.Server(name, *options)
	app = config.app()
	site = Site(name.replace("-", "_"), "mariadb", app.name, app.root, server)
	with contextlib.ExitStack() as stack:
		shutil.rmtree(server.folder, ignore_errors=True)
		if size:
			server.folder.mkdir(parents=True)
			subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", server.folder], check=True)
			stack.callback(subprocess.run, ["umount", "-l", server.folder], check=False)
		server.start()
		stack.callback(server.stop)
		with quiet():
			site.restore(app_template(site, say))
		found = Ground(server, site)
		found.prepare()
		stack.callback(shutil.rmtree, site.folder, ignore_errors=True)
		stack.callback(boot.frappe().destroy)
		yield found
