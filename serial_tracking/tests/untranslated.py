"""Finds texts that people would see in English whatever their language: literals where a translated text belongs.

Python is read as a syntax tree; JavaScript and templates by the places where a text is given (`label: "…"`,
`.text("…")`, `<b>…</b>`, `aria-label="…"`). What is found and is right all the same stands in ALLOWED.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from serial_tracking.tests.messages import PACKAGE, without_comments

# not for people, or made in one language on purpose
# the recall letter is a proposal, kept as an Email Template of the site, which changes it
NOT_READ = ("tests/", "demo/", "patches/", "public/dist/", "hooks.py", "templates/recall_letter.html")
ALLOWED = {
	"title",  # a field's name, in the options of the calendar
}

TELLING = {"throw", "msgprint", "publish_progress", "set_message", "update_progress_bar"}
SHOWN = {
	"title",
	"label",
	"description",
	"placeholder",
	"subject",
	"alert",
	"primary_action_label",
	"message",
}
SHOWING_CALL = re.compile(
	r"""\b(?:throw|msgprint|show_alert|confirm|warn|set_title|set_intro|set_message|set_description|set_new_description
	|add_custom_button|add_inner_button|add_menu_item|add_action_item|add_actions_menu_item|set_primary_action
	|set_secondary_action|add_button|add_headline_alert|set_headline|set_indicator|set_tooltip|text|alert)
	\(\s*(?P<text>"[^"\n]*"|'[^'\n]*'|`[^`]*`)""",
	re.VERBOSE,
)
SHOWN_KEY = re.compile(
	r"""\b(?:label|title|description|placeholder|message|primary_action_label|secondary_action_label
	|freeze_message|subtitle|alt|innerText|textContent|empty_state|no_data_text|tooltip)\s*[:=]\s*
	(?P<text>"[^"\n]*"|'[^'\n]*'|`[^`]*`)(?!\s*:)""",
	re.VERBOSE,
)
ATTRIBUTES = {
	"title",
	"alt",
	"placeholder",
	"aria-label",
	"aria-description",
	"aria-placeholder",
	"data-label",
}
# entities and units are no words
WORD = re.compile(r"[^\W\d_]{2}")


def find(package: Path = PACKAGE) -> list[str]:
	"""Every untranslated text of the app, as "place:line: text"."""
	found = []
	for file in sorted(package.rglob("*")):
		place = str(file.relative_to(package))
		reader = READERS.get(file.suffix)
		if reader and not place.startswith(NOT_READ):
			for line, text in sorted(set(reader(file.read_text()))):
				text = " ".join(text.split())
				if WORD.search(text) and text not in ALLOWED:
					found.append(f"{place}:{line}: {text}")
	return found


# ------------------------------------------------------------------------------------------------ Python


def in_python(source: str) -> Iterator[tuple[int, str]]:
	for node in ast.walk(ast.parse(source)):
		given: list[ast.expr | None] = []
		if isinstance(node, ast.Call):
			name = getattr(node.func, "attr", getattr(node.func, "id", ""))
			if name in TELLING:
				given += node.args[:1]
			named = ("label", "title", *(("msg",) if name in TELLING else ()))
			given += [keyword.value for keyword in node.keywords if keyword.arg in named]
		elif isinstance(node, ast.Dict):
			keyed = zip(node.keys, node.values, strict=True)
			given += [value for key, value in keyed if isinstance(key, ast.Constant) and key.value in SHOWN]
		for value in given:
			if text := _literal(value):
				yield value.lineno, text


def _literal(node: ast.expr | None) -> str:
	"""The words of a text that is not translated: of a literal, an f-string, or what `.format` is called on."""
	if isinstance(node, ast.Constant) and isinstance(node.value, str):
		return node.value
	if isinstance(node, ast.JoinedStr):
		return "".join(part.value for part in node.values if isinstance(part, ast.Constant))
	if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format":
		return _literal(node.func.value)
	return ""


# -------------------------------------------------------------------------------- JavaScript and templates


def in_javascript(source: str) -> Iterator[tuple[int, str]]:
	source = without_comments(source)
	for pattern in (SHOWING_CALL, SHOWN_KEY):
		for match in pattern.finditer(source):
			text = _without_values(match["text"][1:-1])
			if not text.lstrip().startswith("<"):  # markup is read below
				yield source.count("\n", 0, match.start()) + 1, text
	for line, markup in _templates(source):
		if re.search(r"<[a-z]", markup):
			yield from ((line, text) for _, text in in_template(_without_values(markup)))


def in_template(source: str) -> Iterator[tuple[int, str]]:
	"""Texts between tags and in attributes that people see or hear, Jinja left out."""
	blank = lambda match: re.sub(r"[^\n]", " ", match[0])  # noqa: E731
	source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", blank, source, flags=re.DOTALL)
	source = re.sub(r"<(style|script)\b.*?</\1>", blank, source, flags=re.DOTALL)
	parser = _Texts()
	parser.feed(source)
	parser.close()
	yield from parser.found


class _Texts(HTMLParser):
	def __init__(self):
		super().__init__()
		self.found: list[tuple[int, str]] = []

	def handle_starttag(self, tag, attrs):
		self.found += [(self.getpos()[0], value) for name, value in attrs if name in ATTRIBUTES and value]

	def handle_data(self, data):
		self.found.append((self.getpos()[0], data))


def _templates(source: str) -> Iterator[tuple[int, str]]:
	"""Template literals, those within another's values too; each with the line where it begins."""
	opened: list[int] = []  # where a literal begins; -1 for the braces of a value in it
	at = 0
	while at < len(source):
		sign = source[at]
		in_text = bool(opened) and opened[-1] >= 0
		if sign == "\\":
			at += 1
		elif sign == "`":
			if in_text:
				start = opened.pop()
				yield source.count("\n", 0, start) + 1, source[start + 1 : at]
			else:
				opened.append(at)
		elif in_text and source.startswith("${", at):
			opened.append(-1)
			at += 1
		elif sign == "{" and opened and not in_text:
			opened.append(-1)
		elif sign == "}" and opened and not in_text:
			opened.pop()
		at += 1


def _without_values(text: str) -> str:
	"""A template literal with `${…}` left out, braces within them too."""
	kept, depth, at = [], 0, 0
	while at < len(text):
		if depth == 0 and text.startswith("${", at):
			depth, at = 1, at + 2
			continue
		if depth:
			depth += {"{": 1, "}": -1}.get(text[at], 0)
		else:
			kept.append(text[at])
		at += 1
	return "".join(kept)


READERS = {".py": in_python, ".js": in_javascript, ".html": in_template}
