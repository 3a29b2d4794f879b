frappe.ui.form.on("Holiday List", {
	refresh: (frm) => offer_subdivisions(frm),

	country(frm) {
		frm.set_value("subdivision", "");
		offer_subdivisions(frm);
	},

	add_weekly_offs: (frm) => fill(frm, "add_weekly_offs"),

	add_local_holidays: (frm) => fill(frm, "add_local_holidays"),

	clear_holidays(frm) {
		frm.clear_table("holidays");
		show_days(frm);
	},
});

async function fill(frm, method) {
	const before = frm.doc.holidays?.length || 0;
	await frm.call({ doc: frm.doc, method, freeze: true });
	show_days(frm);
	frappe.show_alert({
		message: __("Days added: {0}", [(frm.doc.holidays?.length || 0) - before]),
		indicator: "green",
	});
}

function show_days(frm) {
	frm.doc.total_holidays = frm.doc.holidays?.length || 0;
	frm.refresh_fields(["holidays", "total_holidays"]);
	frm.dirty();
}

async function offer_subdivisions(frm) {
	if (!frm.doc.country) return frm.fields_dict.subdivision.set_data?.([]);
	const { country } = frm.doc;
	const { message } = await frm.call({ doc: frm.doc, method: "get_subdivisions" });
	if (frm.doc.country === country) frm.fields_dict.subdivision.set_data(message || []);
}
