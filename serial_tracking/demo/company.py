"""The stock of the demo company: what it bought, moved, used and sold over the past year."""

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate, now_datetime

from serial_tracking.install import ROOT_ITEM_GROUP
from serial_tracking.serial_tracking.doctype.delivery_note.delivery_note import (
	make_sales_invoice,
	make_sales_return,
)
from serial_tracking.serial_tracking.doctype.purchase_receipt.purchase_receipt import make_purchase_return
from serial_tracking.stock import holds

STORES, SHOP, WORKSHOP, REJECTS = "Central Stores", "Shop", "Service Workshop", "Rejected Goods"

# email, password, full name, roles
USERS = (
	("storekeeper@example.com", "storekeeper", "Sam Storekeeper", ["Stock User"]),
	("manager@example.com", "manager", "Mara Manager", ["Stock Manager", "Stock User"]),
	("planner@example.com", "planner", "Piet Planner", ["Maintenance Manager"]),
	("technician@example.com", "technician", "Tess Technician", ["Maintenance User"]),
)

# who logs in on the website for a customer: email, password, full name, customer
PORTAL_USERS = (("customer@example.com", "customer", "Clara Customer", "Brightwater Clinic"),)

SUPPLIERS = (
	("Kestrel Distribution", "orders@kestrel.example.com", "+49 30 5550110"),
	("Nordlicht Components", "sales@nordlicht.example.com", "+45 55501220"),
	("Voltera Power Supply", "desk@voltera.example.com", "+31 20 5550133"),
	("Meridian Instruments", "office@meridian.example.com", "+44 20 55500144"),
)
CUSTOMERS = (
	("Albrecht Logistics", "it@albrecht.example.com", "+49 40 5550210"),
	("Brightwater Clinic", "purchasing@brightwater.example.com", "+44 161 5550221"),
	("City Library Halden", "library@halden.example.com", "+47 55502300"),
	("Fjord Energy", "supply@fjord.example.com", "+47 55502411"),
	("Okonkwo Architects", "office@okonkwo.example.com", "+234 1 5550255"),
	("Sunrise Bakery", "hello@sunrise.example.com", "+49 89 5550266"),
)
BRANDS = ("Halyard", "Kestrel", "Lumen", "Meridian", "Voltera")

COMPUTERS, NETWORK, POWER, INSTRUMENTS = "Computers", "Network", "Power", "Instruments"
# code, name, group, brand, series, warranty in days, shelf life in days, GTIN
SERIALISED = (
	("LAP-14", "Laptop 14 inch, 16 GB", COMPUTERS, "Kestrel", "LAP14-.YYYY.-.#####", 730, 0, "4012345000375"),
	("LAP-16", "Laptop 16 inch, 32 GB", COMPUTERS, "Kestrel", "LAP16-.YYYY.-.#####", 730, 0, "4012345000740"),
	("TAB-10", "Rugged tablet 10 inch", COMPUTERS, "Kestrel", "TAB-.YY..MM.-.####", 365, 0, "4012345001112"),
	("MON-27", "Monitor 27 inch", COMPUTERS, "Halyard", "MON27.######", 1095, 0, "4012345001488"),
	("DOCK-U4", "Docking station USB4", COMPUTERS, "Halyard", "DU4-.#####", 365, 0, None),
	("RTR-5G", "Router 5G", NETWORK, "Lumen", "R5G-.YYYY.-.####", 365, 0, "5701234001850"),
	("SWI-24", "Switch 24 ports, PoE", NETWORK, "Lumen", "SW24.#####", 730, 0, "5701234002222"),
	("AP-6", "Access point Wi-Fi 6", NETWORK, "Lumen", "AP6.#####", 180, 0, None),
	("FW-10", "Firewall appliance", NETWORK, "Lumen", None, 365, 0, None),
	("NAS-4", "Storage server, 4 disks", NETWORK, "Halyard", "NAS-.YYYY.-.###", 730, 0, None),
	("SSD-2T", "Solid state disk 2 TB", NETWORK, "Halyard", "SSD2T.######", 0, 0, "5701234002598"),
	("UPS-1500", "Uninterruptible power supply 1500 VA", POWER, "Voltera", None, 365, 0, "8712345002961"),
	("BAT-UPS", "UPS battery module", POWER, "Voltera", "BU-.YYYY.-.WW.-.####", 180, 180, "8712345003333"),
	("BAT-LI", "Lithium battery pack", POWER, "Voltera", "BL.######", 180, 270, None),
	("PSU-650", "Power supply unit 650 W", POWER, "Voltera", "PSU.#####", 365, 0, None),
	("THERM-IR", "Infrared thermometer", INSTRUMENTS, "Meridian", "TIR-.#####", 365, 0, None),
	("GAS-4", "Gas detector, 4 gases", INSTRUMENTS, "Meridian", None, 365, 0, "5012345003702"),
	("SENS-O2", "Oxygen sensor", INSTRUMENTS, "Meridian", "O2-.YY.-.#####", 90, 120, None),
)  # fmt: skip
AGEING = {row[0] for row in SERIALISED if row[6]}
CABLE, TIES = "CAB-C6", "TIE-200"

