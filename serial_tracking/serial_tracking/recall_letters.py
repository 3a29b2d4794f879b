"""Letters to the customers that hold units which are called back, merged from an Email Template (docs/recall-letters.md).

All letters are rendered before the first is sent, so that a template which fails for one customer sends nothing. What
was sent stands in Recall Letter, one for each letter; its name is made of recall, customer and a count, so that of two
users who send the same at the same moment one is refused by the database.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import (
	cint,
	cstr,
	escape_html,
	formatdate,
	get_formatted_email,
	getdate,
	strip_html,
	validate_email_address,
)
from frappe.utils.html_utils import sanitize_html
from frappe.utils.jinja import get_jenv
from jinja2 import StrictUndefined, Template

from serial_tracking import permissions
from serial_tracking.exceptions import RecallLetterError, RecallLetterSentError
from serial_tracking.install import RECALL_TEMPLATE
from serial_tracking.serial_tracking import unit_report
from serial_tracking.serial_tracking.report.serial_no_recall.serial_no_recall import Recall
from serial_tracking.stock import bulk, units

LETTER, REPORT = "Recall Letter", "Serial No Recall"
EMAIL, POST = "Email", "Post"
PAGE = "serial_tracking/templates/recall_letters.html"
# of the report's filters those that say what is called back, in the order in which people would say it
SOURCES = (
	"voucher_no", "voucher_type", "supplier", "item_code", "item_group", "brand", "serial_no", "from_date", "to_date"
)  # fmt: skip
NAMED = 10  # customers in a message
AT_ONCE = 100  # mails that a request queues itself: Frappe takes up to 40 ms for each
MOST_PAGES = 500
SECONDS_OF_A_JOB = 3600


@dataclass(slots=True)
class Recipient:
	"""A customer who holds units that are called back."""

	customer: str
	customer_name: str
	units: int
	email: str = ""  # a valid address that has not unsubscribed
	contact: str = ""  # name of a person
	address: list[str] = field(default_factory=list)  # lines
	no_email: str = ""  # why there is none
	sent: list[dict[str, Any]] = field(default_factory=list)  # letters of this recall, the latest first


@dataclass(frozen=True, slots=True)
class Letter:
	recipient: Recipient
	subject: str
	message: str  # HTML


class Letters:
	"""The letters of one recall, of the units and customers that the user may see.

	Raises frappe.PermissionError for who may not send them, RecallLetterError if the filters call nothing back.
	"""

	def __init__(self, filters: Mapping[str, Any] | None):
		only_for_senders()
		self.recall = Recall(dict(filters or {}))
		if not self.recall.asked:
			refuse(_("Choose what is called back: a document, a supplier, a period, an item or a unit."))
		self.source = _source(self.recall.filters)
		self.key = hashlib.sha256(json.dumps(self.source, sort_keys=True).encode()).hexdigest()[:32]
		self.title = _title(self.source)
		self.documents = _documents(self.source)

	# ------------------------------------------------------------------ to whom

	def recipients(self, wanted: Collection[str] | None = None) -> list[Recipient]:
		"""The customers, those with the most units first; a constant number of statements.

		:param wanted: these alone. Raises RecallLetterError, naming them, if some hold no such unit.
		"""
		counts = self.recall.customers()
		readable = units.readable_names(sorted(counts), "Customer") if counts else set()
		if wanted is not None:
			if others := sorted(set(wanted) - readable):
				refuse(_("No unit of this recall is with {0}").format(_some(others)))
			readable = readable.intersection(wanted)
		rows = bulk.select("Customer", ("name", "customer_name", "email_id", "address"), "name", readable)
		found = {
			row["name"]: Recipient(row["name"], row["customer_name"] or row["name"], counts[row["name"]])
			for row in rows
		}
		_address({row["name"]: row for row in rows}, found)
		for letter in self._sent():
			if letter["customer"] in found:
				found[letter["customer"]].sent.append(letter)
		return sorted(found.values(), key=lambda one: (-one.units, one.customer))

	def _sent(self) -> list[dict[str, Any]]:
		fields = ("name", "customer", "units", "sent_by", "email", "sent_on", "owner")
		return bulk.select(LETTER, fields, "recall_key", [self.key], order_by="sent_on")[::-1]

	# ------------------------------------------------------------------ what they say

	def render(self, template: str, reason: str, recipients: Sequence[Recipient]) -> list[Letter]:
		"""One letter each, none if one of them cannot be written.

		Raises RecallLetterError, saying what is wrong in the template and for whom.
		"""
		merge = Merge(template)
		of_customers = self._units({one.customer for one in recipients})
		return [merge(one, self._context(one, of_customers[one.customer], reason)) for one in recipients]

	def _units(self, customers: Collection[str]) -> dict[str, list[dict[str, Any]]]:
		found = defaultdict(list)
		for unit in self.recall.units_of(customers):
			found[unit["customer"]].append(unit)
		return found

	def _context(self, to: Recipient, found: Iterable[dict], reason: str) -> dict[str, Any]:
		return {
			"customer": to.customer,
			"customer_name": to.customer_name,
			"contact": to.contact,
			"email": to.email,
			"address": to.address,
			"units": [_unit(unit) for unit in found],
			"reason": reason,
			"recall": self.title,
			"today": getdate(),
			"sender": frappe.utils.get_fullname(),
		}

	# ------------------------------------------------------------------ sending

	def send(
		self,
		template: str,
		reason: str,
		customers: Collection[str],
		again: bool,
		*,
		in_background: bool = False,
	) -> dict[str, int]:
		"""Queue a mail to each customer and note it: all of them, or none. How many were `queued`.

		More than AT_ONCE letters are left to a job, once they are known to be right: `in_background` says how many.
		Raises RecallLetterError (nobody chosen, no address, a template that fails) and RecallLetterSentError.
		"""
		recipients = self._chosen(customers, again)
		if nameless := [one for one in recipients if not one.email]:
			lines = [f"{one.customer_name}: {one.no_email}" for one in nameless]
			refuse(_("Without a mail address, to be written by post: {0}").format(_some(lines, ";")))
		if not can_send():
			refuse(_("No outgoing Email Account is set up. The letters can be printed."))
		letters = self.render(template, reason, recipients)
		if len(letters) > AT_ONCE and not in_background:
			frappe.enqueue(
				"serial_tracking.serial_tracking.recall_letters.send_in_background",
				queue="long",
				timeout=SECONDS_OF_A_JOB,
				enqueue_after_commit=True,
				filters=dict(self.recall.filters),
				template=template,
				reason=reason,
				customers=sorted(customers),
				again=again,
			)
			return {"queued": 0, "in_background": len(letters)}
		communications = self._note(template, reason, letters, EMAIL)
		sender = _sender()
		for letter in letters:
			frappe.sendmail(
				recipients=[letter.recipient.email],
				sender=sender,
				subject=letter.subject,
				message=letter.message,
				reference_doctype="Customer",
				reference_name=letter.recipient.customer,
				communication=communications[letter.recipient.customer],
			)
		return {"queued": len(letters), "in_background": 0}

	def print(self, template: str, reason: str, customers: Collection[str], again: bool) -> str:
		"""The letters as one page of HTML to be printed, each noted as sent by post; at most MOST_PAGES.

		Raises what `send` does; no mail address is needed.
		"""
		if len(customers) > MOST_PAGES:
			refuse(_("Choose at most {0} letters to print at a time").format(MOST_PAGES))
		letters = self.render(template, reason, self._chosen(customers, again))
		self._note(template, reason, letters, POST)
		return frappe.get_template(PAGE).render(
			{
				"title": self.title,
				"lang": frappe.local.lang,
				"date": formatdate(getdate()),
				"letters": [
					{
						"name": letter.recipient.customer_name,
						"contact": letter.recipient.contact,
						"address": letter.recipient.address,
						"subject": letter.subject,
						"message": sanitize_html(letter.message, linkify=False),
					}
					for letter in letters
				],
			}
		)

	def _chosen(self, customers: Collection[str], again: bool) -> list[Recipient]:
		if not customers:
			refuse(_("Choose to whom the letter goes"))
		recipients = self.recipients(set(customers))
		if not again and (told := [one for one in recipients if one.sent]):
			lines = [f"{one.customer_name} ({formatdate(one.sent[0]['sent_on'])})" for one in told]
			refuse(_("Have got a letter of this recall: {0}").format(_some(lines)), RecallLetterSentError)
		return recipients

	def _note(self, template: str, reason: str, letters: Sequence[Letter], way: str) -> dict[str, str]:
		"""A Recall Letter and a Communication on the customer for each; the names of the latter, by customer."""
		now, user = frappe.utils.now(), frappe.session.user
		communications = {letter.recipient.customer: frappe.generate_hash(length=10) for letter in letters}
		columns = (
			"name", "recall", "recall_key", "customer", "customer_name", "units", "sent_by", "email", "sent_on",
			"email_template", "subject", "reason", "communication", "owner", "creation", "modified", "modified_by",
		)  # fmt: skip
		rows = [
			(
				self._name(to := letter.recipient), self.title[:140], self.key, to.customer, to.customer_name, to.units,
				way, to.email if way == EMAIL else None, now, template, letter.subject[:140], reason,
				communications[to.customer], user, now, now, user,
			)
			for letter in letters
		]  # fmt: skip
		try:
			bulk.insert(LETTER, columns, rows)
		except Exception as error:
			if not (frappe.db.is_primary_key_violation(error) or frappe.db.is_unique_key_violation(error)):
				raise
			refuse(
				_("Somebody else has just sent letters of this recall. Look at the list again."),
				RecallLetterSentError,
			)
		address = frappe.db.get_value("User", user, "email")
		for letter in letters:
			_communicate(letter, way, template, address, self.documents, communications)
		return communications

	def _name(self, to: Recipient) -> str:
		"""Of the next letter of this recall to the customer."""
		stem = hashlib.sha256(f"{self.key} {to.customer}".encode()).hexdigest()[:24]
		return f"{stem}-{len(to.sent) + 1}"


class Merge:
	"""An Email Template, read once for all letters, in Frappe's sandbox.

	Stricter than Frappe's own rendering: a name that is not known is a mistake, and text of records is escaped in the
	message. Raises RecallLetterError.
	"""

	def __init__(self, name: str):
		if not name or not frappe.db.exists("Email Template", name):
			refuse(_("Choose an Email Template"))
		self.doc = frappe.get_doc("Email Template", name)
		self.doc.check_permission("read")
		environment = get_jenv()
		self.subject = self._compile(environment, self.doc.subject, autoescape=False)
		self.message = self._compile(environment, self.doc.response_, autoescape=True)

	def _compile(self, environment, source: str | None, *, autoescape: bool) -> Template:
		if ".__" in cstr(source):
			self._refuse(_("Illegal template"))
		try:
			own = environment.overlay(undefined=StrictUndefined, autoescape=autoescape)
			return own.from_string(cstr(source))
		except Exception as error:
			self._refuse(_in_line(error))

	def __call__(self, to: Recipient, context: Mapping[str, Any]) -> Letter:
		try:
			subject = " ".join(self.subject.render(context).split())
			message = self.message.render(context)
		except Exception as error:
			self._refuse(_in_line(error), to.customer_name)
		if not subject or not strip_html(message).strip():
			self._refuse(_("the subject or the message is empty"), to.customer_name)
		return Letter(to, subject, message)

	def _refuse(self, why: str, who: str | None = None):
		name = escape_html(self.doc.name)
		if who:
			refuse(
				_("The Email Template {0} cannot be merged for {1}: {2}").format(name, escape_html(who), why)
			)
		refuse(_("The Email Template {0} is not right: {1}").format(name, why))


def send_in_background(
	filters: dict[str, Any], template: str, reason: str, customers: list[str], again: bool
) -> None:
	"""The job that queues many letters as the user who sent them; tells how it ended. Frappe commits at its end."""
	try:
		done = Letters(filters).send(template, reason, customers, again, in_background=True)
	except Exception as error:
		frappe.db.rollback()
		if not isinstance(error, frappe.ValidationError | frappe.PermissionError):
			frappe.log_error("Recall: letters not sent")
		frappe.clear_messages()
		why = shorten(strip_html(cstr(error) or type(error).__name__), 300, placeholder=" …")
		_tell(_("No letter was sent. {0}").format(escape_html(why)))
	else:
		_tell(_("Letters of a recall wait in the mail queue: {0}").format(done["queued"]))


def _tell(subject: str) -> None:
	if is_notifications_enabled(frappe.session.user):
		log = {
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": frappe.session.user,
			"subject": subject,
		}
		frappe.get_doc(log | {"document_type": "Report", "document_name": REPORT}).insert(
			ignore_permissions=True
		)


def only_for_senders() -> None:
	"""Those who may hold units, and may read and mail customers."""
	permissions.only_for_stock_managers()
	for right in ("read", "email"):
		frappe.has_permission("Customer", right, throw=True)


def can_send() -> bool:
	"""Is there an outgoing Email Account? (A site whose mails are muted keeps them in the queue without one.)"""
	return bool(EmailAccount.find_outgoing())


def default_template() -> str | None:
	return RECALL_TEMPLATE if frappe.db.exists("Email Template", RECALL_TEMPLATE) else None


def refuse(why: str, exception: type[Exception] = RecallLetterError):
	frappe.throw(why, exception, title=_("Letters to Customers"))


# ---------------------------------------------------------------------------------- what is called back


def _source(filters: Mapping[str, Any]) -> dict[str, list[str]]:
	found = {name: sorted(unit_report.values_of(filters, name)) for name in SOURCES}
	if cint(filters.get("built_into", 1)):
		found["built_into"] = ["1"]
	return {name: values for name, values in found.items() if values}


def _title(source: Mapping[str, Sequence[str]]) -> str:
	"""The recall in words."""
	said = []
	if numbers := source.get("voucher_no"):
		kinds = ", ".join(_(kind) for kind in source.get("voucher_type", ()))
		said.append(f"{kinds} {', '.join(numbers)}".strip())
	for name, label in (
		("supplier", _("Supplier")),
		("item_code", _("Item")),
		("item_group", _("Item Group")),
		("brand", _("Brand")),
		("serial_no", _("Serial No")),
	):
		if name in source:
			said.append(f"{label} {', '.join(source[name])}")
	for name, label in (("from_date", _("From Date")), ("to_date", _("To Date"))):
		if name in source:
			said.append(f"{label} {formatdate(source[name][0])}")
	return ", ".join(said)


def _documents(source: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
	"""What the letters are also shown on: the document and the unit that are called back."""
	kinds = source.get("voucher_type", ())
	found = [(kinds[0], name) for name in source.get("voucher_no", ()) if len(kinds) == 1]
	found += [("Serial No", name) for name in source.get("serial_no", ())]
	return [(doctype, name) for doctype, name in found if frappe.db.exists(doctype, name)]


def _unit(unit: Mapping[str, Any]) -> dict[str, Any]:
	"""A unit as templates know it; what is empty is an empty text."""
	told = {
		"serial_no": unit["serial_no"],
		"item_code": unit["item_code"],
		"item_name": unit["item_name"] or unit["item_code"],
		"delivered_on": unit["delivery_date"],
		"document_type": unit["delivery_document_type"] and _(unit["delivery_document_type"]),
		"document": unit["delivery_document_no"],
		"sales_invoice": unit["sales_invoice"],
		"warranty_expiry_date": unit["warranty_expiry_date"],
		"contains": unit.get("contains"),
	}
	# a plain dict: Frappe's own answers to every name
	return {name: value or "" for name, value in told.items()}


# ---------------------------------------------------------------------------------- how they are reached


def _address(customers: Mapping[str, Mapping[str, Any]], recipients: Mapping[str, Recipient]) -> None:
	"""Contact, mail address and postal address of each.

	Who may mail a customer may use the contacts that are linked to it: the right to read Contact is not asked for.
	"""
	contacts = _linked("Contact", customers, ("full_name", "first_name", "email_id"), "is_primary_contact")
	postal = _linked(
		"Address",
		customers,
		("address_line1", "address_line2", "pincode", "city", "state", "country"),
		"is_primary_address",
	)
	candidates = {
		name: [(one["email_id"], one) for one in contacts[name]] + [(row["email_id"], None)]
		for name, row in customers.items()
	}
	unsubscribed = _unsubscribed(
		{cstr(email).strip() for of_one in candidates.values() for email, _contact in of_one if email}
	)
	for name, to in recipients.items():
		first = contacts[name][0] if contacts[name] else None
		for email, contact in candidates[name]:
			valid = validate_email_address(cstr(email).strip())
			if valid and valid.lower() not in unsubscribed:
				to.email, first = valid, contact or first
				break
			if email:
				to.no_email = (
					_("{0} wants no mail").format(email)
					if valid
					else _("{0} is no mail address").format(email)
				)
		if not to.email:
			to.no_email = to.no_email or _("No mail address")
		to.contact = cstr(first and (first["full_name"] or first["first_name"]))
		to.address = _lines(postal[name][0] if postal[name] else None, customers[name]["address"])


def _linked(
	doctype: str, customers: Iterable[str], fields: Sequence[str], first: str
) -> dict[str, list[dict]]:
	"""Contacts or Addresses that are linked to customers, the primary one first."""
	table, link = frappe.qb.DocType(doctype), frappe.qb.DocType("Dynamic Link")
	found: dict[str, list[dict]] = defaultdict(list)
	names = sorted(customers)
	for start in range(0, len(names), bulk.ROWS_PER_STATEMENT):
		rows = (
			frappe.qb.from_(link)
			.inner_join(table)
			.on((link.parent == table.name) & (link.parenttype == doctype))
			.select(link.link_name, *(table[name] for name in fields))
			.where(link.link_doctype == "Customer")
			.where(link.link_name.isin(names[start : start + bulk.ROWS_PER_STATEMENT]))
			.orderby(table[first], order=frappe.qb.desc)
			.orderby(table.creation)
			.orderby(table.name)
			.run(as_dict=True)
		)
		for row in rows:
			found[row["link_name"]].append(row)
	return found


def _unsubscribed(emails: Collection[str]) -> set[str]:
	"""Those of the addresses that Frappe would leave out in silence."""
	where = {"global_unsubscribe": 1}
	rows = bulk.select("Email Unsubscribe", ("email",), "email", emails, where=where)
	return {cstr(row["email"]).lower() for row in rows}


def _lines(address: Mapping[str, Any] | None, typed: str | None) -> list[str]:
	if not address:
		return [line.strip() for line in cstr(typed).splitlines() if line.strip()]
	place = " ".join(filter(None, (address["pincode"], address["city"])))
	lines = (address["address_line1"], address["address_line2"], place, address["state"], address["country"])
	return [line for line in lines if line]


# ---------------------------------------------------------------------------------- the record


def _sender() -> str | None:
	"""The user; of Administrator, whose address nobody reads, the address of the account that sends, if it has one."""
	if frappe.session.user == "Administrator" and EmailAccount.find_outgoing().get("email_id"):
		return None
	return get_formatted_email(frappe.session.user)


def _communicate(
	letter: Letter,
	way: str,
	template: str,
	sender: str | None,
	documents: Iterable[tuple[str, str]],
	names: Mapping[str, str],
) -> None:
	"""What the time line of the customer, and of what is called back, shows."""
	to = letter.recipient
	doc = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email" if way == EMAIL else "Other",
			"sent_or_received": "Sent",
			"status": "Linked",
			"subject": letter.subject,
			"content": letter.message,
			"sender": sender,
			"recipients": to.email if way == EMAIL else None,
			"reference_doctype": "Customer",
			"reference_name": to.customer,
			"email_template": template,
			"timeline_links": [{"link_doctype": doctype, "link_name": name} for doctype, name in documents],
		}
	)
	doc.flags.skip_add_signature = True
	doc.insert(ignore_permissions=True, set_name=names[to.customer])


# ---------------------------------------------------------------------------------- messages


def _some(names: Sequence[str], separator: str = ",") -> str:
	shown = f"{separator} ".join(escape_html(name) for name in names[:NAMED])
	return f"{shown} … (+{len(names) - NAMED:,})" if len(names) > NAMED else shown


def _in_line(error: Exception) -> str:
	line = getattr(error, "lineno", None)
	why = escape_html(cstr(error) or type(error).__name__)
	return _("line {0}: {1}").format(line, why) if line else why
