"""Work at the Desk of one site, step by step, whoever does it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Browser, Error

from browser.desk import Desk, StepFailedError

# made only on a site that has none
SUPPLIER, CUSTOMER, WAREHOUSE = "Kestrel Distribution", "Albrecht Logistics", "Central Stores"


@dataclass
class Job:
	"""`run` tells each step by `say` and raises StepFailedError at the first that fails.

	A subclass says its `steps` (methods that return what there is to tell), and works at `admin` and `worker`.
	"""

	FULL_NAME: ClassVar[str]
	ROLE: ClassVar[str]  # of the worker
	PREFIXES: ClassVar[tuple[str, str]]  # of the pictures: the administrator's, the worker's

	browser: Browser
	url: str
	user: str
	password: str
	admin_password: str
	pictures: Path | None = None
	say: Callable[[str], None] = print
	# different in each run, so that a site can be visited again
	mark: str = field(default_factory=lambda: base36(int(time.time())))

	def steps(self) -> tuple[Callable[[], str], ...]:
		raise NotImplementedError

	def run(self) -> None:
		if self.pictures:
			self.pictures.mkdir(parents=True, exist_ok=True)
		self.admin, self.worker = (
			Desk(self.browser, self.url, self.pictures, prefix) for prefix in self.PREFIXES
		)
		for number, step in enumerate(self.steps(), 1):
			started = time.monotonic()
			try:
				told = step()
			except (StepFailedError, Error) as error:
				self._picture_of_failure()
				raise StepFailedError(f"{number}. {step.__doc__}\n    {error}") from error
			self.say(f"{number}. {step.__doc__} {told} ({time.monotonic() - started:.1f} s)")

	def _picture_of_failure(self) -> None:
		for desk in (self.worker, self.admin) if self.pictures else ():
			if desk.page.url.startswith("http"):
				desk.page.screenshot(path=self.pictures / "failure.png")
				return

	# ------------------------------------------------------------------ what there is to work with

	def make_masters(self) -> None:
		"""The worker, and a supplier, customer and warehouse to work with: the site's own, or made."""
		if not self._names("User", {"name": self.user}):
			first_name, last_name = self.FULL_NAME.split()
			user = {
				"doctype": "User",
				"email": self.user,
				"first_name": first_name,
				"last_name": last_name,
				"send_welcome_email": 0,
				"new_password": self.password,
				"roles": [{"role": self.ROLE}],
			}
			self.insert(user)
		self.supplier = self._master("Supplier", "supplier_name", SUPPLIER, {"disabled": 0})
		self.customer = self._master("Customer", "customer_name", CUSTOMER, {"disabled": 0})
		self.warehouse = self._master(
			"Warehouse", "warehouse_name", WAREHOUSE, {"disabled": 0, "is_group": 0}
		)

	def insert(self, doc: dict) -> str:
		"""The name of a document that the administrator inserts."""
		return self.admin.call("frappe.client.insert", doc=doc)["name"]

	def _master(self, doctype: str, name_field: str, name: str, filters: dict) -> str:
		names = self._names(doctype, filters)
		if names:
			return name if name in names else names[0]
		return self.insert({"doctype": doctype, name_field: name})

	def _names(self, doctype: str, filters: dict) -> list[str]:
		rows = self.admin.call(
			"frappe.client.get_list",
			doctype=doctype,
			filters=filters,
			order_by="creation asc",
			limit_page_length=50,
		)
		return [row["name"] for row in rows]


def base36(number: int) -> str:
	"""A number in the digits 0-9 and A-Z."""
	digits = ""
	while number:
		number, digit = divmod(number, 36)
		digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
	return digits or "0"
