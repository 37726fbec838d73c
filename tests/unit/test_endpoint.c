/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/oci/endpoint.h"

static void check_endpoint(const char *text, const struct strv *mirrors,
			   const char *base, const char *prefix)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(oci_endpoint) endpoint = { 0 };

	CHECK_INT(oci_ref_parse(&ref, text, &err), 0);
	oci_endpoint_find(&endpoint, &ref, mirrors);
	CHECK_STR(endpoint.base, base);
	CHECK_STR(endpoint.prefix, prefix);
}

TEST(registries_are_reached_over_tls_at_their_own_host)
{
	const struct strv none = { 0 };

	check_endpoint("redis", &none, "https://registry-1.docker.io", "");
	check_endpoint("index.docker.io/a/b", &none,
		       "https://registry-1.docker.io", "");
	check_endpoint("host:5000/a", &none, "https://host:5000", "");
	check_endpoint("10.0.0.1/a", &none, "https://10.0.0.1", "");
}

TEST(a_mirror_stands_in_for_its_registry_and_the_last_one_wins)
{
	SCOPED(strv) mirrors = { 0 };

	strv_add(&mirrors, "reg.io=http://first:1");
	strv_add(&mirrors, "http://all:2/path/");
	strv_add(&mirrors, "reg.io=https://last");
	strv_add(&mirrors, "docker.io=https://hub/cache");
	check_endpoint("reg.io/a", &mirrors, "https://last", "");
	check_endpoint("other.io/a", &mirrors, "http://all:2", "path/");
	check_endpoint("registry-1.docker.io/a/b", &mirrors, "https://hub",
		       "cache/");
}

TEST(mirrors_are_checked)
{
	SCOPED(err) err = { 0 };

	CHECK_INT(oci_mirror_check("http://host", &err), 0);
	CHECK_INT(oci_mirror_check("reg.io=https://host:1/x", &err), 0);
	CHECK_INT(oci_mirror_check("reg.io", &err), -1);
	err_release(&err);
	CHECK_INT(oci_mirror_check("reg.io=ftp://host", &err), -1);
	err_release(&err);
	CHECK_INT(oci_mirror_check("https://user:pass@host", &err), -1);
	err_release(&err);
	CHECK_INT(oci_mirror_check("https://", &err), -1);
}

TEST(only_this_machine_is_loopback)
{
	CHECK(oci_host_is_loopback("localhost"));
	CHECK(oci_host_is_loopback("a.localhost"));
	CHECK(oci_host_is_loopback("127.0.0.1"));
	CHECK(oci_host_is_loopback("127.9.8.7"));
	CHECK(oci_host_is_loopback("[::1]"));
	CHECK(!oci_host_is_loopback("127.0.0.1.evil.example"));
	CHECK(!oci_host_is_loopback("127.evil"));
	CHECK(!oci_host_is_loopback("localhost.evil"));
	CHECK(!oci_host_is_loopback("10.0.0.1"));
	CHECK(!oci_host_is_loopback("evillocalhost"));
}

TEST(logins_stay_with_one_origin_or_site)
{
	CHECK(oci_url_same_origin("https://a/x", "https://A:443/y"));
	CHECK(!oci_url_same_origin("https://a", "http://a"));
	CHECK(!oci_url_same_origin("https://a", "https://a:8443"));
	CHECK(!oci_url_same_origin("https://a@b/", "https://a/"));
	CHECK(oci_host_same_site("registry-1.docker.io", "auth.docker.io"));
	CHECK(oci_host_same_site("registry.corp.co.uk", "login.corp.co.uk"));
	CHECK(!oci_host_same_site("registry.co.uk", "evil.co.uk"));
	CHECK(!oci_host_same_site("a.docker.io", "a.docker.io.evil"));
	CHECK(!oci_host_same_site("docker.io", "evildocker.io"));
	CHECK(!oci_host_same_site("10.0.0.1", "9.0.0.1"));
	CHECK(!oci_host_same_site("a", "b"));
}

TEST(nothing_leaves_the_machine_in_the_clear)
{
	CHECK(oci_url_is_safe("https://any.example/x", "https://reg.io"));
	CHECK(oci_url_is_safe("http://127.0.0.1:1/x", "https://reg.io"));
	CHECK(oci_url_is_safe("http://reg.io/x", "http://reg.io"));
	CHECK(!oci_url_is_safe("http://reg.io/x", "https://reg.io"));
	CHECK(!oci_url_is_safe("file:///etc/passwd", "https://reg.io"));
	CHECK(!oci_url_is_safe("nonsense://", "https://reg.io"));
}
