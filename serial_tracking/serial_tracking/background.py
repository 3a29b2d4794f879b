"""Submitting a large voucher in Frappe's background queue, one job at a time for each voucher.

While a job is under way its id and its user stand in the voucher's `background_job`, the guard. Frappe reads the
voucher's row under a lock before every save, so the guard costs no query there, holds for all app servers, and a Redis
that was emptied does not lose it. It only makes the refusal clear: that a voucher is posted once is guaranteed by that
lock and the voucher's docstatus.

(Frappe's `queue_action` locks by a file, on one machine, and lets go of it before the action begins; its Submission
Queue keeps a voucher "Queued" for ever when the worker dies.)
"""

import time
from textwrap import shorten
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.utils import cstr, escape_html, strip_html
from frappe.utils.background_jobs import get_job
from rq.registry import StartedJobRegistry

from serial_tracking.exceptions import StockBusyError, SubmitQueuedError

VOUCHERS = ("Delivery Note", "Purchase Receipt", "Sales Invoice", "Stock Entry")
QUEUE = "long"
ATTEMPTS = 3  # of a job that loses a race for units; a form's user would try again too
LONGEST_SUBJECT = 300
# seconds after which a guard counts no more
UNSEEN = 60  # if the queue does not know its job: it gets there only after the commit
UNASKED = 30 * 60  # if there is no queue to ask; a job of the queue "long" is ended after 25 minutes


def enqueue(doc: Any) -> None:
	"""Hand a draft to the queue when the transaction is committed, and guard it from now on."""
	current = frappe.db.get_value(
		doc.doctype, doc.name, ["modified", "background_job"], as_dict=True, for_update=True
	)
	refuse_if_under_way(doc, current.background_job)
	if cstr(current.modified) != cstr(doc.modified):
		refuse_as_changed(doc)
	job_id = f"{int(time.time())}-{frappe.generate_hash(length=10)}"
	job = f"{job_id} {frappe.session.user}"
	frappe.db.set_value(doc.doctype, doc.name, "background_job", job, update_modified=False)
	frappe.enqueue(
		"serial_tracking.serial_tracking.background.submit_in_background",
		queue=QUEUE,
		job_id=job_id,
		enqueue_after_commit=True,
		doctype=doc.doctype,
		name=doc.name,
		modified=cstr(doc.modified),
		job=job,
	)
	doc.notify_update()


def refuse_early(doc: Any) -> None:
	"""Refuse a submit while a job is to do it, without waiting for the row that the running job holds."""
	if frappe.get_cached_doc("Serial Tracking Settings").submit_in_background_above:
		refuse_if_under_way(doc, frappe.db.get_value(doc.doctype, doc.name, "background_job"))


def keep_guard(doc: Any, submitting: bool) -> None:
	"""What a form or a caller says of the guard is overruled by the row, which Frappe has locked by now."""
	before = doc.get_doc_before_save()
	doc.background_job = before.background_job if before else None
	if submitting and doc.background_job:
		refuse_if_under_way(doc, doc.background_job)
		doc.background_job = None  # its job is dead


def refuse_if_under_way(doc: Any, job: str | None) -> None:
	if job and is_under_way(job):
		frappe.throw(
			_(
				"{0} {1} is being submitted in the background. You will be notified when that has ended"
			).format(_(doc.doctype), escape_html(doc.name)),
			SubmitQueuedError,
			title=_("Submit Under Way"),
		)


def refuse_as_changed(doc: Any) -> None:
	frappe.throw(
		_("{0} {1} was changed meanwhile. Look at it again, and submit it then").format(
			_(doc.doctype), escape_html(doc.name)
		),
		frappe.TimestampMismatchError,
	)


def is_under_way(job: str) -> bool:
	"""Does the job wait or run? False once it has ended, or died with its worker (seen within 90 seconds)."""
	job_id = job.partition(" ")[0]
	queued_at = job_id.partition("-")[0]
	age = time.time() - (int(queued_at) if queued_at.isdecimal() else 0)
	try:
		queued = get_job(job_id)
		if not queued:
			return age < UNSEEN
		status = queued.get_status()
		if status == "started":
			running = StartedJobRegistry(queued.origin, connection=queued.connection)
			return queued.id not in running.get_expired_job_ids()
		if status == "queued":
			# one that a worker has taken and not begun belongs to no list for a moment, or for ever
			return age < UNSEEN or queued.get_position() is not None
		return False
	except Exception:  # Redis does not answer, or the site has none
		return age < UNASKED


