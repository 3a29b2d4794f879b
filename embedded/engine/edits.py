"""Single-place changes to the engine's source, after renaming. Each must match, or the build stops."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
	path: str
	old: str
	new: str
	times: int = 1

	def apply(self, package: Path) -> None:
		file = package / self.path
		text = file.read_text()
		if text.count(self.old) != self.times:
			raise LookupError(
				f"{self.path}: {text.count(self.old)} times instead of {self.times}: {self.old!r}"
			)
		file.write_text(text.replace(self.old, self.new))


def per_app(path: str, old: str, name: str, times: int = 1) -> Edit:
	"""Loops over apps ask for the hooks of all apps each time: the argument `app_name` was cut out."""
	comma = "" if old.endswith("(") else ", "
	return Edit(path, old + ")", f"{old}{comma}app_name={name})", times)


EDITS = [
	# ---- sites, apps and hooks: frappe/_host.py -----------------------------------------------------------
	Edit("__init__.py", '__version__ = "0.0.1"', '__version__ = "16.4.1"'),
	Edit(
		"__init__.py",
		"\nfrappe._optimizations.optimize_all()",
		"""
from frappe._host import (
	_load_app_hooks,
	_site_cached_load_app_hooks,
	get_all_apps,
	get_app_path,
	get_app_source_path,
	get_hooks,
	get_installed_apps,
	get_module_list,
	get_site_name,
	init,
	init_site,
	is_setup_complete,
	setup_module_map,
)

frappe._optimizations.optimize_all()""",
	),
	# a site named by the caller, as in Frappe
	Edit(
		"__init__.py",
		"""	from frappe.database import get_db

	if not getattr(local, "initialised", False):
		init()
""",
		"""	from frappe.database import get_db

	if site or not getattr(local, "initialised", False):
		init(site)
