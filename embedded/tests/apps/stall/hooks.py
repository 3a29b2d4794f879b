app_name = "stall"
app_title = "Stall"
app_publisher = "Serial Tracking contributors"
app_description = "A very small app for tests"
app_email = "tests@example.com"
app_license = "MIT"

add_to_apps_screen = [
	{"name": "stall", "logo": "/assets/stall/images/stall.svg", "title": "Stall", "route": "/app/stall-bill"}
]
app_include_js = ["stall.bundle.js"]
