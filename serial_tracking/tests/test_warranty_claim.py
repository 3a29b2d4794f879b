"""Warranty claims: what they say, who settles them, and the replacement of their unit (DOMAIN 8)."""

import frappe
from frappe.utils import formatdate, getdate

from serial_tracking import exceptions as exc
from serial_tracking.api.audit import repair
from serial_tracking.api.claims import replace_unit
from serial_tracking.api.serials import check, correct
from serial_tracking.serial_tracking.doctype.delivery_note import delivery_note
from serial_tracking.serial_tracking.doctype.sales_invoice import sales_invoice
from serial_tracking.serial_tracking.doctype.serial_no import serial_no as serial_no_module
from serial_tracking.serial_tracking.doctype.warranty_claim.warranty_claim import make_maintenance_visit
from serial_tracking.service import claims
from serial_tracking.stock import audit, holds
from serial_tracking.tests.factories import make, make_item, row, settings, voucher
from serial_tracking.tests.test_warranty import PERIOD, WarrantyTestCase


class ClaimTestCase(WarrantyTestCase):
	"""C1 and C2 were sold 90 days ago, FREE lies in the stores."""

	def setUp(self):
		super().setUp()
		self.receive(self.item, ["C1", "C2", "FREE", "FREE-2"], **self.at(-100))
		self.note = self.deliver(self.item, ["C1", "C2"], **self.at(-90))
		self.other = make("Customer", customer_name="Another Customer")

	def contract(self, serial_no, start, end, item=None):
		schedule = frappe.get_doc(
			{
				"doctype": "Maintenance Schedule",
				"customer": self.customer,
				"items": [
					{
						"item_code": item or self.item,
						"serial_no": serial_no,
						"start_date": str(self.day(start)),
						"end_date": str(self.day(end)),
						"periodicity": "Yearly",
						"no_of_visits": 1,
					}
				],
			}
		)
		return schedule.insert().submit()

	def visit(self, claim, completion_status="Fully Completed"):
		"""A submitted visit, without what else a visit does."""
		visit = frappe.get_doc(
			{
				"doctype": "Maintenance Visit",
				"warranty_claim": claim.name,
				"mntc_date": self.today,
				"completion_status": completion_status,
				"docstatus": 1,
			}
		)
		visit.set_new_name()
		visit.db_insert()
		previous = claims.visited(claim.name, completion_status, self.today, "Administrator", visit.name)
		visit.db_set("previous_claim_status", previous)
		claim.reload()
		return visit

	def cancel_visit(self, visit, claim):
		visit.db_set("docstatus", 2)
		claims.unvisited(claim.name, visit.previous_claim_status, visit.name)
		claim.reload()

	def be_restricted_to(self, warehouse):
		user = sales_user(f"{frappe.scrub(warehouse)}@claims.example.com")
		frappe.permissions.add_user_permission("Warehouse", warehouse, user)
		self.addCleanup(frappe.clear_cache, user=user)
		frappe.set_user(user)

	def set_status(self, claim, status, **values):
		claim.update({"status": status, **values}).save()

	def date(self, days):
		return formatdate(self.day(days))


