"""The bare statements: the same rows and columns into the same tables and indexes, and nothing else.

What a voucher wrote is read back, taken out again, and written anew by parameterised multi-row statements
over the same driver, commit included. That is the floor that no engine on this database can pass.
"""

import time
from dataclasses import dataclass, field

import frappe

ROWS = 2500  # in one statement


@dataclass
class Written:
	"""The rows that a voucher inserted and those that it changed, by table."""

	inserted: dict[str, tuple[tuple[str, ...], list[tuple]]] = field(default_factory=dict)
	# columns, and their values before and after, by record
	updated: dict[str, tuple[tuple[str, ...], dict[str, tuple], dict[str, tuple]]] = field(
		default_factory=dict
	)


def note_inserted(written: Written, doctype: str, rows: list[tuple]) -> None:
	"""Take down inserted rows with the columns that hold anything."""
	columns = _columns(doctype)
	used = [i for i in range(len(columns)) if any(row[i] is not None for row in rows)]
	written.inserted[doctype] = (
		tuple(columns[i] for i in used),
		[tuple(row[i] for i in used) for row in rows],
	)


def snapshot(doctype: str, where: str, values: tuple) -> dict[str, tuple]:
	columns = _columns(doctype)
	at = columns.index("name")
	return {row[at]: row for row in _run(f"SELECT * FROM `tab{doctype}` WHERE {where}", values)}


def note_updated(written: Written, doctype: str, before: dict[str, tuple], after: dict[str, tuple]) -> None:
	"""Find the columns that the voucher changed on records that were there before."""
	columns = _columns(doctype)
	names = before.keys() & after.keys()
	changed = [i for i in range(len(columns)) if any(before[n][i] != after[n][i] for n in names)]
	pick = lambda row: tuple(row[i] for i in changed)  # noqa: E731
	if not changed:
		return
	written.updated[doctype] = (
		tuple(columns[i] for i in changed),
		{n: pick(before[n]) for n in names},
		{n: pick(after[n]) for n in names},
	)


def replay(written: Written) -> float:
	"""Take the rows out again, then write them by bare statements; the seconds that the writing took."""
	for doctype, (columns, rows) in written.inserted.items():
		at = columns.index("name")
		_by_chunks(f"DELETE FROM `tab{doctype}` WHERE name IN ({{}})", [(row[at],) for row in rows])
	for doctype, (columns, before, _after) in written.updated.items():
		_update(doctype, columns, before)
	frappe.db.commit()
	started = time.perf_counter()
	for doctype, (columns, rows) in written.inserted.items():
		names = ", ".join(f"`{c}`" for c in columns)
		_by_chunks(
			f"INSERT INTO `tab{doctype}` ({names}) VALUES {{}}", rows, f"({', '.join(['%s'] * len(columns))})"
		)
	for doctype, (columns, _before, after) in written.updated.items():
		_update(doctype, columns, after)
	_cursor().execute("COMMIT")
	return time.perf_counter() - started


def _update(doctype: str, columns: tuple[str, ...], records: dict[str, tuple]) -> None:
	"""The same columns of the same records: records alike share a statement."""
	alike: dict[tuple, list[str]] = {}
	for name, values in records.items():
		alike.setdefault(values, []).append(name)
	sets = ", ".join(f"`{c}` = %s" for c in columns)
	for values, names in alike.items():
		statement = f"UPDATE `tab{doctype}` SET {sets} WHERE name IN ({{}})"
		_by_chunks(statement, [(name,) for name in sorted(names)], head=values)


def _by_chunks(statement: str, rows: list[tuple], group: str = "%s", head: tuple = ()) -> None:
	cursor = _cursor()
	for i in range(0, len(rows), ROWS):
		chunk = rows[i : i + ROWS]
		cursor.execute(
			statement.replace("{}", ", ".join([group] * len(chunk))),
			[*head, *(v for row in chunk for v in row)],
		)


def _columns(doctype: str) -> list[str]:
	return [row[0] for row in _run(f"SHOW COLUMNS FROM `tab{doctype}`", ())]


def _run(statement: str, values: tuple) -> list[tuple]:
	cursor = _cursor()
	cursor.execute(statement, values)
	return list(cursor.fetchall())


def _cursor():
	return frappe.db._conn.cursor()
