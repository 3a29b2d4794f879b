"""Several web workers and several queue workers on one site of a real bench: nothing twice, nothing lost.

Clients post over HTTP to two gunicorn servers, for a minute: receipts from one series, receipts of two items that
share a prefix, deliveries of overlapping units, cancels against deliveries; half of them by REST and at once, half in
the background queue, and some of these submitted a second time meanwhile. Then a queue worker is killed while it
submits. The site, if it is not there, is made and kept; servers, workers and a Redis of their own end with the run.

    python3 -m proof.workers --bench ~/frappe-bench [--site workers.localhost] [--seconds 60]
"""

import argparse
import collections
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WEB = (4, 2)  # workers of each web server
QUEUE_WORKERS = 3
CLIENTS = 8
BACKGROUND_ABOVE = 10  # units
IN_A_RECEIPT, IN_A_DELIVERY, IN_THE_KILLED = 20, 12, 20_000
SECONDS_TO_SEE_A_DEATH = 150  # RQ misses a worker after 90
HANDLED = {409, 417}
COUNTED = ("receipt", "shared prefix", "delivery", "cancel")


# ---------------------------------------------------------------------------------- on the bench


class Bench:
	def __init__(self, folder: Path, site: str, scratch: Path):
		self.folder, self.site, self.scratch = folder, site, scratch
		self.redis = free_port()
		address = f"redis://127.0.0.1:{self.redis}"
		self.environment = {
			**os.environ,
			"PYTHONPATH": str(ROOT),
			"FRAPPE_REDIS_QUEUE": address,
			"FRAPPE_REDIS_CACHE": address,
		}
		self.running: list[subprocess.Popen] = []

	def start(self, name: str, *command: str) -> subprocess.Popen:
		log = (self.scratch / f"{name}.log").open("a")
		process = subprocess.Popen(
			command, cwd=self.folder / "sites", env=self.environment, stdout=log, stderr=log,
			stdin=subprocess.DEVNULL, start_new_session=True,
		)  # fmt: skip
		self.running.append(process)
		return process

	def start_redis(self) -> None:
		self.start("redis", "redis-server", "--port", str(self.redis), "--bind", "127.0.0.1", "--save", "")
		wait_for_port(self.redis)

	def start_web(self, workers: int) -> int:
		port = free_port()
		self.start(
			f"web-{port}", str(self.folder / "env/bin/gunicorn"), "--bind", f"127.0.0.1:{port}",
			"--workers", str(workers), "--threads", "2", "--timeout", "120", "--preload", "frappe.app:application",
		)  # fmt: skip
		wait_for_port(port)
		return port

	def start_queue_worker(self, number: int) -> subprocess.Popen:
		return self.start(f"queue-{number}", *self.frappe(), "worker", "--queue", "short,default,long")

	def frappe(self) -> list[str]:
		return [str(self.folder / "env/bin/python"), "-m", "frappe.utils.bench_helper", "frappe"]

	def make_site(self) -> None:
		settings = json.loads((self.folder / "sites/common_site_config.json").read_text())
		root = ["--db-root-username", settings.get("root_login", "root")]
		if settings.get("root_password"):
			root += ["--db-root-password", settings["root_password"]]
		for command in (
			["new-site", self.site, "--admin-password", "admin", *root],
			["--site", self.site, "install-app", "serial_tracking"],
		):
			subprocess.run(
				[*self.frappe(), *command], cwd=self.folder / "sites", env=self.environment,
				stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
			)  # fmt: skip

	def inside(self, step: str, *arguments: str) -> Any:
		"""Call a function of this module on the site; its result."""
		done = subprocess.run(
			[str(self.folder / "env/bin/python"), "-m", "proof.workers", "--inside", self.site, step, *arguments],
			cwd=self.folder / "sites", env=self.environment, capture_output=True, text=True,
		)  # fmt: skip
		if done.returncode:
			raise RuntimeError(done.stdout + done.stderr)
		return json.loads(done.stdout.splitlines()[-1])

	def stop(self) -> None:
		for process in reversed(self.running):
			with contextlib.suppress(ProcessLookupError):
				os.killpg(process.pid, signal.SIGTERM)
		for process in self.running:
			try:
				process.wait(20)
			except subprocess.TimeoutExpired:
				os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))
		return s.getsockname()[1]


