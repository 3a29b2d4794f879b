"""What the trace page makes of the longest life and the widest family, of numbers that two units bear, of hostile texts,
and of a code before the camera."""

import contextlib
import time

import pytest
import zxingcpp
from PIL import Image

from browser import desk as desk_module
from browser.desk import Desk, chromium
from embedded import config
from embedded.live import serving
from embedded.pytest_plugin import databases

MOVES, PARTS = 500, 1998
HOSTILE = '"><img src=x onerror="window.pwned=1">'
PASSWORD = "Sorted-by-Shelf-7"

pytestmark = pytest.mark.usefixtures("installed_chromium")


@pytest.fixture(scope="module")
def live(request):
	app = config.app()
	site = request.config.sites.site(databases()[0], app.name, app.root, use="trace")
	frappe = site.connect()
	fill(frappe)
	frappe.db.commit()
	frappe.destroy()
	with serving(site) as live:
		yield live


def fill(frappe):
	from serial_tracking.api import serials
	from serial_tracking.tests import factories as f

	f.settings(unique_serial_no_per_item=1)
	stores, shop = f.make_warehouse("Long Stores"), f.make_warehouse("Long Shop")
	supplier = f.make("Supplier", supplier_name="Long Supplier")
	part, other = f.make_item("PART"), f.make_item("OTHER", item_name="Another thing")
	for item, qty, numbers in (
		(part, PARTS + 1, f"P0001..P{PARTS + 1:04}"),
		(part, 1, "TWICE"),
		(other, 1, "TWICE"),
		(other, 1, "HOSTILE"),
	):
		line = f.row(item, qty, warehouse=stores, serial_no=numbers, rate=1)
		f.voucher("Purchase Receipt", [line], supplier=supplier)
	made = [
		f.row(part, PARTS, s_warehouse=stores, serial_no=f"P0001..P{PARTS:04}"),
		f.row(other, 1, t_warehouse=stores, serial_no="WHOLE"),
	]
	f.voucher("Stock Entry", made, purpose="Manufacture")
	for move in range(MOVES - 1):
		source, target = (stores, shop) if move % 2 == 0 else (shop, stores)
		line = f.row(part, 1, s_warehouse=source, t_warehouse=target, serial_no=f"P{PARTS + 1:04}")
		f.voucher("Stock Entry", [line], purpose="Material Transfer")
	serials.hold("HOSTILE", HOSTILE)
	frappe.db.set_value("Item", other, "item_name", HOSTILE)
	frappe.db.set_value("Serial No Ledger Entry", {"serial_no": "HOSTILE"}, "party_name", HOSTILE)
	user = {"doctype": "User", "email": "shop@example.com", "first_name": "Sho", "send_welcome_email": 0}
	user = frappe.get_doc({**user, "new_password": PASSWORD, "roles": [{"role": "Stock User"}]}).insert()
	frappe.permissions.add_user_permission("Warehouse", shop, user.name)


@contextlib.contextmanager
def at_desk(live, user="Administrator", password=config.ADMIN_PASSWORD, pictures=None):
	with chromium() as browser:
		desk = Desk(browser, live.url, pictures)
		desk.log_in(user, password)
		yield desk
		desk.inspect()


def trace(desk, number):
	"""Seconds until the unit and its trees are shown."""
	started = time.monotonic()
	box = desk.page.locator("#serial-trace-code")
	box.fill(number)
	box.press("Enter")
	desk.page.get_by_role("heading", name=number, exact=True).wait_for()
	desk.page.wait_for_function("() => !document.querySelector('.family-body[aria-busy=true]')")
	return time.monotonic() - started


def rows(desk, selector):
	return desk.page.locator(f".serial-trace {selector}").count()


def test_a_life_of_500_moves_is_shown_a_portion_at_a_time(live, tmp_path):
	with at_desk(live, pictures=tmp_path) as desk:
		desk.go("serial-trace")
		assert trace(desk, f"P{PARTS + 1:04}") < 5
		assert rows(desk, ".life .event") == 30
		desk.page.get_by_role("button", name=f"Show 200 more of {MOVES - 30}").click()
		desk.page.get_by_role("button", name=f"Show 200 more of {MOVES - 230}").click()
		desk.page.get_by_role("button", name=f"Show {MOVES - 430} more").click()
		assert rows(desk, ".life .event") == MOVES
		last = desk.page.locator(".life .event").last
		assert last.inner_text().count("Received from Long Supplier in Long Stores") == 1
		assert (
			desk.page.locator(".side details li").count() == MOVES - 1 - 5
		)  # documents but for the first five
		desk.picture("500-moves")


