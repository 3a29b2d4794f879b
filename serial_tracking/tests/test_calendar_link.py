"""The visits of a service person in ordinary calendar programs."""

import datetime
import json
from contextlib import contextmanager

import frappe
import requests
from frappe.utils import add_days, nowdate
from icalendar import Calendar

from serial_tracking.api import calendar
from serial_tracking.api.calendar import feed, get_link, revoke
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import StockTestCase, make_item
from serial_tracking.tests.served import served
from serial_tracking.tests.test_permissions import make_user


class TestCalendarLink(StockTestCase):
	def setUp(self):
		super().setUp()
		self.technician, self.manager = make_user("Maintenance User"), make_user("Maintenance Manager")
		self.item = make_item(item_name="Pump; with, commas")
		self.receive(self.item, "P-01..P-25")
		self.deliver(self.item, "P-01..P-25")
		start = add_days(nowdate(), -200)
		self.schedule = frappe.get_doc(
			{
				"doctype": "Maintenance Schedule",
				"customer": self.customer,
				"items": [
					{
						"item_code": self.item, "serial_no": "P-01..P-25", "start_date": start,
						"end_date": add_days(start, 364), "periodicity": "Random", "no_of_visits": 12,
						"service_person": self.technician,
					}
				],
			}
		)  # fmt: skip
		self.schedule.insert().submit()
		frappe.set_user(self.technician)
		self.token = self.token_of(get_link())

	def tearDown(self):
		super().tearDown()
		for user in (self.technician, self.manager):
			frappe.clear_cache(user=user)

	def token_of(self, link):
		return link["url"].partition("token=")[2]

	def read(self, token=None):
		frappe.set_user("Guest")
		answer = feed(token or self.token)
		self.assertEqual(answer.mimetype, "text/calendar")
		return Calendar.from_ical(answer.get_data())

	def assert_not_found(self, token):
		frappe.set_user("Guest")
		with self.assertRaises(frappe.DoesNotExistError):
			feed(token)

	def test_shows_each_visit_of_the_last_90_days_and_to_come_on_its_day(self):
		since = datetime.date.fromisoformat(add_days(nowdate(), -90))
		days = [frappe.utils.getdate(line.scheduled_date) for line in self.schedule.schedules]
		events = self.read().walk("VEVENT")
		self.assertEqual(
			sorted(event.decoded("dtstart") for event in events), [d for d in days if d >= since]
		)
		for event in events:
			self.assertEqual(event.decoded("dtend") - event.decoded("dtstart"), datetime.timedelta(1))
		uids = {str(event["uid"]) for event in events}
		self.assertEqual(len(uids), len(events))
		self.assertEqual(uids, {str(event["uid"]) for event in self.read().walk("VEVENT")})

	def test_tells_where_to_and_of_which_units_whatever_stands_in_the_names(self):
		event = self.read().walk("VEVENT")[0]
		self.assertEqual(str(event["summary"]), "Maintenance: Pump; with, commas, Test Customer")
		told = str(event["description"]).split("\n")
		self.assertEqual(told[:3], [self.schedule.name, "Units: 25", "P-01"])
		self.assertEqual(told[-1], "and 5 more")
		self.assertTrue(str(event["url"]).endswith(f"/maintenance-schedule/{self.schedule.name}"))

	def test_is_an_icalendar_as_the_standard_asks(self):
		frappe.set_user("Guest")
		raw = feed(self.token).get_data()
		self.assertTrue(all(len(line) <= 75 for line in raw.split(b"\r\n")))
		self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
		calendar = Calendar.from_ical(raw)
		self.assertEqual(str(calendar["version"]), "2.0")
		self.assertIn("PRODID", calendar)
		for event in calendar.walk("VEVENT"):
			self.assertEqual(event.decoded("dtstamp").utcoffset(), datetime.timedelta(0))

	def test_a_visit_of_somebody_else_is_not_shown(self):
		frappe.set_user(self.manager)
		other = self.token_of(get_link())
		self.assertEqual(self.read(other).walk("VEVENT"), [])

	def test_visits_of_a_cancelled_schedule_go(self):
		frappe.set_user("Administrator")
		self.schedule.reload()
		self.schedule.cancel()
		self.assertEqual(self.read().walk("VEVENT"), [])

	def test_a_new_link_ends_the_one_before_it(self):
		new = self.token_of(get_link())
		self.assert_not_found(self.token)
		self.assertTrue(self.read(new).walk("VEVENT"))

	def test_a_revoked_link_shows_nothing(self):
		self.assertTrue(revoke())
		self.assertFalse(revoke())
		self.assert_not_found(self.token)

	def test_a_manager_ends_the_link_of_somebody_else_without_seeing_the_secret(self):
		frappe.set_user(self.manager)
		link = frappe.get_list("Calendar Link", {"user": self.technician}, ["*"])[0]
		self.assertNotIn("token_hash", link)
		frappe.delete_doc("Calendar Link", link.name)
		self.assert_not_found(self.token)

	def test_the_link_of_who_left_or_lost_the_role_shows_nothing(self):
		for change in ({"enabled": 0}, {"roles": []}):
			with self.subTest(change):
				frappe.set_user("Administrator")
				frappe.db.savepoint("before_leaving")
				user = frappe.get_doc("User", self.technician)
				user.update(change)
				user.save()
				self.assert_not_found(self.token)
				frappe.set_user("Administrator")
				frappe.db.rollback(save_point="before_leaving")
				frappe.clear_cache(user=self.technician)
				self.assertTrue(self.read().walk("VEVENT"))

	def test_a_wrong_secret_is_not_found(self):
		for token in ("", "x", self.token[:-1], self.token + "x", "\ud800", "é" * 5000):
			self.assert_not_found(token)

	def test_the_secret_is_not_stored(self):
		frappe.set_user("Administrator")
		stored = frappe.db.get_value("Calendar Link", self.technician, "token_hash")
		self.assertNotIn(stored, (self.token, None))
		self.assertEqual(len(stored), 64)
		self.assertGreaterEqual(len(self.token), 22)  # 128 bits


