"""A real mail server for tests, and an Email Account that sends by it."""

import email
import socket
import unittest
from contextlib import contextmanager
from email.policy import default
from unittest.mock import patch

import frappe

try:
	from aiosmtpd.controller import Controller
except ImportError:  # a bench without the packages for tests
	Controller = None

needs_mail_server = unittest.skipUnless(
	Controller, "needs aiosmtpd, a mail server for tests alone: bench setup requirements --dev installs it"
)


def forget_accounts():
	"""Frappe keeps for a request what it found to send by."""
	frappe.local.outgoing_email_account = {}


def mute(case):
	"""Mails of a test case stay in the queue, whatever the site is set to, and need no Email Account."""
	muted = patch.dict(frappe.flags, {"mute_emails": True})
	muted.start()
	forget_accounts()
	case.addCleanup(forget_accounts)
	case.addCleanup(muted.stop)


class Inbox:
	"""Keeps what a mail server is handed."""

	def __init__(self):
		self.mails = []

	async def handle_DATA(self, server, session, envelope):
		self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=default)))
		return "250 Kept"


@contextmanager
def mail_server():
	"""A server on a free port of this machine; the Inbox."""
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	inbox = Inbox()
	server = Controller(inbox, hostname="127.0.0.1", port=port)
	server.start()
	frappe.db.delete("Email Queue")
	forget_accounts()
	account = {
		"doctype": "Email Account", "email_account_name": "Test Robot", "email_id": "robot@example.com",
		"enable_outgoing": 1, "default_outgoing": 1, "smtp_server": "127.0.0.1", "smtp_port": port,
		"no_smtp_authentication": 1, "use_tls": 0, "auth_method": "Basic",
	}  # fmt: skip
	unmuted = {**frappe.local.conf, "mute_emails": 0}
	try:
		with (
			patch.dict(frappe.local.conf, unmuted),
			patch.dict(frappe.flags, {"mute_emails": False, "testing_email": True}),
			patch.object(frappe.local.db, "commit", lambda: None),
		):
			frappe.get_doc(account).insert()
			yield inbox
	finally:
		server.stop()
		frappe.clear_document_cache("Email Account", "Test Robot")
		forget_accounts()