class TestCoverage(ClaimTestCase):
	def test_it_takes_item_and_customer_from_its_unit(self):
		claim = self.claim("C1")
		self.assertEqual(
			(claim.item_code, claim.customer, claim.customer_name, claim.status),
			(self.item, self.customer, self.customer, "Open"),
		)

	def test_it_is_of_who_had_the_unit_on_the_complaint_date(self):
		self.take_back(self.note, "C1", warehouse=self.stores, **self.at(-60))
		voucher(
			"Delivery Note",
			[row(self.item, 1, warehouse=self.stores, serial_no="C1")],
			customer=self.other,
			**self.at(-30),
		)
		self.assertEqual(self.claim("C1", -70).customer, self.customer)
		self.assertEqual(self.claim("C1", -30).customer, self.other)
		self.assertEqual(self.claim("C1", -45).customer, self.other)  # nobody had it then: who has it now
		self.assertEqual(self.claim("C1", -70, customer=self.other).customer, self.other)  # as it was given

	def test_who_had_it_is_not_told_of_a_delivery_that_the_user_may_not_see(self):
		note = self.deliver(self.item, "FREE", **self.at(-60))
		back = self.take_back(note, "FREE", **self.at(-50))
		self.assertEqual(back.items[0].warehouse, self.shop)
		self.assertEqual(self.claim("FREE", -55).customer, self.customer)
		self.be_restricted_to(self.shop)
		self.assertIsNone(self.claim("FREE", -55).customer)

	def test_one_of_an_own_asset_has_no_customer(self):
		claim = self.claim("FREE")
		self.assertIsNone(claim.customer)
		self.assertEqual(claim.coverage, "No warranty and no contract recorded")
		self.assertFalse(claim.warranty_amc_status)

	def test_under_warranty(self):
		claim = self.claim("C1", -10)
		self.assertEqual(claim.coverage, f"Under warranty until {self.date(PERIOD - 90)}")
		self.assertEqual(claim.warranty_expiry_date, self.day(PERIOD - 90))
		self.assertEqual(claim.warranty_amc_status, "Under Warranty")

	def test_the_last_day_counts_and_the_next_is_out(self):
		frappe.db.set_value("Serial No", "C1", "warranty_expiry_date", self.day(-20))
		self.assertEqual(self.claim("C1", -20).coverage, f"Under warranty until {self.date(-20)}")
		claim = self.claim("C1", -19)
		self.assertEqual(claim.coverage, f"Out of warranty since {self.date(-20)}")
		self.assertEqual(claim.warranty_amc_status, "Out of Warranty")

	def test_under_contract_and_out_of_it(self):
		frappe.db.set_value("Serial No", "C1", "warranty_expiry_date", self.day(-60))
		schedule = self.contract("C1", -50, -20)
		claim = self.claim("C1", -30)
		self.assertEqual(
			claim.coverage,
			f"Out of warranty since {self.date(-60)}. Under contract {schedule.name} until {self.date(-20)}",
		)
		self.assertEqual(
			(claim.maintenance_schedule, claim.warranty_amc_status), (schedule.name, "Under AMC")
		)
		claim = self.claim("C1")
		self.assertEqual(
			claim.coverage,
			f"Out of warranty since {self.date(-60)}. Out of contract since {self.date(-20)}",
		)
		self.assertEqual(claim.warranty_amc_status, "Out of AMC")

	def test_a_contract_alone(self):
		item = make_item()
		self.receive(item, "K", **self.at(-100))
		self.deliver(item, "K", **self.at(-90))
		schedule = self.contract("K", -50, -20, item)
		self.assertEqual(
			self.claim("K", -30).coverage, f"Under contract {schedule.name} until {self.date(-20)}"
		)
		self.assertEqual(self.claim("K").coverage, f"Out of contract since {self.date(-20)}")

	def test_a_contract_typed_by_hand_has_no_schedule(self):
		item = make_item()
		self.receive(item, "K", **self.at(-100))
		self.unit("K").update({"amc_expiry_date": self.day(5)}).save()
		self.assertEqual(self.claim("K").coverage, f"Under contract until {self.date(5)}")

	def test_a_schedule_that_the_user_may_not_read_is_not_named(self):
		item = make_item()
		self.receive(item, "K", **self.at(-100))
		self.receive(item, "THEIRS", warehouse=self.shop, **self.at(-100))
		schedule = self.contract("K\nTHEIRS", -50, 20, item)
		self.be_restricted_to(self.stores)
		claim = self.claim("K")
		self.assertEqual(claim.coverage, f"Under contract until {self.date(20)}")
		self.assertFalse(claim.maintenance_schedule)
		self.assertNotIn(schedule.name, frappe.as_json(claim.as_dict()))

	def test_what_changed_since_is_seen_when_it_is_saved(self):
		claim = self.claim("C1")
		self.unit("C1").update({"warranty_expiry_date": self.day(-1)}).save()
		claim.save()
		self.assertEqual(claim.coverage, f"Out of warranty since {self.date(-1)}")
		claim.complaint_date = self.day(-2)
		claim.save()
		self.assertEqual(claim.coverage, f"Under warranty until {self.date(-1)}")

	def test_a_settled_claim_keeps_what_it_said(self):
		for status in ("Closed", "Cancelled"):
			claim = self.claim("C1", status=status)
			said = claim.coverage
			frappe.db.set_value("Serial No", "C1", "warranty_expiry_date", self.day(-1))
			claim.update({"resolution_details": "later", "coverage": "forged", "warranty_amc_status": ""})
			claim.save()
			self.assertEqual((claim.coverage, claim.warranty_amc_status), (said, "Under Warranty"))
			self.set_status(claim, "Open")
			self.assertEqual(claim.coverage, f"Out of warranty since {self.date(-1)}")
			frappe.db.set_value("Serial No", "C1", "warranty_expiry_date", self.day(PERIOD - 90))

	def test_what_is_derived_is_not_believed_of_whoever_writes_it(self):
		claim = self.claim("C1", coverage="forged", warranty_expiry_date=self.day(9000), item_code="forged")
		self.assertEqual((claim.item_code, claim.warranty_expiry_date), (self.item, self.day(PERIOD - 90)))

	def test_a_complaint_of_tomorrow_is_refused_and_one_of_today_is_not(self):
		self.assert_refused(exc.WarrantyClaimError, self.claim, "C1", 1, mentions=(self.date(1),))
		self.claim("C1", 0)

	def test_an_unknown_unit_or_customer(self):
		for values in ({"serial_no": "NEVER"}, {"serial_no": "C1", "customer": "Nobody"}):
			self.assert_refused(frappe.LinkValidationError, self.claim, **values)

	def test_what_is_no_document_is_refused(self):
		self.assert_refused(frappe.ValidationError, self.claim, "C1", complaint=["a"])


