"""Serves one site: Desk, REST and static files, on the loopback address only."""

import ipaddress
import os
import signal
import sys
import threading

from embedded import config

HOST = "127.0.0.1"
OUTGOING = config.LOGS / "outgoing.log"  # attempts that were refused


class OutgoingConnection(ConnectionRefusedError):
	"""The site was about to call another machine."""


def forbid_outgoing_connections() -> None:
	"""Refuse and log, for the rest of this process, every connection that would leave the machine."""

	def audit(event: str, arguments: tuple) -> None:
		if event == "socket.connect" and isinstance(arguments[1], tuple):
			host = arguments[1][0]
		elif event == "socket.getaddrinfo":
			host = arguments[0]
		else:
			return
		if host and not _loopback(host):
			with OUTGOING.open("a") as log:
				log.write(f"{event} {host}\n")
			raise OutgoingConnection(f"this site opens no outgoing connection ({host})")

	sys.addaudithook(audit)


def _loopback(host) -> bool:
	name = host.decode() if isinstance(host, bytes) else str(host)
	if name in ("localhost", "", "::", "0.0.0.0"):
		return True
	try:
		return ipaddress.ip_address(name).is_loopback
	except ValueError:
		return False


def application(site):
	"""WSGI application of the site, static files included."""
	from werkzeug.middleware.shared_data import SharedDataMiddleware

	frappe = site.connect()
	frappe.destroy()
	# requests name no site: this process has one
	os.environ["FRAPPE_SITE"] = site.name
	import frappe.app

	static = {"/assets": str(config.ASSETS), "/files": str(site.folder / "public/files")}
	return SharedDataMiddleware(frappe.app.application, static, cache_timeout=3600)


def listen(site, port: int):
	"""A threaded server for the site, already bound to its port."""
	from werkzeug.serving import WSGIRequestHandler, make_server

	class Handler(WSGIRequestHandler):
		protocol_version = "HTTP/1.1"

		def log_request(self, *args, **kwargs):
			pass

	return make_server(HOST, port, application(site), threaded=True, request_handler=Handler)


def serve(server, ready=lambda: None) -> None:
	"""Serve until Ctrl-C or a SIGTERM, then return."""
	stopped = threading.Event()
	for number in (signal.SIGINT, signal.SIGTERM):
		signal.signal(number, lambda *_: stopped.set())
	threading.Thread(target=server.serve_forever, daemon=True).start()
	ready()
	stopped.wait()
	server.shutdown()
	server.server_close()


def port_is_free(port: int) -> bool:
	import socket

	with socket.socket() as probe:
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind((HOST, port))
		except OSError:
			return False
	return True


def main() -> None:
	"""Serve a site that exists: `python -m embedded.server SITE PORT`; used by tests."""
	from embedded.site import Site

	name, port = sys.argv[1], int(sys.argv[2])
	forbid_outgoing_connections()
	serve(listen(Site.existing(name), port), lambda: print("ready", flush=True))


if __name__ == "__main__":
	main()
