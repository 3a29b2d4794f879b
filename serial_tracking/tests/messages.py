"""Every text of the app that people see, as its translations name it, and what a translation of it must keep.

Python, JavaScript and templates are read by Frappe's own extractors (`frappe.gettext.extractors`, in 15 and 16), JSON
files by the table below: Frappe's pass over number cards, charts, sidebars, pages and tours. No site is needed:

    PYTHONPATH=.site/engine .site/venv/bin/python -m serial_tracking.tests.messages de      (make translations)
    bench --site SITE execute serial_tracking.tests.messages.print_missing --kwargs '{"language": "de"}'
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from frappe.gettext.extractors import html_template, javascript, python
from frappe.gettext.extractors.utils import extract_messages_from_code, is_translatable

PACKAGE = Path(__file__).parents[1]
TRANSLATIONS = PACKAGE / "translations"
EXTRACTORS = {".py": python.extract, ".js": javascript.extract, ".html": html_template.extract}
KEYWORDS = {**DEFAULT_KEYWORDS, "_lt": None}

# what is shown of each kind of record, in it and in its rows
SHOWN = {
	"DocType": ("name", "label", "description", "group", "role", "placeholder"),
	"Dashboard Chart": ("chart_name",),
	"Desktop Icon": ("label",),
	"Form Tour": ("title", "label", "description", "next_step_label"),
	"Module Onboarding": ("title", "subtitle", "success_message"),
	"Number Card": ("label",),
	"Onboarding Step": ("title", "description", "action_label", "callback_title", "callback_message"),
	"Page": ("title",),
	"Print Format": ("name",),
	"Report": ("report_name", "label"),
	"Web Form": (
		"title",
		"label",
		"description",
		"introduction_text",
		"button_label",
		"success_title",
		"success_message",
	),
	"Workspace": ("label", "description", "format"),
	"Workspace Sidebar": ("label",),
}
# Select options that are no words: numbering, and names that are the same in every language
NO_WORDS = {"naming_series", "barcode_type"}

# texts that reach `_()` or `__()` by a name only: they are taken from data, or are a word of the framework
BY_NAME = {
	"Serial Tracking": "hooks.py: app_title, the module",
}
# what an extractor takes for a text: the key in `_(unit["status"])`
NO_TEXT = re.compile(r"status|[a-z]+(_[a-z]+)+")

INCLUDE = re.compile(r"{%.*?%}")
PLACEHOLDER = re.compile(r"{\w*}|%\(\w+\)s|%s")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class Message(NamedTuple):
	text: str
	context: str | None = None

	@property
	def key(self) -> str:
		"""As Frappe's dictionary of a language has it."""
		return f"{self.text}:{self.context}" if self.context else self.text


def collect(package: Path = PACKAGE) -> dict[Message, list[str]]:
	"""All messages of the app, each with the places where it stands ("api/scan.py:70")."""
	found: dict[Message, list[str]] = {}
	for file in sorted(package.rglob("*")):
		place = str(file.relative_to(package))
		if place.startswith("tests/") or "/dist/" in place or not file.is_file():
			continue
		for line, message in _messages_of(file):
			found.setdefault(message, []).append(f"{place}:{line}" if line else place)
	for text, place in BY_NAME.items():
		found.setdefault(Message(text), []).append(place)
	return found


def _messages_of(file: Path) -> Iterator[tuple[int | None, Message]]:
	if file.suffix in EXTRACTORS:
		source = file.read_text()
		extracted = extract(EXTRACTORS[file.suffix], BytesIO(source.encode()), KEYWORDS)
		found = [(line, text, context) for line, text, _, context in extracted if isinstance(text, str)]
		if file.suffix == ".js":
			# the extractor does not look into a template literal within another's value
			known = {text for _, text, _ in found}
			source = INCLUDE.sub("", without_comments(source))
			found += [each for each in extract_messages_from_code(source) if each[1] not in known]
		for line, text, context in found:
			if is_translatable(text) and not NO_TEXT.fullmatch(text):
				yield line, Message(text, context or None)
	elif file.suffix == ".json":
		record = json.loads(file.read_text())
		if isinstance(record, dict) and record.get("doctype") in SHOWN:
			for text in dict.fromkeys(_shown_in(record, SHOWN[record["doctype"]])):
				if is_translatable(text):
					yield None, Message(text)


def without_comments(javascript: str) -> str:
	"""The source with spaces where its comments are."""
	blank = lambda match: match[0] if match[1] else re.sub(r"[^\n]", " ", match[0])  # noqa: E731
	strings = r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
	return re.sub(strings + r"|/\*.*?\*/|(?<![:\\])//[^\n]*", blank, javascript, flags=re.DOTALL)


