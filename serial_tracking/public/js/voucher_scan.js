{% include "serial_tracking/public/js/box_text.js" %}
{% include "serial_tracking/public/js/markup.js" %}

// The scan field on top of the rows of a voucher (docs/scanning.md). Included after stock_voucher.js, which shows it.

frappe.provide("serial_tracking.voucher");

/** Show the field on a draft that may be written, hide it elsewhere. */
serial_tracking.voucher.show_scan_field = function (frm) {
	if (!frm.fields_dict.items?.grid) return;
	frm.scan_field ||= new serial_tracking.ScanField(frm);
	frm.scan_field.show();
};

/** What was scanned is in its row before the voucher is saved. */
serial_tracking.voucher.wait_for_scans = (frm) => frm.scan_field?.finish();

serial_tracking.ScanField = class ScanField {
	static SHORTCUT = "F2";
	static MOST_SHOWN = 5; // of the scans that were refused
	static REJECTED = "rejected_serial_no"; // the box of units that came and are not accepted

	constructor(frm) {
		this.frm = frm;
		this.queue = Promise.resolve(); // scans follow each other faster than the server answers
		this.forget();
		this.make();
		this.offer_camera();
		frappe.ui.keys.add_shortcut({
			shortcut: ScanField.SHORTCUT.toLowerCase(),
			action: () => this.take_focus(),
			description: __("Go to the scan field"),
			page: frm.page,
			ignore_inputs: true,
			condition: () => $(this.area).is(":visible"),
		});
	}

	make() {
		const { html } = serial_tracking;
		const id = frappe.dom.get_unique_id();
		const help = __(
			"A serial number, an item's barcode or a GS1 code. Enter takes it; Ctrl+Z in the empty field takes the last scan back; {0} brings you here",
			[ScanField.SHORTCUT]
		);
		this.area = document.createElement("div");
		this.area.className = "voucher-scan form-group";
		this.area.innerHTML = html`
			<label class="control-label" for="${id}">${__("Scan")}</label>
			<div class="d-flex flex-wrap" style="gap: var(--margin-sm, 8px)">
				<input id="${id}" class="form-control" style="flex: 1 1 12rem; max-width: 36rem; min-width: 0"
					type="text" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
					enterkeyhint="done" maxlength="8000" aria-describedby="${id}-told" title="${help}"
					placeholder="${__("Serial number, barcode or GS1 code")}">
				<button type="button" class="btn btn-default btn-sm reject hidden" aria-pressed="false"
					title="${__("While this is on, what is scanned is rejected: a unit that was accepted in this receipt too")}"
					>${__("Reject")}</button>
				<button type="button" class="btn btn-default btn-sm camera hidden">${__("Camera")}</button>
				<button type="button" class="btn btn-default btn-sm undo" disabled
					title="${__("Take the last scan back")}">${__("Undo")}</button>
			</div>
			<div id="${id}-told" class="told small" style="min-height: 1.6em; margin-top: 4px; overflow-wrap: anywhere"
				role="status" aria-live="polite"></div>
			<div class="earlier small hidden" style="overflow-wrap: anywhere"></div>`;
		// before the table, which takes what is pasted anywhere in it
		this.frm.fields_dict.items.$wrapper.before(this.area);
		[this.box, this.told, this.earlier, this.undo_button, this.camera, this.reject_button] = [
			"input",
			".told",
			".earlier",
			".undo",
			".camera",
			".reject",
		].map((part) => this.area.querySelector(part));
		this.box.addEventListener("keydown", (event) => this.take_key(event));
		this.box.addEventListener("paste", (event) => this.take_paste(event));
		// a change of this box is none of the document
		["input", "change"].forEach((name) => this.box.addEventListener(name, (event) => event.stopPropagation()));
		this.box.addEventListener("focus", () => (this.is_left = false));
		// saving by Ctrl+S takes the focus from every box; whoever scans goes on scanning
		this.box.addEventListener("blur", (event) => (this.is_left = Boolean(event.relatedTarget)));
		this.undo_button.addEventListener("click", () => {
			this.undo();
			this.take_focus();
		});
		this.reject_button.addEventListener("click", () => {
			this.reject(!this.rejects);
			this.take_focus();
		});
	}

	/** Called whenever the form is drawn: it may show another document than before. */
	show() {
		const { frm } = this;
		const name = frappe.model.new_names[this.docname] || this.docname;
		if (name !== frm.docname) this.forget();
		this.docname = frm.docname;
		const may_scan = frm.doc.docstatus === 0 && frm.perm[0]?.write && !frm.doc.__onload?.submit_under_way;
		this.area.classList.toggle("hidden", !may_scan);
		const may_reject = Boolean(frm.voucher.boxes[ScanField.REJECTED]) && !frm.doc.is_return;
		this.reject_button.classList.toggle("hidden", !may_reject);
		if (this.rejects && !may_reject) this.reject(false);
		if (may_scan) this.return_focus();
	}

	forget() {
		this.current = null; // name of the row that was scanned into last
		this.chosen = false; // by a scan of its item
		this.done = []; // what can be undone
		this.read = new Map(); // name of a row and box → what it holds: ten thousand numbers are not read at every scan
		this.is_left = true;
		this.refused = []; // what was told of scans that did nothing, until somebody has seen it
		if (!this.told) return;
		this.told.replaceChildren();
		this.dismiss();
		this.box.value = "";
		this.undo_button.disabled = true;
		this.reject(false);
	}

	/** Scans are rejected from now on, or accepted again. */
	reject(on) {
		this.rejects = on;
		this.reject_button.setAttribute("aria-pressed", String(on));
		this.reject_button.classList.toggle("btn-danger", on);
		this.reject_button.classList.toggle("btn-default", !on);
		this.box.placeholder = on ? __("What is rejected") : __("Serial number, barcode or GS1 code");
		if (on && !this.frm.doc.rejected_warehouse) {
			this.told.textContent = __("Choose the rejected warehouse, or scan it");
		}
	}

	take_focus() {
		frappe.ui.form.close_grid_form();
		this.box.focus();
		this.box.scrollIntoView({ block: "nearest" });
	}

	return_focus() {
		const free = document.activeElement === document.body && !document.querySelector(".modal.show");
		if (!this.is_left && free) this.box.focus();
	}

	async finish() {
		this.return_focus();
		await this.queue;
	}

	// ---------------------------------------------------------------- keys

	take_key(event) {
		const { key } = event;
		if (event.isComposing) return;
		const taken = () => {
			event.preventDefault();
			event.stopPropagation();
		};
		if (key === "Enter" || (key === "Tab" && !event.shiftKey && this.box.value.trim())) {
			taken();
			const code = this.box.value;
			this.box.value = "";
			if (code.trim()) this.scan(code);
		} else if (key === "Escape" && (this.box.value || this.refused.length)) {
			taken();
			if (this.box.value) this.box.value = "";
			else this.dismiss();
		} else if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "z" && !event.shiftKey && !this.box.value) {
			taken();
			this.undo();
		} else if (event.ctrlKey && (key === "]" || key === "\x1d")) {
			taken(); // so do scanners send the separator of GS1, which the browser would swallow
			this.box.setRangeText("\x1d", this.box.selectionStart, this.box.selectionEnd, "end");
		}
	}

	/** Several lines are several codes. */
	take_paste(event) {
		const codes = event.clipboardData?.getData("text").split(/[\r\n\t]+/).filter((line) => line.trim()) || [];
		if (codes.length < 2) return;
		event.preventDefault();
		codes.forEach((code) => this.scan(code));
	}

	async offer_camera() {
		try {
			const devices = await navigator.mediaDevices.enumerateDevices();
			if (!devices.some((device) => device.kind === "videoinput")) return;
		} catch {
			return; // none that this page may use
		}
		this.camera.classList.remove("hidden");
		this.camera.addEventListener("click", () => this.scan_with_camera());
	}

	scan_with_camera() {
		let last, seen;
		const scanner = new frappe.ui.Scanner({
			dialog: true,
			multiple: true,
			on_scan: ({ decodedText }) => {
				// ten times a second, as long as the code is in sight
				const again = decodedText === last && Date.now() - seen < 2000;
				[last, seen] = [decodedText, Date.now()];
				if (!again) this.scan(decodedText);
			},
		});
		this.echo = $(`<div class="small" role="status"></div>`).appendTo(scanner.dialog.$body)[0];
	}

	// ---------------------------------------------------------------- one after the other

	scan(code) {
		const box = this.rejects ? ScanField.REJECTED : "serial_no"; // when it was scanned, not when it is its turn
		this.then((is_here) => this.take(code, box, is_here), code);
	}

	undo() {
		this.then(() => this.take_back());
	}

	then(work, code = "") {
		const asked_for = this.docname;
		const is_here = () => (frappe.model.new_names[asked_for] || asked_for) === this.frm.docname;
		this.queue = this.queue.then(async () => {
			try {
				await this.saved();
				if (!is_here()) return this.tell_lost(code);
				await work(is_here);
			} catch (error) {
				this.tell(__("{0} was not taken: the site did not answer. Scan it again", [code]), false);
				if (error instanceof Error) console.error(error);
			}
		});
	}

	tell_lost(code) {
		if (code) {
			const told = __("{0} was not taken: another document was opened", [frappe.utils.escape_html(code)]);
			frappe.show_alert({ message: told, indicator: "red" });
		}
	}

	/** While a document is saved, what the form holds is about to be replaced. */
	async saved() {
		while (frappe.ui.form.is_saving) await new Promise((resolve) => setTimeout(resolve, 50));
	}

	// ---------------------------------------------------------------- a scan

	async take(code, box, is_here) {
		const { frm } = this;
		if (frm.doc.docstatus !== 0) return this.tell(__("{0} was not taken: this is submitted", [code]), false);
		const { message } = await frappe.call({
			method: "serial_tracking.api.scan.into_voucher",
			args: { code, doc: this.head(), item_code: this.row_meant(code, box)?.item_code },
		});
		await this.saved();
		if (!is_here()) return this.tell_lost(code);
		if (message.refused) return this.tell(serial_tracking.plain_text(message.refused.message), false);
		if (message.warehouse) return this.put_warehouse(message.warehouse.name, box);
		if (message.entry) return this.put_unit(message, box);
		return this.put_item(message, box);
	}

	/** The document without its rows, however many they are. */
	head() {
		const of_head = ([field, value]) => !field.startsWith("__") && (value === null || typeof value !== "object");
		return Object.fromEntries(Object.entries(this.frm.doc).filter(of_head));
	}

	get rows() {
		return (this.frm.doc.items || []).filter((row) => row.item_code);
	}

	/** The row that a number is for which the site does not know yet. */
	row_meant(code, box) {
		const key = serial_tracking.number_key(code.trim());
		const holder = !frappe.boot.serial_tracking?.unique_serial_no_per_item && this.rows.find((row) => this.names(row, key));
		return holder || this.row_to_fill(box);
	}

	row_to_fill(box) {
		const current = this.rows.find((row) => row.name === this.current);
		if (current && (this.chosen || this.lacks(current, box))) return current;
		const serialised = this.rows.filter((row) => locals.Item?.[row.item_code]?.has_serial_no);
		const lacking = serialised.find((row) => this.lacks(row, box));
		return lacking || current || (serialised.length === 1 ? serialised[0] : null);
	}

	wanted(row, box) {
		return serial_tracking.voucher.units_wanted(this.frm, row, box);
	}

	lacks(row, box) {
		return this.wanted(row, box) > this.contents(row, box).count;
	}

	/** {count, keys} of a row's box. */
	contents(row, box) {
		const text = row[box] || "";
		const place = `${row.name} ${box}`;
		if (this.read.get(place)?.text !== text) {
			const count = serial_tracking.count_serial_nos(text);
			this.read.set(place, { text, count, keys: serial_tracking.box_keys(text) });
		}
		return this.read.get(place);
	}

	/** The current row first, then those of the grid in their order. */
	rows_of(item_code) {
		const rows = this.rows.filter((row) => row.item_code === item_code);
		const current = rows.filter((row) => row.name === this.current);
		return [...current, ...rows.filter((row) => row.name !== this.current)];
	}

	/** Would a new row get the warehouses of this one? */
	is_where_new_rows_go(row) {
		return Object.entries(this.frm.voucher.warehouses).every(
			([head, field]) => !this.frm.doc[head] || !row[field] || row[field] === this.frm.doc[head]
		);
	}

	async put_unit({ serial_no, entry, item, row: decided }, box) {
		const key = serial_tracking.number_key(serial_no);
		const { item_code, ...places } = decided;
		const rows = this.rows_of(item_code);
		// a unit may be consumed and produced again
		const transforms = places.s_warehouse === null || places.t_warehouse === null;
		const is_of_side = (row) => !transforms || Boolean(row.s_warehouse) === Boolean(places.s_warehouse);
		const holder = rows.find((row) => is_of_side(row) && this.names(row, key));
		if (holder) {
			this.current = holder.name;
			const accepted = this.contents(holder, "serial_no").keys.has(key);
			if (accepted && box !== "serial_no") return this.reject_accepted(holder, serial_no, key);
			const place = [serial_no, holder.idx];
			const told = accepted ? __("{0} is in row {1} already", place) : __("{0} is in row {1} already, rejected", place);
			return this.tell(told, false);
		}
		// a row without a warehouse takes that of the unit
		const may_hold = (row) =>
			Object.entries(places).every(
				([field, place]) => (row[field] || null) === place || (!row[field] && field !== "delivery_note")
			);
		const possible = rows.filter(may_hold);
		const in_stock_units = (row) => (flt(row.conversion_factor) || 1) === 1;
		let row = possible.find((row) => this.lacks(row, box));
		const raised = !row;
		row ||= possible.find(
			(row) => in_stock_units(row) && (row.name === this.current || this.is_where_new_rows_go(row))
		);
		const created = !row;
		if (created && places.delivery_note) {
			const told = __("{0} was delivered by {1}: make the invoice from it", [serial_no, places.delivery_note]);
			return this.tell(told, false);
		}
		row ||= await this.add_row(item);
		// what is rejected is one of those that are still to be named, if there are such
		const is_more = box === "serial_no" || !this.lacks(row, "serial_no");
		await frappe.model.set_value(row.doctype, row.name, places);
		if (raised) await this.raise(row, 1, box, is_more);
		await this.add_line(row, box, entry, key);
		if (row.name !== this.current) this.chosen = false;
		this.current = row.name;
		this.note({ kind: "unit", name: row.name, item_code, box, key, raised, is_more, created, told: serial_no });
		this.tell(this.state_of(row, box, serial_no));
	}

	/** A unit that stands among the accepted ones goes to the rejected ones. */
	async reject_accepted(row, serial_no, key) {
		const line = await this.take_line(row, "serial_no", key);
		if (line === null) return this.tell_of_range(serial_no);
		await this.raise(row, 1 / (flt(row.conversion_factor) || 1), ScanField.REJECTED, false);
		await this.add_line(row, ScanField.REJECTED, line, key);
		const { name, item_code } = row;
		this.note({ kind: "rejection", name, item_code, box: ScanField.REJECTED, key, told: serial_no });
		this.tell(this.state_of(row, ScanField.REJECTED, serial_no));
	}

	async add_line(row, box, line, key) {
		const text = [(row[box] || "").trimEnd(), line].filter(Boolean).join("\n");
		const { count, keys } = this.contents(row, box);
		await frappe.model.set_value(row.doctype, row.name, box, text);
		this.read.set(`${row.name} ${box}`, { text, count: count + 1, keys: keys.add(key) });
	}

	/** Take the line of a number out of a box, and return it; null where the number stands within a range. */
	async take_line(row, box, key) {
		const lines = row[box].split(/\r\n|\r|\n/);
		const at = lines.findIndex((line) => {
			const keys = serial_tracking.box_keys(line);
			return keys.size === 1 && keys.has(key);
		});
		if (at < 0) return null;
		const [line] = lines.splice(at, 1);
		await frappe.model.set_value(row.doctype, row.name, box, lines.join("\n"));
		return line;
	}

	async put_item({ item }, box) {
		if (!item.conversion_factor) {
			const told = __("{0} has no conversion from {1} to {2}", [item.name, item.uom, item.stock_uom]);
			return this.tell(told, false);
		}
		const rows = this.rows_of(item.name).filter((row) => (row.uom || item.stock_uom) === item.uom);
		let row = rows.find((row) => row.name === this.current || this.is_where_new_rows_go(row));
		const created = !row;
		row ||= await this.add_row(item);
		this.current = row.name;
		this.chosen = true;
		const quantity = () => Math.abs(flt(row[this.frm.voucher.boxes[box]]));
		// numbers are to come, of which some are there or which somebody has typed how many: the code says only the item
		const is_like_this = (step) => step.kind === "item" && step.item_code === item.name && step.box === box;
		const counted = this.done.filter(is_like_this).length;
		if (item.has_serial_no && this.lacks(row, box) && (row[box] || quantity() !== counted)) {
			return this.tell(this.state_of(row, box, item.name));
		}
		await this.raise(row, 1, box, true);
		const { name } = row;
		const [item_code, uom] = [item.name, item.uom];
		this.note({ kind: "item", name, item_code, uom, box, is_more: true, created, told: item_code });
		const figures = [row.idx, item_code, quantity()];
		this.tell(
			box === "serial_no"
				? __("Row {0}: {1}, quantity {2}", figures)
				: __("Row {0}: {1}, rejected quantity {2}", figures)
		);
	}

	async put_warehouse(warehouse, box) {
		const { frm } = this;
		const heads = box === "serial_no" ? Object.keys(frm.voucher.warehouses) : ["rejected_warehouse"];
		const shown = heads.filter((head) => $(frm.fields_dict[head]?.wrapper).is(":visible"));
		const head = shown.at(-1); // what leaves knows its own place
		if (!head) return this.tell(__("{0} is a warehouse, and there is no place for it here", [warehouse]), false);
		this.note({ kind: "warehouse", head, before: frm.doc[head], told: warehouse });
		await frm.set_value(head, warehouse);
		this.tell(__("{0}: {1}", [__(frm.fields_dict[head].df.label), warehouse]));
	}

	async add_row(item) {
		const { frm } = this;
		const { voucher } = serial_tracking;
		const row = frm.doc.items?.find((other) => !other.item_code) || frm.add_child("items");
		row.qty = 0;
		voucher.fill_new_row(frm, row);
		await frappe.model.set_value(row.doctype, row.name, "item_code", item.name);
		await voucher.get_item(row);
		row.item_name = item.item_name;
		row.stock_uom = item.stock_uom;
		row.uom = item.uom;
		row.conversion_factor = item.conversion_factor || 1;
		return row;
	}

	/**
	 * Change the quantity of a box, in the row's unit of measure.
	 * @param {boolean} is_more did more come than was known; else what is rejected is not accepted
	 */
	raise(row, by, box, is_more) {
		const field = this.frm.voucher.boxes[box];
		const change = this.frm.doc.is_return ? -by : by;
		if (is_more && ScanField.REJECTED in this.frm.voucher.boxes) {
			row.received_qty = flt(flt(row.received_qty) + change, 9);
		}
		return frappe.model.set_value(row.doctype, row.name, field, flt(flt(row[field]) + change, 9));
	}

	names(row, key) {
		return Object.keys(this.frm.voucher.boxes).some((box) => this.contents(row, box).keys.has(key));
	}

	// ---------------------------------------------------------------- back again

	note(step) {
		this.done.push(step);
		this.undo_button.disabled = false;
	}

	async take_back() {
		const { frm } = this;
		if (frm.doc.docstatus !== 0) return; // it was submitted meanwhile
		const step = this.done.pop();
		this.undo_button.disabled = !this.done.length;
		if (!step) return this.tell(__("There is no scan to take back"), false);
		if (step.kind === "warehouse") {
			await frm.set_value(step.head, step.before || "");
			return this.tell(__("Taken back: {0}", [step.told]));
		}
		const rows = this.rows_of(step.item_code);
		const of_name = rows.find((row) => row.name === step.name);
		// a new row has another name once it is saved
		const row =
			step.kind === "item"
				? of_name || rows.find((other) => other.uom === step.uom && flt(other[frm.voucher.boxes[step.box]]))
				: [of_name, ...rows].find((other) => other && this.contents(other, step.box).keys.has(step.key));
		if (!row) return this.tell(__("{0} is no longer there", [step.told]), false);
		if (step.kind !== "item") {
			const line = await this.take_line(row, step.box, step.key);
			if (line === null) return this.tell_of_range(step.told);
			if (step.kind === "rejection") {
				await this.raise(row, -1 / (flt(row.conversion_factor) || 1), step.box, false);
				await this.add_line(row, "serial_no", line, step.key);
			}
		}
		if (step.kind === "item" || step.raised) await this.raise(row, -1, step.box, step.is_more);
		this.current = row.name;
		const is_blank = Object.entries(frm.voucher.boxes).every(([box, qty]) => !row[box] && !flt(row[qty]));
		if (step.created && is_blank) {
			this.current = this.done.at(-1)?.name || null;
			frappe.ui.form.close_grid_form();
			frappe.model.clear_doc(row.doctype, row.name);
			frm.dirty();
			serial_tracking.voucher.calculate(frm);
		}
		this.tell(__("Taken back: {0}", [step.told]));
	}

	// ---------------------------------------------------------------- what the field says

	state_of(row, box, what) {
		const figures = [this.contents(row, box).count, this.wanted(row, box)];
		if (box !== "serial_no") return __("Row {0}: {1}, {2} of {3} rejected", [row.idx, what, ...figures]);
		const { takes_out, source } = this.frm.voucher;
		const place = takes_out(this.frm.doc) && row[source];
		return place
			? __("Row {0}: {1} from {2}, {3} of {4}", [row.idx, what, place, ...figures])
			: __("Row {0}: {1}, {2} of {3}", [row.idx, what, ...figures]);
	}

	tell_of_range(number) {
		this.tell(__("{0} stands within a range: take it out by hand", [number]), false);
	}

	/** Say what a scan did, to eyes and ears. `text` is no markup. */
	tell(text, good = true) {
		const markup = serial_tracking.html`<span class="indicator ${good ? "green" : "red"}"></span
			><span class="${good ? "taken" : "refused bold"}">${text}</span>`;
		for (const place of [this.told, this.echo]) if (place) place.innerHTML = markup;
		this.show_earlier();
		if (!good) this.refused.push(text);
		frappe.utils.play_sound(good ? "submit" : "error");
		if (!good) navigator.vibrate?.(200);
	}

	/** Scans that were refused while others followed: the next line must not hide them. */
	show_earlier() {
		const { html } = serial_tracking;
		this.earlier.classList.toggle("hidden", !this.refused.length);
		if (!this.refused.length) return;
		const shown = this.refused.slice(-ScanField.MOST_SHOWN).reverse();
		const more = this.refused.length - shown.length;
		this.earlier.innerHTML = html`<ul class="list-unstyled mb-1">${shown.map(
			(text) => html`<li><span class="indicator red"></span>${text}</li>`
		)}${more > 0 && html`<li>${__("{0} more", [more])}</li>`}</ul>
			<button type="button" class="btn btn-default btn-xs dismiss">${__("Dismiss")}</button>`;
		this.earlier.querySelector(".dismiss").addEventListener("click", () => {
			this.dismiss();
			this.take_focus();
		});
	}

	dismiss() {
		this.refused = [];
		this.earlier.replaceChildren();
		this.earlier.classList.add("hidden");
	}
};
