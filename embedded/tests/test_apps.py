"""An app comes to a site, is migrated and leaves, on both databases."""

import sys

from embedded.site import install


def tables(frappe) -> set:
	return set(frappe.db.get_tables(cached=False))


def test_migrate_twice_changes_nothing(frappe, request):
	site = request.config.sites.site(frappe.conf.db_type, "stall", _root(frappe))

	def schema():
		return {
			table: sorted(map(str, frappe.db.get_table_columns_description(table)))
			for table in ("tabStall Bill", "tabStall Bill Row", "tabUser")
		}

	site.migrate()
	before, modified = schema(), frappe.db.get_value("DocType", "Stall Bill", "modified")
	site.migrate()
	assert schema() == before
	assert frappe.db.get_value("DocType", "Stall Bill", "modified") == modified


def test_uninstall_leaves_no_trace_and_reinstall_works(frappe, request):
	site = request.config.sites.site(frappe.conf.db_type, "stall", _root(frappe))
	from frappe.installer import remove_app

	remove_app("stall", yes=True, no_backup=True)
	assert frappe.get_installed_apps() == ["frappe"]
	assert not [table for table in tables(frappe) if "Stall" in table]
	assert not frappe.db.exists("DocType", "Stall Bill")
	assert not frappe.db.exists("Module Def", "Stall")
	assert not frappe.db.exists("Desktop Icon", {"app": "stall"})

	install(site)
	assert frappe.get_installed_apps() == ["frappe", "stall"]
	bill = {"doctype": "Stall Bill", "customer": "Asha", "rows": [{"thing": "Lamp", "quantity": 1}]}
	assert frappe.get_doc(bill).insert().name


def test_new_fields_and_indexes_reach_an_existing_table(frappe):
	"""Custom Fields stand for a changed DocType: column, index and unique index are added, rows stay."""
	kept = frappe.get_doc({"doctype": "Stall Bill", "customer": "Kept", "rows": []}).insert()
	frappe.db.commit()
	for fieldname, options in (
		("tag", {"search_index": 1}),
		("badge", {"unique": 1}),
		("weight", {"fieldtype": "Float"}),
	):
		frappe.get_doc(
			{
				"doctype": "Custom Field",
				"dt": "Stall Bill",
				"fieldname": fieldname,
				"label": fieldname,
				"fieldtype": "Data",
			}
			| options
		).insert()
	assert {"tag", "badge", "weight"} <= set(frappe.db.get_table_columns("Stall Bill"))
	columns = {row.name: row for row in frappe.db.get_table_columns_description("tabStall Bill")}
	assert columns["tag"]["index"] and columns["badge"]["unique"]
	assert frappe.db.get_value("Stall Bill", kept.name, ["customer", "weight"]) == ("Kept", 0)


def _root(frappe):
	from pathlib import Path

	return Path(sys.modules["stall"].__file__).parents[1]
