"""What the site tells its open pages, without a socket server: they ask for it.

`frappe.publish_realtime` puts each event into the cache file of the site, where all its processes find it; the Desk
(`public/js/frappe/local_events.js`) asks for those of the rooms that it has joined. Only the latest are kept: a page
that was not looked at for long gets what is still there.
"""

import json

import frappe
from frappe.realtime import get_doc_room, get_doctype_room, get_site_room, get_user_room, get_website_room
from frappe.utils import cint

KEPT = 1000  # events
MOST_ROOMS = 50  # of one page
REMEMBERED = 300  # seconds for which a page that was let into a room is not asked again


def publish(event: str, message, room: str) -> None:
	frappe.cache.publish_event(room, event, frappe.as_json({"message": message}), KEPT)


@frappe.whitelist(allow_guest=True, methods=["GET"])
def poll(after: int | str = -1, rooms: str = "[]") -> dict:
	"""Events in the rooms of a page since the one of that number, oldest first.

	:param after: `latest` of the answer before; below zero, at the beginning: none
	:param rooms: JSON list of lists: ["doc", doctype, name], ["doctype", doctype] or ["task", id]; those that the user
		may not read are passed over. The rooms of the user and of the site are joined by everybody.
	Returns `latest` and `events`, a list of [event, message].
	"""
	after, latest = cint(after), frappe.cache.latest_event()
	if after < 0 or after >= latest:  # above it: the cache was emptied meanwhile
		return {"latest": latest, "events": []}
	joined = [get_website_room()]
	if frappe.session.user != "Guest":
		joined.append(get_user_room(frappe.session.user))
		if frappe.session.data.user_type == "System User":
			joined.append(get_site_room())
		joined += [room for asked in json.loads(rooms)[:MOST_ROOMS] if (room := _room(*asked))]
	found = frappe.cache.events_after(after, joined)
	events = [[event, json.loads(message)["message"]] for _number, event, message in found]
	return {"latest": max(latest, found[-1][0]) if found else latest, "events": events}


def _room(kind: str, name: str, document: str | None = None) -> str | None:
	"""The room of that name if the user may be in it."""
	if kind == "task":  # who knows the task's id has begun it
		return f"task_progress:{name}"
	room = get_doc_room(name, document) if kind == "doc" else get_doctype_room(name)
	key = f"room_of:{frappe.session.user}:{room}"
	may = frappe.cache.get_value(key, use_local_cache=False)
	if may is None:
		may = cint(_may_join(name, document if kind == "doc" else None))
		frappe.cache.set_value(key, may, expires_in_sec=REMEMBERED)
	return room if may else None


def _may_join(doctype: str, name: str | None) -> bool:
	try:
		return bool(frappe.has_permission(doctype, "read", doc=name))
	except Exception:  # there is no such DocType or document (any more)
		return False
	finally:
		frappe.clear_messages()
