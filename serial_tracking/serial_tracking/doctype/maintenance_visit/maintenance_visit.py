from collections import Counter
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, formatdate, get_time, getdate, now_datetime

from serial_tracking.exceptions import (
	InvalidQuantityError,
	MaintenanceVisitError,
	SerialNoFormatError,
	SerialNoItemError,
	SerialNoNotExistsError,
	SerialNoRequiredError,
)
from serial_tracking.serial_tracking.stock_voucher import LARGEST_VALUE, as_datetime
from serial_tracking.serial_tracking.well_formed import refuse_malformed
from serial_tracking.service import claims, visits
from serial_tracking.service.visits import FULLY, PARTIALLY
from serial_tracking.stock import bulk, entry_text, rules, units
from serial_tracking.stock.races import told_plainly
from serial_tracking.stock.reasons import reason_text, shown_value

# what the server alone writes
OWN_FIELDS = ("stock_entry", "previous_claim_status")
NAMED_IN_ERROR = 20


class MaintenanceVisit(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from serial_tracking.serial_tracking.doctype.maintenance_visit_part.maintenance_visit_part import (
			MaintenanceVisitPart,
		)
		from serial_tracking.serial_tracking.doctype.maintenance_visit_purpose.maintenance_visit_purpose import (
			MaintenanceVisitPurpose,
		)

		amended_from: DF.Link | None
		completion_status: DF.Literal["", "Partially Completed", "Fully Completed"]
		customer: DF.Link | None
		customer_feedback: DF.SmallText | None
		customer_name: DF.Data | None
		maintenance_schedule: DF.Link | None
		maintenance_schedule_detail: DF.Data | None
		maintenance_type: DF.Literal["Scheduled", "Unscheduled", "Breakdown"]
		mntc_date: DF.Date
		mntc_time: DF.Time | None
		naming_series: DF.Literal["MAT-MVS-.YYYY.-.#####"]
		parts: DF.Table[MaintenanceVisitPart]
		previous_claim_status: DF.Data | None
		purposes: DF.Table[MaintenanceVisitPurpose]
		remarks: DF.SmallText | None
		set_warehouse: DF.Link | None
		stock_entry: DF.Link | None
		warranty_claim: DF.Link | None

	# end: auto-generated types
	def update(self, values):
		refuse_malformed(self.meta, values)
		return super().update(values)

	def insert(self, *args, **kwargs):
		# an amendment brings along what was cancelled with its source, and Frappe looks at links before any hook
		self.keep_own_fields()
		return super().insert(*args, **kwargs)

	def check_if_latest(self):
		if not self.docstatus.is_draft():
			self.lock_heads()
		super().check_if_latest()

	def validate(self):
		self.keep_own_fields()
		self.number_rows()
		self.set_date_and_time()
		self.read_units()
		self.refuse_units_named_twice()
		self.validate_rights()
		self.find_planned_visit()
		self.validate_planned_visit(*visits.read_line(self.maintenance_schedule_detail))
		self.validate_claim(self.read_claim())
		self.set_customer()
		self.set_completion_status()
		self.read_parts()
		self.set_used_for()

	def before_submit(self):
		self.refuse_future_date()
		self.lock_what_it_is_for()
		line, claim = self.flags.line, self.flags.claim
		self.validate_planned_visit(*((line.head, line.row) if line else (None, None)))
		self.validate_claim(claim)
		if claim:
			self.previous_claim_status = claims.visited(
				claim["name"], self.completion_status, self.mntc_date, self.service_person(), self.name
			)

	def on_submit(self):
		self.use_parts()
		self.write_planned_visit(self.work())

	def before_cancel(self):
		self.lock_what_it_is_for()
		if self.flags.claim:
			claims.unvisited(self.warranty_claim, self.previous_claim_status, self.name)

	def on_cancel(self):
		self.take_parts_back()
		self.write_planned_visit([])

	# ------------------------------------------------------------------ steps of validate

	def keep_own_fields(self):
		"""What the server writes is not believed of a caller."""
		before = self.get_doc_before_save()
		for field in OWN_FIELDS:
			self.set(field, before.get(field) if before else None)

	def number_rows(self):
		# Frappe looks at what is mandatory only after validate; over REST any idx may come
		if not self.purposes:
			frappe.throw(_("Say which units were visited, and what was done"), frappe.MandatoryError)
		for table in (self.purposes, self.parts):
			for idx, row in enumerate(table, 1):
				row.idx = idx
		if any(not row.item_code for row in self.parts):
			frappe.throw(_("Every part needs an item"), frappe.MandatoryError)

	def set_date_and_time(self):
		try:
			self.mntc_date = getdate(self.mntc_date or now_datetime())
			if self.mntc_time in (None, ""):  # midnight comes out of the database as a false timedelta
				self.mntc_time = now_datetime().time()
			elif isinstance(self.mntc_time, str):
				self.mntc_time = get_time(self.mntc_time)
			as_datetime(self.mntc_date, self.mntc_time)
		except (AttributeError, TypeError, ValueError):  # Frappe's get_time has all three
			frappe.throw(
				_("{0} {1} is no date and time").format(
					escape_html(cstr(self.mntc_date)), escape_html(cstr(self.mntc_time))
				)
			)

	def read_units(self):
		"""Take over the items of the units; items without serials stand for themselves."""
		found = {
			u["name"]: u for u in units.read_by_name(row.serial_no for row in self.purposes if row.serial_no)
		}
		visible = units.visible_warehouses() if not self.flags.ignore_permissions else None
		unknown, others, without = [], [], []
		for row in self.purposes:
			unit = found.get(row.serial_no)
			if row.serial_no and not (unit and units.may_see(unit, visible)):
				unknown.append((row, _("{0} is not known").format(rules.quote_number(row.serial_no))))
			elif unit and row.item_code and row.item_code != unit["item_code"]:
				why = _("{0} is a unit of item {1}")
				shown = rules.quote_number(unit["serial_no"])
				others.append((row, why.format(shown, escape_html(unit["item_code"]))))
			elif unit:
				row.item_code = unit["item_code"]
			elif not row.item_code:
				frappe.throw(_("Row {0}: name a unit or an item").format(row.idx), frappe.MandatoryError)
			else:
				without.append(row)
		for problems, exception, title in (
			(unknown, SerialNoNotExistsError, _("Serial No Not Known")),
			(others, SerialNoItemError, _("Serial No of Another Item")),
			(list(self.rows_that_need_a_unit(without)), SerialNoRequiredError, _("Serial No Needed")),
		):
			if problems:
				rules.throw(problems, exception, title)
		self.flags.units = {row.serial_no: found[row.serial_no] for row in self.purposes if row.serial_no}
		items = self.read_items()
		for row in self.purposes:
			row.item_name = items.get(row.item_code)

	def rows_that_need_a_unit(self, rows: list) -> Iterable[rules.Problem]:
		serialised = units.serialised({row.item_code for row in rows})
		for row in rows:
			if row.item_code in serialised:
				yield row, _("name the unit that was visited")

	def read_items(self) -> dict[str, str]:
		"""Names of the items; Frappe 15 lets a link pass that it also fetches fields of."""
		wanted = {row.item_code for row in (*self.purposes, *self.parts)}
		items = {
			row["name"]: row["item_name"]
			for row in bulk.select("Item", ("name", "item_name"), "name", wanted)
		}
		if missing := sorted(wanted - set(items)):
			shown = ", ".join(shown_value(code) for code in missing)
			frappe.throw(_("Could not find {0}").format(f"{_('Item')}: {shown}"), frappe.LinkValidationError)
		return items

	def refuse_units_named_twice(self):
		counts = Counter(row.serial_no for row in self.purposes if row.serial_no)
		if repeated := [name for name, count in counts.items() if count > 1]:
			self.refuse(_("given more than once: {0}").format(self.numbers(repeated)))

	def find_planned_visit(self):
		"""A schedule alone means its next open visit that these units belong to."""
		if self.maintenance_schedule_detail or not self.maintenance_schedule:
			return
		for line in visits.open_lines(self.maintenance_schedule):
			if not self.not_planned(line):
				self.maintenance_schedule_detail = line["name"]
				return
		self.refuse(
			_("{0} has no open visit for all of these units").format(
				f"{_('Maintenance Schedule')} {escape_html(self.maintenance_schedule)}"
			)
		)

	def validate_planned_visit(self, head: dict | None, line: dict | None):
		"""The schedule is submitted, the planned visit is one of it, and the units belong to that."""
		if not self.maintenance_schedule_detail:
			return
		if line and not self.maintenance_schedule:
			self.maintenance_schedule = line["parent"]
		shown = f"{_('Maintenance Schedule')} {escape_html(cstr(self.maintenance_schedule))}"
		if not line or line["parent"] != self.maintenance_schedule:
			self.refuse(_("{0} has no such visit").format(shown))
		if head["docstatus"] != 1:
			self.refuse(_("{0} is not submitted").format(shown))
		self.validate_customer_of(shown, head["customer"])
		if foreign := self.not_planned(line):
			self.refuse(
				_("{0}: not planned in {1} for {2}").format(
					", ".join(foreign), escape_html(line["parent"]), formatdate(line["scheduled_date"])
				)
			)

	def not_planned(self, line: dict) -> list[str]:
		"""Units and items of this visit that a planned one does not name, as they stand in messages."""
		planned = set(visits.units_of_line(line["item_code"], line["serial_no"]).values())
		foreign = []
		for row in self.purposes:
			if row.serial_no and row.serial_no not in planned:
				foreign.append(self.number(row.serial_no))
			elif not row.serial_no and (planned or row.item_code != line["item_code"]):
				foreign.append(frappe.bold(escape_html(row.item_code)))
		return foreign[:NAMED_IN_ERROR]

	def read_claim(self) -> dict | None:
		named = [self.warranty_claim] if self.warranty_claim else []
		return next(iter(bulk.select(claims.CLAIM, claims.COLUMNS, "name", named)), None)

	def validate_claim(self, claim: dict | None):
		"""The claim is not cancelled, and its unit is among those visited."""
		if not claim:
			return  # Frappe says which link is wrong
		shown = f"{_('Warranty Claim')} {escape_html(claim['name'])}"
		if claim["status"] == claims.CANCELLED:
			self.refuse(_("{0} is cancelled").format(shown))
		if claim["serial_no"] not in self.flags.units:
			self.refuse(
				_("{0} is about {1}, which is not among the units of this visit").format(
					shown, rules.quote_number(claim["serial_no"])
				)
			)
		self.validate_customer_of(shown, claim["customer"])

	def validate_rights(self):
		"""Who makes a visit for something may read that; asked before anything of it is told."""
		if self.flags.ignore_permissions:
			return
		_head, line = visits.read_line(self.maintenance_schedule_detail)
		schedule = self.maintenance_schedule or (line and line["parent"])
		for doctype, name in (("Maintenance Schedule", schedule), ("Warranty Claim", self.warranty_claim)):
			if name and frappe.db.exists(doctype, name):
				frappe.has_permission(doctype, "read", doc=name, throw=True)

	def validate_customer_of(self, shown: str, customer: str | None):
		"""The visit takes over the customer of what it is for, and has no other."""
		self.customer = self.customer or customer or None
		if customer and self.customer != customer:
			self.refuse(
				_("{0} is of {1}, not of {2}").format(
					shown, escape_html(customer), escape_html(self.customer)
				)
			)

	def set_customer(self):
		customers = {unit["customer"] or None for unit in self.flags.units.values()}
		if not self.customer and len(customers) == 1:
			(self.customer,) = customers
		name = self.customer and frappe.db.get_value("Customer", self.customer, ["name", "customer_name"])
		if self.customer and not name:
			# a link that fetches a name passes Frappe 15 though there is no such record
			shown = f"{_('Customer')}: {shown_value(self.customer)}"
			frappe.throw(_("Could not find {0}").format(shown), frappe.LinkValidationError)
		self.customer_name = name[1] if name else None

	def set_completion_status(self):
		for row in self.purposes:
			row.completion_status = row.completion_status or FULLY
			if row.completion_status not in (PARTIALLY, FULLY):
				self.refuse_row(
					row, _("{0} is no completion status").format(escape_html(row.completion_status))
				)
		done = all(row.completion_status == FULLY for row in self.purposes)
		self.completion_status = FULLY if done else PARTIALLY

	def read_parts(self):
		"""Understand what stands in the boxes, and put it in canonical form, as in a voucher."""
		items = self.read_items() if self.parts else {}
		problems = []
		for row in self.parts:
			row.item_name = items[row.item_code]
			row.warehouse = row.warehouse or self.set_warehouse
			if not abs(flt(row.qty)) < LARGEST_VALUE:  # nor is NaN
				why = _("the quantity {0} cannot be stored").format(flt(row.qty))
				self.refuse_row(row, why, InvalidQuantityError)
			if isinstance(row.serial_no, list | dict):
				self.refuse_row(row, _("write the serial numbers as text, one per line"), SerialNoFormatError)
			entry = entry_text.parse(cstr(row.serial_no))
			if entry.problems:
				problems += [
					(row, f"{rules.quote_number(t)}: {reason_text(why)}") for t, why in entry.problems
				]
			elif (
				entry.count <= rules.MAX_UNITS and not entry.scanned
			):  # a scanned code says more than the number
				row.serial_no = entry_text.canonical(entry.numbers()) or None
		if problems:
			rules.throw(problems, SerialNoFormatError, _("Serial No Not Understood"))

	def set_used_for(self):
		"""Each part goes into one of the visited units; if there is one only, into that."""
		visited = list(self.flags.units)
		for row in self.parts:
			if not row.used_for and len(visited) == 1:
				row.used_for = visited[0]
			elif not row.used_for and visited:
				self.refuse_row(
					row, _("say which of the {0} visited units it was used for").format(len(visited))
				)
			elif row.used_for and row.used_for not in self.flags.units:
				why = _("{0}, which it was used for, is not among the units of this visit")
				self.refuse_row(row, why.format(rules.quote_number(row.used_for)))

	# ------------------------------------------------------------------ towards the service room

	def refuse_future_date(self):
		if self.mntc_date > now_datetime().date():
			self.refuse(_("The visit is on {0}, which is still to come").format(formatdate(self.mntc_date)))

	def lock_heads(self):
		"""Lock the schedule, then the claim, and only then let Frappe lock the visit itself.

		Who has them locked reads their visits, and would wait for one that waits for them.
		"""
		_head, line = visits.read_line(self.maintenance_schedule_detail)
		schedule = self.maintenance_schedule or (line and line["parent"])
		with told_plainly():
			if schedule:
				visits.lock_schedule(schedule)
			if self.warranty_claim:
				claims.lock(self.warranty_claim)

	def lock_what_it_is_for(self):
		self.flags.line = self.flags.claim = None
		with told_plainly():
			if self.maintenance_schedule_detail:
				self.flags.line = visits.lock_line(
					self.maintenance_schedule, self.maintenance_schedule_detail
				)
			if self.warranty_claim:
				self.flags.claim = claims.lock(self.warranty_claim)

	def work(self) -> list[visits.Work]:
		return [
			visits.Work(self.name, self.mntc_date, row.serial_no or None, row.completion_status)
			for row in self.purposes
		]

	def service_person(self) -> str | None:
		"""Who worked on the unit of the claim."""
		persons = {row.serial_no: row.service_person for row in self.purposes}
		return persons.get(self.flags.claim["serial_no"])

	def write_planned_visit(self, own_work: list[visits.Work]):
		if line := self.flags.pop("line", None):
			others = [work for work in line.work if work.visit != self.name]
			with told_plainly():
				visits.write_line(line, [*others, *own_work], now_datetime().date())

	# ------------------------------------------------------------------ towards the stock

	def use_parts(self):
		"""Issue the parts from stock: whoever may submit the visit may do that, from where they may look."""
		if not self.parts:
			return
		visible = units.visible_warehouses("Stock Entry")
		for row in self.parts:
			if row.warehouse and row.warehouse not in (visible or {row.warehouse}):
				frappe.throw(
					_("You may not take parts from {0}").format(escape_html(row.warehouse)),
					frappe.PermissionError,
				)
		posted = min(self.get_datetime(), now_datetime())
		entry = frappe.new_doc("Stock Entry")
		entry.update(
			{
				"purpose": "Material Issue",
				"maintenance_visit": self.name,
				"set_posting_time": 1,
				"posting_date": posted.date(),
				"posting_time": posted.time(),
				"items": [
					{
						"item_code": row.item_code,
						"s_warehouse": row.warehouse,
						"qty": row.qty,
						"uom": row.uom,
						"serial_no": row.serial_no,
						"used_for": row.used_for,
					}
					for row in self.parts
				],
			}
		)
		entry.flags.ignore_permissions = entry.flags.by_visit = True
		entry.insert()
		entry.submit()
		self.db_set("stock_entry", entry.name, update_modified=False)
		for row, issued in zip(self.parts, entry.items, strict=True):
			values = {"serial_no": issued.serial_no, "uom": issued.uom}  # picked, read, filled in
			if any(row.get(field) != value for field, value in values.items()):
				row.db_set(values, update_modified=False)

	def take_parts_back(self):
		if not self.stock_entry:
			return
		entry = frappe.get_doc("Stock Entry", self.stock_entry)
		entry.flags.ignore_permissions = entry.flags.by_visit = True
		entry.cancel()

	# ------------------------------------------------------------------ small things

	def get_datetime(self):
		return as_datetime(self.mntc_date, self.mntc_time)

	def number(self, name: str) -> str:
		unit = self.flags.units.get(name)
		return rules.quote_number(unit["serial_no"] if unit else name)

	def numbers(self, names: Iterable[str]) -> str:
		return ", ".join(self.number(name) for name in names)

	def refuse(self, why: str):
		frappe.throw(why, MaintenanceVisitError)

	def refuse_row(self, row, why: str, exception: type[Exception] = MaintenanceVisitError):
		rules.throw([(row, why)], exception, _("Row {0}").format(row.idx))
