"""What only reads is answered by the read replica; what writes is not: with two real servers that replicate.

The replica is stopped in the middle, so that it stays behind: a method that asks it gives the old answer, while
a voucher still sees what is so. Its user may do nothing but SELECT. Needs an installed mariadbd; both servers and
the site are made for the run and removed after it. docs/scaling.md says how a site is set up so.

make proof ARGS=replica
"""

import contextlib
import json
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from embedded import boot, config, mariadb
from embedded.log import quiet, say
from embedded.site import Site, app_template

COMMON = ("--skip-networking=0", "--bind-address=127.0.0.1")
SECONDS_TO_CATCH_UP = 60
GTIN = "04012345678901"


def run() -> list[str]:
	"""Print what each method answers while the replica is stopped; a line for each that is wrong."""
	with _pair() as (primary, replica, port):
		app = config.app()
		site = Site("proof_replica", "mariadb", app.name, app.root, primary)
		try:
			with quiet():
				site.restore(app_template(site, say))
			reader, password = "replica_reader", secrets.token_urlsafe(16)
			primary.run(
				f"CREATE OR REPLACE USER '{reader}'@'127.0.0.1' IDENTIFIED BY '{password}'",
				f"GRANT SELECT ON `{site.database}`.* TO '{reader}'@'127.0.0.1'",
			)
			site.configure(
				allow_tests=1,
				read_from_replica=1,
				replica_host="127.0.0.1",
				replica_db_port=port,
				different_credentials_for_replica=1,
				replica_db_name=reader,
				replica_db_user=reader,
				replica_db_password=password,
			)
			return Proof(site, primary, replica).run()
		finally:
			boot.frappe().destroy()
			shutil.rmtree(site.folder, ignore_errors=True)


