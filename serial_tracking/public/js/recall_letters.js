{% include "serial_tracking/public/js/markup.js" %}

// Letters to the customers who hold units that are called back (docs/recall-letters.md). The report Serial No Recall
// includes this file.

frappe.provide("serial_tracking.recall_letters");

serial_tracking.recall_letters.call = (method, args, freeze = true) =>
	frappe
		.call({ method: `serial_tracking.api.recall.${method}`, args, freeze })
		.then(({ message }) => message)
		.catch(() => undefined); // the server has said why

/** Ask to whom, with which template, and send or print. */
serial_tracking.recall_letters.open = async function (filters) {
	const found = await serial_tracking.recall_letters.call("customers", { filters });
	if (!found) return;
	if (!found.customers.length) {
		frappe.msgprint(__("None of these units is with a customer."));
		return;
	}
	new serial_tracking.recall_letters.Dialog(filters, found).show();
};

serial_tracking.recall_letters.Dialog = class {
	constructor(filters, found) {
		this.filters = filters;
		this.dialog = new frappe.ui.Dialog({
			title: __("Letters to Customers"),
			size: "extra-large",
			fields: [
				{
					fieldname: "template",
					fieldtype: "Link",
					options: "Email Template",
					label: __("Email Template"),
					default: found.template,
					reqd: 1,
					change: () => this.preview(),
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason"),
					description: __("Stands in each letter"),
				},
				{ fieldtype: "Column Break" },
				{ fieldname: "about", fieldtype: "HTML" },
				{ fieldtype: "Section Break" },
				{ fieldname: "customers", fieldtype: "HTML" },
				{ fieldtype: "Column Break" },
				{ fieldname: "letter", fieldtype: "HTML" },
			],
			primary_action_label: __("Send"),
			primary_action: () => this.send(),
			secondary_action_label: __("Print"),
			secondary_action: () => this.print(),
		});
		this.dialog.$wrapper.addClass("recall-letters");
		const reason = this.dialog.get_field("reason").$input;
		reason.css("height", "72px");
		reason.on("input", frappe.utils.debounce(() => this.preview(), 500));
		this.load(found);
	}

	show() {
		this.dialog.show();
		this.dialog.$wrapper.find("[data-fieldname=reason] textarea").trigger("focus");
		this.preview();
	}

	/** Show who holds units; who has had a letter of this recall is not ticked. */
	load(found) {
		this.found = found;
		this.customers = found.customers;
		this.chosen = new Set(this.customers.filter((one) => !one.sent.length).map((one) => one.customer));
		this.shown = this.customers.some((one) => one.customer === this.shown)
			? this.shown
			: this.customers[0].customer;
		this.tell();
		this.list();
		this.count();
	}

	tell() {
		const total = this.customers.reduce((sum, one) => sum + one.units, 0);
		const by_post = this.customers.filter((one) => !one.email).length;
		const lines = [
			__("Customers: {0}, units: {1}", [this.customers.length, total]),
			by_post ? __("Customers without a mail address: {0}. Print their letters.", [by_post]) : "",
			this.found.can_send ? "" : __("No outgoing Email Account is set up. The letters can be printed."),
			this.found.missing || "",
		];
		const { html } = serial_tracking;
		this.dialog.get_field("about").$wrapper.html(
			String(html`
				<p class="bold">${this.found.recall}</p>
				${lines.filter(Boolean).map((line) => html`<p class="text-muted">${line}</p>`)}
			`)
		);
	}

	list() {
		const { html, pill } = serial_tracking;
		const row = (one) => html`
			<tr data-customer="${one.customer}">
				<td><input type="checkbox" aria-label="${one.customer_name}"></td>
				<td><button type="button" class="btn btn-link p-0 text-left">${one.customer_name}</button></td>
				<td class="text-right">${one.units}</td>
				<td>${one.email ? one.email : pill(one.no_email, "red")}
					${one.contact ? html`<div class="text-muted">${one.contact}</div>` : ""}</td>
				<td>${one.sent.length ? this.when(one.sent[0]) : ""}</td>
			</tr>`;
		const wrapper = this.dialog.get_field("customers").$wrapper;
		wrapper.html(String(html`
			<div style="max-height: 45vh; overflow: auto" tabindex="-1">
				<table class="table table-sm table-borderless mb-0">
					<thead><tr>
						<th><input type="checkbox" aria-label="${__("All")}"></th>
						<th>${__("Customer")}</th>
						<th class="text-right">${__("Units")}</th>
						<th>${__("Email")}</th>
						<th>${__("Sent")}</th>
					</tr></thead>
					<tbody>${this.customers.map(row)}</tbody>
				</table>
			</div>`));
		this.boxes = wrapper.find("tbody input").toArray();
		this.all = wrapper.find("thead input")[0];
		this.boxes.forEach((box, n) => (box.checked = this.chosen.has(this.customers[n].customer)));
		wrapper.find("tbody").on("change", "input", () => this.count());
		$(this.all).on("change", () => {
			this.boxes.forEach((box) => (box.checked = this.all.checked));
			this.count();
		});
		wrapper.find("tbody").on("click", "button", (event) => {
			this.shown = event.currentTarget.closest("tr").dataset.customer;
			this.preview();
		});
	}

	when({ sent_on, sent_by, units }) {
		const day = frappe.datetime.str_to_user(sent_on.slice(0, 10));
		return serial_tracking.html`<span title="${__("Units in that letter: {0}", [units])}">
			<span class="text-nowrap">${day}</span> ${sent_by === "Email" ? __("by mail") : __("by post")}</span>`;
	}

	/** What the buttons would do, on them. */
	count() {
		const ticked = this.customers.filter((_one, n) => this.boxes[n].checked);
		this.chosen = new Set(ticked.map((one) => one.customer));
		this.all.checked = ticked.length === this.customers.length;
		this.all.indeterminate = ticked.length > 0 && !this.all.checked;
		this.by_mail = this.found.can_send ? ticked.filter((one) => one.email) : [];
		this.to_print = ticked;
		const [send, print] = [this.dialog.get_primary_btn(), this.dialog.get_secondary_btn()];
		send.html(__("Send {0} by Mail", [this.by_mail.length])).prop("disabled", !this.by_mail.length);
		print.html(__("Print {0}", [ticked.length])).prop("disabled", !ticked.length);
	}

	values() {
		const { template, reason } = this.dialog.get_values(true) || {};
		return { template: template || "", reason: reason || "" };
	}

	/** The letter to one customer, as the server writes it. */
	async preview() {
		const asked = (this.asked = {});
		const { template, reason } = this.values();
		const field = this.dialog.get_field("letter").$wrapper;
		if (!template) return field.empty();
		const args = { filters: this.filters, customer: this.shown, template, reason };
		const letter = await serial_tracking.recall_letters.call("preview", args, false);
		if (asked !== this.asked) return; // somebody has typed on
		if (!letter) return field.empty();
		const one = this.customers.find((each) => each.customer === this.shown);
		field.html(String(serial_tracking.html`
			<p class="text-muted mb-1">${__("The letter to {0}", [one.customer_name])}</p>
			<p class="bold">${letter.subject}</p>
			<iframe sandbox title="${__("The letter to {0}", [one.customer_name])}"
				style="width: 100%; height: 38vh; border: 1px solid var(--border-color); background: #fff"></iframe>
			<a href="${frappe.utils.get_form_link("Email Template", template)}" target="_blank">${__("Change the Template")}</a>
		`));
		const style = "<style>body { font: 13px sans-serif; margin: 12px } table { font-size: inherit }</style>";
		field.find("iframe")[0].srcdoc = style + letter.message;
	}

	/** Ask first, if some have had a letter of this recall already: 1 to send again, 0 if there are none. */
	again(recipients) {
		const told = recipients.filter((one) => one.sent.length);
		if (!told.length) return Promise.resolve(0);
		const names = told.slice(0, 10).map((one) => frappe.utils.escape_html(one.customer_name));
		if (told.length > names.length) names.push(`… (+${told.length - names.length})`);
		return new Promise((resolve) =>
			frappe.confirm(
				`${__("These have got a letter of this recall already. Send it again?")}<br>${names.join(", ")}`,
				() => resolve(1),
				() => resolve(undefined)
			)
		);
	}

	async send() {
		const recipients = this.by_mail;
		if (!recipients.length || !this.values().template) return;
		const again = await this.again(recipients);
		if (again === undefined) return;
		const done = await serial_tracking.recall_letters.call("send_letters", this.args(recipients, again));
		if (!done) return;
		const message = done.in_background
			? __("Letters are being written: {0}. You will be notified.", [done.in_background])
			: __("Letters in the mail queue: {0}", [done.queued]);
		frappe.show_alert({ message, indicator: "green" });
		if (done.in_background) this.dialog.hide();
		else this.reload();
	}

	async print() {
		const recipients = this.to_print;
		if (!recipients.length || !this.values().template) return;
		const again = await this.again(recipients);
		if (again === undefined) return;
		const done = await serial_tracking.recall_letters.call("print_letters", this.args(recipients, again));
		if (!done) return;
		const url = URL.createObjectURL(new Blob([done.html], { type: "text/html" }));
		if (!window.open(url, "_blank")) {
			// the click is long ago for the browser, and the letters are noted: a link is a click of its own
			frappe.msgprint(
				`<a href="${url}" target="_blank" class="btn btn-primary">${__("Open the Letters")}</a>`,
				__("Letters to Customers")
			);
		}
		this.reload();
	}

	args(recipients, again) {
		const customers = recipients.map((one) => one.customer);
		return { filters: this.filters, customers, again, ...this.values() };
	}

	async reload() {
		const found = await serial_tracking.recall_letters.call("customers", { filters: this.filters });
		if (found?.customers.length) this.load(found);
	}
};
