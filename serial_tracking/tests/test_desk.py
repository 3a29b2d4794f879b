"""What the Desk is told of the app: its workspace, icon and scripts name things that are there."""

import json
import re
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.desk import desktop
from frappe.desk.desktop import Workspace
from frappe.desk.doctype.dashboard_chart.dashboard_chart import get as get_chart
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.desk.form.meta import FormMeta
from frappe.desk.form.save import savedocs
from frappe.desk.notifications import get_open_count
from frappe.utils import add_days, today

from serial_tracking.api.serials import hold
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt import make_purchase_return
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import (
	SERVICE,
	StockTestCase,
	forget,
	make,
	make_item,
	row,
	serials,
	settings,
	voucher,
)

CARDS = {
	"Serial No and Batch",
	"Stock Transactions",
	"Items and Places",
	"Parties",
	"Ledgers",
	"Maintenance",
	"Reports",
	"Settings",
}


class TestWorkspace(IntegrationTestCase):
	def setUp(self):
		self.workspace = frappe.get_doc("Workspace", "Stock")

	def test_serial_no_stands_under_stock_serial_no_and_batch(self):
		labels = [(link.type, link.label) for link in self.workspace.links]
		card = labels.index(("Card Break", "Serial No and Batch"))
		self.assertEqual(labels[card + 1], ("Link", "Serial No"))

	def test_all_links_lead_somewhere(self):
		links = [(link.link_type, link.link_to) for link in self.workspace.links if link.type == "Link"]
		for kind, name in [
			*links,
			*((shortcut.type, shortcut.link_to) for shortcut in self.workspace.shortcuts),
		]:
			self.assertTrue(frappe.db.exists(kind, name), name)

	def test_every_report_of_the_app_is_on_a_card(self):
		links = {link.link_to: link for link in self.workspace.links if link.link_type == "Report"}
		reports = frappe.get_all("Report", {"module": "Serial Tracking"}, ["name", "ref_doctype"])
		self.assertEqual(set(links), {report.name for report in reports})
		for report in reports:
			link = links[report.name]
			self.assertEqual((link.is_query_report, link.report_ref_doctype), (1, report.ref_doctype))

	def test_cards_know_how_many_links_follow(self):
		links = self.workspace.links
		cards = [n for n, link in enumerate(links) if link.type == "Card Break"]
		for card, following in zip(cards, [*cards[1:], len(links)], strict=True):
			self.assertEqual(links[card].link_count, following - card - 1, links[card].label)

	def test_every_record_that_somebody_may_read_is_on_a_card(self):
		doctypes = frappe.get_all(
			"DocType", {"module": "Serial Tracking", "istable": 0}, pluck="name", order_by="name"
		)
		doctypes = [doctype for doctype in doctypes if frappe.get_meta(doctype).permissions]
		self.assertEqual(
			{
				link.link_to
				for link in self.workspace.links
				if (link.type, link.link_type) == ("Link", "DocType")
			},
			set(doctypes),
		)

	def test_page_shows_what_it_has(self):
		shown = {}
		for block in json.loads(self.workspace.content):
			name = block["data"].get(f"{block['type']}_name")
			shown.setdefault(block["type"], set()).add(name)
		self.assertEqual(shown["card"], CARDS)
		self.assertEqual(
			shown["card"], {link.label for link in self.workspace.links if link.type == "Card Break"}
		)
		self.assertEqual(shown["shortcut"], {shortcut.label for shortcut in self.workspace.shortcuts})
		self.assertEqual(shown["number_card"], {card.label for card in self.workspace.number_cards})
		self.assertEqual(shown["chart"], {chart.label for chart in self.workspace.charts})

	def test_shortcuts_filter_by_fields(self):
		for shortcut in self.workspace.shortcuts:
			if shortcut.type != "DocType":
				continue
			meta = frappe.get_meta(shortcut.link_to)
			for field in json.loads(shortcut.stats_filter):
				self.assertTrue(field == "docstatus" or meta.has_field(field), (shortcut.label, field))

	def test_first_steps_lead_to_pages_and_forms_that_are_there(self):
		names = [
			block["data"]["onboarding_name"]
			for block in json.loads(self.workspace.content)
			if block["type"] == "onboarding"
		]
		steps = [step for name in names for step in frappe.get_doc("Module Onboarding", name).get_steps()]
		self.assertEqual(len(steps), 4)
		for step in steps:
			if step.action == "Create Entry":
				self.assertIn("Stock Manager", self.makers_of(step.reference_document))
			else:
				self.assertEqual(step.action, "Go to Page")
				self.assertTrue(frappe.db.exists("Page", step.path))
			if step.show_form_tour:
				self.assertEqual(
					frappe.db.get_value("Form Tour", step.form_tour, "reference_doctype"),
					step.reference_document,
				)

	def makers_of(self, doctype):
		rules = frappe.get_meta(doctype).permissions
		return {rule.role for rule in rules if rule.create and not rule.permlevel}

	def test_the_tour_of_the_first_receipt_stops_at_fields_of_the_form(self):
		tour = frappe.get_doc("Form Tour", "First Receipt")
		meta = frappe.get_meta(tour.reference_doctype)
		self.assertEqual([step.fieldname for step in tour.steps], ["supplier", "set_warehouse", "items"])
		for step in tour.steps:
			field = meta.get_field(step.fieldname)
			self.assertEqual((step.fieldtype, step.label), (field.fieldtype, field.label))


