/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/ref.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void check_name(const char *text, const char *name)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	SCOPED(oci_ref) again = { 0 };

	if (oci_ref_parse(&ref, text, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK_STR(ref.name, name);
	CHECK_INT(oci_ref_parse(&again, ref.name, &err), 0);
	CHECK_STR(again.name, name);
}

static void check_refused(const char *text)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };

	if (oci_ref_parse(&ref, text, &err) == 0)
		UNIT_FAIL("'%s' is accepted", text);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK(ref.name == NULL);
}

TEST(names_are_expanded_as_linuxkit_does)
{
	check_name("redis", "docker.io/library/redis");
	check_name("redis:7", "docker.io/library/redis:7");
	check_name("foo/bar", "docker.io/foo/bar");
	check_name("reg.io/foo", "reg.io/foo");
	check_name("localhost/foo", "localhost/foo");
	check_name("host:5000/foo", "host:5000/foo");
	check_name("foo/bar/baz", "foo/bar/baz");
	check_name("[::1]:5000/a/b", "[::1]:5000/a/b");
	check_name("redis@sha256:" HEX, "docker.io/library/redis@sha256:" HEX);
}

TEST(a_reference_is_taken_apart)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	char text[DIGEST_TEXT_SIZE];

	CHECK_INT(oci_ref_parse(&ref, "host:5000/a/b:v1@sha256:" HEX, &err), 0);
	CHECK_STR(ref.registry, "host:5000");
	CHECK_STR(ref.repository, "a/b");
	CHECK_STR(ref.tag, "v1");
	CHECK(ref.has_digest);
	CHECK_STR(digest_text(&ref.digest, text), "sha256:" HEX);
}

TEST(no_tag_is_added)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };

	CHECK_INT(oci_ref_parse(&ref, "host:5000/a", &err), 0);
	CHECK(ref.tag == NULL);
	CHECK(!ref.has_digest);
}

TEST(what_is_not_a_reference_is_refused)
{
	static const char *const bad[] = {
		"",
		"Redis",
		"a b",
		"a/../b",
		"../a",
		"a/./b",
		"a//b",
		"/a",
		"a/",
		"https://reg.io/a",
		"reg.io/a:",
		"reg.io/a:-x",
		"reg.io/a:b:c",
		"reg.io/a@sha256:0123",
		"reg.io/a@md5:" HEX,
		"reg.io/a@sha256:../../etc/passwd",
		"reg.io/a@sha256:" HEX "0",
		"reg.io/a@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"reg.io/a@",
		"re_g.io/a",
		"-reg.io/a",
		"reg.io-/a",
		"host:99999/a",
		"host:/a",
		"user@host/a",
		"reg.io/a?x=y",
		"reg.io/a#b",
		"reg.io/a%2f",
		"reg.io/-a",
		"reg.io/a-",
		"reg.io/a..b",
		"reg.io/a___b",
		"reg.io/a\nb",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(bad[i]);
}

TEST(lengths_are_limited)
{
	char text[400];

	memset(text, 'a', sizeof(text));
	memcpy(text, "reg.io/", 7);
	text[7 + 255] = '\0';
	check_name(text, text);
	text[7 + 255] = 'a';
	text[7 + 256] = '\0';
	check_refused(text);
	memcpy(text, "reg.io/a:", 9);
	text[9 + 128] = '\0';
	check_name(text, text);
	text[9 + 128] = 'a';
	text[9 + 129] = '\0';
	check_refused(text);
}

TEST(images_on_this_machine_have_names_too)
{
	check_name("oci:a/layout", "oci:a/layout");
	check_name("oci:/a/layout:docker.io/test/one:1",
		   "oci:/a/layout:docker.io/test/one:1");
	check_name("oci-archive:a.tar:x", "oci-archive:a.tar:x");
	check_name("docker-archive:a.tar", "docker-archive:a.tar");
	check_name("docker-daemon:redis",
		   "docker-daemon:docker.io/library/redis:latest");
	check_name("docker-daemon:redis:7",
		   "docker-daemon:docker.io/library/redis:7");
	check_name("docker-daemon:sha256:" HEX, "docker-daemon:sha256:" HEX);
	check_name("docker.io/library/oci:1", "docker.io/library/oci:1");
}

TEST(a_path_ends_at_the_first_colon)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };

	CHECK_INT(oci_ref_parse(&ref, "oci:a b/c:d:1", &err), 0);
	CHECK_INT(ref.source, OCI_SOURCE_LAYOUT);
	CHECK_STR(ref.path, "a b/c");
	CHECK_STR(ref.image, "d:1");
	CHECK(!ref.registry);
}

TEST(a_place_without_a_path_or_plain_text_is_refused)
{
	check_refused("oci:");
	check_refused("oci::x");
	check_refused("oci:a:");
	check_refused("docker-archive:");
	check_refused("oci:a\nb");
	check_refused("oci:a\xff");
	check_refused("docker-daemon:");
	check_refused("docker-daemon:A B");
	check_refused("docker-daemon:oci:a");
}

TEST(a_place_is_no_name_at_a_registry)
{
	SCOPED(err) err = { 0 };
	SCOPED(oci_ref) ref = { 0 };

	CHECK_INT(oci_ref_parse_remote(&ref, "oci:a", &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK(!ref.name);
}
