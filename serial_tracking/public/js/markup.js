// Markup of our own pages, in which every value is escaped.

frappe.provide("serial_tracking");

/** What `html` made. Nothing that a server or a person says can be one. */
serial_tracking.Markup ??= class {
	constructor(text) {
		this.text = text;
	}
	toString() {
		return this.text;
	}
};

/** html`<b>${text}</b>`: text is escaped, other markup and lists of it are taken as they are, false and null as nothing. */
serial_tracking.html = function (parts, ...values) {
	const as_text = (value) => {
		if (value instanceof serial_tracking.Markup) return value.text;
		if (Array.isArray(value)) return value.map(as_text).join("");
		if (value === null || value === undefined || value === false) return "";
		return frappe.utils.escape_html(String(value));
	};
	return new serial_tracking.Markup(String.raw({ raw: parts }, ...values.map(as_text)));
};

/** fill(text, a, b): a translated text, such as "from {0} to {1}", as markup, its values texts or markup. */
serial_tracking.fill = function (text, ...values) {
	// at odd places stand the numbers
	const parts = text.split(/\{(\d+)\}/).map((part, at) => (at % 2 ? values[part] : part));
	return serial_tracking.html`${parts}`;
};

/** A link to a document, or its name alone where the user may not read such documents. */
serial_tracking.document_link = function (doctype, name, label = name) {
	const { html } = serial_tracking;
	if (!frappe.model.can_read(doctype)) return html`${label}`;
	return html`<a href="${frappe.utils.get_form_link(doctype, name)}">${label}</a>`;
};

/** The day of a date or time, in the user's format, never broken over two lines. */
serial_tracking.day = (time) => {
	const day = frappe.datetime.str_to_user((time || "").slice(0, 10), false, true);
	return serial_tracking.html`<span class="text-nowrap">${day}</span>`;
};

/** The time of day as documents show it: that of the site, whatever the user's zone. */
serial_tracking.time_of_day = (time) => frappe.datetime.str_to_user((time || "").slice(11, 19), true);

serial_tracking.pill = (text, colour = "gray") =>
	serial_tracking.html`<span class="indicator-pill no-indicator-dot ${colour}">${text}</span>`;

/** What is left of a list, behind a line that opens it; nothing where nothing is left. */
serial_tracking.rest = (items, show) =>
	items.length > 0 &&
	serial_tracking.html`<details><summary>${__("{0} more", [items.length])}</summary>
		<ul class="plain">${items.map(show)}</ul></details>`;

/** The text of markup that a server made; nothing of it is run or loaded. */
serial_tracking.plain_text = (markup) => new DOMParser().parseFromString(markup || "", "text/html").body.textContent;
