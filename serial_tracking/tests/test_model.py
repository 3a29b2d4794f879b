"""Random sequences of everything that moves units, held against the small model of tests/model.py.

After each step the site must say what the model says: accepted or refused by which class, every unit, every move,
every bin. `MODEL_SEQUENCES=1000` runs more of them. A sequence that fails is shortened, printed with its seed, and kept in
`model_failures.json` beside this file: it is replayed first from then on, and belongs into the commit that mends it.
"""

import json
import os
import random
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

import frappe
from frappe.utils import get_datetime, now_datetime
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from serial_tracking.api import serials as api
from serial_tracking.stock.audit import audit
from serial_tracking.stock.status import INACTIVE
from serial_tracking.tests import factories
from serial_tracking.tests.factories import StockTestCase, make, make_item, make_warehouse
from serial_tracking.tests.model import BOX, LATER_ACTIONS, ROLE, SETTINGS, Item, Model, Planner, Voucher, key

FAILURES = Path(__file__).parent / "model_failures.json"
STEPS = 40
SEQUENCES = int(os.environ.get("MODEL_SEQUENCES") or 0)
NUMBERS = 24  # of a command
SECONDS_TO_SHORTEN = 60
LEDGERS = ("Serial No", "Serial No Ledger Entry", "Stock Ledger Entry")
TABLES = (
	*LEDGERS, "Bin", "Series", "Comment", "Item", "Purchase Receipt", "Purchase Receipt Item", "Delivery Note",
	"Delivery Note Item", "Sales Invoice", "Sales Invoice Item", "Stock Entry", "Stock Entry Detail",
)  # fmt: skip


