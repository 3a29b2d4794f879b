"""The daily digest of what runs out and of visits that are due (DOMAIN 8)."""

import re
from unittest.mock import patch

import frappe
from frappe.email.queue import flush
from frappe.utils import add_days, getdate

from serial_tracking.exceptions import SerialTrackingError
from serial_tracking.service import reminders
from serial_tracking.service.reminders import parse_days, send
from serial_tracking.stock import bulk
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import SERVICE, StockTestCase, forget, make, make_item, settings
from serial_tracking.tests.mail import forget_accounts, mail_server, needs_mail_server
from serial_tracking.tests.processes import run_together

DAY = getdate("2027-05-10")
ROLE = "Reminded"
ANNA, BERT = "anna@reminders.example.com", "bert@reminders.example.com"


def recipient(name, *roles, **values):
	"""A user with the role that is told, and one that may read."""
	roles = [{"role": role} for role in (ROLE, "Maintenance User", *roles)]
	values = {"first_name": name.partition("@")[0], "send_welcome_email": 0, "roles": roles, **values}
	return make("User", email=name, **values)


class ReminderTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		forget("Serial No", *SERVICE)
		make("Role", role_name=ROLE, desk_access=1)
		recipient(ANNA)
		settings(send_reminders=1, reminder_role=ROLE, reminder_days="30, 60, 90")
		self.item = make_item(item_name="A pump")

	def tearDown(self):
		for user in (ANNA, BERT):
			frappe.clear_cache(user=user)
		super().tearDown()

	def unit(self, name):
		return frappe.get_doc("Serial No", name)

	def units(self, *names, warehouse=None, deliver=False, **values):
		self.receive(self.item, list(names), warehouse=warehouse)
		if deliver:
			self.deliver(self.item, list(names), warehouse=warehouse)
		for name in names:
			frappe.db.set_value("Serial No", name, values)

	def visit(self, number, day, **values):
		"""A submitted schedule with one visit on a day."""
		line = {"item_code": self.item, "serial_no": number, "start_date": add_days(DAY, -400),
			"end_date": add_days(DAY, 400), "periodicity": "Random", "no_of_visits": 1}  # fmt: skip
		doc = {"doctype": "Maintenance Schedule", "customer": self.customer, "items": [line], **values}
		doc = frappe.get_doc(doc).insert().submit()
		frappe.db.set_value("Maintenance Schedule Detail", doc.schedules[0].name, "scheduled_date", day)
		# what it writes on the unit is not told of here
		frappe.db.set_value("Serial No", number, "amc_expiry_date", None)
		return doc

	def logs(self, user=ANNA):
		fields = ["name", "subject", "email_content", "type"]
		return frappe.get_all("Notification Log", {"for_user": user}, fields, order_by="creation, name")

	def told(self, call=send, *, day=DAY, user=ANNA):
		"""What the user is told of on a day: the texts of the first cells of each section, by title."""
		before = {log.name for log in self.logs(user)}
		call(day)
		new = [log for log in self.logs(user) if log.name not in before]
		self.assertLessEqual(len(new), 1)
		return sections(new[0].email_content) if new else {}


def sections(html):
	parts = re.split(r"<h3[^>]*>(.*?)</h3>", html, flags=re.S)
	return {
		re.sub(r" \([0-9,]+\)$", "", title.strip()): re.findall(
			r"<tr>\s*<td[^>]*>\s*<a [^>]*>(.*?)</a>", body, re.S
		)
		for title, body in zip(parts[1::2], parts[2::2], strict=True)
	}


class TestSettings(StockTestCase):
	def test_days_are_kept_sorted_each_once(self):
		for text, stored in {
			"90 30,60": "30, 60, 90", "7": "7", "60;60\n30": "30, 60", "007": "7", "": "30, 60, 90", None: "30, 60, 90"
		}.items():  # fmt: skip
			settings(reminder_days=text)
			self.assertEqual(frappe.db.get_single_value("Serial Tracking Settings", "reminder_days"), stored)

	def test_what_is_no_list_of_days_is_refused(self):
		eleven = ", ".join(map(str, range(1, 12)))
		for text in ("0", "-30", "30, x", "1.5", "30, 0", ",", "10000", "٣", eleven, "<b>30</b>"):
			with self.subTest(text):
				self.assert_refused(
					SerialTrackingError,
					settings,
					reminder_days=text,
					mentions=("Reminder Days", "30, 60, 90"),
				)
		settings(reminder_days=eleven.rpartition(",")[0])

	def test_a_role_is_needed_and_one_that_not_everybody_has(self):
		self.assert_refused(frappe.MandatoryError, settings, send_reminders=1, reminder_role=None)
		self.assert_refused(SerialTrackingError, settings, reminder_role="All", mentions=("everybody",))
		settings(send_reminders=1, reminder_role="Maintenance Manager")

	def test_off_by_default(self):
		fresh = frappe.new_doc("Serial Tracking Settings")
		self.assertEqual((fresh.send_reminders, fresh.reminder_days), (0, "30, 60, 90"))

	def test_parse_days(self):
		self.assertEqual(parse_days(" 5,\t3 "), [3, 5])


