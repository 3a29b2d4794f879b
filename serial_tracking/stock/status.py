"""Status and maintenance status of a unit (DOMAIN 3 and 4). Pure functions over plain values."""

import datetime

INACTIVE = "Inactive"
AVAILABLE = "Available"
ON_HOLD = "On Hold"
EXPIRED = "Expired"
IN_USE = "In Use"
DELIVERED = "Delivered"

# what a unit is called that a move took out of stock
STATUS_AFTER_LEAVING = {
	"Delivered": DELIVERED,
	"Issued": "Consumed",
	"Consumed": "Consumed",
	"Issued for Use": IN_USE,
	"Returned to Supplier": "Returned to Supplier",
}

# statuses in which a unit in stock may make a move that takes it out
FREE_TO_LEAVE = {
	"Delivered": {AVAILABLE},
	"Issued": {AVAILABLE, EXPIRED},
	"Consumed": {AVAILABLE},
	"Issued for Use": {AVAILABLE, EXPIRED},
	"Transferred": {AVAILABLE, ON_HOLD, EXPIRED},
	"Returned to Supplier": {AVAILABLE, ON_HOLD, EXPIRED},
}


def in_stock(on_hold: bool, end_of_life_date: datetime.date | None, today: datetime.date) -> str:
	"""The status of a unit that lies in a warehouse. A hold wins over the end of life."""
	if on_hold:
		return ON_HOLD
	if end_of_life_date and end_of_life_date < today:
		return EXPIRED
	return AVAILABLE


def maintenance(
	warranty_expiry_date: datetime.date | None, amc_expiry_date: datetime.date | None, today: datetime.date
) -> str | None:
	"""The maintenance status. A date equal to today still counts."""
	if warranty_expiry_date and warranty_expiry_date >= today:
		return "Under Warranty"
	if amc_expiry_date and amc_expiry_date >= today:
		return "Under AMC"
	if amc_expiry_date:
		return "Out of AMC"
	if warranty_expiry_date:
		return "Out of Warranty"
	return None
