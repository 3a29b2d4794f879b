"""What the reports of units as of a day do alike: filters, permissions, rows, how many there are, and their chart."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.desk.reportview import build_match_conditions
from frappe.permissions import get_allowed_docs_for_doctype
from frappe.query_builder.functions import Coalesce, Count
from frappe.utils import cint, formatdate, getdate
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, LiteralValue, Term

from serial_tracking.serial_tracking.well_formed import read_date
from serial_tracking.stock import as_of, bulk, status
from serial_tracking.stock.as_of import Units

MOST_ROWS = 5_000  # of a page, all that a browser is given at once
MOST_PAGES = 1_000_000  # more than any site has, and few enough for a database to count the rows before them
MOST_EXPORTED = 200_000  # rows of all pages, in a file
MOST_BARS, MOST_YEARS = 12, 40  # of a chart
SOON = 30  # days
MOST_DAYS = 36_500

RED, GREEN, BLUE, GREY = "#e24c4c", "#1a9a8f", "#3b82c4", "#8d99a6"
STATUS_COLOURS = {  # of number cards, as in public/js/unit_report.js
	status.AVAILABLE: "Green",
	status.ON_HOLD: "Orange",
	status.EXPIRED: "Red",
	status.IN_USE: "Blue",
	status.DELIVERED: "Purple",
	"Consumed": "Grey",
	"Returned to Supplier": "Grey",
	status.INACTIVE: "Grey",
}
PURCHASE = ("purchase_document_type", "purchase_document_no", "purchase_date", "supplier", "supplier_name")

Row = dict[str, Any]
Column = dict[str, Any]


class UnitReport:
	"""The units as of `filters.as_on_date` that the filters ask for and the user may see.

	Raises frappe.PermissionError without the right to read Serial No.
	"""

	def __init__(self, filters: Mapping[str, Any] | None):
		frappe.has_permission("Serial No", throw=True)
		self.filters = frappe._dict(filters or {})
		self.units = Units(date_of(self.filters, "as_on_date"))
		self.day = self.units.day
		self.columns: list[Column] = []
		self.counted: QueryBuilder | None = None  # the same units, without tables that columns alone need
		self._permit()

	# ------------------------------------------------------------------ which units

	def _permit(self) -> None:
		"""Frappe's own rules for a list of units, and the same for what was so on that day."""
		self.where(listed("Serial No", self.units.unit))
		if self.units.past:
			for field in ("warehouse", "last_warehouse", "customer"):
				doctype = frappe.get_meta("Serial No").get_field(field).options
				self.where(permitted(self.units[field], doctype, "Serial No"))

	def where(self, condition: Criterion | None) -> None:
		if condition is not None:
			self.units.where(condition)

	def filter_units(self) -> None:
		"""The filters that all reports of units have. Of a tree a group means all below it."""
		for fieldname, field, tree in (
			("serial_no", "name", None),
			("item_code", "item_code", None),
			("item_group", "item_group", "Item Group"),
			("brand", "brand", None),
			("warehouse", "last_warehouse", "Warehouse"),
			("customer", "customer", None),
			("status", "status", None),
			("custodian", "custodian", None),
		):
			if wanted := values_of(self.filters, fieldname):
				self.where(self.units[field].isin(with_descendants(tree, wanted) if tree else wanted))

	# ------------------------------------------------------------------ what is told

	def rows(self, order_by: Sequence[Term], **more: Term) -> list[Row]:
		"""The first rows, with the fields of the columns that units have, and `more`."""
		have = frappe.get_meta("Serial No").get_valid_columns()
		names = [
			c["fieldname"] for c in self.columns if c["fieldname"] in have and c["fieldname"] not in more
		]
		dates = [c["fieldname"] for c in self.columns if c["fieldtype"] == "Date"]
		order_by = (*order_by, self.units["name"])
		query = self.units.query.select(
			self.units["name"],
			*(self.units[name].as_(name) for name in names),
			*(term.as_(name) for name, term in more.items()),
		)
		if self.units.past:
			# which units, first: what they were then is asked of these alone, and not of all that are sorted
			which = (self.counted or self.units.query).select(self.units["name"])
			found = page(_ordered(which, order_by), self.filters).run()
			query = query.where(self.units.unit.name.isin([name for (name,) in found] or [""]))
			rows = _ordered(query, order_by).run(as_dict=True)
		else:
			rows = page(_ordered(query, order_by), self.filters).run(as_dict=True)
		if not rows and turn_back(self.counted or self.units.query, self.filters):
			return self.rows(order_by, **more)
		for row in rows:
			for name in dates:
				if isinstance(row.get(name), str):  # SQLite knows no type of what it has computed
					row[name] = getdate(row[name])
		return rows

	def told_by_date(self, field: str, columns: list[Column], **more: Term) -> tuple:
		"""What a report about a date of units answers: the soonest first, the days left, and how many end when."""
		date = self.units[field]
		self.filter_units()
		self.where(within(date, self.filters, self.day, cint(self.filters.show_expired)))
		self.columns = columns
		rows = self.rows([date], **more)
		days_left(rows, field, self.day)
		counts = self.count(rows, field)
		return (
			without_names_twice(columns, rows),
			rows,
			say_what_is_cut(counts.total(), self.filters),
			chart_by_month(counts, self.day),
			summary_of_dates(counts, self.day),
		)

	def count(self, rows: Sequence[Row], field: str) -> Counter:
		"""How many units there are of each value of a field, those beyond the rows that are shown included."""
		if is_whole(rows, self.filters):
			return Counter(row[field] for row in rows)
		query = (self.counted or self.units.query).select(self.units[field].as_("counted_by"), Count("*"))
		counts = dict(query.groupby(LiteralValue("`counted_by`")).run())
		is_date = field in (column["fieldname"] for column in self.columns if column["fieldtype"] == "Date")
		return Counter({getdate(key) if is_date else key: count for key, count in counts.items()})

	def correct_purchases(self, rows: Iterable[Row]) -> None:
		"""Say who the units were bought from before the day; their records tell of a purchase since."""
		later = {row["name"]: row for row in rows if row["purchase_date"] and row["purchase_date"] > self.day}
		if not later or not self.units.past:
			return
		for name, then in as_of.facts(later, self.day).items():
			later[name].update({field: then[field] for field in PURCHASE if field in later[name]})
			if not is_permitted(then["supplier"], "Supplier", "Serial No"):
				later[name].update({field: None for field in PURCHASE if field in later[name]})