# days ago, supplier, warehouse, rows of (item, quantity, rate, serial nos: blank where the series makes them)
RECEIPTS = (
	(350, 0, STORES, [("LAP-14", 18, 820, None), ("MON-27", 16, 265, None), ("DOCK-U4", 12, 140, None)]),
	(341, 1, STORES, [("RTR-5G", 10, 310, None), ("SWI-24", 12, 540, None), ("AP-6", 24, 118, None)]),
	(330, 2, STORES, [("UPS-1500", 8, 390, "VU15-20417..VU15-20424"), ("BAT-UPS", 18, 74, None)]),
	(322, 3, STORES, [("THERM-IR", 10, 88, None), ("GAS-4", 8, 610, "MGD4/7710 +7"), ("SENS-O2", 14, 46, None)]),
	(240, 1, STORES, [("SSD-2T", 24, 132, None), ("FW-10", 5, 890, "LF10.A91C, LF10.A91D, LF10.A92F, LF10.B003, LF10.B00E")]),
	(232, 2, STORES, [("PSU-650", 10, 79, None), ("BAT-LI", 12, 58, None)]),
	(196, 0, STORES, [("LAP-16", 12, 1240, None), ("TAB-10", 10, 495, None), ("MON-27", 8, 259, None)]),
	(110, 1, STORES, [("AP-6", 16, 121, None), ("RTR-5G", 6, 305, None)]),
	(74, 2, STORES, [("BAT-UPS", 10, 76, None), ("UPS-1500", 6, 402, "VU15-31180..VU15-31185")]),
	(38, 3, STORES, [("SENS-O2", 10, 47, None), ("GAS-4", 4, 622, "MGD4/9003 +3")]),
	(21, 0, STORES, [("LAP-14", 12, 799, None), ("DOCK-U4", 8, 138, None)]),
	(6, 1, STORES, [("SWI-24", 6, 528, None), ("SSD-2T", 8, 127, None)]),
)  # fmt: skip
# days ago, source, target, rows of (item, quantity)
TRANSFERS = (
	(344, STORES, SHOP, [("LAP-14", 8), ("MON-27", 8), ("DOCK-U4", 6)]),
	(336, STORES, SHOP, [("AP-6", 10), ("RTR-5G", 4)]),
	(226, STORES, WORKSHOP, [("SSD-2T", 16), ("PSU-650", 6)]),
	(190, STORES, SHOP, [("LAP-16", 5), ("TAB-10", 6)]),
	(60, STORES, WORKSHOP, [("BAT-UPS", 6), ("GAS-4", 2)]),
	(14, STORES, SHOP, [("LAP-14", 6), ("DOCK-U4", 4)]),
)
# days ago, customer, warehouse, rows of (item, quantity, rate)
DELIVERIES = (
	(340, 0, SHOP, [("LAP-14", 5, 1090), ("MON-27", 5, 349), ("DOCK-U4", 4, 199)]),
	(318, 2, STORES, [("SWI-24", 4, 749), ("AP-6", 8, 169)]),
	(312, 1, STORES, [("THERM-IR", 4, 129), ("GAS-4", 3, 840), ("SENS-O2", 4, 69)]),
	(300, 3, STORES, [("UPS-1500", 4, 549), ("BAT-UPS", 8, 109)]),
	(261, 4, SHOP, [("LAP-14", 2, 1090), ("AP-6", 5, 175)]),
	(228, 3, STORES, [("FW-10", 2, 1190), ("RTR-5G", 3, 429), ("BAT-LI", 4, 89)]),
	(181, 1, SHOP, [("TAB-10", 4, 689), ("LAP-16", 3, 1590)]),
	(140, 4, STORES, [("MON-27", 6, 345), ("LAP-14", 3, 1090)]),
	(97, 5, SHOP, [("RTR-5G", 2, 435), ("LAP-16", 1, 1590)]),
	(80, 0, WORKSHOP, [("NAS-4", 1, 1690)]),
	(52, 2, STORES, [("AP-6", 8, 165), ("UPS-1500", 2, 559)]),
	(30, 3, STORES, [("GAS-4", 2, 860), ("SENS-O2", 4, 72), ("BAT-UPS", 2, 112)]),
	(9, 5, SHOP, [("LAP-14", 2, 1050), ("DOCK-U4", 2, 195)]),
	(2, 1, STORES, [("LAP-14", 2, 1050), ("SWI-24", 2, 739)]),
)
# delivered on these days ago, and invoiced the day after; the later ones are still to be invoiced
INVOICED = (340, 318, 312, 300, 261, 228, 181, 140, 97, 80, 52)
# sold over the counter, by an invoice that moves the goods: days ago, customer, warehouse, rows
COUNTER_SALES = (
	(17, 5, SHOP, [("MON-27", 1, 345), ("DOCK-U4", 1, 199)]),
	(4, 2, SHOP, [("AP-6", 2, 172)]),
)
# what customers sent back: days ago, when it was delivered, item, quantity, remark
TAKEN_BACK = (
	(24, 30, "GAS-4", 1, "Ordered one too many"),
	(5, 9, "DOCK-U4", 1, "Does not fit the customer's laptops"),
)
# storage servers built in the workshop, each of four disks and a power supply: days ago, how many
BUILDS = ((120, 2), (45, 1))
# days ago, warehouse, item, quantity, remark
ISSUES = (
	(150, STORES, "PSU-650", 1, "Taken for the repair of our own server"),
	(66, WORKSHOP, "SSD-2T", 1, "Worn out on the test bench"),
	(25, STORES, "THERM-IR", 1, "Destroyed in a drop test for Meridian"),
)
# taken for own use: days ago, item, quantity, custodian, location
USED = (
	(128, "TAB-10", 2, "manager@example.com", "Service van 2"),
	(126, "THERM-IR", 3, "storekeeper@example.com", "Goods-in bench"),
)
GIVEN_BACK = ((49, "THERM-IR", 1),)  # days ago, item, quantity
# warehouse, item, quantity, reason
HOLDS = (
	(STORES, "MON-27", 2, "Cartons crushed on arrival, to be inspected"),
	(STORES, "TAB-10", 1, "Touch screen does not answer, sent for diagnosis"),
	(STORES, "LAP-14", 2, "Maker's notice 2211: battery check before sale"),
	(STORES, "BAT-UPS", 1, "Terminal corroded"),
)


