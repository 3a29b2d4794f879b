"""Warranty and service contract as terms of a query over units as of a day; `coverage.as_of` for very many units.

Today, and for a day to come, the dates in the records are the truth. For a day in the past they are what
`coverage.warranty_on` and `coverage.contract_on` say.
"""

import frappe
from frappe.query_builder.functions import Coalesce, Max, Min
from pypika import Case
from pypika.queries import Table

from serial_tracking.stock.as_of import Units

CONTRACTS = "Service Contract Entry"


def add_warranty(units: Units) -> None:
	"""Let `units["warranty_expiry_date"]` be the date of that day."""
	if units.past:
		writing = units.join_move("warranty_move", after=True, having="warranty_expiry_date")
		units["warranty_expiry_date"] = (
			Case()
			.when(writing.name.notnull(), writing.previous_warranty_expiry_date)
			.else_(units.unit.warranty_expiry_date)
		)


def add_contract(units: Units) -> None:
	"""Let `units["amc_expiry_date"]` be the date of that day."""
	if not units.past:
		return
	entries, first = frappe.qb.DocType(CONTRACTS), frappe.qb.DocType(CONTRACTS, alias="first_contract")
	begun = Case().when(entries.start_date <= units.day, entries.end_date)
	ends = (
		frappe.qb.from_(entries)
		.select(
			entries.serial_no,
			Max(entries.end_date).as_("latest"),
			Max(begun).as_("latest_begun"),
			Min(entries.contract_no).as_("first_no"),
		)
		.groupby(entries.serial_no)
	).as_("contract_ends")
	stored = units.unit.amc_expiry_date
	units.query = (
		units.query.left_join(ends)
		.on(ends.serial_no == units.unit.name)
		.left_join(first)
		.on((first.serial_no == ends.serial_no) & (first.contract_no == ends.first_no))
	)
	by_contracts = stored == ends.latest  # else typed by hand since, and believed for every day
	units["amc_expiry_date"] = (
		Case()
		.when(by_contracts & ends.latest_begun.notnull(), ends.latest_begun)
		.when(by_contracts, first.previous_amc_expiry_date)
		.else_(stored)
	)


def join_contract(units: Units) -> Table:
	"""Left join the Service Contract Entry that gives the unit its `amc_expiry_date`; none for a date typed by hand.

	`units["customer"]` is then who has the contract, else who has the unit.
	"""
	contract = frappe.qb.DocType(CONTRACTS, alias="contract")
	units.query = units.query.left_join(contract).on(
		(contract.serial_no == units.unit.name) & (contract.end_date == units["amc_expiry_date"])
	)
	units["customer"] = Coalesce(contract.customer, units["customer"])
	return contract