def listed(doctype: str, table: Table) -> Criterion | None:
	"""Frappe's own rules for a list of a DocType, for a query that has its table, not renamed.

	Raises frappe.PermissionError without the right to read it.
	"""
	condition = build_match_conditions(doctype)
	# a literal has no operators of its own
	return table.name.notnull() & LiteralValue(f"({condition})") if condition else None


def permitted(term: Term, doctype: str, of: str) -> Criterion | None:
	"""What User Permissions on a DocType say of a link to it, computed, in records of the DocType `of`."""
	allowed = _allowed(doctype, of)
	if not allowed:
		return None
	if cint(frappe.get_system_settings("apply_strict_user_permissions")):
		return term.isin(allowed)
	return term.isin(allowed) | term.isnull() | (term == "")


def is_permitted(value: str | None, doctype: str, of: str) -> bool:
	"""The same of a value that is known."""
	allowed = _allowed(doctype, of)
	return not allowed or not value or value in allowed


def _allowed(doctype: str, of: str) -> list[str]:
	permissions = get_user_permissions(frappe.session.user).get(doctype, [])
	return get_allowed_docs_for_doctype(permissions, of) if permissions else []


def listed_moves(move: Table) -> list[Criterion]:
	"""The same as `listed` of Serial No Ledger Entry, and what User Permissions say of the other party of a move.

	Frappe does not look at that: it is a Dynamic Link.
	"""
	conditions = [listed(as_of.LEDGER, move)]
	for doctype in ("Customer", "Supplier"):
		allowed = permitted(move.party, doctype, as_of.LEDGER)
		if allowed is not None:
			conditions.append((Coalesce(move.party_type, "") != doctype) | allowed)
	return [condition for condition in conditions if condition is not None]


