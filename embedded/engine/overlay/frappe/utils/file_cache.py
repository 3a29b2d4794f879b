"""The cache of a site without a Redis server: the commands that Frappe uses, kept in a SQLite file.

One file per site (`cache.db` in its folder), shared by all its processes and threads, so that what one of them
forgets is forgotten by all. Losing the file loses nothing but time.
"""

import fnmatch
import os
import random
import sqlite3
import threading
import time
from pathlib import Path

import frappe
import redis.exceptions
from frappe.config import SITES_PATH
from frappe.utils.redis_wrapper import RedisWrapper

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, value BLOB, expires REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hash (key BLOB, field BLOB, value BLOB, PRIMARY KEY (key, field)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list (position INTEGER PRIMARY KEY, key BLOB, value BLOB);
CREATE TABLE IF NOT EXISTS member (key BLOB, value BLOB, PRIMARY KEY (key, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS list_key ON list (key);
CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT, event TEXT, message TEXT);
"""
_KEYED = ("entry", "hash", "list", "member")


def _raw(value) -> bytes:
	return value if isinstance(value, bytes) else str(value).encode()


class _Store:
	"""One cache file, opened once per process."""

	def __init__(self, path: Path):
		self.pid = os.getpid()
		self.lock = threading.RLock()
		self.connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
		self.connection.execute("PRAGMA journal_mode=WAL")
		self.connection.execute("PRAGMA synchronous=OFF")
		self.connection.executescript(_SCHEMA)

	def run(self, statement: str, *values) -> list[tuple]:
		with self.lock:
			return self.connection.execute(statement, values).fetchall()


class FileCache(RedisWrapper):
	"""Drop-in for `frappe.cache`: the methods of RedisWrapper, over `execute_command`."""

	_stores: dict[Path, _Store] = {}  # noqa: RUF012
	_opening = threading.Lock()

	def __init__(self):
		super().__init__()  # a client that never connects

	@property
	def _store(self) -> _Store:
		path = SITES_PATH / (getattr(frappe.local, "site", None) or "") / "cache.db"
		store = self._stores.get(path)
		if store is None or store.pid != os.getpid() or not path.exists():
			with self._opening:
				path.parent.mkdir(parents=True, exist_ok=True)
				store = self._stores[path] = _Store(path)
		return store

	def execute_command(self, *args, **options):
		command = getattr(self, f"_do_{args[0].lower()}", None)
		if command is None:
			# what callers are prepared for when there is no server
			raise redis.exceptions.ConnectionError(f"{args[0]} needs a Redis server")
		return command(*args[1:])

	def pipeline(self, transaction=True, shard_hint=None):
		return _Pipeline(self)

	def client_id(self):
		raise redis.exceptions.ConnectionError("no server that could report changes")

	def _run(self, statement, *values):
		return self._store.run(statement, *values)

	# ---- events: frappe/utils/local_events.py -------------------------------------------------------------

	def publish_event(self, room: str, event: str, message: str, kept: int) -> None:
		store = self._store
		with store.lock:
			store.run("INSERT INTO event (room, event, message) VALUES (?, ?, ?)", room, event, message)
			store.run("DELETE FROM event WHERE number <= (SELECT max(number) FROM event) - ?", kept)

	def latest_event(self) -> int:
		return self._run("SELECT coalesce(max(number), 0) FROM event")[0][0]

	def events_after(self, number: int, rooms: list[str]) -> list[tuple[int, str, str]]:
		marks = ", ".join("?" * len(rooms))
		statement = (
			f"SELECT number, event, message FROM event WHERE number > ? AND room IN ({marks}) ORDER BY number"
		)
		return self._run(statement, number, *rooms)

	# ---- keys -------------------------------------------------------------------------------------------

	def _do_ping(self):
		return True

	def _do_publish(self, channel, message):
		return 0

	def _do_flushall(self, *args):
		for table in _KEYED:
			self._run(f"DELETE FROM {table}")
		return True

	_do_flushdb = _do_flushall

	def _do_keys(self, pattern="*"):
		pattern = _raw(pattern).decode()
		keys = {row[0] for table in _KEYED for row in self._run(f"SELECT DISTINCT key FROM {table}")}
		return [key for key in keys if fnmatch.fnmatchcase(key.decode(), pattern)]

	def _do_unlink(self, *keys):
		for key in map(_raw, keys):
			for table in _KEYED:
				self._run(f"DELETE FROM {table} WHERE key = ?", key)
		return len(keys)

	_do_del = _do_unlink

	def _do_exists(self, *keys):
		return sum(
			any(self._run(f"SELECT 1 FROM {table} WHERE key = ? LIMIT 1", _raw(key)) for table in _KEYED)
			for key in keys
		)

	def _do_expire(self, key, seconds, *flags):
		self._run("UPDATE entry SET expires = ? WHERE key = ?", time.time() + float(seconds), _raw(key))
		return True

	def _do_ttl(self, key):
		rows = self._run("SELECT expires FROM entry WHERE key = ?", _raw(key))
		return -2 if not rows else -1 if rows[0][0] is None else max(0, int(rows[0][0] - time.time()))

	# ---- values -----------------------------------------------------------------------------------------

	def _do_get(self, key):
		rows = self._run("SELECT value, expires FROM entry WHERE key = ?", _raw(key))
		if not rows or (rows[0][1] is not None and rows[0][1] < time.time()):
			return None
		return rows[0][0]

	def _do_set(self, key, value, *options):
		seconds = options[options.index("EX") + 1] if "EX" in options else None
		expires = None if seconds is None else time.time() + float(seconds)
		self._run("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", _raw(key), _raw(value), expires)
		return True

	def _do_setex(self, key, seconds, value):
		return self._do_set(key, value, "EX", seconds)

	def _do_incrby(self, key, amount=1):
		store = self._store
		with store.lock:
			value = int(self._do_get(key) or 0) + int(amount)
			changed = store.run(
				"UPDATE entry SET value = ? WHERE key = ? RETURNING key", _raw(value), _raw(key)
			)
			if not changed:
				self._do_set(key, value)
		return value

	# ---- hashes -----------------------------------------------------------------------------------------

	def _do_hset(self, key, *pairs):
		for field, value in zip(pairs[::2], pairs[1::2], strict=True):
			self._run("INSERT OR REPLACE INTO hash VALUES (?, ?, ?)", _raw(key), _raw(field), _raw(value))
		return len(pairs) // 2

	def _do_hget(self, key, field):
		rows = self._run("SELECT value FROM hash WHERE key = ? AND field = ?", _raw(key), _raw(field))
		return rows[0][0] if rows else None

	def _do_hgetall(self, key):
		return dict(self._run("SELECT field, value FROM hash WHERE key = ?", _raw(key)))

	def _do_hkeys(self, key):
		return [row[0] for row in self._run("SELECT field FROM hash WHERE key = ?", _raw(key))]

	def _do_hexists(self, key, field):
		return self._do_hget(key, field) is not None

	def _do_hdel(self, key, *fields):
		for field in fields:
			self._run("DELETE FROM hash WHERE key = ? AND field = ?", _raw(key), _raw(field))
		return len(fields)

	# ---- lists ------------------------------------------------------------------------------------------

	def _items(self, key) -> list[tuple[int, bytes]]:
		return self._run("SELECT position, value FROM list WHERE key = ? ORDER BY position", _raw(key))

	def _do_rpush(self, key, *values):
		for value in values:
			self._run("INSERT INTO list (key, value) VALUES (?, ?)", _raw(key), _raw(value))
		return self._do_llen(key)

	def _do_lpush(self, key, *values):
		for value in values:
			self._run(
				"INSERT INTO list SELECT min(coalesce(min(position), 0), 0) - 1, ?, ? FROM list",
				_raw(key),
				_raw(value),
			)
		return self._do_llen(key)

	def _pop(self, key, end: int):
		items = self._items(key)
		if not items:
			return None
		self._run("DELETE FROM list WHERE position = ?", items[end][0])
		return items[end][1]

	def _do_lpop(self, key, *count):
		return self._pop(key, 0)

	def _do_rpop(self, key, *count):
		return self._pop(key, -1)

	def _do_llen(self, key):
		return self._run("SELECT count(*) FROM list WHERE key = ?", _raw(key))[0][0]

	@staticmethod
	def _span(items: list, start, stop) -> list:
		stop = int(stop)
		return items[int(start) : None if stop == -1 else stop + 1]

	def _do_lrange(self, key, start, stop):
		return [value for _, value in self._span(self._items(key), start, stop)]

	def _do_ltrim(self, key, start, stop):
		items = self._items(key)
		for position, _ in set(items) - set(self._span(items, start, stop)):
			self._run("DELETE FROM list WHERE position = ?", position)
		return True

	# ---- sets -------------------------------------------------------------------------------------------

	def _do_sadd(self, key, *values):
		for value in values:
			self._run("INSERT OR IGNORE INTO member VALUES (?, ?)", _raw(key), _raw(value))
		return len(values)

	def _do_srem(self, key, *values):
		for value in values:
			self._run("DELETE FROM member WHERE key = ? AND value = ?", _raw(key), _raw(value))
		return len(values)

	def _do_smembers(self, key):
		return {row[0] for row in self._run("SELECT value FROM member WHERE key = ?", _raw(key))}

	def _do_sismember(self, key, value):
		return bool(self._run("SELECT 1 FROM member WHERE key = ? AND value = ?", _raw(key), _raw(value)))

	def _do_srandmember(self, key, *count):
		members = list(self._do_smembers(key))
		return random.choice(members) if members else None

	def _do_spop(self, key, *count):
		member = self._do_srandmember(key)
		if member is not None:
			self._do_srem(key, member)
		return member


class _Pipeline:
	"""Runs each command when it is given; there is no round trip to save."""

	def __init__(self, cache: FileCache):
		self._cache = cache
		self._results: list = []

	def __getattr__(self, name):
		# the plain Redis command: a pipeline is given keys that are complete
		method = getattr(super(RedisWrapper, self._cache), name)

		def call(*args, **kwargs):
			self._results.append(method(*args, **kwargs))
			return self

		return call

	def execute(self):
		results, self._results = self._results, []
		return results

	def __enter__(self):
		return self

	def __exit__(self, *exc):
		return None
