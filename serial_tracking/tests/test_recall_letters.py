"""Letters to the customers of a recall (docs/recall-letters.md)."""

import json
from unittest.mock import patch

import frappe
from frappe.email.queue import flush

from serial_tracking.api import recall as api
from serial_tracking.exceptions import RecallLetterError, RecallLetterSentError
from serial_tracking.install import RECALL_TEMPLATE, make_recall_template
from serial_tracking.serial_tracking import recall_letters, unit_report
from serial_tracking.stock import bulk
from serial_tracking.tests.factories import SERVICE, forget, make, make_item, row
from serial_tracking.tests.mail import forget_accounts, mail_server, mute, needs_mail_server
from serial_tracking.tests.test_permissions import PermissionTestCase
from serial_tracking.tests.test_serials_api import count_statements
from serial_tracking.tests.test_service_reports import ago

JOB = ("filters", "template", "reason", "customers", "again")
ANNA, BERT, CARL = 'Anna & Sons "Pumps"', "Bert Ltd", "Carl AG"


class LetterTestCase(PermissionTestCase):
	"""Three customers of a bad supplier: one with a contact, one with an address of its own, one with neither."""

	def setUp(self):
		super().setUp()
		mute(self)
		forget(
			"Serial No", "Serial No Ledger Entry", "Recall Letter", "Email Queue", "Communication", *SERVICE
		)
		make_recall_template()
		self.item = make_item(item_name="Pump <b>8 bar</b>")
		for name, values in ((ANNA, {"email_id": "office@anna.example.com"}), (CARL, {})):
			make("Customer", customer_name=name, **values)
		make(
			"Customer", customer_name=BERT, email_id="bert@example.com", address="Mill Lane 1\n4711 Millbrook"
		)
		self.contact(ANNA, "Ada", "ada@anna.example.com", is_primary_contact=1)
		self.receipt = self.receive(self.item, [f"L-{n}" for n in range(1, 8)], posting_date=ago(20))
		self.note = self.sell(ANNA, "L-1", "L-2", "L-3")
		self.sell(BERT, "L-4")
		self.sell(CARL, "L-5")
		self.filters = {"voucher_type": "Purchase Receipt", "voucher_no": self.receipt.name}

	def sell(self, customer, *numbers):
		line = row(self.item, len(numbers), warehouse=self.stores, serial_no="\n".join(numbers))
		doc = {"doctype": "Delivery Note", "customer": customer, "items": [line], "set_posting_time": 1}
		return frappe.get_doc({**doc, "posting_date": ago(10)}).insert().submit()

	def contact(self, customer, name, email, **values):
		doc = {"doctype": "Contact", "first_name": name, **values}
		doc["email_ids"] = [{"email_id": email, "is_primary": 1}] if email else []
		doc["links"] = [{"link_doctype": "Customer", "link_name": customer}]
		return frappe.get_doc(doc).insert()

	def template(self, subject="Recall", message="<p>{{ customer_name }}</p>"):
		values = {"subject": subject, "use_html": 1, "response_html": message}
		frappe.db.set_value("Email Template", RECALL_TEMPLATE, values)
		frappe.clear_document_cache("Email Template", RECALL_TEMPLATE)

	def customers(self, **filters):
		return {one["customer"]: one for one in api.customers(filters or self.filters)["customers"]}

	def preview(self, customer=BERT, reason=""):
		return api.preview(self.filters, customer, RECALL_TEMPLATE, reason)

	def send(self, *customers, reason="", **values):
		return api.send_letters(self.filters, list(customers), RECALL_TEMPLATE, reason, **values)["queued"]

	def print(self, *customers, **values):
		return api.print_letters(self.filters, list(customers), RECALL_TEMPLATE, **values)["html"]

	def state(self):
		return [frappe.db.count(doctype) for doctype in ("Recall Letter", "Communication", "Email Queue")]

	def assert_nothing_sent(self, exception, call, *mentions):
		before = self.state()
		frappe.db.savepoint("letters")
		with self.assertRaises(exception) as caught:
			call()
		self.assertIs(type(caught.exception), exception)
		frappe.db.rollback(save_point="letters")
		self.assertEqual(self.state(), before)
		for words in mentions:
			self.assertIn(words, str(caught.exception))


