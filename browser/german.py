"""What a storekeeper sees who has chosen German: no page of the app has an English word left.

Which words those are, the page itself knows: it has the translations of its language, and none of their English sides
may be shown.
"""

from browser.desk import StepFailedError
from browser.job import Job

# the app's name, words of both languages, and what Frappe itself does not translate
RIGHT = {
	"Serial Tracking",
	"Serial Tracking Settings",  # the title of a Single
	"Created By",
	"Administrator",
	"Status",
	"Service",
	"System",
	"Home",
	"Name",
	"Filter",
	"Website",
	"Version",
	"Team",
}
LEFT_IN_ENGLISH = """() => {
	const DATA = "script, style, select, .frappe-chart, [data-fieldname$=document_type]";
	const messages = frappe._messages || {};
	const english = (text) => text in messages && messages[text] && messages[text] !== text;
	const values = new Set(Object.values(messages)); // English for one thing may be German for another
	const seen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent;
	const found = [];
	const look = (text, element) => {
		text = (text || "").trim();
		if (english(text) && !values.has(text) && seen(element)) found.push(text);
	};
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const { parentElement: element, textContent } = texts.currentNode;
		if (!element.closest(DATA)) look(textContent, element);
	}
	for (const element of document.querySelectorAll("[placeholder], [title], [aria-label], option")) {
		["placeholder", "title", "aria-label"].forEach((name) => look(element.getAttribute(name), element));
		if (element.localName === "option") look(element.textContent, element.closest("select") || element);
	}
	return [...new Set(found)];
}"""


class German(Job):
	"""A look at each kind of page by somebody who reads German."""

	FULL_NAME, ROLE = "Heike Lagerfeld", "Stock Manager"
	PREFIXES = ("german-administrator-", "german-")

	def steps(self):
		self.left: list[str] = []
		self.serial_no = f"DE-{self.mark}"
		return (
			self.prepare,
			self.choose_german,
			self.look_at_the_workspace,
			self.look_at_units,
			self.look_at_a_receipt,
			self.trace,
			self.report,
			self.settings,
			self.nothing_was_english,
		)

	# ------------------------------------------------------------------ steps

	def prepare(self) -> str:
		"""A unit of an item with serial numbers, received:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		item = f"GER{self.mark}"
		self.insert(
			{
				"doctype": "Item",
				"item_code": item,
				"item_name": "Bohrhammer",
				"has_serial_no": 1,
				"warranty_period": 365,
			}
		)
		rows = [
			{
				"item_code": item,
				"qty": 1,
				"rate": 80,
				"warehouse": self.warehouse,
				"serial_no": self.serial_no,
			}
		]
		receipt = {"doctype": "Purchase Receipt", "supplier": self.supplier, "items": rows}
		self.receipt = self.insert(receipt)
		doc = self.admin.call("frappe.client.get", doctype="Purchase Receipt", name=self.receipt)
		self.admin.call("frappe.client.submit", doc=doc)
		return self.receipt

	def choose_german(self) -> str:
		"""The language is chosen in one's own settings, and holds at once:"""
		desk = self.worker
		self.admin.call(
			"frappe.client.set_value", doctype="User", name=self.user, fieldname="language", value="en"
		)
		desk.log_in(self.user, self.password)
		desk.go(f"user/{self.user}")
		desk.wait_for_form("User", self.user)
		desk.page.evaluate("() => cur_frm.set_value('language', 'de')")
		desk.settle()
		desk.page.evaluate("() => cur_frm.save()")
		desk.page.wait_for_function("() => !window.cur_frm?.is_dirty?.()")
		desk.settle()
		desk.go("user")
		language = desk.page.evaluate("() => frappe.boot.lang")
		if language != "de":
			raise StepFailedError(f"the Desk speaks {language}")
		return language

	def look_at_the_workspace(self) -> str:
		"""The workspace is in German:"""
		return self._look_at(
			"stock", "Verfügbare Einheiten", "Wareneingang", "Lieferschein", "Rückverfolgung"
		)

	def look_at_units(self) -> str:
		"""So are the list and the form of units:"""
		self._look_at("serial-no", "Seriennummer", "Verfügbar")
		return self._look_at(f"serial-no/{self.serial_no}", "Verfügbar", "Garantie", "Verfolgen", "Etikett")

	def look_at_a_receipt(self) -> str:
		"""A receipt that is there, and a new one:"""
		self._look_at(f"purchase-receipt/{self.receipt}", "Lieferant", "Erstellen")
		self._look_at("purchase-receipt/new", "Lieferant", "Artikel")
		return self._look_at("stock-entry/new", "Zweck")

	def trace(self) -> str:
		"""The trace of a unit, and of none:"""
		self._look_at(f"serial-trace/{self.serial_no}", "Zeitachse", "Erhalten", "Verfügbar")
		with self.worker.expecting(417):
			self.worker.go(f"serial-trace/NIE-{self.mark}")
			self.worker.see(f"Seriennummer NIE-{self.mark} ist nicht bekannt")
		return self.serial_no

	def report(self) -> str:
		"""Reports with their filters:"""
		self._look_at("query-report/Serial No Status", "Verfügbar", "Artikelname")
		return self._look_at("query-report/Serial No Ledger", "Gebucht", "Bewegung")

	def settings(self) -> str:
		"""The settings, with their descriptions:"""
		return self._look_at(
			"serial-tracking-settings", "Seriennummern sind je Artikel eindeutig", "Erinnerungen"
		)

	def nothing_was_english(self) -> str:
		"""No English word that has a German one was seen:"""
		if self.left:
			raise StepFailedError("English is left\n    " + "\n    ".join(self.left))
		return "none"

	# ------------------------------------------------------------------ looking

	def _look_at(self, route: str, *words: str) -> str:
		"""Open a page and see the words; what is English on it is noted."""
		desk = self.worker
		desk.go(route)
		for word in words:
			desk.see(word)
		name = (
			route.replace("/", "-")
			.replace(" ", "-")
			.replace(self.mark, "")
			.replace(self.receipt, "one")
			.lower()
		)
		desk.picture(f"{desk.prefix}{name.strip('-')}")
		english = [text for text in desk.page.evaluate(LEFT_IN_ENGLISH) if text not in RIGHT]
		self.left += [f"{route}: {text}" for text in english]
		return ", ".join(words)
