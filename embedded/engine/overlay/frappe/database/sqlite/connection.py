"""The SQLite database of a site: statements, transactions and locks.

Every statement outside a transaction stands for itself until the first one that writes (or reads FOR UPDATE);
that one begins the transaction with BEGIN IMMEDIATE, so that it waits for another writer instead of failing
halfway, and a rollback takes back all that a refused request has written.
"""

import re
import sqlite3
import warnings

import frappe
from frappe.database.database import TRANSACTION_DISABLED_MSG, Database
from frappe.database.sqlite import database as engine
from frappe.database.sqlite import functions
from frappe.database.sqlite.schema import SQLiteTable
from frappe.database.sqlite.statement import bind, strip_lock
from frappe.database.utils import get_query_type

BUSY_TIMEOUT = 30  # seconds that a writer waits for another one

_WRITES = frozenset(
	("insert", "update", "delete", "replace", "create", "alter", "drop", "rename", "truncate", "reindex")
)
_SAVEPOINT = re.compile(
	r"(?P<verb>savepoint|release|rollback)\s+(?:to\s+)?(?:savepoint\s+)?(?P<name>\w+)", re.I
)

functions.register_types()


class SQLiteDatabase(engine.SQLiteDatabase):
	def __init__(self, *args, **kwargs):
		super().__init__(*args, **kwargs)
		self._savepoints: list[str] = []  # set before the transaction has begun
		self.last_query = ""

	# ---- connection -------------------------------------------------------------------------------------

	def get_connection(self, read_only: bool = False) -> sqlite3.Connection:
		connection = sqlite3.connect(
			self.get_db_path(),
			timeout=BUSY_TIMEOUT,
			isolation_level=None,  # transactions are begun below, not by the driver
			detect_types=sqlite3.PARSE_DECLTYPES,
			check_same_thread=False,
			cached_statements=512,
		)
		functions.register(connection)
		connection.execute("PRAGMA journal_mode=WAL")
		connection.execute("PRAGMA synchronous=NORMAL")
		return connection

	def set_execution_timeout(self, seconds: int):
		"""SQLite cannot end a running statement; the wait for a lock is bounded by BUSY_TIMEOUT."""

	def close(self):
		self._savepoints.clear()
		super().close()

	# ---- statements -------------------------------------------------------------------------------------

	def sql(self, query, *args, **kwargs):
		# past the engine's own rewriting of quotes, which would also change literals
		return Database.sql(self, str(query), *args, **kwargs)

	def execute_query(self, query, values=None):
		query, locking = strip_lock(query)
		kind = get_query_type(query)
		if kind in ("savepoint", "release", "rollback") and self._handle_savepoint(query):
			return None
		if (locking or kind in _WRITES) and not self._conn.in_transaction:
			self._begin_writing()
		query, bound = bind(query, values)
		self.last_query = query
		return self._cursor.execute(query, bound)

	def log_query(self, query, query_type, values=None, debug=False):
		self._log_query(query, query_type, debug, query)
		return query

	def mogrify(self, query, values):
		"""Statement with its values written in, for people to read."""
		query, bound = bind(query, values or None)
		marks = iter(bound)
		return re.sub(r"\?", lambda _: _literal(next(marks, "?")), query)

	@staticmethod
	def escape(s, percent=True):
		text = str(s).replace("'", "''")
		return "'" + (text.replace("%", "%%") if percent else text) + "'"

	# ---- transactions -----------------------------------------------------------------------------------

	def _begin_writing(self):
		self._cursor.execute("BEGIN IMMEDIATE")
		for name in self._savepoints:
			self._cursor.execute(f"SAVEPOINT {name}")
		self._savepoints.clear()

	def _handle_savepoint(self, query: str) -> bool:
		"""Keep account of savepoints while nothing has been written; True if that was all there is to do."""
		match = _SAVEPOINT.match(query)
		if self._conn.in_transaction or not match:
			return False
		name = match["name"]
		if match["verb"].lower() == "savepoint":
			self._savepoints.append(name)
		elif name in self._savepoints:
			keep = match["verb"].lower() == "rollback"
			last = len(self._savepoints) - 1 - self._savepoints[::-1].index(name)
			del self._savepoints[last + keep :]
		else:
			raise sqlite3.OperationalError(f"no such savepoint: {name}")
		return True

	def begin(self, *, read_only=False):
		"""Nothing yet: the first statement that writes begins the transaction."""
		if not self._conn:
			self.connect()
		if not self._conn.in_transaction:
			only_reads = bool(read_only or frappe.flags.read_only)
			self._conn.execute(f"PRAGMA query_only={int(only_reads)}")

	def _end(self, statement: str):
		if self._conn.in_transaction:
			self._conn.execute(statement)
		self._savepoints.clear()
		self.transaction_writes = 0
		self.value_cache.clear()

	def commit(self, *, chain=False):
		if self._disable_transaction_control:
			warnings.warn(message=TRANSACTION_DISABLED_MSG, stacklevel=2)
			return
		if not self._conn:
			self.connect()
		self.before_rollback.reset()
		self.after_rollback.reset()
		self.before_commit.run()
		self._end("COMMIT")
		self.after_commit.run()

	def rollback(self, *, save_point=None, chain=False):
		if not self._conn:
			self.connect()
		if save_point:
			self.sql(f"rollback to savepoint {save_point}")
			self.value_cache.clear()
		elif self._disable_transaction_control:
			warnings.warn(message=TRANSACTION_DISABLED_MSG, stacklevel=2)
		else:
			self.before_commit.reset()
			self.after_commit.reset()
			self.before_rollback.run()
			self._end("ROLLBACK")
			self.after_rollback.run()

	# ---- schema -----------------------------------------------------------------------------------------

	def updatedb(self, doctype, meta=None):
		"""Bring the table of a DocType up to its fields."""
		single = self.sql("SELECT issingle FROM `tabDocType` WHERE name=%s", (doctype,))
		if not single:
			raise Exception(f"Wrong doctype {doctype} in updatedb")
		if not single[0][0]:
			table = Table(doctype, meta)
			table.validate()
			table.sync()
			self.commit()

	def get_table_columns_description(self, table_name):
		"""Columns of a table, each with whether it has an index of its own and whether that is unique."""
		columns = self.sql(f"PRAGMA table_info(`{table_name}`)", as_dict=True)
		single = {}
		for index in self.sql(f"PRAGMA index_list(`{table_name}`)", as_dict=True):
			fields = self.sql(f"PRAGMA index_info(`{index.name}`)", as_dict=True)
			if len(fields) == 1:
				single.setdefault(fields[0].name, set()).add(index.unique)
		for column in columns:
			column.index = 0 in single.get(column.name, ())
			column.unique = 1 in single.get(column.name, ())
			column.default = column.pop("dflt_value")
		return columns

	# index names are shared by the whole database here, unlike in MariaDB
	def _own_index_name(self, table_name: str, index_name: str) -> str:
		return index_name if index_name.startswith(table_name) else f"{table_name}_{index_name}"

	def has_index(self, table_name, index_name):
		names = {row[1] for row in self.sql(f"PRAGMA index_list(`{table_name}`)")}
		return bool({index_name, self._own_index_name(table_name, index_name)} & names)

	def add_index(self, doctype, fields, index_name=None):
		fields = [re.sub(r"\(.*?\)", "", field) for field in fields]  # no prefix lengths
		table_name = frappe.utils.get_table_name(doctype)
		name = self._own_index_name(table_name, index_name or self.get_index_name(fields))
		columns = ", ".join(f"`{field}`" for field in fields)
		self.sql_ddl(f"CREATE INDEX IF NOT EXISTS `{name}` ON `{table_name}` ({columns})")

	def add_unique(self, doctype, fields, constraint_name=None):
		fields = [fields] if isinstance(fields, str) else fields
		table_name = frappe.utils.get_table_name(doctype)
		name = self._own_index_name(table_name, constraint_name or f"unique_{'_'.join(fields)}")
		columns = ", ".join(f"`{field}`" for field in fields)
		self.sql_ddl(f"CREATE UNIQUE INDEX IF NOT EXISTS `{name}` ON `{table_name}` ({columns})")

	def truncate(self, doctype: str):
		table = frappe.utils.get_table_name(doctype)
		self.commit()
		self.sql(f"DELETE FROM `{table}`")
		self.commit()

	# ---- errors -----------------------------------------------------------------------------------------

	# by the message, since the error code is missing before Python 3.11
	@staticmethod
	def is_primary_key_violation(e) -> bool:
		return isinstance(e, sqlite3.IntegrityError) and bool(re.search(r"UNIQUE.*\.name$", str(e)))

	@staticmethod
	def is_unique_key_violation(e) -> bool:
		return isinstance(e, sqlite3.IntegrityError) and bool(re.search(r"UNIQUE.*\.(?!name$)\w+$", str(e)))