class TestStatus(ClaimTestCase):
	def test_closing_says_who_and_when(self):
		claim = self.claim("C1")
		self.set_status(claim, "Closed")
		self.assertEqual(claim.resolved_by, "Administrator")
		self.assertEqual(getdate(claim.resolution_date), self.today)
		self.set_status(claim, "Open")
		self.assertEqual((claim.resolved_by, claim.resolution_date), (None, None))
		self.set_status(claim, "Closed", resolved_by="Guest", resolution_date=self.day(-1))
		self.assertEqual((claim.resolved_by, getdate(claim.resolution_date)), ("Guest", self.day(-1)))

	def test_a_closed_claim_keeps_what_it_is_about(self):
		claim = self.claim("C1", status="Closed")
		for change in (
			{"serial_no": "C2"},
			{"customer": self.other},
			{"complaint_date": str(self.day(-3))},
		):
			doc = frappe.get_doc("Warranty Claim", claim.name).update(change)
			self.assert_refused(exc.WarrantyClaimError, doc.save, mentions=("Closed",))
		claim.update({"status": "Open", "serial_no": "C2"}).save()

	def test_another_unit_brings_its_own_customer(self):
		claim = self.claim("C1")
		voucher(
			"Delivery Note",
			[row(self.item, 1, warehouse=self.stores, serial_no="FREE")],
			customer=self.other,
		)
		claim.update({"serial_no": "FREE"}).save()
		self.assertEqual((claim.customer, claim.customer_name), (self.other, self.other))

	def test_it_is_cancelled_while_nothing_was_made_for_it(self):
		claim = self.claim("C1")
		self.set_status(claim, "Cancelled")
		self.set_status(claim, "Open")

	def test_a_submitted_visit_stands_against_cancelling_deleting_and_another_unit(self):
		claim = self.claim("C1")
		visit = self.visit(claim)
		for change in ({"status": "Cancelled"}, {"status": "Open", "serial_no": "C2"}):
			doc = frappe.get_doc("Warranty Claim", claim.name).update(change)
			self.assert_refused(exc.WarrantyClaimError, doc.save, mentions=(visit.name,))
		self.assert_refused(frappe.LinkExistsError, claim.delete, mentions=(visit.name,))
		self.cancel_visit(visit, claim)
		self.set_status(claim, "Cancelled")
		visit.delete()
		claim.delete()

	def test_a_replacement_stands_against_it_too(self):
		claim = self.claim("C1")
		made = replace_unit(claim.name, "FREE", self.shop)
		doc = frappe.get_doc("Warranty Claim", claim.name).update({"status": "Cancelled"})
		self.assert_refused(exc.WarrantyClaimError, doc.save, mentions=tuple(made.values()))
		doc = frappe.get_doc("Warranty Claim", claim.name).update({"customer": self.other})
		self.assert_refused(exc.WarrantyClaimError, doc.save, mentions=tuple(made.values()))
		self.assert_refused(frappe.LinkExistsError, claim.delete, mentions=tuple(made.values()))
		for name in (made["delivery_note"], made["return"]):
			frappe.get_doc("Delivery Note", name).cancel()
		claim.reload()
		self.set_status(claim, "Cancelled")

	def test_claims_are_not_merged(self):
		first, second = self.claim("C1"), self.claim("C2")
		self.assert_refused(
			exc.WarrantyClaimError, frappe.rename_doc, "Warranty Claim", first.name, second.name, merge=True
		)