""",
	),
	Edit("__init__.py", "\tlocal.app_path = os.getcwd()\n\tlocal.site_path = os.getcwd()\n", ""),
	Edit("utils/__init__.py", 'return ["frappe"]', "return [frappe.local.site]"),
	Edit(
		"utils/__init__.py",
		'return os.environ.get("FRAPPE_BENCH_ROOT") or os.getcwd()',
		"return os.path.dirname(frappe.config.SITES_PATH)",
	),
	Edit("utils/__init__.py", "import functools\n", "import functools\nfrom contextlib import nullcontext\n"),
	# before Python 3.12, functools' own holds one lock for all instances while it computes: two requests that each
	# make a document whose meta needs another one wait for each other for ever
	Edit(
		"utils/__init__.py",
		"cached_property = functools.cached_property",
		"""class cached_property(functools.cached_property):
	def __init__(self, func):
		super().__init__(func)
		self.lock = nullcontext()""",
	),
	Edit(
		"utils/__init__.py",
		'frappe.read_file("assets/',
		'frappe.read_file(f"{frappe.local.app_path}/assets/',
		2,
	),  # a mail asks for its style sheet, and the tests' sites have no built Desk
	Edit(
		"utils/__init__.py",
		'frappe.read_file(f"{frappe.local.app_path}/assets/assets.json"))',
		'frappe.read_file(f"{frappe.local.app_path}/assets/assets.json") or "{}")',
	),
	Edit(
		"utils/logger.py",
		'os.path.join("..", "logs", logfile)',
		'os.path.join(frappe.utils.get_bench_path(), "logs", logfile)',
	),
	Edit(
		"utils/logger.py",
		'os.path.join(site, "logs", logfile)',
		'frappe.utils.get_site_path("logs", logfile)',
	),
	Edit(
		"desk/page/setup_wizard/setup_wizard.py",
		'open("../logs/setup-wizard.log", "w+")',
		'open(frappe.utils.get_bench_path() + "/logs/setup-wizard.log", "w+")',
	),
	per_app("migrate.py", 'frappe.get_hooks("before_migrate"', "app"),
	per_app("migrate.py", 'frappe.get_hooks("override_doctype_class", {}', "app"),
	per_app("apps.py", 'frappe.get_hooks("add_to_apps_screen"', "app", times=3),
	Edit(
		"apps.py",
		'apps = frappe.get_hooks("add_to_apps_screen", app_name=app)',
		'apps = frappe.get_hooks("add_to_apps_screen")',
	),
	per_app("utils/fixtures.py", 'frappe.get_hooks("fixture_auto_order"', "app"),
	per_app("utils/fixtures.py", 'frappe.get_hooks("fixtures"', "app"),
	# somebody who may use no app goes to the website
	Edit(
		"apps.py",
		'	if len(_apps) == 0:\n		return "/desk"\n',
		"	if len(_apps) == 0:\n		return None\n",
	),
	Edit(
		"utils/change_log.py", "app_hooks = frappe.get_hooks()", "app_hooks = frappe.get_hooks(app_name=app)"
	),
	per_app("desk/form/meta.py", "frappe.get_hooks(hook, default={}", "app_name"),
	per_app(
		"desk/doctype/global_search_settings/global_search_settings.py",
		'frappe.get_hooks(hook="global_search_doctypes"',
		"app",
	),
	per_app("desk/page/setup_wizard/setup_wizard.py", "frappe.get_hooks(", "app_name", times=1),
	Edit("boot.py", '\tfor app_name in ["frappe"]:', "\tfor app_name in frappe.get_installed_apps():"),
	Edit("boot.py", '\tfor app in ["frappe"]:', "\tfor app in frappe.get_installed_apps():"),
	per_app("boot.py", 'frappe.get_hooks("add_to_apps_screen"', "app_name"),
	per_app("boot.py", 'frappe.get_hooks("app_title"', "app_name"),
	per_app("boot.py", 'frappe.get_hooks("app_home"', "app_name"),
	per_app("boot.py", 'frappe.get_hooks("app_logo_url"', "app_name"),
	Edit(
		"desk/doctype/desktop_icon/desktop_icon.py",
		'app_title = frappe.get_hooks("app_title")[0]\n\t\t\t\tapp_icon',
		'app_title = frappe.get_hooks("app_title", app_name=app_name)[0]\n\t\t\t\tapp_icon',
	),
	Edit(
		"desk/doctype/desktop_icon/desktop_icon.py",
		'app_title = frappe.get_hooks("app_title")[0]\n\t\tapp_details = frappe.get_hooks("add_to_apps_screen")',
		'app_title = frappe.get_hooks("app_title", app_name=a)[0]\n'
		'\t\tapp_details = frappe.get_hooks("add_to_apps_screen", app_name=a)',
	),
	# ---- set-up wizard: a stub says that it is done before it has begun, so its stages are skipped ---------
	Edit(
		"utils/installed_apps.py",
		'\treturn ["frappe"]\n\n\ndef get_setup_wizard_not_required_apps',
		"\treturn frappe.get_installed_apps() if frappe.is_setup_complete() else []\n\n\n"
		"def get_setup_wizard_not_required_apps",
	),
	# ---- installing and removing apps ----------------------------------------------------------------------
	Edit(
		"installer.py",
		"""	if name != "frappe":
		raise ValueError("Single-tenant: only frappe can be installed. Use frappe new to create a project.")
""",
		"",
	),
	Edit(
		"installer.py",
		"""	app_hooks = frappe.get_hooks()
	installed_apps = frappe.get_installed_apps()
""",
		"""	frappe.local.request_cache.clear()
	frappe.setup_module_map()
	app_hooks = frappe._dict(frappe.get_hooks(app_name=name))
	installed_apps = frappe.get_installed_apps()
	for required in app_hooks.required_apps or []:
		install_app(required.split("/")[-1], verbose=verbose)
