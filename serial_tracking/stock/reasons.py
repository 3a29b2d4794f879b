"""What the reason codes of `number` and `entry_text` mean to people."""

from typing import Any

from frappe import _
from frappe.utils import cstr, escape_html

from serial_tracking.stock import number


def shown_value(value: Any) -> str:
	"""What somebody gave, as a message says it: escaped, its first 140 characters, a question mark for half of one."""
	return escape_html(number.readable(cstr(value)[:140]))


def reason_text(code: str) -> str:
	"""The sentence for a code, in the user's language."""
	return {
		"empty": _("it has no letter, digit or sign"),
		"too_long": _("it is longer than {0} characters").format(number.MAX_LENGTH),
		"control_character": _("it has an invisible control or format character"),
		"angle_bracket": _("the signs &lt; and &gt; are not allowed"),
		"outside_plane": _("it has an emoji or another character that cannot be stored"),
		"foreign_digit": _("digits other than 0 to 9 are not allowed"),
		"not_plain": _(
			"a number with a comma, with two dots, with a plus sign and digits after a space, or like a GS1 code would be read as something else"
		),
		"count_without_digits": _("there is no digit to count from"),
		"range_malformed": _("a range is written FIRST..LAST"),
		"range_width": _("both ends of a range must have the same length"),
		"range_ends_differ": _("the ends of a range may differ in one group of digits only"),
		"range_reversed": _("the range ends before it begins"),
		"gs1_unreadable": _("the GS1 code cannot be read"),
		"gs1_without_serial": _("the GS1 code holds no serial number (AI 21)"),
	}[code]
