"""What the Desk is told of the app: its workspace, icon and scripts name things that are there."""

import json
from pathlib import Path

import frappe

from serial_tracking.tests import IntegrationTestCase

CARDS = {
	"Serial No and Batch",
	"Stock Transactions",
	"Items and Places",
	"Parties",
	"Ledgers",
	"Settings",
}


class TestWorkspace(IntegrationTestCase):
	def setUp(self):
		self.workspace = frappe.get_doc("Workspace", "Stock")

	def test_serial_no_stands_under_stock_serial_no_and_batch(self):
		labels = [(link.type, link.label) for link in self.workspace.links]
		card = labels.index(("Card Break", "Serial No and Batch"))
		self.assertEqual(labels[card + 1], ("Link", "Serial No"))

	def test_all_links_lead_to_doctypes(self):
		links = [link for link in self.workspace.links if link.type == "Link"]
		for link in [*links, *self.workspace.shortcuts]:
			self.assertTrue(frappe.db.exists("DocType", link.link_to), link.link_to)

	def test_every_record_of_the_app_is_on_a_card(self):
		doctypes = frappe.get_all(
			"DocType", {"module": "Serial Tracking", "istable": 0}, pluck="name", order_by="name"
		)
		self.assertEqual(
			{link.link_to for link in self.workspace.links if link.type == "Link"}, set(doctypes)
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
		for doctype in ("Stock Entry", "Purchase Receipt", "Delivery Note"):
			from frappe.desk.form.meta import FormMeta

			script = FormMeta(doctype).get("__js")
			self.assertIn("serial_tracking.voucher.bind = function", script)
			self.assertIn(f'serial_tracking.voucher.bind("{doctype}"', script)
			self.assertNotIn("{% include", script)
