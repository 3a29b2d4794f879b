{% include "serial_tracking/public/js/box_text.js" %}
{% include "serial_tracking/public/js/markup.js" %}
{% include "serial_tracking/public/js/virtual_list.js" %}

// The dialog Serials: the numbers of one box of a row, as a list; see docs/serials-of-a-row.md.
// Included after stock_voucher.js.

frappe.provide("serial_tracking.voucher");

serial_tracking.voucher.open_serials = async function (frm, row, box = "serial_no") {
	if (!row.item_code) return;
	await serial_tracking.voucher.get_item(row);
	await serial_tracking.voucher.wait_for_scans(frm); // what they bring into the box would be overwritten
	return new serial_tracking.SerialsDialog(frm, row, box);
};

serial_tracking.SerialsDialog = class SerialsDialog {
	// what most boxes hold: numbers that mean themselves (PLAIN_BOX of entry_text.py)
	static PLAIN = /^[0-9A-Za-z_/-]{1,100}(\n[0-9A-Za-z_/-]{1,100})*$/;
	static CHECKED_AT_ONCE = 20000; // numbers up to which each change is checked
	static PAGE = 500; // units of the stock that are fetched at once
	static MOST_BYTES = 6 * 1024 ** 2; // of a file: numbers_file.py

	/** @param {object} left the numbers, and those that could not be read, of a dialog that was left */
	constructor(frm, row, box, left) {
		Object.assign(this, { frm, first_row: row, box, left });
		this.item = locals.Item?.[row.item_code] || {};
		this.may_write = frm.doc.docstatus === 0 && frm.perm[0]?.write && !frm.doc.__onload?.submit_under_way;
		this.numbers = []; // what could not be read stands among them
		this.unread = new Map(); // such a text → why, as HTML
		this.wrong = new Map(); // number → what the server says of it, as HTML
		this.repeated = new Set(); // places of those that stand there before
		this.others = new Map(); // key of a number of another row → idx of that
		this.make();
		this.ready = this.start();
	}

	/** The row as it is now: Frappe reads a document anew that somebody else has saved. */
	get row() {
		const { doctype, name } = this.first_row;
		return locals[doctype]?.[name] || this.first_row;
	}

	is_there() {
		return this.frm.doc.items.includes(this.row);
	}

	/** What is asked of the server; null where it has said why not. */
	async ask(method, args) {
		try {
			return (await frappe.call({ method: `serial_tracking.api.serials.${method}`, args })).message;
		} catch {
			return null;
		}
	}

	// ---------------------------------------------------------------- its parts

	make() {
		const label = frappe.meta.get_label(this.frm.voucher.rows, this.box);
		this.dialog = new frappe.ui.Dialog({
			title: __("{0} of Row {1}", [__(label), this.row.idx]),
			size: "extra-large",
			fields: [{ fieldtype: "HTML", fieldname: "area" }],
			...(this.may_write && {
				primary_action_label: __("Take Over"),
				primary_action: () => this.take_over(),
			}),
			secondary_action_label: this.may_write ? __("Cancel") : __("Close"),
			secondary_action: () => this.dialog.hide(),
		});
		frappe.dom.set_style(SerialsDialog.STYLE, "serials-dialog-style");
		this.area = this.dialog.fields_dict.area.$wrapper[0];
		this.area.classList.add("serials-dialog");
		const section = this.area.closest(".section-body");
		if (section) section.style.maxWidth = "none"; // Frappe 16 keeps it as narrow as a form
		this.area.innerHTML = this.markup();
		this.name_dialog();
		this.find = (selector) => this.area.querySelector(selector);
		this.list = this.make_list();
		this.find(".list").append(this.list.element);
		this.bind();
		if (this.may_write) this.make_ways();
		this.dialog.$wrapper.on("hidden.bs.modal", () => this.leave());
		// before Frappe, and wherever the focus is: a button that went away has left it to the page
		this.keys_taken = (event) => cur_dialog === this.dialog && this.take_key(event);
		document.addEventListener("keydown", this.keys_taken, true);
		this.dialog.on_page_show = () => this.first_stop().focus();
		this.dialog.show();
		if (this.may_write) {
			this.dialog.get_primary_btn().attr("title", __("Ctrl+Enter"));
		}
	}

	/** What a screen reader calls the dialog. */
	name_dialog() {
		const wrapper = this.dialog.$wrapper[0];
		const title = wrapper.querySelector(".modal-title");
		title.id = frappe.dom.get_unique_id();
		wrapper.setAttribute("role", "dialog");
		wrapper.setAttribute("aria-labelledby", title.id);
		const close = wrapper.querySelector(".btn-modal-close");
		if (close && !close.getAttribute("aria-label")) close.setAttribute("aria-label", __("Close"));
	}

	markup() {
		const { html, fill } = serial_tracking;
		const { row, item } = this;
		this.id = frappe.dom.get_unique_id();
		const place = this.warehouse();
		const named = row.item_name || item.item_name;
		const what = named && named !== row.item_code ? html`<b>${row.item_code}</b> ${named}` : html`<b>${row.item_code}</b>`;
		return html`
			<div class="head">
				<span>${place ? fill(__("{0} in {1}"), what, place) : what}</span>
				<span class="state" role="status" aria-live="polite"></span>
				${this.may_write && html`<button type="button" class="btn btn-default btn-xs set-qty hidden"></button>`}
			</div>
			<div class="columns ${!this.may_write && "alone"}">
				<section class="has" aria-label="${__("Numbers of the row")}">
					<div class="tools">
						<label class="sr-only" for="${this.id}-search">${__("Search the numbers of the row")}</label>
						<input id="${this.id}-search" class="form-control input-sm search" type="search" autocomplete="off"
							placeholder="${__("Search the numbers of the row")}">
						<label class="only-wrong hidden"><input type="checkbox"> ${__("Only the wrong ones")}</label>
					</div>
					<div class="list"></div>
					<p class="text-muted none">${__("No numbers yet")}</p>
					<p class="why small" aria-live="polite"></p>
					${this.may_write && html`<div class="tools">
						<button type="button" class="btn btn-default btn-xs remove-wrong hidden"></button>
						<button type="button" class="btn btn-default btn-xs remove-all">${__("Remove all")}</button>
						<button type="button" class="btn btn-default btn-xs check">${__("Check")}</button>
						<span class="checked small text-muted" role="status"></span>
					</div>`}
					<div class="notes small" role="status"></div>
				</section>
				${this.may_write && html`<section class="ways" aria-label="${__("Add numbers")}"></section>`}
			</div>`;
	}

	bind() {
		const search = this.find(".search");
		search.addEventListener("input", () => this.show());
		search.addEventListener("keydown", (event) => {
			if (event.key !== "ArrowDown") return;
			event.preventDefault();
			this.list.element.focus();
		});
		this.find(".only-wrong input").addEventListener("change", () => this.show());
		if (!this.may_write) return;
		this.find(".set-qty").addEventListener("click", () => {
			this.new_count = this.count();
			this.show();
			this.dialog.get_primary_btn().focus();
		});
		this.find(".remove-all").addEventListener("click", () => this.set([], __("All removed")));
		this.find(".remove-wrong").addEventListener("click", () => {
			const kept = this.numbers.filter((_number, at) => !this.reason(at));
			this.find(".only-wrong input").checked = false;
			this.set(kept, __("{0} removed", [this.numbers.length - kept.length]));
			this.first_stop().focus();
		});
		this.find(".check").addEventListener("click", () => this.check());
	}

	make_list() {
		const { html, plain_text } = serial_tracking;
		return new serial_tracking.VirtualList({
			label: __("Numbers of the row"),
			draw_line: (at) => {
				const place = this.shown[at];
				const why = this.reason(place);
				return html`<span class="at text-muted">${place + 1}</span>
					<span class="number" title="${this.numbers[place]}">${this.numbers[place]}</span>
					${why && html`<span class="wrong" title="${plain_text(why)}">${plain_text(why)}</span>`}
					${this.may_write && html`<span class="remove" aria-hidden="true" title="${__("Remove (Delete)")}">×</span>`}`;
			},
			on_active: (at) => this.tell_why(at),
			on_click: (event, at) => {
				if (!this.may_write || !event.target.closest(".remove")) return false;
				this.remove(at);
				return true;
			},
			on_key: (event, at) => {
				if (!this.may_write || !["Delete", "Backspace"].includes(event.key)) return false;
				this.remove(at);
				return true;
			},
		});
	}

	first_stop() {
		return this.find(".way:not(.hidden) textarea, .way:not(.hidden) input") || this.find(".search");
	}

	leave() {
		clearTimeout(this.waiting);
		document.removeEventListener("keydown", this.keys_taken, true);
		this.asked++; // no answer is waited for any more
		this.dialog.$wrapper.remove();
		const is_as_before = this.numbers.join("\n") === this.before;
		if (this.taken || is_as_before || !this.may_write) return;
		const { numbers, unread } = this;
		const again = serial_tracking.html`${__("Nothing was taken over.")}
			<a role="button" href="#" data-action="open_again">${__("Open again")}</a>`;
		frappe.show_alert({ message: String(again), indicator: "orange" }, 10, {
			open_again: (event) => {
				event?.preventDefault?.();
				if (cur_frm !== this.frm || !this.is_there()) return this.tell_lost_row();
				new serial_tracking.SerialsDialog(this.frm, this.row, this.box, { numbers, unread });
			},
		});
	}

	tell_lost_row() {
		frappe.show_alert({ message: __("The row of these numbers is no longer there"), indicator: "red" });
	}

	take_key(event) {
		if (event.key === "Escape") this.dialog.hide();
		else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.may_write) this.take_over();
		else return;
		// Frappe would close the form of the row, or press the button once more
		event.preventDefault();
		event.stopPropagation();
	}

	// ---------------------------------------------------------------- the numbers

	/** What stands in the box already. */
	async start() {
		for (const other of this.frm.doc.items) {
			for (const box of Object.keys(this.frm.voucher.boxes)) {
				if ((other === this.row && box === this.box) || other.item_code !== this.row.item_code) continue;
				for (const key of serial_tracking.box_keys(other[box])) this.others.set(key, other.idx);
			}
		}
		const text = (this.row[this.box] || "").trim();
		if (SerialsDialog.PLAIN.test(text)) this.set(text.split("\n"));
		else {
			this.set([]);
			if (text) await this.add_text(text);
		}
		this.before = this.numbers.join("\n");
		if (!this.left) return;
		this.unread = this.left.unread;
		this.set(this.left.numbers);
	}

	warehouse() {
		return this.row[this.frm.voucher.source] || this.row.warehouse || this.row.t_warehouse || "";
	}

	/** What can be read of the numbers; the others are no units. */
	count() {
		return this.unread.size ? this.numbers.filter((number) => !this.unread.has(number)).length : this.numbers.length;
	}

	wanted() {
		return this.new_count ?? serial_tracking.voucher.units_wanted(this.frm, this.row, this.box);
	}

	missing() {
		return Math.max(Math.ceil(this.wanted()) - this.count(), 0);
	}

	set(numbers, told) {
		this.numbers = numbers;
		const there = this.unread.size && new Set(numbers);
		for (const text of this.unread.keys()) if (!there.has(text)) this.unread.delete(text);
		this.new_count = undefined;
		this.places = new Map(); // key of a number → its first place
		this.repeated = new Set();
		this.keys = numbers.map(serial_tracking.number_key);
		this.keys.forEach((key, at) => {
			if (this.places.has(key)) this.repeated.add(at);
			else this.places.set(key, at);
		});
		this.show();
		if (told) this.tell(told);
		this.stock?.list.draw();
		this.check_soon();
	}

	/** What is wrong with the number at a place, as HTML; undefined if nothing is known. */
	reason(at) {
		const number = this.numbers[at];
		if (this.unread.has(number)) return this.unread.get(number);
		if (this.repeated.has(at)) return __("given more than once");
		return this.wrong.get(number);
	}

	/** Add what the server read; those that it could not read stand among them, to be mended or taken out. */
	add({ numbers, problems = [], notes = [] }) {
		const of_code = new Set(numbers);
		const unread = problems.filter(([text]) => !of_code.has(text));
		problems.forEach(([text, why]) => (of_code.has(text) ? this.wrong : this.unread).set(text, why));
		const before = this.repeated.size;
		this.set([...this.numbers, ...numbers, ...unread.map(([text]) => text)]);
		const told = [__("{0} added", [serial_tracking.voucher.figure(numbers.length)])];
		if (unread.length) told.push(__("{0} could not be read", [unread.length]));
		const repeated = this.repeated.size - before;
		if (repeated > 0) told.push(__("{0} given more than once", [repeated]));
		this.tell([...told, ...notes.map(serial_tracking.plain_text)].join(". "));
		this.list.go_to(this.shown.length - 1);
	}

	/** One text after the other: the numbers stand in the order in which they came. */
	add_text(text) {
		const earlier = this.reading?.catch(() => {});
		this.reading = Promise.resolve(earlier).then(() => this.read_text(text));
		return this.reading;
	}

	async read_text(text) {
		if (!text.trim()) return false;
		const trimmed = text.trim();
		if (SerialsDialog.PLAIN.test(trimmed)) {
			this.add({ numbers: trimmed.split("\n") });
			return true;
		}
		const read = await this.ask("read", { text, item_code: this.row.item_code });
		if (read) this.add(read);
		return Boolean(read);
	}

	remove(at) {
		const place = this.shown[at];
		const number = this.numbers[place];
		const left = this.numbers.filter((_number, other) => other !== place);
		this.set(left, __("{0} removed", [number]));
	}

	// ---------------------------------------------------------------- what is seen

	show() {
		const { html, pill } = serial_tracking;
		const part = serial_tracking.number_key(this.find(".search").value);
		const wrong = this.numbers.flatMap((_number, at) => (this.reason(at) === undefined ? [] : [at]));
		const only_wrong = this.find(".only-wrong input");
		if (!wrong.length) only_wrong.checked = false;
		const among = only_wrong.checked ? wrong : [...this.numbers.keys()];
		this.shown = part ? among.filter((at) => this.keys[at].includes(part)) : among;
		this.list.set_count(this.shown.length);
		const { figure, colour_of_count } = serial_tracking.voucher;
		const [count, wanted] = [this.count(), this.wanted()];
		const colour = colour_of_count(this.frm, this.row, count, wanted);
		const state = [pill(__("{0} of {1}", [count, wanted].map(figure)), colour)];
		if (wrong.length) state.push(html` ${pill(__("{0} wrong", [figure(wrong.length)]), "red")}`);
		this.find(".state").innerHTML = html`${state}`;
		this.find(".none").classList.toggle("hidden", this.shown.length > 0);
		this.find(".none").textContent = this.numbers.length ? __("None of them matches") : __("No numbers yet");
		this.find(".list").classList.toggle("hidden", !this.shown.length);
		this.find(".only-wrong").classList.toggle("hidden", !wrong.length);
		this.tell_why(this.list.active);
		if (!this.may_write) return;
		const set_qty = this.find(".set-qty");
		set_qty.classList.toggle("hidden", count === wanted || !count);
		set_qty.textContent = __("Set quantity to {0}", [figure(count)]);
		const remove_wrong = this.find(".remove-wrong");
		remove_wrong.classList.toggle("hidden", !wrong.length);
		remove_wrong.textContent = __("Remove the {0} wrong", [figure(wrong.length)]);
		this.find(".remove-all").disabled = this.find(".check").disabled = !this.numbers.length;
		this.show_missing?.();
	}

	/** The reason of the active line in full: in the line it may be cut off. */
	tell_why(at) {
		const why = at < this.shown?.length && this.reason(this.shown[at]);
		this.find(".why").textContent = why
			? `${this.numbers[this.shown[at]]}: ${serial_tracking.plain_text(why)}`
			: "";
	}

	tell(text) {
		const told = this.find(".told");
		if (told) told.textContent = text;
	}

	// ---------------------------------------------------------------- the check

	check_soon() {
		clearTimeout(this.waiting);
		this.asked = (this.asked || 0) + 1; // an answer that is under way is of another list
		if (!this.may_write) return;
		this.find(".checked").textContent = "";
		if (!this.numbers.length) return this.take_problems([], 0);
		if (this.numbers.length <= SerialsDialog.CHECKED_AT_ONCE) this.waiting = setTimeout(() => this.check(), 500);
	}

	/** Ask what a submit would refuse of this row now; see api.serials.check. */
	async check() {
		clearTimeout(this.waiting);
		const asked = (this.asked = (this.asked || 0) + 1);
		const told = this.find(".checked");
		told.textContent = __("Checking …");
		const rows = this.frm.doc.items.filter((row) => row.item_code);
		let at = rows.indexOf(this.row) + 1;
		let problems = await this.ask_about(rows);
		// a refusal of the whole, or of another row, may hide what is wrong with this row
		const refused = problems?.length === 1 && problems[0].row !== at && !problems[0].serial_nos.length;
		if (refused && rows.length > 1 && this.asked === asked) {
			at = 1;
			problems = await this.ask_about([this.row]);
		}
		if (this.asked !== asked || !this.dialog.display) return;
		if (!problems) return (told.textContent = __("Could not be checked"));
		this.take_problems(problems, at);
	}

	async ask_about(rows) {
		const problems = await this.ask("check", { doc: this.doc_to_check(rows) });
		// a supplier that is not chosen yet is no fault of the numbers
		return problems?.filter(({ row, exception }) => row !== null || exception !== "MandatoryError");
	}

	doc_to_check(rows) {
		// each number once: those that stand there twice, or could not be read, are marked here already
		const numbers = this.numbers.filter((number, at) => !this.repeated.has(at) && !this.unread.has(number));
		const text = serial_tracking.box_text(numbers);
		return { ...this.frm.doc, items: rows.map((row) => (row === this.row ? { ...row, [this.box]: text } : row)) };
	}

	take_problems(problems, at) {
		this.wrong = new Map();
		const notes = [];
		const own = new Set(this.numbers);
		for (const { row, serial_nos, reason, reasons, message, exception } of problems) {
			if (row !== null && row !== at) continue;
			for (const number of serial_nos) {
				if (own.has(number)) this.wrong.set(number, reasons?.[number] || reason || message);
			}
			// the count is shown above
			const is_count = ["SerialNoQtyError", "SerialNoRequiredError"].includes(exception);
			if (!serial_nos.length && !is_count) notes.push(message);
		}
		this.show();
		if (!this.may_write) return;
		this.find(".notes").replaceChildren(
			...[...new Set(notes)].slice(0, 5).map((message) => {
				const line = document.createElement("p");
				line.className = "wrong";
				line.textContent = serial_tracking.plain_text(message);
				return line;
			})
		);
		const fine = this.numbers.length && !notes.length && !this.numbers.some((_n, place) => this.reason(place));
		this.find(".checked").textContent = fine ? __("Checked: nothing is wrong with them") : "";
	}

	// ---------------------------------------------------------------- ways to add

	make_ways() {
		const { html } = serial_tracking;
		const { frm, row, item } = this;
		const ways = [
			["text", __("Type or Paste"), this.way_text()],
			["range", __("Range"), this.way_range()],
			["first", __("First and Count"), this.way_first()],
		];
		if (frm.voucher.is_inward(frm.doc, row) && item.serial_no_series) {
			ways.push(["series", __("Series"), this.way_series()]);
		}
		if (frm.voucher.takes_out(frm.doc) && row[frm.voucher.source]) {
			ways.push(["stock", __("Stock"), this.way_stock()]);
		}
		ways.push(["file", __("File"), this.way_file()]);
		this.find(".ways").innerHTML = html`
			<div class="tabs" role="tablist" aria-label="${__("Ways to add numbers")}">
				${ways.map(
					([way, label], at) => html`<button type="button" role="tab" class="btn btn-xs" data-way="${way}"
						id="${this.id}-tab-${way}" aria-controls="${this.id}-way-${way}" tabindex="${at ? -1 : 0}"
						aria-selected="${String(!at)}">${label}</button>`
				)}
			</div>
			${ways.map(
				([way, , inside], at) => html`<div role="tabpanel" class="way ${at > 0 && "hidden"}" data-way="${way}"
					id="${this.id}-way-${way}" aria-labelledby="${this.id}-tab-${way}">${inside}</div>`
			)}
			<p class="told small" role="status" aria-live="polite"></p>`;
		this.tabs = [...this.area.querySelectorAll("[role=tab]")];
		this.tabs.forEach((tab) => tab.addEventListener("click", () => this.choose_way(tab)));
		this.find("[role=tablist]").addEventListener("keydown", (event) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
			if (!step) return;
			const at = this.tabs.indexOf(document.activeElement);
			const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
			this.choose_way(next);
			next.focus();
			event.preventDefault();
		});
		// no forms: Frappe's dialog is one already
		for (const way of this.area.querySelectorAll(".way")) {
			way.querySelector(".submit")?.addEventListener("click", () => this.submit_way(way));
			way.addEventListener("keydown", (event) => {
				const typed = event.target.matches("input, textarea");
				if (event.key !== "Enter" || !typed || event.shiftKey || event.ctrlKey || event.metaKey) return;
				event.preventDefault();
				event.stopPropagation();
				this.submit_way(way);
			});
		}
		this.bind_text();
		this.bind_file();
		this.show_missing = () => {
			for (const input of this.area.querySelectorAll("[data-missing]")) {
				if (!input.dataset.typed) input.value = this.missing() || 1;
			}
			this.stock?.show_missing();
		};
		this.area.querySelectorAll("[data-missing]").forEach((input) =>
			input.addEventListener("input", () => (input.dataset.typed = "1"))
		);
		// what does not come in by a receipt is taken from the stock, first of all
		if (this.may_pick() && !this.row[this.box] && !this.left) this.choose_way(this.tabs.find((tab) => tab.dataset.way === "stock"));
	}

	may_pick() {
		return this.tabs.some((tab) => tab.dataset.way === "stock");
	}

	choose_way(chosen) {
		for (const tab of this.tabs) {
			tab.setAttribute("aria-selected", String(tab === chosen));
			tab.tabIndex = tab === chosen ? 0 : -1;
		}
		this.area.querySelectorAll(".way").forEach((way) => {
			way.classList.toggle("hidden", way.dataset.way !== chosen.dataset.way);
		});
		if (chosen.dataset.way === "stock") this.stock ||= new serial_tracking.StockToPick(this);
	}

	/** A labelled box. */
	field(name, label, attributes) {
		const { html } = serial_tracking;
		const id = `${this.id}-${name}`;
		return html`<div class="form-group"><label class="control-label" for="${id}">${label}</label>
			<input id="${id}" name="${name}" class="form-control input-sm" autocomplete="off" ${attributes}></div>`;
	}

	button(label) {
		return serial_tracking.html`<button type="button" class="btn btn-default btn-sm submit">${label}</button>`;
	}

	/** A box with a number of units, by default those that are missing. */
	how_many(label) {
		const attributes = serial_tracking.html`type="number" min="1" max="200000" required data-missing="1"`;
		return this.field("count", label, attributes);
	}

	way_text() {
		const { html } = serial_tracking;
		return html`<div class="form-group">
			<label class="control-label" for="${this.id}-text">${__("Serial numbers")}</label>
			<textarea id="${this.id}-text" name="text" class="form-control" rows="3" spellcheck="false"
				autocomplete="off" aria-describedby="${this.id}-text-help"></textarea>
			<p id="${this.id}-text-help" class="small text-muted">${__(
				"Enter adds them, and what is pasted is added at once. One per line, or with commas or tabs between them; also a range (SN0001..SN0100), a count (SN0001 +99) or a GS1 code"
			)}</p></div>${this.button(__("Add"))}`;
	}

	bind_text() {
		const box = this.find("textarea[name=text]");
		box.addEventListener("paste", async (event) => {
			const text = event.clipboardData?.getData("text/plain");
			if (!text?.trim() || box.value.trim()) return;
			event.preventDefault();
			if (!(await this.add_text(text.replace(/\r\n?/g, "\n")))) box.value = text.slice(0, 100000);
		});
	}

	way_range() {
		const { html } = serial_tracking;
		const required = html`required spellcheck="false"`;
		return html`${this.field("from", __("From"), required)}${this.field("to", __("To"), required)}
			${this.button(__("Add"))}`;
	}

	way_first() {
		const { html } = serial_tracking;
		return html`${this.field("first", __("First number"), html`required spellcheck="false"`)}
			${this.how_many(__("How many"))}${this.button(__("Add"))}`;
	}

	way_series() {
		const { html, fill } = serial_tracking;
		return html`<p class="small">${fill(
			__("Left blank, the row gets its numbers from the series {0} when it is submitted. A preview takes no number out of it."),
			html`<b>${this.item.serial_no_series}</b>`
		)}</p>
			${this.how_many(__("How many"))}${this.button(__("Preview"))}
			<div class="preview" aria-live="polite"></div>`;
	}

	way_stock() {
		const { html } = serial_tracking;
		const chosen = frappe.boot.serial_tracking?.pick_serial_nos_based_on || "FIFO";
		const orders = [
			["FIFO", __("FIFO: those that came first")],
			["LIFO", __("LIFO: those that came last")],
			["End of Life", __("End of Life: those that expire first")],
		];
		return html`<div class="tools">
				<label class="sr-only" for="${this.id}-order">${__("Order")}</label>
				<select id="${this.id}-order" name="order" class="form-control input-sm">${orders.map(
					([value, label]) => html`<option value="${value}" ${value === chosen && "selected"}>${label}</option>`
				)}</select>
				<label class="sr-only" for="${this.id}-in-stock">${__("Search the stock")}</label>
				<input id="${this.id}-in-stock" name="in_stock" class="form-control input-sm" type="search"
					autocomplete="off" placeholder="${__("Search the stock")}">
			</div>
			<div class="tools">
				<button type="button" class="btn btn-default btn-xs take-missing"></button>
				<button type="button" class="btn btn-default btn-xs tick-all">${__("Tick all")}</button>
				<button type="button" class="btn btn-default btn-xs untick-all">${__("Untick all")}</button>
				<span class="ticked small" role="status"></span>
			</div>
			<div class="stock-list"></div>
			<p class="text-muted no-stock hidden">${__("No unit that may be delivered matches")}</p>`;
	}

	way_file() {
		const { html } = serial_tracking;
		return html`<div class="form-group"><label class="control-label" for="${this.id}-file">${__(
			"File with one column of serial numbers"
		)}</label>
			<input id="${this.id}-file" name="file" type="file" accept=".csv,.tsv,.txt,.xlsx"
				aria-describedby="${this.id}-file-help">
			<p id="${this.id}-file-help" class="small text-muted">${__(
				"CSV or XLSX, at most {0} MB. A heading is left out; of several columns the one headed Serial No is read",
				[SerialsDialog.MOST_BYTES / 1024 ** 2]
			)}</p></div>`;
	}

	bind_file() {
		const box = this.find("input[name=file]");
		box.addEventListener("change", () => box.files[0] && this.add_file(box.files[0]).finally(() => (box.value = "")));
	}

	async add_file(file) {
		const { MOST_BYTES } = SerialsDialog;
		if (file.size > MOST_BYTES) {
			const [size, most] = [file.size, MOST_BYTES].map((bytes) => format_number(bytes / 1024 ** 2, null, 1));
			return this.tell(__("{0} has {1} MB, at most {2} MB are read. Use several files", [file.name, size, most]));
		}
		this.tell(__("Reading {0} …", [file.name]));
		const address = await new Promise((resolve, reject) => {
			const reader = new FileReader();
			reader.onload = () => resolve(reader.result);
			reader.onerror = () => reject(reader.error);
			reader.readAsDataURL(file);
		}).catch(() => null);
		if (address === null) return this.tell(__("{0} cannot be read", [file.name]));
		const read = await this.ask("read_file", { content: address.slice(address.indexOf(",") + 1) });
		if (read) this.add(read);
		else this.tell("");
	}

	async submit_way(way) {
		const value = (name) => way.querySelector(`[name=${name}]`).value.trim();
		if (way.dataset.way === "stock" || way.dataset.way === "file") return;
		const empty = [...way.querySelectorAll("input, textarea")].find((box) => !box.checkValidity() || !box.value.trim());
		if (empty) return empty.focus();
		if (way.dataset.way === "series") return this.preview(way);
		const texts = {
			text: () => value("text"),
			range: () => `${value("from")}..${value("to")}`,
			first: () => (value("count") === "1" ? value("first") : `${value("first")} +${value("count") - 1}`),
		};
		// emptied before the server answers: a scanner types the next code meanwhile
		const boxes = [...way.querySelectorAll("textarea, input:not([data-missing])")];
		const text = texts[way.dataset.way]();
		const typed = boxes.map((input) => input.value);
		boxes.forEach((input) => (input.value = ""));
		if (!(await this.add_text(text))) {
			boxes.forEach((input, at) => (input.value = [typed[at], input.value].filter(Boolean).join("\n")));
			return;
		}
		delete way.querySelector("[data-missing]")?.dataset.typed;
		this.show_missing();
		way.querySelector("textarea, input").focus();
	}

	async preview(way) {
		const { html, fill } = serial_tracking;
		const qty = way.querySelector("[name=count]").value;
		const args = { item_code: this.row.item_code, qty, posting_date: this.frm.doc.posting_date };
		const numbers = await this.ask("preview_series", args);
		const place = way.querySelector(".preview");
		if (!numbers) return place.replaceChildren();
		const [first, last] = [numbers[0], numbers.at(-1)].map((number) => html`<b>${number}</b>`);
		const range = numbers.length > 1 ? fill(__("{0} to {1}"), first, last) : first;
		place.innerHTML = html`<p>${range}</p>
			<p class="small text-muted">${__(
				"Written into the row, they are as typed: until it is submitted another document may take them."
			)}</p>
			<button type="button" class="btn btn-default btn-sm write">${__("Write them into the row")}</button>`;
		place.querySelector(".write").addEventListener("click", () => {
			this.add({ numbers });
			place.replaceChildren();
		});
	}

	// ---------------------------------------------------------------- taking over

	/** In the box such a text, as "Line 5" of a file, would be a number like the others. */
	refuse_unread() {
		this.find(".only-wrong input").checked = true;
		this.show();
		this.tell(__("{0} could not be read: take them out, and enter them anew if need be", [this.unread.size]));
		this.find(".remove-wrong").focus();
	}

	async take_over() {
		if (this.taking) return;
		this.taking = true;
		try {
			await this.ready;
			await this.reading;
			const typed = this.find("textarea[name=text]");
			if (typed?.value.trim()) {
				if (!(await this.add_text(typed.value))) return;
				typed.value = "";
			}
			if (this.unread.size) return this.refuse_unread();
			if (!this.is_there()) return this.tell_lost_row(); // the numbers are still here, to be copied
			const { frm, row, box } = this;
			const count = this.count();
			await frappe.model.set_value(row.doctype, row.name, box, serial_tracking.box_text(this.numbers));
			if (this.new_count === count) {
				await serial_tracking.voucher.take_count(frm, row, box, count);
			}
			this.taken = true;
			this.dialog.hide();
			frm.refresh_field("items");
			serial_tracking.voucher.show_count(frm, row);
		} finally {
			this.taking = false;
		}
	}
};