class Company:
	"""What the demo company did, day by day, and which unit lies where while it does it."""

	def __init__(self):
		self.today = getdate(now_datetime())
		# numbers by item and warehouse (or custodian), oldest first
		self.units: dict[tuple[str, str], list[str]] = {}
		self.notes: dict[int, Document] = {}  # deliveries by their day

	def run(self):
		work = [
			*((day, 0, self.receive, rest) for day, *rest in RECEIPTS),
			*((day, 1, self.transfer, rest) for day, *rest in TRANSFERS),
			*((day, 2, self.build, rest) for day, *rest in BUILDS),
			*((day, 3, self.issue, rest) for day, *rest in ISSUES),
			*((day, 4, self.deliver, [day, *rest]) for day, *rest in DELIVERIES),
			*((day - 1, 5, self.invoice, [day]) for day in INVOICED),
			*((day, 5, self.sell, rest) for day, *rest in COUNTER_SALES),
			*((day, 5, self.take_back, rest) for day, *rest in TAKEN_BACK),
			*((day, 3, self.use, rest) for day, *rest in USED),
			*((day, 3, self.give_back, rest) for day, *rest in GIVEN_BACK),
			(345, 0, self.receive_small_parts, []),
			(18, 0, self.receive_and_reject, []),
			(15, 3, self.send_rejects_back, []),
			(13, 0, self.receive_scanned, []),
			(12, 0, self.receive_in_error, []),
		]
		for day, hour, act, arguments in sorted(work, key=lambda step: (-step[0], step[1])):
			self.date(day, hour)
			act(*arguments)
		self.enter_late()
		self.hold()
		self.announce()
		self.leave_drafts()

	def date(self, days_ago: int, hour: int):
		"""What is posted from now on is posted then."""
		self.posting = {
			"posting_date": add_days(self.today, -days_ago),
			"posting_time": f"{9 + hour:02d}:{days_ago % 60:02d}:00",
			"set_posting_time": 1,
		}

	# ------------------------------------------------------------------ what comes in

	def receive(self, supplier: int, warehouse: str, rows: list):
		doc = self.voucher(
			"Purchase Receipt",
			[
				{"item_code": item, "qty": qty, "rate": rate, "warehouse": warehouse, "serial_no": serial_no}
				for item, qty, rate, serial_no in rows
			],
			supplier=SUPPLIERS[supplier][0],
			supplier_delivery_note=f"LS-{4000 + len(self.units) * 7}",
		)
		for row in doc.items:
			self.put(row.item_code, warehouse, row.serial_no)

	def receive_small_parts(self):
		rows = [
			{"item_code": CABLE, "qty": 305, "rate": 0.6, "warehouse": STORES},
			{"item_code": TIES, "qty": 40, "uom": "Box", "rate": 6.5, "warehouse": STORES},
		]
		self.voucher("Purchase Receipt", rows, supplier=SUPPLIERS[1][0])

	def receive_and_reject(self):
		"""A pallet that fell over: part of it is rejected on arrival."""
		rows = [
			{
				"item_code": item, "received_qty": accepted + rejected, "qty": accepted, "rejected_qty": rejected,
				"rate": rate, "warehouse": STORES, "rejected_warehouse": REJECTS,
			}
			for item, accepted, rejected, rate in (("TAB-10", 5, 3, 488), ("MON-27", 4, 2, 255))
		]  # fmt: skip
		doc = self.voucher(
			"Purchase Receipt", rows, supplier=SUPPLIERS[0][0], supplier_delivery_note="LS-4711"
		)
		for row in doc.items:
			self.put(row.item_code, STORES, row.serial_no)
		self.damaged = doc

	def send_rejects_back(self):
		"""The tablets among the rejects; the supplier still wants to look at the monitors."""
		draft = make_purchase_return(self.damaged.name)
		draft.items = [row for row in draft.items if (row.item_code, row.warehouse) == ("TAB-10", REJECTS)]
		self.submit(draft, remarks="Housing broken in transport")

	def receive_scanned(self):
		"""GS1 codes as a scanner types them: the makers' numbers, and the day on which each battery expires."""
		gtin = next(row[-1] for row in SERIALISED if row[0] == "BAT-UPS").zfill(14)
		codes = [
			f"(01){gtin}(17){add_days(self.today, days):%y%m%d}(21)V8-{90210 + days}"
			for days in (20, 75, 150)
		]
		row = {
			"item_code": "BAT-UPS",
			"qty": 3,
			"rate": 77,
			"warehouse": STORES,
			"serial_no": "\n".join(codes),
		}
		doc = self.voucher("Purchase Receipt", [row], supplier=SUPPLIERS[2][0])
		self.put("BAT-UPS", STORES, doc.items[0].serial_no)

	def receive_in_error(self):
		"""A receipt booked twice and cancelled: its units stay on record, Inactive."""
		row = {
			"item_code": "FW-10",
			"qty": 3,
			"rate": 890,
			"warehouse": STORES,
			"serial_no": "LF10.C110..LF10.C112",
		}
		self.voucher("Purchase Receipt", [row], supplier=SUPPLIERS[1][0], remarks="Booked twice").cancel()

	def announce(self):
		"""Units that are known before they come: records made by hand."""
		for number in ("LF10.D200", "LF10.D201"):
			frappe.get_doc({"doctype": "Serial No", "item_code": "FW-10", "serial_no": number}).insert()

	# ------------------------------------------------------------------ what moves

	def transfer(self, source: str, target: str, rows: list):
		taken = [(item, self.take(item, source, qty)) for item, qty in rows]
		self.stock_entry(
			"Material Transfer",
			[self.row(item, numbers, s_warehouse=source, t_warehouse=target) for item, numbers in taken],
		)
		for item, numbers in taken:
			self.put(item, target, numbers)

	def build(self, servers: int):
		"""Storage servers from disks and power supplies; cables are cut to length."""
		disks = self.take("SSD-2T", WORKSHOP, 4 * servers)
		supplies = self.take("PSU-650", WORKSHOP, servers)
		doc = self.stock_entry(
			"Manufacture",
			[
				self.row("SSD-2T", disks, s_warehouse=WORKSHOP),
				self.row("PSU-650", supplies, s_warehouse=WORKSHOP),
				{"item_code": CABLE, "qty": 1.5 * servers, "s_warehouse": STORES},
				{"item_code": "NAS-4", "qty": servers, "t_warehouse": WORKSHOP, "basic_rate": 720},
			],
		)
		self.put("NAS-4", WORKSHOP, doc.items[-1].serial_no)

	def issue(self, warehouse: str, item: str, qty: int, remarks: str):
		numbers = self.take(item, warehouse, qty)
		self.stock_entry("Material Issue", [self.row(item, numbers, s_warehouse=warehouse)], remarks=remarks)

	def use(self, item: str, qty: int, custodian: str, location: str):
		numbers = self.take(item, STORES, qty)
		rows = [self.row(item, numbers, s_warehouse=STORES)]
		self.stock_entry("Issue for Use", rows, custodian=custodian, location=location)
		self.put(item, custodian, numbers)

	def give_back(self, item: str, qty: int):
		custodian = next(custodian for _day, used, _qty, custodian, _place in USED if used == item)
		numbers = self.take(item, custodian, qty)
		self.stock_entry("Return from Use", [self.row(item, numbers, t_warehouse=STORES)])
		self.put(item, STORES, numbers)

	def enter_late(self):
		"""Slips found in a drawer: posted for the day on them, long after what came later."""
		self.date(40, 2)
		self.transfer(STORES, SHOP, [("MON-27", 2)])
		self.date(60, 3)
		row = {"item_code": CABLE, "qty": 24, "s_warehouse": STORES}
		self.stock_entry("Material Issue", [row], remarks="Cabling of the shop, slip found later")

	# ------------------------------------------------------------------ what goes out

	def deliver(self, day: int, customer: int, warehouse: str, rows: list):
		self.notes[day] = self.voucher(
			"Delivery Note",
			self.sold(warehouse, rows),
			customer=CUSTOMERS[customer][0],
			po_no=f"PO-{7000 + 13 * customer + len(rows)}",
		)

	def invoice(self, day: int):
		self.submit(make_sales_invoice(self.notes[day].name))

	def sell(self, customer: int, warehouse: str, rows: list):
		values = {"customer": CUSTOMERS[customer][0], "update_stock": 1}
		self.voucher("Sales Invoice", self.sold(warehouse, rows), **values)

	def sold(self, warehouse: str, rows: list) -> list[dict]:
		return [
			self.row(item, self.take(item, warehouse, qty), warehouse=warehouse, rate=rate)
			for item, qty, rate in rows
		]

	def take_back(self, day: int, item: str, qty: int, remarks: str):
		draft = make_sales_return(self.notes[day].name)
		row = next(row for row in draft.items if row.item_code == item)
		numbers = row.serial_no.split("\n")[:qty]
		row.update({"qty": -qty, "serial_no": "\n".join(numbers)})
		draft.items = [row]
		self.submit(draft, remarks=remarks)
		self.put(item, row.warehouse, numbers)

	def hold(self):
		for warehouse, item, qty, reason in HOLDS:
			holds.hold(self.take(item, warehouse, qty), reason)

	def leave_drafts(self):
		"""A delivery and a receipt that wait to be submitted."""
		numbers = self.units["LAP-16", STORES][:2]
		self.posting = {}
		self.voucher(
			"Delivery Note",
			[self.row("LAP-16", numbers, warehouse=STORES, rate=1590)],
			customer=CUSTOMERS[4][0],
			submit=False,
		)
		row = {"item_code": "LAP-16", "qty": 6, "rate": 1215, "warehouse": STORES}
		self.voucher("Purchase Receipt", [row], supplier=SUPPLIERS[0][0], submit=False)

	# ------------------------------------------------------------------ how

	def voucher(self, doctype: str, rows: list[dict], submit: bool = True, **values):
		doc = frappe.get_doc({"doctype": doctype, **self.posting, **values, "items": rows}).insert()
		return doc.submit() if submit else doc

	def submit(self, draft, **values):
		draft.update({**self.posting, **values})
		return draft.insert().submit()

	def stock_entry(self, purpose: str, rows: list[dict], **values):
		return self.voucher("Stock Entry", rows, purpose=purpose, **values)

	def row(self, item: str, numbers: list[str], **values) -> dict:
		return {"item_code": item, "qty": len(numbers), "serial_no": "\n".join(numbers), **values}

	def put(self, item: str, warehouse: str, numbers):
		if numbers:
			numbers = numbers.split("\n") if isinstance(numbers, str) else numbers
			self.units.setdefault((item, warehouse), []).extend(numbers)

	def take(self, item: str, warehouse: str, qty: int) -> list[str]:
		"""The units that have lain longest; of what ages the freshest, so that some of it expires on the shelf."""
		lying = self.units[item, warehouse]
		cut = len(lying) - qty if item in AGEING else qty
		taken, kept = (lying[cut:], lying[:cut]) if item in AGEING else (lying[:cut], lying[cut:])
		self.units[item, warehouse] = kept
		return taken