class TestVisits(ClaimTestCase):
	"""What visits write on their claim, and what their cancelling gives back."""

	def test_a_visit_that_completes_the_work_closes_the_claim(self):
		claim = self.claim("C1")
		visit = self.visit(claim)
		self.assertEqual((claim.status, claim.resolved_by), ("Closed", "Administrator"))
		self.assertEqual(getdate(claim.resolution_date), self.today)
		self.cancel_visit(visit, claim)
		self.assertEqual((claim.status, claim.resolved_by, claim.resolution_date), ("Open", None, None))

	def test_one_that_does_not_leaves_it_in_progress(self):
		claim = self.claim("C1")
		visit = self.visit(claim, "Partially Completed")
		self.assertEqual((claim.status, claim.resolution_date), ("Work In Progress", None))
		self.cancel_visit(visit, claim)
		self.assertEqual(claim.status, "Open")

	def test_the_remaining_visits_decide_in_whatever_order_others_are_cancelled(self):
		for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
			claim = self.claim("C1")
			kinds = ("Partially Completed", "Fully Completed", "Partially Completed")
			visits = [self.visit(claim, kind) for kind in kinds]
			self.assertEqual(claim.status, "Closed")
			left = set(range(3))
			for n in order:
				self.cancel_visit(visits[n], claim)
				left.remove(n)
				expected = "Closed" if 1 in left else "Work In Progress" if left else "Open"
				self.assertEqual(claim.status, expected, (order, n))

	def test_a_status_that_somebody_has_set_since_stays(self):
		claim = self.claim("C1")
		visit = self.visit(claim)
		self.set_status(claim, "Work In Progress")
		self.cancel_visit(visit, claim)
		self.assertEqual(claim.status, "Work In Progress")
		first = self.visit(claim, "Partially Completed")
		self.set_status(claim, "Closed")
		second = self.visit(claim, "Partially Completed")
		self.assertEqual(claim.status, "Closed")
		for visit in (second, first):
			self.cancel_visit(visit, claim)
			self.assertEqual(claim.status, "Closed")

	def test_a_closed_claim_is_taken_up_again_by_a_visit_and_closed_again_without_it(self):
		claim = self.claim("C1", status="Closed")
		visit = self.visit(claim, "Partially Completed")
		self.assertEqual((claim.status, claim.resolution_date), ("Work In Progress", None))
		self.cancel_visit(visit, claim)
		self.assertEqual(claim.status, "Closed")
		self.assertTrue(claim.resolution_date)

	def test_without_the_name_of_the_visit_the_remaining_ones_decide(self):
		claim = self.claim("C1")
		first = claims.visited(claim.name, "Partially Completed", self.today, None)
		claims.unvisited(claim.name, first)
		claim.reload()
		self.assertEqual((first, claim.status), ("Open", "Open"))

	def test_an_open_form_is_told_to_reload(self):
		claim = self.claim("C1")
		stale = frappe.get_doc("Warranty Claim", claim.name)
		self.visit(claim)
		self.assert_refused(frappe.TimestampMismatchError, stale.save)

	def test_a_cancelled_claim_is_not_visited_nor_one_that_is_not_there(self):
		claim = self.claim("C1", status="Cancelled")
		self.assert_refused(
			exc.WarrantyClaimError, claims.visited, claim.name, "Fully Completed", self.today, None,
			mentions=(claim.name,),
		)  # fmt: skip
		self.assert_refused(frappe.LinkValidationError, claims.visited, "never", None, self.today, None)
		self.assert_refused(exc.WarrantyClaimError, make_maintenance_visit, claim.name)

	def test_a_draft_visit_of_a_claim(self):
		claim = self.claim("C1", status="Closed")
		draft = make_maintenance_visit(claim.name)
		self.assertEqual(
			(draft.maintenance_type, draft.customer, draft.warranty_claim, draft.mntc_date),
			("Breakdown", self.customer, claim.name, str(self.today)),
		)
		self.assertFalse(draft.maintenance_schedule)
		(line,) = draft.purposes
		self.assertEqual(
			(line.serial_no, line.item_code, line.description), ("C1", self.item, claim.complaint)
		)


