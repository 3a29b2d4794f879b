"""What every voucher does alike, from the form to the engine. See ARCHITECTURE.md, The way of a voucher."""

import functools
import json
from collections.abc import Callable
from typing import ClassVar

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.base_document import get_controller
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, get_datetime, get_time, getdate, now_datetime

from serial_tracking.exceptions import (
	InvalidQuantityError,
	InvalidWarehouseError,
	SerialNoFormatError,
	SerialNoReturnError,
	UOMConversionError,
)
from serial_tracking.serial_tracking import background, printing, returns
from serial_tracking.serial_tracking.well_formed import refuse_malformed
from serial_tracking.stock import cancelling, entry_text, picking, posting, rules, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.reasons import shown_value
from serial_tracking.stock.voucher import Posting, Row

LARGEST_VALUE = 1e12  # what Frappe's Float and Currency columns hold
DETAIL_DATES = ("end_of_life_date", "warranty_expiry_date", "supplier_warranty_expiry_date")
LEDGERS = ("Serial No", "Serial No Ledger Entry", "Stock Ledger Entry", "Bin")


class StockVoucher(Document):
	"""Base of the DocTypes that move stock. A subclass says what each of its rows moves, in `describe_row`."""

	PARTY_TYPE: ClassVar[str | None] = None
	STOCK_QTY_FIELD: ClassVar[str] = "stock_qty"
	RATE_FIELD: ClassVar[str] = "rate"
	RATE_IS_PER_STOCK_UNIT: ClassVar[bool] = False
	SERIAL_NO_FIELDS: ClassVar[tuple[str, ...]] = ("serial_no",)

	# ------------------------------------------------------------------ hooks of the controller

	def update(self, values):
		refuse_malformed(self.meta, values)
		return super().update(values)

	def insert(self, *args, **kwargs):
		self.keep_given_date()  # no hook comes this early: before_insert sees the defaults filled in already
		return super().insert(*args, **kwargs)

	def check_if_latest(self):
		submitting = self.docstatus.is_submitted() and not self.is_new()
		if submitting:
			background.refuse_early(self)
		super().check_if_latest()
		background.keep_guard(self, submitting)

	def onload(self):
		if self.background_job:
			self.set_onload("submit_under_way", background.is_under_way(self.background_job))
		if self.doctype in returns.DETAIL_FIELDS and self.docstatus.is_submitted() and not self.is_return:
			self.set_onload("left", returns.what_is_left(self))

	def before_print(self, settings=None):
		printing.fit_tables(self, "items")

	def validate(self):
		self.require_rows()
		self.require_party()
		self.number_rows()
		self.set_posting_date_and_time()
		self.validate_return()
		self.set_default_warehouses()
		self.validate_warehouses()
		self.set_quantities()
		self.read_serial_nos()
		self.pick_serial_nos()
		self.set_totals()
		if self.docstatus.is_draft() and not self.flags.looking_for_problems:
			posting.check_draft(self.as_posting())

	def before_submit(self):
		asked = self.as_posting()
		made = posting.prepare(asked)
		for asked_row in asked.rows:
			if asked_row.no in made:
				row = self.items[asked_row.idx - 1]
				row.set(asked_row.serial_no_field, "\n".join(made[asked_row.no]))
		self.take_rates(asked)
		self.flags.posting = asked
		background.tell_progress(self, 50)

	def on_submit(self):
		posting.write(self.flags.pop("posting"))
		background.tell_progress(self, 95)

	def before_cancel(self):
		self.flags.cancellation = cancelling.prepare(self.doctype, self.name, self.get_posting_datetime())

	def on_cancel(self):
		# the ledgers keep pointing to a cancelled voucher, that is what they are for
		self.ignore_linked_doctypes = LEDGERS
		cancelling.write(self.flags.pop("cancellation"))

	def on_trash(self):
		# Frappe's own check remembers for hours which DocTypes a ledger mentions, and bulk writing passes it by
		for ledger in ("Serial No Ledger Entry", "Stock Ledger Entry"):
			if frappe.db.exists(ledger, {"voucher_no": self.name, "voucher_type": self.doctype}):
				frappe.throw(
					_("{0} {1} cannot be deleted: the ledgers keep its moves").format(
						_(self.doctype), escape_html(self.name)
					),
					frappe.LinkExistsError,
				)

	# ------------------------------------------------------------------ what a subclass says

	def describe_row(self, row) -> tuple[str, str | None, str | None]:
		"""The type of move of a row, the warehouse it leaves and the warehouse it enters."""
		raise NotImplementedError

	def describe_voucher(self) -> dict:
		"""What the engine must know of the voucher besides: fields of `Posting`."""
		return {}

	def get_hold_reason(self) -> str | None:
		"""Why the units are held that it brings in; None if they are free."""
		return None

	def set_default_warehouses(self):
		for row in self.items:
			row.warehouse = row.warehouse or self.set_warehouse

	def warehouses_of(self, row) -> list[tuple[str, str | None]]:
		"""Label and value of the warehouses that a row must name."""
		return [(_("Warehouse"), row.warehouse)]

	def brings_new_units(self) -> bool:
		"""May its rows name units that are not recorded yet?"""
		return False

	def place_scanned(self, row, unit: units.Unit | None) -> dict[str, str | None]:
		"""Say where a row moves a scanned unit (None: not recorded yet, or an item alone).

		Returns the fields that the unit decides.
		"""
		place = unit and unit["warehouse"]
		row.warehouse = place or self.set_warehouse or _("any warehouse")
		return {"warehouse": place} if place else {}  # what lies somewhere cannot come in

	def check_posting(self, asked: Posting) -> list[dict]:
		"""What the engine would refuse; for vouchers that may move nothing."""
		return posting.check(asked)

	def take_rates(self, asked: Posting):
		"""Called with the values that the engine found; for vouchers that show them."""

	# ------------------------------------------------------------------ steps of validate

	def require_rows(self):
		# Frappe looks at what is mandatory only after validate
		if not self.items or not all(row.item_code for row in self.items):
			frappe.throw(_("Every row needs an item, and a voucher a row"), frappe.MandatoryError)

	def require_party(self):
		# a link that fetches a name passes Frappe 15 though there is no such record
		party = self.get(frappe.scrub(self.PARTY_TYPE)) if self.PARTY_TYPE else None
		if party and not frappe.db.get_value(self.PARTY_TYPE, party, "name", cache=True):
			shown = f"{_(self.PARTY_TYPE)}: {shown_value(party)}"
			frappe.throw(_("Could not find {0}").format(shown), frappe.LinkValidationError)

	def require_party_of_return(self):
		"""Whether a unit may come back by a return that names no document is asked of its party."""
		field = self.PARTY_TYPE and frappe.scrub(self.PARTY_TYPE)
		if self.get("is_return") and not self.return_against and not self.get(field):
			frappe.throw(_("{0} is missing").format(_(self.PARTY_TYPE)), frappe.MandatoryError)

	def number_rows(self):
		# over REST any idx may come; messages and the engine tell rows apart by it
		for idx, row in enumerate(self.items, 1):
			row.idx = idx

	def keep_given_date(self):
		"""A caller who names a date of a new voucher means it; the form says so by its tick box."""
		if self.get("set_posting_time") is None and self.get("posting_date"):
			self.set_posting_time = 1

	def set_posting_date_and_time(self):
		if self.set_posting_time:
			self.posting_date = self.posting_date or now_datetime().date()
			if self.posting_time in (None, ""):  # midnight comes out of the database as a false timedelta
				self.posting_time = now_datetime().time()
			self.read_posting_time()
		else:
			now = now_datetime()
			self.posting_date, self.posting_time = now.date(), now.time()

	def read_posting_time(self):
		try:
			if isinstance(self.posting_time, str):
				self.posting_time = get_time(self.posting_time)  # 25:00 is one o'clock, in the ledgers too
			self.get_posting_datetime()
		except (AttributeError, TypeError, ValueError):  # Frappe's get_time has all three
			frappe.throw(
				_("{0} {1} is no posting date and time").format(
					escape_html(cstr(self.posting_date)), escape_html(cstr(self.posting_time))
				)
			)

	def is_first_written(self) -> bool:
		"""Is it saved as a draft, or inserted and submitted in one go, as over REST? (A submitted draft was here.)"""
		return self.docstatus.is_draft() or self.is_new()

	def validate_return(self):
		"""A return names a submitted document of the same party that is no return itself."""
		if not self.get("is_return"):
			if self.get("return_against"):
				self.return_against = None
			return
		if not self.return_against or not self.is_first_written():
			return
		party = frappe.scrub(self.PARTY_TYPE)
		fields = ["docstatus", "is_return", party, "posting_date", "posting_time"]
		source = frappe.db.get_value(self.doctype, self.return_against, fields, as_dict=True)
		if not source:
			return  # Frappe says which link is wrong
		if not self.flags.ignore_permissions:
			frappe.has_permission(self.doctype, "read", doc=self.return_against, throw=True)
		shown = f"{_(self.doctype)} {escape_html(self.return_against)}"
		if source.docstatus != 1:
			frappe.throw(_("{0} is not submitted").format(shown), SerialNoReturnError)
		if source.is_return:
			frappe.throw(_("{0} is a return itself").format(shown), SerialNoReturnError)
		if source[party] != self.get(party):
			why = _("{0} is of {1}, not of {2}").format(
				shown, escape_html(source[party]), escape_html(self.get(party))
			)
			frappe.throw(why, SerialNoReturnError)
		if self.get_posting_datetime() < as_datetime(source.posting_date, source.posting_time):
			frappe.throw(_("The return is posted before {0}").format(shown), SerialNoReturnError)

	def validate_warehouses(self):
		named = {
			warehouse for row in self.items for _label, warehouse in self.warehouses_of(row) if warehouse
		}
		found = {}
		if named:
			rows = frappe.get_all(
				"Warehouse",
				{"name": ("in", sorted(named))},
				["name", "is_group", "disabled"],
				order_by="name",
			)
			found = {row.name: row for row in rows}
		for row in self.items:
			for label, warehouse in self.warehouses_of(row):
				if not warehouse:
					self.refuse_row(row, _("{0} is missing").format(label), InvalidWarehouseError)
				elif found[warehouse].is_group:
					why = _("{0} is a group; name a warehouse below it")
					self.refuse_row(row, why.format(escape_html(warehouse)), InvalidWarehouseError)
				elif found[warehouse].disabled:
					why = _("{0} is disabled")
					self.refuse_row(row, why.format(escape_html(warehouse)), InvalidWarehouseError)

	def set_quantities(self):
		factors = self.get_conversion_factors()
		for row in self.items:
			for fieldname in ("qty", "conversion_factor", self.RATE_FIELD):
				self.validate_figure(row, fieldname)
			row.uom = row.uom or row.stock_uom
			if row.uom == row.stock_uom:
				row.conversion_factor = 1.0
			elif flt(row.conversion_factor) <= 0:
				row.conversion_factor = factors.get((row.item_code, row.uom))
				if not row.conversion_factor:
					why = _("the item has no conversion from {0} to {1}")
					self.refuse_row(
						row, why.format(escape_html(row.uom), escape_html(row.stock_uom)), UOMConversionError
					)
			row.set(self.STOCK_QTY_FIELD, in_stock_units(row.qty, row.conversion_factor))

	def validate_figure(self, row, fieldname: str):
		if not abs(flt(row.get(fieldname))) < LARGEST_VALUE:  # nor is NaN
			why = _("{0} {1} cannot be stored").format(
				_(row.meta.get_label(fieldname)), flt(row.get(fieldname))
			)
			self.refuse_row(row, why, InvalidQuantityError)

	def get_conversion_factors(self) -> dict[tuple[str, str], float]:
		"""Stock units in one other unit, by item and unit of measure."""
		items = {row.item_code for row in self.items if row.uom and row.uom != row.stock_uom}
		if not items:
			return {}
		rows = frappe.get_all(
			"UOM Conversion Detail",
			{"parent": ("in", sorted(items)), "parenttype": "Item"},
			["parent", "uom", "conversion_factor"],
			order_by="parent, idx",
		)
		return {(row.parent, row.uom): flt(row.conversion_factor) for row in rows}

	def read_serial_nos(self):
		"""Understand what stands in the boxes, and put it in canonical form: one number per line."""
		self.flags.entries = {}
		for row in self.items:
			known: set[str] = set()
			scanned: dict[str, dict] = {}
			readable = True
			for field in self.SERIAL_NO_FIELDS:
				if isinstance(row.get(field), list | dict):
					why = _("write the serial numbers as text, one per line")
					self.refuse_row(row, why, SerialNoFormatError)
				entry = entry_text.parse(cstr(row.get(field)))
				self.flags.entries[row.idx, field] = entry
				if entry.problems or entry.count > rules.MAX_UNITS:
					readable = False  # refused later, with the text as it was typed
					continue
				numbers = entry.numbers()
				row.set(field, entry_text.canonical(numbers) or None)
				if entry.scanned or row.unit_details:
					known.update(numbers)
					scanned |= {
						s.number: {"end_of_life_date": str(s.end_of_life_date)}
						for s in entry.scanned
						if s.end_of_life_date
					}
			if readable and (scanned or row.unit_details):
				kept = {serial_number.key(number): number for number in known}
				details = load_details(row)
				for number, detail in scanned.items():
					details.setdefault(number, {}).update(detail)
				details = {
					kept[key]: detail
					for number, detail in details.items()
					if (key := serial_number.key(serial_number.normalise(number))) in kept
				}
				row.unit_details = json.dumps(details, ensure_ascii=False) if details else None

	def pick_serial_nos(self):
		"""Fill the rows of a draft that take units out and name none, if the settings say so."""
		if not self.is_first_written() or self.get("is_return"):
			return
		if not frappe.get_cached_doc("Serial Tracking Settings").auto_pick_serial_nos:
			return
		asked = self.as_posting()
		posting.load_items(asked)
		for no, numbers in picking.pick_for(asked).items():
			row, field = self.items[asked.rows[no].idx - 1], asked.rows[no].serial_no_field
			row.set(field, entry_text.canonical(numbers))
			self.flags.entries[row.idx, field] = entry_text.parse(row.get(field))

	def find_problems(self) -> list[dict]:
		"""What a submit would refuse, row by row (see `rules.collect`); the document is not saved."""
		self.flags.looking_for_problems = True
		frappe.clear_messages()
		try:
			self.keep_given_date()
			self._set_defaults()
			self._action = "save"  # what Frappe's check of links asks for
			self._validate_links()
			self.validate()
			problems = self.check_posting(self.as_posting())
		except frappe.ValidationError as e:
			frappe.clear_messages()
			row, why = self.flags.pop("refused_row", None) or (None, cstr(e))
			problems = [rules.as_problem(type(e), _("Not Valid"), why, row)]
		return [*self.find_missing(), *problems]

	def find_missing(self) -> list[dict]:
		"""The head's fields without which Frappe would not save it, as `rules.collect` tells problems.

		Rows are asked for by `require_rows`.
		"""
		missing = [self.meta.get_field(field) for field, _told in self._get_missing_mandatory_fields()]
		return [
			rules.as_problem(
				frappe.MandatoryError, _("Not Valid"), _("{0} is missing").format(_(field.label))
			)
			for field in missing
			# a new voucher takes the first naming series when it is inserted
			if field.fieldtype not in table_fields and field.fieldname != "naming_series"
		]

	def try_scanned(
		self, item_code: str, stock_uom: str, entry: str | None, unit: units.Unit | None
	) -> tuple[dict[str, str | None], list[dict]]:
		"""What a scanned unit, or an item alone, decides of its row, and what a submit would refuse of it.

		:param entry: the line for the row's box
		:param unit: its record, None for one not recorded yet
		Asked of a voucher without rows: what it says of quantities, money and its date is of no interest here.
		"""
		row = self.append(
			"items",
			{
				"item_code": item_code,
				"qty": -1 if self.get("is_return") else 1,
				"uom": stock_uom,
				"conversion_factor": 1,
				"serial_no": entry,
			},
		)
		self.number_rows()
		self.set_posting_date_and_time()
		self.require_party_of_return()
		decided = self.place_scanned(row, unit)
		self.read_serial_nos()
		return decided, posting.check_units(self.as_posting())

	def set_totals(self):
		for row in self.items:
			rate_qty = row.get(self.STOCK_QTY_FIELD) if self.RATE_IS_PER_STOCK_UNIT else row.qty
			row.amount = flt(flt(rate_qty) * flt(row.get(self.RATE_FIELD)), row.precision("amount"))
		self.total_qty = sum(flt(row.qty) for row in self.items)
		self.total = sum(flt(row.amount) for row in self.items)
		if not max(abs(self.total), abs(self.total_qty)) < LARGEST_VALUE:
			frappe.throw(_("The total {0} cannot be stored").format(self.total), InvalidQuantityError)

	# ------------------------------------------------------------------ towards the engine

	def count_units(self) -> int:
		"""Pieces in all rows of a draft, those to be made from a series too."""
		self.read_serial_nos()
		asked = self.as_posting()
		posting.load_items(asked)
		return sum(
			row.entry.count or int(row.stock_qty)
			for row in asked.rows
			if asked.items[row.item_code].has_serial_no
		)

	def get_posting_datetime(self):
		return as_datetime(self.posting_date, self.posting_time)

	def as_posting(self) -> Posting:
		"""This voucher in the words of the engine."""
		for row in self.items:
			# a new row gets its name when it is written; the ledger needs it before
			row.name = row.name or frappe.generate_hash(length=10)
		party_field = frappe.scrub(self.PARTY_TYPE) if self.PARTY_TYPE else None
		rows = [part for row in self.items for part in self.as_posting_rows(row)]
		for no, row in enumerate(rows):
			row.no = no
		return Posting(
			voucher_type=self.doctype,
			voucher_no=self.name,
			posting_datetime=self.get_posting_datetime(),
			rows=rows,
			source=self.as_dict(),
			party_type=self.PARTY_TYPE,
			party=self.get(party_field) if party_field else None,
			party_name=self.get(f"{party_field}_name") if party_field else None,
			is_return=bool(self.get("is_return")),
			return_against=self.get("return_against") or None,
			**self.describe_voucher(),
		)

	def as_posting_rows(self, row) -> list[Row]:
		"""The parts of a row, each with a warehouse and numbers of its own; all but Purchase Receipt have one."""
		described = self.describe_row(row)
		return [self.as_posting_row(row, *described, flt(row.qty), hold_reason=self.get_hold_reason())]

	def as_posting_row(
		self,
		row,
		move_type: str,
		from_warehouse: str | None,
		to_warehouse: str | None,
		qty: float,
		serial_no_field: str = "serial_no",
		hold_reason: str | None = None,
	) -> Row:
		rate = flt(row.get(self.RATE_FIELD))
		factor = flt(row.conversion_factor) or 1
		qty = -qty if self.get("is_return") else qty
		return Row(
			no=0,
			idx=row.idx,
			name=row.name,
			item_code=row.item_code,
			qty=qty,
			uom=row.uom,
			stock_qty=in_stock_units(qty, factor),
			move_type=move_type,
			from_warehouse=from_warehouse or None,
			to_warehouse=to_warehouse or None,
			rate=rate if self.RATE_IS_PER_STOCK_UNIT else rate / factor,
			entry=self.flags.entries[row.idx, serial_no_field],
			unit_details=load_details(row),
			source=row.as_dict(),
			serial_no_field=serial_no_field,
			hold_reason=hold_reason,
			used_for=row.get("used_for") or None,
		)

	def refuse_row(self, row, why: str, exception: type[Exception]):
		self.flags.refused_row = row, why  # for `find_problems`
		frappe.throw(
			_("Row {0}, {1}: {2}").format(row.idx, escape_html(row.item_code), why),
			exception,
			title=_("Row {0}").format(row.idx),
		)


