"""EPCIS 2.0 documents from ledger entries: plain values in, a JSON-LD document out; nothing here reads a database.

What becomes which event, and why, stands in docs/epcis.md. Terms are the short names of EPCIS 2.0 and CBV 2.0 as
their JSON-LD context has them.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from serial_tracking.stock import gs1

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
DIGITAL_LINK = "https://id.gs1.org"

# units of measure by UN/CEFACT Recommendation 20; quantities in others are counts or left out
UOM_CODES = {
	"kg": "KGM", "kilogram": "KGM", "gram": "GRM", "g": "GRM", "mg": "MGM", "milligram": "MGM", "tonne": "TNE",
	"litre": "LTR", "liter": "LTR", "millilitre": "MLT", "milliliter": "MLT", "ml": "MLT", "metre": "MTR",
	"meter": "MTR", "cm": "CMT", "centimeter": "CMT", "mm": "MMT", "millimeter": "MMT", "pound": "LBR",
	"ounce": "ONZ", "square meter": "MTK", "cubic meter": "MTQ", "hour": "HUR",
}  # fmt: skip

VoucherKey = tuple[str, str]  # DocType, name


class Step(NamedTuple):
	"""What an ObjectEvent says of its objects."""

	action: str
	biz_step: str
	disposition: str | None


COMMISSIONING = "commissioning"
RECEIVING = "receiving"
TRANSFORMATION = "transformation"
STORING = "storing"

STEPS = {
	COMMISSIONING: Step("ADD", "commissioning", "active"),
	RECEIVING: Step("OBSERVE", "receiving", "sellable_not_accessible"),
	STORING: Step("OBSERVE", "storing", None),
	"Transferred": Step("OBSERVE", "storing", None),
	"Delivered": Step("OBSERVE", "shipping", "in_transit"),
	"Returned": Step("OBSERVE", "receiving", "returned"),
	"Returned to Supplier": Step("OBSERVE", "shipping", "returned"),
	"Issued": Step("DELETE", "decommissioning", "inactive"),
	"Issued for Use": Step("OBSERVE", "other", "unavailable"),
	"Returned from Use": Step("OBSERVE", "storing", "available"),
}
REJECTED = Step("OBSERVE", "receiving", "non_sellable_other")
RANKS = {COMMISSIONING: 0, STORING: 2}  # of the events of one moment; all others in between
ENDED = ("Issued", "Consumed")  # moves after which an object is no more


@dataclass(slots=True)
class Entry:
	"""A unit, or a quantity of an item without serials, that went through one voucher row."""

	voucher: VoucherKey
	row: str  # name of the voucher row
	order: int  # among the entries of one moment
	move_type: str  # of Serial No Ledger Entry
	posting_datetime: datetime.datetime  # in the site's time zone
	item_code: str
	from_warehouse: str | None
	to_warehouse: str | None
	serial_no: str | None = None
	quantity: float = 0.0  # of an item without serials, in stock units
	commissions: bool = False  # the unit was not known, or no more, before this move
	rejected: bool = False
	scope: str = ""  # tells the event of this unit alone from that of its whole row


@dataclass(slots=True)
class Site:
	"""Whose identifiers these are."""

	url: str
	time_zone: ZoneInfo
	gtins: Mapping[str, str] = field(default_factory=dict)  # item → GTIN-14
	uoms: Mapping[str, tuple[str, bool]] = field(default_factory=dict)  # item → stock unit, is it counted

	def uri(self, *parts: str) -> str:
		return "/".join((self.url.rstrip("/"), *(quote(part, safe="") for part in parts)))

	def epc(self, item_code: str, serial_no: str) -> str:
		"""The URI of a unit: a GS1 Digital Link where GTIN and AI 21 can carry it, else one of the site's own."""
		gtin = self.gtins.get(item_code)
		if gtin and gs1.fits(serial_no):
			return f"{DIGITAL_LINK}/01/{gtin}/21/{quote(serial_no, safe='')}"
		return self.uri("obj", item_code, serial_no)

	def epc_class(self, item_code: str) -> str:
		gtin = self.gtins.get(item_code)
		return f"{DIGITAL_LINK}/01/{gtin}" if gtin else self.uri("class", item_code)

	def time(self, naive: datetime.datetime) -> datetime.datetime:
		"""A moment of the site with its offset, in whole minutes as EPCIS wants them.

		Where a clock is put back, the first of the two moments is meant; where it is put forward, a time that
		no clock showed counts on from before.
		"""
		offset = naive.replace(tzinfo=self.time_zone).utcoffset() or datetime.timedelta()
		minutes = round(offset.total_seconds() / 60)
		return naive.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=minutes)))


