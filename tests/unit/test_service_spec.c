/* SPDX-License-Identifier: Apache-2.0 */
/* config.json for containerd. */
/* links: pkg/init/service/spec.c pkg/init/service/jsonspan.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include "pkg/init/service/jsonspan.h"
#include "pkg/init/service/spec.h"
#include "tests/unit/unit.h"

static struct err err;

static void check(const char *json, const char *wanted)
{
	char *out;

	CHECK_INT(spec_set_root(json, "/b/rootfs", &out, &err), 0);
	CHECK_STR(out, wanted);
	free(out);
}

TEST(only_the_path_of_the_root_changes)
{
	check("{\"a\": {\"path\": \"x\"}, \"root\": { \"readonly\": true, "
	      "\"path\" : \"rootfs\" }, \"n\": 18446744073709551615}",
	      "{\"a\": {\"path\": \"x\"}, \"root\": { \"readonly\": true, "
	      "\"path\" : \"/b/rootfs\" }, \"n\": 18446744073709551615}");
}

TEST(brackets_and_quotes_in_strings_do_not_count)
{
	check("{\"a\":\"}\\\"]\",\"b\":[\"{\"],\"root\":{\"path\":\"\"}}",
	      "{\"a\":\"}\\\"]\",\"b\":[\"{\"],\"root\":{\"path\":"
	      "\"/b/rootfs\"}}");
}

TEST(a_spec_without_a_root_is_refused)
{
	char *out;

	CHECK_INT(spec_set_root("{\"root\": {}}", "/b", &out, &err), -1);
	CHECK_STR(err.msg, "no root.path");
	CHECK_INT(spec_set_root("{", "/b", &out, &err), -1);
	CHECK_INT(spec_set_root("", "/b", &out, &err), -1);
	CHECK_INT(spec_set_root("{\"root\": {\"path\": \"x", "/b", &out, &err),
		  -1);
	CHECK_INT(spec_set_root("{\"root\": {\"path\": \"x\"}}", "/\"", &out,
				&err),
		  -1);
}

TEST(a_member_is_found_by_its_whole_key)
{
	struct json_span span;

	CHECK(!json_find("{\"roots\": 1, \"roo\": 2}", 0, "root", &span));
	CHECK(json_find(" {\"a\": 1, \"root\": [2, 3] }", 0, "root", &span));
	CHECK_INT(span.end - span.start, 6);
}

TEST(a_late_version_is_replaced_for_old_runtimes)
{
	char *out;

	CHECK_INT(spec_set_version("{\"ociVersion\": \"1.2.1\"}", &out, &err),
		  0);
	CHECK_STR(out, "{\"ociVersion\": \"1.0.2\"}");
	free(out);
	CHECK_INT(spec_set_version("{\"ociVersion\": \"1.0.0\"}", &out, &err),
		  0);
	CHECK(out == NULL);
	CHECK_INT(spec_set_version("{}", &out, &err), -1);
}

TEST(a_process_for_exec_has_another_command_and_the_terminal_asked_for)
{
	static const char *const argv[] = { "/bin/a \"b\"", "c", NULL };
	static const struct {
		const char *config;
		bool terminal;
		const char *process;
	} rows[] = {
		{ "{\"root\": {}, \"process\": {\"terminal\": true, "
		  "\"args\": [\"x\"], \"cwd\": \"/\"}}",
		  false,
		  "{\"terminal\": false, \"args\": [\"/bin/a \\\"b\\\"\","
		  "\"c\"], \"cwd\": \"/\"}" },
		{ "{\"process\": {\"args\": [], \"terminal\": false}}", true,
		  "{\"args\": [\"/bin/a \\\"b\\\"\",\"c\"], "
		  "\"terminal\": true}" },
		{ "{\"process\": {\"args\": []}}", true,
		  "{\"terminal\":true,\"args\": [\"/bin/a \\\"b\\\"\","
		  "\"c\"]}" },
		{ "{\"process\": {\"args\": []}}", false,
		  "{\"args\": [\"/bin/a \\\"b\\\"\",\"c\"]}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *out;

		CHECK_INT(spec_process(rows[i].config, argv, rows[i].terminal,
				       &out, &err),
			  0);
		CHECK_STR(out, rows[i].process);
		free(out);
	}
}

TEST(no_word_of_a_command_is_left_out)
{
	static const char *const argv[] = { "rm", "-r", "a\xff", NULL };
	char *out;

	CHECK_INT(spec_process("{\"process\": {\"args\": []}}", argv, false,
			       &out, &err),
		  -1);
	CHECK(!out);
	CHECK_STR(err.msg, "a word of the command is not UTF-8, and runtimes "
			   "take no other");
}