def make_masters() -> None:
	for group in (COMPUTERS, NETWORK, POWER, INSTRUMENTS):
		insert_missing("Item Group", group, item_group_name=group, parent_item_group=ROOT_ITEM_GROUP)
	for warehouse in (STORES, SHOP, WORKSHOP, REJECTS):
		insert_missing("Warehouse", warehouse, warehouse_name=warehouse)
	for brand in BRANDS:
		insert_missing("Brand", brand, brand=brand)
	for doctype, parties in (("Supplier", SUPPLIERS), ("Customer", CUSTOMERS)):
		for name, email, phone in parties:
			values = {f"{doctype.lower()}_name": name, "email_id": email, "mobile_no": phone}
			insert_missing(doctype, name, **values)
	for code, name, group, brand, series, warranty, shelf_life, gtin in SERIALISED:
		insert_missing(
			"Item",
			code,
			item_code=code,
			item_name=name,
			item_group=group,
			brand=brand,
			has_serial_no=1,
			serial_no_series=series,
			warranty_period=warranty,
			shelf_life_in_days=shelf_life,
			barcodes=[{"barcode": gtin, "barcode_type": "GTIN"}] if gtin else [],
		)
	insert_missing(
		"Item",
		CABLE,
		item_code=CABLE,
		item_name="Patch cable Cat 6",
		item_group=NETWORK,
		brand="Lumen",
		stock_uom="Metre",
	)
	box = [{"uom": "Box", "conversion_factor": 100}]
	insert_missing("Item", TIES, item_code=TIES, item_name="Cable tie 200 mm", item_group=NETWORK, uoms=box)


def make_users() -> None:
	for user in USERS:
		make_user(*user)


def make_portal_users() -> None:
	for email, password, full_name, customer in PORTAL_USERS:
		make_user(email, password, full_name, [])
		doc = frappe.get_doc("Customer", customer)
		doc.append("portal_users", {"user": email})
		doc.save()


def make_user(email: str, password: str, full_name: str, roles: list[str]) -> None:
	if frappe.db.exists("User", email):
		return
	first_name, last_name = full_name.split(" ", 1)
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": first_name,
			"last_name": last_name,
			"send_welcome_email": 0,
			"new_password": password,
			"roles": [{"role": role} for role in roles],
		}
	)
	user.flags.ignore_password_policy = True  # a demo login that one can remember
	user.flags.no_welcome_mail = True
	user.insert(ignore_permissions=True)


def insert_missing(doctype: str, name: str, **values) -> None:
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert()
