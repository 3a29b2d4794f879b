"""The cache in a file answers like the server it stands for."""

import shutil
import time

from embedded import config


def test_values_expire(frappe):
	frappe.cache.set_value("short", {"a": [1]}, expires_in_sec=1)
	assert frappe.cache.get_value("short", use_local_cache=False) == {"a": [1]}
	time.sleep(1.1)
	assert frappe.cache.get_value("short", use_local_cache=False) is None


def test_keys_with_a_pattern(frappe):
	for key in ("tree:a", "tree:b", "leaf"):
		frappe.cache.set_value(key, key)
	assert len(frappe.cache.get_keys("tree:")) == 2
	frappe.cache.delete_keys("tree:")
	assert frappe.cache.get_value("tree:a") is None and frappe.cache.get_value("leaf") == "leaf"


def test_hashes(frappe):
	frappe.cache.hset("bag", "a", 1)
	frappe.cache.hset("bag", "b", None)
	frappe.local.cache.clear()
	assert frappe.cache.hget("bag", "a") == 1
	assert frappe.cache.hexists("bag", "b") and set(frappe.cache.hkeys("bag")) == {b"a", b"b"}
	frappe.cache.hdel("bag", ["a", "b"])
	assert frappe.cache.hgetall("bag") == {}


def test_lists_and_sets(frappe):
	for value in ("b", "c"):
		frappe.cache.rpush("row", value)
	frappe.cache.lpush("row", "a")
	assert frappe.cache.lrange("row", 0, -1) == [b"a", b"b", b"c"]
	frappe.cache.ltrim("row", 1, -1)
	assert (frappe.cache.lpop("row"), frappe.cache.rpop("row"), frappe.cache.llen("row")) == (b"b", b"c", 0)
	frappe.cache.sadd("set", "x", "y", "x")
	assert frappe.cache.smembers("set") == {b"x", b"y"} and frappe.cache.sismember("set", "x")


def test_counters(frappe):
	key = frappe.cache.make_key("counter")
	assert [frappe.cache.incrby(key, 2), frappe.cache.incrby(key, 3)] == [2, 5]
	assert frappe.cache.ttl(key) == -1
	frappe.cache.expire(key, 60)
	assert 50 < frappe.cache.ttl(key) <= 60
	frappe.cache.delete(key)


def test_sites_do_not_share(frappe):
	frappe.cache.set_value("mine", frappe.local.site)
	site = frappe.local.site
	frappe.local.site = "nowhere"
	try:
		frappe.local.cache.clear()
		assert frappe.cache.get_value("mine") is None
	finally:
		frappe.local.site = site
		shutil.rmtree(config.SITES / "nowhere")
