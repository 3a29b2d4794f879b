frappe.provide("serial_tracking");

/**
 * Name the fields of a dialog for those who have it read out, and make what stands below them dark enough to be read:
 * Frappe's controls say neither. To be called after dialog.show().
 */
serial_tracking.name_fields = function (dialog) {
	for (const { df, $input, $wrapper } of dialog.fields_list) {
		const help = $wrapper?.find(".help-box").removeClass("text-extra-muted").addClass("text-muted")[0];
		if (!$input || !df.label || df.fieldtype === "Check") continue; // a box to be ticked lies in its label
		const button = $input.is("button");
		$input.attr("aria-label", button ? `${df.label}: ${$input.text().trim()}` : df.label);
		if (df.reqd && !button) $input.attr("aria-required", "true");
		if (!help || !df.description) continue;
		help.id = `${frappe.dom.get_unique_id()}-help`;
		$input.attr("aria-describedby", help.id);
	}
};
