"""What the scripts of the forms make of the text of a serial number box is what the server makes of it."""

import re

import pytest

from browser.desk import chromium
from embedded import config
from serial_tracking.stock import entry_text, number

pytestmark = pytest.mark.usefixtures("installed_chromium")

SCRIPT = config.ROOT / "serial_tracking/public/js/box_text.js"
TEXTS = (
	"",
	" \r\n\t ",
	"A1",
	"A1\nA2\r\nA3\tA4",
	"A1, A2,,A3 ,",
	"SN0001..SN0100",
	"SN0098 .. SN0102",
	"S100..S200",
	"A1B7..A5B7",
	"2024-001-X..2024-012-X",
	"0009..0011",
	"SN0099 +3",
	"X9A +1",
	"007 +0",
	"äÖ-1, ÄÖ-2, x\u0301-3",
	"(21)A,B\nC",
	"]d221A..B",
	"(01)04017956289362(21)PUMP-1",
	"(01)04017956289362(17)341231(21)PUMP-2",
	"]d20104017956289362173412312100-7",
	"A1..A3, (21)X, B2 +2\nC",
	"12345678901234567890..12345678901234567895",
)


@pytest.fixture(scope="module")
def page():
	with chromium() as browser:
		page = browser.new_page()
		page.set_content("<script>window.frappe = { provide: (name) => (window[name] ||= {}) }</script>")
		page.add_script_tag(content=re.sub(r"{%.*?%}", "", SCRIPT.read_text()))
		yield page


@pytest.mark.parametrize("text", TEXTS)
def test_units_are_counted_and_known_by_the_same_keys(page, text):
	read = entry_text.parse(text)
	assert not read.problems
	assert page.evaluate("(text) => serial_tracking.count_serial_nos(text)", text) == read.count
	keys = page.evaluate("(text) => [...serial_tracking.box_keys(text)]", text)
	assert keys == list(dict.fromkeys(map(number.key, read.numbers())))


@pytest.mark.parametrize("text", ("A1..B2", "A9..A1", "A1..A2..A3", "..A2"))
def test_what_the_server_refuses_is_one_unit(page, text):
	assert entry_text.parse(text).problems
	assert page.evaluate("(text) => serial_tracking.count_serial_nos(text)", text) == 1


def test_a_range_of_more_than_a_voucher_may_have_is_counted_and_not_laid_out(page):
	text = "1000000000..9999999999"
	assert page.evaluate("(text) => serial_tracking.count_serial_nos(text)", text) == 9_000_000_000
	assert page.evaluate("(text) => serial_tracking.box_keys(text).size", text) == 0


@pytest.mark.parametrize("text", ("A,B", "C..D", "(01)95", "https://x/21/7", "plain-1"))
def test_a_number_is_written_as_what_means_it(page, text):
	written = page.evaluate("(number) => serial_tracking.box_text([number])", text)
	assert entry_text.parse(written).numbers() == [text]
