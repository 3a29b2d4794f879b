// The Calendar and the Gantt of Maintenance Schedules show their visits, which are rows of them.

(() => {
	const SCHEDULE = "Maintenance Schedule";
	const COLOURS = { Overdue: "red", "Partially Completed": "orange", "Fully Completed": "green", Pending: "blue" };
	const HEX = { red: "#e03636", orange: "#e79913", green: "#30a66d", blue: "#0289f7", gray: "#999999" };

	const colour_of = (visit) => (visit.is_draft ? "gray" : COLOURS[visit.status] || "blue");

	const move = async (visit, scheduled_date) => {
		const args = { visit, scheduled_date };
		const { message } = await frappe.call("serial_tracking.api.schedules.move_visit", args);
		frappe.model.remove_from_locals(SCHEDULE, message);
		const day = frappe.datetime.str_to_user(scheduled_date);
		frappe.show_alert({ message: __("Visit moved to {0}", [day]), indicator: "green" });
	};

	/** An event of the calendar, as Frappe 15 and as Frappe 16 hand it over. */
	const as_visit = (arg) => {
		if (!arg.event) {
			return { visit: arg.visit, schedule: arg.name, day: arg.start.clone().locale("en").format("YYYY-MM-DD") };
		}
		const { id, startStr, extendedProps } = arg.event;
		return { visit: id, schedule: extendedProps.name, day: startStr.slice(0, 10) };
	};

	frappe.views.calendar[SCHEDULE] = {
		field_map: {
			id: "visit",
			start: "scheduled_date",
			end: "scheduled_date",
			title: "title",
			allDay: "all_day",
			editable: "editable",
			convertToUserTz: "in_user_tz", // a day is a day everywhere
		},
		order_by: "from_date",
		gantt: true,
		get_events_method: "serial_tracking.api.schedules.get_visits",
		get_css_class: colour_of,
		options: {
			selectable: false, // a visit is made by its schedule
			eventDurationEditable: false,
			eventClick: (arg) => frappe.set_route("Form", SCHEDULE, as_visit(arg).schedule),
			eventDrop(arg, _delta, revert) {
				const { visit, day } = as_visit(arg);
				move(visit, day).catch(arg.revert || revert);
			},
		},
	};

	// ---------------------------------------------------------------- Gantt

	// the view draws the documents of a list, and has no setting for others
	if (frappe.views.GanttView.shows_visits) return;

	frappe.views.GanttView = class extends frappe.views.GanttView {
		static shows_visits = true;

		get of_visits() {
			return this.doctype === SCHEDULE;
		}

		/** The schedules themselves; their visits follow when they are there. */
		prepare_tasks() {
			if (!this.of_visits) return super.prepare_tasks();
			this.tasks = this.data
				.filter((doc) => doc.from_date && doc.to_date && doc.docstatus !== 2)
				.map((doc) => ({
					start: doc.from_date,
					end: doc.to_date,
					name: frappe.utils.escape_html([doc.name, doc.customer_name].filter(Boolean).join(", ")),
					id: doc.name,
					schedule: doc.name,
					progress: 0,
					custom_class: "color-d1d8dd",
				}));
		}

		async render() {
			if (!this.of_visits) return super.render();
			const tasks = this.tasks;
			const [{ message: visits }] = await Promise.all([
				frappe.call("serial_tracking.api.schedules.get_visits", { schedules: tasks.map(({ id }) => id) }),
				this.load_lib,
			]);
			if (tasks !== this.tasks) return; // the list has changed meanwhile
			const by_schedule = Map.groupBy
				? Map.groupBy(visits, (visit) => visit.name)
				: new Map(tasks.map(({ id }) => [id, visits.filter((visit) => visit.name === id)]));
			this.tasks = tasks.flatMap((task) => [task, ...(by_schedule.get(task.id) || []).map(as_task)]);
			if (!this.tasks.length) return this.$result.empty();
			this.render_gantt();
		}

		render_gantt() {
			// contracts last for years: of their days one would see the first few
			const chosen = this.gantt?.options.view_mode || this.view_user_settings.gantt_view_mode || "Month";
			super.render_gantt();
			if (!this.of_visits) return;
			if (!this.gantt.view_is(chosen)) this.gantt.change_view_mode(chosen);
			Object.assign(this.gantt.options, {
				on_click: (task) => frappe.set_route("Form", SCHEDULE, task.schedule),
				on_progress_change: () => this.refresh(),
				on_date_change: (task, start) => {
					if (!task.editable) return this.refresh();
					const day = moment(start).locale("en").format("YYYY-MM-DD");
					const refresh = () => this.refresh();
					move(task.id, day).then(refresh, refresh); // the server has said why not
				},
			});
		}
	};

	function as_task(visit) {
		return {
			start: visit.scheduled_date,
			end: visit.scheduled_date,
			name: frappe.utils.escape_html(`${visit.title}: ${__(visit.status)}`),
			id: visit.visit,
			schedule: visit.name,
			editable: visit.editable,
			progress: 0,
			custom_class: `color-${HEX[colour_of(visit)].slice(1)}`,
		};
	}
})();
