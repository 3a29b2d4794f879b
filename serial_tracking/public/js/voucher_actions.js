{% include "serial_tracking/public/js/named_fields.js" %}

// The buttons of all vouchers: what follows from them, picking, and the check before the submit. Their scripts include
// this file after stock_voucher.js, and say in `bind`:
//   creates: list of {label, left: what must be left of it, doctype, method: its mapper, of_one_unit: is it asked for
//     one unit of the document}
//   return_mapper: the method that proposes the return of a document

serial_tracking.voucher.show_buttons = function (frm) {
	const voucher = serial_tracking.voucher;
	voucher.show_create(frm);
	[__("Pick Serial Nos"), __("Check")].forEach((label) => frm.remove_custom_button(label));
	if (frm.doc.docstatus !== 0 || !frm.perm[0]?.write || frm.doc.__onload?.submit_under_way) return;
	if (frm.voucher.takes_out(frm.doc)) {
		frm.add_custom_button(__("Pick Serial Nos"), () => voucher.ask_how_to_pick(frm));
	}
	frm.add_custom_button(__("Check"), () => voucher.check(frm));
};

// ---------------------------------------------------------------- what follows

serial_tracking.voucher.show_create = function (frm) {
	const { left } = frm.doc.__onload || {};
	if (frm.doc.docstatus !== 1 || !left) return;
	const possible = (frm.voucher.creates || []).filter((next) => {
		return left[next.left] && frappe.model.can_create(next.doctype);
	});
	for (const { label, method, of_one_unit } of possible) {
		const open = of_one_unit
			? () => serial_tracking.voucher.create_for_unit(frm, label, method)
			: () => frappe.model.open_mapped_doc({ method, frm });
		frm.add_custom_button(label, open, __("Create"));
	}
	if (possible.length) frm.page.set_inner_btn_group_as_primary(__("Create"));
};

/** What is made for one unit of a document: ask which, if there are several. */
serial_tracking.voucher.create_for_unit = function (frm, label, method) {
	const open = async (serial_no) => {
		const args = { source_name: frm.doc.name, serial_no };
		const { message } = await frappe.call({ method, args, freeze: true });
		frappe.model.sync(message);
		frappe.set_route("Form", message.doctype, message.name);
	};
	const numbers = frm.doc.items.flatMap((row) => (row.serial_no || "").split("\n")).filter(Boolean);
	if (numbers.length < 2) return open(numbers[0]);
	frappe.prompt(
		{ fieldtype: "Autocomplete", fieldname: "serial_no", label: __("Serial No"), options: numbers, reqd: 1 },
		({ serial_no }) => open(serial_no),
		label,
		__("Create")
	);
};

/** A return that names its document takes over what is still to be returned of it, if it has no rows yet. */
serial_tracking.voucher.take_rows_to_return = function (frm) {
	const { return_against } = frm.doc;
	if (!frm.voucher.return_mapper || !frm.doc.is_return || !return_against) return;
	if (frm.doc.items?.some((row) => row.item_code)) return;
	frappe.call({
		method: frm.voucher.return_mapper,
		args: { source_name: return_against },
		freeze: true,
		async callback({ message }) {
			if (!message || frm.doc.return_against !== return_against) return;
			const { party, rows } = frm.voucher;
			await frm.set_value(party, message[party]);
			if (frm.fields_dict.update_stock) await frm.set_value("update_stock", message.update_stock);
			const fields = frappe.meta.get_fieldnames(rows);
			frm.clear_table("items");
			message.items.forEach((row) => {
				const child = frm.add_child("items");
				fields.forEach((field) => (child[field] = row[field]));
				serial_tracking.voucher.get_item(child);
			});
			serial_tracking.voucher.calculate(frm);
		},
	});
};

// ---------------------------------------------------------------- picking

/** The rows that take units out and name too few: warehouse, and how many are missing. */
serial_tracking.voucher.rows_to_pick = async function (frm) {
	const { source } = frm.voucher;
	const rows = (frm.doc.items || []).filter((row) => row.item_code && row[source]);
	await Promise.all(rows.map(serial_tracking.voucher.get_item));
	return rows
		.filter((row) => locals.Item[row.item_code]?.has_serial_no)
		.map((row) => {
			const count = serial_tracking.count_serial_nos(row.serial_no);
			const missing = serial_tracking.voucher.units_wanted(frm, row, "serial_no") - count;
			return { row, missing, item_code: row.item_code, warehouse: row[source] };
		})
		.filter(({ missing }) => missing > 0);
};