""",
	),
	Edit(
		"installer.py",
		"	add_module_defs(name, ignore_if_duplicate=force)\n	sync_for(",
		'	if name != "frappe":\n		add_module_defs(name, ignore_if_duplicate=force)\n	sync_for(',
	),
	Edit(
		"installer.py",
		"""	add_to_installed_apps(name)

	frappe.get_doc("Portal Settings\"""",
		"""	add_to_installed_apps(name)
	frappe.clear_cache()
	frappe.local.doc_events_hooks = None
	frappe.setup_module_map()

	frappe.get_doc("Portal Settings\"""",
	),
	Edit(
		"installer.py",
		"""	\"\"\"No-op in single-tenant: installed apps are fixed as ['frappe'].\"\"\"
	if frappe.flags.in_install:
		post_install(rebuild_website)
""",
		"""	installed = frappe.get_installed_apps()
	if app_name not in installed:
		frappe.db.set_global("installed_apps", json.dumps([*installed, app_name]))
		frappe.db.commit()
		frappe.local.request_cache.clear()
		if frappe.flags.in_install:
			post_install(rebuild_website)
""",
	),
	Edit(
		"installer.py",
		"""	\"\"\"No-op in single-tenant: cannot remove frappe.\"\"\"
""",
		"""	installed = frappe.get_installed_apps()
	if app_name in installed:
		frappe.db.set_global("installed_apps", json.dumps([app for app in installed if app != app_name]))
		frappe.db.commit()
		frappe.local.request_cache.clear()
""",
	),
	Edit(
		"installer.py",
		"""	\"\"\"Single-tenant: cannot remove frappe.\"\"\"
	click.secho("Single-tenant: app uninstall is not supported.", fg="yellow")
""",
		"""	from frappe import _uninstall

	_uninstall.remove_app(app_name, dry_run, yes, no_backup, force)
""",
	),
	Edit(
		"utils/install.py",
		"""	frappe.get_hooks()
	app_title = frappe.get_hooks()["app_title"][0]""",
		"""	app_title = frappe.get_hooks("app_title", app_name=app_name)[0]""",
	),
	# ---- patches and schema of every installed app ---------------------------------------------------------
	Edit(
		"model/sync.py",
		'\tsync_for("frappe", force, reset_permissions=reset_permissions)\n',
		"\tfor app in frappe.get_installed_apps():\n"
		"\t\tsync_for(app, force, reset_permissions=reset_permissions)\n",
	),
	Edit(
		"patches.py",
		'\treturn get_patches_from_app("frappe", patch_type=patch_type)',
		"\treturn [\n\t\tpatch\n\t\tfor app in frappe.get_installed_apps()\n"
		"\t\tfor patch in get_patches_from_app(app, patch_type=patch_type)\n\t]",
	),
	# ---- databases ----------------------------------------------------------------------------------------
	Edit(
		"database/__init__.py",
		"""		import frappe.database.sqlite.database

		return frappe.database.sqlite.database.SQLiteDatabase(""",
		"""		import frappe.database.sqlite.connection

		return frappe.database.sqlite.connection.SQLiteDatabase(""",
	),
	# the engine's modules postpone their annotations, which are then texts and were passed over: "0" stayed a
	# text, and true, where Frappe makes it False
	Edit(
		"utils/typing_validations.py",
		"	annotations = func.__annotations__\n",
		"	annotations = _annotations_of(func)\n",
	),
	Edit(
		"utils/typing_validations.py",
		"def transform_parameter_types(",
		"""@lru_cache(maxsize=2048)
def _annotations_of(func: Callable) -> dict:
	\"\"\"The annotations of a function, those that are texts read in its module where that is possible.\"\"\"
	annotations = {}
	for name, kind in func.__annotations__.items():
		try:
			annotations[name] = eval(kind, func.__globals__) if isinstance(kind, str) else kind
		except NameError:  # imported for type checkers alone
			annotations[name] = kind
	return annotations


def transform_parameter_types(""",
	),
	# a document is locked while it is saved: the connection understands FOR UPDATE (connection.py), and without
	# it two requests would both submit the same draft
	Edit(
		"model/document.py",
		'self.flags.for_update and frappe.db.db_type != "sqlite"',
		"self.flags.for_update",
		2,
	),
	# the published pypika passes wrapper_cls twice for SQLite, has no locking read and no INSERT OR IGNORE there
	Edit(
		"query_builder/builder.py",
		"class SQLite(Base, SQLLiteQuery):",
		"""class SQLiteQueryBuilder(SQLLiteQueryBuilder):
	# an unknown column in double quotes would be taken for a text
	QUOTE_CHAR = "`"

	def __init__(self, wrapper_cls=SQLiteParameterizedValueWrapper, **kwargs):
		QueryBuilder.__init__(self, dialect=Dialects.SQLLITE, wrapper_cls=wrapper_cls, **kwargs)
		self._insert_or_replace = False

	@builder
	def for_update(self, *args, **kwargs):
		self._for_update = True

	def _insert_sql(self, **kwargs):
		return super()._insert_sql(**kwargs).replace("INSERT IGNORE ", "INSERT OR IGNORE ", 1)


class SQLite(Base, SQLLiteQuery):""",
	),
	Edit(
		"query_builder/builder.py",
		"		return super()._builder(*args, wrapper_cls=SQLiteParameterizedValueWrapper, **kwargs)",
		"		return SQLiteQueryBuilder(*args, **kwargs)",
	),
	Edit(
		"query_builder/builder.py",
		"	_BuilderClasss = SQLLiteQueryBuilder\n",
		"	_BuilderClasss = SQLiteQueryBuilder\n",
	),
	Edit(
		"query_builder/builder.py",
		"from pypika.terms import Function\n",
		"from pypika.enums import Dialects\nfrom pypika.terms import Function\nfrom pypika.utils import builder\n",
	),
	# minutes, whenever a System Manager opens the Desk: every table's indexes were looked for in every page
	Edit(
		"core/report/database_storage_usage_by_tables/database_storage_usage_by_tables.py",
		"""				WITH RECURSIVE
""",
		"""				WITH RECURSIVE
					used AS MATERIALIZED (
						SELECT tbl_name, type, SUM(pgsize) AS pgsize
						FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name, type
					),
""",
	),
	Edit(
		"core/report/database_storage_usage_by_tables/database_storage_usage_by_tables.py",
		"dbstat WHERE name = m.name) *",
		"used WHERE tbl_name = m.name AND type = 'table') *",
	),
	Edit(
		"core/report/database_storage_usage_by_tables/database_storage_usage_by_tables.py",
		"""dbstat WHERE name IN (
						SELECT name FROM sqlite_master
						WHERE type = 'index' AND tbl_name = m.name
					)) *""",
		"used WHERE tbl_name = m.name AND type = 'index') *",
	),
	Edit(
		"core/report/database_storage_usage_by_tables/database_storage_usage_by_tables.py",
		"""dbstat WHERE name = m.name OR name IN (
						SELECT name FROM sqlite_master
						WHERE type = 'index' AND tbl_name = m.name
					)) *""",
		"used WHERE tbl_name = m.name) *",
	),
	# functions that have no name for SQLite: frappe/database/sqlite/functions.py registers MariaDB's
	Edit(
		"query_builder/functions.py",
		"GroupConcat = ImportMapper({db_type_is.MARIADB: GROUP_CONCAT, ",
		"GroupConcat = ImportMapper({db_type_is.MARIADB: GROUP_CONCAT, db_type_is.SQLITE: GROUP_CONCAT, ",
	),
	Edit(
		"query_builder/functions.py",
		'		db_type_is.MARIADB: CustomFunction("TIMESTAMP", ["date", "time"]),\n',
		'		db_type_is.MARIADB: CustomFunction("TIMESTAMP", ["date", "time"]),\n'
		'		db_type_is.SQLITE: CustomFunction("TIMESTAMP", ["date", "time"]),\n',
	),
	Edit(
		"query_builder/functions.py",
		'		db_type_is.MARIADB: CustomFunction("DATE_FORMAT", ["date", "format"]),\n',
		'		db_type_is.MARIADB: CustomFunction("DATE_FORMAT", ["date", "format"]),\n'
		'		db_type_is.SQLITE: CustomFunction("DATE_FORMAT", ["date", "format"]),\n',
	),
	Edit(
		"query_builder/functions.py",
		'		db_type_is.MARIADB: CustomFunction("unix_timestamp", ["date"]),\n',
		'		db_type_is.MARIADB: CustomFunction("unix_timestamp", ["date"]),\n'
		'		db_type_is.SQLITE: CustomFunction("unix_timestamp", ["date"]),\n',
	),
	# ---- cache and jobs without a server -------------------------------------------------------------------
	Edit(
		"utils/redis_wrapper.py",
		'	return RedisWrapper.from_url(frappe.conf.get("redis_cache"))',
		"	from frappe.utils.file_cache import FileCache\n\n	return FileCache()",
	),
	Edit(
		"utils/background_jobs.py",
		"""	try:
		q = get_queue(queue, is_async=is_async)
	except ConnectionError:""",
		"""	from frappe.utils import local_jobs

	return local_jobs.enqueue(
		method,
		job_id=job_id,
		job_name=job_name or str(method),
		kwargs=kwargs,
		event=event,
		after_commit=enqueue_after_commit,
	)

	try:
		q = get_queue(queue, is_async=is_async)
	except ConnectionError:""",
	),
	# what pages are told in real time, without a socket server: they ask for it
	Edit(
		"realtime.py",
		"""	from frappe.utils.background_jobs import get_redis_connection_without_auth
""",
		"""	from frappe.utils import local_events

	return local_events.publish(event, message, room)

	from frappe.utils.background_jobs import get_redis_connection_without_auth
""",
	),
	Edit(
		"public/js/frappe/socketio_client.js",
		'import { io } from "socket.io-client";',
		'import { io } from "./local_events";',
	),
	# no service but the database, which is connected already
	Edit(
		"migrate.py",
		'service_status = check_connection(redis_services=["redis_cache"])',
		"service_status = {}",
	),
	# the monitor of slow statements would go on after the server has stopped
	Edit(
		"migrate.py",
		'			self.conn_id = frappe.db.sql("select connection_id()")[0][0]\n			self.start()\n',
		'			self.conn_id = frappe.db.sql("select connection_id()")[0][0]\n',
	),
	# ---- nothing goes out: no calls to the framework's maker or to picture services ------------------------
	Edit(
		"utils/__init__.py",
		'''	"""Return gravatar url if user has set an avatar at gravatar.com."""
	import requests
''',
		'''	"""Return nothing: no address is told to a picture service."""
	return ""
	import requests
''',
	),
	Edit(
		"desk/doctype/changelog_feed/changelog_feed.py",
		'''	"""\'What\'s New\' feed implementation for Frappe"""
''',
		'''	"""No news are fetched."""
	return []
''',
	),
	Edit(
		"hooks.py", '	"telemetry.bundle.js",\n	"billing.bundle.js",\n', '	"telemetry.bundle.js",\n'
	),
	# settings of this process come from the site, not from a .env file somewhere above
	Edit("app.py", "\nload_dotenv()\n", "\n"),
	# ---- brand: a logo that is missing from the package ----------------------------------------------------
	Edit(
		"hooks.py",
		'app_logo_url = "/assets/frappe/images/frappe-logo.svg"',
		'app_logo_url = "/assets/frappe/images/frappe-framework-logo.svg"',
	),
	# ---- the registry's date picker knows no seconds: showing a time cut them off and made the form unsaved --
	Edit(
		"public/js/frappe/form/controls/time.js",
		"			onSelect: () => {\n",
		"			onSelect: () => {\n				if (this.is_showing) return;\n",
	),
	Edit(
		"public/js/frappe/form/controls/time.js",
		"""			this.datepicker.selectDate(
				frappe.datetime.moment_to_date_obj(moment(value, time_format))
			);
""",
		"""			this.is_showing = true;
			this.datepicker.selectDate(
				frappe.datetime.moment_to_date_obj(moment(value, time_format))
			);
			this.is_showing = false;
			this.set_formatted_input(value);
""",
	),
	# ---- printing without PDF: the body of every print was left out with it ---------------------------------
	Edit(
		"utils/pdf.py",
		"""def pdf_body_html(*args, **kwargs) -> str:
	return ""
""",
		"""def pdf_body_html(template, args, **kwargs) -> str:
	return template.render(args, filters={"len": len})
""",
	),
	# ---- Python 3.11 --------------------------------------------------------------------------------------
	Edit("desk/doctype/event/event.py", "\ttype EventLikeDict =", "\tEventLikeDict ="),
]