/** The units that may leave the warehouse, to be ticked; fetched as far as they are looked at. */
serial_tracking.StockToPick = class StockToPick {
	constructor(dialog) {
		this.dialog = dialog;
		this.units = []; // by their places in the order, as far as they are fetched
		this.asked = new Set(); // beginnings of the pages that were asked for
		this.find = (selector) => dialog.find(`.way[data-way=stock] ${selector}`);
		this.list = new serial_tracking.VirtualList({
			label: __("Units that may be delivered"),
			draw_line: (at) => this.draw_line(at),
			is_selected: (at) => this.is_ticked(at),
			on_click: (event, at) => {
				this.tick(at, event.shiftKey);
				return true;
			},
			on_key: (event, at) => {
				if (![" ", "Enter"].includes(event.key)) return false;
				this.tick(at, event.shiftKey);
				return true;
			},
		});
		this.find(".stock-list").append(this.list.element);
		this.find("[name=order]").addEventListener("change", () => this.start());
		this.find("[name=in_stock]").addEventListener(
			"input",
			frappe.utils.debounce(() => this.start(), 300)
		);
		this.find("[name=in_stock]").addEventListener("keydown", (event) => {
			if (event.key !== "ArrowDown") return;
			event.preventDefault();
			this.list.element.focus();
		});
		this.find(".take-missing").addEventListener("click", () => this.take_missing());
		this.find(".tick-all").addEventListener("click", () => this.tick_all());
		this.find(".untick-all").addEventListener("click", () => this.untick_all());
		this.start();
	}

	/** A new order or search: its first page takes the place of what is shown. */
	async start() {
		this.search_no = (this.search_no || 0) + 1;
		await this.fetch(0, serial_tracking.SerialsDialog.PAGE, true);
	}

	args(values) {
		const { row, frm } = this.dialog;
		return {
			item_code: row.item_code,
			warehouse: row[frm.voucher.source],
			based_on: this.find("[name=order]").value,
			posting_date: frm.doc.posting_date,
			...values,
		};
	}

	async fetch(start, page_length = serial_tracking.SerialsDialog.PAGE, anew = false) {
		const { search_no } = this;
		this.asked.add(start);
		const search = this.find("[name=in_stock]").value;
		const found = await this.dialog.ask("available", this.args({ search, start, page_length }));
		if (!found || search_no !== this.search_no) return false;
		if (anew) {
			this.units = [];
			this.asked = new Set([start]);
			this.list.active = 0;
			this.list.element.scrollTop = 0;
		}
		found.units.forEach((unit, at) => (this.units[start + at] = unit));
		this.total = found.total;
		this.list.set_count(found.total);
		this.find(".no-stock").classList.toggle("hidden", found.total > 0);
		this.find(".stock-list").classList.toggle("hidden", !found.total);
		this.show_missing();
		return true;
	}

	draw_line(at) {
		const { html } = serial_tracking;
		const unit = this.units[at];
		if (!unit) {
			const page = at - (at % serial_tracking.SerialsDialog.PAGE);
			if (!this.asked.has(page)) this.fetch(page);
			return html`<span class="number text-muted">…</span>`;
		}
		const row = this.dialog.others.get(serial_tracking.number_key(unit.serial_no));
		const day = (date) => frappe.datetime.str_to_user(date, false, true);
		const facts = [
			row && __("in row {0}", [row]),
			unit.purchase_date && __("since {0}", [day(unit.purchase_date)]),
			unit.end_of_life_date && __("until {0}", [day(unit.end_of_life_date)]),
		];
		return html`<span class="tick" aria-hidden="true">${this.is_ticked(at) && "✓"}</span>
			<span class="number" title="${unit.serial_no}">${unit.serial_no}</span>
			<span class="facts text-muted">${facts.filter(Boolean).join(" · ")}</span>`;
	}

	is_ticked(at) {
		const unit = this.units[at];
		return Boolean(unit) && this.dialog.places.has(serial_tracking.number_key(unit.serial_no));
	}

	/** With the Shift key: all from the one that was ticked last. */
	tick(at, to_here) {
		if (!this.units[at]) return;
		const on = !this.is_ticked(at);
		const from = to_here ? this.last ?? at : at;
		const chosen = [];
		for (let place = Math.min(from, at); place <= Math.max(from, at); place++) {
			if (this.units[place] && this.is_ticked(place) !== on) chosen.push(this.units[place].serial_no);
		}
		this.last = at;
		this.put(chosen, on);
	}

	put(chosen, on) {
		const { dialog } = this;
		const key = serial_tracking.number_key;
		// a button pressed twice asks twice
		if (on) return dialog.set([...dialog.numbers, ...chosen.filter((number) => !dialog.places.has(key(number)))]);
		const keys = new Set(chosen.map(key));
		dialog.set(dialog.numbers.filter((number) => !keys.has(key(number))));
	}

	/** As many as the row lacks, in the order of the list, whatever is searched for. */
	async take_missing() {
		const { dialog } = this;
		const others = [...dialog.others.keys()];
		const taken = [...dialog.places.keys(), ...others];
		const numbers = await dialog.ask("pick", this.args({ qty: dialog.missing(), taken }));
		if (numbers) this.put(numbers, true);
	}

	/** All that match, but for those of other rows. */
	async tick_all() {
		for (let start = 0; start < this.total; start += 10000) {
			if (!(await this.fetch(start, 10000))) return;
		}
		const { others } = this.dialog;
		const free = this.units.filter(({ serial_no }) => !others.has(serial_tracking.number_key(serial_no)));
		this.put(free.map((unit) => unit.serial_no), true);
	}

	/** Those that match leave the row; other numbers stay in it. */
	async untick_all() {
		for (let start = 0; start < this.total; start += 10000) {
			if (!(await this.fetch(start, 10000))) return;
		}
		this.put(this.units.map((unit) => unit.serial_no), false);
	}

	show_missing() {
		const missing = this.dialog.missing();
		const button = this.find(".take-missing");
		button.textContent = missing ? __("Take the first {0}", [serial_tracking.voucher.figure(missing)]) : __("None is missing");
		button.disabled = !missing;
		const { figure } = serial_tracking.voucher;
		this.find(".ticked").textContent = __("{0} chosen of {1} wanted, {2} in stock", [
			figure(this.dialog.count()),
			figure(this.dialog.wanted()),
			figure(this.total || 0),
		]);
	}
};

