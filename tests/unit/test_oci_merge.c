/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include <string.h>

#include "cmd/lib/base/json.h"
#include "cmd/lib/oci/merge.h"

#define IMAGE(digest, arch)                                                    \
	"{\"digest\":\"" digest                                                \
	"\",\"platform\":{\"os\":\"linux\",\"architecture\":\"" arch "\"}}"
#define ABOUT(digest, subject)                                                 \
	"{\"digest\":\"" digest "\",\"platform\":{\"os\":\"unknown\","         \
	"\"architecture\":\"unknown\"},\"annotations\":{"                      \
	"\"vnd.docker.reference.type\":\"attestation-manifest\","              \
	"\"vnd.docker.reference.digest\":\"" subject "\"}}"
#define INDEX(entries) "{\"schemaVersion\":2,\"manifests\":[" entries "]}"

/* The digests of the result, one behind the other; "=" when it is theirs. */
static void check_merge(const char *ours, const char *theirs,
			const char *wanted)
{
	SCOPED(buf) left = { 0 };
	SCOPED(buf) right = { 0 };
	SCOPED(buf) found = { 0 };
	SCOPED(oci_merge) merge = { .ours = &left, .theirs = &right };
	SCOPED_JSON json_t *json = NULL;
	SCOPED(err) err = { 0 };
	const json_t *list;

	buf_add_str(&left, ours);
	buf_add_str(&right, theirs);
	if (oci_merge_run(&merge, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	if (merge.is_theirs) {
		CHECK_STR("=", wanted);
		return;
	}
	CHECK_INT(json_parse(&json, buf_text(&merge.text), merge.text.size, "",
			     &err),
		  0);
	list = json_object_get(json, "manifests");
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_add_str(&found,
			    json_text(json_array_get(list, i), "digest"));
	CHECK_STR(buf_text(&found), wanted);
}

TEST(ours_decides_for_its_platforms_and_the_others_stay)
{
	check_merge(INDEX(IMAGE("a", "amd64")),
		    INDEX(IMAGE("b", "amd64") "," IMAGE("c", "arm64")), "ac");
}

TEST(an_index_that_has_all_of_ours_stays)
{
	check_merge(INDEX(IMAGE("a", "amd64")),
		    INDEX(IMAGE("c", "arm64") "," IMAGE("a", "amd64")), "=");
}

TEST(what_is_attested_stays_with_its_image_only)
{
	check_merge(INDEX(IMAGE("a", "amd64") "," ABOUT("x", "a")),
		    INDEX(IMAGE("b", "amd64") "," IMAGE("c", "arm64") "," ABOUT(
			    "y", "b") "," ABOUT("z", "c")),
		    "acxz");
}

TEST(a_variant_is_another_platform)
{
	static const char v6[] =
		INDEX("{\"digest\":\"6\",\"platform\":{\"os\":\"linux\","
		      "\"architecture\":\"arm\",\"variant\":\"v6\"}}");

	check_merge(INDEX(IMAGE("7", "arm")), v6, "76");
}

TEST(entries_without_a_platform_stand_for_themselves)
{
	check_merge(INDEX("{\"digest\":\"a\"}"),
		    INDEX("{\"digest\":\"b\"},{\"digest\":\"a\"}"), "=");
	check_merge(INDEX("{\"digest\":\"a\"}"), INDEX("{\"digest\":\"b\"}"),
		    "ab");
}

TEST(other_members_are_ours)
{
	SCOPED(buf) ours = { 0 };
	SCOPED(buf) theirs = { 0 };
	SCOPED(oci_merge) merge = { .ours = &ours, .theirs = &theirs };
	SCOPED(err) err = { 0 };

	buf_add_str(&ours,
		    "{\"annotations\":{\"a\":\"1\"},\"manifests\":[" IMAGE(
			    "a", "amd64") "]}");
	buf_add_str(&theirs, INDEX(""));
	CHECK_INT(oci_merge_run(&merge, &err), 0);
	CHECK(strstr(buf_text(&merge.text), "\"annotations\":{\"a\":\"1\"}"));
}

TEST(what_is_no_index_is_refused)
{
	SCOPED(buf) ours = { 0 };
	SCOPED(buf) theirs = { 0 };
	SCOPED(oci_merge) merge = { .ours = &ours, .theirs = &theirs };
	SCOPED(err) err = { 0 };

	buf_add_str(&ours, INDEX(""));
	buf_add_str(&theirs, "{\"layers\":[]}");
	CHECK_INT(oci_merge_run(&merge, &err), -1);
	CHECK_INT(err.fault, FAULT_INPUT);
}
