"""Whitelisted methods about a recall: units are held, customers are written to. See docs/recall-letters.md.

All take the filters of the report Serial No Recall, a dict or its JSON text. Needed is the role Stock Manager (or System
Manager), for letters also the right to read and mail customers; units and customers that the user may not see are left
out.
"""

from typing import Any

import frappe

from serial_tracking import permissions
from serial_tracking.serial_tracking import recall_letters
from serial_tracking.serial_tracking.recall_letters import Letters
from serial_tracking.serial_tracking.report.serial_no_recall.serial_no_recall import Recall
from serial_tracking.serial_tracking.well_formed import read_json
from serial_tracking.stock import holds


@frappe.whitelist()
@frappe.read_only()
def count_free(filters: str | dict[str, Any]) -> int:
	"""How many of the units that are called back lie in stock and are not held."""
	permissions.only_for_stock_managers()
	return len(_free(filters))


@frappe.whitelist(methods=["POST"])
def hold(filters: str | dict[str, Any], reason: str) -> dict[str, int]:
	"""Set aside all units of a recall that lie in stock and are not held yet: `{"held": pieces}`, all or none.

	Raises frappe.MandatoryError without a reason, and SerialNoCannotChangeError if one has left the stock meanwhile.
	"""
	permissions.only_for_stock_managers()
	return {"held": holds.hold(_free(filters), holds.reason(reason))}


def _free(filters: str | dict[str, Any]) -> set[str]:
	recall = Recall(read_json(filters, dict))
	return recall.free_in_stock() if recall.asked else set()


@frappe.whitelist()
@frappe.read_only()
def customers(filters: str | dict[str, Any]) -> dict[str, Any]:
	"""Who holds units that are called back.

	Returns `recall` (it in words), `customers` (those with the most units first, each with `customer`,
	`customer_name`, `units`, `contact`, `email`, `no_email`: why there is none, and `sent`: letters of this recall,
	the latest first), `can_send` (is there an outgoing Email Account) and `missing` (what the list may leave out).
	Raises RecallLetterError if the filters call nothing back.
	"""
	letters = Letters(read_json(filters, dict))
	recipients = letters.recipients()
	return {
		"recall": letters.title,
		"template": recall_letters.default_template(),
		"can_send": recall_letters.can_send(),
		"missing": letters.recall.say_what_is_missing(),
		"customers": [
			{
				"customer": one.customer,
				"customer_name": one.customer_name,
				"units": one.units,
				"contact": one.contact,
				"email": one.email,
				"no_email": one.no_email,
				"sent": [
					{
						"sent_on": letter["sent_on"],
						"sent_by": letter["sent_by"],
						"units": letter["units"],
						"email": letter["email"],
						"owner": letter["owner"],
					}
					for letter in one.sent
				],
			}
			for one in recipients
		],
	}


@frappe.whitelist()
@frappe.read_only()
def preview(filters: str | dict[str, Any], customer: str, template: str, reason: str = "") -> dict[str, str]:
	"""The `subject` and `message` (HTML) of the letter to one customer.

	Raises RecallLetterError if the customer has none of the units, or the template cannot be merged.
	"""
	letters = Letters(read_json(filters, dict))
	(letter,) = letters.render(template, reason, letters.recipients([customer]))
	return {"subject": letter.subject, "message": letter.message}


@frappe.whitelist(methods=["POST"])
def send_letters(
	filters: str | dict[str, Any],
	customers: str | list[str],
	template: str,
	reason: str = "",
	again: bool = False,
) -> dict[str, int]:
	"""Queue a mail to each of the customers, and note on them that it was sent: all or none.

	:param again: also to those who have got a letter of this recall
	Returns how many were `queued`, and how many a job is to queue, `in_background`: more than 100 are left to it once
	they are known to be right, and the user is notified how it ended. Raises RecallLetterError (nobody chosen, some
	without a mail address, no Email Account, a template that fails) and RecallLetterSentError, naming those who have a
	letter, without `again`.
	"""
	letters = Letters(read_json(filters, dict))
	return letters.send(template, reason, read_json(customers, list), again)


@frappe.whitelist(methods=["POST"])
def print_letters(
	filters: str | dict[str, Any],
	customers: str | list[str],
	template: str,
	reason: str = "",
	again: bool = False,
) -> dict[str, str]:
	"""The letters to these customers as one page of HTML to be printed, and noted as sent by post.

	Raises what `send_letters` does, and RecallLetterError for more than 500; a mail address is not needed.
	"""
	letters = Letters(read_json(filters, dict))
	return {"html": letters.print(template, reason, read_json(customers, list), again)}