class TestReplaceUnit(ClaimTestCase):
	def replace(self, claim, number="FREE", warehouse=None, **values):
		made = replace_unit(claim.name, number, self.shop, warehouse, **values)
		claim.reload()
		return made

	def test_one_comes_back_and_another_goes_out(self):
		claim = self.claim("C1")
		made = self.replace(claim)
		reason = f"Defective: Warranty Claim {claim.name}"
		self.assert_unit("C1", status="On Hold", warehouse=self.shop, hold_reason=reason, customer=None)
		self.assert_unit("FREE", status="Delivered", customer=self.customer, warehouse=None)
		self.assert_unit("C2", status="Delivered")
		self.assertEqual(
			(claim.status, claim.replacement_serial_no, claim.replacement_delivery_note),
			("Work In Progress", "FREE", made["delivery_note"]),
		)
		back = frappe.get_doc("Delivery Note", made["return"])
		self.assertEqual(
			(back.is_return, back.return_against, back.warranty_claim, back.items[0].dn_detail),
			(1, self.note.name, claim.name, self.note.items[0].name),
		)
		self.assert_audit_clean()

	def test_a_closed_claim_stays_closed(self):
		claim = self.claim("C1", status="Closed")
		self.replace(claim)
		self.assertEqual(claim.status, "Closed")

	def test_the_unit_comes_back_at_the_price_of_one_piece(self):
		item = (
			make_item(uoms=[{"uom": "Box", "conversion_factor": 2}]) if make("UOM", uom_name="Box") else None
		)
		self.receive(item, ["B1", "B2", "B3"])
		line = row(item, 1, uom="Box", rate=50, warehouse=self.stores, serial_no="B1\nB2")
		voucher("Delivery Note", [line], customer=self.customer)
		made = self.replace(self.claim("B1"), "B3")
		(back,) = frappe.get_doc("Delivery Note", made["return"]).items
		self.assertEqual((back.qty, back.conversion_factor, back.rate), (-1, 1, 25))

	def test_a_unit_sold_by_an_invoice_comes_back_by_one(self):
		line = row(self.item, 1, warehouse=self.stores, serial_no="FREE-2", rate=90)
		invoice = voucher("Sales Invoice", [line], customer=self.customer, update_stock=1)
		claim = self.claim("FREE-2")
		made = self.replace(claim)
		back = frappe.get_doc("Sales Invoice", made["return"])
		self.assertEqual(
			(back.is_return, back.update_stock, back.return_against, back.warranty_claim, back.total),
			(1, 1, invoice.name, claim.name, -90),
		)
		self.assert_unit("FREE-2", status="On Hold", warehouse=self.shop)
		self.assertEqual(claim.replacement_serial_no, "FREE")
		self.assert_refused(frappe.LinkExistsError, back.cancel, mentions=(made["delivery_note"],))
		frappe.get_doc("Delivery Note", made["delivery_note"]).cancel()
		frappe.get_doc("Sales Invoice", back.name).cancel()
		self.assert_unit("FREE-2", status="Delivered", delivery_document_no=invoice.name)
		self.assert_audit_clean()

	def test_another_item_is_taken_where_it_is_named(self):
		item = make_item(warranty_period=9)
		self.receive(item, "SUCCESSOR")
		claim = self.claim("C1")
		self.assert_refused(exc.SerialNoNotExistsError, self.replace, claim, "SUCCESSOR")
		self.replace(claim, "SUCCESSOR", item_code=item)
		self.assert_unit("SUCCESSOR", status="Delivered", warranty_expiry_date=self.day(PERIOD - 90))

	def test_of_two_bearers_of_a_number_the_one_of_the_item(self):
		settings(unique_serial_no_per_item=1)
		other = make_item()
		self.receive(other, "FREE")
		claim = self.claim("C1")
		self.replace(claim)
		self.assertEqual(claim.replacement_serial_no, "FREE")
		self.assertEqual(self.unit("FREE").item_code, self.item)

	def test_cancelling_goes_backwards_step_by_step(self):
		claim = self.claim("C1")
		made = self.replace(claim)
		note, back = (frappe.get_doc("Delivery Note", made[key]) for key in ("delivery_note", "return"))
		self.assert_refused(frappe.LinkExistsError, back.cancel, mentions=(note.name,))
		note.cancel()
		claim.reload()
		self.assertEqual((claim.replacement_serial_no, claim.replacement_delivery_note), (None, None))
		self.assert_audit_clean()
		back.reload()
		back.cancel()
		self.assert_unit("C1", status="Delivered", on_hold=0)
		made = self.replace(claim, "FREE-2")
		self.assertEqual(claim.replacement_serial_no, "FREE-2")
		self.assert_audit_clean()

	def test_what_cannot_be_replaced(self):
		self.receive(self.item, "STAYS")
		cancelled, replaced, never_out = (self.claim(n) for n in ("C1", "C2", "STAYS"))
		self.set_status(cancelled, "Cancelled")
		made = self.replace(replaced)
		for claim, words in (
			(cancelled, "cancelled"),
			(replaced, made["delivery_note"]),
			(never_out, "not with a customer"),
			(self.claim("C1", customer=self.other), self.other),
		):
			self.assert_refused(
				exc.WarrantyClaimError, replace_unit, claim.name, "FREE-2", self.shop, mentions=(words,)
			)

	def test_a_unit_that_is_back_already(self):
		claim = self.claim("C1")
		self.take_back(self.note, "C1")
		self.assert_refused(
			exc.WarrantyClaimError, replace_unit, claim.name, "FREE", self.shop, mentions=("Available",)
		)

	def test_only_an_available_unit_replaces_another(self):
		claim = self.claim("C1")
		for number, exception in (
			("C2", exc.SerialNoWarehouseError),  # out
			("C1", exc.SerialNoWarehouseError),  # itself
			("NEVER", exc.SerialNoNotExistsError),
		):
			self.assert_refused(exception, replace_unit, claim.name, number, self.shop)
		holds.hold(["FREE"], "dented")
		self.assert_refused(exc.SerialNoNotAvailableError, replace_unit, claim.name, "FREE", self.shop)
		self.assert_refused(
			exc.SerialNoWarehouseError, replace_unit, claim.name, "FREE-2", self.shop, self.shop
		)
		self.replace(claim, "FREE-2", self.stores)

	def test_what_it_takes(self):
		claim = self.claim("C1")
		users = (
			sales_user("maintains@claims.example.com", "Maintenance User"),
			sales_user("s@claims.example.com"),
		)
		frappe.set_user(users[0])
		self.assert_refused(frappe.PermissionError, replace_unit, claim.name, "FREE", self.shop)
		frappe.set_user(users[1])
		self.replace(claim)

	def test_the_replacement_is_not_written_by_hand(self):
		claim = self.claim("C1")
		for change in ({"replacement_serial_no": "FREE"}, {"replacement_delivery_note": self.note.name}):
			doc = frappe.get_doc("Warranty Claim", claim.name).update(change)
			self.assert_refused(exc.WarrantyClaimError, doc.save, mentions=("Replace Unit",))
			self.assert_refused(exc.WarrantyClaimError, self.claim, "C2", **change)

	def test_a_corrected_number_is_followed(self):
		claim = self.claim("C1")
		self.replace(claim)
		correct("C1", "C-ONE", "mistyped")
		correct("FREE", "FREE-ONE", "mistyped")
		claim.reload()
		self.assertEqual((claim.serial_no, claim.replacement_serial_no), ("C-ONE", "FREE-ONE"))
		self.assert_audit_clean()
		frappe.get_doc("Delivery Note", claim.replacement_delivery_note).cancel()
		claim.reload()
		self.assertIsNone(claim.replacement_serial_no)

	def test_the_audit_knows_what_a_claim_says_of_its_replacement(self):
		claim = self.claim("C1")
		made = self.replace(claim)
		claim.db_set({"replacement_serial_no": "FREE-2", "replacement_delivery_note": None})
		self.claim("C2").db_set("replacement_serial_no", "FREE-2")  # without a note: found by neither
		found = {(d["name"], d["field"], d["derived"]) for d in audit.audit(self.item)}
		self.assertEqual(
			found,
			{
				(claim.name, "replacement_serial_no", "FREE"),
				(claim.name, "replacement_delivery_note", made["delivery_note"]),
			},
		)
		repair(self.item)
		claim.reload()
		self.assertEqual(
			(claim.replacement_serial_no, claim.replacement_delivery_note), ("FREE", made["delivery_note"])
		)