class TestModel(StockTestCase):
	def setUp(self):
		super().setUp()
		make("UOM", uom_name="Box")
		factories.settings(allow_shared_series_prefix=1)
		# who may all, but has not every role, as the Administrator has
		user = {"doctype": "User", "email": "model@example.com", "first_name": ROLE, "send_welcome_email": 0}
		self.user = frappe.get_doc({**user, "roles": [{"role": ROLE}]}).insert().name
		self.addCleanup(frappe.clear_cache, user=self.user)
		self.counts: Counter[str] = Counter()
		self.depot = make_warehouse("Test Depot")
		self.suppliers = [self.supplier, make("Supplier", supplier_name="Second Supplier")]
		self.customers = [self.customer, make("Customer", customer_name="Second Customer")]
		uoms = [{"uom": "Box", "conversion_factor": BOX}]
		self.items = [
			Item(make_item("Model Plain", uoms=uoms, warranty_period=30), warranty_period=30),
			Item(
				make_item("Model Series", uoms=uoms, serial_no_series="T-.###", shelf_life_in_days=5),
				series="T-.###",
				shelf_life=5,
			),
			Item(make_item("Model Shared", uoms=uoms, serial_no_series="U-.#"), series="U-.#"),
			Item(make_item("Model Pieces", uoms=uoms, has_serial_no=0), has_serial_no=False),
			Item(make_item("Model Bulk", has_serial_no=0, stock_uom="Kg"), has_serial_no=False, whole=False),
		]

	def test_past_failures_stay_mended(self):
		for past in json.loads(FAILURES.read_text()):
			with self.subTest(past["why"][:80]):
				self.run_sequence(past)

	def test_the_site_does_what_the_model_says(self):
		count = SEQUENCES or (40 if frappe.db.db_type == "sqlite" else 10)

		# Hypothesis would shorten 640 numbers one by one; dropping steps is quicker
		@settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate])
		@given(st.integers(0, 2**64 - 1))
		def run(seed):
			sequence = make_sequence(seed)
			try:
				self.run_sequence(sequence)
			except Exception as e:
				if seed not in failed:  # Hypothesis looks again
					failed.add(seed)
					self.keep(sequence, e)
				raise

		failed: set[int] = set()
		self.counts = Counter()
		run()
		print(
			"MODEL {sequences} sequences, {accepted} steps accepted, {refused} refused".format(**self.counts)
		)

	def keep(self, sequence: dict, error: Exception):
		print(f"The sequence of seed {sequence['seed']} fails.")
		commands, size = sequence["commands"], STEPS // 2
		until = time.monotonic() + SECONDS_TO_SHORTEN
		while size and time.monotonic() < until:
			for start in range(0, len(commands), size):
				fewer = [c for n, c in enumerate(commands) if not start <= n < start + size]
				try:
					self.run_sequence({**sequence, "commands": fewer})
				except Exception as e:
					commands, error = fewer, e
					break
			else:
				size //= 2
		sequence = {**sequence, "commands": commands, "why": str(error).split("\n")[0][:300]}
		print("Shortened:", json.dumps(sequence), error, sep="\n")
		kept = json.loads(FAILURES.read_text())
		lines = ",\n".join(map(json.dumps, [*kept, sequence]))
		FAILURES.write_text(f"[\n{lines}\n]\n")

	# ------------------------------------------------------------------ a sequence

	def run_sequence(self, sequence: dict):
		per_item, receive_again = sequence["per_item"], sequence["receive_again"]
		frappe.db.savepoint("sequence")
		self.log: list[str] = []
		try:
			given = {**SETTINGS, **sequence.get("settings", {})}  # older ones have none
			factories.settings(
				unique_serial_no_per_item=per_item, allow_existing_serial_no=receive_again, **given
			)
			now = now_datetime().replace(hour=0, minute=0, second=0, microsecond=0)
			items = [Item(**vars(item)) for item in self.items]
			self.model = Model(items, now, per_item, receive_again)
			self.model.settings = given
			warehouses = [self.stores, self.shop, self.depot]
			planner = Planner(
				self.model, warehouses, self.suppliers, self.customers, sequence.get("later_actions", ())
			)
			self.before = self.checksums()
			for number, numbers in enumerate(sequence["commands"]):
				action, subject = planner.plan(numbers)
				if action != "nothing":
					self.step(action, subject, number)
			self.take_all_back()
			self.counts["sequences"] += 1
		except Exception as e:
			steps = "\n".join(self.log)
			raise AssertionError(f"{type(e).__name__}: {e}\nThe steps, the last one failed:\n{steps}") from e
		finally:
			frappe.db.rollback(save_point="sequence")
			frappe.clear_document_cache("Serial Tracking Settings", "Serial Tracking Settings")

	def step(self, action: str, subject, number: int):
		self.log.append(f"{action} {describe(subject)}")
		expected = self.expected(action, subject)
		self.log[-1] += f" → {expected or 'accepted'}"
		frappe.db.savepoint("step")
		frappe.clear_messages()
		frappe.set_user(self.user)
		try:
			getattr(self, action)(subject, number)
			refused = None
		except frappe.ValidationError as e:
			refused, told = type(e).__name__, str(e)
		finally:
			frappe.set_user("Administrator")
		self.counts["refused" if refused else "accepted"] += 1
		if refused:
			if refused != "LinkExistsError":  # Frappe looks for links after the fact, and rolls back
				self.assertEqual(
					self.checksums(LEDGERS),
					self.before_of(LEDGERS),
					f"{refused}: written before it was refused",
				)
			frappe.db.rollback(save_point="step")
			self.assertEqual(refused, expected, told)
			self.assertEqual(self.checksums(), self.before, "a refused step changed something")
		else:
			self.assertIsNone(expected)
			self.compare()
			self.before = self.checksums()

	def expected(self, action: str, subject) -> str | None:
		if action in ("submit", "amend", "finish"):
			return self.model.refusal(subject)
		if action == "draft":
			return self.model.refusal_to_keep(subject)
		if action == "correct":
			return self.model.refusal_to_correct(*subject)
		if action == "cancel":
			return self.model.refusal_to_cancel(subject)
		return self.model.refusal_to_hold(subject) if action == "hold" else None

	def take_all_back(self):
		"""Cancelling everything, the latest first, ends where it began."""
		self.settings({"stock_frozen_upto": None}, 0)
		for voucher in self.model.backwards():
			self.log.append(f"at last cancel {describe(voucher)}")
			self.assertIsNone(self.model.refusal_to_cancel(voucher))
			self.cancel(voucher, 0)
		self.compare()
		self.assertEqual(
			{u.status(self.model.now.date()) for u in self.model.units.values()} - {INACTIVE}, set()
		)
		for row in self.rows("Bin", "actual_qty", "stock_value"):
			self.assertAlmostEqual(row.actual_qty, 0)
			self.assertAlmostEqual(row.stock_value, 0, 6)

	# ------------------------------------------------------------------ what is done to the site

	def submit(self, voucher: Voucher, number: int):
		self.post(frappe.get_doc(document(voucher)), voucher, number)

	def amend(self, voucher: Voucher, number: int):
		doc = frappe.copy_doc(frappe.get_doc(voucher.doctype, voucher.amends.name))
		doc.update({"amended_from": voucher.amends.name, "docstatus": 0})  # in tests Frappe copies that too
		self.post(doc, voucher, number)

	def post(self, doc, voucher: Voucher, number: int):
		self.model.save(voucher)
		if number % 2:
			doc.docstatus = 1  # as a REST client may, in one go
			doc.insert()
		else:
			doc.insert()
			if number % 4:
				problems = api.check({"doctype": doc.doctype, "name": doc.name})
				classes = [problem["exception"] for problem in problems]
				expected = self.model.refusal(voucher)
				self.assertEqual(bool(classes), bool(expected), f"check says {classes}")
				self.assertIn(expected, classes or [None])
			doc = frappe.get_doc(doc.doctype, doc.name)  # as a form or REST does
			doc.submit()
		voucher.name = doc.name
		self.submitted(doc, voucher)

	def submitted(self, doc, voucher: Voucher):
		self.model.submit(voucher)
		if voucher.doctype == "Stock Entry":
			self.assert_rates(doc)

	def draft(self, voucher: Voucher, number: int):
		voucher.name = frappe.get_doc(document(voucher)).insert().name
		self.model.save(voucher)
		self.model.drafts.append(voucher)

	def finish(self, voucher: Voucher, number: int):
		doc = frappe.get_doc(voucher.doctype, voucher.name)
		doc.submit()
		self.model.drafts.remove(voucher)
		self.submitted(doc, voucher)

	def assert_rates(self, doc):
		"""A Stock Entry shows the value that its rows moved."""
		values = {row.voucher_detail_no: abs(row.stock_value_difference) for row in self.entries(doc.name)}
		for row in doc.items:
			self.assertAlmostEqual(row.basic_rate * row.transfer_qty, values[row.name], 4, "rate of a row")

	def cancel(self, voucher: Voucher, number: int):
		frappe.get_doc(voucher.doctype, voucher.name).cancel()
		self.model.cancel(voucher)

	def hold(self, units, number: int):
		for unit in units:
			api.hold([unit.number], f"hold {number}", unit.item.code)
		for unit in units:
			unit.hold = f"hold {number}"

	def release(self, units, number: int):
		for unit in units:
			api.release([unit.number], unit.item.code)
			unit.hold = None

	def correct(self, change, number: int):
		unit, new = change
		name = api.correct(unit.number, new, "misread", unit.item.code)
		self.model.correct(unit, new)
		self.assertEqual(name, unit.name)

	def settings(self, changed, number: int):
		factories.settings(**changed)
		self.model.settings |= changed

	def series(self, change, number: int):
		item, series = change
		doc = frappe.get_doc("Item", item.code)
		doc.serial_no_series = item.series = series
		doc.save()

	# ------------------------------------------------------------------ what the site says

	def compare(self):
		self.compare_units()
		self.compare_moves()
		self.compare_documents()
		self.compare_stock()
		self.assertEqual(audit(), [])

	def compare_units(self):
		today = now_datetime().date()
		expected = {
			(unit.item.code, key(unit.number)): unit.facts(today) for unit in self.model.units.values()
		}
		fields = next(iter(expected.values()), {})
		found = self.rows("Serial No", "item_code", "serial_key", *fields)
		self.assertEqual(len(found), len(expected))
		for row in found:
			for field, value in expected[row.item_code, row.serial_key].items():
				stored = row[field] or None
				if field == "last_posting_datetime" and stored:
					stored = get_datetime(stored)
				self.assertEqual(stored, value or None, f"{field} of {row.serial_no}")

	def compare_moves(self):
		expected = Counter(
			(key(unit.number), unit.item.code, move.voucher.name, move.kind, move.source, move.target)
			for unit in self.model.units.values()
			for move in unit.moves
		)
		fields = ("serial_no", "item_code", "voucher_no", "move_type", "from_warehouse", "to_warehouse")
		names = {row.name: row.serial_key for row in self.rows("Serial No", "name", "serial_key")}
		found = Counter(
			(names[row.serial_no], row.item_code, row.voucher_no, row.move_type, row.from_warehouse or None,
			row.to_warehouse or None)
			for row in self.rows("Serial No Ledger Entry", *fields, is_cancelled=0)
		)  # fmt: skip
		self.assertEqual(found, expected)

	def compare_documents(self):
		"""The numbers in their rows, given, picked, made and corrected."""
		expected = {v.name: boxes_of(v) for v in (*self.model.vouchers, *self.model.drafts)}
		found: dict[str, list] = {}
		for doctype in ("Purchase Receipt", "Delivery Note", "Sales Invoice", "Stock Entry"):
			child = frappe.get_meta(doctype).get_field("items").options
			boxes = ["serial_no", "rejected_serial_no"] if doctype == "Purchase Receipt" else ["serial_no"]
			for row in sorted(self.rows(child, "parent", "idx", *boxes), key=lambda row: row.idx):
				found.setdefault(row.parent, []).append([row[box] or "" for box in boxes])
		self.assertEqual(found, expected)

	def compare_stock(self):
		"""Units in a warehouse, its Bin, its last ledger entry and the model agree; so do value and units' rates."""
		expected = self.model.stock()
		last, values, rates = {}, {}, {}
		for entry in self.entries():
			last[entry.item_code, entry.warehouse] = entry.qty_after_transaction
			values[entry.item_code, entry.warehouse] = entry.stock_value
		bins = {
			(row.item_code, row.warehouse): row.actual_qty
			for row in self.rows("Bin", "item_code", "warehouse", "actual_qty")
		}
		for place in expected.keys() | last.keys() | bins.keys():
			self.assertAlmostEqual(bins.get(place, 0), expected.get(place, 0), 6, f"bin of {place}")
			self.assertAlmostEqual(last.get(place, 0), expected.get(place, 0), 6, f"ledger of {place}")
		for row in self.rows("Serial No", "item_code", "warehouse", "valuation_rate"):
			if row.warehouse:
				place = (row.item_code, row.warehouse)
				rates[place] = rates.get(place, 0) + row.valuation_rate
		for place, value in rates.items():
			self.assertAlmostEqual(values[place], value, 4, f"value of {place}")

	def entries(self, voucher_no: str | None = None):
		"""The uncancelled Stock Ledger Entries in their order."""
		where = {"voucher_no": voucher_no} if voucher_no else {}
		return sorted(
			self.rows(
				"Stock Ledger Entry", "item_code", "warehouse", "posting_datetime", "entry_no", "voucher_detail_no",
				"qty_after_transaction", "stock_value", "stock_value_difference", is_cancelled=0, **where,
			),
			key=lambda row: (get_datetime(row.posting_datetime), row.entry_no),
		)  # fmt: skip

	def rows(self, doctype: str, *fields: str, **where):
		if doctype != "Comment":
			where["item_code"] = ("in", [item.code for item in self.items])
		return frappe.get_all(doctype, where, list(fields), order_by="name")

	def checksums(self, doctypes: tuple[str, ...] = TABLES) -> tuple:
		"""Of every value in these tables."""
		if frappe.db.db_type == "mariadb":
			tables = ", ".join(f"`tab{doctype}`" for doctype in doctypes)
			return frappe.db.sql(f"CHECKSUM TABLE {tables}")  # nosemgrep: frappe.qb has no such statement
		return tuple(
			(f"tab{d}", hash(str(frappe.qb.from_(frappe.qb.DocType(d)).select("*").orderby("name").run())))
			for d in doctypes
		)

	def before_of(self, doctypes: tuple[str, ...]) -> tuple:
		return tuple(row for row in self.before if row[0].split(".")[-1] in {f"tab{d}" for d in doctypes})


