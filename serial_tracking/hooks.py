app_name = "serial_tracking"
app_title = "Serial Tracking"
app_publisher = "Serial Tracking contributors"
app_description = "One record for each physical unit: where it is, where it came from, and who has it"
app_email = "serial-tracking@example.com"
app_license = "mit"
app_logo_url = "/assets/serial_tracking/images/serial-tracking.svg"

add_to_apps_screen = [
	{
		"name": app_name,
		"logo": app_logo_url,
		"title": app_title,
		"route": "/app/stock",
		"has_permission": "serial_tracking.api.desk.has_app_permission",
	}
]

# the menu of customers who log in on the website
portal_menu_items = [
	{"title": "My Units", "route": "/my-units", "role": "Customer"},
	{"title": "Warranty Claims", "route": "/my-claims", "role": "Customer"},
]

get_website_user_home_page = "serial_tracking.service.portal.home_page"

extend_bootinfo = "serial_tracking.api.desk.add_to_boot"

before_install = "serial_tracking.install.before_install"
after_install = "serial_tracking.install.after_install"
before_app_install = "serial_tracking.install.before_app_install"
after_uninstall = "serial_tracking.install.after_uninstall"

scheduler_events = {
	"daily_long": ["serial_tracking.service.daily.run"],
	"cron": {"*/10 * * * *": ["serial_tracking.serial_tracking.background.give_up_dead_jobs"]},
}

# what was told of a unit or a schedule does not keep it from being deleted
ignore_links_on_delete = ["Reminder Sent"]

permission_query_conditions = {
	voucher: "serial_tracking.permissions.with_permitted_rows"
	for voucher in ("Delivery Note", "Purchase Receipt", "Sales Invoice", "Stock Entry")
}
permission_query_conditions["Maintenance Schedule"] = "serial_tracking.permissions.schedules_of_seen_units"
permission_query_conditions["Maintenance Visit"] = "serial_tracking.permissions.visits_of_seen_units"
permission_query_conditions["Service Contract Entry"] = "serial_tracking.permissions.with_seen_units"
permission_query_conditions["Warranty Claim"] = "serial_tracking.permissions.with_seen_units"
has_permission = {
	"Maintenance Schedule": "serial_tracking.permissions.may_open_schedule",
	"Maintenance Visit": "serial_tracking.permissions.may_open_visit",
	"Service Contract Entry": "serial_tracking.permissions.may_see_units_of",
	"Warranty Claim": "serial_tracking.permissions.may_see_units_of",
}

calendars = ["Maintenance Schedule"]

require_type_annotated_api_methods = True
export_python_type_annotations = True
