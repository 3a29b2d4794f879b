"""What the checks of accessibility find, and what they let pass."""

import pytest

from browser.desk import Desk, StepFailedError, chromium

pytestmark = pytest.mark.usefixtures("installed_chromium")

GOOD = """<label for="number">Number</label><input id="number" style="outline-offset: 1px">
	<button>Trace</button> <a href="#there">Record</a><p>A text</p>"""


@pytest.fixture(scope="module")
def browser():
	with chromium() as browser:
		yield browser


@pytest.fixture
def page(browser):
	def show(markup: str) -> Desk:
		desk = Desk(browser, "http://127.0.0.1")
		desk.page.set_content(f"<main>{markup}</main><aside><input></aside>")
		desk.page.locator("main *").first.evaluate("() => document.querySelector('main input')?.focus()")
		return desk

	return show


def test_a_good_page_passes_whatever_lies_beside_it(page):
	desk = page(GOOD)
	desk.accessible("main")
	assert desk.walk("main") == ["Number", "Trace", "Record"]


@pytest.mark.parametrize(
	("markup", "rule"),
	[
		("<input style='width: 200px; height: 40px'>", "label"),
		("<button style='width: 40px; height: 40px'></button>", "button-name"),
		("<img src='data:,'>", "image-alt"),
		("<p style='color: #aaa; background: #fff'>pale</p>", "color-contrast"),
		("<div role='tree'><p>not of a tree</p></div>", "aria-required-children"),
	],
)
def test_a_fault_is_told_with_its_rule(page, markup, rule):
	desk = page(GOOD + markup)
	with pytest.raises(StepFailedError, match=f"(?s)1 faults.*{rule}: "):
		desk.accessible("main")
	desk.accessible("main", without=("main > :last-child",))


@pytest.mark.parametrize(
	("markup", "told"),
	[
		("<input><button tabindex=1>First</button>", "goes about"),
		("<input aria-label=Number style='outline: none; border: 1px solid'>", "not to be seen or named"),
		("<input>", "not to be seen or named"),
		(
			"<input aria-label=N><button style='position: fixed; left: -99px; top: -99px'>Far</button>",
			"not to be",
		),
	],
)
def test_a_walk_that_nobody_can_follow_is_refused(page, markup, told):
	desk = page(markup)
	if "tabindex" in markup:
		desk.page.focus("button")
	with pytest.raises(StepFailedError, match=told):
		desk.walk("main")
