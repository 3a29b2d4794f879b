// The life of a unit as one list, from what api.trace.trace answers: moves, contracts, visits, claims, parts and notes.
// A script that includes this file includes markup.js before it.

frappe.provide("serial_tracking.life");

/**
 * All that happened, oldest first. An event is
 *   at: its time as text, or its day alone; nothing of what the user may not see
 *   kind: Moves, Contracts, Visits, Claims, Parts or Notes
 *   what: markup, details: list of markup, colour of its mark
 *   documents: list of [DocType, name], struck: was it cancelled
 */
serial_tracking.life.events = function (traced) {
	const { life } = serial_tracking;
	const events = [
		...life.moves(traced.moves),
		...traced.parts.map(life.part),
		...traced.contracts.map(life.contract),
		...traced.claims.map((claim) => life.claim(claim, traced.unit)),
		...traced.visits.map(life.visit),
		...traced.log.map(life.note),
	];
	// the sort is stable: what has the same time stays in the order above
	return events.sort((one, other) => (one.sort_by < other.sort_by ? -1 : one.sort_by > other.sort_by ? 1 : 0));
};

/** Of a day without a time nobody knows what came first: it stands after the moves of the day. */
serial_tracking.life.event = function (kind, at, values) {
	const sort_by = at && at.length <= 10 ? `${at} 24` : at || "";
	return { kind, at, sort_by, details: [], documents: [], colour: "gray", ...values };
};

// ---------------------------------------------------------------- moves

serial_tracking.life.moves = function (moves) {
	const { life } = serial_tracking;
	let last = "";
	return moves.map((move) => {
		if (move.hidden) {
			const what = serial_tracking.html`${__("A move in a warehouse that you may not see")}`;
			return life.event("Moves", null, { what, sort_by: last, hidden: true });
		}
		last = move.posting_datetime;
		return life.move(move);
	});
};

serial_tracking.life.move = function (move) {
	const { html, fill } = serial_tracking;
	const from = html`<b>${move.from_warehouse}</b>`;
	const to = html`<b>${move.to_warehouse}</b>`;
	const party = html`<b>${move.party_name || move.party}</b>`;
	const custodian = html`<b>${serial_tracking.life.person(move.custodian)}</b>`;
	const served = move.used_for && serial_tracking.document_link("Serial No", move.used_for);
	const told = {
		Received: () => (move.party ? fill(__("Received from {0} in {1}"), party, to) : fill(__("Received in {0}"), to)),
		Produced: () => fill(__("Made, and put into {0}"), to),
		Transferred: () => fill(__("Moved from {0} to {1}"), from, to),
		Delivered: () => fill(__("Delivered to {0} from {1}"), party, from),
		Issued: () =>
			served ? fill(__("Built into {0}, from {1}"), served, from) : fill(__("Issued from {0}"), from),
		Consumed: () => fill(__("Consumed in making something else, from {0}"), from),
		Returned: () => fill(__("Returned by {0} to {1}"), party, to),
		"Returned to Supplier": () => fill(__("Returned to {0} from {1}"), party, from),
		"Issued for Use": () =>
			move.location
				? fill(__("Handed over to {0} at {1}, from {2}"), custodian, html`<b>${move.location}</b>`, from)
				: fill(__("Handed over to {0}, from {1}"), custodian, from),
		"Returned from Use": () => fill(__("Back from use, in {0}"), to),
	}[move.move_type];
	return serial_tracking.life.event("Moves", move.posting_datetime, {
		what: told ? told() : html`${__(move.move_type)}`,
		details: move.previous_hold_reason
			? [fill(__("This ended the hold: {0}"), move.previous_hold_reason)]
			: [],
		documents: [
			[move.voucher_type, move.voucher_no],
			...(move.sales_invoice && move.sales_invoice !== move.voucher_no
				? [["Sales Invoice", move.sales_invoice]]
				: []),
		],
		struck: Boolean(move.is_cancelled),
		colour: move.to_warehouse ? "green" : move.move_type === "Delivered" ? "purple" : "blue",
	});
};

