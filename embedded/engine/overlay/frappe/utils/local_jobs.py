"""Background jobs without a queue server and workers.

In a web request a job runs after the answer has been sent, in a transaction of its own; elsewhere (console,
patches, tests) it runs at once and in the caller's transaction, as Frappe does for `now=True`.
"""

from types import SimpleNamespace

import frappe
from frappe.utils.background_jobs import execute_job


def enqueue(method, *, job_id: str, job_name: str, kwargs: dict, event=None, after_commit=False):
	"""Run or schedule the job; return what stands in for the queue's job object."""
	job = SimpleNamespace(id=job_id, get_status=lambda refresh=True: "finished")
	request = getattr(frappe.local, "request", None)
	if request is None:

		def start():
			job.result = frappe.call(method, **kwargs)
	else:
		user = frappe.session.user

		def start():
			request.after_response.add(lambda: _run(method, event, job_name, kwargs, user))

	if after_commit:
		frappe.db.after_commit.add(start)
	else:
		start()
	return job


def _run(method, event, job_name, kwargs, user):
	# the request's own session is still to be written back, and set_user would empty it
	session = frappe.local.session
	frappe.local.session = frappe._dict(data=frappe._dict())
	frappe.set_user(user)
	try:
		execute_job(frappe.local.site, method, event, job_name, kwargs, user=user, is_async=False)
	except Exception:
		# execute_job has rolled back and written the Error Log; the request itself is answered
		frappe.clear_messages()
	finally:
		frappe.set_user(session.user)
		frappe.local.session = session