class TestUnits(ReminderTestCase):
	def test_each_threshold_tells_once(self):
		self.units("THR-1", deliver=True, warranty_expiry_date=add_days(DAY, 100))
		told = {}
		for days in range(0, 103):
			if lines := self.told(day=add_days(DAY, days)):
				self.assertEqual(lines, {"Warranty ends": ["THR-1"]})
				told[100 - days] = True
		self.assertEqual(list(told), [90, 60, 30])

	def test_days_without_a_run_lose_nothing(self):
		self.units("GAP-1", deliver=True, warranty_expiry_date=add_days(DAY, 45))
		self.assertEqual(self.told(), {"Warranty ends": ["GAP-1"]})
		self.assertEqual(self.told(day=add_days(DAY, 14)), {})
		self.assertEqual(self.told(day=add_days(DAY, 40)), {"Warranty ends": ["GAP-1"]})

	def test_the_last_day_still_tells_and_the_next_does_not(self):
		for n, days in enumerate((-1, 0, 90, 91)):
			self.units(f"EDG-{n}", deliver=True, warranty_expiry_date=add_days(DAY, days))
		self.assertEqual(self.told(), {"Warranty ends": ["EDG-1", "EDG-2"]})

	def test_a_changed_date_starts_anew(self):
		self.units("CHG-1", deliver=True, warranty_expiry_date=add_days(DAY, 20))
		self.told()
		frappe.db.set_value("Serial No", "CHG-1", "warranty_expiry_date", add_days(DAY, 25))
		self.assertEqual(self.told(), {"Warranty ends": ["CHG-1"]})
		self.assertEqual(self.told(), {})

	def test_each_date_concerns_other_units(self):
		soon = add_days(DAY, 10)
		dates = {"warranty_expiry_date": soon, "amc_expiry_date": soon, "end_of_life_date": soon}
		self.units("KND-STOCK", **dates)
		self.units("KND-OUT", deliver=True, **dates)
		self.units("KND-USED")
		self.issue(self.item, "KND-USED")
		frappe.db.set_value("Serial No", "KND-USED", dates)
		self.units("KND-USE", **dates)
		frappe.db.set_value("Serial No", "KND-USE", {"status": "In Use", "warehouse": None})
		self.assertEqual(
			self.told(),
			{
				"Warranty ends": ["KND-OUT", "KND-USE"],
				"Service contract ends": ["KND-OUT", "KND-STOCK", "KND-USE"],
				"End of life": ["KND-STOCK"],
			},
		)

	def test_the_soonest_come_first_and_at_most_fifty(self):
		self.receive(self.item, [f"MNY-{n:03}" for n in range(60)])
		for n in range(60):
			frappe.db.set_value("Serial No", f"MNY-{n:03}", "end_of_life_date", add_days(DAY, 80 - n))
		lines = self.told()["End of life"]
		self.assertEqual(lines, [f"MNY-{n:03}" for n in range(59, 9, -1)])
		log = self.logs()[-1]
		self.assertIn("End of life (60)", log.subject)
		self.assertIn("and 10 more", log.email_content)
		self.assertIn("serial-no?end_of_life_date=", log.email_content)
		self.assertEqual(self.told(), {}, "those that were counted were told of")

	def test_text_of_users_is_escaped(self):
		self.units("ESC-1", end_of_life_date=DAY, item_name="<img src=x onerror=alert(1)> & more")
		send(DAY)
		content = self.logs()[-1].email_content
		self.assertNotIn("<img", content)
		self.assertIn("&lt;img src=x onerror=alert(1)&gt; &amp; more", content)

	def test_statements_do_not_grow_with_the_units(self):
		def statements():
			sent, real = [], frappe.db.sql

			def noting(query, *args, **kwargs):
				sent.append(query)
				return real(query, *args, **kwargs)

			with patch.object(frappe.local.db, "sql", noting):
				send(DAY)
			return len(sent)

		self.units("STM-0", deliver=True, warranty_expiry_date=DAY)
		statements()
		self.units("STM-1", deliver=True, warranty_expiry_date=DAY)
		few = statements()
		self.units(*(f"STN-{n}" for n in range(200)), deliver=True, warranty_expiry_date=DAY)
		self.assertLessEqual(statements(), few)


