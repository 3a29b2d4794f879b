"""The daily job: what the calendar changes (hooks.py), in the long queue: after an import all units may be due.

Nothing depends on yesterday's run: each step looks at what is stored and at today, and so makes good what days without
a run have left.
"""

import frappe

from serial_tracking.service import reminders
from serial_tracking.service import upkeep as service_upkeep
from serial_tracking.stock import upkeep as stock_upkeep


def update_statuses() -> None:
	"""The statuses of units, each part committed by itself, so that vouchers wait for a part and not for all."""
	for _changed in stock_upkeep.in_parts():
		frappe.db.commit()  # nosemgrep


STEPS = (update_statuses, service_upkeep.update_schedules, reminders.send)


def run() -> None:
	"""Do each step in transactions of its own; what fails is logged, and keeps no other step from its work.

	Raises the first error after the last step, so that the scheduler's log tells of it.
	"""
	errors = []
	for step in STEPS:
		try:
			step()
			# what a step has locked is let go before the next
			frappe.db.commit()  # nosemgrep
		except Exception as error:
			frappe.db.rollback()
			errors.append(error)
			frappe.log_error(f"Daily job: {step.__name__}")
			frappe.db.commit()  # nosemgrep
	if errors:
		raise errors[0]