class TestToWhom(LetterTestCase):
	def test_who_has_how_many_and_how_each_is_reached(self):
		found = api.customers(json.dumps(self.filters))
		self.assertEqual(
			[(c["customer"], c["units"], c["contact"], c["email"]) for c in found["customers"]],
			[(ANNA, 3, "Ada", "ada@anna.example.com"), (BERT, 1, "", "bert@example.com"), (CARL, 1, "", "")],
		)
		self.assertEqual(found["customers"][2]["no_email"], "No mail address")
		self.assertEqual(found["recall"], f"Purchase Receipt {self.receipt.name}")
		self.assertEqual((found["template"], found["missing"]), (RECALL_TEMPLATE, None))

	def test_the_primary_contact_goes_before_others_and_a_contact_before_the_customers_own_address(self):
		self.contact(BERT, "Later", "later@example.com")
		self.assertEqual(self.customers()[BERT]["email"], "later@example.com")
		self.contact(BERT, "First", "first@example.com", is_primary_contact=1)
		self.assertEqual(self.customers()[BERT]["email"], "first@example.com")

	def test_a_contact_without_an_address_is_greeted_all_the_same(self):
		self.contact(BERT, "Postal", None)
		found = self.customers()[BERT]
		self.assertEqual((found["contact"], found["email"]), ("Postal", "bert@example.com"))

	def test_an_address_that_cannot_be_used_is_told(self):
		frappe.db.set_value("Customer", CARL, "email_id", "carl at example")
		self.assertEqual(self.customers()[CARL]["no_email"], "carl at example is no mail address")
		frappe.get_doc(
			{"doctype": "Email Unsubscribe", "email": "bert@example.com", "global_unsubscribe": 1}
		).insert()
		found = self.customers()[BERT]
		self.assertEqual((found["email"], found["no_email"]), ("", "bert@example.com wants no mail"))

	def test_units_that_came_back_or_lie_in_stock_make_no_letter(self):
		self.note.cancel()
		self.assertEqual(set(self.customers()), {BERT, CARL})

	def test_what_parts_went_into_counts_too_and_each_unit_once(self):
		machine = make_item()
		for into, part in (("BIG", "L-6"), ("SMALL", "L-7")):
			lines = (
				row(self.item, 1, s_warehouse=self.stores, serial_no=part),
				row(machine, 1, t_warehouse=self.stores, serial_no=into),
			)
			self.enter("Manufacture", *lines, posting_date=ago(15))
		item, self.item = self.item, machine
		self.sell(BERT, "BIG", "SMALL")
		self.item = item
		self.assertEqual(self.customers()[BERT]["units"], 3)
		self.assertEqual(self.customers(**self.filters, built_into=0)[BERT]["units"], 1)
		message = self.preview()["message"]
		for number in ("L-4", "BIG", "SMALL"):
			self.assertEqual(message.count(f"<td>{number}</td>"), 1)
		# an item calls back the same units by themselves
		self.assertEqual(self.customers(item_code=machine)[BERT]["units"], 2)

	def test_units_beyond_what_the_report_shows_count(self):
		with patch.object(unit_report, "MOST_ROWS", 1):
			self.assertEqual(self.customers()[ANNA]["units"], 3)
			self.assertEqual(self.preview(ANNA)["message"].count("<td>L-"), 3)

	def test_nothing_chosen_is_refused(self):
		for filters in ({}, {"voucher_type": "Purchase Receipt"}, {"built_into": 1}):
			with self.assertRaises(RecallLetterError):
				api.customers(filters)


