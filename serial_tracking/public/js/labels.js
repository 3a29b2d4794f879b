{% include "serial_tracking/public/js/named_fields.js" %}

// Labels of units: which, on what and as what. See docs/labels.md; included by the scripts of vouchers and units.

frappe.provide("serial_tracking.labels");

/** "Labels" on a submitted voucher whose rows name units. */
serial_tracking.labels.show_button = function (frm) {
	const has_units = frm.doc.items?.some((row) => row.serial_no || row.rejected_serial_no);
	if (frm.doc.docstatus !== 1 || !has_units) return;
	const source = { voucher_type: frm.doctype, voucher_no: frm.doc.name };
	frm.add_custom_button(__("Labels"), () => serial_tracking.labels.ask(source));
};

/**
 * Ask for paper and code, and print.
 * @param {object} source serial_nos (record names), or voucher_type and voucher_no
 */
serial_tracking.labels.ask = async function (source) {
	const { message: found } = await frappe.call({
		method: "serial_tracking.api.labels.count",
		args: source,
		freeze: true,
	});
	if (!found) return;
	const { layouts, codes, resolutions, ...proposed } = frappe.boot.serial_tracking.labels;
	const chosen = { ...proposed, ...serial_tracking.labels.last_choice() };
	const known = (value, values, otherwise) => (values.includes(value) ? value : otherwise);
	const rolls = layouts.filter((layout) => layout.per_page === 1).map((layout) => layout.name);
	const on_roll = `eval:${JSON.stringify(rolls)}.includes(doc.layout)`;
	const dialog = new frappe.ui.Dialog({
		title: found.labels === 1 ? __("Label", null, "Serial No") : __("{0} Labels", [found.labels.toLocaleString()]),
		fields: [
			{ fieldtype: "HTML", fieldname: "hidden_note", options: serial_tracking.labels.note(found) },
			{
				fieldtype: "Select",
				fieldname: "layout",
				label: __("Label Size"),
				options: layouts.map((layout) => ({ value: layout.name, label: layout.title })),
				default: known(chosen.layout, layouts.map((layout) => layout.name), proposed.layout),
				reqd: 1,
			},
			{
				fieldtype: "Select",
				fieldname: "code",
				label: __("Label Code"),
				options: codes.map((code) => ({ value: code, label: __(code) })),
				default: known(chosen.code, codes, proposed.code),
				description: __("The GS1 codes need an item with a GTIN; of others they are the number alone"),
				reqd: 1,
			},
			{
				fieldtype: "Int",
				fieldname: "skip",
				label: __("Labels Used Already"),
				description: __("Of the first sheet: so many places are left free"),
				depends_on: on_roll.replace("eval:", "eval:!"),
				default: 0,
			},
			{
				fieldtype: "Select",
				fieldname: "part",
				label: __("Part"),
				options: serial_tracking.labels.parts(found),
				default: "1",
				hidden: found.parts < 2,
			},
			{
				fieldtype: "Select",
				fieldname: "dpi",
				label: __("Dots per Inch"),
				options: resolutions.map(String),
				default: known(chosen.dpi, resolutions.map(String), String(resolutions[0])),
				description: __("Of the label printer that gets the ZPL"),
				depends_on: on_roll,
			},
		],
		primary_action_label: __("Print"),
		primary_action: (values) => serial_tracking.labels.print(source, values),
		secondary_action_label: __("PDF"),
		secondary_action() {
			const values = dialog.get_values();
			if (values) serial_tracking.labels.download("pdf", source, values);
		},
	});
	dialog.add_custom_action(__("ZPL"), () => {
		const values = dialog.get_values();
		if (values) serial_tracking.labels.download("zpl", source, values);
	});
	dialog.show();
	serial_tracking.name_fields(dialog);
};

/** What is left out, if anything is. */
serial_tracking.labels.note = function ({ hidden }) {
	if (!hidden) return "";
	return `<p class="text-muted">${__("{0} more units are where you may not look: they are left out.", [hidden])}</p>`;
};

serial_tracking.labels.parts = function ({ labels, parts, at_once }) {
	return Array.from({ length: parts }, (_, n) => {
		const [first, last] = [n * at_once + 1, Math.min((n + 1) * at_once, labels)];
		return { value: String(n + 1), label: __("{0} to {1}", [first.toLocaleString(), last.toLocaleString()]) };
	});
};

serial_tracking.labels.print = async function (source, values) {
	// at once, in the click, or it counts as a pop-up
	const page = window.open("", "_blank");
	const file = await serial_tracking.labels.get("sheet", source, values);
	if (!file) return page?.close();
	const url = URL.createObjectURL(file);
	if (page) page.location = url;
	else frappe.msgprint(__("The browser does not let the page with the labels open: allow pop-ups for this site"));
};

serial_tracking.labels.download = async function (kind, source, values) {
	const file = await serial_tracking.labels.get(kind, source, values);
	if (!file) return;
	const link = document.createElement("a");
	link.href = URL.createObjectURL(file);
	const name = (source.voucher_no || "").replace(/[^\w.-]+/g, "_");
	link.download = `${["labels", name].filter(Boolean).join("-")}.${kind}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

/** The file that a method answers with, or undefined if it refused; it says why. */
serial_tracking.labels.get = async function (method, source, { layout, code, skip, part, dpi }) {
	serial_tracking.labels.last_choice({ layout, code, dpi });
	const { per_page } = frappe.boot.serial_tracking.labels.layouts.find((known) => known.name === layout);
	const of_kind = method === "zpl" ? { dpi } : { skip: per_page > 1 ? skip : 0 };
	const form = new FormData();
	for (const [key, value] of Object.entries({ ...source, layout, code, part, ...of_kind })) {
		if (value) form.append(key, typeof value === "string" ? value : JSON.stringify(value));
	}
	frappe.dom.freeze(__("Drawing labels"));
	try {
		const answer = await fetch(`/api/method/serial_tracking.api.labels.${method}`, {
			method: "POST",
			headers: { "X-Frappe-CSRF-Token": frappe.csrf_token, Accept: "application/json" },
			body: form,
		});
		if (answer.ok) return await answer.blob();
		const { _server_messages } = await answer.json().catch(() => ({}));
		const messages = JSON.parse(_server_messages || "[]").map((message) => JSON.parse(message).message);
		frappe.msgprint({
			title: __("No Labels"),
			message: messages.join("<br>") || __("The server answered with an error ({0})", [answer.status]),
			indicator: "red",
		});
	} catch {
		frappe.msgprint(__("The server cannot be reached"));
	} finally {
		frappe.dom.unfreeze();
	}
};

/** What was chosen last in this browser; with a choice: keep it. */
serial_tracking.labels.last_choice = function (choice) {
	const key = "serial_tracking_labels";
	try {
		if (choice) localStorage.setItem(key, JSON.stringify(choice));
		return JSON.parse(localStorage.getItem(key)) || {};
	} catch {
		return {}; // a browser that keeps nothing
	}
};
