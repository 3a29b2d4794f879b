"""A large voucher is submitted by a job of Frappe's queue, once, and its user hears how it ended."""

import time
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import MagicMock, patch

import frappe
from frappe.desk.form.save import savedocs

from serial_tracking.api.background import submit
from serial_tracking.exceptions import SerialTrackingError, StockBusyError, SubmitQueuedError
from serial_tracking.serial_tracking import background
from serial_tracking.stock import posting
from serial_tracking.tests.factories import StockTestCase, make_item, row, serials, settings, voucher

JOBS = "serial_tracking.serial_tracking.background"


class BackgroundTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		settings(submit_in_background_above=3)
		self.item = make_item(serial_no_series=f"BG{frappe.generate_hash(length=6)}-.####")

	def draft(self, qty=5, **values):
		return self.receive(self.item, qty=qty, submit=False, **values)

	def queue(self, doc):
		"""Queue a voucher; returns what the queue was told to call."""
		with patch.object(frappe, "enqueue") as enqueue:
			answer = submit(doc.doctype, doc.name)
		self.assertTrue(answer["queued"])
		self.assertEqual(enqueue.call_args.args, (f"{JOBS}.submit_in_background",))
		options = enqueue.call_args.kwargs
		self.assertTrue(options.pop("enqueue_after_commit"))
		self.assertEqual(options.pop("queue"), "long")
		self.assertTrue(options["job"].startswith(options.pop("job_id") + " "))
		return options

	def run_job(self, arguments):
		"""As a worker does, but that a job's rollback ends where it began, and its commit is left to the test."""
		frappe.clear_messages()
		frappe.db.savepoint("job")
		rollback = frappe.local.db.rollback

		def back():
			rollback(save_point="job")

		with patch.object(frappe.local.db, "rollback", back), patch(f"{JOBS}.time.sleep"):
			background.submit_in_background(**arguments)

	def state(self, doc):
		return frappe.db.get_value(doc.doctype, doc.name, ["docstatus", "background_job"])

	def told(self, doc):
		"""What the current user was notified of, latest last."""
		return frappe.get_all(
			"Notification Log",
			{"document_type": doc.doctype, "document_name": doc.name, "for_user": frappe.session.user},
			["subject", "email_content"],
			order_by="creation",
		)

	def assert_failed(self, doc, *words):
		self.assertEqual(self.state(doc), (0, None))
		self.assertEqual(frappe.db.count("Serial No", {"item_code": self.item}), 0)
		(told,) = self.told(doc)
		for part in ("could not be submitted", *words):
			self.assertIn(part, told.subject)