class TestVisits(ReminderTestCase):
	def test_each_is_told_of_once_as_due_and_once_as_overdue(self):
		self.units("VIS-1")
		doc = self.visit("VIS-1", DAY)
		told = {}
		for days in range(-9, 12):
			if lines := self.told(day=add_days(DAY, days)):
				told[days] = lines
		self.assertEqual(told, {-7: {"Visits due": [doc.name]}, 1: {"Visits overdue": [doc.name]}})

	def test_one_that_is_long_overdue_is_not_told_of_again(self):
		self.units("VIL-1")
		self.visit("VIL-1", DAY)
		self.assertTrue(self.told(day=add_days(DAY, 1)))
		for days in (100, reminders.DAYS_REMEMBERED + 2, 1000):
			self.assertEqual(self.told(day=add_days(DAY, days)), {})

	def test_a_moved_one_is_told_of_anew(self):
		self.units("VIM-1")
		doc = self.visit("VIM-1", DAY)
		self.told()
		day = add_days(DAY, 3)
		frappe.db.set_value("Maintenance Schedule Detail", doc.schedules[0].name, "scheduled_date", day)
		self.assertEqual(self.told(), {"Visits due": [doc.name]})

	def test_only_what_is_to_be_done(self):
		names = [f"VIX-{n}" for n in range(4)]
		self.units(*names)
		done, partly, cancelled, late = (self.visit(name, add_days(DAY, -n)) for n, name in enumerate(names))
		for doc, completed in ((done, "Fully Completed"), (partly, "Partially Completed"), (late, None)):
			row = doc.schedules[0].name
			frappe.db.set_value("Maintenance Schedule Detail", row, "completion_status", completed)
		frappe.get_doc(cancelled.doctype, cancelled.name).cancel()
		self.assertEqual(self.told(), {"Visits overdue": [late.name, partly.name]})


