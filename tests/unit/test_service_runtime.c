/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.json. */
/* links: pkg/init/service/runtime.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c -ljansson */

#include "pkg/init/service/runtime.h"
#include "tests/unit/unit.h"

static struct err err;

TEST(all_keys_are_decoded)
{
	SCOPED_RUNTIME runtime = { 0 };

	CHECK_INT(runtime_decode(
			  &runtime,
			  "{\"cgroups\": [\"a\"], \"mkdir\": [\"/x\", \"y\"],"
			  "\"mounts\": [{\"destination\": \"/d\","
			  "\"options\": [\"bind\"]}],"
			  "\"interfaces\": [{\"name\": \"n\", \"peer\": \"p\","
			  "\"createInRoot\": true}],"
			  "\"bindNS\": {\"net\": \"/run/n\"},"
			  "\"namespace\": \"ns\"}",
			  &err),
		  0);
	CHECK_INT(runtime.cgroups.count, 1);
	CHECK_STR(runtime.mkdir.item[1], "y");
	CHECK_STR(runtime.mounts[0].destination, "/d");
	CHECK_STR(runtime.mounts[0].type, "");
	CHECK_STR(runtime.mounts[0].options.item[0], "bind");
	CHECK_STR(runtime.interfaces[0].add, "veth");
	CHECK(runtime.interfaces[0].create_in_root);
	CHECK_STR(runtime.bind_ns[NS_NET], "/run/n");
	CHECK_STR(runtime.bind_ns[NS_PID], "");
	CHECK_STR(runtime.namespace_name, "ns");
	CHECK(runtime_needs_process(&runtime));
}

TEST(an_empty_object_asks_for_nothing)
{
	SCOPED_RUNTIME runtime = { 0 };

	CHECK_INT(runtime_decode(&runtime, "{}", &err), 0);
	CHECK(!runtime_needs_process(&runtime));
}

/* What the builder writes for an entry with every key of kitbuild's own. */
TEST(what_the_builder_asks_of_the_launcher_is_decoded_too)
{
	SCOPED_RUNTIME runtime = { 0 };
	FILE *file = fopen("tests/golden/supervised-runtime.json", "r");
	char text[4096];
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	text[size] = '\0';
	CHECK(strstr(text, "\"kitbuild\""));
	CHECK_INT(runtime_decode(&runtime, text, &err), 0);
	CHECK_STR(runtime.mounts[0].destination,
		  "/containers/services/web/rootfs");
	CHECK_INT(runtime.policy.stop_timeout_ms, 45000);
}

TEST(unknown_keys_are_ignored_but_in_the_launchers_own_object)
{
	SCOPED_RUNTIME runtime = { 0 };

	CHECK_INT(runtime_decode(&runtime, "{\"novel\": 1}", &err), 0);
	runtime_release(&runtime);
	CHECK_INT(runtime_decode(&runtime, "{\"kitbuild\": {\"novel\": 1}}",
				 &err),
		  -1);
	CHECK_STR(err.msg, "kitbuild: 'novel' is unknown here");
}

TEST(a_missing_file_asks_for_nothing)
{
	SCOPED_RUNTIME runtime = { 0 };

	CHECK_INT(runtime_read(&runtime, "/nonexistent", &err), 0);
	CHECK_INT(runtime.mount_count, 0);
}

TEST(wrong_types_are_named)
{
	SCOPED_RUNTIME runtime = { 0 };

	CHECK_INT(runtime_decode(&runtime, "{\"mkdir\": [1]}", &err), -1);
	CHECK_STR(err.msg, "'mkdir[0]' is not a string");
	CHECK_INT(runtime_decode(&runtime,
				 "{\"mounts\": [{\"destination\": \"/a\","
				 "\"options\": \"ro\"}]}",
				 &err),
		  -1);
	CHECK_STR(err.msg, "mounts[0]: 'options' is not a list");
	CHECK_INT(runtime_decode(&runtime, "{\"mounts\": [{}]}", &err), -1);
	CHECK_STR(err.msg, "mounts[0]: no destination");
	CHECK_INT(runtime_decode(&runtime, "[]", &err), -1);
	CHECK_STR(err.msg, "not an object");
}

TEST(broken_json_is_an_error_with_its_line)
{
	SCOPED_RUNTIME runtime = { 0 };

	CHECK_INT(runtime_decode(&runtime, "{\n\"mounts\": [", &err), -1);
	CHECK(strncmp(err.msg, "line 2: ", 8) == 0);
}