def of_items(filters: Mapping[str, Any], item_code: Term) -> list[Criterion]:
	"""The filters of items, for a table that knows the item alone."""
	conditions, item = [], frappe.qb.DocType("Item")
	if wanted := values_of(filters, "item_code"):
		conditions.append(item_code.isin(wanted))
	for fieldname, tree in (("item_group", "Item Group"), ("brand", None)):
		if wanted := values_of(filters, fieldname):
			wanted = with_descendants(tree, wanted) if tree else wanted
			those = frappe.qb.from_(item).select(item.name).where(item[fieldname].isin(wanted))
			conditions.append(item_code.isin(those))
	return conditions


def within(term: Term, filters: Mapping[str, Any], day: datetime.date, with_past: int) -> Criterion:
	"""The dates that are asked for: from a date to a date, else those of the next days.

	:param with_past: those before the day too
	"""
	from_date, to_date = date_of(filters, "from_date"), date_of(filters, "to_date")
	condition = term.notnull()
	if from_date or to_date:
		if from_date and to_date and from_date > to_date:
			frappe.throw(_("From Date is after To Date"))
		if from_date:
			condition &= term >= from_date
		return condition & (term <= to_date) if to_date else condition
	days = cint(filters.get("within_days"))
	if days < 0:
		frappe.throw(_("Days cannot be negative"))
	if days:
		condition &= term <= days_after(day, min(days, MOST_DAYS))
	return condition if with_past else condition & (term >= day)


def days_after(day: datetime.date, days: int) -> datetime.date:
	"""So many days later, at most the last day that there is."""
	return day + min(datetime.timedelta(days), datetime.date.max - day)


def values_of(filters: Mapping[str, Any], fieldname: str) -> list[str]:
	"""What a filter asks for: one value or a list of them."""
	value = filters.get(fieldname)
	values = value if isinstance(value, list | tuple) else [value]
	return [str(value) for value in values if value not in (None, "")]


def date_of(filters: Mapping[str, Any], fieldname: str) -> datetime.date | None:
	"""A date of the filters, None without one; raises frappe.ValidationError for what is none."""
	return read_date(filters.get(fieldname), fieldname)


def with_descendants(doctype: str, names: Iterable[str]) -> list[str]:
	"""The records of a tree and all below them."""
	found = set(names)
	for name in sorted(found):
		found.update(frappe.db.get_descendants(doctype, name))
	return sorted(found)


def column(fieldname: str, label: str, fieldtype: str = "Data", options: str | None = None, width: int = 120):
	"""A column. One of links is plain text for who may not read where they lead: Frappe would refuse the report."""
	if fieldtype == "Link" and not frappe.has_permission(options):
		fieldtype = "Data"
	found = {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"options": options,
		"width": width,
	}
	# else the Desk goes by the first row, where there may be nothing
	return found if fieldtype == "Int" else {**found, "align": "left"}


def columns_of_unit() -> list[Column]:
	return [
		column("serial_no", _("Serial No"), "Link", "Serial No", 170),
		column("item_code", _("Item"), "Link", "Item", 120),
		column("item_name", _("Item Name"), width=180),
	]


def columns_of_customer() -> list[Column]:
	return [
		column("customer", _("Customer"), "Link", "Customer", 150),
		column("customer_name", _("Customer Name"), width=150),
	]


def columns_of_custodian() -> list[Column]:
	return [
		# no link: a User Permission on User is not meant for custodians (Serial No ignores it too)
		column("custodian", _("Custodian"), width=180),
		column("location", _("Location"), width=120),
	]


def columns_of_item() -> list[Column]:
	return [
		column("item_group", _("Item Group"), "Link", "Item Group"),
		column("brand", _("Brand"), "Link", "Brand"),
	]


def without_empty(columns: list[Column], rows: Sequence[Row], fieldnames: Iterable[str]) -> list[Column]:
	"""The columns without those of these that no row has a value for."""
	empty = {name for name in fieldnames if not any(row.get(name) for row in rows)}
	return [column for column in columns if column["fieldname"] not in empty]


