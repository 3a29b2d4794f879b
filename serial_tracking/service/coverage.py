"""Warranty and service contract of units as of a day (DOMAIN 4, 8)."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frappe.utils import getdate, now_datetime

from serial_tracking.stock import bulk, status


@dataclass(frozen=True, slots=True)
class Coverage:
	"""What a unit was covered by on a day."""

	warranty_expiry_date: datetime.date | None
	amc_expiry_date: datetime.date | None
	maintenance_schedule: (
		str | None
	)  # the contract that covers the day, else the last one that ended before it
	status: str | None  # Under Warranty, Under AMC, Out of AMC, Out of Warranty


def as_of(names: Iterable[str], day: datetime.date | str | None = None) -> dict[str, Coverage]:
	"""The coverage of units at the end of a day, by record name; today if none is given.

	A warranty that a later delivery replaced counts as it was. Of contracts those count that had begun; a date typed by
	hand since the last of them is believed for every day. Three statements for each 2,500 units.
	"""
	day = getdate(day or now_datetime().date())
	names = set(names)
	columns = ("name", "warranty_expiry_date", "amc_expiry_date")
	found = bulk.select("Serial No", columns, "name", names)
	later, contracts = _later_warranties(names, day), _contracts(names)
	covered = {}
	for unit in found:
		name = unit["name"]
		warranty = warranty_on(unit["warranty_expiry_date"], later[name])
		amc, schedule = contract_on(unit["amc_expiry_date"], contracts[name], day)
		covered[name] = Coverage(warranty, amc, schedule, status.maintenance(warranty, amc, day))
	return covered


def warranty_on(stored: datetime.date | None, later: Sequence[Mapping[str, Any]]) -> datetime.date | None:
	"""The warranty date before the moves that wrote one afterwards, in their order."""
	return later[0]["previous_warranty_expiry_date"] if later else stored


def contract_on(
	stored: datetime.date | None, contracts: Sequence[Mapping[str, Any]], day: datetime.date
) -> tuple[datetime.date | None, str | None]:
	"""The end of the contracts that had begun by a day, and the schedule of the one that counts.

	:param contracts: Service Contract Entries of the unit in the order of their `contract_no`
	"""
	begun = [contract for contract in contracts if contract["start_date"] <= day]
	running = [contract for contract in begun if contract["end_date"] >= day]
	counts = max(running or begun, key=lambda contract: contract["end_date"], default=None)
	schedule = counts and counts["maintenance_schedule"]
	if not contracts or stored != max(contract["end_date"] for contract in contracts):
		return stored, schedule
	if not begun:
		return contracts[0]["previous_amc_expiry_date"], None
	return max(contract["end_date"] for contract in begun), schedule


def _later_warranties(names: set[str], day: datetime.date) -> Mapping[str, list[dict[str, Any]]]:
	end_of_day = datetime.datetime.combine(day, datetime.time.max)
	moves = bulk.select(
		"Serial No Ledger Entry",
		("serial_no", "warranty_expiry_date", "previous_warranty_expiry_date"),
		"serial_no",
		names,
		where={"is_cancelled": 0},
		above={"posting_datetime": end_of_day},
		order_by="move_no",
	)
	later = defaultdict(list)
	for move in moves:
		if move["warranty_expiry_date"]:
			later[move["serial_no"]].append(move)
	return later


def _contracts(names: set[str]) -> Mapping[str, list[dict[str, Any]]]:
	entries = bulk.select(
		"Service Contract Entry",
		("serial_no", "start_date", "end_date", "maintenance_schedule", "previous_amc_expiry_date"),
		"serial_no",
		names,
		order_by="contract_no",
	)
	by_unit = defaultdict(list)
	for entry in entries:
		by_unit[entry["serial_no"]].append(entry)
	return by_unit
