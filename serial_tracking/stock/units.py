"""Finding Serial No records by what people type (DOMAIN 2, Identity)."""

from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.permissions import get_allowed_docs_for_doctype
from frappe.utils import escape_html

from serial_tracking.exceptions import SerialNoAmbiguousError, SerialNoNotExistsError
from serial_tracking.stock import bulk, entry_text, ledger
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.reasons import shown_value

OWN_FIELDS = (
	"name",
	"serial_no",
	"serial_key",
	"name_key",
	"item_code",
	"status",
	"on_hold",
	"hold_reason",
	"supplier_serial_no",
	"supplier_warranty_expiry_date",
	"warranty_expiry_date",
	"amc_expiry_date",
	"maintenance_status",
	"end_of_life_date",
	"last_move_no",
)
FIELDS = (*OWN_FIELDS, *ledger.FACTS)

Unit = dict[str, Any]


def find(keys: Iterable[str], *, lock: bool = False) -> dict[str, list[Unit]]:
	"""The records that bear these keys: key → records, more than one where items may share a number.

	:param lock: lock them, in sorted order, until the transaction ends, and read what is committed now
	"""
	return find_with(keys, (), lock=lock)[0]


def find_with(
	keys: Iterable[str], names: Iterable[str], *, lock: bool = False
) -> tuple[dict[str, list[Unit]], dict[str, Unit]]:
	"""The same, and the records of these names, by name; locked all together, so that their order is one."""
	wanted, names = set(keys), set(names)
	if not lock:
		units = [_plain(unit) for unit in bulk.select("Serial No", FIELDS, "serial_key", wanted)]
		named = {unit["name"]: unit for unit in (read_by_name(names) if names else ())}
	else:
		# by name: a lock by primary key holds the rows and not the gaps between, so that two receipts of
		# new numbers do not wait for each other
		bearing = [row["name"] for row in bulk.select("Serial No", ["name"], "serial_key", wanted)]
		units = lock_by_name({*bearing, *names})
		named = {unit["name"]: unit for unit in units if unit["name"] in names}
	return _by_key(units, wanted), named


def _by_key(units: Iterable[Unit], wanted: set[str]) -> dict[str, list[Unit]]:
	found: dict[str, list[Unit]] = {}
	for unit in units:
		if unit["serial_key"] in wanted:  # the database's collation may find more
			found.setdefault(unit["serial_key"], []).append(unit)
	return found


def lock_by_name(names: Iterable[str]) -> list[Unit]:
	"""The records, locked in sorted order, as they are committed now."""
	return [_plain(unit) for unit in bulk.select("Serial No", FIELDS, "name", names, for_update=True)]


def read_by_name(names: Iterable[str]) -> list[Unit]:
	"""The records, unlocked."""
	return [_plain(unit) for unit in bulk.select("Serial No", FIELDS, "name", names)]


def _plain(unit: Unit) -> Unit:
	unit["purchase_time"] = ledger.time_text(unit["purchase_time"])
	unit["delivery_time"] = ledger.time_text(unit["delivery_time"])
	return unit


def unique_per_item() -> bool:
	"""May two items bear the same number?"""
	return bool(frappe.get_cached_doc("Serial Tracking Settings").unique_serial_no_per_item)


def pick(units: list[Unit], item_code: str, per_item: bool) -> Unit | None:
	"""Of the records that bear a number, the one that a row of `item_code` means."""
	own = next((unit for unit in units if unit["item_code"] == item_code), None)
	return own or (None if per_item else next(iter(units), None))


def resolve(serial_no: str, item_code: str | None = None) -> Unit:
	"""The unit that a user means by a number.

	:param item_code: needed where two items bear the number
	Raises SerialNoNotExistsError, also for a unit that the user may not see, SerialNoAmbiguousError, or
	frappe.PermissionError without the right to read Serial No.
	"""
	frappe.has_permission("Serial No", throw=True)
	shown = frappe.bold(shown_value(serial_no))
	key = serial_number.key(serial_number.normalise(str(serial_no)))
	visible = visible_warehouses()
	bearers = [
		unit
		for unit in (find([key]).get(key, []) if serial_number.is_unicode(key) else ())
		if (not item_code or unit["item_code"] == item_code) and may_see(unit, visible)
	]
	if not bearers:
		frappe.throw(_("Serial No {0} is not known").format(shown), SerialNoNotExistsError)
	if len(bearers) > 1:
		items = ", ".join(escape_html(unit["item_code"]) for unit in bearers)
		frappe.throw(
			_("Serial No {0} is borne by units of several items, say which: {1}").format(shown, items),
			SerialNoAmbiguousError,
		)
	frappe.get_doc("Serial No", bearers[0]["name"]).check_permission("read")
	return bearers[0]