class TestQueueing(BackgroundTestCase):
	def test_a_small_voucher_is_submitted_at_once(self):
		doc = self.draft(qty=3)
		self.assertEqual(submit(doc.doctype, doc.name), {"queued": False, "units": 3})
		self.assertEqual(self.state(doc), (1, None))

	def test_a_number_of_zero_means_never(self):
		settings(submit_in_background_above=0)
		doc = self.draft(qty=50)
		self.assertEqual(submit(doc.doctype, doc.name), {"queued": False, "units": 50})
		self.assertEqual(self.state(doc), (1, None))

	def test_units_are_counted_whether_typed_made_or_rejected(self):
		plain = make_item(has_serial_no=0)
		rows = [
			row(self.item, 2, warehouse=self.stores, serial_no="BG-A\nBG-B"),
			row(self.item, 4, warehouse=self.stores, rejected_qty=1, rejected_warehouse=self.shop),
			row(plain, 500, warehouse=self.stores),
		]
		doc = voucher("Purchase Receipt", rows, submit=False, supplier=self.supplier)
		with patch.object(frappe, "enqueue"):
			self.assertEqual(submit(doc.doctype, doc.name), {"queued": True, "units": 7})

	def test_a_large_one_is_submitted_by_the_job_and_its_user_told(self):
		doc = self.draft()
		job = self.queue(doc)
		self.assertEqual(self.state(doc), (0, job["job"]))
		self.run_job(job)
		self.assertEqual(self.state(doc), (1, None))
		self.assertEqual(len(serials(doc.reload())), 5)
		(told,) = self.told(doc)
		self.assertIn("is submitted", told.subject)
		self.assert_audit_clean()

	def test_every_kind_of_voucher_is_queued(self):
		receipt = self.draft()
		receipt.submit()
		numbers = serials(receipt)
		self.deliver(self.item, numbers)
		moved = self.receive(self.item, qty=5)
		for doc in (
			self.receive_by_entry(self.item, qty=5, submit=False),
			self.deliver(self.item, serials(moved), submit=False),
			voucher(
				"Sales Invoice",
				[row(self.item, 5, warehouse=self.stores, serial_no="\n".join(serials(moved)))],
				submit=False,
				customer=self.customer,
				update_stock=1,
			),
		):
			with self.subTest(doc.doctype):
				frappe.db.savepoint("kind")
				self.run_job(self.queue(doc))
				self.assertEqual(self.state(doc), (1, None))
				frappe.db.rollback(save_point="kind")
		self.assertEqual(
			set(background.VOUCHERS),
			set(frappe.get_all("DocField", {"fieldname": "background_job"}, pluck="parent")),
		)

	def test_progress_is_shown_to_those_who_have_the_form_open(self):
		doc = self.draft()
		job = self.queue(doc)
		with patch.object(frappe, "publish_realtime") as told:
			self.run_job(job)
		shown = [call for call in told.call_args_list if call.args and call.args[0] == "progress"]
		self.assertEqual([call.args[1]["percent"] for call in shown], [5, 50, 95, 100])
		self.assertEqual({call.kwargs["docname"] for call in shown}, {doc.name})
		self.assertTrue(shown[-1].kwargs["after_commit"])

	def test_a_draft_that_the_caller_does_not_know_is_refused(self):
		doc = self.draft()
		self.assert_refused(
			frappe.TimestampMismatchError, submit, doc.doctype, doc.name, "2026-01-01 00:00:00.000000"
		)
		with patch.object(frappe, "enqueue"):
			self.assertTrue(submit(doc.doctype, doc.name, str(doc.modified))["queued"])

	def test_what_is_submitted_or_no_voucher_is_refused(self):
		doc = self.draft()
		doc.submit()
		self.assert_refused(frappe.DocstatusTransitionError, submit, doc.doctype, doc.name)
		self.assert_refused(frappe.ValidationError, submit, "Item", self.item)
		self.assert_refused(frappe.ValidationError, submit, "No Such DocType", "x")
		self.assert_refused(frappe.DoesNotExistError, submit, "Stock Entry", "no such entry")


