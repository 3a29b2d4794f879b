// What stands in a serial number box. Included by the scripts that write into one.

frappe.provide("serial_tracking");

/**
 * Numbers, one a line. One that would be read as something else, as a scanned number with a comma would, is written
 * as a GS1 code of its own (entry_text.canonical on the server, which gives it its final form).
 */
serial_tracking.box_text = function (numbers) {
	const misread = /,|\.\.|^\(\d{2,4}\)|^https?:\/\//i;
	return numbers.map((number) => (misread.test(number) ? `]d221${number}` : number)).join("\n");
};
