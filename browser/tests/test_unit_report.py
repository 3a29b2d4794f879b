"""The filters that all reports of units share."""

import re

import pytest

from browser.desk import chromium
from embedded import config

pytestmark = pytest.mark.usefixtures("installed_chromium")

SCRIPT = config.ROOT / "serial_tracking/public/js/unit_report.js"
FRAME = """
	window.frappe = { provide: (name) => name.split(".").reduce((at, part) => (at[part] ||= {}), window) };
	window.__ = (text) => text;
"""


def test_the_filter_of_the_page_is_blank_at_first_so_that_its_label_is_seen():
	with chromium() as browser:
		page = browser.new_page()
		page.set_content(f"<script>{FRAME}</script>")
		page.add_script_tag(content=re.sub(r"{%.*?%}", "", SCRIPT.read_text()))
		assert page.evaluate("() => serial_tracking.unit_report.page()") == {
			"fieldname": "page",
			"label": "Page",
			"fieldtype": "Int",
		}