class TestGuard(BackgroundTestCase):
	def setUp(self):
		super().setUp()
		self.doc = self.draft()
		self.job = self.queue(self.doc)

	def submit_as_rest_does(self):
		doc = frappe.get_doc(self.doc.doctype, self.doc.name)
		doc.update({"docstatus": 1, "background_job": None})
		doc.save()

	def submit_in_the_desk(self):
		# a form opened before the voucher was queued knows nothing of it
		savedocs(frappe.as_json(self.doc.as_dict()), "Submit")

	def ways(self):
		return (
			lambda: submit(self.doc.doctype, self.doc.name),
			self.submit_as_rest_does,
			self.submit_in_the_desk,
		)

	@contextmanager
	def queue_says(self, status, expired=(), position=0, age=0):
		job = SimpleNamespace(
			id="site::job",
			origin="long",
			connection=MagicMock(),
			get_status=lambda: status,
			get_position=lambda: position,
		)
		with (
			patch(f"{JOBS}.get_job", return_value=job if status else None),
			patch(f"{JOBS}.StartedJobRegistry.get_expired_job_ids", return_value=list(expired)),
			patch(f"{JOBS}.time.time", return_value=time.time() + age),
		):
			yield

	def test_a_second_submit_is_refused_by_whatever_way_it_comes(self):
		for way in self.ways():
			refusal = self.assert_refused(SubmitQueuedError, way, mentions=(self.doc.name,))
			self.assertEqual(refusal.http_status_code, 409)
		settings(submit_in_background_above=0)  # the guard holds for what is queued already
		for way in self.ways():
			self.assert_refused(SubmitQueuedError, way)
		self.run_job(self.job)
		self.assertEqual(self.state(self.doc), (1, None))

	def test_the_guard_holds_as_long_as_the_job_waits_or_runs(self):
		for case in (
			{"status": "queued", "age": 86400},
			{"status": "queued", "position": None},  # taken by a worker this moment
			{"status": "started", "age": 86400},
			{"status": None},  # not in the queue yet
		):
			with self.subTest(**case), self.queue_says(**case):
				for way in self.ways():
					self.assert_refused(SubmitQueuedError, way)

	def test_it_does_not_outlive_the_job(self):
		for case in (
			{"status": "finished"},
			{"status": "failed"},  # its worker was killed
			{"status": "stopped"},
			{"status": "canceled"},
			{"status": "started", "expired": ["site::job"]},  # the whole machine went
			{"status": "queued", "position": None, "age": 61},
			{"status": None, "age": 61},  # Redis was emptied
		):
			for way in self.ways()[1:]:
				with self.subTest(**case, way=way.__name__), self.queue_says(**case):
					frappe.db.savepoint("stale")
					way()
					self.assertEqual(self.state(self.doc), (1, None))
					frappe.db.rollback(save_point="stale")

	def test_a_voucher_whose_job_died_is_queued_again_and_the_old_job_does_nothing(self):
		with self.queue_says("failed"):
			again = self.queue(self.doc)
		self.assertNotEqual(again["job"], self.job["job"])
		self.run_job(self.job)  # it was not dead after all
		self.assertEqual(self.state(self.doc), (0, again["job"]))
		self.assertEqual(self.told(self.doc), [])
		self.run_job(again)
		self.assertEqual(self.state(self.doc), (1, None))

	def test_where_redis_does_not_answer_it_ends_after_half_an_hour(self):
		with patch(f"{JOBS}.get_job", side_effect=ConnectionError):
			self.assert_refused(SubmitQueuedError, self.submit_in_the_desk)
			with patch(f"{JOBS}.time.time", return_value=time.time() + 1801):
				self.submit_in_the_desk()
		self.assertEqual(self.state(self.doc), (1, None))

	def test_neither_a_form_nor_a_caller_takes_it_off_or_puts_it_on(self):
		self.doc.background_job = None
		self.doc.save()
		self.assertEqual(self.state(self.doc), (0, self.job["job"]))
		other = self.draft()
		other.background_job = f"{int(time.time())}-made up"
		other.save()
		self.assertEqual(self.state(other), (0, None))
		copied = frappe.copy_doc(frappe.get_doc(self.doc.doctype, self.doc.name)).insert()
		self.assertEqual(self.state(copied), (0, None))

	def test_the_form_learns_whether_the_job_is_still_under_way(self):
		for status, answer in (("started", True), ("failed", False)):
			with self.queue_says(status):
				doc = frappe.get_doc(self.doc.doctype, self.doc.name)
				doc.run_method("onload")
				self.assertEqual(doc.get_onload("submit_under_way"), answer)

	def test_a_user_whose_worker_was_killed_is_told(self):
		with self.queue_says("started"):
			background.give_up_dead_jobs()
		self.assertEqual(self.state(self.doc), (0, self.job["job"]))
		for _again in range(2):
			with self.queue_says("failed"):
				background.give_up_dead_jobs()
			self.assert_failed(self.doc, "worker was stopped")
		planned = frappe.get_hooks("scheduler_events", app_name="serial_tracking")["cron"]
		self.assertIn([f"{JOBS}.give_up_dead_jobs"], planned.values())