def is_stock_voucher(doctype) -> bool:
	"""Is this the name of a DocType that moves stock?"""
	exists = isinstance(doctype, str) and frappe.db.exists("DocType", doctype)
	return bool(exists) and issubclass(get_controller(doctype), StockVoucher)


def as_datetime(date, time):
	return get_datetime(f"{getdate(date)} {get_time(time)}")


def in_stock_units(qty: float, factor: float) -> float:
	return round(flt(qty) * flt(factor), 9)


def load_details(row) -> dict[str, dict]:
	"""What is known of single units of a row besides their numbers: number → field → value."""
	try:
		details = json.loads(row.unit_details) if row.unit_details else {}
		read_date = functools.cache(lambda text: str(getdate(text)))  # thousands of units share a date
		return {number: read_detail(detail, read_date) for number, detail in details.items()}
	except (AttributeError, TypeError, ValueError):  # over REST anything may come
		frappe.throw(_("Row {0}: the details of its units cannot be read").format(row.idx))


def read_detail(detail: dict, read_date: Callable[[str], str]) -> dict:
	read = {field: read_date(detail[field]) for field in DETAIL_DATES if detail.get(field)}
	if detail.get("supplier_serial_no"):
		read["supplier_serial_no"] = cstr(detail["supplier_serial_no"]).strip()[:140]
	if detail.get("rate") is not None:
		if not 0 <= (rate := float(detail["rate"])) < LARGEST_VALUE:
			raise ValueError(rate)
		read["rate"] = rate
	return read
