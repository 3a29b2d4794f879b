"""Where a unit is and was, what it was made from and what it went into: api.trace."""

import json
from unittest.mock import patch

import frappe

from serial_tracking import exceptions as exc
from serial_tracking.api import serials as serials_api
from serial_tracking.api import trace as api
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import make_sales_invoice
from serial_tracking.serial_tracking.doctype.serial_no.serial_no import make_maintenance_visit
from serial_tracking.stock import genealogy as stock_genealogy
from serial_tracking.tests.factories import StockTestCase, make_item, row, settings, text
from serial_tracking.tests.test_permissions import make_user
from serial_tracking.tests.test_serials_api import count_statements


def shape(unit):
	"""A tree as nested tuples: a unit's number, then its vouchers, each as the list of its units."""
	return (
		unit["serial_no"],
		*(
			"above" if voucher.get("shown_above") else [shape(part) for part in voucher["units"]]
			for voucher in unit["vouchers"]
		),
	)


class TraceTestCase(StockTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()

	def restrict_storekeeper_to(self, warehouse):
		self.user = make_user("Stock User")
		frappe.permissions.add_user_permission("Warehouse", warehouse, self.user)
		self.addCleanup(lambda: frappe.clear_cache(user=self.user))


class TestTrace(TraceTestCase):
	def test_a_unit_says_where_it_is_and_all_its_moves(self):
		receipt = self.receive(self.item, "T1")
		moved = self.transfer(self.item, "T1")
		note = self.deliver(self.item, "T1", warehouse=self.shop)
		traced = api.trace("t1")
		self.assertEqual(traced["unit"]["serial_no"], "T1")
		self.assertEqual(traced["unit"]["item_code"], self.item)
		self.assertEqual(traced["unit"]["status"], "Delivered")
		self.assertEqual((traced["place"]["warehouse"], traced["place"]["customer"]), (None, self.customer))
		told = [
			(m["move_type"], m["from_warehouse"], m["to_warehouse"], m["voucher_no"], m["party"])
			for m in traced["moves"]
		]
		self.assertEqual(
			told,
			[
				("Received", None, self.stores, receipt.name, self.supplier),
				("Transferred", self.stores, self.shop, moved.name, None),
				("Delivered", self.shop, None, note.name, self.customer),
			],
		)

	def test_cancelled_moves_are_shown_as_such(self):
		self.receive(self.item, "T2")
		self.deliver(self.item, "T2").cancel()
		traced = api.trace("T2")
		self.assertEqual([m["is_cancelled"] for m in traced["moves"]], [0, 1])
		self.assertEqual(traced["place"]["warehouse"], self.stores)
		self.assertIsNone(traced["place"]["customer"])

	def test_holds_by_list_and_by_form_and_their_ends_are_in_the_log(self):
		self.receive(self.item, "T3")
		serials_api.hold("T3", "wet & <cold>")
		serials_api.release("T3")
		unit = self.unit("T3")
		unit.update({"on_hold": 1, "hold_reason": "dented"}).save()
		unit.update({"location": None, "supplier_serial_no": "M3"}).save()
		unit.update({"on_hold": 0}).save()
		log = [line["text"] for line in api.trace("T3")["log"]]
		self.assertEqual(log, ["On hold: wet & <cold>", "Released", "On hold: dented", "Released"])

	def test_a_hold_that_a_return_to_the_supplier_ended_stands_on_its_move(self):
		receipt = self.receive(self.item, "T4")
		serials_api.hold("T4", "broken")
		line = row(self.item, -1, warehouse=self.stores, serial_no="T4")
		frappe.get_doc(
			{
				"doctype": "Purchase Receipt",
				"supplier": self.supplier,
				"is_return": 1,
				"return_against": receipt.name,
				"items": [line],
			}
		).insert().submit()
		self.assertEqual(api.trace("T4")["moves"][-1]["previous_hold_reason"], "broken")

	def test_the_invoice_of_a_delivery_stands_on_its_move(self):
		self.receive(self.item, "T5")
		invoice = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"customer": self.customer,
				"update_stock": 1,
				"items": [row(self.item, 1, warehouse=self.stores, serial_no="T5")],
			}
		).insert()
		invoice.submit()
		self.assertEqual(api.trace("T5")["moves"][-1]["sales_invoice"], invoice.name)

	def test_a_unit_in_use_says_who_has_it_where(self):
		self.receive(self.item, "T6")
		line = row(self.item, 1, s_warehouse=self.stores, serial_no="T6")
		self.enter("Issue for Use", line, custodian="Administrator", location="Desk 7")
		place = api.trace("T6")["place"]
		self.assertEqual((place["custodian"], place["location"]), ("Administrator", "Desk 7"))

	def test_unknown_and_ambiguous_numbers_are_refused(self):
		self.assertRaises(exc.SerialNoNotExistsError, api.trace, "NEVER SEEN")
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(self.item, "T7")
		self.receive(other, "T7")
		self.assertRaises(exc.SerialNoAmbiguousError, api.trace, "T7")
		self.assertEqual(api.trace("T7", other)["unit"]["item_code"], other)

	def test_a_trace_takes_at_most_ten_statements_when_warm(self):
		self.receive(self.item, "T8")
		for _move in range(3):
			self.transfer(self.item, "T8")
			self.transfer(self.item, "T8", source=self.shop, target=self.stores)
		api.trace("T8")
		self.assertLessEqual(count_statements(lambda: api.trace("T8")), 10)

	def test_moves_through_a_hidden_warehouse_are_neither_named_nor_dated(self):
		self.receive(self.item, ["T9", "T10"])
		self.transfer(self.item, ["T9", "T10"])
		self.transfer(self.item, "T9", source=self.shop, target=self.stores)
		self.restrict_storekeeper_to(self.stores)
		frappe.set_user(self.user)
		traced = api.trace("T9")
		self.assertEqual(
			traced["moves"][1:], [{"move_no": 2, "hidden": True}, {"move_no": 3, "hidden": True}]
		)
		self.assertNotIn(self.shop, frappe.as_json(traced))
		# now it lies in the shop: for this user it is as unknown as a number never seen
		self.assertRaises(exc.SerialNoNotExistsError, api.trace, "T10")


