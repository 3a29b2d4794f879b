"""What the dialog Upload Units says of a file that is refused."""

import re

import pytest

from browser.desk import chromium
from embedded import config

pytestmark = pytest.mark.usefixtures("installed_chromium")

SCRIPT = config.ROOT / "serial_tracking/public/js/opening_stock.js"
FRAME = """
	window.frappe = { provide: (name) => name.split(".").reduce((at, part) => (at[part] ||= {}), window),
		utils: { escape_html: (text) => text } };
	window.__ = (text, values = []) => text.replace(/{(\\d)}/g, (_, at) => values[at]);
	window.format_number = String;
"""


@pytest.fixture(scope="module")
def describe():
	with chromium() as browser:
		page = browser.new_page()
		page.set_content(f"<script>{FRAME}</script>")
		page.add_script_tag(content=re.sub(r"{%.*?%}", "", SCRIPT.read_text()))

		def heading(lines: int, *problems: str) -> str:
			found = {
				"problems": [{"lines": where, "message": "wrong"} for where in problems],
				"problem_count": len(problems),
				"totals": [],
				"notes": [],
				"lines": lines,
			}
			markup = page.evaluate("(found) => serial_tracking.opening_stock.describe(found)", found)
			page.set_content(markup)
			return page.locator(".indicator-pill").inner_text()

		yield heading


def test_a_file_that_is_refused_as_a_whole_has_no_wrong_lines(describe):
	assert describe(0, "") == "Problems: 1. Nothing is filled before they are mended"
	assert describe(7, "") == "Problems: 1. Nothing is filled before they are mended"


def test_wrong_lines_are_counted_among_all_lines(describe):
	assert describe(7, "2-3") == "Problems: 1, in 7 lines. Nothing is filled before they are mended"
	assert describe(7, "", "4") == "Problems: 2, in 7 lines. Nothing is filled before they are mended"
