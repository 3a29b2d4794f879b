frappe.ui.form.on("Maintenance Visit", {
	setup(frm) {
		const of_desk = () => ({ filters: { enabled: 1, user_type: "System User" } });
		const places = () => ({ filters: { is_group: 0, disabled: 0 } });
		// the issue of the parts is cancelled with the visit, and not before
		frm.ignore_doctypes_on_cancel_all = ["Stock Entry"];
		frm.set_query("customer", () => ({ filters: { disabled: 0 } }));
		frm.set_query("maintenance_schedule", () => ({ filters: { docstatus: 1 } }));
		frm.set_query("warranty_claim", () => ({ filters: { status: ["!=", "Cancelled"] } }));
		frm.set_query("service_person", "purposes", of_desk);
		frm.set_query("set_warehouse", places);
		frm.set_query("warehouse", "parts", places);
		frm.set_query("item_code", "parts", () => ({ filters: { disabled: 0, is_stock_item: 1 } }));
		frm.set_query("serial_no", "purposes", (doc, doctype, name) => {
			const { item_code } = locals[doctype][name];
			return { filters: { ...(item_code && { item_code }), ...(doc.customer && { customer: doc.customer }) } };
		});
		frm.set_query("used_for", "parts", (doc) => ({
			filters: { name: ["in", doc.purposes?.map((row) => row.serial_no).filter(Boolean) || []] },
		}));
	},

	/** Of another one the row of the plan means nothing; the server finds the next open one. */
	maintenance_schedule: (frm) => frm.set_value("maintenance_schedule_detail", ""),

	set_warehouse(frm) {
		const { set_warehouse, parts } = frm.doc;
		if (set_warehouse) parts?.forEach((row) => (row.warehouse ||= set_warehouse));
		frm.refresh_field("parts");
	},
});

frappe.ui.form.on("Maintenance Visit Purpose", {
	async serial_no(frm, doctype, name) {
		const { serial_no } = locals[doctype][name];
		if (!serial_no) return;
		const { message } = await frappe.db.get_value("Serial No", serial_no, "item_code");
		if (message && locals[doctype][name]?.serial_no === serial_no) {
			frappe.model.set_value(doctype, name, "item_code", message.item_code);
		}
	},
});

frappe.ui.form.on("Maintenance Visit Part", {
	parts_add(frm, doctype, name) {
		const row = locals[doctype][name];
		const units = frm.doc.purposes?.map((purpose) => purpose.serial_no).filter(Boolean) || [];
		row.warehouse ||= frm.doc.set_warehouse;
		if (units.length === 1) row.used_for ||= units[0];
		frm.refresh_field("parts");
	},
});