class TestWhatItSays(LetterTestCase):
	def test_the_units_of_that_customer_alone_with_their_delivery_and_the_reason(self):
		letter = self.preview(ANNA, reason="Seal may leak < 3 bar")
		self.assertEqual(letter["subject"], f"Recall of 3 products: Purchase Receipt {self.receipt.name}")
		for words in ("Dear Ada", "L-1", "L-2", "L-3", self.note.name, frappe.utils.formatdate(ago(10))):
			self.assertIn(words, letter["message"])
		self.assertNotIn("L-4", letter["message"])
		self.assertIn("Seal may leak &lt; 3 bar", letter["message"])
		self.assertIn("Recall of 1 product:", self.preview(BERT)["subject"])

	def test_text_of_records_is_escaped_in_the_message_and_plain_in_the_subject(self):
		self.template(
			"For {{ customer_name }}", "{{ customer_name }} {{ customer_name | e }} {{ units[0].item_name }}"
		)
		letter = self.preview(ANNA)
		escaped = "Anna &amp; Sons &#34;Pumps&#34;"
		self.assertEqual(letter["message"], f"{escaped} {escaped} Pump &lt;b&gt;8 bar&lt;/b&gt;")
		self.assertEqual(letter["subject"], f"For {ANNA}")

	def test_a_template_that_fails_says_why_and_sends_nothing(self):
		for subject, message, why in (
			("Recall", "<p>{{ custmer_name }}</p>", "custmer_name"),
			("Recall", "{% for unit in units %}{{ unit.serail_no }}{% endfor %}", "serail_no"),
			("{{ 1 / 0 }}", "text", "division by zero"),
			("Recall", "line\n{% if %}", "line 2"),
			("Recall", "{{ ''.__class__ }}", "Illegal template"),
			("Recall", "{{ customer_name.foo.bar() }}", "foo"),
			("Recall", " <p> </p>", "empty"),
			("", "text", "empty"),
		):
			with self.subTest(subject=subject, message=message):
				self.template(subject, message)
				self.assert_nothing_sent(
					RecallLetterError, lambda: self.send(ANNA, BERT), RECALL_TEMPLATE, why
				)
				self.assert_nothing_sent(RecallLetterError, lambda: self.print(ANNA, CARL), why)
				with self.assertRaises(RecallLetterError):
					self.preview()

	def test_one_that_fails_for_the_last_customer_alone_sends_nothing_either(self):
		self.template(message="{{ customer_name }}{% if customer == 'Bert Ltd' %}{{ nonsense }}{% endif %}")
		self.assert_nothing_sent(RecallLetterError, lambda: self.send(ANNA, BERT), "Bert Ltd", "nonsense")
		self.assertEqual(self.send(ANNA), 1)

	def test_the_sandbox_holds(self):
		for message in ("{{ frappe.db.commit() }}", "{{ frappe.local.conf }}", "{{ units.append.__self__ }}"):
			self.template(message=message)
			with self.subTest(message), patch.object(frappe.db, "commit") as commit:
				self.assert_nothing_sent(RecallLetterError, lambda: self.send(BERT))
				commit.assert_not_called()

	def test_a_template_that_is_not_there(self):
		for name in ("", "None such"):
			with self.assertRaises(RecallLetterError):
				api.preview(self.filters, BERT, name)

	def test_a_template_that_was_written_in_the_text_editor(self):
		values = {"subject": "Recall", "use_html": 0, "response": "<p>Hello {{ customer_name }}</p>"}
		frappe.db.set_value("Email Template", RECALL_TEMPLATE, values)
		frappe.clear_document_cache("Email Template", RECALL_TEMPLATE)
		self.assertEqual(self.preview()["message"], "<p>Hello Bert Ltd</p>")

	def test_the_template_of_the_app_is_made_once_and_is_the_sites_afterwards(self):
		self.template("Mine")
		make_recall_template()
		self.assertEqual(frappe.db.get_value("Email Template", RECALL_TEMPLATE, "subject"), "Mine")
		frappe.delete_doc("Email Template", RECALL_TEMPLATE)
		self.assertIsNone(api.customers(self.filters)["template"])