class TestVouchersOfAClaim(ClaimTestCase):
	"""Vouchers that name a claim, made by hand, as over REST."""

	def deliver_for(self, claim, number="FREE", *, more=(), customer=None, submit=True, **values):
		lines = [row(self.item, 1, warehouse=self.stores, serial_no=number), *more]
		return voucher(
			"Delivery Note",
			lines,
			submit,
			customer=customer or self.customer,
			warranty_claim=claim.name,
			**values,
		)

	def return_for(self, claim, *numbers):
		return self.take_back(self.note, *numbers, warranty_claim=claim.name)

	def test_a_delivery_for_a_unit_that_did_not_come_back(self):
		claim = self.claim("C1")
		self.assert_refused(exc.WarrantyClaimError, self.deliver_for, claim, mentions=("C1", "Replace Unit"))
		self.take_back(self.note, "C1")  # for no claim
		self.assert_refused(exc.WarrantyClaimError, self.deliver_for, claim)

	def test_by_hand_in_two_steps(self):
		claim = self.claim("C1")
		self.return_for(claim, "C1")
		self.assert_unit("C1", status="On Hold")
		counted = make_item(has_serial_no=0)
		self.receive(counted, qty=5)
		note = self.deliver_for(claim, more=[row(counted, 2, warehouse=self.stores)])
		claim.reload()
		self.assertEqual((claim.replacement_delivery_note, claim.replacement_serial_no), (note.name, "FREE"))
		self.assertEqual(self.warranty("FREE"), self.day(PERIOD - 90))
		self.assert_refused(exc.WarrantyClaimError, self.deliver_for, claim, "FREE-2", mentions=(note.name,))
		self.assert_audit_clean()

	def test_no_warranty_is_carried_to_more_units_nor_to_another_customer(self):
		claim = self.claim("C1")
		self.return_for(claim, "C1")
		more = [row(self.item, 1, warehouse=self.stores, serial_no="FREE-2")]
		self.assert_refused(exc.WarrantyClaimError, self.deliver_for, claim, more=more)
		self.assert_refused(
			exc.WarrantyClaimError, self.deliver_for, claim, customer=self.other, mentions=(self.other,)
		)

	def test_a_unit_does_not_replace_itself(self):
		claim = self.claim("C1")
		self.take_back(self.note, "C1", warehouse=self.stores, warranty_claim=claim.name)
		holds.release(["C1"])
		self.assert_refused(exc.WarrantyClaimError, self.deliver_for, claim, "C1", mentions=("C1",))

	def test_a_return_brings_back_the_unit_of_its_claim_and_no_other(self):
		claim = self.claim("C1")
		for numbers in (("C2",), ("C1", "C2")):
			self.assert_refused(exc.WarrantyClaimError, self.return_for, claim, *numbers)
		other = self.claim("C1", customer=self.other)
		self.assert_refused(exc.WarrantyClaimError, self.return_for, other, "C1")
		self.return_for(claim, "C1")

	def test_nothing_is_posted_for_a_cancelled_claim(self):
		claim = self.claim("C1")
		draft = self.deliver_for(claim, submit=False)
		self.set_status(claim, "Cancelled")
		self.assert_refused(exc.WarrantyClaimError, draft.submit, mentions=("cancelled",))
		self.assert_refused(exc.WarrantyClaimError, self.return_for, claim, "C1")

	def test_an_invoice_delivers_nothing_for_a_claim(self):
		claim = self.claim("C1")
		line = row(self.item, 1, warehouse=self.stores, serial_no="FREE")
		for update_stock in (0, 1):
			self.assert_refused(
				exc.WarrantyClaimError, voucher, "Sales Invoice", [line], customer=self.customer,
				update_stock=update_stock, warranty_claim=claim.name,
			)  # fmt: skip

	def test_who_may_not_write_the_claim_posts_nothing_for_it(self):
		claim = self.claim("C1")
		self.receive(self.item, "MINE", warehouse=self.shop)
		line = row(self.item, 1, warehouse=self.shop, serial_no="MINE")
		values = {"customer": self.customer, "warranty_claim": claim.name}
		draft = voucher("Delivery Note", [line], submit=False, **values)
		self.be_restricted_to(self.shop)
		self.assert_refused(frappe.PermissionError, voucher, "Delivery Note", [line], **values)
		self.assert_refused(frappe.PermissionError, frappe.get_doc("Delivery Note", draft.name).submit)
		frappe.set_user("Administrator")
		self.return_for(claim, "C1")  # into the shop: now it is theirs
		self.be_restricted_to(self.shop)
		frappe.get_doc("Delivery Note", draft.name).submit()
		self.assert_unit("MINE", status="Delivered", warranty_expiry_date=self.day(PERIOD - 90))

	def test_the_check_tells_of_it(self):
		claim = self.claim("C1")
		draft = self.deliver_for(claim, submit=False)
		(problem,) = check(draft.as_dict())
		self.assertEqual(problem["exception"], "WarrantyClaimError")
		self.return_for(claim, "C1")
		self.assertEqual(check(draft.as_dict()), [])

	def test_what_is_proposed_of_it_is_for_no_claim(self):
		claim = self.claim("C1")
		made = replace_unit(claim.name, "FREE", self.shop)
		self.assertFalse(delivery_note.make_sales_return(made["delivery_note"]).warranty_claim)
		note = frappe.get_doc("Delivery Note", made["delivery_note"])
		self.assertFalse(frappe.copy_doc(note, ignore_no_copy=False).warranty_claim)


