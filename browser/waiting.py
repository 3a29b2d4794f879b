"""What somebody sees who waits: a large file that is checked, and a large voucher that is submitted in the background."""

import time

from browser.desk import Desk, StepFailedError
from browser.job import Job

LIMIT, UNITS = 500, 4_000
LINES = 200_000  # as many as a file may have
# how far the bars stand that are shown, and what a bar is told to show even if it is told more within the same moment
WATCH = """() => {
	const widths = (window.seen_widths = new Set());
	window.show_progress ||= frappe.show_progress;
	frappe.show_progress = (title, count, total, ...rest) => {
		widths.add((count / total) * 100);
		return window.show_progress(title, count, total, ...rest);
	};
	clearInterval(window.watching);
	window.watching = setInterval(() => {
		for (const bar of document.querySelectorAll(".modal.show .progress-bar")) {
			widths.add(parseFloat(bar.style.width));
		}
	}, 50);
}"""
# a file of that text, uploaded and named in the dialog
UPLOAD = """async (text) => {
	const form = new FormData();
	form.append("file", new File([text], "old-system.csv", { type: "text/csv" }));
	form.append("is_private", 1);
	const headers = { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token };
	const answer = await fetch("/api/method/upload_file", { method: "POST", headers, body: form });
	const { message } = await answer.json();
	await cur_dialog.set_value("file", message.file_url);
}"""


class Waiting(Job):
	"""A storekeeper who takes over the stock of an old system, and receives more than the site submits at once."""

	FULL_NAME, ROLE = "Willa Waitrose", "Stock Manager"
	PREFIXES = ("waiting-administrator-", "waiting-")

	def steps(self):
		return (self.prepare, self.check_a_large_file, self.submit_in_the_background, self.put_back)

	def prepare(self) -> str:
		"""The site submits large vouchers in the background from now on:"""
		self.admin.log_in("Administrator", self.admin_password)
		self.make_masters()
		self.item = f"WAI{self.mark}"
		series = f"{self.item}-.#####"
		self.insert(
			{"doctype": "Item", "item_code": self.item, "has_serial_no": 1, "serial_no_series": series}
		)
		settings = self.admin.call(
			"frappe.client.get", doctype="Serial Tracking Settings", name="Serial Tracking Settings"
		)
		self.limit = settings["submit_in_background_above"]
		self._set_limit(LIMIT)
		return f"more than {LIMIT} units"

	def check_a_large_file(self) -> str:
		"""While a large file is checked, a bar shows how far that is:"""
		desk = self.worker
		desk.log_in(self.user, self.password)
		desk.go("stock-entry/new")
		desk.wait_for_form("Stock Entry")
		desk.page.evaluate("() => cur_frm.set_value('purpose', 'Material Receipt')")
		desk.settle()
		desk.click("Upload Units")
		dialog = desk.dialog()
		lines = ["Item Code,Warehouse,Serial No,Rate"]
		lines += [f"{self.item},{self.warehouse},{self.item}/{count:05},10" for count in range(LINES)]
		desk.page.evaluate(UPLOAD, "\n".join(lines))
		desk.settle()
		desk.page.evaluate(WATCH)
		dialog.get_by_role("button", name="Check", exact=True).click()
		widths = self._watch(desk, "being-checked", "!frappe.request.ajax_count")
		desk.see(f"Lines: {desk.figure(LINES)}. Nothing stands in the way")
		desk.picture(f"{desk.prefix}checked")
		desk.page.keyboard.press("Escape")
		return widths

	def submit_in_the_background(self) -> str:
		"""A large receipt is submitted in the background; its form shows how far that is, and then that it is done:"""
		desk = self.worker
		rows = [{"item_code": self.item, "qty": UNITS, "rate": 10, "warehouse": self.warehouse}]
		receipt = {"doctype": "Purchase Receipt", "supplier": self.supplier, "items": rows}
		name = self.insert(receipt)
		desk.go(f"purchase-receipt/{name}")
		desk.wait_for_form("Purchase Receipt", name)
		desk.page.evaluate(WATCH)
		desk.press_submit()
		widths = self._watch(desk, "being-submitted", "cur_frm.doc.docstatus === 1")
		desk.see_indicator("Submitted", "blue")
		desk.picture(f"{desk.prefix}submitted")
		return f"{name}, {widths}"

	def put_back(self) -> str:
		"""The setting is as it was:"""
		self._set_limit(self.limit)
		return str(self.limit)

	# ------------------------------------------------------------------ how

	def _set_limit(self, units: int) -> None:
		self.admin.call(
			"frappe.client.set_value",
			doctype="Serial Tracking Settings",
			name="Serial Tracking Settings",
			fieldname="submit_in_background_above",
			value=units,
		)

	def _watch(self, desk: Desk, name: str, end: str) -> str:
		"""Wait for the end; the widths of the bar until then, which must have moved."""
		pictured, until = False, time.monotonic() + 60
		while not desk.page.evaluate(f"() => Boolean({end})"):
			if time.monotonic() > until:
				raise StepFailedError(f"not within a minute: {end}")
			if not pictured and desk.page.locator(".modal.show .progress-bar").count() and desk.pictures:
				pictured = True
				desk.page.screenshot(path=desk.pictures / f"{desk.prefix}{name}.png")
			desk.page.wait_for_timeout(100)
		widths = sorted(desk.page.evaluate("() => [...window.seen_widths]"))
		if len(widths) < 2:
			raise StepFailedError(f"no bar that moves was seen: {widths}")
		return ", ".join(f"{width:.0f} %" for width in widths)
