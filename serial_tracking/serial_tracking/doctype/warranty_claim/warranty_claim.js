{% include "serial_tracking/public/js/named_fields.js" %}

const OF_CLAIM = "serial_tracking.serial_tracking.doctype.warranty_claim.warranty_claim";
const CLAIM_OF_UNIT = "serial_tracking.serial_tracking.doctype.serial_no.serial_no.make_warranty_claim";
const COVERAGE = [
	"coverage",
	"warranty_amc_status",
	"warranty_expiry_date",
	"amc_expiry_date",
	"maintenance_schedule",
];
const FROM_UNIT = ["item_code", "item_name", "customer", "customer_name", ...COVERAGE];

frappe.ui.form.on("Warranty Claim", {
	setup(frm) {
		// "+" in the connections does the same as the buttons; a return comes of Replace Unit too
		frm.custom_make_buttons = {
			"Maintenance Visit": "Maintenance Visit",
			"Delivery Note": "Replace Unit",
			"Sales Invoice": "Replace Unit",
		};
		frm.set_query("customer", () => ({ filters: { disabled: 0 } }));
		frm.set_query("resolved_by", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},

	refresh(frm) {
		show_coverage(frm);
		if (frm.is_new()) return;
		show_buttons(frm);
	},

	serial_no: (frm) => take_from_unit(frm, FROM_UNIT),
	complaint_date: (frm) => take_from_unit(frm, frm.doc.customer ? COVERAGE : FROM_UNIT),
});

/** What the server will fill in when it saves, shown before. */
async function take_from_unit(frm, fields) {
	const { serial_no, complaint_date, status } = frm.doc;
	if (!serial_no || !complaint_date || !["Open", "Work In Progress"].includes(status)) return;
	if (complaint_date > frappe.datetime.get_today() || !frappe.model.can_create("Warranty Claim")) return;
	try {
		const { message } = await frappe.call({
			method: CLAIM_OF_UNIT,
			args: { source_name: serial_no, target_doc: { doctype: "Warranty Claim", complaint_date } },
		});
		if (frm.doc.serial_no !== serial_no || frm.doc.complaint_date !== complaint_date) return;
		fields.forEach((field) => {
			frm.doc[field] = message[field];
			frm.refresh_field(field);
		});
		show_coverage(frm);
	} catch {
		return; // the server has said why
	}
}

function show_coverage(frm) {
	frm.set_intro("");
	const { coverage, warranty_amc_status, serial_no } = frm.doc;
	if (!coverage || !serial_no) return;
	const colours = {
		"Under Warranty": "green",
		"Under AMC": "green",
		"Out of Warranty": "red",
		"Out of AMC": "red",
	};
	frm.set_intro(frappe.utils.escape_html(coverage), colours[warranty_amc_status] || "orange");
}

function show_buttons(frm) {
	const { status } = frm.doc;
	const { may_be_replaced } = frm.doc.__onload || {};
	if (status !== "Cancelled" && frappe.model.can_create("Maintenance Visit")) {
		const method = `${OF_CLAIM}.make_maintenance_visit`;
		frm.add_custom_button(
			__("Maintenance Visit"),
			() => frappe.model.open_mapped_doc({ method, frm }),
			__("Create")
		);
	}
	if (!frm.perm[0]?.write) return;
	if (may_be_replaced && frappe.model.can_create("Delivery Note") && frappe.model.can_submit("Delivery Note")) {
		frm.add_custom_button(__("Replace Unit"), () => ask_for_replacement(frm));
	}
	if (["Open", "Work In Progress"].includes(status)) {
		frm.add_custom_button(__("Close"), () => ask_for_resolution(frm));
	} else {
		frm.add_custom_button(__("Reopen"), () => set_status(frm, { status: "Open" }));
	}
}

function ask_for_resolution(frm) {
	frappe.prompt(
		{
			fieldtype: "Text",
			fieldname: "resolution_details",
			label: __("Resolution Details"),
			default: frm.doc.resolution_details,
		},
		({ resolution_details }) => set_status(frm, { status: "Closed", resolution_details }),
		__("Close"),
		__("Close")
	);
}

async function set_status(frm, values) {
	await frm.set_value(values);
	await frm.save();
}

function ask_for_replacement(frm) {
	const { item_code, item_name, serial_no, name } = frm.doc;
	const shown = frappe.utils.escape_html(serial_no).bold();
	const dialog = new frappe.ui.Dialog({
		title: __("Replace Unit"),
		fields: [
			{
				fieldtype: "HTML",
				fieldname: "what_happens",
				options: `<p>${__("{0} comes back and is held, and another unit is delivered for it.", [shown])}</p>`,
			},
			{
				fieldtype: "Link",
				fieldname: "return_warehouse",
				label: __("Return To"),
				options: "Warehouse",
				get_query: () => ({ filters: { is_group: 0, disabled: 0 } }),
				reqd: 1,
			},
			{ fieldtype: "Section Break" },
			{
				fieldtype: "Link",
				fieldname: "item_code",
				label: __("Item of the Replacement"),
				options: "Item",
				default: item_code,
				description: frappe.utils.escape_html(item_name || ""),
				get_query: () => ({ filters: { has_serial_no: 1, disabled: 0 } }),
				onchange: () => dialog.get_value("item_code") !== taken && forget_unit(),
				reqd: 1,
			},
			{
				fieldtype: "Link",
				fieldname: "replacement",
				label: __("Replacement"),
				options: "Serial No",
				description: __("An available unit"),
				get_query: () => ({ filters: { item_code: dialog.get_value("item_code"), status: "Available" } }),
				onchange: () => show_place(),
				reqd: 1,
			},
			{ fieldtype: "Column Break" },
			{
				fieldtype: "Link",
				fieldname: "warehouse",
				label: __("Delivered From"),
				options: "Warehouse",
				read_only: 1,
			},
		],
		primary_action_label: __("Replace"),
		async primary_action({ return_warehouse, replacement, item_code }) {
			const { message: unit } = await frappe.db.get_value("Serial No", replacement, "serial_no");
			try {
				await frappe.call({
					method: "serial_tracking.api.claims.replace_unit",
					args: { claim: name, replacement_serial_no: unit.serial_no, return_warehouse, item_code },
					freeze: true,
				});
			} catch {
				return; // the server has said why
			}
			dialog.hide();
			frappe.show_alert({ message: __("The unit is replaced"), indicator: "green" });
			frm.reload_doc();
		},
	});
	let taken = item_code;
	const forget_unit = () => {
		taken = dialog.get_value("item_code");
		dialog.set_df_property("item_code", "description", "");
		dialog.set_value("replacement", "");
		dialog.set_value("warehouse", "");
	};
	const show_place = async () => {
		const replacement = dialog.get_value("replacement");
		if (!replacement) return dialog.set_value("warehouse", "");
		const { message } = await frappe.db.get_value("Serial No", replacement, "warehouse");
		dialog.set_value("warehouse", message?.warehouse || "");
	};
	dialog.show();
	serial_tracking.name_fields(dialog);
}