class TestDrafts(ClaimTestCase):
	"""Claims that units, deliveries and invoices propose."""

	def test_of_a_unit(self):
		draft = serial_no_module.make_warranty_claim("C1")
		self.assertEqual(
			(draft.serial_no, draft.customer, draft.status, draft.warranty_amc_status),
			("C1", self.customer, "Open", "Under Warranty"),
		)
		self.assertTrue(draft.is_new())
		draft.complaint = "broken"
		draft.insert()

	def test_of_a_unit_on_the_day_that_a_form_says(self):
		target = {"doctype": "Warranty Claim", "complaint_date": str(self.day(-95)), "coverage": "forged"}
		draft = serial_no_module.make_warranty_claim("C1", target)
		self.assertEqual(draft.coverage, "No warranty and no contract recorded")
		self.assertEqual(draft.complaint_date, self.day(-95))
		for wrong in ("[]", "{", {"complaint": ["a"]}):
			self.assert_refused(frappe.ValidationError, serial_no_module.make_warranty_claim, "C1", wrong)
		draft = serial_no_module.make_warranty_claim("C1", {"doctype": "User"})
		self.assertEqual(draft.doctype, "Warranty Claim")

	def test_the_form_offers_a_replacement_while_the_unit_is_with_its_customer(self):
		def offers(claim):
			doc = frappe.get_doc("Warranty Claim", claim.name)
			doc.run_method("onload")
			return doc.get_onload("may_be_replaced")

		claim = self.claim("C1")
		self.assertTrue(offers(claim))
		self.assertFalse(offers(self.claim("FREE")))
		self.assertFalse(offers(self.claim("C1", customer=self.other)))
		self.assertFalse(offers(self.claim("C1", status="Cancelled")))
		replace_unit(claim.name, "FREE", self.shop)
		self.assertFalse(offers(claim))

	def test_of_a_delivery_of_several_units_one_must_be_named(self):
		make_claim = delivery_note.make_warranty_claim
		self.assert_refused(exc.WarrantyClaimError, make_claim, self.note.name, mentions=("2",))
		self.assertEqual(make_claim(self.note.name, serial_no=" C2 ").serial_no, "C2")
		self.assert_refused(
			exc.WarrantyClaimError, make_claim, self.note.name, serial_no="FREE", mentions=("FREE",)
		)

	def test_of_a_delivery_of_one_unit_or_of_none(self):
		make_claim = delivery_note.make_warranty_claim
		self.assertEqual(make_claim(self.deliver(self.item, "FREE").name).serial_no, "FREE")
		counted = make_item(has_serial_no=0)
		self.receive(counted, qty=1)
		self.assert_refused(exc.WarrantyClaimError, make_claim, self.deliver(counted, qty=1).name)

	def test_of_no_draft_and_no_return(self):
		make_claim = delivery_note.make_warranty_claim
		for note in (self.deliver(self.item, "FREE", submit=False), self.take_back(self.note, "C1")):
			self.assert_refused(exc.WarrantyClaimError, make_claim, note.name, mentions=(note.name,))

	def test_of_an_invoice_that_delivers_and_of_one_that_does_not(self):
		line = row(self.item, 1, warehouse=self.stores, serial_no="FREE")
		delivers = voucher("Sales Invoice", [line], customer=self.customer, update_stock=1)
		invoices = delivery_note.make_sales_invoice(self.note.name).insert().submit()
		make_claim = sales_invoice.make_warranty_claim
		self.assertEqual(make_claim(delivers.name).serial_no, "FREE")
		self.assertEqual(make_claim(invoices.name, serial_no="C1").serial_no, "C1")
		self.assert_refused(exc.WarrantyClaimError, make_claim, invoices.name, serial_no="FREE")


def sales_user(name, role="Sales User"):
	if not frappe.db.exists("User", name):
		user = frappe.get_doc({"doctype": "User", "email": name, "first_name": name, "send_welcome_email": 0})
		user.append_roles(role)
		user.flags.no_welcome_mail = True
		user.insert()
	return name
