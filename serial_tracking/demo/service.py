"""The service side of the demo company: contracts, visits and claims on what it sold, and its own tools."""

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, add_months, getdate

from serial_tracking.demo.company import CUSTOMERS, STORES, WORKSHOP, Company
from serial_tracking.serial_tracking.doctype.maintenance_schedule.maintenance_schedule import (
	make_maintenance_visit,
	make_renewal,
)
from serial_tracking.serial_tracking.doctype.warranty_claim.warranty_claim import (
	make_maintenance_visit as make_visit_of_claim,
)

TECHNICIAN = "technician@example.com"
LOGISTICS, CLINIC, LIBRARY, ENERGY, ARCHITECTS = range(5)  # places in CUSTOMERS

# contract: customer (None: own assets), day of the delivery whose units it covers, items, first day, months,
# periodicity, number of visits (0: as many as fit); days are days ago
CONTRACTS = {
	"power": (ENERGY, 300, ("UPS-1500",), 280, 12, "Quarterly", 0),
	"instruments": (CLINIC, 312, ("GAS-4",), 100, 12, "Monthly", 0),
	"network": (LIBRARY, 318, ("SWI-24", "AP-6"), 310, 12, "Half Yearly", 0),
	"office": (ARCHITECTS, 261, ("AP-6",), 250, 6, "Random", 3),
}
OVERDUE = "instruments"  # its latest visit was not made
RENEWED = "network"
WORK = {
	"power": "Load test, terminals cleaned, firmware checked",
	"instruments": "Calibrated with test gas, seals and filters checked",
	"network": "Configuration saved, firmware updated, fans cleaned",
	"office": "Coverage measured, channels set anew",
	"own": "Compared with the reference, sticker renewed",
}


