"""EPCIS 2.0 export of vouchers and units, by the mapping of docs/epcis.md."""

import copy
import json
import os
import re
import subprocess
from datetime import datetime, timedelta
from unittest.mock import patch
from urllib.parse import unquote

import frappe

from serial_tracking import exceptions as exc
from serial_tracking.api.epcis import export
from serial_tracking.api.serials import correct
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_return
from serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt import make_purchase_return
from serial_tracking.tests.factories import (
	StockTestCase,
	make_item,
	make_warehouse,
	row,
	serials,
	settings,
	voucher,
)
from serial_tracking.tests.test_permissions import make_user

GTIN = "04006381333931"
VALIDATOR = "SERIAL_TRACKING_EPCIS_VALIDATOR"

BIZ_STEPS = {
	"commissioning", "creating_class_instance", "decommissioning", "other", "receiving", "repackaging",
	"shipping", "storing",
}  # fmt: skip
DISPOSITIONS = {
	"active", "available", "in_transit", "inactive", "non_sellable_other", "returned", "sellable_not_accessible",
	"unavailable",
}  # fmt: skip


def problems_of(documents):
	"""What is wrong with each document: by the validator of epcis2.js, or where there is none by its shape."""
	if documents and (command := os.environ.get(VALIDATOR)):
		answer = subprocess.run(
			json.loads(command), input=json.dumps(documents), capture_output=True, text=True, timeout=300
		)
		assert answer.returncode == 0, answer.stderr
		return json.loads(answer.stdout)
	return [
		[problem for event in d["epcisBody"]["eventList"] for problem in shape_of(event)] for d in documents
	]


def shape_of(event):
	"""What is wrong with an event as far as can be seen without the schema."""
	if event.get("bizStep") not in BIZ_STEPS:
		yield "bizStep"
	if event.get("disposition", "active") not in DISPOSITIONS:
		yield "disposition"
	if not re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", event["eventID"]):
		yield "eventID"
	if not re.fullmatch(r"[+-]\d\d:\d\d", event["eventTimeZoneOffset"]):
		yield "eventTimeZoneOffset"
	for name in ("epcList", "inputEPCList", "outputEPCList"):
		uris = event.get(name, [])
		if len(uris) != len(set(uris)) or not all(re.fullmatch(r"https?://[!-~]+", uri) for uri in uris):
			yield name
	if event["type"] == "ObjectEvent" and not (event.get("epcList") or event.get("quantityList")):
		yield "what"