def wait_for_port(port: int, seconds: int = 60) -> None:
	deadline = time.monotonic() + seconds
	while time.monotonic() < deadline:
		with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
			return
		time.sleep(0.1)
	raise RuntimeError(f"nothing answers on port {port}")


# ---------------------------------------------------------------------------------- inside a site


def prepare() -> dict[str, Any]:
	"""Items, a user with a key, and the settings; new names at each run."""
	import frappe

	from serial_tracking.serial_tracking.background import give_up_dead_jobs
	from serial_tracking.tests.factories import make, make_item, make_warehouse, settings

	give_up_dead_jobs()  # of a run that was ended
	mark = frappe.generate_hash(length=6)
	settings(submit_in_background_above=BACKGROUND_ABOVE, allow_shared_series_prefix=1)
	frappe.db.delete("Error Log")
	user = "workers@example.com"
	if not frappe.db.exists("User", user):
		roles = [{"role": "Stock Manager"}]
		frappe.get_doc(
			{
				"doctype": "User",
				"email": user,
				"first_name": "Worker",
				"send_welcome_email": 0,
				"roles": roles,
			}
		).insert()
	doc = frappe.get_doc("User", user)
	doc.api_key, doc.api_secret = frappe.generate_hash(length=15), frappe.generate_hash(length=15)
	doc.save()
	return {
		"token": f"{doc.api_key}:{doc.get_password('api_secret')}",
		"user": user,
		"warehouse": make_warehouse("Test Stores"),
		"supplier": make("Supplier", supplier_name="Test Supplier"),
		"customer": make("Customer", customer_name="Test Customer"),
		"series": make_item(serial_no_series=f"W1{mark}-.#####"),
		"shared": [make_item(serial_no_series=f"W2{mark}-.#####") for _n in range(2)],
		"killed": make_item(serial_no_series=f"W3{mark}-.#####"),
	}


def judge(items: str, queued: str, user: str) -> dict[str, Any]:
	"""What is wrong with the stock records of the items and the jobs, a line each; and what there is."""
	import frappe

	from serial_tracking.stock.audit import audit

	items, queued = json.loads(items), json.loads(queued)
	wrong = []
	received = collections.Counter()
	for _parent, serial_no in _rows("Purchase Receipt", items):
		received.update((serial_no or "").split("\n"))
	wrong += [f"{n} was given to {times} receipts" for n, times in received.items() if times > 1]
	units = {
		row.name: row.status
		for row in frappe.get_all(
			"Serial No", {"item_code": ("in", items)}, ["name", "status"], order_by="name"
		)
	}
	made_and_cancelled = {n for n, status in units.items() if status == "Inactive"}
	wrong += [f"{n} is recorded and in no receipt" for n in set(units) - set(received) - made_and_cancelled]
	wrong += [f"{n} is in a receipt and not recorded" for n in set(received) - set(units)]
	delivered = collections.Counter()
	for _parent, serial_no in _rows("Delivery Note", items):
		delivered.update((serial_no or "").split("\n"))
	wrong += [f"{n} was delivered {times} times" for n, times in delivered.items() if times > 1]
	is_out = {n for n, status in units.items() if status == "Delivered"}
	wrong += [f"{n}: delivered on paper or by its record alone" for n in set(delivered) ^ is_out]
	wrong += [f"audit: {found}" for item in items for found in audit(item)]
	for doctype in ("Purchase Receipt", "Delivery Note"):
		left = frappe.get_all(doctype, {"background_job": ("is", "set")}, pluck="name")
		wrong += [f"{doctype} {name} is still guarded" for name in left]
	for name in queued:
		told = frappe.db.count("Notification Log", {"document_name": name, "for_user": user})
		if told != 1:
			wrong.append(f"{name}: its user was told {told} times")
	errors = frappe.get_all("Error Log", fields=["method", "error"], order_by="creation", limit=3)
	wrong += [f"Error Log: {error.method}: {(error.error or '')[-500:]}" for error in errors]
	return {"wrong": wrong, "units": len(units), "out": len(is_out)}