def resolve_many(serial_nos: str | list[str], item_code: str | None = None) -> list[Unit]:
	"""The units that a user means by a text or list of numbers, each once.

	:param item_code: needed where two items bear a number
	Raises SerialNoFormatError, SerialNoLimitError, SerialNoNotExistsError (also for units that the user may not
	see) or SerialNoAmbiguousError, naming every number in question.
	"""
	numbers = numbers_of(serial_nos)
	found = find({serial_number.key(number) for number in numbers})
	readable = readable_names([unit["name"] for bearers in found.values() for unit in bearers])
	meant: dict[str, Unit] = {}
	unknown, ambiguous = [], []
	for number in numbers:
		bearers = [
			unit
			for unit in found.get(serial_number.key(number), [])
			if unit["name"] in readable and item_code in (None, "", unit["item_code"])
		]
		if len(bearers) == 1:
			meant[bearers[0]["name"]] = bearers[0]
		else:
			(ambiguous if bearers else unknown).append(number)
	for wrong, text, exception in (
		(unknown, _("not known: {0}"), SerialNoNotExistsError),
		(ambiguous, _("borne by units of several items, say which: {0}"), SerialNoAmbiguousError),
	):
		if wrong:
			shown = ", ".join(frappe.bold(escape_html(number)) for number in wrong)
			frappe.throw(text.format(shown), exception)
	return list(meant.values())


def numbers_of(serial_nos: str | list[str]) -> list[str]:
	"""What a list of numbers, or a text as in a voucher row, means: each number once for each time it is named."""
	from serial_tracking.stock import rules

	entry = entry_text.parse(
		serial_nos
		if isinstance(serial_nos, str)
		else entry_text.canonical(str(number) for number in serial_nos)
	)
	rules.refuse_unreadable(entry)
	return entry.numbers()


def readable_names(names: list[str], doctype: str = "Serial No") -> set[str]:
	"""Those of the units, or of other records, that the user may read, as a list shows them."""
	readable: set[str] = set()
	for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
		chunk = names[start : start + bulk.ROWS_PER_STATEMENT]
		readable.update(
			frappe.get_list(
				doctype, {"name": ("in", chunk)}, pluck="name", limit_page_length=0, order_by="name"
			)
		)
	return readable


def visible_warehouses(doctype: str = "Serial No", user: str | None = None) -> set[str] | None:
	"""The warehouses that User Permissions leave to a user, by default who is logged in, in records of this DocType;
	None for all."""
	permissions = get_user_permissions(user or frappe.session.user).get("Warehouse", [])
	allowed = get_allowed_docs_for_doctype(permissions, doctype) if permissions else []
	return set(allowed) or None


def serialised(item_codes: Iterable[str]) -> set[str]:
	"""Those of the items whose units bear serial numbers."""
	found = bulk.select("Item", ["name"], "name", item_codes, where={"has_serial_no": 1})
	return {item["name"] for item in found}


def may_see(unit: Mapping[str, Any], visible: set[str] | None) -> bool:
	"""Does a unit lie, or did it last lie, where the user may look? (DOMAIN 2, Roles)"""
	return visible is None or unit["last_warehouse"] in (None, "", *visible)


def in_sight(move: Mapping[str, Any], visible: set[str] | None) -> bool:
	"""May the user see a move? As in Frappe's list of them: neither of its places is another's."""
	return visible is None or {move["from_warehouse"], move["to_warehouse"]} <= {None, "", *visible}


def name_for(number: str, item_code: str, others: list[Unit]) -> str:
	"""The record name of a new unit: the number, qualified with the item if another item bears it."""
	return serial_number.qualified(number, item_code) if others else number


def moves_of(names: Iterable[str]) -> list[dict[str, Any]]:
	"""All uncancelled moves of the units, each unit's in their order."""
	return bulk.select(
		"Serial No Ledger Entry",
		("name", "serial_no", "item_code", "move_no", *ledger.MOVE_FIELDS),
		"serial_no",
		names,
		where={"is_cancelled": 0},
		order_by="move_no",
	)


def changed(before: Unit, after: Unit) -> dict[str, Any]:
	"""The fields that differ, with their new values."""
	return {f: after[f] for f in FIELDS if after[f] != before[f]}
