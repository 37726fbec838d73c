/* SPDX-License-Identifier: Apache-2.0 */
/* runtime-config.toml. */
/* links: pkg/init/service/lineconf.c */

#include "pkg/init/service/lineconf.h"
#include "tests/unit/unit.h"

TEST(values_are_taken_by_key)
{
	static const char text[] =
		"# comment\ncliopts = \"--log-level debug\"\n"
		"  stdout='/var/log/c.log' # x\nn = 3\n";
	char value[32];

	CHECK(lineconf_get(text, "cliopts", value, sizeof(value)));
	CHECK_STR(value, "--log-level debug");
	CHECK(lineconf_get(text, "stdout", value, sizeof(value)));
	CHECK_STR(value, "/var/log/c.log");
	CHECK(!lineconf_get(text, "n", value, sizeof(value)));
	CHECK(!lineconf_get(text, "opts", value, sizeof(value)));
	CHECK(!lineconf_get("", "opts", value, sizeof(value)));
}

TEST(an_open_or_long_value_is_refused)
{
	char value[4];

	CHECK(!lineconf_get("a = \"x\nb", "a", value, sizeof(value)));
	CHECK(!lineconf_get("a = \"12345\"", "a", value, sizeof(value)));
}

TEST(words_are_split_at_blanks)
{
	char text[] = "  a  b\tc ";
	const char *words[2];

	CHECK_INT(lineconf_split(text, words, 2), 2);
	CHECK_STR(words[1], "b");
}