serial_tracking.voucher.ask_how_to_pick = async function (frm) {
	const wanted = await serial_tracking.voucher.rows_to_pick(frm);
	if (!wanted.length) {
		return frappe.show_alert(__("No row lacks serial numbers. A row needs an item, a warehouse and a quantity"));
	}
	const lines = wanted.map(({ row, missing, item_code, warehouse }) => {
		const [item, place] = [item_code, warehouse].map((text) => frappe.utils.escape_html(text).bold());
		return __("Row {0}: {1} of {2} from {3}", [row.idx, missing, item, place]);
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Pick Serial Nos"),
		fields: [
			{ fieldtype: "HTML", fieldname: "wanted", options: `<p>${lines.join("<br>")}</p>` },
			{
				fieldtype: "Select",
				fieldname: "based_on",
				label: __("Based On"),
				options: [
					{ value: "FIFO", label: __("FIFO: those that came first") },
					{ value: "LIFO", label: __("LIFO: those that came last") },
					{ value: "End of Life", label: __("End of Life: those that expire first") },
				],
				default: frappe.boot.serial_tracking?.pick_serial_nos_based_on || "FIFO",
				reqd: 1,
			},
		],
		primary_action_label: __("Pick"),
		primary_action({ based_on }) {
			dialog.hide();
			serial_tracking.voucher.pick(frm, wanted, based_on);
		},
	});
	dialog.show();
	serial_tracking.name_fields(dialog);
};

serial_tracking.voucher.pick = async function (frm, wanted, based_on) {
	let picked = 0;
	for (const { row, missing, item_code, warehouse } of wanted) {
		const named = frm.doc.items.filter((other) => other.item_code === item_code && other.serial_no);
		try {
			const { message } = await frappe.call({
				method: "serial_tracking.api.serials.pick",
				args: {
					item_code,
					warehouse,
					qty: missing,
					based_on,
					posting_date: frm.doc.posting_date,
					taken: named.map((other) => other.serial_no).join("\n"),
				},
				freeze: true,
				freeze_message: __("Picking"),
			});
			const picked_text = serial_tracking.box_text(message);
			const numbers = [row.serial_no, picked_text].filter(Boolean).join("\n");
			await frappe.model.set_value(row.doctype, row.name, "serial_no", numbers);
			picked += message.length;
		} catch {
			continue; // the server has said why
		}
	}
	if (!picked) return;
	frm.refresh_field("items");
	frappe.show_alert({ message: __("Serial numbers picked by {1}: {0}", [picked, __(based_on)]), indicator: "green" });
};

// ---------------------------------------------------------------- the check

/** What a submit would refuse, all at once and without trying it. */
serial_tracking.voucher.check = function (frm) {
	frappe.call({
		method: "serial_tracking.api.serials.check",
		args: { doc: frm.doc },
		freeze: true,
		freeze_message: __("Checking"),
		callback: ({ message }) => message && serial_tracking.voucher.show_problems(message),
	});
};

serial_tracking.voucher.show_problems = function (problems) {
	if (!problems.length) {
		return frappe.show_alert({ message: __("Nothing stands in the way of submitting"), indicator: "green" });
	}
	const by_place = new Map();
	for (const { row, item_code, title, message } of problems) {
		const place = row ? __("Row {0}, {1}", [row, frappe.utils.escape_html(item_code)]) : __("The whole document");
		if (!by_place.has(place)) by_place.set(place, []);
		by_place.get(place).push(`<li>${title}: ${message}</li>`); // escaped by the server
	}
	frappe.msgprint({
		title: __("A submit would be refused"),
		message: [...by_place].map(([place, list]) => `<b>${place}</b><ul>${list.join("")}</ul>`).join(""),
		indicator: "orange",
		wide: true,
	});
};

// ---------------------------------------------------------------- large vouchers

/** A voucher of more units than the settings allow at once goes to the queue, instead of Frappe's own submit. */
serial_tracking.voucher.submit_in_background = async function (frm) {
	const limit = frappe.boot.serial_tracking?.submit_in_background_above;
	if (!limit || serial_tracking.voucher.count_units(frm) <= limit) return;
	frappe.validated = false;
	const { doctype, name, modified } = frm.doc;
	const args = { doctype, name, modified };
	try {
		const { message } = await frappe.call({ method: "serial_tracking.api.background.submit", args, freeze: true });
		if (message.queued) {
			const told = __("{0} units are submitted in the background. You will be told when it is done", [
				message.units,
			]);
			frappe.show_alert({ message: told, indicator: "blue" });
		}
		frm.reload_doc();
	} catch {
		return; // the server has said why
	}
};

/** Units of all rows, those to be made from a series too; the server counts again. */
serial_tracking.voucher.count_units = function (frm) {
	let units = 0;
	for (const row of frm.doc.items || []) {
		if (!locals.Item?.[row.item_code]?.has_serial_no) continue;
		for (const box of Object.keys(frm.voucher.boxes)) {
			const count = serial_tracking.count_serial_nos(row[box]);
			units += count || serial_tracking.voucher.units_wanted(frm, row, box);
		}
	}
	return units;
};

serial_tracking.voucher.tell_of_background = function (frm) {
	if (frm.doc.docstatus !== 0 || !frm.doc.__onload?.submit_under_way) return;
	frm.set_intro(__("This is being submitted in the background. You will be told when it is done"), "blue");
	frm.page.clear_primary_action();
	const { name } = frm.doc;
	setTimeout(() => {
		// the form is told when the job ends, where the site has socket.io; this is for elsewhere
		const waiting = cur_frm === frm && frm.doc.name === name && frm.doc.__onload?.submit_under_way;
		if (waiting && !frm.is_dirty()) frm.reload_doc();
	}, 10000);
};