class TestWhoSeesWhat(IntegrationTestCase):
	"""The workspace as Frappe makes it for somebody with one role."""

	def page(self, role):
		email = f"{role.replace(' ', '.').lower()}@desk.example.com"
		values = {"first_name": role, "send_welcome_email": 0, "roles": [{"role": role}]}
		make("User", email=email, **values)
		settings = frappe.get_system_settings
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(email)
		with patch("frappe.get_system_settings", lambda key: key == "enable_onboarding" or settings(key)):
			page = Workspace({"name": "Stock", "title": "Stock", "public": 1})
			page.build_workspace()
		frappe.set_user("Administrator")
		return page

	def test_each_role_is_shown_the_cards_and_charts_of_what_it_may_read(self):
		for role, hidden in (
			("Stock Manager", set()),
			("Stock User", set()),
			("Maintenance User", set()),
			("Sales User", set()),
			("Purchase User", {"Visits Overdue"}),
		):
			page = self.page(role)
			cards = {card.number_card_name for card in page.doc.number_cards}
			self.assertEqual(
				cards - {card.number_card_name for card in page.number_cards["items"]}, hidden, role
			)
			self.assertEqual(len(page.charts["items"]), len(page.doc.charts), role)

	def test_somebody_without_a_role_of_the_app_is_not_let_in(self):
		self.assertRaises(frappe.PermissionError, self.page, "Report Manager")

	def test_the_first_steps_are_shown_to_those_who_may_do_them_all(self):
		for role, steps in (
			("Stock Manager", [4]),
			("Stock User", []),
			("Sales User", []),
			("Maintenance User", []),
		):
			self.assertEqual([len(one["items"]) for one in self.first_steps(role)], steps, role)

	def first_steps(self, role):
		"""On the workspace, or as Frappe 16 asks for them: of the sidebar beside it."""
		page = self.page(role)
		if not hasattr(desktop, "get_onboarding_data"):
			return page.onboardings["items"]
		sidebar = frappe.db.get_value("Workspace Sidebar", "Stock", "module_onboarding")
		frappe.set_user(f"{role.replace(' ', '.').lower()}@desk.example.com")
		try:
			return desktop.get_onboarding_data(sidebar) or []
		finally:
			frappe.set_user("Administrator")