class TestRecipients(ReminderTestCase):
	def setUp(self):
		super().setUp()
		self.units("WHO-STORES", end_of_life_date=add_days(DAY, 10))
		self.units("WHO-SHOP", warehouse=self.shop, end_of_life_date=add_days(DAY, 10))

	def restrict(self, user, warehouse):
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Warehouse", "for_value": warehouse}
		).insert()

	def test_one_notification_for_each(self):
		recipient(BERT)
		self.assertEqual(send(DAY), 2)
		for user in (ANNA, BERT):
			(log,) = self.logs(user)
			self.assertEqual(log.type, "Alert")
			self.assertEqual(sections(log.email_content), {"End of life": ["WHO-SHOP", "WHO-STORES"]})

	def test_only_what_he_may_see(self):
		recipient(BERT)
		self.restrict(BERT, self.shop)
		visits = {name: self.visit(name, DAY).name for name in ("WHO-STORES", "WHO-SHOP")}
		self.assertEqual(
			self.told(user=BERT), {"Visits due": [visits["WHO-SHOP"]], "End of life": ["WHO-SHOP"]}
		)
		self.assertEqual(frappe.session.user, "Administrator")
		self.assertNotIn("WHO-STORES", self.logs(BERT)[0].email_content)
		self.assertEqual(sections(self.logs()[0].email_content)["End of life"], ["WHO-SHOP", "WHO-STORES"])

	def test_what_nobody_may_see_waits_for_somebody_who_may(self):
		self.restrict(ANNA, self.shop)
		self.assertEqual(self.told(), {"End of life": ["WHO-SHOP"]})
		frappe.db.delete("User Permission", {"user": ANNA})
		frappe.clear_cache(user=ANNA)
		self.assertEqual(self.told(), {"End of life": ["WHO-STORES"]})

	def test_who_may_read_no_units_is_told_of_none(self):
		roles = [{"role": ROLE}]
		make(
			"User", email=BERT, first_name="Bert", send_welcome_email=0, roles=roles, user_type="System User"
		)
		self.assertEqual(send(DAY), 1)
		self.assertEqual(self.logs(BERT), [])

	def test_disabled_users_and_others_get_nothing(self):
		for values in ({"enabled": 0}, {"user_type": "Website User"}, {"email": ""}):
			with self.subTest(values):
				frappe.db.set_value("User", ANNA, {"enabled": 1, "user_type": "System User", "email": ANNA})
				frappe.db.set_value("User", ANNA, values)
				self.assertEqual(send(DAY), 0)
		frappe.db.set_value("User", ANNA, {"enabled": 1, "user_type": "System User", "email": ANNA})
		self.assertEqual(send(DAY), 1, "what was told nobody waits")

	def test_who_wants_no_notifications_gets_none(self):
		frappe.db.set_value("Notification Settings", ANNA, "enabled", 0)
		self.assertEqual((send(DAY), self.logs()), (1, []))
		frappe.db.set_value("Notification Settings", ANNA, "enable_email_notifications", 0)
		self.assertEqual(send(add_days(DAY, -20)), 0)

	def test_switched_off_nothing_is_told(self):
		settings(send_reminders=0)
		self.assertEqual((send(DAY), self.logs()), (0, []))

	def test_nothing_to_tell_nothing_sent(self):
		self.assertEqual(send(add_days(DAY, 11)), 0)
		self.assertEqual(self.logs(), [])

	def test_in_the_recipients_language(self):
		frappe.db.set_value("User", ANNA, "language", "de")
		before, real = frappe.local.lang, reminders._title
		spoken = []
		with patch.object(reminders, "_title", lambda kind: spoken.append(frappe.local.lang) or real(kind)):
			send(DAY)
		self.assertEqual((spoken, frappe.local.lang), (["de"], before))

	def test_the_words_are_those_of_the_recipients_language(self):
		recipient(BERT)
		frappe.db.set_value("User", ANNA, "language", "de")
		words = {"language": "de", "source_text": "End of life", "translated_text": "Lebensende"}
		frappe.get_doc({"doctype": "Translation", **words}).insert()
		self.addCleanup(frappe.clear_cache)
		frappe.clear_cache()
		send(DAY)
		self.assertIn("Lebensende (2)", self.logs(ANNA)[0].subject)
		self.assertIn("End of life (2)", self.logs(BERT)[0].subject)

	def test_what_was_told_does_not_keep_a_record_from_being_deleted(self):
		name = (
			frappe.get_doc({"doctype": "Serial No", "serial_no": "DEL-1", "item_code": self.item})
			.insert()
			.name
		)
		frappe.db.set_value("Serial No", name, "amc_expiry_date", add_days(DAY, 5))
		self.assertIn("DEL-1", self.told()["Service contract ends"])
		frappe.delete_doc("Serial No", name)

	def test_what_is_long_past_is_forgotten(self):
		send(DAY)
		self.assertEqual(frappe.db.count("Reminder Sent"), 2)
		send(add_days(DAY, 10 + reminders.DAYS_REMEMBERED))
		self.assertEqual(frappe.db.count("Reminder Sent"), 2)
		send(add_days(DAY, 11 + reminders.DAYS_REMEMBERED))
		self.assertEqual(frappe.db.count("Reminder Sent"), 0)


@needs_mail_server
class TestMail(ReminderTestCase):
	def test_a_digest_arrives(self):
		self.units("SMT-1", end_of_life_date=add_days(DAY, 3), item_name="Pump <b>No. 1</b> & Söhne")
		self.units("SMT-2", deliver=True, warranty_expiry_date=add_days(DAY, 33))
		self.units("SMT-3")
		schedule = self.visit("SMT-3", add_days(DAY, -2)).name
		with mail_server() as inbox:
			self.assertEqual(send(DAY), 1)
			self.assertEqual(inbox.mails, [], "it waits in the queue for the commit")
			flush()
			((to, mail),) = inbox.mails
			flush()
			send(DAY)
			flush()
		self.assertEqual(len(inbox.mails), 1)
		self.assertEqual((to, mail["To"]), ([ANNA], ANNA))
		self.assertIn("robot@example.com", mail["From"])
		self.assertEqual(mail["Subject"], "Reminders: Visits overdue (1), Warranty ends (1), End of life (1)")
		html = mail.get_body(("html",)).get_content()
		found = sections(html)
		self.assertEqual(
			found, {"Visits overdue": [schedule], "Warranty ends": ["SMT-2"], "End of life": ["SMT-1"]}
		)
		self.assertIn("Pump &lt;b&gt;No. 1&lt;/b&gt; &amp; Söhne", html)
		self.assertNotIn("<b>No. 1", html)
		self.assertIn("serial-no/SMT-2", html)
		self.assertIn("SMT-1", mail.get_body(("plain",)).get_content())
		self.assertEqual(frappe.db.get_value("Email Queue", {}, "status"), "Sent")

	def test_each_recipient_gets_his_own(self):
		recipient(BERT)
		frappe.get_doc(
			{"doctype": "User Permission", "user": BERT, "allow": "Warehouse", "for_value": self.shop}
		).insert()
		self.units("OWN-1", end_of_life_date=DAY)
		self.units("OWN-2", warehouse=self.shop, end_of_life_date=DAY)
		with mail_server() as inbox:
			send(DAY)
			flush()
		by_name = {
			to[0]: sections(mail.get_body(("html",)).get_content())["End of life"] for to, mail in inbox.mails
		}
		self.assertEqual(by_name, {ANNA: ["OWN-1", "OWN-2"], BERT: ["OWN-2"]})

	def test_a_user_who_wants_no_mail_gets_none(self):
		frappe.db.set_value("Notification Settings", ANNA, "enable_email_notifications", 0)
		self.units("NOM-1", end_of_life_date=DAY)
		with mail_server() as inbox:
			send(DAY)
			flush()
		self.assertEqual((inbox.mails, len(self.logs())), ([], 1))