# ---------------------------------------------------------------------------------- the job


def submit_in_background(doctype: str, name: str, modified: str, job: str) -> None:
	"""Submit a voucher as the user of the job, unless it was changed since; the user is told how it ended.

	Frappe commits at the end of a job.
	"""
	user = user_of(job)
	if frappe.session.user != user:
		frappe.set_user(user)  # a job that Frappe itself runs again has lost its user
	for attempt in range(1, ATTEMPTS + 1):
		try:
			_submit(doctype, name, modified, job)
			return
		except Exception as e:
			frappe.db.rollback()
			if not isinstance(e, StockBusyError) or attempt == ATTEMPTS:
				_fail(doctype, name, job, e)
				return
			frappe.clear_messages()
			time.sleep(attempt)


def _submit(doctype: str, name: str, modified: str, job: str) -> None:
	doc = frappe.get_doc(doctype, name, for_update=True)
	if doc.background_job != job:
		return  # it was given up as dead, and somebody went on without it
	if cstr(doc.modified) != modified:
		refuse_as_changed(doc)
	_let_go(doctype, name, job)
	doc.flags.in_background = True
	tell_progress(doc, 5)
	doc.submit()
	_notify(user_of(job), doctype, name, _("{0} {1} is submitted"))
	_publish_progress(doc, 100, after_commit=True)


def _fail(doctype: str, name: str, job: str, error: Exception) -> None:
	why = cstr(error) or ", ".join(cstr(message.get("message")) for message in frappe.get_message_log())
	if not isinstance(error, frappe.ValidationError | frappe.PermissionError):
		frappe.log_error(f"{doctype} {name}")
		why = _("An unexpected error; it stands in the Error Log")
	frappe.clear_messages()
	_let_go(doctype, name, job)
	_tell_of_failure(doctype, name, job, why)


def tell_progress(doc: Any, percent: int) -> None:
	"""Show those who have the form open how far its job is."""
	if doc.flags.in_background:
		_publish_progress(doc, percent)


def _publish_progress(doc: Any, percent: int, after_commit: bool = False) -> None:
	message = {"percent": percent, "title": _("Submitting {0}").format(doc.name)}
	frappe.publish_realtime(
		"progress", message, doctype=doc.doctype, docname=doc.name, after_commit=after_commit
	)


def _let_go(doctype: str, name: str, job: str) -> None:
	guarded = {"name": name, "background_job": job}
	frappe.db.set_value(doctype, guarded, "background_job", None, update_modified=False)


def _tell_of_failure(doctype: str, name: str, job: str, why: str) -> None:
	if frappe.db.exists(doctype, name):
		doc = frappe.get_doc(doctype, name)
		_publish_progress(doc, 100, after_commit=True)
		doc.notify_update()
	_notify(user_of(job), doctype, name, _("{0} {1} could not be submitted"), why)


def _notify(user: str, doctype: str, name: str, what: str, why: str = "") -> None:
	"""A Notification Log, which the Desk shows at once; `why` is HTML."""
	if not is_notifications_enabled(user):
		return
	subject = what.format(_(doctype), frappe.bold(escape_html(name)))
	if why:
		subject += ": " + escape_html(shorten(strip_html(why), LONGEST_SUBJECT, placeholder=" …"))
	log = {
		"doctype": "Notification Log",
		"type": "Alert",
		"for_user": user,
		"document_type": doctype,
		"document_name": name,
		"subject": subject,
		"email_content": why,
	}
	frappe.get_doc(log).insert(ignore_permissions=True)


def user_of(job: str) -> str:
	return job.partition(" ")[2]


# ---------------------------------------------------------------------------------- jobs that died


def give_up_dead_jobs() -> None:
	"""Every ten minutes: take the guard off where a worker was killed, and tell the user.

	Another submit does not wait for this: it looks at the job itself.
	"""
	for doctype in VOUCHERS:
		guarded = frappe.get_all(
			doctype, {"background_job": ("is", "set")}, ["name", "background_job"], order_by="name"
		)
		for voucher in guarded:
			job = voucher.background_job
			# a job that runs in spite of all holds the row, and has taken the guard off when it lets go
			if (
				not is_under_way(job)
				and frappe.db.get_value(doctype, voucher.name, "background_job", for_update=True) == job
			):
				_let_go(doctype, voucher.name, job)
				_tell_of_failure(
					doctype,
					voucher.name,
					job,
					_("The worker was stopped. Nothing was posted; please try again"),
				)
