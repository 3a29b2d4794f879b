"""Recall: every unit that came in a document, from a supplier, in a period, or of an item, and what these went into:
where each is now, and who has it (DOMAIN 9)."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import cint, getdate
from pypika.queries import QueryBuilder
from pypika.terms import Criterion

from serial_tracking.serial_tracking import unit_report
from serial_tracking.serial_tracking.report.serial_no_ledger.serial_no_ledger import in_period
from serial_tracking.stock import bulk, genealogy, units
from serial_tracking.stock.as_of import LEDGER

CAME_IN = ("Received", "Produced")
SHOWN_PARTS = 3  # of a unit
MOST_REACHED = 20_000  # units that others went into
SHOWN_FIELDS = (
	"name", "serial_no", "item_code", "item_name", "status", "on_hold", "hold_reason", "warehouse",
	"last_warehouse", "customer", "customer_name", "custodian", "location", "delivery_document_type",
	"delivery_document_no", "delivery_date", "sales_invoice", "supplier_serial_no", "end_of_life_date",
	"warranty_expiry_date",
)  # fmt: skip

Row = unit_report.Row


def execute(filters: dict[str, Any] | None = None):
	"""Columns, rows, message, chart and number cards; filters as in the report's script."""
	recall = Recall(filters)
	if not recall.asked:
		return (
			_columns(),
			[],
			_("Choose what is called back: a document, a supplier, a period, an item or a unit."),
		)
	rows, counts = recall.find()
	by_status, by_customer = Counter(), Counter()
	for (called, customer), count in counts.items():
		by_status[called] += count
		if customer:
			by_customer[customer] += count
	summary = [
		unit_report.card(_("Customers"), len(by_customer), "Orange"),
		*unit_report.summary_of_statuses(by_status),
	]
	if cint(recall.filters.group_by_customer):
		columns, rows = _columns_of_customers(), _customers(by_customer)
	else:
		columns = unit_report.without_empty(
			unit_report.without_names_twice(_columns(), rows),
			rows,
			(
				"custodian", "location", "hold_reason", "level", "contains", "built_by", "built_by_type",
				"sales_invoice", "supplier_serial_no", "end_of_life_date",
			),
		)  # fmt: skip
	message = recall.say_what_is_missing()
	return columns, rows, message, unit_report.chart_of_statuses(by_status), summary