class TestWithoutMail(ReminderTestCase):
	def test_without_an_outgoing_account_the_desk_tells(self):
		self.units("NOA-1", end_of_life_date=DAY)
		frappe.db.delete("Email Account")
		forget_accounts()
		self.addCleanup(forget_accounts)
		unmuted = {**frappe.local.conf, "mute_emails": 0, "mail_server": None}
		noted = frappe.db.count("Error Log")
		with patch.dict(frappe.local.conf, unmuted), patch.dict(frappe.flags, {"mute_emails": False}):
			self.assertEqual(self.told(), {"End of life": ["NOA-1"]})
			self.assertEqual(frappe.db.count("Error Log"), noted + 1)
			self.assertEqual(self.told(), {})
			self.assertEqual(frappe.db.count("Error Log"), noted + 1, "noted when something was to be mailed")
		self.assertFalse(frappe.db.exists("Email Queue Recipient", {"recipient": ANNA}))
		self.assertEqual(frappe.get_message_log(), [])


class TestNothingHalfDone(ReminderTestCase):
	def test_a_mail_that_cannot_be_queued_leaves_nothing_told(self):
		self.units("HLF-1", end_of_life_date=DAY)
		frappe.db.savepoint("step")
		with (
			patch.object(reminders, "_has_mail_account", return_value=True),
			patch.object(frappe, "sendmail", side_effect=KeyError),
			self.assertRaises(KeyError),
		):
			send(DAY)
		frappe.db.rollback(save_point="step")  # as the job does
		self.assertEqual(self.told(), {"End of life": ["HLF-1"]})


class TestTwoRuns(IntegrationTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.clean()
		make("Role", role_name=ROLE, desk_access=1)
		recipient(ANNA)
		settings(send_reminders=1, reminder_role=ROLE)
		self.item = make_item()
		columns = ("name", "serial_no", "serial_key", "name_key", "item_code", "status", "amc_expiry_date")
		names = [f"{self.item}/{n:04}" for n in range(300)]
		bulk.insert(
			"Serial No",
			columns,
			((n, n, n.lower(), n.lower(), self.item, "Inactive", add_days(getdate(), 5)) for n in names),
		)

	def tearDown(self):
		frappe.db.rollback()
		self.clean()
		settings(send_reminders=0, reminder_role=None)
		frappe.db.delete("Serial No", {"item_code": self.item})
		frappe.db.delete("User", {"name": ANNA})
		frappe.db.commit()  # nosemgrep
		frappe.clear_cache()

	def clean(self):
		frappe.db.delete("Reminder Sent")
		frappe.db.delete("Notification Log", {"for_user": ANNA})
		frappe.db.delete("Has Role", {"parent": ANNA})

	def test_two_runs_at_once_tell_of_each_unit_once(self):
		document = {"doctype": "Item", "name": self.item}
		run_together([{"document": document, "action": "remind"}] * 3)
		frappe.db.rollback()
		counts = [
			int(n.replace(",", ""))
			for subject in frappe.get_all("Notification Log", {"for_user": ANNA}, pluck="subject")
			for n in re.findall(r"Service contract ends \(([0-9,]+)\)", subject)
		]
		self.assertEqual(sum(counts), 300, counts)
		told = {
			"reference_name": ("like", f"{self.item}/%")
		}  # other tests may have left visits that are overdue
		self.assertEqual(frappe.db.count("Reminder Sent", told), 300)
