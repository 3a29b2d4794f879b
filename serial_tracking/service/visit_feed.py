"""The visits of a service person as an iCalendar (RFC 5545). Pure but for the words, which are translated."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from frappe import _
from icalendar import Calendar, Event

from serial_tracking.stock import entry_text

UNITS_NAMED = 20  # of a visit; of more the count is told
FRESH_FOR = datetime.timedelta(hours=1)
FULLY, PARTIALLY = "Fully Completed", "Partially Completed"


def calendar(visits: Iterable[Mapping[str, Any]], site: str, lang: str | None = None) -> bytes:
	"""A VCALENDAR with an all-day VEVENT for each visit.

	:param visits: `name`, `scheduled_date`, `completion_status`, `actual_date`, `item_name`, `serial_no` (the text of the
		box), `schedule` and its `url`, `customer_name`, `changed` (a datetime with its time zone)
	:param site: tells the visits of one site from those of another, in the UID
	"""
	cal = Calendar()
	cal.add("prodid", "-//Serial Tracking//Maintenance Visits//EN")
	cal.add("version", "2.0")
	cal.add("method", "PUBLISH")
	cal.add("x-wr-calname", _("Maintenance Visits", lang))
	for name in ("refresh-interval", "x-published-ttl"):
		cal.add(name, FRESH_FOR, parameters={"VALUE": "DURATION"} if name == "refresh-interval" else {})
	for visit in visits:
		cal.add_component(_event(visit, site, lang))
	return cal.to_ical()


def _event(visit: Mapping[str, Any], site: str, lang: str | None) -> Event:
	event = Event()
	event.add("uid", f"{visit['name']}@{site}")
	event.add("dtstamp", visit["changed"].astimezone(datetime.timezone.utc))
	event.add("last-modified", visit["changed"].astimezone(datetime.timezone.utc))
	event.add("dtstart", visit["scheduled_date"])
	event.add("dtend", visit["scheduled_date"] + datetime.timedelta(1))
	event.add("summary", _summary(visit, lang))
	event.add("description", _description(visit, lang))
	event.add("url", visit["url"])
	event.add("status", "CONFIRMED")
	event.add("transp", "TRANSPARENT")  # a visit takes a part of the day
	return event


def _summary(visit: Mapping[str, Any], lang: str | None) -> str:
	what = ", ".join(filter(None, (visit["item_name"], visit["customer_name"])))
	done = {FULLY: "✓ ", PARTIALLY: "◐ "}.get(visit["completion_status"], "")
	return done + _("Maintenance: {0}", lang).format(what)


def _description(visit: Mapping[str, Any], lang: str | None) -> str:
	numbers = entry_text.parse(visit["serial_no"] or "").numbers()
	lines = [visit["schedule"]]
	if numbers:
		lines += [_("Units: {0}", lang).format(len(numbers)), *numbers[:UNITS_NAMED]]
		if len(numbers) > UNITS_NAMED:
			lines.append(_("and {0} more", lang).format(len(numbers) - UNITS_NAMED))
	if visit["actual_date"]:
		lines.append(_("Visited on {0}", lang).format(visit["actual_date"].isoformat()))
	return "\n".join(lines)
