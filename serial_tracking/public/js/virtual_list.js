{% include "serial_tracking/public/js/markup.js" %}

// A list of any length of which only the visible lines are drawn.

frappe.provide("serial_tracking");

/**
 * A list to choose from, by mouse and keys. It is one stop of the Tab key.
 * @param {object} options
 *   label: what the list is called
 *   draw_line(at): markup of a line
 *   is_selected(at): is it ticked? Without it nothing can be
 *   on_key(event, at): a key on the active line; true if it meant something
 *   on_click(event, at): a click on a line
 *   on_active(at): a line became the active one
 */
serial_tracking.VirtualList ??= class VirtualList {
	static LINE = 28; // pixels, of each line
	static AROUND = 10; // lines drawn above and below those in sight

	constructor(options) {
		Object.assign(this, options);
		this.id = frappe.dom.get_unique_id();
		this.count = 0;
		this.active = 0;
		this.element = document.createElement("div");
		this.element.className = "virtual-list";
		this.element.tabIndex = 0;
		this.element.setAttribute("aria-label", this.label);
		this.space = document.createElement("div");
		this.space.setAttribute("role", "presentation");
		this.element.append(this.space);
		this.element.addEventListener("scroll", () => this.draw_soon());
		this.element.addEventListener("keydown", (event) => this.take_key(event));
		this.element.addEventListener("click", (event) => this.take_click(event));
		this.resized = new ResizeObserver(() => this.draw_soon()); // it comes into sight, or its window grows
		this.resized.observe(this.element);
	}

	/** As many lines as there are now, drawn anew. */
	set_count(count) {
		this.count = count;
		this.active = Math.max(Math.min(this.active, count - 1), 0);
		// a list without options is none
		if (count) this.element.setAttribute("role", "listbox");
		else this.element.setAttribute("role", "group");
		if (this.is_selected && count) this.element.setAttribute("aria-multiselectable", "true");
		else this.element.removeAttribute("aria-multiselectable");
		this.space.style.height = `${count * serial_tracking.VirtualList.LINE}px`;
		this.draw();
	}

	draw_soon() {
		this.drawing ||= requestAnimationFrame(() => this.draw());
	}

	draw() {
		cancelAnimationFrame(this.drawing);
		this.drawing = null;
		const { html, VirtualList } = serial_tracking;
		const [top, height] = [this.element.scrollTop, this.element.clientHeight];
		const first = Math.max(Math.floor(top / VirtualList.LINE) - VirtualList.AROUND, 0);
		const last = Math.min(Math.ceil((top + height) / VirtualList.LINE) + VirtualList.AROUND, this.count);
		const lines = [];
		for (let at = first; at < last; at++) {
			const selected = this.is_selected ? this.is_selected(at) : at === this.active;
			lines.push(html`<div role="option" id="${this.id}-${at}" data-at="${at}"
				class="line ${at === this.active && "active"}" style="top: ${at * VirtualList.LINE}px"
				aria-setsize="${this.count}" aria-posinset="${at + 1}" aria-selected="${String(Boolean(selected))}"
				>${this.draw_line(at)}</div>`);
		}
		this.space.innerHTML = lines.join("");
		const in_sight = this.active >= first && this.active < last;
		if (in_sight) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
		else this.element.removeAttribute("aria-activedescendant");
	}

	go_to(at) {
		this.active = Math.max(Math.min(at, this.count - 1), 0);
		const top = this.active * serial_tracking.VirtualList.LINE;
		const { scrollTop, clientHeight } = this.element;
		if (top < scrollTop) this.element.scrollTop = top;
		else if (top + serial_tracking.VirtualList.LINE > scrollTop + clientHeight) {
			this.element.scrollTop = top + serial_tracking.VirtualList.LINE - clientHeight;
		}
		this.draw();
		this.on_active?.(this.active);
	}

	take_key(event) {
		if (!this.count || event.ctrlKey || event.metaKey || event.altKey) return;
		const page = Math.max(Math.floor(this.element.clientHeight / serial_tracking.VirtualList.LINE) - 1, 1);
		const aims = {
			ArrowDown: this.active + 1,
			ArrowUp: this.active - 1,
			PageDown: this.active + page,
			PageUp: this.active - page,
			Home: 0,
			End: this.count - 1,
		};
		if (event.key in aims) this.go_to(aims[event.key]);
		else if (!this.on_key?.(event, this.active)) return;
		event.preventDefault();
		event.stopPropagation();
	}

	take_click(event) {
		const line = event.target.closest("[data-at]");
		if (!line) return;
		const at = Number(line.dataset.at);
		this.active = at;
		this.on_active?.(at);
		if (!this.on_click?.(event, at)) this.draw();
	}
};