def make_sequence(seed: int) -> dict:
	numbers = random.Random(seed)
	return {
		"seed": seed,
		"per_item": numbers.random() < 0.5,
		"receive_again": numbers.random() < 0.7,
		"commands": [[numbers.randrange(100) for _n in range(NUMBERS)] for _step in range(STEPS)],
		"settings": {
			"auto_pick_serial_nos": numbers.randrange(2),
			"pick_serial_nos_based_on": numbers.choice(("FIFO", "LIFO", "End of Life")),
		},
		"later_actions": list(LATER_ACTIONS),
	}


# ---------------------------------------------------------------------------------- a voucher as a document


def document(v: Voucher) -> dict:
	sign = -1 if v.is_return else 1
	rows = []
	for row in v.rows:
		values = {
			"item_code": row.item.code,
			"qty": float(sign * row.qty),
			"uom": "Box" if row.in_boxes else None,
			"serial_no": "\n".join(row.numbers) or None,
			"rate": 7,
			"basic_rate": 7 if row.target and not row.source else 0,
		}
		if v.doctype == "Stock Entry":
			values |= {"s_warehouse": row.source, "t_warehouse": row.target}
		else:
			values["warehouse"] = row.source or row.target
		if row.note:
			values["delivery_note"] = row.note.name
		if row.rejected:
			values |= {
				"rejected_qty": float(sign * row.rejected.qty),
				"rejected_warehouse": row.rejected.target,
				"rejected_serial_no": "\n".join(row.rejected.numbers) or None,
			}
		rows.append(values)
	party = "supplier" if v.doctype == "Purchase Receipt" else "customer"
	return {
		"doctype": v.doctype,
		"purpose": v.purpose,
		"custodian": "Administrator" if v.purpose == "Issue for Use" else None,
		party: v.party,
		"posting_date": v.at.date(),
		"posting_time": str(v.at.time()),
		"set_posting_time": 1,
		"is_return": int(v.is_return),
		"return_against": v.against and v.against.name,
		"update_stock": int(v.update_stock),
		"items": rows,
	}


