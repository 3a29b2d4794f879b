"""Every text that people see can be translated, and the German translation is whole. See docs/translating.md."""

from pathlib import Path

import frappe
from frappe.translate import get_messages_for_app

from serial_tracking.tests import messages, untranslated
from serial_tracking.tests.factories import StockTestCase
from serial_tracking.tests.messages import faults

LANGUAGES = sorted(file.stem for file in messages.TRANSLATIONS.glob("*.csv"))


class TestTranslations(StockTestCase):
	def test_there_is_a_german_translation(self):
		self.assertIn("de", LANGUAGES)

	def test_every_message_has_a_translation(self):
		for language in LANGUAGES:
			found = [message.key for message in messages.missing(language)]
			self.assertEqual(found, [], f"{language}: make translations prints them")

	def test_what_frappe_itself_collects_has_a_translation_too(self):
		"""Its collector reads the records on the site, and knows less than ours."""
		ours, theirs = messages.read("de"), messages.of_frappe("de")
		known = {message.text for message in ours} | theirs.keys()
		numbering = {
			option
			for field in frappe.get_all(
				"DocField",
				{"fieldname": ("in", list(messages.NO_WORDS)), "options": ("is", "set")},
				pluck="options",
			)
			for option in field.split("\n")
		}
		found = {
			text
			for path, text, *_ in get_messages_for_app("serial_tracking")
			if not (path or "").startswith("Navbar")
			and not messages.NO_TEXT.fullmatch(text)
			and messages.is_translatable(text)
		}
		self.assertGreater(len(found), 500)
		self.assertEqual(sorted(found - known - numbering), [])

	def test_no_translation_is_left_over(self):
		for language in LANGUAGES:
			self.assertEqual([message.key for message in messages.left_over(language)], [], language)

	def test_each_translation_keeps_what_its_text_has(self):
		for language in LANGUAGES:
			for message, translated in messages.read(language).items():
				self.assertEqual(faults(message.text, translated), [], f"{language}: {message.key!r}")

	def test_the_file_of_a_language_is_in_order(self):
		for language in LANGUAGES:
			file = messages.TRANSLATIONS / f"{language}.csv"
			before = file.read_text(encoding="utf-8")
			messages.write(language, messages.read(language))
			after = file.read_text(encoding="utf-8")
			file.write_text(before, encoding="utf-8")
			self.assertEqual(before, after, f"{file}: sorted by text, one line each")

	def test_a_user_of_that_language_reads_it(self):
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "de"
		self.assertEqual(frappe._("Serial No"), "Seriennummer")
		self.assertEqual(frappe._("Move", context="Serial No Ledger Entry"), "Bewegung")
		self.assertNotEqual(frappe._("Move"), "Bewegung")


class TestFaults(StockTestCase):
	def test_a_translation_with_a_fault_is_found(self):
		for text, translated, fault in (
			("{0} of {1}", "{0} von", "other placeholders"),
			("{0} of {1}", "{0} von {0}", "other placeholders"),
			("{} units", "Einheiten", "other placeholders"),
			("<b>Units</b>", "<b>Einheiten<b>", "other HTML"),
			("Units", " ", "empty"),
			("Nothing was posted.", "Es wurde nichts gebucht", "one of the two ends with a full stop"),
			("Unit ", "Einheit", "spaces at an end"),
		):
			self.assertIn(fault, faults(text, translated), text)

	def test_one_without_is_not(self):
		self.assertEqual(faults("{0} of <b>{1}</b>.", "Von <b>{1}</b> sind es {0}."), [])


class TestUntranslatedTexts(StockTestCase):
	def test_no_text_escapes_translation(self):
		self.assertEqual(untranslated.find(), [])

	def test_what_is_allowed_is_still_there(self):
		everything = "\n".join(
			file.read_text()
			for file in Path(messages.PACKAGE).rglob("*")
			if file.suffix in untranslated.READERS
		)
		for text in untranslated.ALLOWED:
			self.assertIn(f'"{text}"', everything)

	def test_literals_in_python_are_found(self):
		for source in (
			'frappe.throw("Not possible")',
			'frappe.throw(f"{name} is wrong")',
			'frappe.throw("{0} is wrong".format(name))',
			'frappe.throw(_("Not possible"), title="Wrong")',
			'frappe.msgprint(msg="Done")',
			'columns = [{"fieldname": "item", "label": "Item"}]',
			'column("item", label="Item")',
		):
			self.assertEqual(len(list(untranslated.in_python(source))), 1, source)
		for source in (
			'frappe.throw(_("{0} is wrong").format(name))',
			'columns = [{"fieldname": "item", "label": _("Item")}]',
			'frappe.throw(text, title=_("Wrong"))',
		):
			self.assertEqual(list(untranslated.in_python(source)), [], source)

	def test_literals_in_javascript_are_found(self):
		for source in (
			'frm.add_custom_button("Check", check)',
			"frappe.show_alert('Done')",
			'frappe.msgprint({ title: "Wrong" })',
			'({ fieldname: "item", label: "Item" })',
			"box.innerText = `Row ${idx}`",
			"html`<b>Row</b> ${idx}`",
			"html`<ul>${rows.map((row) => html`<li>${row.idx}: done</li>`)}</ul>`",
			'html`<a aria-label="Close it">×</a>`',
		):
			self.assertTrue(_words(source), source)
		for source in (
			'frm.add_custom_button(__("Check"), check)',
			'({ fieldname: "item", label: __("Item") })',
			'html`<b title="${__("Row")}">${__("Row {0}", [idx])}</b>`',
			'html`<span class="indicator-pill">${value ? `${value} ×` : ""}</span>`',
			'// label: "Item"',
			'/* frappe.throw("no") */',
		):
			self.assertEqual(_words(source), [], source)

	def test_literals_in_templates_are_found(self):
		self.assertEqual(_words("<p>{{ _('Row') }}<b>Units</b></p>", untranslated.in_template), ["Units"])
		self.assertEqual(_words('<img alt="Picture">', untranslated.in_template), ["Picture"])
		source = "<style>b { color: red }</style>{% if a %}{{ _('b') }}{% endif %}{# note #}"
		self.assertEqual(_words(source, untranslated.in_template), [])


def _words(source, read=untranslated.in_javascript):
	return [text for _, text in read(source) if untranslated.WORD.search(text)]
