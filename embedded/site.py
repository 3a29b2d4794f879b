"""Sites: made from the engine's own base, given an app, kept as templates and restored from them."""

import hashlib
import json
import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from embedded import boot, config, engine
from embedded.mariadb import Server

# what the set-up wizard asks; the same that a new site of a bench begins with
WIZARD = {
	"language": "English",
	"country": "India",
	"timezone": "Asia/Kolkata",
	"currency": "INR",
	"enable_telemetry": 0,
}
# files of an app that its installation or migration reads
SCHEMA_FILES = ("*.json", "*.txt", "*.csv", "hooks.py", "install.py", "patches/**/*.py", "setup/**/*.py")


@dataclass(frozen=True)
class Site:
	name: str
	db: str
	app: str | None = None
	app_root: Path = config.ROOT
	server: Server | None = None  # of a MariaDB site

	@property
	def folder(self) -> Path:
		return config.SITES / self.name

	@property
	def database(self) -> str:
		return f"{self.name}_db"

	@property
	def sqlite_file(self) -> Path:
		return self.folder / "db" / f"{self.database}.db"

	@property
	def state(self) -> dict:
		"""What the site was last brought up to; empty for a site that is not there."""
		file = self.folder / "state.json"
		return json.loads(file.read_text()) if file.exists() else {}

	def remember(self, **state) -> None:
		(self.folder / "state.json").write_text(json.dumps({**self.state, **state}, indent=1))

	@classmethod
	def existing(cls, name: str) -> "Site":
		"""A site by the name of its folder."""
		settings = json.loads((config.SITES / name / "site_config.json").read_text())
		apps = settings["apps"]
		server = None
		if settings["db_type"] == "mariadb":
			server = Server(Path(settings["db_socket"]).parent.name)
		root = Path(settings["app_roots"][0])
		return cls(name, settings["db_type"], apps[0] if apps else None, root, server)

	# ---- life -------------------------------------------------------------------------------------------

	def connect(self, **flags):
		"""`frappe`, connected to this site as Administrator."""
		frappe = boot.frappe()
		self.configure()
		frappe.destroy()
		frappe.init(self.name, force=True)
		frappe.flags.update(flags)
		frappe.connect()
		return frappe

	def configure(self, **more) -> None:
		"""Write site_config.json, keeping what is there already."""
		for folder in ("db", "locks", "logs", "public/files", "private/files", "private/backups"):
			(self.folder / folder).mkdir(parents=True, exist_ok=True)
		file = self.folder / "site_config.json"
		old = json.loads(file.read_text()) if file.exists() else {}
		new = {
			"encryption_key": secrets.token_urlsafe(32) + "=",
			"admin_password": config.ADMIN_PASSWORD,
			"mute_emails": 1,
			"disable_scheduler": 1,
			**old,
			"disable_async": 0,  # no socket server, but its client here asks the site itself
			"db_type": self.db,
			"db_name": self.database,
			"apps": [self.app] if self.app else [],
			"app_roots": [str(self.app_root)],
			**more,
		}
		if self.db == "mariadb":
			new |= {"db_socket": str(self.server.socket), "db_user": self.database}
			new.setdefault("db_password", secrets.token_urlsafe(16))
		if new != old:
			file.write_text(json.dumps(new, indent=1))

	def drop_cache(self) -> None:
		for file in self.folder.glob("cache.db*"):
			file.unlink()

	def migrate(self) -> None:
		self.connect()
		from frappe.migrate import SiteMigration

		SiteMigration(skip_search_index=True).run(self.name)
		self.connect()  # it has closed the connection at its end

	# ---- database files ---------------------------------------------------------------------------------

	def save(self, template: Path) -> None:
		template.parent.mkdir(parents=True, exist_ok=True)
		unfinished = template.with_suffix(".part")
		unfinished.unlink(missing_ok=True)
		if self.db == "sqlite":
			with closing(sqlite3.connect(self.sqlite_file)) as connection:
				connection.execute("VACUUM INTO ?", (str(unfinished),))
		else:
			self.server.dump(self.database, unfinished)
		unfinished.rename(template)

	def restore(self, template: Path) -> None:
		boot.frappe().destroy()  # an open connection would hold what is about to be replaced
		self.configure()
		self.drop_cache()
		for folder in ("public/files", "private/files", "locks"):
			shutil.rmtree(self.folder / folder, ignore_errors=True)
			(self.folder / folder).mkdir()
		if self.db == "sqlite":
			for file in self.sqlite_file.parent.glob(self.sqlite_file.name + "*"):
				file.unlink()
			shutil.copy(template, self.sqlite_file)
		else:
			user = f"'{self.database}'@'localhost'"
			password = json.loads((self.folder / "site_config.json").read_text())["db_password"]
			self.server.run(
				f"DROP DATABASE IF EXISTS `{self.database}`",
				f"CREATE DATABASE `{self.database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
				f"CREATE OR REPLACE USER {user} IDENTIFIED BY '{password}'",
				f"GRANT ALL ON `{self.database}`.* TO {user}",
			)
			self.server.load(self.database, template)