class Proof:
	def __init__(self, site: Site, primary: mariadb.Server, replica: mariadb.Server):
		self.site, self.primary, self.replica = site, primary, replica
		self.wrong: list[str] = []

	def run(self) -> list[str]:
		self.prepare()
		self.catch_up()
		calls = self.calls()
		before = {name: self.answer(call) for name, call in calls.items()}
		self.replica.run("STOP SLAVE SQL_THREAD")
		self.change()
		print(f"{'':44}{'the replica, behind':>24}{'the primary':>24}{'the replica, caught up':>26}")
		stopped = {name: self.answer(call) for name, call in calls.items()}
		now = {name: self.answer(call, replica=False) for name, call in calls.items()}
		self.post()
		self.replica.run("START SLAVE SQL_THREAD")
		self.catch_up()
		for name, call in calls.items():
			late = self.answer(call)
			print(f"{name:44}{stopped[name]!s:>24}{now[name]!s:>24}{late!s:>26}")
			self.expect(stopped[name] == before[name], f"{name} was not answered by the replica")
			self.expect(stopped[name] != now[name], f"{name} shows no difference: it proves nothing")
			self.expect(late == self.answer(call, replica=False), f"{name} differs after catching up")
		return self.wrong

	def expect(self, so: bool, otherwise: str) -> None:
		if not so:
			self.wrong.append(otherwise)

	# ---- the site ---------------------------------------------------------------------------------------

	def prepare(self) -> None:
		frappe = self.enter(replica=False)
		from serial_tracking.tests import factories as f

		self.stores = f.make_warehouse("Proof Stores")
		f.make("Supplier", supplier_name="Proof Supplier")
		f.make("Customer", customer_name="Proof Customer")
		self.item = f.make_item("PROOF", serial_no_series="PROOF-.####")
		self.row = lambda qty, **values: f.row(self.item, qty, **values)
		self.voucher = f.voucher
		self.receive(5)
		frappe.db.commit()

	def receive(self, qty: int):
		line = self.row(qty, warehouse=self.stores, rate=10)
		return self.voucher("Purchase Receipt", [line], supplier="Proof Supplier")

	def delivery(self, number: str) -> dict[str, Any]:
		return {
			"doctype": "Delivery Note",
			"customer": "Proof Customer",
			"items": [self.row(1, warehouse=self.stores, serial_no=number)],
		}

	def change(self) -> None:
		"""Move on, on the primary, so that every answer becomes another."""
		frappe = self.enter(replica=False)
		frappe.get_doc(self.delivery("PROOF-0001")).insert().submit()
		self.voucher(
			"Stock Entry",
			[
				self.row(1, s_warehouse=self.stores, serial_no="PROOF-0002"),
				self.row(1, t_warehouse=self.stores, serial_no="PROOF-MADE"),
			],
			purpose="Manufacture",
		)
		self.receive(2)
		item = frappe.get_doc("Item", self.item)
		item.append("barcodes", {"barcode": GTIN})
		item.save()
		frappe.db.set_value("Bin", {"item_code": self.item}, "actual_qty", 99)  # for the audit to find
		frappe.db.commit()

	# ---- what is asked ----------------------------------------------------------------------------------

	def calls(self) -> dict[str, Callable]:
		"""By name: a call of a method as a request makes it, and the part of its answer that changes."""

		def call(path: str, pick: Callable, **arguments):
			return lambda frappe: pick(frappe.get_attr(f"serial_tracking.api.{path}")(**arguments))

		def desk_list(frappe):
			from frappe.desk import reportview

			frappe.local.form_dict = frappe._dict(
				doctype="Serial No",
				fields=json.dumps(["name"]),
				filters=json.dumps([["Serial No", "status", "=", "Available"]]),
				order_by="`tabSerial No`.`modified` desc",
				start=0,
				page_length=20,
			)
			return len(reportview.get()["values"])

		first, second = {"serial_no": "PROOF-0001"}, {"serial_no": "PROOF-0002"}
		code = f"(01){GTIN}(21)X1"
		return {
			"trace.trace": call("trace.trace", lambda a: a["unit"]["status"], **first),
			"trace.genealogy": call(
				"trace.genealogy", lambda a: f"{a['units']} units", direction="forward", **second
			),
			"serials.preview_series": call(
				"serials.preview_series", lambda a: a[0], item_code=self.item, qty=1
			),
			"serials.pick": call(
				"serials.pick", lambda a: a[0], item_code=self.item, warehouse=self.stores, qty=1
			),
			"serials.expand, of a GTIN": call(
				"serials.expand", lambda a: a[0], text=code, item_code=self.item
			),
			"serials.check, of a delivery": call(
				"serials.check",
				lambda a: [problem["exception"] for problem in a],
				doc=self.delivery("PROOF-0001"),
			),
			"scan.scan": call("scan.scan", lambda a: a["serial"]["status"], code="PROOF-0001"),
			"epcis.export": call(
				"epcis.export", lambda a: f"{len(a['epcisBody']['eventList'])} events", **first
			),
			"audit.audit": call("audit.audit", lambda a: f"{len(a)} differences", item_code=self.item),
			"Desk list of available units": desk_list,
		}

	def answer(self, call: Callable, replica: bool = True) -> Any:
		"""What one request is answered; an exception by its class."""
		frappe = self.enter(replica)
		try:
			return call(frappe)
		except frappe.ValidationError as error:
			return type(error).__name__
		finally:
			self.expect(
				hasattr(frappe.local, "replica_db") == replica and frappe.db == frappe.local.db,
				"a request did not ask the server that it should",
			)
			frappe.db.rollback()

	def enter(self, replica: bool = True):
		"""`frappe` as at the beginning of a request."""
		frappe = self.site.connect()
		frappe.conf.read_from_replica = int(replica)
		frappe.flags.print_messages = False
		return frappe

	def post(self) -> None:
		"""While the replica is behind: vouchers decide on what is so, before and after asking the replica."""
		from serial_tracking import exceptions
		from serial_tracking.api import serials

		frappe = self.enter()
		refused = None
		try:
			frappe.get_doc(self.delivery("PROOF-0001")).insert().submit()
		except frappe.ValidationError as error:
			refused = type(error)
		frappe.db.rollback()
		self.expect(
			refused is exceptions.SerialNoWarehouseError,
			f"a unit that is gone was delivered again: {refused}",
		)
		print(f"{'a second delivery of PROOF-0001':44}{refused and refused.__name__!s:>48}")

		frappe = self.enter()
		draft = frappe.get_doc(self.delivery("PROOF-0006")).insert()  # the replica does not know this unit
		picked = serials.pick(self.item, self.stores, 1)
		self.expect(hasattr(frappe.local, "replica_db"), "pick did not ask the replica")
		self.expect(frappe.db.exists("Delivery Note", draft.name), "a draft was lost by asking the replica")
		draft.submit()
		frappe.db.commit()
		self.enter(replica=False)
		status = frappe.db.get_value("Serial No", "PROOF-0006", "status")
		self.expect(status == "Delivered", f"PROOF-0006 is {status} after a submit that asked the replica")
		print(f"{f'delivery of PROOF-0006, {picked[0]} picked meanwhile':44}{status:>48}")

	def catch_up(self) -> None:
		import pymysql

		def ask(server: mariadb.Server, statement: str):
			connection = pymysql.connect(unix_socket=str(server.socket), user="root")
			with contextlib.closing(connection), connection.cursor() as cursor:
				cursor.execute(statement)
				return cursor.fetchone()[0]

		position = ask(self.primary, "SELECT @@gtid_binlog_pos")
		late = ask(self.replica, f"SELECT MASTER_GTID_WAIT('{position}', {SECONDS_TO_CATCH_UP})")
		if late:
			raise mariadb.ServerError(f"The replica did not catch up, see {self.replica.log}")


@contextlib.contextmanager
def _pair() -> Iterator[tuple[mariadb.Server, mariadb.Server, int]]:
	"""A primary and a read-only replica that follows it from its first transaction on, and the replica's port."""
	with contextlib.ExitStack() as stack:
		servers, ports = [], []
		for number, (name, options) in enumerate(
			(("proof-primary", ("--log-bin=binlog",)), ("proof-replica", ("--read-only=1",))), 1
		):
			ports.append(_free_port())
			server = mariadb.Server(name, *COMMON, f"--port={ports[-1]}", f"--server-id={number}", *options)
			shutil.rmtree(server.folder, ignore_errors=True)
			stack.callback(shutil.rmtree, server.folder, ignore_errors=True)
			server.start()
			stack.callback(server.stop)
			servers.append(server)
		primary, replica = servers
		password = secrets.token_urlsafe(16)
		primary.run(
			f"CREATE USER 'replicator'@'127.0.0.1' IDENTIFIED BY '{password}'",
			"GRANT REPLICATION SLAVE ON *.* TO 'replicator'@'127.0.0.1'",
		)
		replica.run(
			f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={ports[0]}, MASTER_USER='replicator',"
			f" MASTER_PASSWORD='{password}', MASTER_USE_GTID=slave_pos",
			"START SLAVE",
		)
		yield primary, replica, ports[1]


def _free_port() -> int:
	with socket.socket() as found:
		found.bind(("127.0.0.1", 0))
		return found.getsockname()[1]


if __name__ == "__main__":
	started = time.monotonic()
	wrong = run()
	print("\n".join(wrong) or f"All as it should be, in {time.monotonic() - started:.0f} s")
	sys.exit(bool(wrong))