class Recall:
	"""The units that the filters call back, of those that the user may see.

	Raises frappe.PermissionError without the right to read Serial No and its ledger.
	"""

	def __init__(self, filters: dict[str, Any] | None):
		for doctype in ("Serial No", LEDGER):
			frappe.has_permission(doctype, throw=True)
		self.filters = frappe._dict(filters or {})
		self.move, self.unit = frappe.qb.DocType(LEDGER), frappe.qb.DocType("Serial No")
		self.complete, self.cut = True, False
		self.in_all = 0  # rows of all pages
		self._added: list[Row] | None = None
		self._known: set[str] | None = (
			None  # the names of all that are called back themselves, if they are few
		)
		asked = self._asked()
		self.asked = bool(asked)
		self.query = (
			frappe.qb.from_(self.move).join(self.unit).on(self.unit.name == self.move.serial_no)
		).where(self.move.is_cancelled == 0)
		permitted = self._permitted()
		for condition in (*asked, *permitted):
			self.query = self.query.where(condition)
		# the same moves; who may see all units need not look at them
		self.moves = self.query
		if not permitted:
			self.moves = frappe.qb.from_(self.move).where(self.move.is_cancelled == 0)
			for condition in asked:
				self.moves = self.moves.where(condition)

	def _asked(self) -> list[Criterion]:
		"""What the filters ask for. A document calls back what it moved, but not what it consumed."""
		filters, move = self.filters, self.move
		conditions = unit_report.of_items(filters, move.item_code)
		for field in ("serial_no", "voucher_no"):
			if wanted := unit_report.values_of(filters, field):
				conditions.append(move[field].isin(wanted))
		if suppliers := unit_report.values_of(filters, "supplier"):
			conditions.append((move.party_type == "Supplier") & move.party.isin(suppliers))
		conditions += in_period(move.posting_datetime, filters)
		if not conditions:
			return []
		if types := unit_report.values_of(filters, "voucher_type"):
			conditions.append(move.voucher_type.isin(types))
		by_document = unit_report.values_of(filters, "voucher_no") and not suppliers
		conditions.append(move.move_type != "Consumed" if by_document else move.move_type.isin(CAME_IN))
		return conditions

	def _permitted(self) -> list[Criterion]:
		"""The unit must be the user's to see; the move too, unless the unit's own record tells of it."""
		move, unit = self.move, self.unit
		listed = unit_report.listed("Serial No", unit)
		conditions = [] if listed is None else [listed]
		if moves := unit_report.listed_moves(move):
			told = (unit.purchase_document_type == move.voucher_type) & (
				unit.purchase_document_no == move.voucher_no
			)
			conditions.append(Criterion.all(moves) | told)
		return conditions

	def find(self) -> tuple[list[Row], Counter]:
		"""Rows of the page, and how many units there are of each status and customer, those not shown included.

		First those that are called back themselves, then what they went into.
		"""
		rows = self._sources()
		if self.cut:
			counts, moves = self._count()
			if moves < unit_report.rows_of_page(self.filters):
				moves = counts.total()  # all are on the first page, where each unit is one row
		else:
			rows = list(
				{row["name"]: row for row in rows}.values()
			)  # of a unit that came twice the later move
			counts, moves = _count(rows), len(rows)
			self._known = {row["name"] for row in rows}
		added = self._built_into
		self.in_all = moves + len(added)
		first = max(unit_report.first_of(self.filters) - moves, 0)
		shown = [*rows, *added[first:]][: unit_report.rows_of_page(self.filters)]
		if not shown and unit_report.page_of(self.filters) > 1:
			unit_report.turn_back_to(self.filters, self.in_all)
			return self.find()
		for row in shown:
			if row["status"] != "On Hold":
				row["hold_reason"] = None
		return shown, counts + _count(added)

	def customers(self) -> Counter:
		"""Which customers have how many of the units, those beyond what the report shows included."""
		counts = Counter()
		for (_called, customer), count in (self._count()[0] + _count(self._built_into)).items():
			if customer:
				counts[customer] += count
		return counts

	def free_in_stock(self) -> set[str]:
		"""The names of all units that lie in stock and are not held."""
		free = self.query.where(self.unit.warehouse.notnull() & (self.unit.warehouse != ""))
		free = free.where(self.unit.on_hold == 0).select(self.unit.name).distinct()
		also = {row["name"] for row in self._built_into if row["warehouse"] and not row["on_hold"]}
		return {name for (name,) in free.run()} | also

	def units_of(self, customers: Collection[str]) -> list[Row]:
		"""All of the units that these customers have, by item and number."""
		found = {}
		names = sorted(customers)
		for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
			chunk = names[start : start + bulk.ROWS_PER_STATEMENT]
			query = self.query.select(*(self.unit[field] for field in SHOWN_FIELDS)).distinct()
			rows = query.where(self.unit.customer.isin(chunk)).run(as_dict=True)
			found.update({row["name"]: row for row in rows})
		for row in self._built_into:
			if row["customer"] in customers:
				found.setdefault(row["name"], row)
		return sorted(found.values(), key=lambda row: (row["item_code"], row["serial_no"]))

	@property
	def _built_into(self) -> list[Row]:
		"""Units that the others went into and that are not among them; looked for once."""
		if self._added is None:
			self._added = self._look_for_built_into() if cint(self.filters.get("built_into", 1)) else []
		return self._added

	def _look_for_built_into(self) -> list[Row]:
		reached = self._reached()
		also = self._sources_among(reached) if self._known is None else self._known
		return _described({name: how for name, how in reached.items() if name not in also})

	def _sources(self) -> list[Row]:
		"""What is called back itself: of the moves that call units back those of the page, each with its unit."""
		move = self.move
		ordered = self.moves.select(move.name).orderby(move.posting_datetime, move.name)
		names = [name for (name,) in unit_report.page(ordered, self.filters).run()]
		self.cut = not unit_report.is_whole(names, self.filters)
		found = (
			frappe.qb.from_(move)
			.join(self.unit)
			.on(self.unit.name == move.serial_no)
			.select(
				*(self.unit[field] for field in SHOWN_FIELDS),
				move.voucher_type.as_("source_type"),
				move.voucher_no.as_("source_no"),
				move.posting_datetime.as_("came_at"),
				move.party_name.as_("came_from"),
			)
			.where(move.name.isin(names or [""]))
			.orderby(move.posting_datetime, move.name)
			.run(as_dict=True)
		)
		for row in found:
			row.update({"level": 0, "came_on": getdate(row.pop("came_at"))})
		return found

	def _count(self) -> tuple[Counter, int]:
		"""The units by status and customer, and how many moves call them back: a unit may have come several times."""
		status, customer = self.unit.status, self.unit.customer
		query = self.query.select(status, customer, Count(self.unit.name).distinct(), Count("*"))
		if frappe.db.db_type == "mariadb":
			# from the moves to their units: MariaDB would look up the moves of each unit that there is
			query = query.modifier("STRAIGHT_JOIN")
		groups = query.groupby(status, customer).run()
		counts = Counter({(called, who): count for called, who, count, _moves in groups})
		return counts, sum(moves for *_group, moves in groups)

	def _moves(self) -> QueryBuilder:
		return self.moves.select(self.move.serial_no, self.move.move_no)

	def _reached(self) -> dict[str, Row]:
		found, self.complete = genealogy.went_into(self._moves(), MOST_REACHED)
		return found

	def _sources_among(self, names: Iterable[str]) -> set[str]:
		names, found = sorted(names), set()
		for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
			chunk = names[start : start + bulk.ROWS_PER_STATEMENT]
			query = self.query.select(self.unit.name).where(self.unit.name.isin(chunk))
			found.update(name for (name,) in query.run())
		return found

	def say_what_is_missing(self) -> str | None:
		said = []
		if not cint(self.filters.group_by_customer):
			said.append(unit_report.say_what_is_cut(self.in_all, self.filters))
		if not self.complete:
			said.append(_("More units than these were built into others: call back parts of it one by one."))
		if units.visible_warehouses() is not None:
			said.append(_("This holds only what you may see; there may be units in other warehouses."))
		return " ".join(filter(None, said)) or None


