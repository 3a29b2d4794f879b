// A genealogy, as api.trace.genealogy answers it, as a tree for eye, mouse, keyboard and screen reader: a unit's
// vouchers, their units, and so on. What lies below a node is made when the node is opened, a portion at a time, so that
// a tree of 10,000 units costs what is seen of it. Keys and roles: WAI-ARIA Authoring Practices, Tree View. A row is a list
// item; the line in it is the tree item, and what lies below follows the line, so that it is no part of its name.
// A script that includes this file includes markup.js and unit_shown.js before it.

frappe.provide("serial_tracking");

serial_tracking.FamilyTree = class FamilyTree {
	static PORTION = 25; // rows made at once
	static MORE = 200; // and when more are asked for

	static line = (row) => row.firstElementChild;
	static group = (row) => row.children[1];
	static is_open = (row) => FamilyTree.line(row).getAttribute("aria-expanded") === "true";

	/**
	 * @param {Element} parent what takes the tree
	 * @param {object} unit the root with its vouchers; it is not shown itself
	 * @param {string} label what the tree is called
	 */
	constructor(parent, unit, label) {
		this.nodes = new WeakMap(); // what a row shows
		this.root = document.createElement("ul");
		this.root.className = "family-tree";
		this.root.setAttribute("role", "tree");
		this.root.setAttribute("aria-label", label);
		this.root.addEventListener("click", (event) => this.on_click(event));
		this.root.addEventListener("keydown", (event) => this.on_key(event));
		// the focus goes back to where it was
		this.root.addEventListener("focusin", (event) => this.take_tab_stop(event.target.closest("li")));
		parent.append(this.root);
		this.add_rows(this.root, this.below({ unit }), 1);
		for (const row of [...this.root.children].slice(0, 3)) this.open(row);
		this.take_tab_stop(this.root.firstElementChild);
	}

	// ---------------------------------------------------------------- what is shown

	/** The nodes below a node: {unit}, {voucher} or {hidden: how many, of: which}. */
	below({ unit, voucher }) {
		const nodes = unit
			? unit.vouchers.map((voucher) => ({ voucher }))
			: (voucher?.units || []).map((unit) => ({ unit }));
		const { hidden } = unit || voucher || {};
		if (hidden) nodes.push({ hidden, of: unit ? "vouchers" : "units" });
		return nodes;
	}

	content(node) {
		const { html } = serial_tracking;
		if (node.unit) return this.unit_content(node.unit);
		if (node.voucher) return this.voucher_content(node.voucher);
		const text =
			node.of === "units"
				? __("Units that you may not see: {0}", [node.hidden])
				: __("Vouchers that you may not see: {0}", [node.hidden]);
		return html`<span class="muted">${text}</span>`;
	}

	unit_content(unit) {
		const { html } = serial_tracking;
		const route = serial_tracking.units.trace_address(unit);
		const place = unit.warehouse || unit.customer_name || unit.customer;
		return html`<a href="${route}" tabindex="-1"><b>${unit.serial_no}</b></a>
			<span>${unit.item_name || unit.item_code}</span>
			${serial_tracking.units.status_pill(unit.status)}
			${place && html`<span class="muted">${place}</span>`}`;
	}

	voucher_content(voucher) {
		const { html } = serial_tracking;
		const link = frappe.utils.get_form_link(voucher.voucher_type, voucher.voucher_no);
		const name = frappe.model.can_read(voucher.voucher_type)
			? html`<a href="${link}" tabindex="-1">${voucher.voucher_no}</a>`
			: voucher.voucher_no;
		const units = voucher.units?.length || 0;
		const told = voucher.shown_above
			? __("its units are shown above")
			: units === 1
				? __("1 unit")
				: __("{0} units", [units]);
		return html`<span>${__(voucher.voucher_type)} ${name}</span>
			<span class="muted">${serial_tracking.day(voucher.posting_datetime)} · ${told}</span>`;
	}

	// ---------------------------------------------------------------- rows

	/** Rows for nodes from `start` on, and one that asks for more. */
	add_rows(list, nodes, level, start = 0, portion = FamilyTree.PORTION) {
		const rows = document.createDocumentFragment();
		// a single one left over is not worth the click
		const end = nodes.length - start - portion > 1 ? start + portion : nodes.length;
		for (let at = start; at < end; at++) {
			const row = this.make_row(nodes[at], level);
			FamilyTree.line(row).setAttribute("aria-setsize", nodes.length);
			FamilyTree.line(row).setAttribute("aria-posinset", at + 1);
			rows.append(row);
		}
		if (end < nodes.length) {
			const next = Math.min(FamilyTree.MORE, nodes.length - end);
			const text = __("Show {0} more of {1}", [next, nodes.length - end]);
			const more = this.make_row({ more: { nodes, start: end } }, level, serial_tracking.html`${text}`);
			more.classList.add("more");
			rows.append(more);
		}
		const first = rows.firstElementChild;
		list.append(rows);
		return first;
	}

	make_row(node, level, content = this.content(node)) {
		const row = document.createElement("li");
		row.setAttribute("role", "none");
		row.innerHTML = serial_tracking.html`<div class="line" role="treeitem" tabindex="-1" aria-level="${level}"
			><span class="opener" aria-hidden="true"></span><span class="content">${content}</span></div>`;
		if (this.below(node).length > 0) FamilyTree.line(row).setAttribute("aria-expanded", "false");
		this.nodes.set(row, node);
		return row;
	}

	open(row) {
		const line = FamilyTree.line(row);
		if (line.getAttribute("aria-expanded") !== "false") return;
		if (!FamilyTree.group(row)) {
			const group = document.createElement("ul");
			group.setAttribute("role", "group");
			group.id = frappe.dom.get_unique_id();
			line.setAttribute("aria-owns", group.id);
			this.add_rows(group, this.below(this.nodes.get(row)), Number(line.getAttribute("aria-level")) + 1);
			row.append(group);
		}
		line.setAttribute("aria-expanded", "true");
	}

	close(row) {
		if (FamilyTree.is_open(row)) FamilyTree.line(row).setAttribute("aria-expanded", "false");
	}

	toggle(row) {
		FamilyTree.is_open(row) ? this.close(row) : this.open(row);
	}

	/** Replace the row that asks for more by what it stands for. */
	show_more(row) {
		const { nodes, start } = this.nodes.get(row).more;
		const had_focus = row.contains(document.activeElement);
		const level = Number(FamilyTree.line(row).getAttribute("aria-level"));
		const first = this.add_rows(row.parentElement, nodes, level, start, FamilyTree.MORE);
		row.remove();
		if (had_focus) this.focus(first);
		else if (!this.root.querySelector(".line[tabindex='0']")) this.take_tab_stop(first);
	}

	// ---------------------------------------------------------------- mouse and keys

	on_click(event) {
		if (event.target.closest("a")) return; // the Desk follows links itself
		const line = event.target.closest(".line");
		if (!line) return;
		const row = line.parentElement;
		this.focus(row);
		if (this.nodes.get(row).more) this.show_more(row);
		else this.toggle(row);
	}

	on_key(event) {
		const row = event.target.closest("li");
		if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
		const act = {
			ArrowDown: () => this.focus(this.next(row)),
			ArrowUp: () => this.focus(this.previous(row)),
			ArrowRight: () => (FamilyTree.is_open(row) ? this.focus(FamilyTree.group(row).firstElementChild) : this.open(row)),
			ArrowLeft: () => (FamilyTree.is_open(row) ? this.close(row) : this.focus(this.above(row))),
			Home: () => this.focus(this.root.firstElementChild),
			End: () => this.focus(this.last(this.root.lastElementChild)),
			Enter: () => this.follow(row),
			" ": () => (this.nodes.get(row).more ? this.show_more(row) : this.toggle(row)),
			"*": () => [...row.parentElement.children].forEach((sibling) => this.open(sibling)),
		}[event.key];
		if (!act) return;
		event.preventDefault();
		event.stopPropagation();
		act();
	}

	follow(row) {
		if (this.nodes.get(row).more) return this.show_more(row);
		const link = FamilyTree.line(row).querySelector("a");
		link ? link.click() : this.toggle(row);
	}

	focus(row) {
		if (!row) return;
		this.take_tab_stop(row);
		FamilyTree.line(row).focus();
	}

	take_tab_stop(row) {
		if (!row) return;
		this.root.querySelectorAll(".line[tabindex='0']").forEach((line) => line.setAttribute("tabindex", "-1"));
		FamilyTree.line(row).setAttribute("tabindex", "0");
	}

	above(row) {
		return row.parentElement === this.root ? null : row.parentElement.parentElement;
	}

	next(row) {
		if (FamilyTree.is_open(row)) return FamilyTree.group(row).firstElementChild;
		while (row && !row.nextElementSibling) row = this.above(row);
		return row?.nextElementSibling;
	}

	previous(row) {
		return row.previousElementSibling ? this.last(row.previousElementSibling) : this.above(row);
	}

	/** The last row that is seen of a row and what lies below it. */
	last(row) {
		while (FamilyTree.is_open(row)) row = FamilyTree.group(row).lastElementChild;
		return row;
	}
};
