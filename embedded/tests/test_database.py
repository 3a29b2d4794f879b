"""Statements, values and transactions are the same on both databases."""

import datetime
from decimal import Decimal

import pytest


def bill(frappe, customer="Asha", quantity=2, **fields):
	return frappe.get_doc(
		{
			"doctype": "Stall Bill",
			"customer": customer,
			"rows": [{"thing": "Lamp", "quantity": quantity}],
			**fields,
		}
	)


def test_none_is_null(frappe):
	assert frappe.db.sql("select %s is null", (None,))[0][0] == 1
	assert frappe.db.sql("select %(a)s is null", {"a": None})[0][0] == 1


@pytest.mark.parametrize("text", ["O'Neil", '100% "sure"', "a\\b", "%s and %(a)s", "`tick`", "बत्ती", ""])
def test_texts_come_back_as_they_went_in(frappe, text):
	assert frappe.db.sql("select %s", (text,))[0][0] == text
	assert frappe.db.sql("select %(a)s", {"a": text})[0][0] == text
	made = bill(frappe, note=text).insert()
	assert frappe.db.get_value("Stall Bill", made.name, "note") == text


def test_lists_in_statements(frappe):
	assert frappe.db.sql("select 1 where 'b' in %s", (("a", "b"),))
	assert frappe.db.sql("select 1 where 'b' in %(names)s", {"names": ["a", "b"]})
	assert not frappe.db.sql("select 1 where 'b' in %s", (("a",),))


def test_percent_signs(frappe):
	assert frappe.db.sql("select 'abc' like %s", ("a%",))[0][0] == 1
	assert frappe.db.sql("select '5%%', %s", (1,))[0][0] == "5%"
	assert frappe.db.sql("select '5%%'")[0][0] == "5%%"


def test_too_few_values(frappe):
	with pytest.raises(TypeError):
		frappe.db.sql("select %s, %s", (1,))


def test_values_of_python_types(frappe):
	moment = datetime.datetime(2026, 11, 3, 14, 5, 6, 7000)
	made = bill(
		frappe, day=moment.date(), clock=datetime.timedelta(hours=14, minutes=5), moment=moment
	).insert()
	found = frappe.db.get_value("Stall Bill", made.name, ["day", "clock", "moment", "creation", "modified"])
	assert found[:3] == (moment.date(), datetime.timedelta(hours=14, minutes=5), moment)
	assert isinstance(found[3], datetime.datetime) and isinstance(found[4], datetime.datetime)
	assert float(frappe.db.sql("select %s", (Decimal("1.5"),))[0][0]) == 1.5


@pytest.mark.parametrize(
	"expression, result",
	[
		("concat_ws('-', 'a', null, 'b')", "a-b"),
		("concat('a', 'b')", "ab"),
		("if(1 > 2, 'yes', 'no')", "no"),
		("ifnull(null, 'x')", "x"),
		("locate('b', 'abc')", 2),
		("date_format('2026-11-03 14:05:06', '%Y-%m %i')", "2026-11 05"),
		("datediff('2026-11-03', '2026-10-31')", 3),
		("greatest(1, 3, 2)", 3),
		("substring_index('a/b/c', '/', 2)", "a/b"),
	],
)
def test_functions_of_mariadb(frappe, expression, result):
	assert frappe.db.sql(f"select {expression}")[0][0] == result


def test_an_unknown_column_is_an_error(frappe):
	table = frappe.qb.DocType("Stall Bill")
	with pytest.raises(Exception) as caught:
		frappe.qb.from_(table).select(table.no_such_thing).run()
	assert frappe.db.is_missing_column(caught.value)


def test_locking_read_and_insert_ignore(frappe):
	made = bill(frappe).insert()
	table = frappe.qb.DocType("Stall Bill")
	query = frappe.qb.from_(table).select(table.customer).where(table.name == made.name).for_update()
	assert query.run(pluck=True) == ["Asha"]
	assert frappe.db.get_value("Stall Bill", made.name, "customer", for_update=True) == "Asha"
	for _ in range(2):
		frappe.db.bulk_insert("Stall Bill", ["name", "customer"], [("B-1", "x")], ignore_duplicates=True)
	assert frappe.db.count("Stall Bill", {"name": "B-1"}) == 1


def test_duplicates_are_told_apart(frappe):
	made = bill(frappe).insert()
	with pytest.raises(frappe.DuplicateEntryError):
		frappe.get_doc({**made.as_dict(), "modified": None}).insert(set_name=made.name)


def test_rollback_takes_back_everything(frappe):
	frappe.db.commit()
	made = bill(frappe).insert()
	frappe.db.rollback()
	assert not frappe.db.exists("Stall Bill", made.name)


def test_savepoints_before_and_after_the_first_write(frappe):
	frappe.db.commit()
	frappe.db.savepoint("outer_one")
	first = bill(frappe).insert()
	frappe.db.savepoint("inner_one")
	second = bill(frappe).insert()
	frappe.db.rollback(save_point="inner_one")
	assert frappe.db.exists("Stall Bill", first.name) and not frappe.db.exists("Stall Bill", second.name)
	frappe.db.rollback(save_point="outer_one")
	assert not frappe.db.exists("Stall Bill", first.name)
	frappe.db.release_savepoint("outer_one")


def test_submit_cancel_and_amend(frappe):
	made = bill(frappe).insert()
	assert made.total == 2
	made.submit()
	made.cancel()
	amended = frappe.copy_doc(made)
	amended.amended_from = made.name
	amended.docstatus = 0
	assert amended.insert().name == f"{made.name}-1"