def _shown_in(record: dict, keys: Iterable[str]) -> Iterator[str]:
	for key in keys:
		if isinstance(text := record.get(key), str) and text:
			yield text
	options = record.get("options") or ""
	if record.get("fieldtype") == "HTML":
		yield options
	if record.get("fieldtype") == "Select" and record.get("fieldname") not in NO_WORDS:
		yield from (option for option in options.split("\n") if option)
	for block in json.loads(record.get("content") or "[]") if record.get("doctype") == "Workspace" else ():
		if text := block["data"].get("text"):
			yield text
	for rows in record.values():
		if isinstance(rows, list):
			for row in rows:
				if isinstance(row, dict):
					yield from _shown_in(row, [key for key in keys if key != "name"])


# ------------------------------------------------------------------------------------------ translations


def read(language: str) -> dict[Message, str]:
	"""The app's own translations; a text that stands there twice is a ValueError."""
	translations: dict[Message, str] = {}
	with (TRANSLATIONS / f"{language}.csv").open(newline="", encoding="utf-8") as file:
		for text, translated, *context in csv.reader(file):
			message = Message(text.replace("\\n", "\n"), (context or [None])[0] or None)
			if message in translations:
				raise ValueError(f"{language}.csv has {message.key!r} twice")
			translations[message] = translated.replace("\\n", "\n")
	return translations


def write(language: str, translations: dict[Message, str]) -> None:
	"""Put the translations of a language back in the order of their texts."""
	with (TRANSLATIONS / f"{language}.csv").open("w", newline="", encoding="utf-8") as file:
		lines = csv.writer(file, lineterminator="\n")
		for message, translated in sorted(
			translations.items(),
			key=lambda pair: (pair[0].text.casefold(), pair[0].text, pair[0].context or ""),
		):
			row = [message.text, translated, *([message.context] if message.context else [])]
			lines.writerow([cell.replace("\n", "\\n") for cell in row])


def of_frappe(language: str) -> dict[str, str]:
	"""What the framework itself translates, by key."""
	from frappe.gettext.translate import get_catalog, get_translations_from_mo
	from frappe.translate import get_translations_from_csv

	compiled = get_translations_from_mo(language, "frappe") or {
		Message(entry.id, entry.context).key: entry.string
		for entry in get_catalog("frappe", language)
		if isinstance(entry.id, str) and entry.id and entry.string and not entry.fuzzy
	}
	return {**(get_translations_from_csv(language, "frappe") or {}), **compiled}


def missing(language: str) -> list[Message]:
	"""Messages that neither the app nor the framework has in this language."""
	ours, theirs = read(language), of_frappe(language)
	return [m for m in collect() if m not in ours and not (m.key in theirs or m.text in theirs)]


def left_over(language: str) -> list[Message]:
	"""Translations of texts that the app does not have (any more).

	Frappe looks the labels of a DocType up with its name as context first, so that one may be given there.
	"""
	used = collect()
	doctypes = {file.stem for file in PACKAGE.glob("serial_tracking/doctype/*/*.json")}
	return [
		message
		for message in read(language)
		if message not in used
		and not (
			Message(message.text) in used
			and message.context
			and message.context.lower().replace(" ", "_") in doctypes
		)
	]


def faults(text: str, translated: str) -> list[str]:
	"""What a translation did not keep of its text."""
	found = []
	if not translated.strip():
		found.append("empty")
	if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translated)):
		found.append("other placeholders")
	if sorted(TAG.findall(text)) != sorted(TAG.findall(translated)):
		found.append("other HTML")
	if (text[:1].isspace(), text[-1:].isspace()) != (translated[:1].isspace(), translated[-1:].isspace()):
		found.append("spaces at an end")
	if text.endswith(".") != translated.endswith("."):
		found.append("one of the two ends with a full stop")
	return found


def print_missing(language: str = "de") -> None:
	"""The missing lines of a language's CSV file, to be completed, and those that nobody needs."""
	used, theirs = collect(), of_frappe(language)
	lines = csv.writer(sys.stdout, lineterminator="\n")
	for message in missing(language):
		row = [message.text.replace("\n", "\\n"), "", *([message.context] if message.context else [])]
		lines.writerow(row)
		print(f"# {', '.join(used[message][:3])}", file=sys.stderr)
	for message in left_over(language):
		print(f"# left over: {message.key}", file=sys.stderr)
	for message, translated in read(language).items():
		if theirs.get(message.key) == translated:
			print(f"# as Frappe has it: {message.key}", file=sys.stderr)


if __name__ == "__main__":
	languages = [argument for argument in sys.argv[1:] if argument != "--sort"] or ["de"]
	for chosen in languages:
		if "--sort" in sys.argv:
			write(chosen, read(chosen))
		else:
			print_missing(chosen)