class TestSending(LetterTestCase):
	def test_each_is_noted_on_the_customer_and_on_what_is_called_back(self):
		self.assertEqual(self.send(ANNA, BERT, reason="Leaks"), 2)
		self.assertEqual(self.state(), [2, 2, 2])
		letter = frappe.get_last_doc("Recall Letter", {"customer": ANNA})
		self.assertEqual(
			(letter.recall, letter.units, letter.sent_by, letter.email, letter.reason),
			(f"Purchase Receipt {self.receipt.name}", 3, "Email", "ada@anna.example.com", "Leaks"),
		)
		mail = frappe.get_doc("Communication", letter.communication)
		self.assertEqual(
			(mail.reference_doctype, mail.reference_name, mail.recipients, mail.sent_or_received),
			("Customer", ANNA, "ada@anna.example.com", "Sent"),
		)
		self.assertIn("L-3", mail.content)
		links = {(link.link_doctype, link.link_name) for link in mail.timeline_links}
		self.assertIn(("Purchase Receipt", self.receipt.name), links)
		queued = frappe.get_last_doc("Email Queue", {"communication": mail.name})
		self.assertEqual([to.recipient for to in queued.recipients], ["ada@anna.example.com"])
		self.assertEqual((queued.reference_doctype, queued.reference_name), ("Customer", ANNA))

	def test_nobody_gets_two_letters_of_one_recall_unasked(self):
		self.send(ANNA)
		self.assertEqual(self.customers()[ANNA]["sent"][0]["sent_by"], "Email")
		self.assertEqual(self.customers()[BERT]["sent"], [])
		again = frappe.utils.formatdate()
		self.assert_nothing_sent(RecallLetterSentError, lambda: self.send(ANNA, BERT), "Anna &amp;", again)
		self.assert_nothing_sent(RecallLetterSentError, lambda: self.print(ANNA), "Anna &amp;")
		self.assertEqual(self.send(BERT), 1)
		self.assertEqual(self.send(ANNA, again=True), 1)
		self.assertEqual(len(self.customers()[ANNA]["sent"]), 2)

	def test_the_same_recall_is_known_by_what_it_calls_back(self):
		self.send(ANNA)
		for filters, sent in (
			({**self.filters, "group_by_customer": 1, "brand": "", "built_into": 1}, 1),
			({**self.filters, "voucher_no": [self.receipt.name]}, 1),
			({**self.filters, "built_into": 0}, 0),
			({"supplier": self.supplier}, 0),
		):
			with self.subTest(filters):
				self.assertEqual(len(self.customers(**filters)[ANNA]["sent"]), sent)

	def test_of_two_who_send_at_once_one_is_refused(self):
		self.send(ANNA)
		with patch.object(recall_letters.Letters, "_sent", return_value=[]):
			self.assert_nothing_sent(RecallLetterSentError, lambda: self.send(ANNA, BERT), "Somebody else")

	def test_who_has_no_address_is_named_and_nothing_is_sent(self):
		self.assert_nothing_sent(RecallLetterError, lambda: self.send(ANNA, CARL), "Carl AG: No mail address")

	def test_nobody_and_somebody_else(self):
		self.assert_nothing_sent(RecallLetterError, lambda: self.send(), "Choose")
		self.assert_nothing_sent(RecallLetterError, lambda: self.send(ANNA, self.customer), self.customer)
		self.assert_nothing_sent(RecallLetterError, lambda: self.send("<b>x"), "&lt;b&gt;x")

	def test_without_an_email_account_nothing_is_sent_and_it_is_told(self):
		frappe.db.delete("Email Account")
		forget_accounts()
		self.addCleanup(forget_accounts)
		unmuted = {**frappe.local.conf, "mute_emails": 0, "mail_server": None}
		with patch.dict(frappe.local.conf, unmuted), patch.dict(frappe.flags, {"mute_emails": False}):
			self.assertFalse(api.customers(self.filters)["can_send"])
			self.assert_nothing_sent(RecallLetterError, lambda: self.send(ANNA), "Email Account")
			self.print(ANNA)

	def test_a_mail_that_cannot_be_queued_leaves_nothing(self):
		with patch.object(frappe, "sendmail", side_effect=[None, KeyError]):
			self.assert_nothing_sent(KeyError, lambda: self.send(ANNA, BERT))

	def test_statements_grow_with_the_letters_and_not_with_the_units(self):
		def statements(call):
			frappe.db.savepoint("count")
			count = count_statements(call)
			frappe.db.rollback(save_point="count")
			return count

		statements(lambda: self.send(ANNA, BERT))
		reading = statements(lambda: api.customers(self.filters))
		one, two = statements(lambda: self.send(BERT)), statements(lambda: self.send(ANNA, BERT))
		self.assertLessEqual(two - one, 45)
		more = [f"M-{n}" for n in range(40)]
		self.receipt = self.receive(self.item, more, posting_date=ago(20))
		self.filters["voucher_no"] = self.receipt.name
		self.sell(BERT, *more[:30])
		for n, name in enumerate(more[30:]):
			self.sell(make("Customer", customer_name=f"Customer {n}", email_id=f"c{n}@example.com"), name)
		self.assertLessEqual(statements(lambda: self.send(BERT)), one)
		self.assertEqual(statements(lambda: api.customers(self.filters)), reading)