class TestDocumentsOfAForm(TraceTestCase):
	"""The badges of a unit's form, and what they lead to."""

	def documents(self, name, items=None):
		count = api.documents("Serial No", name, items)["count"]
		found = {link["doctype"]: link["names"] for link in count["internal_links_found"]}
		for link in [*count["internal_links_found"], *count["external_links_found"]]:
			self.assertEqual(link["open_count"], 0)
			if link["doctype"] in found:
				self.assertEqual(link["count"], len(link["names"]))
			else:
				found[link["doctype"]] = link["count"]
		return {kind: what for kind, what in found.items() if what}

	def contract(self, number):
		line = {"item_code": self.item, "serial_no": number, "periodicity": "Quarterly"}
		line.update(start_date="2027-01-01", end_date="2027-12-31")
		return frappe.get_doc({"doctype": "Maintenance Schedule", "items": [line]}).insert().submit()

	def test_vouchers_are_named_once_each_and_cancelled_ones_too(self):
		receipt = self.receive(self.item, ["D1", "D2"])
		there = self.transfer(self.item, "D1")
		back = self.transfer(self.item, "D1", source=self.shop, target=self.stores)
		note = self.deliver(self.item, "D1")
		note.cancel()
		self.assertEqual(
			self.documents("D1"),
			{
				"Purchase Receipt": [receipt.name],
				"Stock Entry": [there.name, back.name],
				"Delivery Note": [note.name],
				"Serial No Ledger Entry": 4,
			},
		)
		self.assertEqual(self.documents("D2")["Purchase Receipt"], [receipt.name])

	def test_an_invoice_that_moved_nothing_is_named(self):
		self.receive(self.item, "D3")
		note = self.deliver(self.item, "D3")
		invoice = make_sales_invoice(note.name).insert()
		invoice.submit()
		self.assertEqual(self.documents("D3")["Sales Invoice"], [invoice.name])

	def test_service_documents_are_named(self):
		self.receive(self.item, "D4")
		self.deliver(self.item, "D4")
		schedule = self.contract("D4")
		claim = frappe.get_doc(
			{"doctype": "Warranty Claim", "serial_no": "D4", "customer": self.customer, "complaint": "hums"}
		).insert()
		visit = frappe.get_doc(make_maintenance_visit("D4"))
		visit.purposes[0].update({"work_done": "oiled", "completion_status": "Fully Completed"})
		visit.insert().submit()
		found = self.documents(
			"D4", ["Maintenance Schedule", "Service Contract Entry", "Maintenance Visit", "Warranty Claim"]
		)
		self.assertEqual(
			found,
			{
				"Maintenance Schedule": [schedule.name],
				"Service Contract Entry": 1,
				"Maintenance Visit": [visit.name],
				"Warranty Claim": [claim.name],
			},
		)

	def test_the_form_names_every_kind_that_is_counted_and_asks_this_method(self):
		data = frappe.get_meta("Serial No").get_dashboard_data()
		shown = [kind for group in data.transactions for kind in group["items"]]
		self.assertEqual((len(shown), set(shown)), (len(api.LINKED), set(api.LINKED)))
		self.assertIs(frappe.get_attr(data.method), api.documents)
		linking = {
			field.parent
			for field in frappe.get_all("DocField", {"fieldtype": "Link", "options": "Serial No"}, ["parent"])
			if not frappe.get_meta(field.parent).istable and frappe.get_meta(field.parent).permissions
		}
		self.assertLessEqual(linking - {"Serial No"}, set(shown))

	def test_a_reader_is_told_of_what_the_reader_may_read(self):
		self.receive(self.item, "D5")
		self.transfer(self.item, "D5")
		self.contract("D5")
		frappe.set_user(make_user("Purchase User"))
		self.assertEqual(
			set(self.documents("D5")),
			{"Purchase Receipt", "Serial No Ledger Entry", "Service Contract Entry"},
		)

	def test_vouchers_of_a_hidden_warehouse_are_not_named(self):
		receipt = self.receive(self.item, ["D6", "D7"])
		self.transfer(self.item, ["D6", "D7"])
		self.transfer(self.item, "D6", source=self.shop, target=self.stores)
		self.restrict_storekeeper_to(self.stores)
		frappe.set_user(self.user)
		self.assertEqual(
			self.documents("D6"), {"Purchase Receipt": [receipt.name], "Serial No Ledger Entry": 1}
		)
		self.assertRaises(frappe.PermissionError, api.documents, "Serial No", "D7")

	def test_they_take_a_constant_number_of_statements(self):
		self.receive(self.item, ["D8", "D9"])
		for _move in range(4):
			self.transfer(self.item, "D8")
			self.transfer(self.item, "D8", source=self.shop, target=self.stores)
		self.documents("D8")
		few, many = (count_statements(lambda name=name: self.documents(name)) for name in ("D9", "D8"))
		self.assertEqual(few, many)
		self.assertLessEqual(many, 10)