def _count(rows: Iterable[Row]) -> Counter:
	return Counter((row["status"], row["customer"]) for row in rows)


def _described(reached: dict[str, Row]) -> list[Row]:
	"""Units that others went into, with what they contain of these, and since when."""
	found = {unit["name"]: unit for unit in bulk.select("Serial No", SHOWN_FIELDS, "name", reached)}
	rows = []
	for name, how in reached.items():
		parts = list(how["parts"])
		more = len(parts) - SHOWN_PARTS
		rows.append(
			{
				**found[name],
				"level": how["level"],
				"contains": ", ".join(parts[:SHOWN_PARTS]) + (f" … (+{more:,})" if more > 0 else ""),
				"built_by_type": how["voucher_type"],
				"built_by": how["voucher_no"],
				"came_on": getdate(how["posting_datetime"]),
			}
		)
	return rows


def _customers(counts: Counter) -> list[Row]:
	"""Who has how many of the units, and how to reach them."""
	fields = ("name", "customer_name", "email_id", "mobile_no")
	readable = (
		units.readable_names(sorted(counts), "Customer") if frappe.has_permission("Customer") else set()
	)
	found = {row["name"]: row for row in bulk.select("Customer", fields, "name", readable)}
	return [
		{
			"customer": customer,
			"units": count,
			**{field: found.get(customer, {}).get(field) for field in fields if field != "name"},
		}
		for customer, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
	]


def _columns() -> list[unit_report.Column]:
	column = unit_report.column
	return [
		*unit_report.columns_of_unit(),
		column("status", _("Status"), width=150),
		column("warehouse", _("Warehouse"), "Link", "Warehouse", 140),
		*unit_report.columns_of_customer(),
		column("delivery_date", _("Delivered On"), "Date", width=110),
		column("delivery_document_type", _("Delivered By"), width=130),
		column("delivery_document_no", _("Delivered With"), "Dynamic Link", "delivery_document_type", 180),
		column("sales_invoice", _("Sales Invoice"), "Link", "Sales Invoice", 160),
		*unit_report.columns_of_custodian(),
		column("hold_reason", _("Hold Reason"), width=180),
		column("level", _("Level"), "Int", width=70),
		column("contains", _("Contains"), width=200),
		column("built_by_type", _("Built By"), width=130),
		column("built_by", _("Built With"), "Dynamic Link", "built_by_type", 180),
		column("came_on", _("Came On"), "Date", width=110),
		column("source_type", _("Came By"), width=140),
		column("source_no", _("Came With"), "Dynamic Link", "source_type", 180),
		column("came_from", _("Came From"), width=150),
		column("supplier_serial_no", _("Supplier Serial No"), width=150),
		column("end_of_life_date", _("End of Life"), "Date", width=110),
		column("last_warehouse", _("Last Warehouse"), "Link", "Warehouse", 140),
	]


def _columns_of_customers() -> list[unit_report.Column]:
	column = unit_report.column
	return [
		column("customer", _("Customer"), "Link", "Customer", 220),
		column("customer_name", _("Customer Name"), width=220),
		column("units", _("Units"), "Int", width=90),
		column("email_id", _("Email"), width=220),
		column("mobile_no", _("Mobile No"), width=160),
	]