def commissions(move: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> bool:
	"""Did the unit come into being with this move, as seen when it was posted?

	:param earlier: the moves of the unit before it, in their order, cancelled ones included
	"""
	standing = [m for m in earlier if not (m["is_cancelled"] and m["modified"] <= move["creation"])]
	return not standing or standing[-1]["move_type"] in ENDED


def document(
	entries: Iterable[Entry],
	vouchers: Mapping[VoucherKey, Mapping[str, Any]],
	wanted: Collection[VoucherKey],
	site: Site,
	as_of: datetime.datetime,
) -> dict[str, Any]:
	"""The EPCIS document of some vouchers.

	:param entries: of these vouchers and of their amendments
	:param vouchers: what the builder must know of each: the fields of `_declare` and `_transactions`
	:param wanted: the vouchers whose events the document tells
	:param as_of: when the last of it was written; not the present, so that two exports are equal
	"""
	events = []
	ids: dict[tuple, list[str]] = defaultdict(list)
	for group in _group(entries):
		for kind, event in _events_of(group, vouchers[group.voucher], site):
			ids[group.voucher, kind, group.item_code].append(event["eventID"])
			if group.voucher in wanted:
				events.append((group.moment, RANKS.get(kind, 1), event["eventID"], group, kind, event))
	events.sort(key=lambda found: found[:3])
	for *_key, group, kind, event in events:
		_declare(event, group, kind, vouchers[group.voucher], ids, site)
	return {
		"@context": [CONTEXT],
		"type": "EPCISDocument",
		"schemaVersion": "2.0",
		"creationDate": _text(site.time(max([as_of, *(moment for (moment, _order), *_rest in events)]))),
		"epcisBody": {"eventList": [event for *_rest, event in events]},
	}


# ---------------------------------------------------------------------------------- events


@dataclass(slots=True)
class _Group:
	"""The entries that one event tells of."""

	voucher: VoucherKey
	row: str  # "" for a transformation: all of its rows
	kind: str
	rejected: bool
	scope: str
	entries: list[Entry] = field(default_factory=list)

	@property
	def moment(self) -> tuple[datetime.datetime, int]:
		return min((entry.posting_datetime, entry.order) for entry in self.entries)

	@property
	def item_code(self) -> str | None:
		return None if self.kind == TRANSFORMATION else self.entries[0].item_code


def _group(entries: Iterable[Entry]) -> list[_Group]:
	groups: dict[tuple, _Group] = {}
	for entry in entries:
		for kind in _kinds(entry):
			row = "" if kind == TRANSFORMATION else entry.row
			key = (entry.voucher, row, kind, entry.rejected, entry.scope)
			groups.setdefault(key, _Group(*key)).entries.append(entry)
	return list(groups.values())


def _kinds(entry: Entry) -> list[str]:
	if entry.move_type in ("Consumed", "Produced"):
		return [TRANSFORMATION]
	if entry.move_type != "Received":
		return [entry.move_type]
	if not entry.commissions:
		return [RECEIVING]
	return [COMMISSIONING, RECEIVING] if entry.voucher[0] == "Purchase Receipt" else [COMMISSIONING]


def _events_of(group: _Group, voucher: Mapping[str, Any], site: Site):
	"""Kind and event of each event that a group gives."""
	if group.kind != TRANSFORMATION:
		step = REJECTED if group.rejected and group.kind == RECEIVING else STEPS[group.kind]
		yield group.kind, _object_event(group, step, voucher, site)
		return
	yield TRANSFORMATION, _transformation_event(group, voucher, site)
	produced = [entry for entry in group.entries if entry.move_type == "Produced"]
	if len({entry.to_warehouse for entry in produced}) > 1:
		# the event has room for one place only: each row says where its units are
		rows: dict[str, _Group] = {}
		for entry in produced:
			stored = _Group(group.voucher, entry.row, STORING, False, "")
			rows.setdefault(entry.row, stored).entries.append(entry)
		for stored in rows.values():
			yield STORING, _object_event(stored, STEPS[STORING], voucher, site)


def _object_event(group: _Group, step: Step, voucher: Mapping[str, Any], site: Site) -> dict[str, Any]:
	first = group.entries[0]
	event = _event("ObjectEvent", group, site)
	event |= _objects(group.entries, site, "epcList", "quantityList")
	event |= {"action": step.action, "bizStep": step.biz_step}
	if step.disposition:
		event["disposition"] = step.disposition
	read_point = first.to_warehouse or first.from_warehouse
	if read_point:
		event["readPoint"] = {"id": site.uri("loc", read_point)}
	if first.to_warehouse:
		event["bizLocation"] = {"id": site.uri("loc", first.to_warehouse)}
	elif first.move_type == "Issued for Use" and voucher.get("location"):
		event["bizLocation"] = {"id": site.uri("loc", "use", voucher["location"])}
	event["bizTransactionList"] = _transactions(voucher, site)
	if group.kind != COMMISSIONING:
		event |= _parties(first, voucher, site)
	return event


def _transformation_event(group: _Group, voucher: Mapping[str, Any], site: Site) -> dict[str, Any]:
	event = _event("TransformationEvent", group, site)
	consumed = [entry for entry in group.entries if entry.move_type == "Consumed"]
	produced = [entry for entry in group.entries if entry.move_type == "Produced"]
	event |= _objects(consumed, site, "inputEPCList", "inputQuantityList")
	event |= _objects(produced, site, "outputEPCList", "outputQuantityList")
	if (
		not consumed or not produced
	):  # the other side is kept in no stock: EPCIS then wants a name for the whole
		event["transformationID"] = site.uri("transformation", *group.voucher)
	if voucher["purpose"] == "Repack":
		event["bizStep"] = "repackaging"
	else:
		new_units = any(entry.serial_no for entry in produced)
		event["bizStep"] = "commissioning" if new_units else "creating_class_instance"
	event["disposition"] = "active"
	targets = {entry.to_warehouse for entry in produced}
	if len(targets) == 1:
		event["readPoint"] = event["bizLocation"] = {"id": site.uri("loc", *targets)}
	event["bizTransactionList"] = _transactions(voucher, site)
	return event


def _event(event_type: str, group: _Group, site: Site) -> dict[str, Any]:
	at = site.time(group.moment[0])
	part = "rejected" if group.rejected else ""
	name = site.uri("event", *group.voucher, group.row, group.kind, part, group.scope)
	return {
		"type": event_type,
		"eventID": uuid.uuid5(uuid.NAMESPACE_URL, name).urn,
		"eventTime": _text(at),
		"eventTimeZoneOffset": _text(at)[-6:],
	}


def _objects(entries: Iterable[Entry], site: Site, epc_field: str, quantity_field: str) -> dict[str, list]:
	"""Units by their EPCs, everything else as quantities of its class."""
	epcs = {site.epc(entry.item_code, entry.serial_no) for entry in entries if entry.serial_no}
	totals: dict[str, float] = defaultdict(float)
	for entry in entries:
		if not entry.serial_no:
			totals[entry.item_code] += entry.quantity
	objects: dict[str, list] = {}
	if epcs:
		objects[epc_field] = sorted(epcs)
	if totals:
		objects[quantity_field] = [_quantity(item, totals[item], site) for item in sorted(totals)]
	return objects


def _quantity(item_code: str, quantity: float, site: Site) -> dict[str, Any]:
	element: dict[str, Any] = {"epcClass": site.epc_class(item_code)}
	uom, is_counted = site.uoms.get(item_code, ("", True))
	quantity = round(quantity, 9)
	code = UOM_CODES.get(uom.casefold())
	if code or is_counted:  # a bare number would be read as pieces
		element["quantity"] = int(quantity) if quantity == int(quantity) else quantity
	if code:
		element["uom"] = code
	return element


def _parties(entry: Entry, voucher: Mapping[str, Any], site: Site) -> dict[str, list]:
	"""Both ends of a transfer: a party and a warehouse, or two warehouses; nothing for what stays or ends here."""
	ends = [entry.from_warehouse, entry.to_warehouse]
	party_type, party = voucher.get("party_type"), voucher.get("party")
	if not party and not all(ends):
		return {}
	found = {}
	for (list_name, name), warehouse in zip(
		(("sourceList", "source"), ("destinationList", "destination")), ends, strict=True
	):
		if warehouse:
			found[list_name] = [{"type": "location", name: site.uri("loc", warehouse)}]
		elif party_type and party:
			found[list_name] = [{"type": "owning_party", name: site.uri("party", party_type.lower(), party)}]
	return found


def _transactions(voucher: Mapping[str, Any], site: Site) -> list[dict[str, str]]:
	"""The voucher and the papers that it names, by the types of CBV 2.0, 7.3."""
	voucher_type, party = voucher["voucher_type"], voucher.get("party") or ""
	papers: list[tuple[str | None, str]] = []
	own = site.uri("bt", voucher_type, voucher["name"])
	source = voucher.get("return_against")
	source = site.uri("bt", voucher_type, source) if source else None
	if voucher_type == "Purchase Receipt":
		there, back = "recadv", "desadv"
	elif voucher_type == "Delivery Note":
		there, back = "desadv", "recadv"
	elif voucher_type == "Sales Invoice":
		there, back = "inv", "recadv"
	else:
		there = back = "prodorder" if voucher.get("purpose") == "Manufacture" else None
	papers.append((back if voucher.get("is_return") else there, own))
	if source:
		papers.append((there, source))
	if voucher.get("supplier_delivery_note"):
		papers.append(("desadv", site.uri("bt", "supplier", party, voucher["supplier_delivery_note"])))
	if voucher.get("po_no"):
		papers.append(("po", site.uri("bt", "customer", party, voucher["po_no"])))
	return [
		{"type": kind, "bizTransaction": uri} if kind else {"bizTransaction": uri} for kind, uri in papers
	]


def _declare(event, group: _Group, kind: str, voucher: Mapping[str, Any], ids, site: Site) -> None:
	"""Say of an event of a cancelled voucher that it is not so, and which events say it right."""
	if not voucher["cancelled_at"]:
		return
	corrective = sorted(
		event_id
		for amendment in voucher["amended_by"]
		for event_id in ids.get((amendment, kind, group.item_code), ())
	)
	event["errorDeclaration"] = {
		"declarationTime": _text(site.time(voucher["cancelled_at"])),
		"reason": "incorrect_data" if corrective else "did_not_occur",
	}
	if corrective:
		event["errorDeclaration"]["correctiveEventIDs"] = corrective


def _text(at: datetime.datetime) -> str:
	return at.isoformat(timespec="milliseconds")
