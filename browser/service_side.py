"""What a service planner does: a contract for units chosen in their list, its visits in the calendar and the Gantt, a
visit that is made, the next contract, a claim, and the reports.
"""

from browser.desk import StepFailedError
from browser.job import Job

UNITS, WARRANTY_DAYS, VISITS = 4, 365, 12
FIRST_EVENTS = 5  # of a unit's life on its form
REPORTS = (
	"Serial No Warranty Expiry",
	"Serial No Service Contract Expiry",
	"Maintenance Due and Overdue",
	"Serial No End of Life",
	"Serial Nos in Use",
)


class ServiceSide(Job):
	"""The planner's work on one site."""

	FULL_NAME, ROLE = "Piet Planner", "Maintenance Manager"
	PREFIXES = ("service-administrator-", "service-planner-")

	def steps(self):
		self.planner, self.item = self.worker, f"PUMP{self.mark}"
		self.numbers = [f"{self.item}-{count}" for count in range(1, UNITS + 1)]
		return (
			self.prepare,
			self.make_contract,
			self.see_calendar,
			self.see_gantt,
			self.make_visit,
			self.renew,
			self.claim,
			self.see_life,
			self.see_reports,
			self.subscribe,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""Four units that a customer has, and a planner:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.insert(
			{
				"doctype": "Item",
				"item_code": self.item,
				"item_name": "Heat pump 8 kW",
				"has_serial_no": 1,
				"warranty_period": WARRANTY_DAYS,
			}
		)
		row = {
			"item_code": self.item,
			"qty": UNITS,
			"warehouse": self.warehouse,
			"serial_no": "\n".join(self.numbers),
		}
		for doctype, party in (
			("Purchase Receipt", {"supplier": self.supplier}),
			("Delivery Note", {"customer": self.customer}),
		):
			name = self.insert({"doctype": doctype, "docstatus": 1, **party, "items": [row]})
		return f"{self.numbers[0]} to {self.numbers[-1]} by {name}"

	def make_contract(self) -> str:
		"""A contract for units ticked in the list, with a visit each month:"""
		desk = self.planner
		desk.log_in(self.user, self.password)
		desk.go(f"serial-no?item_code={self.item}")
		desk.list_row(self.numbers[0]).first.wait_for()
		desk.settle()
		desk.page.locator(".list-header-subject .list-check-all:visible").first.check()
		desk.choose_from_menu("Actions", "Maintenance Schedule")
		desk.wait_for_form("Maintenance Schedule")
		if (customer := desk.state("doc.customer")) != self.customer:
			raise StepFailedError(f"the contract is proposed for {customer!r}, not for {self.customer}")
		row = desk.state("doc.items[0].name")
		for name, value in (
			("periodicity", "Monthly"),
			("end_date", ""),
			("no_of_visits", VISITS),
			("service_person", self.user),
		):
			desk.page.evaluate(
				"([row, name, value]) => frappe.model.set_value('Maintenance Schedule Item', row, name, value)",
				[row, name, value],
			)
			desk.settle()
		desk.picture("service-1-contract-proposed")
		desk.save()
		if (planned := desk.state("doc.schedules.length")) != VISITS:
			raise StepFailedError(f"{planned} visits are planned, not {VISITS}")
		desk.picture("service-1-contract-draft")
		desk.submit()
		self.schedule = desk.state("doc.name")
		desk.see_indicator("Running", "green")
		desk.picture("service-1-contract-submitted")
		self.visit_day = desk.state("doc.schedules[0].scheduled_date")
		return f"{self.schedule}, {VISITS} visits, the first on {self.visit_day}"

	def see_calendar(self) -> str:
		"""Its visits stand in the calendar of schedules, and in the planner's own:"""
		desk = self.planner
		desk.go("maintenance-schedule/view/calendar/default")
		calendar = desk.page.locator(".fc:visible").first
		calendar.wait_for()
		title = "Heat pump 8 kW"
		for _month in range(3):
			if desk.page.locator(".fc-event:visible", has_text=title).count():
				break
			desk.page.locator("button.fc-next-button:visible").first.click()
			desk.settle()
		if not desk.page.locator(".fc-event:visible", has_text=title).count():
			raise StepFailedError("no visit is shown in the months to come")
		desk.picture("service-2-calendar")
		own = desk.call(
			"frappe.client.get_list",
			doctype="Event",
			filters={"reference_docname": self.schedule, "owner": self.user, "status": "Open"},
			limit_page_length=50,
		)
		if len(own) != VISITS:
			raise StepFailedError(f"{len(own)} events of the planner, not {VISITS}")
		return f"{VISITS} events"

	def see_gantt(self) -> str:
		"""The Gantt draws the contract with its visits:"""
		desk = self.planner
		desk.go("maintenance-schedule/view/gantt")
		desk.page.locator("svg.gantt .bar-wrapper").first.wait_for()
		desk.settle()
		bars = desk.page.locator("svg.gantt .bar-wrapper").count()
		if bars <= VISITS:
			raise StepFailedError(f"the Gantt has {bars} bars")
		desk.picture("service-2-gantt")
		return f"{bars} bars"

	def make_visit(self) -> str:
		"""The first visit is made through Create, and the schedule knows it:"""
		desk = self.planner
		desk.go(f"maintenance-schedule/{self.schedule}")
		desk.wait_for_form("Maintenance Schedule", self.schedule)
		desk.choose_from_menu("Create", "Maintenance Visit")
		desk.wait_for_form("Maintenance Visit")
		if (named := desk.state("doc.purposes.length")) != UNITS:
			raise StepFailedError(f"the visit names {named} units, not {UNITS}")
		desk.page.evaluate(
			"""() => Promise.all(cur_frm.doc.purposes.map((row) =>
				frappe.model.set_value(row.doctype, row.name, "work_done", "Filters cleaned, pressure checked")))"""
		)
		desk.picture("service-3-visit-proposed")
		desk.save()
		desk.submit()
		self.visit = desk.state("doc.name")
		desk.picture("service-3-visit-submitted")
		desk.go(f"maintenance-schedule/{self.schedule}")
		desk.wait_for_form("Maintenance Schedule", self.schedule)
		if (done := desk.state("doc.schedules[0].completion_status")) != "Fully Completed":
			raise StepFailedError(f"the first visit is {done!r}")
		desk.see("Fully Completed")
		desk.picture("service-3-schedule-visited")
		return f"{self.visit} for {UNITS} units"

	def renew(self) -> str:
		"""The next contract begins on the day after:"""
		desk = self.planner
		ends = desk.state("doc.to_date")
		desk.click("Renew")
		desk.wait_for_form("Maintenance Schedule")
		begins = desk.state("doc.items[0].start_date")
		if begins != desk.page.evaluate("(day) => frappe.datetime.add_days(day, 1)", ends):
			raise StepFailedError(f"the contract ends on {ends}, and the next begins on {begins}")
		desk.save()
		desk.submit()
		desk.see_indicator("Upcoming", "blue")
		desk.picture("service-4-renewal")
		return f"{desk.state('doc.name')} from {begins}"

	def claim(self) -> str:
		"""A claim from the form of a unit says what it is covered by:"""
		desk = self.planner
		desk.go(f"serial-no/{self.numbers[0]}")
		desk.wait_for_form("Serial No", self.numbers[0])
		desk.picture("service-5-unit")
		desk.choose_from_menu("Create", "Warranty Claim")
		desk.wait_for_form("Warranty Claim")
		desk.see("Under warranty until")
		desk.type("complaint", "Does not reach 60 degrees")
		desk.save()
		desk.see_indicator("Open", "orange")
		desk.picture("service-5-claim")
		return f"{desk.state('doc.name')}: {desk.state('doc.coverage')!r}"

	def see_life(self) -> str:
		"""The form of the unit tells its life, and its documents are links:"""
		desk = self.planner
		desk.go(f"serial-no/{self.numbers[0]}")
		desk.wait_for_form("Serial No", self.numbers[0])
		life = desk.page.locator(".unit-life:visible")
		life.locator(".event").first.wait_for()
		if (shown := life.locator(".event").count()) != FIRST_EVENTS:
			raise StepFailedError(f"{shown} events are shown at first, not {FIRST_EVENTS}")
		desk.picture("service-5-life")
		life.locator(".show-more").click()
		told = life.locator(".event .what").all_inner_texts()
		for text in (
			"Warranty claim",
			"Maintenance visit",
			"Service contract",
			"Delivered to",
			"Received from",
		):
			if not any(text in event for event in told):
				raise StepFailedError(f"{text!r} is not told: {told}")
		badges = {
			badge.get_attribute("data-doctype"): badge.locator(".count").inner_text().strip()
			for badge in desk.page.locator(".document-link-badge:visible").all()
		}
		for doctype, count in (
			("Delivery Note", "1"),
			("Maintenance Schedule", "2"),
			("Maintenance Visit", "1"),
			("Warranty Claim", "1"),
		):
			if badges.get(doctype) != count:
				raise StepFailedError(f"the form counts {badges}, not {count} of {doctype}")
		desk.picture("service-5-life-in-full")
		life.get_by_role("link", name=self.schedule, exact=True).first.click()
		desk.wait_for_form("Maintenance Schedule", self.schedule)
		desk.page.go_back()
		desk.wait_for_form("Serial No", self.numbers[0])
		desk.page.locator(".document-link-badge:visible", has_text="Maintenance Visit").locator("a").click()
		desk.list_row(self.visit).first.wait_for()
		return f"{len(told)} events; {badges}"

	def see_reports(self) -> str:
		"""Each report opens with its chart, without a warning:"""
		desk = self.planner
		rows = []
		for report in REPORTS:
			desk.go(f"query-report/{report}")
			desk.page.wait_for_function("() => window.frappe?.query_report?.data !== undefined")
			desk.settle()
			found = desk.page.evaluate("() => (frappe.query_report.data || []).length")
			if found and not desk.page.locator(".frappe-chart:visible").count():
				raise StepFailedError(f"{report} has {found} rows and no chart")
			desk.picture(f"service-6-{report.lower().replace(' ', '-')}")
			rows.append(f"{report} {found}")
		return ", ".join(rows)

	def subscribe(self) -> str:
		"""A calendar program reads the visits by the planner's secret link, as long as it is not revoked:"""
		desk = self.planner
		desk.go("maintenance-schedule/view/list")
		desk.page.locator(".menu-btn-group:visible > button").first.click()
		desk.page.locator(".dropdown-menu:visible").get_by_text("Calendar Link", exact=True).click()
		dialog = desk.dialog()
		dialog.get_by_role("button", name="New Link", exact=True).click()
		desk.settle()
		link = dialog.locator("[data-fieldname=url] .control-value").inner_text().strip()
		desk.picture("service-7-calendar-link")
		address = f"{self.url.rstrip('/')}/api/method/{link.partition('/api/method/')[2]}"
		request = self.browser.new_context().request  # nobody is logged in there
		answer = request.get(address)
		events = answer.text().count("BEGIN:VEVENT")
		if not answer.ok or events < VISITS or "text/calendar" not in answer.headers["content-type"]:
			raise StepFailedError(f"the link answers {answer.status} with {events} events")
		dialog.get_by_role("button", name="Revoke", exact=True).click()
		desk.see("The link is revoked")
		if (status := request.get(address).status) != 404:
			raise StepFailedError(f"revoked, the link answers {status}")
		return f"{events} events"
