"""What the Desk is told of the app: its workspace, icon and scripts name things that are there."""

import json
import re
from pathlib import Path

import frappe
from frappe.desk.form.meta import FormMeta
from frappe.desk.form.save import savedocs

from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt import make_purchase_return
from serial_tracking.tests import IntegrationTestCase
from serial_tracking.tests.factories import StockTestCase, make_item, row, serials, settings, voucher

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

	def test_number_cards_and_filters_name_fields_and_statuses(self):
		statuses = frappe.get_meta("Serial No").get_field("status").options.split("\n")
		for card in self.workspace.number_cards:
			for _doctype, field, _operator, value in json.loads(
				frappe.db.get_value("Number Card", card.number_card_name, "filters_json")
			):
				self.assertEqual(field, "status")
				self.assertIn(value, statuses)
		for shortcut in self.workspace.shortcuts:
			if shortcut.type != "DocType":
				continue
			meta = frappe.get_meta(shortcut.link_to)
			for field in json.loads(shortcut.stats_filter):
				self.assertTrue(field == "docstatus" or meta.has_field(field), (shortcut.label, field))

	def test_chart_counts_units_by_status(self):
		from frappe.desk.doctype.dashboard_chart.dashboard_chart import get

		for chart in self.workspace.charts:
			self.assertIsInstance(get(chart_name=chart.chart_name, refresh=1), dict | None)


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

	def test_the_desk_saves_a_proposed_return_as_it_comes(self):
		item = make_item()
		self.receive(item, ["S1"])
		draft = make_sales_return(self.deliver(item, ["S1"]).name)
		savedocs(doc=frappe.as_json({**draft.as_dict(), "name": "new-delivery-note-1"}), action="Submit")
		self.assertEqual(serials(draft), ["S1"])
		self.assert_unit("S1", status="Available")

	def test_forms_know_the_settings_that_they_need(self):
		from serial_tracking.api.desk import add_to_boot

		settings(pick_serial_nos_based_on="LIFO", auto_pick_serial_nos=1, submit_in_background_above=500)
		boot = frappe._dict()
		add_to_boot(boot)
		self.assertIn("layouts", boot.serial_tracking.pop("labels"))  # test_labels.py
		self.assertEqual(
			boot.serial_tracking,
			{
				"pick_serial_nos_based_on": "LIFO",
				"auto_pick_serial_nos": 1,
				"submit_in_background_above": 500,
			},
		)
