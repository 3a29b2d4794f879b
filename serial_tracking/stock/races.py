"""Races that the database ended, and a disk that is full."""

import frappe
from frappe import _

from serial_tracking.exceptions import StockBusyError, StorageFullError


class told_plainly:
	"""A deadlock or lock wait that the database ended is told as a StockBusyError: try again; a full disk as a
	StorageFullError. In both cases the request is rolled back."""

	def __enter__(self):
		return self

	def __exit__(self, kind, error, traceback):
		if error is None or isinstance(error, frappe.ValidationError):
			return False
		if isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError) or _is_lost_race(error):
			raise_busy()
		if _is_full(error):
			frappe.throw(
				_("The database has no room left. Nothing was posted; tell whoever keeps the server."),
				StorageFullError,
				title=_("Disk Full"),
			)
		return False


def raise_busy() -> None:
	frappe.throw(
		_(
			"Another user is moving the same units or using the same series. Nothing was posted; please try again."
		),
		StockBusyError,
		title=_("Please Try Again"),
	)


def _is_full(error: BaseException) -> bool:
	"""The table or the disk is full, or a file cannot grow."""
	if frappe.db.db_type == "mariadb":
		return bool(error.args) and error.args[0] in (1021, 1026, 1114)
	return frappe.db.db_type == "sqlite" and "disk is full" in str(error)


def _is_lost_race(error: BaseException) -> bool:
	"""Deadlock, lock wait, or a row changed since the transaction's snapshot (MariaDB 11.6 and later, Postgres)."""
	if frappe.db.db_type == "postgres":
		return getattr(error, "pgcode", None) in ("40001", "40P01", "55P03")
	return frappe.db.db_type == "mariadb" and bool(error.args) and error.args[0] in (1020, 1205, 1213)
