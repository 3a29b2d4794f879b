"""Units set aside and released again, one or thousands (DOMAIN 3, On Hold)."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, now_datetime

from serial_tracking.exceptions import SerialNoCannotChangeError
from serial_tracking.stock import bulk, rules, status, units
from serial_tracking.stock.naming import ledger_names
from serial_tracking.stock.races import told_plainly


def hold(names: Iterable[str], reason: str) -> int:
	"""Hold units that lie in stock; how many were not held for this reason already.

	Raises SerialNoCannotChangeError, naming them, if some are out of stock: none is held then.
	"""
	with told_plainly():
		found = _lock(names)
		out = [unit for unit in found if not unit["warehouse"]]
		if out:
			why = _("{0} cannot be held: only a unit in stock can, and it is {1}")
			rules.throw(
				[
					(
						None,
						rules.with_voucher(why.format(rules.quote_number(u["serial_no"]), _(u["status"])), u),
					)
					for u in out
				],
				SerialNoCannotChangeError,
				_("Not in Stock"),
			)
		return _write(found, {"on_hold": 1, "hold_reason": reason})


def release(names: Iterable[str]) -> int:
	"""Release units; how many were held."""
	with told_plainly():
		held = [unit for unit in _lock(names) if unit["on_hold"]]
		return _write(held, {"on_hold": 0, "hold_reason": None})


def reason(text: str) -> str:
	"""A reason as it is kept. Raises frappe.MandatoryError if there is none."""
	if not cstr(text).strip():
		frappe.throw(_("Give a reason"), frappe.MandatoryError)
	return cstr(text).strip()


def _lock(names: Iterable[str]) -> list[units.Unit]:
	bulk.begin_writing()
	return units.lock_by_name(names)


def _write(found: list[units.Unit], change: dict[str, Any]) -> int:
	today = now_datetime().date()
	changes = {}
	for unit in found:
		after = {**unit, **change}
		if after["warehouse"]:
			after["status"] = status.in_stock(after["on_hold"], after["end_of_life_date"], today)
		if changed := units.changed(unit, after):
			changes[unit["name"]] = changed
	bulk.update("Serial No", changes)
	note_hold(changes, change["hold_reason"])
	return len(changes)


def note_hold(names: Iterable[str], reason: str | None) -> None:
	"""Write into the time line of units why they are held from now on, or that they no longer are."""
	note(names, _("On hold: {0}").format(escape_html(reason)) if reason else _("Released"))


def note(names: Iterable[str], text: str) -> None:
	"""Write a line into the time line of units, as Frappe keeps it."""
	now, user = frappe.utils.now(), frappe.session.user
	by = frappe.utils.get_fullname(user)
	rows_named = ledger_names()
	bulk.insert(
		"Comment",
		(
			"name", "creation", "modified", "owner", "modified_by", "comment_type", "comment_email", "comment_by",
			"reference_doctype", "reference_name", "content",
		),
		[
			(next(rows_named), now, now, user, user, "Info", user, by, "Serial No", name, text)
			for name in sorted(names)
		],
	)  # fmt: skip
