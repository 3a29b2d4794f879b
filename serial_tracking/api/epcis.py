"""EPCIS 2.0 export (docs/epcis.md). Reads ledgers and vouchers in bulk; `stock/epcis.py` makes the document."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime, get_system_timezone

from serial_tracking.exceptions import SerialTrackingError
from serial_tracking.stock import bulk, entry_text, epcis, units
from serial_tracking.stock import number as serial_number
from serial_tracking.stock.gtin import gtins_of

# what the document needs of a voucher, besides name, docstatus, modified and amended_from
VOUCHER_FIELDS = {
	"Purchase Receipt": ("supplier", "supplier_delivery_note", "is_return", "return_against"),
	"Delivery Note": ("customer", "po_no", "is_return", "return_against"),
	"Sales Invoice": ("customer", "po_no", "is_return", "return_against"),
	"Stock Entry": ("purpose", "location"),
}
MOVE_FIELDS = (
	"name", "creation", "modified", "serial_no", "item_code", "move_no", "move_type", "posting_datetime",
	"is_cancelled", "voucher_type", "voucher_no", "voucher_detail_no", "from_warehouse", "to_warehouse",
)  # fmt: skip
PAST_FIELDS = ("serial_no", "move_no", "move_type", "is_cancelled", "modified")  # for `epcis.commissions`
# what a Stock Entry does with an item without serials, by purpose: what goes out, what comes in
MOVES_OF_ENTRIES = {
	"Material Receipt": (None, "Received"),
	"Material Issue": ("Issued", None),
	"Material Transfer": ("Transferred", "Transferred"),
	"Manufacture": ("Consumed", "Produced"),
	"Repack": ("Consumed", "Produced"),
	"Issue for Use": ("Issued for Use", None),
	"Return from Use": (None, "Returned from Use"),
}
TRANSFORMING = ("Consumed", "Produced")

Moves = list[dict[str, Any]]


@frappe.whitelist()
@frappe.read_only()
def export(
	voucher_type: str | None = None,
	voucher_no: str | None = None,
	serial_no: str | None = None,
	item_code: str | None = None,
) -> dict[str, Any]:
	"""The EPCIS 2.0 document (JSON-LD) of a submitted or cancelled voucher, or of a unit's whole life.

	:param voucher_type: Stock Entry, Purchase Receipt, Delivery Note or Sales Invoice
	:param serial_no: instead of a voucher
	:param item_code: of the unit, needed where two items bear the number
	Events at warehouses that a User Permission keeps from the user are left out. Raises SerialTrackingError (no
	such type, a draft, neither or both of voucher and unit), SerialNoNotExistsError or SerialNoAmbiguousError.
	Needs the right to read the voucher, or the unit.
	"""
	if bool(voucher_type and voucher_no) == bool(serial_no):
		frappe.throw(_("Name a voucher by its type and number, or a serial number"), SerialTrackingError)
	if serial_no:
		return _of_unit(units.resolve(serial_no, item_code))
	return _of_voucher(str(voucher_type), str(voucher_no))


def _of_voucher(voucher_type: str, voucher_no: str) -> dict[str, Any]:
	if voucher_type not in VOUCHER_FIELDS:
		frappe.throw(
			_("{0} is not one of {1}").format(
				escape_html(voucher_type), ", ".join(_(doctype) for doctype in VOUCHER_FIELDS)
			),
			SerialTrackingError,
		)
	frappe.has_permission(voucher_type, throw=True)
	frappe.get_doc(voucher_type, voucher_no).check_permission("read")
	export = _Export()
	export.read_vouchers(voucher_type, [voucher_no])
	key = (voucher_type, voucher_no)
	if not export.vouchers[key]["docstatus"]:
		frappe.throw(
			_("{0} {1} is a draft: nothing has happened yet that could be told").format(
				_(voucher_type), escape_html(voucher_no)
			),
			SerialTrackingError,
		)
	for name in (key, *export.vouchers[key]["amended_by"]):
		export.add_voucher(name)
	return export.document([key], export.vouchers[key]["modified"])


def _of_unit(unit: units.Unit) -> dict[str, Any]:
	export = _Export()
	moves = _moves("serial_no", [unit["name"]])
	keys = {(move["voucher_type"], move["voucher_no"]) for move in moves}
	for voucher_type in {voucher_type for voucher_type, _name in keys}:
		export.read_vouchers(voucher_type, [name for kind, name in keys if kind == voucher_type])
	transforming = {
		(m["voucher_type"], m["voucher_no"]): m["move_no"]
		for m in reversed(moves)
		if m["move_type"] in TRANSFORMING
	}
	# an event of many units is told of this one alone; what it was made from, or into, is told whole
	export.add_moves([move for move in moves if move["move_type"] not in TRANSFORMING], moves, alone=True)
	for key, move_no in transforming.items():
		for name in (key, *export.vouchers[key]["amended_by"]):
			if name == key or name not in keys:
				export.add_voucher(name, order=move_no)
	modified = [export.vouchers[key]["modified"] for key in keys]
	return export.document(
		keys, max(modified) if modified else frappe.db.get_value("Serial No", unit["name"], "modified")
	)


class _Export:
	"""Collects what a document is made of."""

	def __init__(self):
		self.vouchers: dict[epcis.VoucherKey, dict[str, Any]] = {}
		self.entries: list[epcis.Entry] = []
		self.visible = units.visible_warehouses("Serial No Ledger Entry")

	def document(self, wanted: Iterable[epcis.VoucherKey], as_of) -> dict[str, Any]:
		return epcis.document(self._seen(), self.vouchers, set(wanted), self._site(), get_datetime(as_of))

	def read_vouchers(self, voucher_type: str, names: Iterable[str]) -> None:
		"""Read vouchers and those that amend them."""
		fields = ("name", "docstatus", "modified", "amended_from", *VOUCHER_FIELDS[voucher_type])
		found = bulk.select(voucher_type, fields, "name", names)
		cancelled = [row["name"] for row in found if row["docstatus"] == 2]
		amending = [
			row
			for row in bulk.select(voucher_type, fields, "amended_from", cancelled)
			if row["docstatus"]  # a draft corrects nothing yet
		]
		for row in (*found, *amending):
			party_type = next((f for f in ("supplier", "customer") if row.get(f)), None)
			self.vouchers[voucher_type, row["name"]] = {
				**row,
				"voucher_type": voucher_type,
				"party_type": party_type,
				"party": row.get(party_type),
				"cancelled_at": get_datetime(row["modified"]) if row["docstatus"] == 2 else None,
				"amended_by": [
					(voucher_type, other["name"])
					for other in amending
					if other["amended_from"] == row["name"]
				],
			}

	def add_voucher(self, key: epcis.VoucherKey, order: int | None = None) -> None:
		"""Add everything that a voucher moved, in the order of its rows."""
		voucher_type, voucher_no = key
		moves = _moves("voucher_no", [voucher_no], {"voucher_type": voucher_type})
		old = {m["serial_no"] for m in moves if m["move_type"] == "Received" and m["move_no"] > 1}
		past = bulk.select("Serial No Ledger Entry", PAST_FIELDS, "serial_no", old, order_by="move_no")
		self.add_moves(moves, past, order=order)
		self._add_quantities(key, order)

	def add_moves(
		self, moves: Moves, history: Moves, *, alone: bool = False, order: int | None = None
	) -> None:
		"""Add moves of units.

		:param history: all moves of those units that have moved before
		:param alone: each unit for itself, ordered by its moves
		"""
		earlier: dict[str, Moves] = {}
		for move in history:
			earlier.setdefault(move["serial_no"], []).append(move)
		numbers = {
			unit["name"]: unit["serial_no"]
			for unit in bulk.select(
				"Serial No", ("name", "serial_no"), "name", {m["serial_no"] for m in moves}
			)
		}
		rows = self._rows(moves)
		for move in moves:
			number, row = numbers[move["serial_no"]], rows.get(move["voucher_detail_no"], {})
			self.entries.append(
				epcis.Entry(
					voucher=(move["voucher_type"], move["voucher_no"]),
					row=move["voucher_detail_no"],
					order=order or (move["move_no"] if alone else row.get("idx", 0)),
					move_type=move["move_type"],
					posting_datetime=get_datetime(move["posting_datetime"]),
					item_code=move["item_code"],
					from_warehouse=move["from_warehouse"],
					to_warehouse=move["to_warehouse"],
					serial_no=number,
					commissions=move["move_type"] == "Received"
					and epcis.commissions(
						move,
						[m for m in earlier.get(move["serial_no"], ()) if m["move_no"] < move["move_no"]],
					),
					rejected=serial_number.key(number) in row["rejected"] if row.get("rejected") else False,
					scope=move["name"] if alone else "",
				)
			)

	def _add_quantities(self, key: epcis.VoucherKey, order: int | None) -> None:
		voucher = self.vouchers[key]
		ledger = bulk.select(
			"Stock Ledger Entry",
			("item_code", "warehouse", "posting_datetime", "voucher_type", "voucher_detail_no", "actual_qty"),
			"voucher_no",
			[key[1]],
			where={"voucher_type": key[0]},
			order_by="entry_no",
		)
		items = bulk.select("Item", ("name", "has_serial_no"), "name", {line["item_code"] for line in ledger})
		serialised = {item["name"] for item in items if item["has_serial_no"]}
		ledger = [line for line in ledger if line["item_code"] not in serialised]
		rows = self._rows(ledger)
		for line in ledger:
			row = rows.get(line["voucher_detail_no"], {})
			move_type = _move_type(voucher, line["actual_qty"] < 0)
			source, target = (
				(line["warehouse"], None) if line["actual_qty"] < 0 else (None, line["warehouse"])
			)
			if move_type == "Transferred":
				if not target:
					continue  # its other half says both
				source = row.get("s_warehouse")
			self.entries.append(
				epcis.Entry(
					voucher=key,
					row=line["voucher_detail_no"],
					order=order or row.get("idx", 0),
					move_type=move_type,
					posting_datetime=get_datetime(line["posting_datetime"]),
					item_code=line["item_code"],
					from_warehouse=source,
					to_warehouse=target,
					quantity=abs(line["actual_qty"]),
					rejected=line["warehouse"] == row.get("rejected_warehouse") != row.get("warehouse"),
				)
			)

	def _rows(self, moves: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
		"""The voucher rows of moves, by name; in `rejected` the keys of their rejected numbers."""
		wanted: dict[str, set[str]] = {}
		for move in moves:
			wanted.setdefault(move["voucher_type"], set()).add(move["voucher_detail_no"])
		found: dict[str, dict[str, Any]] = {}
		for voucher_type, names in wanted.items():
			fields = {
				"Purchase Receipt": ("rejected_serial_no", "rejected_warehouse", "warehouse"),
				"Stock Entry": ("s_warehouse",),
			}.get(voucher_type, ())
			doctype = frappe.get_meta(voucher_type).get_field("items").options
			for row in bulk.select(doctype, ("name", "idx", *fields), "name", names):
				rejected = entry_text.parse(row.get("rejected_serial_no")).numbers()
				found[row["name"]] = {**row, "rejected": {serial_number.key(n) for n in rejected}}
		return found

	def _seen(self) -> list[epcis.Entry]:
		"""The entries without those of hidden warehouses; a transformation is seen whole or not at all."""
		if self.visible is None:
			return self.entries
		hidden = [
			entry
			for entry in self.entries
			if any(w and w not in self.visible for w in (entry.from_warehouse, entry.to_warehouse))
		]
		secret = {entry.voucher for entry in hidden if entry.move_type in TRANSFORMING}
		dropped = {id(entry) for entry in hidden}
		return [
			entry
			for entry in self.entries
			if id(entry) not in dropped and not (entry.voucher in secret and entry.move_type in TRANSFORMING)
		]

	def _site(self) -> epcis.Site:
		codes = {entry.item_code for entry in self.entries}
		uoms = {
			row["name"]: row["stock_uom"] for row in bulk.select("Item", ("name", "stock_uom"), "name", codes)
		}
		whole = {
			row["name"]
			for row in bulk.select(
				"UOM",
				("name",),
				"name",
				[uom for uom in uoms.values() if uom],
				where={"must_be_whole_number": 1},
			)
		}
		return epcis.Site(
			url=_site_url(),
			time_zone=ZoneInfo(get_system_timezone()),
			gtins=gtins_of(codes),
			uoms={item: (uom or "", uom in whole) for item, uom in uoms.items()},
		)


def _site_url() -> str:
	"""The name that the site goes by: `host_name` of its configuration, else its folder's.

	Not `get_url`: that may be the host of the request, or end in a port, and an identifier is for ever.
	"""
	host = (frappe.conf.host_name or frappe.local.site).rstrip("/")
	return host if "://" in host else f"https://{host}"


def _moves(by: str, values: Iterable[str], where: Mapping[str, Any] | None = None) -> Moves:
	return bulk.select("Serial No Ledger Entry", MOVE_FIELDS, by, values, where=where, order_by="move_no")


def _move_type(voucher: Mapping[str, Any], outward: bool) -> str:
	"""What a line of the Stock Ledger is called in the words of the Serial No Ledger."""
	if voucher["voucher_type"] == "Stock Entry":
		out, back = MOVES_OF_ENTRIES[voucher["purpose"]]
		return out if outward else back
	if voucher["voucher_type"] == "Purchase Receipt":
		return "Returned to Supplier" if outward else "Received"
	return "Delivered" if outward else "Returned"
