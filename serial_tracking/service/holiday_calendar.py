"""Days that are no working days: weekly offs, and what countries celebrate (package `holidays`)."""

import datetime
from collections.abc import Iterator

import holidays

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class UnknownPlace(ValueError):
	"""The package knows no holidays of the country, or the country has no such subdivision."""


def weekly(first: datetime.date, last: datetime.date, weekday: str) -> Iterator[datetime.date]:
	"""Every day of this name from the first to the last day."""
	ahead = (WEEKDAYS.index(weekday) - first.weekday()) % 7
	for n in range(first.toordinal() + ahead, last.toordinal() + 1, 7):
		yield datetime.date.fromordinal(n)


def local(
	first: datetime.date,
	last: datetime.date,
	country: str,
	subdivision: str | None = None,
	language: str | None = None,
) -> dict[datetime.date, str]:
	"""What a country celebrates from the first to the last day, with its names.

	:param country: ISO 3166-1 code of two letters
	:param subdivision: ISO 3166-2 code without the country
	:param language: wanted for the names; else those of the country
	Raises UnknownPlace.
	"""
	place = _place(country)
	if subdivision and subdivision not in place.subdivisions:
		raise UnknownPlace(subdivision)
	found = holidays.country_holidays(
		country.upper(),
		subdiv=subdivision or None,
		years=range(first.year, last.year + 1),
		language=_language(place, language),
	)
	return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def subdivisions(country: str) -> list[tuple[str, str]]:
	"""Codes of the parts of a country that have holidays of their own, each with its name if that is known."""
	place = _place(country)
	names = {}
	for alias, code in getattr(place, "subdivisions_aliases", {}).items():
		names.setdefault(code, alias)
	return [(code, names.get(code, code)) for code in place.subdivisions]


def _place(country: str):
	if country.upper() not in holidays.list_supported_countries():
		raise UnknownPlace(country)
	return holidays.country_holidays(country.upper())


def _language(place, wanted: str | None) -> str | None:
	"""The language of the names that comes nearest: the same, one of its kind, or that of the country."""
	supported = [code for code in place.supported_languages if code]
	exact = (wanted or "").replace("-", "_")
	alike = [code for code in supported if code.split("_")[0] == exact.split("_")[0]]
	return exact if exact in supported else next(iter(alike), place.default_language)