def boxes_of(v: Voucher) -> list[list[str]]:
	"""What stands in the boxes for numbers, row by row."""
	texts = {id(row): "\n".join(row.numbers or v.made.get(no, ())) for no, row, _rejected in v.parts()}
	rejected = v.doctype == "Purchase Receipt"
	return [[texts.get(id(part), "") for part in (row, row.rejected)[: 1 + rejected]] for row in v.rows]


def describe(subject) -> str:
	if isinstance(subject, Voucher):
		v = subject
		rows = "; ".join(show_row(row) for row in v.rows)
		what = [v.name, v.doctype, v.purpose, v.party, str(v.at), "return" if v.is_return else None]
		what.append(v.against and f"of {v.against.name}")
		what.append(None if v.update_stock else "no stock")
		return f"{' '.join(word for word in what if word)}: {rows}"
	if isinstance(subject, dict):
		return ", ".join(f"{field}: {value}" for field, value in subject.items())
	if isinstance(subject, tuple):
		return f"{getattr(subject[0], 'code', None) or subject[0].name} {subject[1]!r}"
	return ", ".join(unit.number for unit in subject)


def show_row(row) -> str:
	text = f"{row.item.code} {show(row.qty)}{' box' if row.in_boxes else ''} {row.source or ''}>{row.target or ''}"
	text += f" {','.join(row.numbers)}"
	return f"{text} (rejected {show_row(row.rejected)})" if row.rejected else text


def show(qty: Fraction) -> str:
	return f"{float(qty):g}"