class TestPrinting(LetterTestCase):
	def test_a_page_for_each_with_the_postal_address(self):
		place = {
			"doctype": "Address", "address_title": "Carl", "address_type": "Office", "address_line1": "Dock 7",
			"city": "Porto", "pincode": "4000", "country": "India",
			"links": [{"link_doctype": "Customer", "link_name": CARL}],
		}  # fmt: skip
		frappe.get_doc(place).insert()
		html = self.print(ANNA, BERT, CARL)
		self.assertEqual(html.count('<section class="letter">'), 3)
		for words in ("Anna &amp; Sons &#34;Pumps&#34;<br>", "Ada<br>", "Mill Lane 1<br>4711 Millbrook<br>",
			"Carl AG<br>Dock 7<br>4000 Porto<br>", "L-5", f'"date">{frappe.utils.formatdate(ago(0))}<'):  # fmt: skip
			self.assertIn(words, html)
		self.assertIn("border-collapse", html.partition("</style>")[2], "the look of the template is kept")
		self.assertEqual(self.state(), [3, 3, 0])
		self.assertEqual(self.customers()[CARL]["sent"][0]["sent_by"], "Post")

	def test_scripts_of_a_template_do_not_run_on_the_page(self):
		self.template(message="<p onclick='x()'>Hello</p><script>steal()</script><img src=x onerror=steal()>")
		html = self.print(BERT)
		self.assertNotIn("<script", html)
		self.assertNotIn("onerror", html)
		self.assertIn("Hello", html)


class TestWhoMaySend(LetterTestCase):
	def be_with(self, role, doctype, name):
		frappe.permissions.add_user_permission(doctype, name, self.users[role])
		self.be(role)

	def test_a_user_permission_on_customer_holds(self):
		self.be_with("Stock Manager", "Customer", BERT)
		self.assertEqual(list(self.customers()), [BERT])
		self.assert_nothing_sent(RecallLetterError, lambda: self.send(ANNA), "Anna")
		with self.assertRaises(RecallLetterError):
			self.preview(ANNA)
		self.assertEqual(self.send(BERT), 1)

	def test_a_user_permission_on_warehouse_holds_and_it_is_told_that_the_list_is_not_all(self):
		self.receive(self.item, ["S-1"], warehouse=self.shop, posting_date=ago(20))
		line = row(self.item, 1, warehouse=self.shop, serial_no="S-1")
		frappe.get_doc({"doctype": "Delivery Note", "customer": BERT, "items": [line]}).insert().submit()
		self.filters = {"supplier": self.supplier}
		self.assertEqual(self.customers()[BERT]["units"], 2)
		self.be_with("Stock Manager", "Warehouse", self.shop)
		found = api.customers(self.filters)
		self.assertEqual([(c["customer"], c["units"]) for c in found["customers"]], [(BERT, 1)])
		self.assertIn("only what you may see", found["missing"])
		self.assertNotIn("L-4", self.preview()["message"])

	def test_the_sender_is_the_user(self):
		self.be("Stock Manager")
		self.send(BERT)
		frappe.set_user("Administrator")
		mail = frappe.get_last_doc("Communication")
		self.assertEqual((mail.sender, mail.owner), (self.users["Stock Manager"],) * 2)


