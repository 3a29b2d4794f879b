"""What a page of our own owes to people who use it by keyboard or have it read to them: the rules of WCAG 2.2 A and AA.

The rules are those of the npm package axe-core, installed under `.site/axe` at the first call. Jobs call this through
`Desk.accessible` and `Desk.walk`.
"""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from embedded import config, npm

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

CHECK = """async ([scope, without, tags]) => {
	// a colour on its way to another one has no contrast of its own
	await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
	const { violations } = await axe.run(
		{ include: [[scope]], exclude: without.map((one) => [one]) },
		{ runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] },
	);
	return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => [
		`${id}: ${help}`,
		node.target.flat().join(" "),
		node.html.slice(0, 160),
		[...node.any, ...node.all, ...node.none].map((check) => check.message).join("; "),
	].join("\\n        ")));
}"""

# what has the focus: null outside of the scope
FOCUSED = """(scope) => {
	const found = document.activeElement;
	if (!found?.closest(scope)) return null;
	const box = found.getBoundingClientRect();
	const style = getComputedStyle(found);
	const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
	const label = found.labels?.[0]?.innerText || found.getAttribute("aria-label") || found.innerText || found.title;
	const places = [...document.querySelectorAll("*")];
	return {
		name: label.trim().replace(/\\s+/g, " "),
		place: places.indexOf(found),
		shown: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
		marked: ring || style.boxShadow !== "none",
	};
}"""


@cache
def rules() -> str:
	"""The script of axe-core."""
	target = config.STATE / "axe"
	with config.building():
		npm.install(Path(__file__).parent, target, "the rules of accessibility")
	return (target / "node_modules/axe-core/axe.min.js").read_text()


def violations(page: Page, scope: str, without: tuple[str, ...] = ()) -> list[str]:
	"""What is wrong inside the elements of the selector `scope`: the rule, the element, and what would help."""
	if not page.evaluate("() => Boolean(window.axe)"):
		page.evaluate(rules())
	return page.evaluate(CHECK, [scope, list(without), list(RULES)])


def walk(page: Page, scope: str, most: int = 100) -> list[dict]:
	"""The stations of the Tab key inside `scope`, from where the focus is to where it leaves; each with its `name`, its
	`place` in the document, and whether it is `shown` and `marked` as focused.
	"""
	stations = []
	while (station := page.evaluate(FOCUSED, scope)) and len(stations) < most:
		stations.append(station)
		page.keyboard.press("Tab")
	return stations