serial_tracking.SerialsDialog.STYLE = `
	.serials-dialog .head, .serials-dialog .tools {
		display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 8px;
	}
	.serials-dialog .tools > .form-control { flex: 1 1 10rem; min-width: 0 }
	.serials-dialog .columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 24px }
	.serials-dialog .columns.alone { grid-template-columns: minmax(0, 1fr) }
	.serials-dialog .hidden { display: none !important }
	.serials-dialog label { margin: 0; font-weight: normal }
	.serials-dialog .only-wrong { flex: none }
	.serials-dialog .virtual-list {
		position: relative; height: 42vh; min-height: 200px; overflow-y: auto; overflow-x: hidden;
		border: 1px solid var(--border-color); border-radius: var(--border-radius, 8px);
	}
	.serials-dialog .virtual-list:focus-visible { outline: 2px solid var(--primary, #171717) }
	.serials-dialog .virtual-list > div { position: relative }
	.serials-dialog .line {
		position: absolute; left: 0; right: 0; height: 28px; padding: 0 8px; line-height: 28px;
		display: flex; gap: 8px; white-space: nowrap; cursor: default;
	}
	.serials-dialog .virtual-list:focus .line.active { background: var(--control-bg, #f3f3f3) }
	.serials-dialog .at { min-width: 3em; text-align: right; flex: none }
	.serials-dialog .number { flex: 0 1 auto; min-width: 4em; overflow: hidden; text-overflow: ellipsis; font-variant-numeric: tabular-nums }
	.serials-dialog .line .wrong, .serials-dialog .facts { flex: 1 1 0; min-width: 0; text-align: right; overflow: hidden; text-overflow: ellipsis }
	.serials-dialog .wrong { color: var(--red-700, #801e1e) }
	.serials-dialog .remove { margin-left: auto }
	.serials-dialog .remove, .serials-dialog .tick { flex: none; width: 1.2em; text-align: center; cursor: pointer }
	.serials-dialog .text-muted { color: var(--gray-700, #525252) !important }
	.serials-dialog [role=tablist] { display: flex; flex-wrap: wrap; gap: 4px; margin-bottom: 12px }
	.serials-dialog [role=tab] { color: inherit; background: transparent }
	.serials-dialog [role=tab][aria-selected=true] { background: var(--control-bg, #f3f3f3); font-weight: 600 }
	.serials-dialog .why { min-height: 1.5em; margin: 4px 0; overflow-wrap: anywhere }
	.serials-dialog .told { margin-top: 8px; overflow-wrap: anywhere }
	.serials-dialog .ways .virtual-list { height: 34vh }
	@media (max-width: 768px) { .serials-dialog .columns { grid-template-columns: minmax(0, 1fr) } }
`;
