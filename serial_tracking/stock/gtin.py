"""The GTINs of items, by their barcodes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from biip.gtin import Gtin
from biip.rcn import Rcn

from serial_tracking.stock import bulk, gs1

# symbologies whose digits are no GTIN, even if they could be read as one
NO_GTIN = ("Code 39", "Code 128")


def gtins_of(item_codes: Iterable[str]) -> dict[str, str]:
	"""Item → GTIN of a single unit, of 14 digits; items without one are missing."""
	codes = set(item_codes)
	uoms = {
		row["name"]: row["stock_uom"] for row in bulk.select("Item", ("name", "stock_uom"), "name", codes)
	}
	barcodes = defaultdict(list)
	columns = ("parent", "barcode", "barcode_type", "uom")
	for row in bulk.select(
		"Item Barcode", columns, "parent", codes, where={"parenttype": "Item"}, order_by="idx"
	):
		barcodes[row["parent"]].append(row)
	gtins = {item: gtin14(rows, uoms.get(item)) for item, rows in barcodes.items()}
	return {item: gtin for item, gtin in gtins.items() if gtin}


def recorded(item_codes: Iterable[str]) -> set[tuple[str, str]]:
	"""Item and GTIN, of 14 digits, of all barcodes of the items, those of packages among them."""
	rows = bulk.select(
		"Item Barcode",
		("parent", "barcode"),
		"parent",
		item_codes,
		where={"parenttype": "Item"},
		order_by="idx",
	)
	return {
		(row["parent"], form) for row in rows for form in gs1.spellings(row["barcode"]) if len(form) == 14
	}


def gtin14(barcodes: Iterable[Mapping[str, Any]], stock_uom: str | None) -> str | None:
	"""The GTIN of a single unit, of 14 digits: the first barcode in the item's table that is one.

	:param barcodes: `barcode`, `barcode_type` and `uom` of the item's barcodes, in their order
	A barcode of another unit of measure names a package, and a number of restricted circulation is another item
	in another shop: neither will do.
	"""
	for row in barcodes:
		if row["barcode_type"] in NO_GTIN or row["uom"] not in (None, "", stock_uom):
			continue
		text = (row["barcode"] or "").strip()
		if gs1.is_gtin(text) and not isinstance(gtin := Gtin.parse(text), Rcn):
			return gtin.as_gtin_14()
	return None