def _rows(doctype: str, items: list[str]) -> list[tuple[str, str]]:
	"""Name and serial numbers of the rows of submitted vouchers."""
	import frappe

	filters = {"parenttype": doctype, "docstatus": 1, "item_code": ("in", items)}
	return frappe.get_all(
		f"{doctype} Item", filters, ["parent", "serial_no"], order_by="parent, idx", as_list=True
	)


def posted(doctype: str, name: str) -> dict[str, Any]:
	"""What a submit has written of a voucher, and its guard."""
	import frappe

	found = frappe.db.get_value(doctype, name, ["docstatus", "background_job"])
	moves = frappe.db.count("Serial No Ledger Entry", {"voucher_no": name})
	return {"docstatus": int(found[0]), "guard": found[1], "moves": moves}


def job_has_begun(doctype: str, name: str) -> bool:
	import frappe
	from frappe.utils.background_jobs import get_job

	guard = frappe.db.get_value(doctype, name, "background_job")
	job = guard and get_job(guard.partition(" ")[0])
	return bool(job) and job.get_status() == "started"


INSIDE = {function.__name__: function for function in (prepare, judge, posted, job_has_begun)}


def inside(site: str, step: str, *arguments: str) -> None:
	import frappe

	frappe.init(site=site)
	frappe.connect()
	try:
		answer = INSIDE[step](*arguments)
		frappe.db.commit()
	finally:
		frappe.destroy()
	print(json.dumps(answer))


# ---------------------------------------------------------------------------------- over HTTP


class Client:
	"""One user at one of the web servers; counts what is answered."""

	def __init__(self, port: int, site: str, world: dict[str, Any], seed: int):
		self.port, self.world = port, world
		self.headers = {
			"Authorization": f"token {world['token']}",
			"X-Frappe-Site-Name": site,
			"Content-Type": "application/json",
		}
		self.random = random.Random(seed)
		self.answers: collections.Counter = collections.Counter()
		self.units = 0
		self.queued: list[tuple[str, str]] = []
		self.unhandled: list[str] = []

	def ask(self, what: str, method: str, path: str, body: Any = None) -> Any:
		"""The answer's data, or None if it was refused."""
		connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
		try:
			# Frappe passes over what the address asks where there is a body too
			text = None if method == "GET" else json.dumps(body or {})
			connection.request(method, path.replace(" ", "%20"), text, self.headers)
			response = connection.getresponse()
			text = response.read().decode()
		finally:
			connection.close()
		answer = json.loads(text) if text.startswith("{") else {}
		kind = answer.get("exc_type") or ""
		self.answers[what, response.status, kind] += 1
		if response.status == 200:
			return answer.get("data", answer.get("message"))
		if response.status not in HANDLED:
			self.unhandled.append(f"{what}: HTTP {response.status} {text[-800:]}")
		return None

	def draft(self, what: str, doctype: str, **values: Any) -> str | None:
		made = self.ask(f"draft of a {what}", "POST", f"/api/resource/{doctype}", values)
		return made and made["name"]

	def submit(self, what: str, doctype: str, name: str, units: int) -> None:
		in_background = self.random.random() < 0.5
		if in_background:
			done = self.queue(what, doctype, name)
			if done and self.random.random() < 0.3:
				self.set_docstatus("second submit", doctype, name, 1)
		elif self.set_docstatus(what, doctype, name, 1):
			self.units += units

	def queue(self, what: str, doctype: str, name: str) -> Any:
		path = "/api/method/serial_tracking.api.background.submit"
		done = self.ask(f"{what}, queued", "POST", path, {"doctype": doctype, "name": name})
		if done and done["queued"]:
			self.queued.append((doctype, name))
		return done

	def set_docstatus(self, what: str, doctype: str, name: str, docstatus: int) -> Any:
		return self.ask(what, "PUT", f"/api/resource/{doctype}/{name}", {"docstatus": docstatus})

	# ---- what people do

	def receive(self, what: str, item: str, qty: int) -> None:
		row = {"item_code": item, "qty": qty, "warehouse": self.world["warehouse"], "rate": 10}
		name = self.draft(what, "Purchase Receipt", supplier=self.world["supplier"], items=[row])
		if name:
			self.submit(what, "Purchase Receipt", name, qty)

	def deliver(self) -> None:
		item = self.world["series"]
		# all clients see the same oldest units, so that they want the same ones
		path = f'/api/resource/Serial No?filters=[["item_code","=","{item}"],["status","=","Available"]]'
		found = self.ask("list", "GET", f"{path}&order_by=name&limit_page_length={3 * IN_A_DELIVERY}") or []
		if len(found) < IN_A_DELIVERY:
			return self.receive("receipt", item, IN_A_RECEIPT)
		numbers = self.random.sample([unit["name"] for unit in found], IN_A_DELIVERY)
		row = {
			"item_code": item, "qty": len(numbers), "warehouse": self.world["warehouse"],
			"serial_no": "\n".join(numbers),
		}  # fmt: skip
		name = self.draft("delivery", "Delivery Note", customer=self.world["customer"], items=[row])
		if name:
			self.submit("delivery", "Delivery Note", name, len(numbers))

	def cancel(self) -> None:
		doctype = self.random.choice(("Purchase Receipt", "Delivery Note"))
		path = f'/api/resource/{doctype}?filters=[["docstatus","=",1]]&order_by=creation%20desc'
		found = self.ask("list", "GET", f"{path}&limit_page_length=8") or []
		if found:
			self.set_docstatus("cancel", doctype, self.random.choice(found)["name"], 2)

	def work(self, until: float) -> None:
		while time.monotonic() < until:
			deed = self.random.choices(COUNTED, (4, 3, 5, 2))[0]
			if deed == "receipt":
				self.receive(deed, self.world["series"], IN_A_RECEIPT)
			elif deed == "shared prefix":
				self.receive(deed, self.random.choice(self.world["shared"]), IN_A_RECEIPT)
			elif deed == "delivery":
				self.deliver()
			else:
				self.cancel()