class GenealogyTestCase(TraceTestCase):
	def transform(self, consumed, produced, purpose="Manufacture", warehouse=None, **values):
		place = warehouse or self.stores
		return self.enter(
			purpose,
			row(self.item, len(consumed), s_warehouse=place, serial_no=text(consumed)),
			row(self.item, len(produced), t_warehouse=place, serial_no=text(produced)),
			**values,
		)

	def tree(self, number, direction):
		found = api.genealogy(number, direction)
		self.assertTrue(found["complete"])
		return shape(found["unit"])


class TestGenealogy(GenealogyTestCase):
	def test_a_unit_is_made_from_all_that_its_voucher_consumed_and_from_what_these_were_made_of(self):
		self.receive(self.item, ["A", "B", "C"])
		self.transform(["A", "B"], ["AB"])
		self.transform(["AB", "C"], ["ABC", "OFFCUT"], purpose="Repack")
		self.assertEqual(self.tree("ABC", "backward"), ("ABC", [("AB", [("A",), ("B",)]), ("C",)]))
		self.assertEqual(self.tree("A", "forward"), ("A", [("AB", [("ABC",), ("OFFCUT",)])]))
		self.assertEqual(self.tree("A", "backward"), ("A",))
		self.assertEqual(self.tree("ABC", "forward"), ("ABC",))

	def test_a_node_says_where_the_unit_is_now_and_by_which_voucher_it_came(self):
		self.receive(self.item, "A")
		made = self.transform(["A"], ["X"])
		self.deliver(self.item, "X")
		voucher = api.genealogy("A", "forward")["unit"]["vouchers"][0]
		self.assertEqual((voucher["voucher_type"], voucher["voucher_no"]), ("Stock Entry", made.name))
		self.assertEqual(
			(voucher["units"][0]["status"], voucher["units"][0]["customer"]), ("Delivered", self.customer)
		)

	def test_cancelled_vouchers_are_not_followed(self):
		self.receive(self.item, "A")
		self.transform(["A"], ["X"]).cancel()
		self.assertEqual(self.tree("A", "forward"), ("A",))
		self.assertEqual(self.tree("X", "backward"), ("X",))

	def test_a_unit_that_a_repack_takes_and_gives_back_is_no_circle(self):
		self.receive(self.item, ["A", "B"])
		self.transform(["A", "B"], ["A", "C"], purpose="Repack")
		self.assertEqual(self.tree("A", "backward"), ("A", [("A",), ("B",)]))
		self.assertEqual(self.tree("A", "forward"), ("A", [("A",), ("C",)]))
		self.assertEqual(self.tree("B", "forward"), ("B", [("A",), ("C",)]))

	def test_a_unit_used_again_leads_each_time_to_that_times_vouchers_alone(self):
		self.receive(self.item, ["A", "Z"])
		self.transform(["A"], ["X"])
		self.transform(["X"], ["A"], purpose="Repack")  # taken apart
		self.transform(["A", "Z"], ["Y"])
		# X was made of A before it was taken apart: Z, used later, is no part of it
		self.assertEqual(self.tree("X", "backward"), ("X", [("A",)]))
		self.assertEqual(self.tree("Y", "backward"), ("Y", [("A", [("X", [("A",)])]), ("Z",)]))
		self.assertEqual(self.tree("Z", "forward"), ("Z", [("Y",)]))
		self.assertEqual(self.tree("X", "forward"), ("X", [("A", [("Y",)])]))

	def test_what_two_units_share_is_laid_open_once(self):
		self.receive(self.item, "A")
		self.transform(["A"], ["B", "C"])
		self.transform(["B", "C"], ["D"])
		self.assertEqual(self.tree("D", "backward"), ("D", [("B", [("A",)]), ("C", "above")]))

	def test_items_without_serials_end_the_tree(self):
		bulk_item = make_item(has_serial_no=0)
		self.receive(bulk_item, qty=5)
		self.enter(
			"Manufacture",
			row(bulk_item, 5, s_warehouse=self.stores),
			row(self.item, 1, t_warehouse=self.stores, serial_no="X"),
		)
		self.assertEqual(self.tree("X", "backward"), ("X", []))

	def test_two_statements_for_a_level_whatever_its_width(self):
		self.receive(self.item, [f"P{n:03}" for n in range(60)])
		for n in range(0, 60, 3):
			self.transform([f"P{n + i:03}" for i in range(3)], [f"Q{n:03}"])
		self.transform([f"Q{n:03}" for n in range(0, 60, 3)], ["R"])
		self.assertEqual(api.genealogy("R", "backward")["units"], 1 + 20 + 60)
		self.assertLessEqual(count_statements(lambda: api.genealogy("R", "backward")), 4 + 2 * 2)

	def test_a_tree_beyond_the_bound_says_that_it_is_not_complete(self):
		self.receive(self.item, ["A", "B", "C"])
		self.transform(["A", "B", "C"], ["X"])
		self.transform(["X"], ["Y"])
		with patch.object(stock_genealogy, "MAX_UNITS", 4):
			found = api.genealogy("Y", "backward")
		self.assertEqual((found["units"], found["complete"]), (4, False))
		self.assertEqual(shape(found["unit"]), ("Y", [("X", [("A",), ("B",)])]))
		with patch.object(stock_genealogy, "MAX_UNITS", 5):
			self.assertTrue(api.genealogy("Y", "backward")["complete"])
		with patch.object(stock_genealogy, "MAX_LEVELS", 1):
			self.assertFalse(api.genealogy("Y", "backward")["complete"])
		with patch.object(stock_genealogy, "MAX_LEVELS", 2):
			self.assertTrue(api.genealogy("Y", "backward")["complete"])

	def test_the_deepest_tree_can_be_written_as_json(self):
		self.receive(self.item, "L0")
		for n in range(stock_genealogy.MAX_LEVELS + 2):
			self.transform([f"L{n}"], [f"L{n + 1}"])
		found = api.genealogy("L0", "forward")
		self.assertEqual((found["units"], found["complete"]), (stock_genealogy.MAX_LEVELS + 1, False))
		self.assertIn(f"L{stock_genealogy.MAX_LEVELS}", frappe.as_json(found))
		json.loads(frappe.as_json(found))

	def test_what_lies_or_happened_elsewhere_is_counted_but_not_named_or_followed(self):
		self.receive(self.item, ["A", "B", "SECRET-1"])
		self.transform(["SECRET-1"], ["SECRET-2"])
		self.transfer(self.item, "SECRET-2")
		self.transfer(self.item, "SECRET-2", source=self.shop, target=self.stores)
		self.transform(["A", "B"], ["X", "SECRET-3"])
		self.transfer(self.item, ["SECRET-3"])
		self.transform(["SECRET-3"], ["SECRET-4"], warehouse=self.shop)
		self.restrict_storekeeper_to(self.stores)
		frappe.set_user(self.user)
		found = api.genealogy("A", "forward")
		self.assertEqual(shape(found["unit"]), ("A", [("X",)]))
		self.assertEqual(found["unit"]["vouchers"][0]["hidden"], 1)
		self.assertNotIn("SECRET", frappe.as_json(found))
		self.assertRaises(exc.SerialNoNotExistsError, api.genealogy, "SECRET-4", "backward")

	def test_a_voucher_of_a_hidden_warehouse_is_not_named(self):
		self.receive(self.item, "A", warehouse=self.shop)
		made = self.transform(["A"], ["X"], warehouse=self.shop)
		self.transfer(self.item, "X", source=self.shop, target=self.stores)
		self.restrict_storekeeper_to(self.stores)
		frappe.set_user(self.user)
		found = api.genealogy("X", "backward")
		self.assertEqual((found["unit"]["vouchers"], found["unit"]["hidden"]), ([], 1))
		self.assertNotIn(made.name, frappe.as_json(found))

	def test_another_direction_is_refused(self):
		self.receive(self.item, "A")
		self.assertRaises(frappe.ValidationError, api.genealogy, "A", "sideways")


