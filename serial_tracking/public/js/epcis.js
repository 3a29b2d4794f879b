// "EPCIS" in the menu of vouchers and units: their events as a file. See docs/epcis.md.

frappe.provide("serial_tracking.epcis");

/** @param {object} source what serial_tracking.api.epcis.export takes */
serial_tracking.epcis.show_menu_item = function (frm, source) {
	frm.page.add_menu_item(__("Download EPCIS"), () => {
		frappe.call({
			method: "serial_tracking.api.epcis.export",
			type: "GET",
			args: source,
			freeze: true,
			callback: ({ message }) => message && serial_tracking.epcis.download(frm.doc.name, message),
		});
	});
};

serial_tracking.epcis.download = function (name, epcis) {
	const file = new Blob([JSON.stringify(epcis, null, "\t")], { type: "application/ld+json" });
	const link = document.createElement("a");
	link.href = URL.createObjectURL(file);
	link.download = `${name.replace(/[^\w.-]+/g, "_")}.epcis.jsonld`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