def test_a_tree_of_2000_nodes_is_drawn_as_far_as_it_is_opened(live, tmp_path):
	with at_desk(live, pictures=tmp_path) as desk:
		desk.go("serial-trace")
		assert trace(desk, "WHOLE") < 5
		desk.see(str(PARTS))
		assert rows(desk, ".family-tree li") == 1 + 25 + 1
		tree = desk.page.get_by_role("tree", name="Made From")
		tree.get_by_text(f"Show 200 more of {PARTS - 25}").click()
		assert rows(desk, ".family-tree li") == 1 + 225 + 1
		tree.locator(".line").first.focus()
		started = time.monotonic()
		for _more in range(9):
			desk.page.keyboard.press("End")
			desk.page.keyboard.press("Enter")
		assert rows(desk, ".family-tree li") == 1 + PARTS
		assert time.monotonic() - started < 10
		desk.page.keyboard.press("End")
		focused = desk.page.evaluate("() => document.activeElement.getAttribute('aria-posinset')")
		assert focused == str(PARTS)
		assert f"P{PARTS}" in desk.page.evaluate("() => document.activeElement.innerText")
		desk.picture("2000-nodes")


def test_a_number_of_two_units_asks_which_and_keeps_the_choice_in_the_address(live, tmp_path):
	with at_desk(live, pictures=tmp_path) as desk:
		with desk.expecting(417):
			desk.go("serial-trace/TWICE")
			desk.see("borne by units of several items")
			desk.page.locator(".choice li").first.wait_for()
			assert desk.page.locator(".choice li").count() == 2
			desk.picture("which-one")
		desk.page.locator(".choice a").filter(has_text="PART").click()
		desk.page.get_by_role("heading", name="TWICE").wait_for()
		assert desk.page.url.endswith("/serial-trace/TWICE/PART")
		desk.page.reload()
		desk.page.get_by_role("heading", name="TWICE").wait_for()
		assert not desk.page.locator(".modal.show").count()


def test_texts_are_shown_as_they_are_and_never_run(live):
	with at_desk(live) as desk:
		for number in ("HOSTILE", "TWICE/OTHER", "P0001", "WHOLE"):
			desk.go(f"serial-trace/{number}")
			desk.page.locator(".serial-trace h2").wait_for()
			desk.settle()
			assert not desk.page.locator(".serial-trace img").count()
		desk.go("serial-trace/HOSTILE")
		desk.page.locator(".serial-trace .life").wait_for()
		assert desk.page.locator(".serial-trace .life").inner_text().count(HOSTILE) == 2  # supplier, and hold
		with desk.expecting(417):
			desk.page.fill("#serial-trace-code", HOSTILE)
			desk.page.keyboard.press("Enter")
			desk.see("is no serial number")
		assert not desk.page.evaluate("() => window.pwned")


def test_what_a_user_may_not_see_is_said_to_be_there_and_not_named(live):
	with at_desk(live, "shop@example.com", PASSWORD) as desk:
		desk.go(f"serial-trace/P{PARTS + 1:04}")
		desk.page.get_by_role("heading", name=f"P{PARTS + 1:04}").wait_for()
		text = desk.page.locator(".life").inner_text()
		assert "A move in a warehouse that you may not see" in text
		assert "Long Stores" not in text
		with desk.expecting(417):
			desk.go("serial-trace/WHOLE")
			desk.see("Serial No WHOLE is not known")


def test_a_code_before_the_camera_is_traced(live, tmp_path, monkeypatch):
	film = tmp_path / "film.y4m"
	film.write_bytes(film_of("WHOLE"))
	options = (
		"--use-fake-device-for-media-stream",
		"--use-fake-ui-for-media-stream",
		f"--use-file-for-fake-video-capture={film}",
	)
	monkeypatch.setattr(desk_module, "OPTIONS", (*desk_module.OPTIONS, *options))
	with at_desk(live) as desk:
		desk.go("serial-trace")
		desk.click("Scan with Camera")
		desk.page.get_by_role("heading", name="WHOLE").wait_for()
		assert desk.page.url.endswith("/serial-trace/WHOLE")


def test_without_a_camera_there_is_no_button_for_it(live):
	with at_desk(live) as desk:
		desk.go("serial-trace")
		assert not desk.page.locator(".camera:visible").count()


def film_of(text, width=640, height=480):
	"""A still film, as Chromium takes it for a camera, of a QR code in the middle."""
	code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
	picture, code = Image.new("L", (width, height), 255), Image.fromarray(code)
	picture.paste(code, ((width - code.width) // 2, (height - code.height) // 2))
	frame = b"FRAME\n" + picture.tobytes() + bytes([128]) * (width * height // 2)
	return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5
