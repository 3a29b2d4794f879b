// Takes the place of socket.io's client: the site has no socket server, so the page asks for what it is to be told.
// Often while something goes on (a request is under way, events came lately), seldom else, and not while nobody looks.

const BUSY = 700; // milliseconds between two questions
const IDLE = 5000;
const FAILED = 20000;
const STAYS_BUSY = 15000; // after a request or an event

class Events {
	constructor() {
		this.handlers = new Map();
		this.rooms = new Map();
		this.latest = -1;
		this.busy_until = 0;
		this.connected = false;
	}

	// ------------------------------------------------------------------ what socket.io's client offers

	on(event, handler) {
		if (!this.handlers.has(event)) this.handlers.set(event, new Set());
		this.handlers.get(event).add(handler);
		return this;
	}

	off(event, handler) {
		if (handler) this.handlers.get(event)?.delete(handler);
		else this.handlers.delete(event);
		return this;
	}

	emit(action, ...names) {
		const [, kind, change] = /^(doc|doctype|task|progress)_(subscribe|unsubscribe)$/.exec(action) || [];
		if (!kind) return this; // who looks at a document is not told to others
		const room = [kind === "progress" ? "task" : kind, ...names];
		const key = JSON.stringify(room);
		this.rooms.delete(key); // the latest stand last
		if (change === "subscribe") this.rooms.set(key, room);
		return this;
	}

	connect() {
		if (this.connected) return this;
		this.connected = true;
		$(document).on("ajaxSend", () => this.expect());
		document.addEventListener("visibilitychange", () => !document.hidden && this.ask_soon(0));
		this.ask_soon(0);
		return this;
	}

	// ------------------------------------------------------------------ asking

	/** Something begins that the site may tell of. */
	expect() {
		const idle = Date.now() > this.busy_until;
		this.busy_until = Date.now() + STAYS_BUSY;
		if (idle) this.ask_soon(BUSY);
	}

	ask_soon(delay) {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.ask(), delay);
	}

	async ask() {
		if (document.hidden || this.asking) return;
		this.asking = true;
		let delay = null;
		try {
			const rooms = encodeURIComponent(JSON.stringify([...this.rooms.values()].slice(-50)));
			const method = "frappe.utils.local_events.poll";
			const answer = await fetch(`/api/method/${method}?after=${this.latest}&rooms=${rooms}`, {
				headers: { Accept: "application/json" },
			});
			if (answer.status === 401 || answer.status === 403) return; // logged out: there is nobody to tell
			const { message } = await answer.json();
			this.latest = message.latest;
			if (message.events.length) this.busy_until = Date.now() + STAYS_BUSY;
			for (const [event, content] of message.events) this.tell(event, content);
		} catch {
			delay = FAILED;
		} finally {
			this.asking = false;
		}
		const busy = window.frappe?.request?.ajax_count > 0 || Date.now() < this.busy_until;
		this.ask_soon(delay || (busy ? BUSY : IDLE));
	}

	tell(event, content) {
		for (const handler of [...(this.handlers.get(event) || [])]) {
			try {
				handler(content);
			} catch (error) {
				console.error(error);
			}
		}
	}
}

export function io(host, { autoConnect } = {}) {
	const events = new Events();
	return autoConnect === false ? events : events.connect();
}