// ---------------------------------------------------------------- service

serial_tracking.life.part = function (part) {
	const { html, fill, life } = serial_tracking;
	if (part.hidden) {
		const what = html`${__("A part that you may not see was built in")}`;
		return life.event("Parts", null, { what, hidden: true });
	}
	const link = serial_tracking.document_link("Serial No", part.serial_no);
	return life.event("Parts", part.posting_datetime, {
		what: fill(__("Part {0} built in, of item {1}"), link, html`<b>${part.item_code}</b>`),
		documents: [[part.voucher_type, part.voucher_no]],
		colour: "blue",
	});
};

serial_tracking.life.contract = function (contract) {
	const { html, fill } = serial_tracking;
	const until = html`<b>${serial_tracking.day(contract.end_date)}</b>`;
	return serial_tracking.life.event("Contracts", contract.start_date, {
		what: contract.customer
			? fill(__("Service contract of {0} begins, until {1}"), html`<b>${contract.customer}</b>`, until)
			: fill(__("Service contract begins, until {0}"), until),
		documents: contract.maintenance_schedule ? [["Maintenance Schedule", contract.maintenance_schedule]] : [],
		colour: "yellow",
	});
};

serial_tracking.life.visit = function (visit) {
	const { html, fill, life } = serial_tracking;
	const time = visit.mntc_time ? ` ${visit.mntc_time.padStart(8, "0")}` : "";
	const kind = html`<b>${__(visit.maintenance_type)}</b>`;
	return life.event("Visits", `${visit.mntc_date}${time}`, {
		what: visit.service_person
			? fill(__("Maintenance visit ({0}) by {1}"), kind, html`<b>${life.person(visit.service_person)}</b>`)
			: fill(__("Maintenance visit ({0})"), kind),
		details: [visit.work_done && html`${visit.work_done}`, html`${__(visit.completion_status)}`].filter(Boolean),
		documents: [
			["Maintenance Visit", visit.name],
			...(visit.maintenance_schedule ? [["Maintenance Schedule", visit.maintenance_schedule]] : []),
			...(visit.warranty_claim ? [["Warranty Claim", visit.warranty_claim]] : []),
		],
		colour: "yellow",
	});
};

serial_tracking.life.claim = function (claim, unit) {
	const { html, fill } = serial_tracking;
	const replaced = claim.serial_no !== unit.name;
	const other = replaced ? claim.serial_no : claim.replacement_serial_no;
	const link = other && serial_tracking.document_link("Serial No", other);
	const details = [claim.complaint && html`${claim.complaint}`, claim.coverage && html`${claim.coverage}`];
	if (link && !replaced) details.push(fill(__("Replaced by {0}"), link));
	if (claim.resolution_date) details.push(fill(__("Resolved on {0}"), serial_tracking.day(claim.resolution_date)));
	const status = html`<b>${__(claim.status)}</b>`;
	return serial_tracking.life.event("Claims", claim.complaint_date, {
		what: replaced
			? fill(__("Replacement for {0} in a warranty claim ({1})"), link, status)
			: fill(__("Warranty claim ({0})"), status),
		details: details.filter(Boolean),
		documents: [
			["Warranty Claim", claim.name],
			...(claim.replacement_delivery_note ? [["Delivery Note", claim.replacement_delivery_note]] : []),
		],
		struck: claim.status === "Cancelled",
		colour: "orange",
	});
};

serial_tracking.life.note = function (line) {
	const { html, fill, life } = serial_tracking;
	return life.event("Notes", line.at, {
		what: html`${line.text}`,
		details: line.by ? [fill(__("by {0}"), life.person(line.by))] : [],
		colour: "orange",
	});
};

serial_tracking.life.person = (user) => frappe.boot.user_info?.[user]?.fullname || user;
