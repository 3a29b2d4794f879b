"""A client of a site in a process of its own: `python -m proof.worker SITE FUNCTION JSON`; answers one line of JSON."""

import json
import random
import sys
import time
from collections import Counter
from typing import Any

import frappe


def submit(doctype: str, name: str) -> dict[str, Any]:
	"""Submit a draft and commit; says when it begins."""
	doc = frappe.get_doc(doctype, name)
	print("begins", flush=True)
	try:
		doc.submit()
		frappe.db.commit()
		return {"posted": True}
	except Exception as e:
		return {"posted": False, "refused": type(e).__name__, "told": frappe.utils.strip_html(str(e))[:300]}


def trade(items: dict[str, str], stores: str, seconds: float, seed: int) -> dict[str, Any]:
	"""Receive, deliver and cancel until the time is over; counts of what went through and of refusals by class."""
	from serial_tracking.exceptions import SerialTrackingError

	trader = Trader(items, stores, random.Random(seed))
	done, refused, unhandled, units = Counter(), Counter(), [], 0
	until = time.monotonic() + seconds
	while time.monotonic() < until:
		name = trader.rng.choice(
			("series",) * 3 + ("left", "right", "deliver", "deliver", "deliver", "cancel", "cancel")
		)
		try:
			frappe.db.rollback()
			moved = trader.act(name)
			frappe.db.commit()
			done[name] += 1
			units += moved
		except SerialTrackingError as e:
			frappe.db.rollback()
			refused[type(e).__name__] += 1
		except Nothing:
			frappe.db.rollback()
		except Exception as e:
			frappe.db.rollback()
			if isinstance(e, frappe.ValidationError):  # as TimestampMismatchError: somebody was quicker
				refused[type(e).__name__] += 1
			else:
				unhandled.append(f"{name}: {type(e).__name__}: {e}"[:200])
		frappe.clear_messages()
	return {"done": done, "refused": refused, "unhandled": unhandled, "units": units}


class Nothing(Exception):
	"""There is nothing to deliver or cancel at the moment."""


class Trader:
	SIZE = 5

	def __init__(self, items: dict[str, str], stores: str, rng: random.Random):
		self.items, self.stores, self.rng = items, stores, rng

	def act(self, name: str) -> int:
		if name in ("series", "left", "right"):
			return self.post("Purchase Receipt", self.items[name], None, supplier="Proof Supplier")
		return self.deliver() if name == "deliver" else self.cancel()

	def deliver(self) -> int:
		"""Some of the first units in stock: others want the same."""
		here = frappe.get_all(
			"Serial No", {"item_code": self.items["series"], "warehouse": self.stores}, pluck="serial_no",
			order_by="name", limit_page_length=20,
		)  # fmt: skip
		if len(here) < self.SIZE:
			raise Nothing
		start = self.rng.randrange(len(here) - self.SIZE + 1)
		numbers = here[start : start + self.SIZE]
		return self.post("Delivery Note", self.items["series"], "\n".join(numbers), customer="Proof Customer")

	def cancel(self) -> int:
		"""A receipt or a delivery, old or new: somebody may be moving its units."""
		doctype = self.rng.choice(("Purchase Receipt", "Delivery Note"))
		names = frappe.get_all(
			doctype, {"docstatus": 1}, pluck="name", order_by="creation desc", limit_page_length=20
		)
		if not names:
			raise Nothing
		doc = frappe.get_doc(doctype, self.rng.choice(names))
		doc.cancel()
		return int(doc.total_qty)

	def post(self, doctype: str, item: str, numbers: str | None, **values: str) -> int:
		line = {
			"item_code": item, "qty": self.SIZE, "warehouse": self.stores, "rate": 10, "serial_no": numbers,
		}  # fmt: skip
		doc = frappe.get_doc({"doctype": doctype, **values, "items": [line]}).insert()
		frappe.db.commit()  # a draft is a request of its own
		doc.submit()
		return self.SIZE


def connect(site: str):
	"""`frappe` on a site; its server runs already."""
	frappe.init(site, force=True)
	frappe.connect()
	frappe.flags.print_messages = False
	return frappe


if __name__ == "__main__":
	_module, site, function, arguments = sys.argv
	connect(site)
	print(
		json.dumps({"submit": submit, "trade": trade}[function](**json.loads(arguments)), default=str),
		flush=True,
	)