class EpcisTestCase(StockTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.claimed_valid = []

	@classmethod
	def tearDownClass(cls):
		"""Validate what the tests of the class claimed to be valid; starting the validator takes its time."""
		super().tearDownClass()
		documents = [document for _test, document in cls.claimed_valid]
		for (test, document), problems in zip(cls.claimed_valid, problems_of(documents), strict=True):
			assert problems == [], f"{test}: {problems}\n{json.dumps(document, indent=1)[:3000]}"

	def setUp(self):
		super().setUp()
		self.site = f"https://{frappe.local.site}"
		conf = patch.dict(frappe.local.conf, host_name=None)
		conf.start()
		self.addCleanup(conf.stop)

	def events(self, doc):
		return export(doc.doctype, doc.name)["epcisBody"]["eventList"]

	def of_unit(self, serial_no, **kwargs):
		return export(serial_no=serial_no, **kwargs)["epcisBody"]["eventList"]

	def epc(self, item, number):
		return f"{self.site}/obj/{item}/{number}"

	def loc(self, warehouse):
		return f"{self.site}/loc/{warehouse.replace(' ', '%20')}"

	def back(self, make_return, source, qty=None):
		doc = make_return(source.name)
		if qty:
			doc.items[0].qty = -qty
		doc.insert().submit()
		return doc

	def amend(self, doc, change=None):
		again = frappe.copy_doc(doc)
		again.docstatus = 0
		again.amended_from = doc.name
		if change:
			change(again)
		again.insert().submit()
		return again

	def assert_event(self, event, **expected):
		self.assertEqual({field: event.get(field) for field in expected}, expected)

	def assert_steps(self, events, *expected):
		self.assertEqual([(e.get("action"), e["bizStep"], e.get("disposition")) for e in events], [*expected])

	def assert_valid(self, *documents):
		"""These are valid EPCIS documents, as shown when the class is done."""
		self.claimed_valid += [(self.id(), document) for document in documents]


RECEIVED = ("OBSERVE", "receiving", "sellable_not_accessible")
COMMISSIONED = ("ADD", "commissioning", "active")


class TestMoves(EpcisTestCase):
	"""Each kind of voucher as events."""

	def setUp(self):
		super().setUp()
		self.item = make_item()

	def test_a_purchase_commissions_new_units_and_receives_them_from_the_supplier(self):
		receipt = self.receive(self.item, ["E2", "E1"], supplier_delivery_note="LS 4/7")
		commissioned, received = self.events(receipt)
		self.assert_steps([commissioned, received], COMMISSIONED, RECEIVED)
		place = {"id": self.loc(self.stores)}
		epcs = [self.epc(self.item, "E1"), self.epc(self.item, "E2")]
		self.assert_event(
			commissioned, type="ObjectEvent", epcList=epcs, readPoint=place, bizLocation=place, sourceList=None,
			destinationList=None, errorDeclaration=None,
		)  # fmt: skip
		self.assert_event(
			received,
			epcList=epcs,
			readPoint=place,
			bizLocation=place,
			sourceList=[{"type": "owning_party", "source": f"{self.site}/party/supplier/Test%20Supplier"}],
			destinationList=[{"type": "location", "destination": self.loc(self.stores)}],
			bizTransactionList=[
				{"type": "recadv", "bizTransaction": f"{self.site}/bt/Purchase%20Receipt/{receipt.name}"},
				{
					"type": "desadv",
					"bizTransaction": f"{self.site}/bt/supplier/Test%20Supplier/LS%204%2F7",
				},
			],
		)
		self.assertEqual(
			datetime.fromisoformat(received["eventTime"]).replace(tzinfo=None),
			receipt.get_posting_datetime().replace(
				microsecond=receipt.get_posting_datetime().microsecond // 1000 * 1000
			),
		)
		self.assertEqual(received["eventTime"][-6:], received["eventTimeZoneOffset"])

	def test_a_unit_that_comes_again_is_received_and_not_commissioned(self):
		self.receive(self.item, "AGAIN")
		self.deliver(self.item, "AGAIN")
		again = self.receive(self.item, ["AGAIN", "NEW"])
		commissioned, received = self.events(again)
		self.assertEqual(commissioned["epcList"], [self.epc(self.item, "NEW")])
		self.assertEqual(received["epcList"], [self.epc(self.item, n) for n in ("AGAIN", "NEW")])

	def test_a_unit_that_was_issued_is_commissioned_anew(self):
		first = self.receive_by_entry(self.item, "PHOENIX")
		issued = self.issue(self.item, "PHOENIX")
		again = self.receive_by_entry(self.item, "PHOENIX")
		self.assert_steps(self.events(first), COMMISSIONED)
		self.assert_steps(self.events(issued), ("DELETE", "decommissioning", "inactive"))
		self.assert_steps(self.events(again), COMMISSIONED)
		self.assertNotIn("bizLocation", self.events(issued)[0])
		self.assert_event(self.events(issued)[0], readPoint={"id": self.loc(self.stores)})

	def test_a_known_unit_is_received_by_a_stock_entry(self):
		self.receive(self.item, "KNOWN")
		self.deliver(self.item, "KNOWN")
		self.assert_steps(self.events(self.receive_by_entry(self.item, "KNOWN")), RECEIVED)

	def test_a_delivery_ships_to_the_customer(self):
		self.receive(self.item, "OUT")
		note = self.deliver(self.item, "OUT", po_no="PO#1")
		(event,) = self.events(note)
		self.assert_steps([event], ("OBSERVE", "shipping", "in_transit"))
		self.assert_event(
			event,
			readPoint={"id": self.loc(self.stores)},
			bizLocation=None,
			sourceList=[{"type": "location", "source": self.loc(self.stores)}],
			destinationList=[
				{"type": "owning_party", "destination": f"{self.site}/party/customer/Test%20Customer"}
			],
			bizTransactionList=[
				{"type": "desadv", "bizTransaction": f"{self.site}/bt/Delivery%20Note/{note.name}"},
				{"type": "po", "bizTransaction": f"{self.site}/bt/customer/Test%20Customer/PO%231"},
			],
		)

	def test_an_invoice_that_moves_stock_ships_and_one_that_does_not_tells_nothing(self):
		self.receive(self.item, "INV")
		for update_stock, steps in ((0, []), (1, [("OBSERVE", "shipping", "in_transit")])):
			invoice = voucher(
				"Sales Invoice",
				[row(self.item, 1, warehouse=self.stores, serial_no="INV" if update_stock else None)],
				customer=self.customer,
				update_stock=update_stock,
			)
			document = export(invoice.doctype, invoice.name)
			self.assert_steps(document["epcisBody"]["eventList"], *steps)
			self.assert_valid(document)
		self.assertEqual(self.events(invoice)[0]["bizTransactionList"][0]["type"], "inv")

	def test_what_a_customer_sends_back_is_returned(self):
		self.receive(self.item, "BACK")
		note = self.deliver(self.item, "BACK")
		back = self.back(make_sales_return, note)
		(event,) = self.events(back)
		self.assert_steps([event], ("OBSERVE", "receiving", "returned"))
		self.assertEqual(event["sourceList"][0]["source"], f"{self.site}/party/customer/Test%20Customer")
		self.assertEqual(event["bizLocation"], {"id": self.loc(self.stores)})
		self.assertEqual(
			[(t["type"], t["bizTransaction"].rpartition("/")[2]) for t in event["bizTransactionList"]],
			[("recadv", back.name), ("desadv", note.name)],
		)

	def test_what_goes_back_to_the_supplier_is_shipped_as_returned(self):
		receipt = self.receive(self.item, "WRONG")
		back = self.back(make_purchase_return, receipt)
		(event,) = self.events(back)
		self.assert_steps([event], ("OBSERVE", "shipping", "returned"))
		self.assertEqual(
			event["destinationList"][0]["destination"], f"{self.site}/party/supplier/Test%20Supplier"
		)
		self.assertEqual(
			[(t["type"], t["bizTransaction"].rpartition("/")[2]) for t in event["bizTransactionList"]],
			[("desadv", back.name), ("recadv", receipt.name)],
		)

	def test_a_transfer_stores_units_in_the_other_warehouse(self):
		self.receive(self.item, "MOVE")
		(event,) = self.events(self.transfer(self.item, "MOVE"))
		self.assert_steps([event], ("OBSERVE", "storing", None))
		self.assert_event(
			event,
			readPoint={"id": self.loc(self.shop)},
			bizLocation={"id": self.loc(self.shop)},
			sourceList=[{"type": "location", "source": self.loc(self.stores)}],
			destinationList=[{"type": "location", "destination": self.loc(self.shop)}],
		)
		self.assertNotIn("type", event["bizTransactionList"][0])

	def test_own_use_takes_a_unit_out_of_service_of_the_trade_and_brings_it_back(self):
		self.receive(self.item, "DRILL")
		line = row(self.item, 1, s_warehouse=self.stores, serial_no="DRILL")
		used = self.enter("Issue for Use", line, custodian="Administrator", location="Room 4/2")
		line = row(self.item, 1, t_warehouse=self.shop, serial_no="DRILL")
		back = self.enter("Return from Use", line)
		self.assert_steps(self.events(used), ("OBSERVE", "other", "unavailable"))
		self.assert_event(
			self.events(used)[0],
			readPoint={"id": self.loc(self.stores)},
			bizLocation={"id": f"{self.site}/loc/use/Room%204%2F2"},
		)
		self.assert_steps(self.events(back), ("OBSERVE", "storing", "available"))
		self.assertNotIn("Administrator", json.dumps(self.events(used)))

	def test_rejected_goods_lie_where_they_cannot_be_sold(self):
		receipt = voucher(
			"Purchase Receipt",
			[
				row(
					self.item, 1, warehouse=self.stores, rejected_warehouse=self.shop, rejected_qty=1,
					serial_no="GOOD", rejected_serial_no="BAD",
				)
			],
			supplier=self.supplier,
		)  # fmt: skip
		found = {(unit_of(e), e["bizStep"]): e for e in self.events(receipt)}
		self.assertEqual(len(found), 4)
		self.assert_event(
			found["GOOD", "receiving"],
			disposition="sellable_not_accessible",
			bizLocation={"id": self.loc(self.stores)},
		)
		self.assert_event(
			found["BAD", "receiving"],
			disposition="non_sellable_other",
			bizLocation={"id": self.loc(self.shop)},
		)
		self.assertEqual(len({e["eventID"] for e in found.values()}), 4)

	def test_each_row_is_an_event_of_its_own_in_the_order_of_the_rows(self):
		other = make_item()
		self.receive(self.item, ["A", "B"])
		self.receive(other, "C")
		rows = [
			row(other, 1, warehouse=self.stores, serial_no="C"),
			row(self.item, 2, warehouse=self.stores, serial_no="A\nB"),
		]
		note = voucher("Delivery Note", rows, customer=self.customer)
		self.assertEqual([len(e["epcList"]) for e in self.events(note)], [1, 2])
		self.assertEqual(self.events(note)[0]["epcList"], [self.epc(other, "C")])


class TestTransformations(EpcisTestCase):
	def setUp(self):
		super().setUp()
		self.part, self.product = make_item(), make_item()
		self.screws = make_item(has_serial_no=0, stock_uom="Kg")
		self.receive(self.part, ["P1", "P2"])
		self.receive(self.screws, qty=5)

	def make(self, *produced, purpose="Manufacture"):
		return self.enter(
			purpose,
			row(self.part, 2, s_warehouse=self.stores, serial_no="P1\nP2"),
			row(self.screws, 0.5, s_warehouse=self.stores),
			*produced,
		)

	def test_manufacture_turns_inputs_into_outputs(self):
		entry = self.make(row(self.product, 1, t_warehouse=self.shop, serial_no="M1"))
		document = export(entry.doctype, entry.name)
		(event,) = document["epcisBody"]["eventList"]
		self.assert_event(
			event,
			type="TransformationEvent",
			inputEPCList=[self.epc(self.part, "P1"), self.epc(self.part, "P2")],
			inputQuantityList=[
				{"epcClass": f"{self.site}/class/{self.screws}", "quantity": 0.5, "uom": "KGM"}
			],
			outputEPCList=[self.epc(self.product, "M1")],
			bizStep="commissioning",
			disposition="active",
			bizLocation={"id": self.loc(self.shop)},
			action=None,
		)
		self.assertEqual(event["bizTransactionList"][0]["type"], "prodorder")
		self.assert_valid(document)

	def test_outputs_in_two_warehouses_are_stored_each_in_its_own(self):
		entry = self.make(
			row(self.product, 1, t_warehouse=self.shop, serial_no="M1"),
			row(self.product, 1, t_warehouse=self.stores, serial_no="M2"),
		)
		document = export(entry.doctype, entry.name)
		made, *stored = document["epcisBody"]["eventList"]
		self.assertEqual(made["type"], "TransformationEvent")
		self.assertNotIn("bizLocation", made)
		self.assertEqual(
			{unit_of(e): e["bizLocation"]["id"] for e in stored},
			{"M1": self.loc(self.shop), "M2": self.loc(self.stores)},
		)
		self.assert_steps(stored, *[("OBSERVE", "storing", None)] * 2)
		self.assert_valid(document)

	def test_a_unit_that_is_repacked_stands_on_both_sides(self):
		entry = self.enter(
			"Repack",
			row(self.part, 1, s_warehouse=self.stores, serial_no="P1"),
			row(self.screws, 1, s_warehouse=self.stores),
			row(self.part, 1, t_warehouse=self.stores, serial_no="P1"),
		)
		document = export(entry.doctype, entry.name)
		(event,) = document["epcisBody"]["eventList"]
		epcs = [self.epc(self.part, "P1")]
		self.assert_event(event, inputEPCList=epcs, outputEPCList=epcs, bizStep="repackaging")
		self.assert_valid(document, export(serial_no="P1"))

	def test_quantities_alone_are_made_of_quantities(self):
		paste = make_item(has_serial_no=0, stock_uom="Litre")
		entry = self.enter(
			"Manufacture",
			row(self.screws, 2, s_warehouse=self.stores),
			row(self.screws, 1, s_warehouse=self.stores),
			row(paste, 1.25, t_warehouse=self.stores),
		)
		document = export(entry.doctype, entry.name)
		(event,) = document["epcisBody"]["eventList"]
		self.assert_event(
			event,
			inputEPCList=None,
			inputQuantityList=[{"epcClass": f"{self.site}/class/{self.screws}", "quantity": 3, "uom": "KGM"}],
			outputQuantityList=[{"epcClass": f"{self.site}/class/{paste}", "quantity": 1.25, "uom": "LTR"}],
			bizStep="creating_class_instance",
		)
		self.assert_valid(document)

	def test_the_life_of_a_part_tells_the_whole_transformation_and_of_all_else_the_part_alone(self):
		entry = self.make(row(self.product, 1, t_warehouse=self.shop, serial_no="M1"))
		document = export(serial_no="P1")
		commissioned, received, made = document["epcisBody"]["eventList"]
		self.assertEqual(commissioned["epcList"], [self.epc(self.part, "P1")])
		self.assertEqual(received["epcList"], [self.epc(self.part, "P1")])
		self.assertEqual([made], self.events(entry))
		self.assert_valid(document)


class TestQuantities(EpcisTestCase):
	def test_items_without_serials_are_told_as_quantities_of_their_class(self):
		cables, units = make_item(has_serial_no=0), make_item()
		rows = [
			row(cables, 3, warehouse=self.stores, uom="Box", conversion_factor=10),
			row(units, 1, warehouse=self.stores, serial_no="U1"),
		]
		receipt = voucher("Purchase Receipt", rows, supplier=self.supplier)
		document = export(receipt.doctype, receipt.name)
		cable_event, *unit_events = document["epcisBody"]["eventList"]
		self.assert_steps([cable_event], RECEIVED)
		self.assert_event(
			cable_event,
			epcList=None,
			quantityList=[{"epcClass": f"{self.site}/class/{cables}", "quantity": 30}],
		)
		self.assert_steps(unit_events, COMMISSIONED, RECEIVED)
		self.assert_valid(document)

	def test_every_voucher_of_items_without_serials_is_told(self):
		item = make_item(has_serial_no=0, stock_uom="Metre")
		receipt = self.receive(item, qty=20)
		note = self.deliver(item, qty=4)
		line = row(item, 1, s_warehouse=self.stores)
		vouchers = {
			receipt: RECEIVED,
			self.receive_by_entry(item, qty=1): RECEIVED,
			self.transfer(item, qty=2): ("OBSERVE", "storing", None),
			note: ("OBSERVE", "shipping", "in_transit"),
			self.issue(item, qty=1): ("DELETE", "decommissioning", "inactive"),
			self.enter("Issue for Use", line, custodian="Administrator"): ("OBSERVE", "other", "unavailable"),
			self.back(make_sales_return, note): ("OBSERVE", "receiving", "returned"),
			self.back(make_purchase_return, receipt, 1): ("OBSERVE", "shipping", "returned"),
		}
		documents = [export(doc.doctype, doc.name) for doc in vouchers]
		for document, step in zip(documents, vouchers.values(), strict=True):
			(event,) = document["epcisBody"]["eventList"]
			self.assert_steps([event], step)
			self.assertEqual(event["quantityList"][0]["uom"], "MTR")
		self.assertEqual(
			[e["id"] for e in (documents[2]["epcisBody"]["eventList"][0]["readPoint"],)],
			[self.loc(self.shop)],
		)
		self.assert_valid(*documents)

	def test_a_quantity_in_a_measure_that_has_no_code_is_left_out(self):
		frappe.get_doc({"doctype": "UOM", "uom_name": "Bucket", "must_be_whole_number": 0}).insert()
		item = make_item(has_serial_no=0, stock_uom="Bucket")
		(event,) = self.events(self.receive(item, qty=1.5))
		self.assertEqual(event["quantityList"], [{"epcClass": f"{self.site}/class/{item}"}])

	def test_what_is_kept_in_no_stock_is_not_told(self):
		service = make_item(has_serial_no=0, is_stock_item=0)
		receipt = self.receive(service, qty=2)
		document = export(receipt.doctype, receipt.name)
		self.assertEqual(document["epcisBody"]["eventList"], [])
		self.assert_valid(document)


class TestIdentifiers(EpcisTestCase):
	def item_with(self, *barcodes, **values):
		rows = [b if isinstance(b, dict) else {"barcode": b} for b in barcodes]
		return make_item(barcodes=rows, **values)

	def epcs(self, item, numbers):
		return self.events(self.receive(item, numbers))[0]["epcList"]

	def test_a_gtin_makes_digital_links(self):
		item = self.item_with(GTIN[1:])
		self.assertEqual(self.epcs(item, "SN-1"), [f"https://id.gs1.org/01/{GTIN}/21/SN-1"])

	def test_gtins_of_every_length_are_filled_to_fourteen_digits(self):
		for barcode, gtin in {
			"40170725": "00000040170725",
			"012345678905": "00012345678905",
			"4006381333931": "04006381333931",
			"10012345678902": "10012345678902",
		}.items():
			item = self.item_with(barcode)
			self.assertEqual(self.epcs(item, f"L{barcode}"), [f"https://id.gs1.org/01/{gtin}/21/L{barcode}"])

	def test_the_first_gtin_of_a_single_unit_counts(self):
		item = self.item_with(
			{"barcode": "10012345678902", "uom": "Box"},  # a box of units
			{"barcode": "4006381333932"},  # its check digit is wrong
			{"barcode": "012345678905", "barcode_type": "Code 128"},
			{"barcode": "2000000000008"},  # restricted circulation: any shop may use it
			{"barcode": "4006381333931", "uom": "Nos"},
			{"barcode": "40170725"},
		)
		self.assertEqual(self.epcs(item, "ONE"), [f"https://id.gs1.org/01/{GTIN}/21/ONE"])

	def test_items_without_a_gtin_get_uris_of_the_site(self):
		item = self.item_with({"barcode": "10012345678902", "uom": "Box"}, {"barcode": "ABC-1"})
		self.assertEqual(self.epcs(item, "NO-1"), [f"{self.site}/obj/{item}/NO-1"])

	def test_numbers_that_ai_21_cannot_carry_get_uris_of_the_site(self):
		item = self.item_with(GTIN)
		numbers = ["X" * 20, "X" * 21, "A#1", "Ä1", "A B"]
		found = self.epcs(item, numbers)
		self.assertEqual(sum(uri.startswith("https://id.gs1.org/") for uri in found), 1)
		self.assertEqual({unquote(uri.rpartition("/")[2]) for uri in found}, set(numbers))

	def test_strange_numbers_are_percent_encoded(self):
		numbers = {
			"A/1": "A%2F1", "A%2F1": "A%252F1", "A?1": "A%3F1", "A&1=2": "A%261%3D2", "A+1": "A%2B1",
			"A(1)": "A%281%29", "A\"1'": "A%221%27", "A.1_x-y": "A.1_x-y", "A:1": "A%3A1",
		}  # fmt: skip
		item = self.item_with(GTIN)
		receipt = self.receive(item, list(numbers))
		self.assertEqual(
			self.events(receipt)[0]["epcList"],
			sorted(f"https://id.gs1.org/01/{GTIN}/21/{encoded}" for encoded in numbers.values()),
		)
		own = make_item("Kabel 5 m / rot, 50% #2")
		others = {"C/1": "C%2F1", "C#1": "C%231", "C%1": "C%251", "C 1": "C%201", "Ä": "%C3%84", "~1": "~1"}
		second = self.receive(own, list(others))
		self.assertEqual(
			self.events(second)[0]["epcList"],
			sorted(
				f"{self.site}/obj/Kabel%205%20m%20%2F%20rot%2C%2050%25%20%232/{n}" for n in others.values()
			),
		)
		self.assert_valid(*(export(doc.doctype, doc.name) for doc in (receipt, second)))

	def test_quantities_of_an_item_with_a_gtin_are_told_by_it(self):
		item = self.item_with(GTIN, has_serial_no=0)
		(event,) = self.events(self.receive(item, qty=4))
		self.assertEqual(
			event["quantityList"], [{"epcClass": f"https://id.gs1.org/01/{GTIN}", "quantity": 4}]
		)

	def test_a_site_that_has_a_name_is_known_by_it(self):
		item = make_item()
		receipt = self.receive(item, "HOST-1")
		own = self.events(receipt)[0]
		with patch.dict(frappe.local.conf, host_name="https://erp.example.com/"):
			named = self.events(receipt)[0]
		self.assertEqual(named["epcList"], [f"https://erp.example.com/obj/{item}/HOST-1"])
		self.assertNotEqual(named["eventID"], own["eventID"])

	def test_units_that_share_a_number_are_told_apart(self):
		settings(unique_serial_no_per_item=1)
		first, second = make_item(), make_item()
		self.receive(first, "SAME")
		self.receive(second, "SAME")
		with self.assertRaises(exc.SerialNoAmbiguousError):
			export(serial_no="SAME")
		self.assertEqual(self.of_unit("SAME", item_code=second)[0]["epcList"], [self.epc(second, "SAME")])


class TestErrors(EpcisTestCase):
	"""Events of cancelled vouchers."""

	def setUp(self):
		super().setUp()
		self.item = make_item()

	def test_a_cancelled_voucher_did_not_occur(self):
		receipt = self.receive(self.item, ["C1", "C2"])
		before = self.events(receipt)
		receipt.cancel()
		document = export(receipt.doctype, receipt.name)
		after = document["epcisBody"]["eventList"]
		for old, new in zip(before, after, strict=True):
			declaration = new.pop("errorDeclaration")
			self.assertEqual(new, old)  # the same event, by the same eventID
			self.assertEqual(declaration["reason"], "did_not_occur")
			self.assertNotIn("correctiveEventIDs", declaration)
			declared = datetime.fromisoformat(declaration["declarationTime"]).replace(tzinfo=None)
			self.assertLess(abs(declared - frappe.utils.get_datetime(receipt.modified)), timedelta(seconds=1))
		self.assertEqual(len(after), 2)
		self.assert_valid(document)

	def receive_and_amend(self):
		receipt = self.receive(self.item, ["C1", "WRONG"])
		receipt.cancel()
		return receipt, self.amend(receipt, lambda doc: doc.items[0].update({"serial_no": "C1\nRIGHT"}))

	def test_an_amended_voucher_is_corrected_by_the_events_of_its_amendment(self):
		receipt, again = self.receive_and_amend()
		document = export(receipt.doctype, receipt.name)
		corrected = self.events(again)
		self.assert_steps(corrected, COMMISSIONED, RECEIVED)
		for old, new in zip(document["epcisBody"]["eventList"], corrected, strict=True):
			self.assertEqual(
				{**old["errorDeclaration"], "declarationTime": None},
				{
					"declarationTime": None,
					"reason": "incorrect_data",
					"correctiveEventIDs": [new["eventID"]],
				},
			)
		self.assert_valid(document)

	def test_a_draft_of_an_amendment_corrects_nothing(self):
		receipt = self.receive(self.item, "C1")
		receipt.cancel()
		again = frappe.copy_doc(receipt)
		again.docstatus = 0
		again.amended_from = receipt.name
		again.insert()
		self.assertEqual(self.events(receipt)[0]["errorDeclaration"]["reason"], "did_not_occur")

	def test_the_life_of_a_unit_keeps_what_was_cancelled(self):
		_receipt, again = self.receive_and_amend()
		document = export(serial_no="C1")
		events = document["epcisBody"]["eventList"]
		self.assert_steps(events, COMMISSIONED, RECEIVED, COMMISSIONED, RECEIVED)
		self.assertEqual(["errorDeclaration" in e for e in events], [True, True, False, False])
		self.assertEqual(events[0]["errorDeclaration"]["correctiveEventIDs"], [events[2]["eventID"]])
		self.assertEqual(
			self.of_unit("WRONG")[0]["errorDeclaration"]["reason"], "did_not_occur"
		)  # the amendment does not know it
		self.assertIn(again.name, json.dumps(events[3]))
		self.assert_valid(document)

	def test_what_was_commissioned_stays_so_though_all_before_it_is_cancelled(self):
		first = self.receive(self.item, "LIFE")
		note = self.deliver(self.item, "LIFE")
		again = self.receive(self.item, "LIFE")
		before = self.events(again)
		self.assert_steps(before, RECEIVED)
		for doc in (again, note, first):
			doc.reload()
			doc.cancel()
		self.assert_steps(self.events(again), RECEIVED)
		self.assertEqual(self.events(again)[0]["eventID"], before[0]["eventID"])

	def test_a_cancelled_transformation_is_corrected_alike_in_voucher_and_unit(self):
		self.receive(self.item, ["T1", "T2"])
		product = make_item()
		entry = self.enter(
			"Manufacture",
			row(self.item, 1, s_warehouse=self.stores, serial_no="T1"),
			row(product, 1, t_warehouse=self.stores, serial_no="TM"),
		)
		entry.cancel()
		again = self.amend(entry, lambda doc: doc.items[0].update({"serial_no": "T2"}))
		(wrong,), (right,) = self.events(entry), self.events(again)
		self.assertEqual(wrong["errorDeclaration"]["correctiveEventIDs"], [right["eventID"]])
		self.assertEqual(self.of_unit("T1")[-1], wrong)
		self.assertEqual(self.of_unit("T2")[-1], right)
		self.assertEqual(self.of_unit("TM"), [wrong, right])


class TestExport(EpcisTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item(serial_no_series="EPX-.#####")

	def test_two_exports_are_equal(self):
		receipt = self.receive(self.item, qty=20)
		for arguments in (
			{"voucher_type": receipt.doctype, "voucher_no": receipt.name},
			{"serial_no": serials(receipt)[0]},
		):
			document = export(**arguments)
			self.assertEqual(json.dumps(export(**arguments)), json.dumps(document))
			last = document["epcisBody"]["eventList"][-1]
			self.assertGreaterEqual(document["creationDate"], last["eventTime"])

	def test_the_events_of_a_unit_are_not_those_of_its_whole_row(self):
		receipt = self.receive(self.item, qty=2)
		ids = {e["eventID"] for e in self.events(receipt)}
		for number in serials(receipt):
			own = {e["eventID"] for e in self.of_unit(number)}
			self.assertFalse(ids & own)
			ids |= own
		self.assertEqual(len(ids), 6)

	def test_ten_times_the_units_take_no_more_statements_and_one_event_holds_them(self):
		counts = {}
		for qty in (30, 300):
			receipt = self.receive(self.item, qty=qty)
			self.deliver(self.item, serials(receipt))
			again = self.receive(self.item, serials(receipt))  # units with a history
			with patch.object(frappe.db, "sql", side_effect=frappe.db.sql) as sql:
				events = self.events(again)
			self.assertEqual([len(e["epcList"]) for e in events], [qty])
			counts[qty] = sql.call_count
		self.assertEqual(counts[30], counts[300])
		self.assertLessEqual(counts[300], 40)

	def test_a_corrected_number_is_told_by_its_new_name_in_the_same_events(self):
		receipt = self.receive(make_item(), ["MISTYPD", "FINE"])
		before = self.events(receipt)
		correct("MISTYPD", "MISTYPED", "a letter is missing")
		after = self.events(receipt)
		self.assertEqual([e["eventID"] for e in after], [e["eventID"] for e in before])
		for event in after:
			self.assertEqual({uri.rpartition("/")[2] for uri in event["epcList"]}, {"MISTYPED", "FINE"})
		self.assertEqual(len(self.of_unit("MISTYPED")), 2)

	def test_a_corrected_number_stays_rejected(self):
		line = row(
			make_item(), 0, rejected_warehouse=self.shop, rejected_qty=1, rejected_serial_no="REJCT",
		)  # fmt: skip
		receipt = voucher("Purchase Receipt", [line], supplier=self.supplier)
		correct("REJCT", "REJECT", "a letter is missing")
		self.assertEqual(self.events(receipt)[1]["disposition"], "non_sellable_other")

	def test_a_unit_that_never_moved_has_no_events(self):
		frappe.get_doc({"doctype": "Serial No", "serial_no": "IDLE", "item_code": self.item}).insert()
		document = export(serial_no="IDLE")
		self.assertEqual(document["epcisBody"]["eventList"], [])
		self.assert_valid(document)

	def test_events_are_told_in_the_order_in_which_they_happened(self):
		self.receive(self.item, "LATE", posting_date="2026-03-05", posting_time="10:00:00").cancel()
		self.receive(self.item, "LATE", posting_date="2026-03-01", posting_time="10:00:00")
		events = self.of_unit("LATE")
		self.assertEqual([e["eventTime"] for e in events], sorted(e["eventTime"] for e in events))
		self.assertEqual(["errorDeclaration" in e for e in events], [False, False, True, True])

	def test_the_sites_time_zone_is_told_in_summer_and_winter(self):
		with patch("serial_tracking.api.epcis.get_system_timezone", return_value="Europe/Berlin"):
			for date, offset in (("2026-01-15", "+01:00"), ("2026-07-15", "+02:00")):
				receipt = self.receive(self.item, qty=1, posting_date=date, posting_time="12:30:00")
				event = self.events(receipt)[0]
				self.assert_event(event, eventTime=f"{date}T12:30:00.000{offset}", eventTimeZoneOffset=offset)

	def test_it_reads_from_the_replica_of_a_site_that_has_one(self):
		receipt = self.receive(self.item, qty=1)
		with (
			patch.dict(frappe.local.conf, read_from_replica=1),
			patch("frappe.connect_replica", return_value=False) as connect,
		):
			self.assertEqual(len(self.events(receipt)), 2)
		connect.assert_called()

	def test_every_kind_of_event_is_valid(self):
		gtin_item = make_item(barcodes=[{"barcode": GTIN}])
		documents = []
		for item in (make_item(), gtin_item):
			documents += self.life_of(item)
		events = [event for document in documents for event in document["epcisBody"]["eventList"]]
		self.assertEqual({e["bizStep"] for e in events}, BIZ_STEPS - {"creating_class_instance"})
		self.assertEqual({e["disposition"] for e in events if "disposition" in e}, DISPOSITIONS)
		self.assertTrue(any("errorDeclaration" in event for event in events))
		self.assert_valid(*documents)

	def life_of(self, item):
		"""The documents of vouchers of every kind, and of the units that went through them."""
		first = item[-4:]
		numbers = [f"{first}/{n}" for n in range(6)]
		line = row(
			item, 5, warehouse=self.stores, serial_no="\n".join(numbers[:5]), rejected_qty=1,
			rejected_warehouse=self.shop, rejected_serial_no=numbers[5],
		)  # fmt: skip
		receipt = voucher("Purchase Receipt", [line], supplier=self.supplier)
		note = self.deliver(item, numbers[0])
		used = row(item, 1, s_warehouse=self.stores, serial_no=numbers[3])
		vouchers = [
			receipt,
			self.transfer(item, numbers[1]),
			note,
			self.back(make_sales_return, note),
			self.issue(item, numbers[2]),
			self.enter("Issue for Use", used, custodian="Administrator", location="Dock 1"),
			self.enter("Return from Use", row(item, 1, t_warehouse=self.stores, serial_no=numbers[3])),
			self.enter(
				"Repack",
				row(item, 1, s_warehouse=self.stores, serial_no=numbers[3]),
				row(item, 1, t_warehouse=self.stores, serial_no=f"{numbers[3]}-new"),
			),
			self.back(make_purchase_return, receipt),
		]
		cancelled = self.deliver(item, f"{numbers[3]}-new")
		cancelled.cancel()
		documents = [export(doc.doctype, doc.name) for doc in (*vouchers, cancelled)]
		return documents + [export(serial_no=number) for number in numbers]

	def test_the_validator_refuses_what_is_wrong(self):
		receipt = self.receive(self.item, qty=2)
		document = export(receipt.doctype, receipt.name)
		wrong = []
		for change in (
			{"bizStep": "selling"},
			{"disposition": "sold"},
			{"eventTimeZoneOffset": "CET"},
			{"epcList": ["https://example.com/1"] * 2},
			{"epcList": ["https://example.com/a b"]},
		):
			wrong.append(copy.deepcopy(document))
			wrong[-1]["epcisBody"]["eventList"][1].update(change)
		for problems in problems_of(wrong):
			self.assertNotEqual(problems, [])


class TestWhoMayExport(EpcisTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.receipt = self.receive(self.item, ["W1", "W2"])

	def be(self, *roles):
		frappe.set_user("Administrator")
		user = make_user(*roles)
		frappe.set_user(user)
		self.addCleanup(frappe.clear_cache, user=user)
		return user

	def test_a_voucher_is_told_to_those_who_may_read_it(self):
		self.be("Purchase User")
		self.assertEqual(len(self.events(self.receipt)), 2)
		self.be("Sales User")
		with self.assertRaises(frappe.PermissionError):
			export("Purchase Receipt", self.receipt.name)
		with self.assertRaises(frappe.PermissionError):
			export("Purchase Receipt", "no such receipt")
		self.assertEqual(len(self.of_unit("W1")), 2)
		self.be()
		with self.assertRaises(frappe.PermissionError):
			self.of_unit("W1")

	def test_what_cannot_be_told_is_refused(self):
		draft = self.deliver(self.item, "W1", submit=False)
		for arguments, words in (
			({"voucher_type": draft.doctype, "voucher_no": draft.name}, "draft"),
			({}, "serial number"),
			({"voucher_type": draft.doctype}, "serial number"),
			(
				{"voucher_type": "Purchase Receipt", "voucher_no": self.receipt.name, "serial_no": "W1"},
				"serial number",
			),
			({"voucher_type": "User", "voucher_no": "Administrator"}, "Delivery Note"),
		):
			with self.subTest(arguments):
				self.assert_refused(exc.SerialTrackingError, export, **arguments, mentions=(words,))
		self.assert_refused(exc.SerialNoNotExistsError, export, serial_no="W9")
		with self.assertRaises(frappe.DoesNotExistError):
			export("Purchase Receipt", "no such receipt")

	def test_events_at_a_hidden_warehouse_are_not_told(self):
		attic = make_warehouse("Test Attic")
		self.transfer(self.item, "W1", target=attic)
		moved = self.transfer(self.item, "W1", source=attic, target=self.stores)
		theirs = self.receive(self.item, "T1", warehouse=attic)
		user = self.be("Stock User")
		frappe.permissions.add_user_permission("Warehouse", self.stores, user, ignore_permissions=True)
		self.assert_steps(self.of_unit("W1"), COMMISSIONED, RECEIVED)
		self.assertEqual(len(self.events(self.receipt)), 2)
		with self.assertRaises(exc.SerialNoNotExistsError):
			self.of_unit("T1")
		for doc in (moved, theirs):
			with self.assertRaises(frappe.PermissionError):
				self.events(doc)

	def test_a_transformation_is_told_whole_or_not_at_all(self):
		attic = make_warehouse("Test Attic")
		product = make_item()
		self.enter(
			"Manufacture",
			row(self.item, 1, s_warehouse=self.stores, serial_no="W1"),
			row(product, 1, t_warehouse=attic, serial_no="SECRET"),
		)
		user = self.be("Stock User")
		frappe.permissions.add_user_permission("Warehouse", self.stores, user, ignore_permissions=True)
		document = export(serial_no="W1")
		self.assert_steps(document["epcisBody"]["eventList"], COMMISSIONED, RECEIVED)
		self.assertNotIn("SECRET", json.dumps(document))
		self.assertNotIn("Attic", json.dumps(document))


def unit_of(event):
	(uri,) = event["epcList"]
	return uri.rpartition("/")[2]
