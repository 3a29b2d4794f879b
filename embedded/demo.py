"""`make demo`: a site with the app and its demo company, served until Ctrl-C."""

import contextlib
import importlib
import sys
import time

from embedded import config, desk, engine, mariadb, server
from embedded.log import quiet, say
from embedded.site import Site, app_template, fingerprint


def run(db: str, port: int, serve: bool = True) -> int:
	app = config.app()
	if not app.exists:
		sys.exit(f"There is no app in {app.package}")
	if serve and not server.port_is_free(port):
		sys.exit(f"Port {port} is in use. Take another one: PORT={port + 1} make demo")
	with config.building():
		desk.build({"frappe": config.ENGINE / "frappe", app.name: app.package}, say)
	with contextlib.ExitStack() as stack:
		database = None
		if db == "mariadb":
			if not mariadb.installed():
				sys.exit("MariaDB is not installed. On Debian: apt-get install mariadb-server")
			say("Starting a private MariaDB server")
			database = stack.enter_context(mariadb.running("demo"))
		site = Site(f"demo_{db}", db, app.name, app.root, database)
		_bring_up_to_date(site)
		if serve:
			server.forbid_outgoing_connections()
			server.serve(server.listen(site, port), lambda: _announce(port))
			print()
			say("Stopped.")
	return 0


def _bring_up_to_date(site: Site) -> None:
	wanted = {"engine": engine.fingerprint(), "app": fingerprint(site)}
	if not site.state.get("complete"):
		_make(site)
	elif {key: site.state.get(key) for key in wanted} != wanted:
		say("Migrating: the app has changed")
		with quiet():
			site.migrate()
	site.drop_cache()  # scripts of forms are kept in it, and may have changed
	if not site.state.get("filled"):
		frappe = site.connect()
		site.remember(filled=_fill(frappe))
		with quiet():
			_add_user(frappe)
			frappe.db.commit()
	site.remember(**wanted, complete=True)


def _make(site: Site) -> None:
	(site.folder / "state.json").unlink(missing_ok=True)
	with quiet():
		site.restore(app_template(site, say))
		frappe = site.connect()
		_brand(frappe, site.app)
		_place(frappe)
		frappe.db.commit()
		frappe.clear_cache()


def _fill(frappe) -> bool:
	"""Make the demo company, if the app has one."""
	name = config.app().demo
	try:
		setup = frappe.get_attr(name)
	except (ImportError, AttributeError):
		say(f"No demo data: {name} is not there")
		return False
	say("Making the demo company")
	started = time.monotonic()
	with quiet():
		setup()
		frappe.db.commit()
		frappe.clear_cache()
	say(f"Demo company made in {time.monotonic() - started:.0f} s")
	return True


def _brand(frappe, app: str) -> None:
	"""The app's name and icon on the pages that belong to no app."""
	title = frappe.get_hooks("app_title", app_name=app)[0]
	screen = frappe.get_hooks("add_to_apps_screen", app_name=app)
	logo = screen[0]["logo"] if screen else None
	# a link by e-mail would never arrive: this site sends none
	frappe.db.set_single_value("System Settings", {"app_name": title, "login_with_email_link": 0})
	website = {
		"app_name": title,
		"app_logo": logo,
		"favicon": logo,
		"splash_image": logo,
		"disable_signup": 1,
	}
	frappe.db.set_single_value("Website Settings", website)
	frappe.db.set_single_value("Navbar Settings", "app_logo", logo)


def _place(frappe) -> None:
	place = config.app().place
	if not place:
		return
	frappe.db.set_value("Currency", place["currency"], "enabled", 1)
	settings = frappe.get_doc("System Settings")
	settings.update(place)
	settings.save()
	frappe.db.set_default("currency", place["currency"])
	frappe.db.set_default("country", place["country"])
	# those who came with the framework live where it was made
	for user in ("Administrator", "Guest"):
		frappe.db.set_value("User", user, "time_zone", place["time_zone"])
		frappe.defaults.set_default("time_zone", place["time_zone"], user)


def _add_user(frappe) -> None:
	"""A user with the everyday roles, beside the Administrator."""
	from frappe.utils.password import update_password

	user = config.app().user
	if not user:
		return
	if not frappe.db.exists("User", user["email"]):
		document = frappe.get_doc(
			{
				"doctype": "User",
				"email": user["email"],
				"first_name": user["name"],
				"send_welcome_email": 0,
				"user_type": "System User",
			}
		)
		document.insert(ignore_permissions=True)
	roles = [role for role in user["roles"] if frappe.db.exists("Role", role)]
	frappe.get_doc("User", user["email"]).add_roles(*roles)
	update_password(user["email"], user["password"])


def _announce(port: int) -> None:
	print(f"\n  http://{server.HOST}:{port}\n")
	for login, password, who in [("Administrator", config.ADMIN_PASSWORD, ""), *_logins()]:
		say(f"{login:28} password: {password:14} {who}".rstrip())
	print("\n  Ctrl-C ends it.", flush=True)


def _logins() -> list[tuple[str, str, str]]:
	"""Email, password and who it is, of those whom the demo company knows; the everyday user if it tells none."""
	app = config.app()
	if app.logins:
		module, name = app.logins.rsplit(".", 1)
		with contextlib.suppress(ImportError, AttributeError):
			return list(getattr(importlib.import_module(module), name))
	return [(app.user["email"], app.user["password"], "")] if app.user else []
