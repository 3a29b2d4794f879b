// How a unit is shown in its form, in lists and pages: the colours of its status, and the way to its trace.

frappe.provide("serial_tracking.units");

serial_tracking.units.STATUS_COLOURS = {
	Inactive: "gray",
	Available: "green",
	"On Hold": "orange",
	Expired: "red",
	"In Use": "blue",
	Delivered: "purple",
	Consumed: "gray",
	"Returned to Supplier": "gray",
};

serial_tracking.units.MAINTENANCE_COLOURS = {
	"Under Warranty": "green",
	"Under AMC": "green",
	"Out of AMC": "orange",
	"Out of Warranty": "orange",
};

serial_tracking.units.status_pill = (status) =>
	serial_tracking.pill(__(status), serial_tracking.units.status_colour(status));

serial_tracking.units.maintenance_pill = (status) =>
	status && serial_tracking.pill(__(status), serial_tracking.units.MAINTENANCE_COLOURS[status]);

serial_tracking.units.status_colour = (status) => serial_tracking.units.STATUS_COLOURS[status] || "gray";

/** The address of a unit's trace, and the way there: its number and item_code are enough. */
serial_tracking.units.trace_address = ({ serial_no, item_code }) =>
	frappe.router.make_url(["serial-trace", serial_no, item_code]);
serial_tracking.units.trace = ({ serial_no, item_code }) => frappe.set_route("serial-trace", serial_no, item_code);
