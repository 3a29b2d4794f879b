const OF_SCHEDULE = "serial_tracking.serial_tracking.doctype.maintenance_schedule.maintenance_schedule";
const VISIT_COLOURS = {
	Overdue: "red",
	Pending: "blue",
	"Partially Completed": "orange",
	"Fully Completed": "green",
};

frappe.ui.form.on("Maintenance Schedule", {
	setup(frm) {
		const of_desk = () => ({ filters: { enabled: 1, user_type: "System User" } });
		frm.set_query("service_person", of_desk);
		frm.set_query("service_person", "items", of_desk);
		frm.set_query("service_person", "schedules", of_desk);
		frm.set_query("item_code", "items", () => ({ filters: { disabled: 0 } }));
		// a renewal stands for itself
		frm.ignore_doctypes_on_cancel_all = ["Maintenance Schedule"];
		const status = frappe.meta.get_docfield("Maintenance Schedule Detail", "completion_status", frm.docname);
		status.formatter = (value, df, options, visit) => {
			const text = visit?.overdue && value === "Pending" ? "Overdue" : value;
			const colour = VISIT_COLOURS[text];
			return colour ? `<span class="indicator-pill ${colour}">${__(text)}</span>` : "";
		};
	},

	refresh(frm) {
		frm.set_df_property("schedules", "cannot_add_rows", true);
		frm.set_df_property("schedules", "cannot_delete_rows", true);
		if (frm.doc.docstatus !== 1) return;
		const is_open = (visit) => visit.completion_status !== "Fully Completed";
		if (frm.doc.schedules.some(is_open) && frappe.model.can_create("Maintenance Visit")) {
			frm.add_custom_button(__("Maintenance Visit"), () => make_visit(frm), __("Create"));
		}
		if (frappe.model.can_create("Maintenance Schedule")) {
			frm.add_custom_button(__("Renew"), () => {
				frappe.model.open_mapped_doc({ method: `${OF_SCHEDULE}.make_renewal`, frm });
			});
		}
		frm.add_custom_button(
			__("Visits in the Calendar"),
			() => {
				frappe.route_options = { name: frm.doc.name };
				frappe.set_route("List", "Maintenance Schedule", "Calendar", "default");
			},
			__("View")
		);
	},

	/** Planned anew by the server, which plans what is missing when it saves. */
	generate_schedule(frm) {
		const generate = () => {
			frm.clear_table("schedules");
			frm.dirty();
			frm.save();
		};
		if (!frm.doc.schedules?.length) return generate();
		frappe.confirm(__("Plan all visits anew? Days that were moved by hand are lost."), generate);
	},
});

/** A visit for the planned one that is ticked, else for the next that is open. */
function make_visit(frm) {
	const [chosen] = frm.fields_dict.schedules.grid.get_selected_children();
	frappe.call({
		method: `${OF_SCHEDULE}.make_maintenance_visit`,
		args: { source_name: frm.doc.name, detail: chosen?.name },
		freeze: true,
		callback({ message }) {
			if (!message) return;
			const [doc] = frappe.model.sync(message);
			frappe.set_route("Form", doc.doctype, doc.name);
		},
	});
}

frappe.ui.form.on("Maintenance Schedule Item", {
	start_date: complete_row,
	end_date: complete_row,
	periodicity: complete_row,

	/** As many visits as asked: the end moves out if they do not fit. */
	async no_of_visits(frm, doctype, name) {
		const row = locals[doctype][name];
		const { start_date, periodicity, no_of_visits } = row;
		if (!start_date || !(no_of_visits > 0) || periodicity === "Random") return;
		const completed = await ask_for(frm, { start_date, periodicity, no_of_visits });
		if (!completed || row.no_of_visits !== no_of_visits) return;
		if (!row.end_date || row.end_date < completed.end_date) row.end_date = completed.end_date;
		frm.refresh_field("items");
	},
});

/** The end from the number of visits where it is blank, else the number from the end. */
async function complete_row(frm, doctype, name) {
	const row = locals[doctype][name];
	const { start_date, end_date, periodicity, no_of_visits } = row;
	if (!start_date || !periodicity || periodicity === "Random") return;
	if (end_date ? end_date < start_date : !no_of_visits) return;
	const asked = end_date ? { start_date, periodicity, end_date } : { start_date, periodicity, no_of_visits };
	const completed = await ask_for(frm, asked);
	if (completed && row.start_date === start_date && row.periodicity === periodicity && row.end_date === end_date) {
		Object.assign(row, completed);
		frm.refresh_field("items");
	}
}

/** What the server makes of it: the rule lives there. */
async function ask_for(frm, args) {
	if (frm.doc.docstatus !== 0) return;
	try {
		return (await frappe.call("serial_tracking.api.schedules.complete_row", args)).message;
	} catch {
		return; // the server has said why
	}
}