class Table(SQLiteTable):
	def alter(self):
		"""Add columns and indexes.

		Types are not enforced by SQLite and defaults are filled in by the documents, so a changed type or
		default needs no new table; the engine's own way of making one loses its primary key and indexes.
		"""
		for column in self.columns.values():
			column.build_for_alter_table(self.current_columns.get(column.fieldname.lower()))
		for column in self.add_column:
			frappe.db.sql_ddl(
				f"ALTER TABLE `{self.table_name}` ADD COLUMN `{column.fieldname}` {_addable(column.get_definition())}"
			)
		for column in self.add_unique:
			self._index(column, "UNIQUE INDEX", "unique")
		for column in {*self.add_index, *(c for c in self.add_column if c.set_index)}:
			self._index(column, "INDEX", "index")
		for column in self.drop_index:
			frappe.db.sql_ddl(f"DROP INDEX IF EXISTS `{self._index_name(column, 'index')}`")
		for column in self.drop_unique:
			frappe.db.sql_ddl(f"DROP INDEX IF EXISTS `{self._index_name(column, 'unique')}`")

	def create(self):
		super().create()
		for column in self.columns.values():
			if column.set_index and not column.unique:
				self._index(column, "INDEX", "index")

	def _index_name(self, column, kind: str) -> str:
		return f"{self.table_name}_{column.fieldname}_{kind}"

	def _index(self, column, what: str, kind: str):
		frappe.db.sql_ddl(
			f"CREATE {what} IF NOT EXISTS `{self._index_name(column, kind)}`"
			f" ON `{self.table_name}` (`{column.fieldname}`)"
		)


def _addable(definition: str) -> str:
	"""A column of an existing table cannot be unique from the start; its index follows."""
	return re.sub(r"\bunique\b", "", definition, flags=re.I)


def _literal(value) -> str:
	if value is None:
		return "NULL"
	return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
