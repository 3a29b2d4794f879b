{% include "serial_tracking/public/js/markup.js" %}
{% include "serial_tracking/public/js/unit_shown.js" %}
{% include "serial_tracking/public/js/unit_life.js" %}
{% include "serial_tracking/public/js/time_line.js" %}
{% include "serial_tracking/public/js/family_tree.js" %}

frappe.provide("serial_tracking");

frappe.pages["serial-trace"].on_page_load = function (wrapper) {
	wrapper.trace = new serial_tracking.SerialTrace(wrapper);
};

frappe.pages["serial-trace"].on_page_show = function (wrapper) {
	wrapper.trace.follow_route();
};

/** The life and family of one unit: serial-trace/NUMBER, or serial-trace/NUMBER/ITEM. See docs/trace.md. */
serial_tracking.SerialTrace = class SerialTrace {
	// what the page itself tells, so that Frappe need not
	static REFUSALS = [
		"SerialNoNotExistsError",
		"SerialNoAmbiguousError",
		"SerialNoItemError",
		"SerialNoFormatError",
	];

	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Serial Trace"), single_column: true });
		this.asked = 0; // answers to earlier questions are dropped
		this.make();
		this.offer_camera();
	}

	make() {
		const { html } = serial_tracking;
		const main = document.createElement("div");
		main.className = "serial-trace";
		main.innerHTML = html`
			<form class="search" role="search">
				<label for="serial-trace-code">${__("Serial number, or a scanned code")}</label>
				<div class="search-line">
					<input id="serial-trace-code" class="form-control" type="search" enterkeyhint="search"
						autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
						maxlength="2000" aria-describedby="serial-trace-help">
					<button type="button" class="btn btn-default camera hidden"
						>${__("Scan with Camera")}</button>
					<button type="submit" class="btn btn-primary">${__("Trace")}</button>
				</div>
				<p id="serial-trace-help" class="muted"
					>${__("A number, a GS1 code or Digital Link, or the address of this page for a unit")}</p>
			</form>
			<div class="told" role="status" aria-live="polite"></div>
			<div class="found"></div>`;
		this.page.main.append(main);
		this.box = main.querySelector("input");
		this.camera = main.querySelector(".camera");
		this.told = main.querySelector(".told");
		this.found = main.querySelector(".found");
		main.querySelector("form").addEventListener("submit", (event) => {
			event.preventDefault();
			this.search(this.box.value);
		});
	}

	// ---------------------------------------------------------------- which unit is asked for

	async offer_camera() {
		try {
			const devices = await navigator.mediaDevices.enumerateDevices();
			if (!devices.some((device) => device.kind === "videoinput")) return;
		} catch {
			return; // none that this page may use
		}
		this.camera.classList.remove("hidden");
		this.camera.addEventListener("click", () => {
			new frappe.ui.Scanner({
				dialog: true,
				multiple: false,
				on_scan: ({ decodedText }) => this.search(decodedText),
			});
		});
	}

	follow_route() {
		const [, serial_no, item_code] = frappe.get_route();
		// Frappe has made them for the address at which the page was loaded, and for no other
		this.breadcrumbs ??= frappe.breadcrumbs.all[frappe.get_route_str()];
		frappe.breadcrumbs.all[frappe.get_route_str()] = this.breadcrumbs;
		if (serial_no) this.show(serial_no, item_code);
		else this.clear();
		this.take_focus();
	}

	/** What was typed or scanned. */
	async search(code) {
		if (!code.trim()) return this.take_focus();
		const own = this.read_own_address(code.trim());
		if (own) return this.go(...own);
		const question = this.start(code);
		const { answer, refusal } = await this.ask("scan.scan", { code });
		if (question !== this.asked) return;
		if (refusal) return this.refuse(refusal, code);
		const { serial, gs1 } = answer;
		if (serial) return this.go(serial.serial_no, gs1?.gtin ? serial.item_code : null);
		this.tell_what_else(answer);
	}

	/** [number, item] of an address of this page, as a label may bear it; undefined for any other text. */
	read_own_address(text) {
		const path = /^https?:\/\/[^/]+\/(?:app|desk)\/serial-trace\/([^?#]+)/.exec(text)?.[1];
		return path?.split("/").slice(0, 2).map(frappe.router.decode_component);
	}

	go(serial_no, item_code) {
		const route = ["serial-trace", serial_no, ...(item_code ? [item_code] : [])];
		const here = frappe.get_route();
		// the router does nothing where the address stays the same
		if (route.join("/") === here.join("/") && route.length === here.length) this.show(serial_no, item_code);
		else frappe.set_route(route);
	}

	async show(serial_no, item_code) {
		const unit = { serial_no, item_code };
		const question = this.start(serial_no);
		let { answer, refusal } = await this.ask("trace.trace", unit);
		if (question !== this.asked) return;
		if (refusal?.type === "SerialNoNotExistsError") {
			// the address may be one that a scanned code was put into
			const scanned = await this.ask("scan.scan", { code: serial_no, item_code });
			if (question !== this.asked) return;
			const serial = scanned.answer?.serial;
			if (serial) return this.go(serial.serial_no, serial.item_code);
			if (scanned.answer) return this.tell_what_else(scanned.answer);
			if (scanned.refusal?.type === "SerialNoAmbiguousError") refusal = scanned.refusal;
		}
		if (refusal) return this.refuse(refusal, serial_no);
		if (answer) this.draw(answer, question);
	}

	/** {answer} or {refusal: {type, text}}. What else goes wrong Frappe tells, and this page that something did. */
	ask(method, args) {
		const handled = Object.fromEntries(SerialTrace.REFUSALS.map((name) => [name, () => {}]));
		return new Promise((resolve) => {
			frappe
				.call({ method: `serial_tracking.api.${method}`, args, error_handlers: handled })
				.then(({ message }) => resolve({ answer: message }))
				.fail((failed) => {
					const { exc_type, _server_messages } = failed.responseJSON || {};
					const texts = SerialTrace.REFUSALS.includes(exc_type)
						? JSON.parse(_server_messages || "[]").map((line) => serial_tracking.plain_text(JSON.parse(line).message))
						: [];
					resolve({
						refusal: { type: exc_type, text: texts.join(" ") || __("The site did not answer this question") },
					});
				});
		});
	}

	// ---------------------------------------------------------------- what the page says

	/** A new question: what was shown goes. */
	start(code) {
		this.box.value = code;
		this.found.replaceChildren();
		this.found.setAttribute("aria-busy", "true");
		this.told.className = "told";
		this.told.innerHTML = serial_tracking.html`<p class="muted">${__("Looking it up …")}</p>`;
		return ++this.asked;
	}

	clear() {
		this.asked++;
		this.box.value = "";
		this.found.replaceChildren();
		this.found.setAttribute("aria-busy", "false");
		this.told.replaceChildren();
		frappe.utils.set_title(__("Serial Trace"));
	}

	take_focus() {
		this.box.focus();
		this.box.select(); // the next scan takes its place
	}

	tell(markup, problem = true) {
		this.found.setAttribute("aria-busy", "false");
		this.told.className = problem ? "told problem" : "told";
		this.told.innerHTML = markup;
		if (problem) {
			frappe.utils.set_title(__("Serial Trace"));
			this.take_focus();
		}
	}

	async refuse({ type, text }, code) {
		const { html } = serial_tracking;
		this.tell(html`<p>${text}</p>`);
		if (type !== "SerialNoAmbiguousError") return;
		const question = this.asked;
		const { answer } = await this.ask("scan.bearers", { code });
		if (question !== this.asked || !answer?.length) return;
		this.tell(html`<p>${text}</p>${this.choice(answer)}`);
	}

	/** Which one? Links to units. */
	choice(units) {
		const { html } = serial_tracking;
		const named = ({ item_code, item_name }) =>
			item_name && item_name !== item_code ? `${item_name} (${item_code})` : item_code;
		return html`<ul class="choice">${units.map(
			(unit) => html`<li><a href="${serial_tracking.units.trace_address(unit)}"><b>${unit.serial_no}</b>
				${named(unit)}</a>
				${serial_tracking.units.status_pill(unit.status)}
				<span class="muted">${unit.warehouse || unit.customer}</span></li>`
		)}</ul>`;
	}

	/** The code is understood, and names no unit: an item, a warehouse, or a unit that is not recorded. */
	tell_what_else(answer) {
		const { html, fill } = serial_tracking;
		const { item, warehouse, serial_no } = answer;
		const named = item && html`<b>${item.item_name || item.name}</b>`;
		const list = (label, filter, value) =>
			html`<p><a href="${frappe.router.make_url(["serial-no"])}?${filter}=${encodeURIComponent(value)}"
				>${label}</a></p>`;
		const readings = answer.other_readings.map((reading) => reading.serial).filter(Boolean);
		if (warehouse) {
			this.tell(html`<p>${fill(__("{0} is a warehouse, not a unit"), html`<b>${warehouse.name}</b>`)}</p>
				${list(__("Show the units that lie there"), "warehouse", warehouse.name)}`);
		} else if (serial_no) {
			this.tell(html`<p>${fill(__("{0} is no known serial number of {1}"), html`<b>${serial_no}</b>`, named)}</p>
				${readings.length > 0 &&
				html`<p>${__("The code has no separators. It could also mean:")}</p>${this.choice(readings)}`}`);
		} else {
			this.tell(html`<p>${fill(__("{0} is an item, not a unit"), named)}</p>
				${list(__("Show its units"), "item_code", item.name)}`);
		}
	}

	// ---------------------------------------------------------------- what was found

	draw(traced, question) {
		const { html } = serial_tracking;
		const { unit } = traced;
		frappe.utils.set_title(`${unit.serial_no} · ${__("Serial Trace")}`);
		this.tell(html`<span class="sr-only">${this.in_one_sentence(traced)}</span>`, false);
		// the keyboard of a phone would cover what is found
		if (frappe.is_mobile()) this.box.blur();
		this.found.innerHTML = html`
			<section class="card-of-trace summary" aria-labelledby="serial-trace-unit">${this.summary(traced)}</section>
			<div class="columns">
				<section class="card-of-trace life" aria-labelledby="serial-trace-life">
					<h3 id="serial-trace-life">${__("Time Line")}</h3>
					<div class="life-body"></div>
				</section>
				<div class="side">
					${this.family_section("backward", __("Made From"))}
					${this.family_section("forward", __("Went Into"))}
					${this.service_section(traced)}
					${this.documents_section(traced)}
				</div>
			</div>`;
		new serial_tracking.TimeLine(this.found.querySelector(".life-body"), serial_tracking.life.events(traced));
		for (const direction of ["backward", "forward"]) this.draw_family(unit, direction, question);
	}

	summary({ unit, place }) {
		const { html } = serial_tracking;
		const facts = [
			[
				__("Item"),
				html`${serial_tracking.document_link("Item", unit.item_code)}
					${unit.item_name !== unit.item_code && html`<span class="muted">${unit.item_name}</span>`}`,
			],
			[__("Where"), this.where(unit, place)],
			unit.on_hold && [__("Reason of the Hold"), unit.hold_reason],
			[
				__("Warranty and Contract"),
				serial_tracking.units.maintenance_pill(unit.maintenance_status) ||
					html`<span class="muted">${__("None")}</span>`,
			],
			[__("Warranty Until"), this.date_with_days(unit.warranty_expiry_date)],
			[__("Service Contract Until"), this.date_with_days(unit.amc_expiry_date)],
			[__("Supplier's Warranty Until"), this.date_with_days(unit.supplier_warranty_expiry_date)],
			[__("End of Life"), this.date_with_days(unit.end_of_life_date)],
			[__("Supplier's Number"), unit.supplier_serial_no],
		].filter((fact) => fact && fact[1]);
		return html`
			<div class="title-line">
				<h2 id="serial-trace-unit">${unit.serial_no}</h2>
				${serial_tracking.units.status_pill(unit.status)}
				<a class="btn btn-default btn-sm" href="${frappe.utils.get_form_link("Serial No", unit.name)}"
					>${__("Open Record")}</a>
			</div>
			<dl>${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
	}

	where(unit, place) {
		const { html, fill } = serial_tracking;
		const since = place.since && fill(__("since {0}"), serial_tracking.day(place.since));
		const whom = place.customer_name || place.customer;
		const custodian = place.custodian && serial_tracking.life.person(place.custodian);
		const told = place.warehouse
			? html`<b>${place.warehouse}</b>`
			: custodian
				? place.location
					? fill(__("with {0} at {1}"), html`<b>${custodian}</b>`, html`<b>${place.location}</b>`)
					: fill(__("with {0}"), html`<b>${custodian}</b>`)
				: whom
					? fill(__("with {0}"), html`<b>${whom}</b>`)
					: __("not in stock");
		return html`${told} <span class="muted">${since}</span>`;
	}

	/** "31-12-2027, 40 days left"; nothing for no date. */
	date_with_days(date) {
		if (!date) return null;
		const { html } = serial_tracking;
		const days = frappe.datetime.get_day_diff(date, frappe.datetime.get_today());
		const left = days < 0 ? __("{0} days ago", [-days]) : days ? __("{0} days left", [days]) : __("today");
		return html`${serial_tracking.day(date)} <span class="${days < 0 ? "over" : "muted"}">${left}</span>`;
	}

	in_one_sentence({ unit, place }) {
		const where = serial_tracking.plain_text(this.where(unit, place).text).replace(/\s+/g, " ").trim();
		return __("Serial No {0}: {1}, {2}", [unit.serial_no, __(unit.status), where]);
	}

	service_section({ contracts, planned_visits }) {
		if (!contracts.length) return null;
		const { html, fill, day, pill, rest, document_link } = serial_tracking;
		const today = frappe.datetime.get_today();
		const state = ({ start_date, end_date }) => {
			if (end_date < today) return pill(__("Ended"), "gray");
			return start_date > today ? pill(__("Upcoming"), "blue") : pill(__("Running"), "green");
		};
		const contract = (entry) => html`<li>
			${entry.maintenance_schedule && document_link("Maintenance Schedule", entry.maintenance_schedule)}
			${fill(__("{0} to {1}"), day(entry.start_date), day(entry.end_date))} ${state(entry)}
			<span class="muted">${entry.customer}</span></li>`;
		const visit = (line) => html`<li>${day(line.scheduled_date)}
			${line.overdue ? pill(__("Overdue"), "red") : pill(__(line.completion_status))}
			<span class="muted">${serial_tracking.life.person(line.service_person)}</span></li>`;
		const visits = html`<h4>${__("Visits to Come")}</h4>
			<ul class="plain">${planned_visits.slice(0, 3).map(visit)}</ul>
			${rest(planned_visits.slice(3), visit)}`;
		return html`<section class="card-of-trace" aria-labelledby="serial-trace-service">
			<h3 id="serial-trace-service">${__("Service Contracts")}</h3>
			<ul class="plain">${contracts.map(contract)}</ul>
			${planned_visits.length > 0 && visits}
		</section>`;
	}

	documents_section(traced) {
		const { html, rest } = serial_tracking;
		const by_type = new Map();
		for (const { documents } of serial_tracking.life.events(traced).reverse()) {
			for (const [doctype, name] of documents) {
				if (!by_type.has(doctype)) by_type.set(doctype, new Set());
				by_type.get(doctype).add(name);
			}
		}
		if (!by_type.size) return null;
		const documents = ([doctype, names]) => {
			const link = (name) => html`<li>${serial_tracking.document_link(doctype, name)}</li>`;
			const [shown, others] = [[...names].slice(0, 5), [...names].slice(5)];
			return html`<h4>${__(doctype)} <span class="muted">${names.size}</span></h4>
				<ul class="plain">${shown.map(link)}</ul>${rest(others, link)}`;
		};
		return html`<section class="card-of-trace" aria-labelledby="serial-trace-documents">
			<h3 id="serial-trace-documents">${__("Documents")}</h3>${[...by_type].map(documents)}</section>`;
	}

	// ---------------------------------------------------------------- family

	family_section(direction, title) {
		const { html } = serial_tracking;
		return html`<section class="card-of-trace family ${direction}" aria-labelledby="serial-trace-${direction}">
			<h3 id="serial-trace-${direction}">${title} <span class="muted count"></span></h3>
			<div class="family-body" aria-busy="true"><p class="muted">${__("Looking it up …")}</p></div>
		</section>`;
	}

	async draw_family({ serial_no, item_code }, direction, question) {
		const { html } = serial_tracking;
		const { answer, refusal } = await this.ask("trace.genealogy", { serial_no, item_code, direction });
		if (question !== this.asked) return;
		const section = this.found.querySelector(`.family.${direction}`);
		const body = section.querySelector(".family-body");
		body.setAttribute("aria-busy", "false");
		body.replaceChildren();
		if (refusal) {
			body.innerHTML = html`<p>${refusal.text}</p>`;
			return;
		}
		const { unit, units, complete } = answer;
		if (!unit.vouchers.length && !unit.hidden) {
			const nothing =
				direction === "backward" ? __("Not made from other units") : __("Not used for another unit");
			body.innerHTML = html`<p class="muted">${nothing}</p>`;
			return;
		}
		section.querySelector(".count").textContent = units - 1;
		if (!complete) {
			body.innerHTML = html`<p class="note">${__(
				"The tree is too large to be shown in full: what is farthest from the unit is left out"
			)}</p>`;
		}
		const label = direction === "backward" ? __("Made From") : __("Went Into");
		new serial_tracking.FamilyTree(body, unit, label);
	}
};
