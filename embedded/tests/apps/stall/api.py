import socket
import time

import frappe


@frappe.whitelist()
def call_out() -> None:
	"""Try to reach another machine (an address of the documentation range)."""
	socket.create_connection(("192.0.2.1", 80), timeout=1).close()


@frappe.whitelist()
def note_later(text: str) -> None:
	frappe.enqueue("stall.api.write_note", text=text)


@frappe.whitelist()
def note_after_commit(text: str, fail: bool = False) -> None:
	frappe.enqueue("stall.api.write_note", text=text, enqueue_after_commit=True)
	if fail:
		frappe.throw("refused")


def write_note(text: str) -> None:
	frappe.get_doc({"doctype": "Note", "title": text, "content": frappe.session.user}).insert()


def count_bills(customer: str) -> int:
	return frappe.db.count("Stall Bill", {"customer": customer})


@frappe.whitelist()
def run(method: str) -> None:
	"""Run a job of the scheduler at once."""
	frappe.only_for("System Manager")
	frappe.call(frappe.get_attr(method))


@frappe.whitelist()
def work(
	doctype: str | None = None,
	name: str | None = None,
	steps: int = 4,
	seconds: float = 0.0,
	end: str = "The work is done",
) -> None:
	"""A job that tells its progress: to the user, or to those who look at a document; and its end to the user."""
	frappe.enqueue("stall.api.work_on", about=(doctype, name), steps=steps, seconds=seconds, end=end)


def work_on(about: tuple, steps: int, seconds: float, end: str) -> None:
	doctype, name = about
	for step in range(1, steps + 1):
		frappe.publish_progress(step / steps * 100, title="Working", doctype=doctype, docname=name)
		time.sleep(seconds)
	frappe.publish_realtime("msgprint", end, user=frappe.session.user)
