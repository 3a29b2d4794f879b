{% include "serial_tracking/public/js/unit_actions.js" %}
{% include "serial_tracking/public/js/markup.js" %}
{% include "serial_tracking/public/js/unit_shown.js" %}
{% include "serial_tracking/public/js/unit_life.js" %}
{% include "serial_tracking/public/js/time_line.js" %}
{% include "serial_tracking/public/js/epcis.js" %}
{% include "serial_tracking/public/js/labels.js" %}

const NEWEST = 5; // events of its life that a form shows at first
const OF_UNIT = "serial_tracking.serial_tracking.doctype.serial_no.serial_no";

frappe.ui.form.on("Serial No", {
	setup(frm) {
		frm.set_query("item_code", () => ({ filters: { has_serial_no: 1, disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.set_df_property("serial_no", "description", "");
		frm.add_custom_button(__("Trace"), () => serial_tracking.units.trace(frm.doc));
		frm.add_custom_button(__("Moves"), () => {
			frappe.set_route("List", "Serial No Ledger Entry", { serial_no: frm.doc.name });
		});
		const { last_voucher_type, last_voucher_no } = frm.doc;
		if (last_voucher_no) {
			frm.add_custom_button(__("Last Voucher"), () => {
				frappe.set_route("Form", last_voucher_type, last_voucher_no);
			});
		}
		if (serial_tracking.units.may_manage()) show_actions(frm);
		frm.add_custom_button(__("Label", null, "Serial No"), () => serial_tracking.labels.ask({ serial_nos: [frm.doc.name] }));
		show_custody(frm);
		show_life(frm);
		for (const [doctype, method] of [
			["Maintenance Schedule", `${OF_UNIT}.make_maintenance_schedule`],
			["Maintenance Visit", `${OF_UNIT}.make_maintenance_visit`],
			["Warranty Claim", `${OF_UNIT}.make_warranty_claim`],
		]) {
			if (!frappe.model.can_create(doctype)) continue;
			const open = () => frappe.model.open_mapped_doc({ method, frm });
			frm.add_custom_button(__(doctype), open, __("Create"));
		}
		serial_tracking.epcis.show_menu_item(frm, { serial_no: frm.doc.serial_no, item_code: frm.doc.item_code });
	},
});

function show_actions(frm) {
	const { hold, release } = serial_tracking.units;
	const reload = () => frm.reload_doc();
	if (frm.doc.on_hold) {
		frm.add_custom_button(__("Release"), () => release([frm.doc], reload), __("Actions"));
	} else if (frm.doc.warehouse) {
		frm.add_custom_button(__("Hold"), () => hold([frm.doc], reload), __("Actions"));
	}
	frm.add_custom_button(__("Correct Number"), () => ask_for_right_number(frm), __("Actions"));
}

/** Who had the unit in use, where and until when; nothing for a unit that never was. */
function show_custody(frm) {
	const periods = frm.doc.__onload?.custody || [];
	if (!periods.length) return;
	const escape = (text) => frappe.utils.escape_html(text || "");
	const day = (time) => (time ? frappe.datetime.str_to_user(time.slice(0, 10)) : "");
	const person = (user, name) => `<span title="${escape(user)}">${escape(name || user)}</span>`;
	const voucher = (doctype, name) => (name ? frappe.utils.get_form_link(doctype, name, true, escape(name)) : "");
	const cells = (period) =>
		period.hidden
			? `<td colspan="7" class="text-muted">${__("In a warehouse that you may not see")}</td>`
			: [
					person(period.custodian, period.custodian_name),
					escape(period.location),
					day(period.since),
					period.until ? day(period.until) : `<span class="indicator-pill blue">${__("In Use")}</span>`,
					voucher(period.voucher_type, period.voucher_no),
					voucher(period.return_type, period.return_no),
					period.taken_back_by ? person(period.taken_back_by, period.taken_back_by_name) : "",
				]
					.map((cell) => `<td>${cell}</td>`)
					.join("");
	const heads = [
		__("Custodian"),
		__("Location"),
		__("From"),
		__("Until"),
		__("Handed Over By"),
		__("Returned By"),
		__("Taken Back By"),
	];
	frm.dashboard.add_section(
		`<div class="table-responsive"><table class="table table-sm small custody">
			<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead>
			<tbody>${periods.map((period) => `<tr>${cells(period)}</tr>`).join("")}</tbody>
		</table></div>`,
		__("Custody")
	);
	frm.dashboard.show();
}

/** The life of the unit, its newest events first; asked for when the form already stands. */
async function show_life(frm) {
	const { serial_no, item_code, name } = frm.doc;
	const waiting = `<div class="unit-life" aria-busy="true"><p class="text-muted">${__("Looking it up …")}</p></div>`;
	const body = frm.dashboard.add_section(waiting, __("Time Line")).find(".unit-life")[0];
	frm.dashboard.show();
	const { message: traced } = await frappe.call({
		method: "serial_tracking.api.trace.trace",
		args: { serial_no, item_code },
	});
	// meanwhile another unit may have been opened, or the form been drawn again
	if (!traced || frm.doc.name !== name || !body.isConnected) return;
	body.setAttribute("aria-busy", "false");
	new serial_tracking.TimeLine(body, serial_tracking.life.events(traced), NEWEST);
}

function ask_for_right_number(frm) {
	const { name, serial_no, item_code } = frm.doc;
	const dialog = new frappe.ui.Dialog({
		title: __("Correct Number"),
		fields: [
			{
				fieldtype: "Data",
				fieldname: "new_serial_no",
				label: __("Right Number"),
				default: serial_no,
				description: __("For a mistyped number. The unit, its moves and its documents bear the new one"),
				reqd: 1,
			},
			{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 },
		],
		primary_action_label: __("Correct"),
		primary_action(values) {
			frappe.call({
				method: "serial_tracking.api.serials.correct",
				args: { serial_no, item_code, ...values },
				freeze: true,
				callback({ message: new_name }) {
					if (!new_name) return;
					dialog.hide();
					frappe.show_alert({ message: __("The number is corrected"), indicator: "green" });
					if (new_name === name) return frm.reload_doc();
					frappe.model.remove_from_locals("Serial No", name);
					frappe.set_route("Form", "Serial No", new_name);
				},
			});
		},
	});
	dialog.show();
	serial_tracking.name_fields(dialog);
}