def without_names_twice(columns: list[Column], rows: Iterable[Row]) -> list[Column]:
	"""The columns; that of a customer's name only where one is not its own name."""
	if any(row.get("customer_name") not in (None, "", row.get("customer")) for row in rows):
		return columns
	return [column for column in columns if column["fieldname"] != "customer_name"]


def full_names(users: Iterable[str | None]) -> dict[str, str]:
	found = bulk.select("User", ("name", "full_name"), "name", filter(None, users))
	return {user["name"]: user["full_name"] for user in found}


def page_of(filters: Mapping[str, Any]) -> int:
	return min(max(cint(filters.get("page")), 1), MOST_PAGES)


def rows_of_page(filters: Mapping[str, Any]) -> int:
	"""How many rows a page has at most: `all_rows` asks for one page of all, to be exported."""
	return MOST_EXPORTED if cint(filters.get("all_rows")) else MOST_ROWS


def first_of(filters: Mapping[str, Any]) -> int:
	"""How many rows stand before the page that the filters ask for."""
	return (page_of(filters) - 1) * rows_of_page(filters)


def page(query: QueryBuilder, filters: Mapping[str, Any]) -> QueryBuilder:
	"""The rows of the page that the filters ask for."""
	return query.limit(rows_of_page(filters)).offset(first_of(filters))


def turn_back(query: QueryBuilder, filters: dict[str, Any]) -> bool:
	"""Of a page beyond the last one: let the filters ask for the last one. False if there is no other than the first."""
	if page_of(filters) == 1:
		return False
	turn_back_to(filters, query.select(Count("*")).run()[0][0])
	return True