class ServiceDesk:
	"""What planner and technician did; `company` says what was sold and lies where."""

	def __init__(self, company: Company):
		self.company, self.today = company, company.today

	def run(self):
		self.holiday_list = self.make_holiday_list()
		self.schedules = {name: self.contract(*terms) for name, terms in CONTRACTS.items()}
		self.schedules["own"] = self.contract_for_own_tools()
		for name, schedule in self.schedules.items():
			self.visit_as_planned(schedule, WORK[name], leave=1 if name == OVERDUE else 0)
		self.submit(make_renewal(self.schedules[RENEWED].name))
		self.repair_with_parts()
		self.take_claims()

	# ------------------------------------------------------------------ contracts

	def make_holiday_list(self) -> str:
		first, last = self.today.year - 1, self.today.year + 2
		name = f"Halden {first} to {last}"
		doc = frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": name,
				"from_date": f"{first}-01-01",
				"to_date": f"{last}-12-31",
				"country": "Germany",
			}
		)
		for day in ("Saturday", "Sunday"):
			doc.weekly_off = day
			doc.add_weekly_offs()
		doc.add_local_holidays()
		return doc.insert().name

	def contract(
		self,
		customer: int,
		delivered: int,
		items: tuple,
		first_day: int,
		months: int,
		periodicity: str,
		visits: int,
	) -> Document:
		start = add_days(self.today, -first_day)
		note = self.company.notes[delivered]
		rows = [
			self.row(row.item_code, row.serial_no, start, months, periodicity, visits)
			for row in note.items
			if row.item_code in items
		]
		return self.schedule(rows, customer=CUSTOMERS[customer][0], transaction_date=add_days(start, -7))

	def contract_for_own_tools(self) -> Document:
		"""What is in use at home is calibrated too."""
		numbers = self.company.units["THERM-IR", "storekeeper@example.com"]
		start = add_days(self.today, -120)
		rows = [self.row("THERM-IR", "\n".join(numbers), start, 24, "Half Yearly", 0)]
		return self.schedule(
			rows, transaction_date=start, remarks="Own measuring tools, calibrated by ourselves"
		)

	def row(self, item: str, numbers: str, start, months: int, periodicity: str, visits: int) -> dict:
		return {
			"item_code": item,
			"serial_no": numbers,
			"start_date": start,
			"end_date": add_days(add_months(start, months), -1),
			"periodicity": periodicity,
			"no_of_visits": visits,
			"service_person": TECHNICIAN,
		}

	def schedule(self, rows: list[dict], **values) -> Document:
		doc = {"doctype": "Maintenance Schedule", "holiday_list": self.holiday_list, "items": rows, **values}
		return self.submit(frappe.get_doc(doc))

	# ------------------------------------------------------------------ visits

	def visit_as_planned(self, schedule: Document, work: str, leave: int):
		"""Every visit that was due, on its day; the last `leave` of each row are still to be made."""
		for row in schedule.items:
			lines = [line for line in schedule.schedules if line.item_reference == row.name]
			due = [line for line in lines if getdate(line.scheduled_date) < self.today]
			for line in due[: len(due) - leave]:
				draft = make_maintenance_visit(schedule.name, detail=line.name)
				self.visit(draft, work, mntc_date=line.scheduled_date)

	def visit(self, draft: Document, work: str, complete: bool = True, **values) -> Document:
		draft.update({"mntc_time": "10:00:00", **values})
		for purpose in draft.purposes:
			purpose.update(
				{
					"work_done": work,
					"service_person": TECHNICIAN,
					"completion_status": "Fully Completed" if complete else "Partially Completed",
				}
			)
		return self.submit(draft)

	def repair_with_parts(self):
		"""A breakdown between the visits: the batteries of a power supply are replaced."""
		unit = self.sold(300, "UPS-1500")[1]
		batteries = self.company.take("BAT-UPS", WORKSHOP, 2)
		draft = frappe.get_doc(
			{
				"doctype": "Maintenance Visit",
				"customer": CUSTOMERS[ENERGY][0],
				"maintenance_type": "Breakdown",
				"purposes": [{"serial_no": unit, "description": "Beeps, and shuts down under load"}],
				"parts": [
					{
						"item_code": "BAT-UPS",
						"qty": 2,
						"warehouse": WORKSHOP,
						"serial_no": "\n".join(batteries),
						"used_for": unit,
					}
				],
			}
		)
		self.visit(
			draft, "Both battery modules replaced, runtime 14 minutes", mntc_date=add_days(self.today, -20)
		)

	# ------------------------------------------------------------------ claims

	def take_claims(self):
		"""One in each state, and one whose unit was replaced."""
		self.claim(self.sold(52, "AP-6")[0], 3, "Loses its connection every evening", raised_by="Nora Lind")
		waiting = self.claim(self.sold(97, "RTR-5G")[0], 16, "No signal since the storm")
		draft = make_visit_of_claim(waiting.name)
		self.visit(
			draft,
			"Antenna replaced, modem to be ordered",
			complete=False,
			mntc_date=add_days(self.today, -14),
		)
		repaired = self.claim(self.sold(181, "LAP-16")[0], 48, "Keys E and R stick")
		draft = make_visit_of_claim(repaired.name)
		self.visit(draft, "Keyboard replaced", mntc_date=add_days(self.today, -44))
		dropped = self.claim(self.sold(340, "DOCK-U4")[0], 33, "Second screen stays dark")
		dropped.update({"status": "Cancelled", "resolution_details": "It was the cable"})
		dropped.save()
		old = self.claim(
			self.sold(261, "AP-6")[0], 8, "Dead after a power cut"
		)  # out of warranty, contract ended
		old.update({"resolution_details": "Out of warranty; offered a new one at cost"})
		old.save()
		self.replace()

	def replace(self):
		from serial_tracking.api.claims import replace_unit

		claim = self.claim(self.sold(140, "LAP-14")[0], 6, "Does not start, board is dead")
		new = self.company.take("LAP-14", STORES, 1)[0]
		replace_unit(claim.name, new, return_warehouse=WORKSHOP, warehouse=STORES)

	def claim(self, unit: str, days_ago: int, complaint: str, raised_by: str | None = None) -> Document:
		return frappe.get_doc(
			{
				"doctype": "Warranty Claim",
				"serial_no": unit,
				"complaint_date": add_days(self.today, -days_ago),
				"complaint": complaint,
				"complaint_raised_by": raised_by,
			}
		).insert()

	# ------------------------------------------------------------------ how

	def sold(self, day: int, item: str) -> list[str]:
		"""Numbers of an item in the delivery of that many days ago."""
		return next(
			row.serial_no.split("\n") for row in self.company.notes[day].items if row.item_code == item
		)

	def submit(self, draft: Document) -> Document:
		return draft.insert().submit()