class TestJob(BackgroundTestCase):
	def test_a_draft_that_was_changed_meanwhile_is_not_submitted(self):
		doc = self.draft()
		job = self.queue(doc)
		doc.reload()
		doc.remarks = "six, not five"
		doc.save()
		self.run_job(job)
		self.assert_failed(doc, "was changed meanwhile")

	def test_a_draft_that_is_gone_is_told(self):
		doc = self.draft()
		job = self.queue(doc)
		frappe.delete_doc(doc.doctype, doc.name)
		self.run_job(job)
		(told,) = self.told(doc)
		self.assertIn("could not be submitted", told.subject)
		self.assertNotIn("Error Log", told.subject)

	def test_the_user_reads_why_a_rule_refused_it(self):
		doc = self.receive(self.item, [f"{self.item}/{n}" for n in range(5)], submit=False)
		job = self.queue(doc)
		taken = f"{self.item}/3"
		self.receive(self.item, taken)
		self.run_job(job)
		self.assertEqual(self.state(doc), (0, None))
		(told,) = self.told(doc)
		self.assertIn(taken, told.subject)
		self.assertIn(taken, told.email_content)
		self.assertEqual(frappe.db.count("Serial No", {"item_code": self.item}), 1)
		self.assert_audit_clean()

	def test_a_race_lost_is_run_again(self):
		doc = self.draft()
		job = self.queue(doc)
		answers = [StockBusyError("busy"), StockBusyError("busy"), posting.prepare]
		with patch.object(posting, "prepare", side_effect=self.one_by_one(answers)):
			self.run_job(job)
		self.assertEqual(self.state(doc), (1, None))
		self.assertEqual(len(self.told(doc)), 1)

	def test_a_race_lost_each_time_is_told(self):
		doc = self.draft()
		job = self.queue(doc)
		with patch.object(posting, "prepare", side_effect=StockBusyError("somebody was quicker")) as tried:
			self.run_job(job)
		self.assertEqual(tried.call_count, 3)
		self.assert_failed(doc, "somebody was quicker")

	def test_an_unexpected_error_goes_to_the_error_log(self):
		doc = self.draft()
		job = self.queue(doc)
		with patch.object(posting, "write", side_effect=RuntimeError("secret detail")):
			self.run_job(job)
		self.assert_failed(doc, "Error Log")
		self.assertNotIn("secret detail", self.told(doc)[0].subject)
		logged = frappe.get_all("Error Log", {"method": f"{doc.doctype} {doc.name}"}, pluck="error")
		self.assertIn("secret detail", logged[0])

	def test_every_refusal_leaves_no_guard(self):
		doc = self.draft()
		for refusal in (SerialTrackingError, frappe.PermissionError, frappe.TimestampMismatchError, OSError):
			with self.subTest(refusal), patch.object(posting, "prepare", side_effect=refusal("no")):
				self.run_job(self.queue(doc))
				self.assertEqual(self.state(doc), (0, None))

	def test_the_job_is_its_callers_and_may_what_he_may(self):
		user = self.make_user("Stock User")
		frappe.set_user(user)
		doc = self.draft()
		job = self.queue(doc)
		frappe.set_user("Administrator")  # so Frappe runs a job again that a deadlock ended
		self.run_job(job)
		self.assertEqual(frappe.session.user, user)
		self.assertEqual(frappe.db.get_value(doc.doctype, doc.name, "modified_by"), user)
		self.assertEqual(len(self.told(doc)), 1)

	def test_a_right_that_was_taken_away_meanwhile_is_missing(self):
		user = self.make_user("Stock User")
		frappe.set_user(user)
		doc = self.draft()
		job = self.queue(doc)
		frappe.set_user("Administrator")
		frappe.get_doc("User", user).remove_roles("Stock User")
		self.run_job(job)
		self.assert_failed(doc)

	def test_who_wants_no_notifications_gets_none(self):
		doc = self.draft()
		with patch(f"{JOBS}.is_notifications_enabled", return_value=False):
			self.run_job(self.queue(doc))
		self.assertEqual(self.state(doc), (1, None))
		self.assertEqual(self.told(doc), [])

	def test_who_may_not_submit_may_not_queue(self):
		doc = self.draft()
		frappe.set_user(self.make_user("Sales User"))
		self.assertRaises(frappe.PermissionError, submit, doc.doctype, doc.name)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, submit, doc.doctype, doc.name)

	def make_user(self, role):
		email = f"{frappe.generate_hash(length=8)}@example.com"
		user = {"doctype": "User", "email": email, "first_name": role, "send_welcome_email": 0}
		doc = frappe.get_doc({**user, "roles": [{"role": role}]}).insert()
		self.addCleanup(frappe.clear_cache, user=email)
		return doc.name

	@staticmethod
	def one_by_one(answers):
		def answer(*args):
			now = answers.pop(0)
			if isinstance(now, Exception):
				raise now
			return now(*args)

		return answer