def work_together(clients: list[Client], seconds: int) -> float:
	"""Let the clients work; the seconds that it took."""
	started = time.monotonic()
	threads = [threading.Thread(target=c.work, args=(started + seconds,)) for c in clients]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	return time.monotonic() - started


def wait_for_jobs(bench: Bench, clients: list[Client], seconds: int = 180) -> float:
	"""Until no voucher is guarded any more; the seconds that it took."""
	started = time.monotonic()
	asking = Client(clients[0].port, bench.site, clients[0].world, 0)
	while time.monotonic() - started < seconds:
		left = [
			asking.ask("list", "GET", f'/api/resource/{doctype}?filters=[["background_job","is","set"]]')
			for doctype in ("Purchase Receipt", "Delivery Note")
		]
		if not any(left):
			break
		time.sleep(0.5)
	return time.monotonic() - started


# ---------------------------------------------------------------------------------- the proof


def prove(bench: Bench, seconds: int, say=print) -> list[str]:
	bench.start_redis()
	if not (bench.folder / "sites" / bench.site).exists():
		say(f"Making the site {bench.site}")
		bench.make_site()
	world = bench.inside("prepare")
	ports = [bench.start_web(workers) for workers in WEB]
	workers = [bench.start_queue_worker(n) for n in range(QUEUE_WORKERS)]
	items = [world["series"], *world["shared"]]
	wrong: list[str] = []
	queued: list[str] = []
	for count, for_seconds in ((1, max(seconds // 4, 5)), (CLIENTS, seconds)):
		clients = [Client(ports[n % 2], bench.site, world, seed=count * 100 + n) for n in range(count)]
		took = work_together(clients, for_seconds)
		waited = wait_for_jobs(bench, clients)
		queued += [name for c in clients for _doctype, name in c.queued]
		found = bench.inside("judge", json.dumps(items), json.dumps(queued), world["user"])
		wrong += found["wrong"] + [text for c in clients for text in c.unhandled]
		tell(say, clients, took, waited, found)
	wrong += kill_a_worker(bench, Client(ports[0], bench.site, world, seed=1), workers, say)
	return wrong


def tell(say, clients: list[Client], took: float, waited: float, found: dict[str, Any]) -> None:
	answers = sum((c.answers for c in clients), collections.Counter())
	say(
		f"\n{len(clients)} client{'s' * (len(clients) > 1)}, {took:.0f} s, then {waited:.1f} s for the jobs left"
	)
	for (what, status, kind), times in sorted(answers.items()):
		if not what.startswith(("list", "draft")) or status != 200:
			say(f"  {what:24} {status} {kind:42} {times:5}")
	done = sum(times for (what, status, _kind), times in answers.items() if what in COUNTED and status == 200)
	jobs = sum(len(c.queued) for c in clients)
	say(
		f"  {done} vouchers submitted or cancelled over REST, {jobs} queued: {(done + jobs) / (took + waited):.1f} /s"
	)
	say(f"  {found['units']} units recorded, {found['out']} of them delivered; {len(found['wrong'])} wrong")


def kill_a_worker(bench: Bench, client: Client, workers: list[subprocess.Popen], say) -> list[str]:
	"""The machine of a queue worker goes while it submits; the voucher is free again soon, and untouched."""
	doctype, world = "Purchase Receipt", client.world
	for worker in workers[1:]:  # one is left, so that it takes the job
		os.killpg(worker.pid, signal.SIGTERM)
		worker.wait(60)
	row = {"item_code": world["killed"], "qty": IN_THE_KILLED, "warehouse": world["warehouse"], "rate": 10}
	name = client.draft("large receipt", doctype, supplier=world["supplier"], items=[row])
	client.queue("large receipt", doctype, name)
	while not bench.inside("job_has_begun", doctype, name):
		pass
	kill_tree(workers[0].pid)
	killed = time.monotonic()
	bench.start_queue_worker(QUEUE_WORKERS)
	wrong = []
	if (state := bench.inside("posted", doctype, name)) and (state["moves"] or state["docstatus"]):
		return [f"the killed job had ended, or left something: {state}"]
	refused = 0
	while time.monotonic() - killed < SECONDS_TO_SEE_A_DEATH:
		done = client.set_docstatus("submit after the kill", doctype, name, 1)
		if done:
			break
		refused += 1
		time.sleep(5)
	took = time.monotonic() - killed
	state = bench.inside("posted", doctype, name)
	say(
		f"\nA queue worker killed while it submitted {IN_THE_KILLED:,} units: nothing of it was posted; a submit"
	)
	say(
		f"  was refused {refused} times, and went through {took:.0f} s after the kill: {state['moves']:,} units"
	)
	if state != {"docstatus": 1, "guard": None, "moves": IN_THE_KILLED}:
		wrong.append(f"after the kill: {state}")
	if not refused:
		wrong.append("the guard of the killed job refused nothing")
	found = bench.inside("judge", json.dumps([world["killed"]]), "[]", world["user"])
	return wrong + found["wrong"] + client.unhandled


def kill_tree(pid: int) -> None:
	"""The worker and the process in which it runs the job: each leads a session of its own."""
	children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
	for process in (pid, *map(int, children)):
		with contextlib.suppress(ProcessLookupError):
			os.kill(process, signal.SIGKILL)


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--bench", type=Path)
	parser.add_argument("--site", default="workers.localhost")
	parser.add_argument("--seconds", type=int, default=60)
	parser.add_argument("--inside", nargs="+", help=argparse.SUPPRESS)
	asked = parser.parse_args()
	if asked.inside:
		inside(*asked.inside)
		return 0
	if not asked.bench:
		parser.error("--bench: the folder of a bench with serial_tracking")
	signal.signal(signal.SIGTERM, lambda *_args: sys.exit("ended"))  # so that servers and workers end too
	with tempfile.TemporaryDirectory() as scratch:
		bench = Bench(asked.bench.resolve(), asked.site, Path(scratch))
		try:
			wrong = prove(bench, asked.seconds)
		except BaseException:
			for log in sorted(Path(scratch).glob("*.log")):
				print(f"---- {log.name}\n{log.read_text()[-2000:]}", file=sys.stderr)
			raise
		finally:
			bench.stop()
	print("\n".join(["", *wrong[:40], f"{len(wrong)} wrong"]))
	return bool(wrong)


if __name__ == "__main__":
	sys.exit(main())
