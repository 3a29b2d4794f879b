// The life of a unit as a list to look through: by kind, in either order, a portion at a time.
// A script that includes this file includes markup.js before it.

frappe.provide("serial_tracking");

serial_tracking.TimeLine = class TimeLine {
	static portion = () => (frappe.is_mobile() ? 10 : 30); // rows made at once
	static MORE = 200; // and when more are asked for

	/**
	 * @param {Element} body what takes the list
	 * @param {Array} events of serial_tracking.life.events
	 * @param {number} portion rows made at once
	 */
	constructor(body, events, portion = TimeLine.portion()) {
		frappe.dom.set_style(TimeLine.STYLE, "serial-tracking-time-line");
		this.body = body;
		this.body.classList.add("time-line");
		this.portion = portion;
		this.events = events;
		this.newest_first = true;
		this.kinds = new Set(events.map((event) => event.kind));
		this.left_out = new Set();
		this.shown = this.portion;
		body.addEventListener("click", (event) => this.on_click(event.target.closest("button")));
		this.draw();
	}

	draw() {
		const { html } = serial_tracking;
		if (!this.events.length) {
			this.body.innerHTML = html`<p class="muted">${__("Nothing has happened to it yet")}</p>`;
			return;
		}
		const wanted = this.events.filter((event) => !this.left_out.has(event.kind));
		if (this.newest_first) wanted.reverse();
		const shown = wanted.slice(0, this.shown);
		const left = wanted.length - shown.length;
		let day;
		const row = (event) => {
			const new_day = event.at?.slice(0, 10) !== day;
			day = event.at?.slice(0, 10);
			return this.row(event, new_day);
		};
		this.body.innerHTML = html`
			<div class="tools">
				${this.kinds.size > 1 &&
				html`<div role="group" aria-label="${__("Show")}">${[...this.kinds].map(
					(kind) => html`<button type="button" class="btn btn-xs btn-default kind" data-kind="${kind}"
						aria-pressed="${String(!this.left_out.has(kind))}">${__(kind)} ${this.count(kind)}</button>`
				)}</div>`}
				<button type="button" class="btn btn-xs btn-default order"
					>${this.newest_first ? __("Oldest First") : __("Newest First")}</button>
			</div>
			<ol>${shown.map(row)}</ol>
			${left > 0 &&
			html`<button type="button" class="btn btn-sm btn-default show-more"
				>${left > TimeLine.MORE ? __("Show {0} more of {1}", [TimeLine.MORE, left]) : __("Show {0} more", [left])}</button>`}`;
	}

	count(kind) {
		return this.events.filter((event) => event.kind === kind).length;
	}

	row({ at, what, details, documents, struck, colour }, new_day) {
		const { html, pill } = serial_tracking;
		const time = at?.length > 10 ? serial_tracking.time_of_day(at) : "";
		const link = ([doctype, name]) =>
			html`<span>${__(doctype)} ${serial_tracking.document_link(doctype, name)}</span>`;
		return html`<li class="event ${struck && "struck"} ${new_day && "new-day"}">
			<div class="when">${at && html`<time datetime="${at.slice(0, 19).replace(" ", "T")}"
				><span class="day">${serial_tracking.day(at)}</span> <span class="muted">${time}</span></time>`}</div>
			<div class="dot ${colour}" aria-hidden="true"></div>
			<div class="what">
				<div>${struck ? html`<s>${what}</s> ${pill(__("Cancelled"), "red")}` : what}</div>
				${details.map((detail) => html`<div class="detail">${detail}</div>`)}
				${documents.length > 0 && html`<div class="documents">${documents.map(link)}</div>`}
			</div>
		</li>`;
	}

	on_click(button) {
		if (!button) return;
		let focus;
		if (button.classList.contains("kind")) {
			const { kind } = button.dataset;
			this.left_out.has(kind) ? this.left_out.delete(kind) : this.left_out.add(kind);
			this.shown = this.portion;
			focus = `[data-kind="${kind}"]`;
		} else if (button.classList.contains("order")) {
			this.newest_first = !this.newest_first;
			this.shown = this.portion;
			focus = ".order";
		} else {
			focus = this.shown;
			this.shown += TimeLine.MORE;
		}
		this.draw();
		if (typeof focus === "string") return this.body.querySelector(focus).focus();
		const first_new = this.body.querySelectorAll("ol > li")[focus];
		first_new.setAttribute("tabindex", "-1");
		first_new.focus();
	}
};

// the page and the form show it alike, and a form has no style of its own
serial_tracking.TimeLine.STYLE = `
.time-line {
	/* Frappe's own muted text, and its gray pills in the dark, have less contrast than WCAG AA asks for */
	--quiet-text: color-mix(in srgb, var(--text-color) 75%, var(--card-bg));
	overflow-wrap: anywhere;
}

.time-line .muted {
	color: var(--quiet-text);
}

.time-line a {
	color: var(--text-color);
	text-decoration: underline;
	text-underline-offset: 2px;
}

.time-line ol {
	margin: 0;
	padding: 0;
	list-style: none;
}

.time-line .tools {
	display: flex;
	flex-wrap: wrap;
	justify-content: space-between;
	gap: var(--margin-xs);
	margin-bottom: var(--margin-md);
}

.time-line .tools [role="group"] {
	display: flex;
	flex-wrap: wrap;
	gap: var(--margin-xs);
}

.time-line .tools .kind[aria-pressed="false"] {
	text-decoration: line-through;
	background: transparent;
}

.time-line .event {
	display: grid;
	grid-template-columns: 88px 12px minmax(0, 1fr);
	gap: 0 var(--margin-sm);
}

.time-line .event .when {
	font-size: var(--text-sm);
	line-height: 20px;
	text-align: right;
	white-space: nowrap;
}

.time-line .event .when .day {
	display: none;
}

.time-line .event.new-day .when .day {
	display: block;
	font-weight: 500;
}

.time-line .event .dot {
	position: relative;
	border-left: 2px solid var(--border-color);
	margin-left: 5px;
}

.time-line .event .dot::before {
	content: "";
	position: absolute;
	top: 5px;
	left: -6px;
	width: 10px;
	height: 10px;
	border-radius: 50%;
	background: var(--gray-500);
}

.time-line .event .dot.green::before {
	background: var(--green-500);
}

.time-line .event .dot.blue::before {
	background: var(--blue-500);
}

.time-line .event .dot.purple::before {
	background: var(--purple-500);
}

.time-line .event .dot.orange::before {
	background: var(--orange-500);
}

.time-line .event .dot.yellow::before {
	background: var(--yellow-500);
}

.time-line .event .what {
	padding-bottom: var(--padding-md);
	line-height: 20px;
}

.time-line .event.struck .dot::before {
	background: var(--card-bg);
	border: 2px solid var(--gray-500);
}

.time-line .event.struck s {
	color: var(--quiet-text);
}

.time-line .detail {
	white-space: pre-line;
}

.time-line .documents {
	display: flex;
	flex-wrap: wrap;
	gap: 0 var(--margin-md);
	font-size: var(--text-sm);
	color: var(--quiet-text);
}

@media (max-width: 767px) {
	.time-line .tools .btn {
		min-height: 32px;
	}

	.time-line .event {
		grid-template-columns: 80px 12px minmax(0, 1fr);
	}
}
`;