# ---- templates ------------------------------------------------------------------------------------------


def base_template(db: str, server: Server | None, say=print) -> Path:
	"""Dump of a site with the framework alone, its set-up wizard done."""
	template = _template(db, "base", engine.fingerprint())
	with config.building():
		if not template.exists():
			say(f"Making a bare {db} site")
			site = Site(f"base_{db}", db, server=server)
			shutil.rmtree(site.folder, ignore_errors=True)
			_create(site)
			site.save(template)
			_forget(template)
	return template


def app_template(site: Site, say=print) -> Path:
	"""Dump of a site with the app installed; made through `site` when the app has changed."""
	template = _template(site.db, site.app, engine.fingerprint() + fingerprint(site))
	with config.building():
		if not template.exists():
			base = base_template(site.db, site.server, say)
			say(f"Installing {site.app} on a {site.db} site")
			site.restore(base)
			install(site)
			site.save(template)
			_forget(template)
	return template


def fingerprint(site: Site) -> str:
	"""Of all that an installation or migration of the app depends on."""
	package = site.app_root / site.app
	digest = hashlib.sha256()
	for file in sorted({file for pattern in SCHEMA_FILES for file in package.rglob(pattern)}):
		if "node_modules" not in file.parts:
			digest.update(str(file.relative_to(package)).encode() + b"\0" + file.read_bytes())
	return digest.hexdigest()


def install(site: Site) -> None:
	frappe = site.connect()
	from frappe.installer import install_app

	install_app(site.app)
	frappe.db.commit()
	frappe.clear_cache()


def _template(db: str, name: str, key: str) -> Path:
	digest = hashlib.sha256(key.encode()).hexdigest()[:16]
	return config.TEMPLATES / f"{db}-{name}-{digest}.{'db' if db == 'sqlite' else 'sql'}"


def _forget(template: Path) -> None:
	"""Remove older dumps of the same kind."""
	for other in template.parent.glob(template.name.rpartition("-")[0] + "-*"):
		if other != template:
			other.unlink()


def _create(site: Site) -> None:
	package = config.ENGINE / "frappe/database"
	if site.db == "sqlite":
		site.restore(package / "sqlite/framework_sqlite.db")
	else:
		site.restore(package / "mariadb/framework_mariadb.sql")
	frappe = site.connect(in_install_db=True)
	frappe.db.create_auth_table()
	frappe.db.create_global_search_table()
	frappe.db.create_user_settings_table()
	frappe.flags.in_install_db = False

	from frappe.installer import install_app

	install_app("frappe")
	frappe.db.commit()
	_complete_wizard(frappe)


def _complete_wizard(frappe) -> None:
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	frappe.clear_cache()
	result = setup_complete(dict(WIZARD))
	if not frappe.db.get_single_value("System Settings", "setup_complete"):
		raise RuntimeError(f"the set-up wizard did not finish: {result}")
	frappe.db.set_single_value(
		"System Settings",
		{"enable_telemetry": 0, "disable_system_update_notification": 1, "enable_onboarding": 1},
	)
	frappe.db.commit()
	frappe.clear_cache()
