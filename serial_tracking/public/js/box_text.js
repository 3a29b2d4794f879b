// What stands in a serial number box. Included by the scripts that read one or write into it.

frappe.provide("serial_tracking");

/**
 * Numbers, one a line. One that would be read as something else, as a scanned number with a comma would, is written
 * as a GS1 code of its own (entry_text.canonical on the server, which gives it its final form).
 */
serial_tracking.box_text = function (numbers) {
	const misread = /,|\.\.|^\(\d{2,4}\)|^https?:\/\//i;
	return numbers.map((number) => (misread.test(number) ? `]d221${number}` : number)).join("\n");
};

/** Two spellings of one number have the same key: number.key on the server. */
serial_tracking.number_key = function (number) {
	if (/^[!-~]*$/.test(number)) return number.toLowerCase();
	return number.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
};

/**
 * What a text means: a list of runs of numbers, each {count, prefix, first, width, suffix}; a number that stands alone
 * is a prefix without `first`. A help for the eye while it is typed; the server reads the text when it is saved
 * (entry_text.py, whose words these are), and its reading is the one that counts. What cannot be read is a number.
 */
serial_tracking.read_box = function (text) {
	const of_code = /^(?:\][a-z]\w)?(?:\(01\)\d{14}|01\d{14}(?=\d))?(?:\(17\)\d{6}|17\d{6}(?=21))?(?:\(21\)|21)([^\x1d]+)/i;
	const is_code = (token) =>
		/^\](C1|d2|Q3|e0|J1)/.test(token) ||
		/^(\]\w\w)?(\(\d{2,4}\)|https?:\/\/)/i.test(token) ||
		/[\x1d\u241d]/.test(token);
	const alone = (number) => ({ count: 1, prefix: number });
	const run = (prefix, digits, suffix, count) => ({ count, prefix, first: digits, width: digits.length, suffix });
	const counted = (token) => {
		const [, first, more] = /^(.*\S)\s+\+(\d+)$/.exec(token) || [];
		const digits = more && /^(.*?)(\d+)(\D*)$/s.exec(first);
		return digits && run(digits[1], digits[2], digits[3], 1 + parseInt(more));
	};
	const range = (token) => {
		const [low, high, more] = token.split("..").map((end) => end.trim());
		if (!low || !high || more !== undefined || low.length !== high.length || low === high) return null;
		const start = [...low].findIndex((letter, at) => letter !== high[at]);
		let stop = low.length;
		while (low[stop - 1] === high[stop - 1]) stop--;
		while (stop < low.length && /\d/.test(low[stop])) stop++;
		const [first, last] = [low, high].map((end) => end.slice(start, stop));
		if (![first, last].every((digits) => /^\d+$/.test(digits)) || first > last) return null;
		return run(low.slice(0, start), first, low.slice(stop), Number(BigInt(last) - BigInt(first)) + 1);
	};
	const runs = [];
	for (const line of (text || "").split(/\r\n|\r|\n|\t/).map((piece) => piece.trim())) {
		if (!line) continue;
		for (const token of is_code(line) ? [line] : line.split(",").map((part) => part.trim())) {
			if (!token) continue;
			if (is_code(token)) runs.push(alone(of_code.exec(token)?.[1] || token));
			else runs.push(counted(token) || range(token) || alone(token));
		}
	}
	return runs;
};

/** How many units a text means. */
serial_tracking.count_serial_nos = (text) => serial_tracking.read_box(text).reduce((units, { count }) => units + count, 0);

/** The keys of the units that a text means; of more than a voucher may have, none. */
serial_tracking.box_keys = function (text) {
	const MOST = 200000; // MOST_UNITS on the server
	const keys = new Set();
	for (const { count, prefix, first, width, suffix } of serial_tracking.read_box(text)) {
		if (first === undefined) keys.add(serial_tracking.number_key(prefix));
		else if (count <= MOST) {
			for (let n = BigInt(first), at = 0; at < count; n++, at++) {
				keys.add(serial_tracking.number_key(prefix + String(n).padStart(width, "0") + suffix));
			}
		}
	}
	return keys;
};