class TestOverHTTP(IntegrationTestCase):
	"""As a calendar program asks: without a login, by HTTP."""

	def setUp(self):
		frappe.set_user("Administrator")
		self.user = make_user("Maintenance User")
		frappe.set_user(self.user)
		self.token = get_link()["url"].partition("token=")[2]
		frappe.set_user("Administrator")
		frappe.db.commit()  # nosemgrep

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.db.delete("Calendar Link", {"user": self.user})
		frappe.delete_doc("User", self.user, force=True)
		frappe.db.commit()  # nosemgrep
		frappe.clear_cache()

	@contextmanager
	def served(self):
		"""A function that asks the site for the feed."""
		with served() as (address, headers):
			url = f"{address}/api/method/serial_tracking.api.calendar.feed"

			def ask(token, method="GET"):
				return requests.request(method, url, params={"token": token}, headers=headers, timeout=60)

			yield ask

	def test_the_secret_alone_opens_it(self):
		with self.served() as ask:
			answer = ask(self.token)
			self.assertEqual(answer.status_code, 200, answer.text)
			self.assertEqual(answer.headers["Content-Type"], "text/calendar; charset=utf-8")
			self.assertIn("private", answer.headers["Cache-Control"])
			self.assertNotIn(b"\n", answer.content.replace(b"\r\n", b""))
			self.assertEqual(Calendar.from_ical(answer.content).name, "VCALENDAR")

	def test_whatever_is_wrong_the_answer_is_the_same(self):
		with self.served() as ask:
			unknown = ask("x" * 43)
			frappe.db.set_value("User", self.user, "enabled", 0)
			frappe.clear_cache(user=self.user)
			frappe.db.commit()  # nosemgrep
			disabled = ask(self.token)
			frappe.db.delete("Calendar Link", {"user": self.user})
			frappe.db.commit()  # nosemgrep
			revoked = ask(self.token)
			for answer in (unknown, disabled, revoked):
				self.assertEqual(answer.status_code, 404)
				self.assertNotIn("VCALENDAR", answer.text)
				self.assertNotIn(self.user, answer.text)
				self.assertEqual(answer.json()["exc_type"], "DoesNotExistError")
				(told,) = json.loads(answer.json()["_server_messages"])
				self.assertEqual(json.loads(told)["message"], "There is no such calendar")

	def test_it_is_only_read(self):
		with self.served() as ask:
			self.assertEqual(ask(self.token, "POST").status_code, 403)

	def test_an_address_that_asks_too_often_is_sent_away(self):
		key = "rl:serial_tracking.api.calendar.feed:127.0.0.1"
		keys = (key, f"{key}:{60 * 60}")  # as Frappe 15 calls it, and 16
		with self.served() as ask:
			for key in keys:
				frappe.cache.setex(frappe.cache.make_key(key), 60, calendar.REQUESTS_AN_HOUR)
			try:
				self.assertEqual(ask(self.token).status_code, 429)
			finally:
				for key in keys:
					frappe.cache.delete_value(key)
			self.assertEqual(ask(self.token).status_code, 200)
