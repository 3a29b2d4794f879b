"""The site served over HTTP within a test, for who asks from outside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
	def log_request(self, *args, **kwargs):
		pass


@contextmanager
def served() -> Iterator[tuple[str, dict[str, str]]]:
	"""The address of the site on a free port of this machine, and the headers that name it."""
	from frappe.app import application

	site, sites_path = frappe.local.site, frappe.local.sites_path

	def of_this_site(environ, start_response):
		frappe.local.site, frappe.local.sites_path = site, sites_path
		return application(environ, start_response)

	server = make_server("127.0.0.1", 0, of_this_site, threaded=True, request_handler=Quiet)
	thread = threading.Thread(target=server.serve_forever)
	thread.start()
	try:
		yield f"http://127.0.0.1:{server.port}", {"X-Frappe-Site-Name": site}
	finally:
		server.shutdown()
		thread.join()
		server.server_close()
