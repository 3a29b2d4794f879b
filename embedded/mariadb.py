"""A private MariaDB server, started from the installed programs and reached by socket only."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from embedded import config

# what Frappe asks for, and no more durability than a site of this kind needs
OPTIONS = (
	"--no-defaults",
	"--skip-networking",
	"--skip-log-bin",
	"--character-set-server=utf8mb4",
	"--collation-server=utf8mb4_unicode_ci",
	"--innodb-buffer-pool-size=256M",
	"--innodb-log-file-size=64M",
	"--innodb-flush-log-at-trx-commit=2",
	"--max-allowed-packet=64M",
	"--skip-name-resolve",
	"--performance-schema=OFF",
)
SECONDS_TO_START = 60


class ServerError(Exception):
	"""Told to the user without a traceback."""


class MissingProgram(ServerError):
	pass


class Server:
	def __init__(self, name: str, *options: str):
		self.options = options  # besides OPTIONS, which they overrule
		self.folder = config.STATE / "mariadb" / name
		self.data = self.folder / "data"
		self.log = config.LOGS / f"mariadb-{name}.log"
		self._process: subprocess.Popen | None = None
		self._owned = None  # lock file, held while this process has the server

	@property
	def socket(self) -> Path:
		path = self.folder / "server.sock"
		# the kernel allows 107 bytes
		if len(os.fsencode(path)) < 100:
			return path
		name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
		return Path(tempfile.gettempdir()) / f"site-{os.getuid()}-{name}.sock"

	def start(self) -> None:
		self._lock()
		if self.answers():
			self._stop_orphan()
		self._create()
		with self.log.open("ab") as log:
			self._process = subprocess.Popen(
				[_program("mariadbd", "mysqld"), *self._options()],
				stdout=log,
				stderr=log,
				start_new_session=True,  # Ctrl-C is for the web server; this one is stopped after it
			)
		until = time.monotonic() + SECONDS_TO_START
		while not self.answers():
			if self._process.poll() is not None or time.monotonic() > until:
				self.stop()
				raise ServerError(f"MariaDB did not start, see {self.log}")
			time.sleep(0.05)

	def stop(self) -> None:
		if self._process:
			self._process.terminate()
			self._process.wait(60)
			self._process = None
		if self._owned:
			self._owned.close()
			self._owned = None

	def kill(self) -> None:
		"""End it as a crash would, without a chance to tidy up; it may be started again."""
		self._process.kill()
		self._process.wait(60)
		self._process = None
		self._owned.close()

	def answers(self) -> bool:
		import pymysql

		try:
			pymysql.connect(unix_socket=str(self.socket), user="root").close()
		except pymysql.Error:
			return False
		return True

	def run(self, *statements: str) -> None:
		import pymysql

		with contextlib.closing(pymysql.connect(unix_socket=str(self.socket), user="root")) as connection:
			for statement in statements:
				connection.cursor().execute(statement)

	def load(self, database: str, dump: Path) -> None:
		with dump.open("rb") as source:
			subprocess.run([*self._client("mariadb", "mysql"), database], stdin=source, check=True)

	def dump(self, database: str, target: Path) -> None:
		command = [*self._client("mariadb-dump", "mysqldump"), "--single-transaction", "--skip-comments"]
		with target.open("wb") as file:
			subprocess.run([*command, database], stdout=file, check=True)

	def _lock(self) -> None:
		self.folder.parent.mkdir(parents=True, exist_ok=True)
		self._owned = self.folder.with_suffix(".lock").open("w")
		try:
			fcntl.flock(self._owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			self._owned.close()
			raise ServerError(
				f"The database in {self.folder} is in use by another run of this checkout."
			) from None

	def stop_if_orphan(self) -> bool:
		"""End a server whose owner is gone; False if there is none, or it is somebody's."""
		try:
			self._lock()
		except ServerError:
			return False
		try:
			if not self.answers():
				return False
			self._stop_orphan()
			return True
		finally:
			self._owned.close()

	def _stop_orphan(self) -> None:
		"""End a server whose owner was killed."""
		self.run("SHUTDOWN")
		until = time.monotonic() + SECONDS_TO_START
		while (self.folder / "server.pid").exists() and time.monotonic() < until:
			time.sleep(0.1)

	def _client(self, *names: str) -> list[str]:
		return [_program(*names), "--no-defaults", f"--socket={self.socket}", "--user=root"]

	def _options(self) -> list[str]:
		options = [*OPTIONS, f"--datadir={self.data}", f"--socket={self.socket}", f"--tmpdir={self.folder}"]
		options += [f"--pid-file={self.folder / 'server.pid'}"]
		return [*options, *self.options, *(["--user=root"] if os.getuid() == 0 else [])]

	def _create(self) -> None:
		config.LOGS.mkdir(parents=True, exist_ok=True)
		if (self.data / "mysql").exists():
			return
		shutil.rmtree(self.folder, ignore_errors=True)  # but for a mounted disk, which stays
		self.data.mkdir(parents=True)
		command = [
			_program("mariadb-install-db", "mysql_install_db"),
			"--no-defaults",
			f"--datadir={self.data}",
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
		]
		if os.getuid() == 0:
			command.append("--user=root")
		done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
		if done.returncode:
			shutil.rmtree(self.folder, ignore_errors=True)
			raise ServerError(f"MariaDB could not set up its folder:\n{done.stdout}")


def _program(*names: str) -> str:
	path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
	for name in names:
		if found := shutil.which(name, path=path):
			return found
	raise MissingProgram(f"{names[0]} is not installed. On Debian: apt-get install mariadb-server")


def installed() -> bool:
	try:
		return bool(_program("mariadbd", "mysqld") and _program("mariadb-install-db", "mysql_install_db"))
	except MissingProgram:
		return False


@contextlib.contextmanager
def running(name: str, *options: str) -> Iterator[Server]:
	server = Server(name, *options)
	server.start()
	try:
		yield server
	finally:
		server.stop()


def stop_orphans() -> None:
	"""End the servers of this checkout whose owners were killed."""
	for pid in (config.STATE / "mariadb").glob("*/server.pid"):
		Server(pid.parent.name).stop_if_orphan()