class TestPartsInGenealogy(GenealogyTestCase):
	"""A part that was issued for a unit went into it, as if the voucher had made the unit of it."""

	def build_in(self, parts, unit, **values):
		line = row(self.item, len(parts), s_warehouse=self.stores, serial_no=text(parts), used_for=unit)
		return self.enter("Material Issue", line, **values)

	def test_a_part_leads_to_its_unit_and_the_unit_to_its_parts(self):
		self.receive(self.item, ["U", "P1", "P2"])
		entry = self.build_in(["P1", "P2"], "U")
		self.assertEqual(self.tree("P1", "forward"), ("P1", [("U",)]))
		self.assertEqual(self.tree("U", "backward"), ("U", [("P1",), ("P2",)]))
		self.assertEqual(self.tree("U", "forward"), ("U",))
		self.assertEqual(self.tree("P1", "backward"), ("P1",))
		found = api.genealogy("U", "backward")["unit"]["vouchers"]
		self.assertEqual([v["voucher_no"] for v in found], [entry.name])

	def test_each_part_of_a_voucher_leads_to_its_own_unit_alone(self):
		self.receive(self.item, ["U", "V", "P", "Q", "SPILT"])
		lines = [
			row(self.item, 1, s_warehouse=self.stores, serial_no=part, used_for=unit)
			for part, unit in (("P", "U"), ("Q", "V"), ("SPILT", None))
		]
		self.enter("Material Issue", *lines)
		self.assertEqual(self.tree("P", "forward"), ("P", [("U",)]))
		self.assertEqual(self.tree("Q", "forward"), ("Q", [("V",)]))
		self.assertEqual(self.tree("SPILT", "forward"), ("SPILT",))
		self.assertEqual(self.tree("U", "backward"), ("U", [("P",)]))

	def test_parts_and_manufacture_are_followed_through_each_other(self):
		self.receive(self.item, ["RAW", "SCREW", "U"])
		self.transform(["RAW"], ["P"])
		self.build_in(["SCREW"], "P")
		self.build_in(["P"], "U")
		self.transform(["U"], ["WHOLE"])
		self.assertEqual(
			self.tree("WHOLE", "backward"), ("WHOLE", [("U", [("P", [("RAW",)], [("SCREW",)])])])
		)
		self.assertEqual(self.tree("RAW", "forward"), ("RAW", [("P", [("U", [("WHOLE",)])])]))
		self.assertEqual(self.tree("SCREW", "forward"), ("SCREW", [("P", [("U", [("WHOLE",)])])]))

	def test_only_what_was_built_in_before_counts(self):
		self.receive(self.item, ["U", "EARLY", "LATE"])
		self.build_in(["EARLY"], "U")
		self.transform(["U"], ["WHOLE"])
		self.build_in(["LATE"], "U")  # what is left of it
		self.assertEqual(self.tree("WHOLE", "backward"), ("WHOLE", [("U", [("EARLY",)])]))
		self.assertEqual(self.tree("LATE", "forward"), ("LATE", [("U",)]))
		self.assertEqual(self.tree("EARLY", "forward"), ("EARLY", [("U", [("WHOLE",)])]))
		self.assertEqual(self.tree("U", "backward"), ("U", [("EARLY",)], [("LATE",)]))

	def test_a_cancelled_issue_is_not_followed(self):
		self.receive(self.item, ["U", "P"])
		self.build_in(["P"], "U").cancel()
		self.assertEqual(self.tree("P", "forward"), ("P",))
		self.assertEqual(self.tree("U", "backward"), ("U",))

	def test_a_part_that_was_used_twice_leads_to_both_and_is_no_circle(self):
		self.receive(self.item, ["U", "V", "P"])
		self.build_in(["P"], "U")
		self.receive_by_entry(self.item, "P")
		self.build_in(["P"], "V")
		self.assertEqual(self.tree("P", "forward"), ("P", [("U",)], [("V",)]))
		self.receive_by_entry(self.item, "P")
		self.build_in(["U"], "P")
		self.assertEqual(self.tree("P", "backward"), ("P", [("U", [("P",)])]))

	def test_two_statements_for_a_level_whatever_its_width(self):
		self.receive(self.item, [f"P{n:03}" for n in range(40)] + [f"Q{n}" for n in range(4)] + ["R"])
		for n in range(4):
			for m in range(10):
				self.build_in([f"P{10 * n + m:03}"], f"Q{n}")
			self.build_in([f"Q{n}"], "R")
		self.assertEqual(api.genealogy("R", "backward")["units"], 1 + 4 + 40)
		self.assertLessEqual(count_statements(lambda: api.genealogy("R", "backward")), 4 + 2 * 2)
		self.assertEqual(api.genealogy("P000", "forward")["units"], 3)
		self.assertLessEqual(count_statements(lambda: api.genealogy("P000", "forward")), 4 + 2 * 2)

	def test_what_lies_elsewhere_is_counted_but_not_named_or_followed(self):
		self.receive(self.item, ["U", "P", "SECRET-U"])
		self.receive(self.item, ["SECRET-P"], warehouse=self.shop)
		line = row(self.item, 1, s_warehouse=self.shop, serial_no="SECRET-P", used_for="U")
		self.enter("Material Issue", line)
		self.transfer(self.item, "SECRET-U")
		self.build_in(["P"], "SECRET-U")
		self.restrict_storekeeper_to(self.stores)
		frappe.set_user(self.user)
		unit = api.genealogy("U", "backward")["unit"]
		self.assertEqual((unit["vouchers"], unit["hidden"]), ([], 1))
		(voucher,) = api.genealogy("P", "forward")["unit"]["vouchers"]
		self.assertEqual((voucher["units"], voucher["hidden"]), ([], 1))
		for tree in (unit, voucher):
			self.assertNotIn("SECRET", frappe.as_json(tree))
