"""MariaDB-flavoured statements made fit for SQLite, with their values bound instead of written in."""

import re
from collections.abc import Mapping

# %s, %(name)s and the doubled percent sign, as PyMySQL reads them
_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\)s|(?P<positional>s)|(?P<percent>%))")
# a locking read at the end of a statement; SQLite has no row locks, see SQLiteDatabase.execute_query
_FOR_UPDATE = re.compile(r"\s+FOR\s+UPDATE(\s+(NOWAIT|SKIP\s+LOCKED))?\s*;?\s*$", re.IGNORECASE)
_SHARE_MODE = re.compile(r"\s+LOCK\s+IN\s+SHARE\s+MODE\s*;?\s*$", re.IGNORECASE)

# nothing in parentheses is a syntax error in MariaDB but matches no row anywhere
_NOTHING = "(NULL)"


def bind(query: str, values) -> tuple[str, list]:
	"""Return the statement with `?` marks and the list of values for them.

	A tuple, list or set stands for a parenthesised list (`IN %s`), as with PyMySQL; None becomes NULL.
	Without values (None) the statement is left as it is, percent signs included.
	"""
	if values is None:
		return query, []
	named = values if isinstance(values, Mapping) else None
	positional = iter(() if named is not None else values)
	bound: list = []

	def mark(match: re.Match) -> str:
		if match["percent"]:
			return "%"
		value = named[match["name"]] if match["name"] else next(positional)
		if isinstance(value, tuple | list | set | frozenset):
			bound.extend(value)
			return f"({', '.join('?' * len(value))})" if value else _NOTHING
		bound.append(value)
		return "?"

	try:
		query = _PLACEHOLDER.sub(mark, query)
	except StopIteration:
		raise TypeError("not enough values for the placeholders of the statement") from None
	return query, bound


def strip_lock(query: str) -> tuple[str, bool]:
	"""Return the statement without a locking clause, and whether it had one."""
	stripped = _SHARE_MODE.sub("", _FOR_UPDATE.sub("", query))
	return stripped, stripped != query