def turn_back_to(filters: dict[str, Any], total: int) -> None:
	filters["page"] = max(min(page_of(filters), -(-total // rows_of_page(filters))), 1)


def is_whole(rows: Sequence[Row], filters: Mapping[str, Any]) -> bool:
	"""Are these rows of a page all that there are?"""
	return page_of(filters) == 1 and len(rows) < rows_of_page(filters)


def say_what_is_cut(total: int, filters: Mapping[str, Any]) -> str | None:
	"""Which rows of how many a page shows, where it is not all of them."""
	first, size = first_of(filters), rows_of_page(filters)
	pages = -(-total // size)
	if pages > 1:
		return _("Rows {0} to {1} of {2}: page {3} of {4}. Cards and chart count all of them.").format(
			f"{first + 1:,}", f"{min(first + size, total):,}", f"{total:,}", page_of(filters), pages
		)


def _ordered(query: QueryBuilder, terms: Iterable[Term]) -> QueryBuilder:
	for term in terms:
		query = query.orderby(term)
	return query


def days_left(rows: Iterable[Row], field: str, day: datetime.date) -> None:
	"""Days until a date, negative after it; the day itself still counts as valid (DOMAIN 4)."""
	for row in rows:
		row["days_left"] = (row[field] - day).days if row[field] else None


def summary_of_dates(counts: Mapping[datetime.date, int], day: datetime.date) -> list[Row]:
	"""Number cards: what has ended, ends soon, ends later."""
	soon = days_after(day, SOON)
	ended = sum(count for date, count in counts.items() if date < day)
	near = sum(count for date, count in counts.items() if day <= date <= soon)
	later = sum(count for date, count in counts.items() if date > soon)
	return [
		card(_("Expired"), ended, "Red"),
		card(_("Within {0} Days").format(SOON), near, "Orange"),
		card(_("Later"), later, "Green"),
		card(_("Units"), ended + near + later, "Blue"),
	]


def card(label: str, value: int, indicator: str) -> Row:
	return {"label": label, "value": value, "datatype": "Int", "indicator": indicator}


def chart_by_month(
	counts: Mapping[datetime.date, int], day: datetime.date, names: tuple[str, str] | None = None
) -> dict[str, Any] | None:
	"""Bars of what has ended by the day and what has not: of months, quarters or years, whichever are MOST_BARS at most.

	:param names: of the two, if not Expired and Valid
	"""
	ended, ahead = names or (_("Expired"), _("Valid"))
	return chart_of_dates(
		[
			(ended, {date: count for date, count in counts.items() if date < day}, RED),
			(ahead, {date: count for date, count in counts.items() if date >= day}, GREEN),
		],
		stacked=True,
	)


def chart_of_dates(
	series: Sequence[tuple[str, Mapping[datetime.date, int], str]],
	*,
	stacked: bool = False,
	days: bool = False,
) -> dict[str, Any] | None:
	"""Bars of months, quarters or years, whichever are MOST_BARS at most; with `days` of days or weeks too.

	:param series: of each its name, how many on which date, and its colour; those that are empty are left out
	"""
	series = [(name, counts, colour) for name, counts, colour in series if counts]
	dates = {date for _name, counts, _colour in series for date in counts}
	if not dates:
		return None
	first, last = min(dates), max(dates)
	steps = (*(_DAYS if days else ()), *_MONTHS)
	fitting = (step for step in steps if step[0](last) - step[0](first) < MOST_BARS)
	bar_of, label = next(fitting, steps[-1])
	bars = range(bar_of(first), bar_of(last) + 1)
	if len(bars) > MOST_YEARS:  # somebody typed the year 9999
		bars = sorted({bar_of(date) for date in dates})
	place = {bar: n for n, bar in enumerate(bars)}
	datasets = []
	for name, counts, _colour in series:
		values = [0] * len(bars)
		for date, count in counts.items():
			values[place[bar_of(date)]] += count
		datasets.append({"name": name, "values": values})
	return {
		"data": {"labels": [label(bar) for bar in bars], "datasets": datasets},
		"type": "bar",
		"colors": [colour for _name, _counts, colour in series],
		"barOptions": {"stacked": int(stacked), "spaceRatio": 0.5},
	}


def _bars_of_months(months: int):
	return (
		lambda date: (date.year * 12 + date.month - 1) // months,
		lambda bar: _label(bar * months, months),
	)


def _bars_of_days(days: int):
	def label(bar: int) -> str:
		return formatdate(datetime.date.fromordinal(bar * days + 1), "d MMM")

	return lambda date: (date.toordinal() - 1) // days, label  # a week begins on a Monday


def _label(month: int, months: int) -> str:
	"""So short that a bar's width holds it: Frappe's charts cut what is longer."""
	year, month = divmod(month, 12)
	if months == 12:
		return str(year)
	if months == 3:
		return f"Q{month // 3 + 1} {year % 100:02}"
	return f"{month + 1:02}/{year % 100:02}"


_MONTHS = [_bars_of_months(months) for months in (1, 3, 12)]
_DAYS = [_bars_of_days(days) for days in (1, 7)]


def chart_of_statuses(counts: Mapping[str, int]) -> dict[str, Any] | None:
	"""A bar for each status that occurs, in the order of the domain."""
	there = [name for name in STATUS_COLOURS if counts.get(name)]
	if not there:
		return None
	return {
		"data": {
			"labels": [_(name) for name in there],
			"datasets": [{"name": _("Units"), "values": [counts[name] for name in there]}],
		},
		"type": "bar",  # the legend of a pie runs one long name into the next
		"colors": [BLUE],
		"barOptions": {"spaceRatio": 0.5},
	}


def summary_of_statuses(counts: Mapping[str, int]) -> list[Row]:
	"""A number card for each status that occurs, and one for all."""
	cards = [card(_(name), counts[name], STATUS_COLOURS[name]) for name in STATUS_COLOURS if counts.get(name)]
	return [*cards, card(_("Units"), sum(counts.values()), "Blue")]


def chart_of_groups(counts: Mapping[str, int], name: str, colour: str = BLUE):
	"""Bars of groups by size; what is beyond MOST_BARS is one."""
	if not counts:
		return None
	groups = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
	shown, rest = groups[: MOST_BARS - 1], groups[MOST_BARS - 1 :]
	if rest:
		shown.append((_("Others"), sum(count for _group, count in rest)))
	return {
		"data": {
			"labels": [str(group) for group, _count in shown],
			"datasets": [{"name": name, "values": [count for _group, count in shown]}],
		},
		"type": "bar",
		"colors": [colour],
		"barOptions": {"spaceRatio": 0.5},
	}