@needs_mail_server
class TestMails(LetterTestCase):
	def test_letters_arrive(self):
		with mail_server() as inbox:
			self.assertEqual(self.send(ANNA, BERT, reason="Seal leaks"), 2)
			self.assertEqual(inbox.mails, [], "they wait in the queue for the commit")
			flush()
		found = {to[0]: mail for to, mail in inbox.mails}
		self.assertEqual(set(found), {"ada@anna.example.com", "bert@example.com"})
		mail = found["ada@anna.example.com"]
		self.assertEqual(mail["Subject"], f"Recall of 3 products: Purchase Receipt {self.receipt.name}")
		html = mail.get_body(("html",)).get_content()
		for words in ("L-1", "L-3", "Seal leaks", "Pump &lt;b&gt;8 bar&lt;/b&gt;"):
			self.assertIn(words, html)
		self.assertNotIn("L-4", html)
		self.assertIn("L-2", mail.get_body(("plain",)).get_content())

	def test_a_thousand_customers(self):
		numbers = [f"T-{n:04}" for n in range(1000)]
		self.receipt = self.receive(self.item, numbers, posting_date=ago(20))
		self.filters["voucher_no"] = self.receipt.name
		names = [f"T {n:04}" for n in range(1000)]
		columns = ("name", "customer_name", "email_id")
		bulk.insert("Customer", columns, ((name, name, f"t{n}@example.com") for n, name in enumerate(names)))
		changes = zip(
			numbers, ({"customer": n, "status": "Delivered", "warehouse": None} for n in names), strict=True
		)
		bulk.update("Serial No", dict(changes))
		with patch("frappe.enqueue") as enqueue:
			told = api.send_letters(self.filters, names, RECALL_TEMPLATE)
		self.assertEqual((told, self.state()), ({"queued": 0, "in_background": 1000}, [0, 0, 0]))
		job = {k: v for k, v in enqueue.call_args.kwargs.items() if k in JOB}
		with mail_server() as inbox:
			recall_letters.send_in_background(**job)
			self.assertEqual(self.state(), [1000, 1000, 1000])
			self.assertTrue(all(c["sent"] for c in self.customers().values()))
			flush()
		self.assertIn("1000", frappe.get_last_doc("Notification Log").subject)
		self.assertGreaterEqual(len(inbox.mails), 100)
		for (to,), mail in inbox.mails:
			text = mail.get_body(("plain",)).get_content()
			self.assertIn(f"T-{int(to[1:].partition('@')[0]):04}", text)
			self.assertEqual(text.count("T-"), 1)


class TestInBackground(LetterTestCase):
	def job(self, **values):
		job = {"filters": self.filters, "template": RECALL_TEMPLATE, "reason": "", "customers": [ANNA, BERT]}
		with patch.object(frappe.local.db, "rollback", lambda: None):  # it would undo what the test has made
			recall_letters.send_in_background(**{**job, "again": False, **values})
		return frappe.get_last_doc("Notification Log").subject

	def test_more_letters_than_a_request_sends_are_left_to_a_job_once_they_are_right(self):
		with patch.object(recall_letters, "AT_ONCE", 1), patch("frappe.enqueue") as enqueue:
			self.assertEqual(self.send(BERT), 1)
			enqueue.assert_not_called()
			self.assert_nothing_sent(RecallLetterSentError, lambda: self.send(ANNA, BERT))
			self.send(ANNA, BERT, again=True)
			enqueue.assert_called_once()

	def test_how_it_ended_is_told(self):
		self.assertIn("mail queue: 2", self.job())
		self.assertIn("No letter was sent. Have got a letter", self.job())
		self.template(message="{{ nonsense }}")
		self.assertIn("nonsense", self.job(again=True))
		self.assertEqual(self.state(), [2, 2, 2])

	def test_a_printer_is_not_given_more_than_it_can_take(self):
		with patch.object(recall_letters, "MOST_PAGES", 1):
			self.assert_nothing_sent(RecallLetterError, lambda: self.print(ANNA, BERT), "at most 1")