class TestFigures(StockTestCase):
	"""What the cards and charts of the workspace count, against what was done."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		forget(*SERVICE)

	def figure(self, name):
		"""The number of a card, by the filters that the Desk works out from it."""
		card = frappe.get_doc("Number Card", name)
		filters = json.loads(card.filters_json)
		for doctype, field, operator, value in json.loads(card.dynamic_filters_json):
			for call, days in (
				("frappe.datetime.add_days(frappe.datetime.get_today(), 30)", 30),
				("frappe.datetime.get_today()", 0),
			):
				value = value.replace(call, f'"{add_days(today(), days)}"')
			filters.append([doctype, field, operator, json.loads(value)])
		return get_result(card.as_json(), json.dumps(filters))

	def chart(self, name):
		"""The bar of this month."""
		answer = get_chart(chart_name=name, refresh=1)
		return answer["datasets"][0]["values"][-1]

	def test_cards_count_units_by_their_status(self):
		cards = ("Available Units", "Delivered Units", "Units On Hold", "Expired Units")
		before = {card: self.figure(card) for card in cards}
		item = make_item()
		self.receive(item, ["F1", "F2", "F3", "F4"])
		self.deliver(item, ["F1"])
		hold(["F2"], "Box is torn", item_code=item)
		self.assertEqual(
			{card: self.figure(card) - before[card] for card in cards},
			{"Available Units": 2, "Delivered Units": 1, "Units On Hold": 1, "Expired Units": 0},
		)

	def test_a_card_counts_warranties_that_end_within_30_days(self):
		before = self.figure("Warranties Ending Soon")
		for number, days in enumerate((0, 30, 31, 365)):
			item = make_item(warranty_period=days)
			self.receive(item, [f"W{number}"])
			self.deliver(item, [f"W{number}"])
		self.assertEqual(self.figure("Warranties Ending Soon") - before, 1)  # 30; 0 is none

	def test_charts_count_what_came_and_what_was_delivered_without_what_was_cancelled(self):
		came, left = "Units Received per Month", "Units Delivered per Month"
		before = self.chart(came), self.chart(left)
		item = make_item()
		self.receive(item, ["C1", "C2", "C3"])
		self.receive(item, ["C4"]).cancel()
		self.deliver(item, ["C1", "C2"])
		self.deliver(item, ["C3"]).cancel()
		self.transfer(item, ["C3"])
		self.assertEqual((self.chart(came) - before[0], self.chart(left) - before[1]), (3, 2))

	def test_the_card_of_overdue_visits_adds_up_those_of_all_schedules(self):
		before = self.figure("Visits Overdue")
		item = make_item()
		self.receive(item, ["V1", "V2"])
		for number, began in (("V1", -70), ("V2", -40)):
			lines = [
				{
					"item_code": item,
					"serial_no": number,
					"start_date": add_days(today(), began),
					"end_date": add_days(today(), 100),
					"periodicity": "Monthly",
				}
			]
			frappe.get_doc({"doctype": "Maintenance Schedule", "items": lines}).insert().submit()
		self.assertEqual(self.figure("Visits Overdue") - before, 3)


class TestDeskFiles(IntegrationTestCase):
	def test_sidebar_and_icon_for_frappe_16_name_what_is_there(self):
		folder = Path(frappe.get_app_path("serial_tracking"))
		for path in (folder / "workspace_sidebar").glob("*.json"):
			for item in json.loads(path.read_text())["items"]:
				if item["type"] == "Link":
					self.assertTrue(frappe.db.exists(item["link_type"], item["link_to"]), item["link_to"])
		icons = [json.loads(path.read_text()) for path in (folder / "desktop_icon").glob("*.json")]
		self.assertIn("Serial Tracking", {icon["label"] for icon in icons})
		logo = frappe.get_hooks("app_logo_url", app_name="serial_tracking")[-1]
		self.assertEqual({icon["logo_url"] for icon in icons if icon["icon_type"] == "App"}, {logo})
		self.assertTrue((folder / "public" / logo.removeprefix("/assets/serial_tracking/")).exists())

	def test_scripts_of_forms_are_complete(self):
		"""The shared part is included in the script of each voucher."""
		shared = {
			"Serial No": (
				"serial_tracking.units.hold = function",
				"serial_tracking.labels.ask = async function",
			),
			**dict.fromkeys(
				("Stock Entry", "Purchase Receipt", "Delivery Note", "Sales Invoice"),
				(
					"serial_tracking.voucher.bind = function",
					"serial_tracking.voucher.show_buttons = function",
					"serial_tracking.labels.ask = async function",
				),
			),
		}
		for doctype, parts in shared.items():
			meta = FormMeta(doctype)
			for part in parts:
				self.assertEqual(meta.get("__js").count(part), 1, (doctype, part))
			for script in (meta.get("__js"), meta.get("__list_js") or ""):
				self.assertNotIn("{% include", script)
			if doctype != "Serial No":
				self.assertIn(f'serial_tracking.voucher.bind("{doctype}"', meta.get("__js"))
		for part in shared["Serial No"]:
			self.assertIn(part, FormMeta("Serial No").get("__list_js"))
		for part in ("html", "life.events", "TimeLine", "TimeLine.STYLE"):
			self.assertEqual(FormMeta("Serial No").get("__js").count(f"serial_tracking.{part} ="), 1, part)

	def test_scripts_name_methods_that_are_there(self):
		folder = Path(frappe.get_app_path("serial_tracking"))
		scripts = [
			*folder.glob("public/js/*.js"),
			*(
				script
				for kind in ("doctype", "page")
				for script in folder.glob(f"serial_tracking/{kind}/*/*.js")
			),
		]
		named = {
			name
			for script in scripts
			for name in re.findall(r"[\"'`](serial_tracking(?:\.\w+){2,})[\"'`]", script.read_text())
		}
		self.assertGreater(len(named), 3)
		for name in named:
			try:
				found = frappe.get_attr(name)
			except AttributeError:
				found = frappe.get_module(name)  # of a method that the script completes
			self.assertTrue(found, name)


class TestHelp(IntegrationTestCase):
	def test_a_tick_and_a_choice_say_what_they_do(self):
		"""Of the documents that people fill; a series to choose is said by its label."""
		silent = []
		for doctype in (
			"Item",
			"Serial No",
			"Stock Entry",
			"Purchase Receipt",
			"Delivery Note",
			"Sales Invoice",
			"Maintenance Schedule",
			"Maintenance Schedule Item",
			"Maintenance Visit",
			"Maintenance Visit Purpose",
			"Warranty Claim",
			"Serial Tracking Settings",
		):
			for field in frappe.get_meta(doctype).fields:
				if field.fieldtype not in ("Check", "Select") or field.fieldname == "naming_series":
					continue
				if not (field.description or field.hidden):
					silent.append(f"{doctype}.{field.fieldname}")
		self.assertEqual(silent, [])

	def test_every_setting_says_what_it_does(self):
		for field in frappe.get_meta("Serial Tracking Settings").fields:
			if field.fieldtype not in ("Section Break", "Column Break", "Tab Break"):
				self.assertTrue(field.description, field.fieldname)


class TestTracePage(IntegrationTestCase):
	def setUp(self):
		self.page = frappe.get_doc("Page", "serial-trace")

	def test_its_roles_are_those_that_read_serial_no(self):
		readers = {
			rule.role for rule in frappe.get_meta("Serial No").permissions if rule.read and not rule.permlevel
		}
		self.assertEqual({row.role for row in self.page.roles}, readers)

	def test_its_script_is_complete_and_asks_methods_that_are_there(self):
		self.page.load_assets()
		self.assertNotIn("{% include", self.page.script)
		for part in ("html", "units.status_pill", "life.events", "TimeLine", "FamilyTree", "SerialTrace"):
			self.assertEqual(self.page.script.count(f"serial_tracking.{part} ="), 1, part)
		asked = set(re.findall(r"this\.ask\(\"([\w.]+)\"", self.page.script))
		self.assertEqual(asked, {"scan.scan", "scan.bearers", "trace.trace", "trace.genealogy"})
		for method in asked:
			self.assertIn(frappe.get_attr(f"serial_tracking.api.{method}"), frappe.whitelisted)
		self.assertIn(".serial-trace", self.page.style)

	def test_it_knows_the_colour_of_every_status(self):
		self.page.load_assets()
		table = self.page.script.partition("STATUS_COLOURS = {")[2].partition("}")[0]
		statuses = frappe.get_meta("Serial No").get_field("status").options.split("\n")
		named = re.findall(r"^\s*\"?([\w ]+?)\"?: \"\w+\",$", table, re.M)
		self.assertEqual(set(named), set(filter(None, statuses)))

	def test_it_has_words_for_every_kind_of_move(self):
		self.page.load_assets()
		told = self.page.script.partition("const told = {")[2].partition("}[move.move_type]")[0]
		kinds = frappe.get_meta("Serial No Ledger Entry").get_field("move_type").options.split("\n")
		named = re.findall(r"^\s*\"?([A-Z][\w ]+?)\"?: \(\) =>", told, re.M)
		self.assertEqual(set(named), set(filter(None, kinds)))


class TestForms(StockTestCase):
	"""What a form is told besides its document, when it is opened."""

	def left(self, doc):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.run_method("onload")
		return (doc.get("__onload") or {}).get("left")

	def test_a_delivery_offers_a_return_and_an_invoice_until_nothing_is_left(self):
		item = make_item()
		self.receive(item, ["D1", "D2"])
		note = self.deliver(item, ["D1", "D2"], submit=False)
		self.assertIsNone(self.left(note))
		note.submit()
		self.assertEqual(self.left(note), {"return": True, "invoice": True, "maintenance": True})
		make_sales_invoice(note.name).insert().submit()
		self.assertEqual(self.left(note), {"return": True, "invoice": False, "maintenance": True})
		back = make_sales_return(note.name).insert()
		back.submit()
		self.assertEqual(self.left(note), {"return": False, "invoice": False, "maintenance": False})
		self.assertIsNone(self.left(back))

	def test_items_without_serials_count_too(self):
		item = make_item(has_serial_no=0)
		receipt = self.receive(item, qty=5)
		note = self.deliver(item, qty=2)
		self.assertEqual(self.left(note), {"return": True, "invoice": True, "maintenance": False})
		draft = make_sales_return(note.name)
		draft.items[0].qty = -1
		draft.insert().submit()
		self.assertEqual(self.left(note)["return"], True)
		make_sales_invoice(note.name).insert().submit()
		make_sales_return(note.name).insert().submit()
		self.assertEqual(self.left(note), {"return": False, "invoice": False, "maintenance": False})
		make_purchase_return(receipt.name).insert().submit()
		self.assertEqual(self.left(receipt), {"return": False})

	def test_a_receipt_offers_a_return_of_what_lies_there(self):
		item = make_item()
		receipt = self.receive(item, ["R1", "R2"])
		self.assertEqual(self.left(receipt), {"return": True})
		self.deliver(item, ["R1", "R2"])
		self.assertEqual(self.left(receipt), {"return": False})

	def test_an_invoice_offers_its_return_with_and_without_stock(self):
		item = make_item()
		self.receive(item, ["V1", "V2"])
		line = row(item, 1, warehouse=self.stores, serial_no="V1", rate=5)
		for update_stock in (1, 0):
			doc = voucher("Sales Invoice", [line], customer=self.customer, update_stock=update_stock)
			self.assertEqual(self.left(doc), {"return": True, "maintenance": bool(update_stock)})
			frappe.get_attr(
				"serial_tracking.serial_tracking.doctype.sales_invoice.sales_invoice.make_sales_return"
			)(doc.name).insert().submit()
			self.assertEqual(self.left(doc), {"return": False, "maintenance": False})

	def test_a_receipt_and_a_delivery_lead_to_their_units(self):
		item = make_item()
		receipt = self.receive(item, ["L1", "L2", "L3"])
		note = self.deliver(item, ["L1", "L2"])

		def units_of(doc):
			found = get_open_count(doc.doctype, doc.name)["count"]["external_links_found"]
			return next(link["count"] for link in found if link["doctype"] == "Serial No")

		self.assertEqual((units_of(receipt), units_of(note)), (3, 2))
		draft = make_sales_return(note.name)
		draft.items[0].update({"qty": -1, "serial_no": "L1"})
		draft.insert().submit()
		self.assertEqual((units_of(receipt), units_of(note)), (3, 1))

	def test_the_desk_saves_a_proposed_return_as_it_comes(self):
		item = make_item()
		self.receive(item, ["S1"])
		draft = make_sales_return(self.deliver(item, ["S1"]).name)
		savedocs(doc=frappe.as_json({**draft.as_dict(), "name": "new-delivery-note-1"}), action="Submit")
		self.assertEqual(serials(draft), ["S1"])
		self.assert_unit("S1", status="Available")

	def test_forms_know_the_settings_that_they_need(self):
		from serial_tracking.api.desk import add_to_boot

		settings(
			pick_serial_nos_based_on="LIFO",
			auto_pick_serial_nos=1,
			submit_in_background_above=500,
			unique_serial_no_per_item=1,
		)
		boot = frappe._dict()
		add_to_boot(boot)
		self.assertIn("layouts", boot.serial_tracking.pop("labels"))  # test_labels.py
		self.assertEqual(
			boot.serial_tracking,
			{
				"pick_serial_nos_based_on": "LIFO",
				"auto_pick_serial_nos": 1,
				"submit_in_background_above": 500,
				"unique_serial_no_per_item": 1,
			},
		)
