/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that the kernel command line does not want. */
/* clang-format off */
/* links: pkg/init/init/blacklist.c pkg/init/init/cmdline.c pkg/init/init/modindex.c */
/* clang-format on */

#include "pkg/init/init/blacklist.h"
#include "tests/unit/unit.h"

TEST(names_stand_between_commas)
{
	const char *line = "quiet modprobe.blacklist=one,two-b,three";

	CHECK(blacklist_has(line, "one"));
	CHECK(blacklist_has(line, "two_b"));
	CHECK(blacklist_has(line, "three"));
	CHECK(!blacklist_has(line, "two"));
	CHECK(!blacklist_has(line, "thre"));
	CHECK(!blacklist_has(line, "threes"));
	CHECK(!blacklist_has(line, "quiet"));
}

TEST(every_word_counts)
{
	const char *line =
		"modprobe.blacklist=a modprobe.blacklist=\"b,c\" modprobe.blacklist= modprobe.blacklist modprobe.blacklists=d x.modprobe.blacklist=e";

	CHECK(blacklist_has(line, "a"));
	CHECK(blacklist_has(line, "b"));
	CHECK(blacklist_has(line, "c"));
	CHECK(!blacklist_has(line, "d"));
	CHECK(!blacklist_has(line, "e"));
	CHECK(!blacklist_has("", "a"));
}

TEST(a_list_may_be_as_long_as_the_line)
{
	char line[4000] = "modprobe.blacklist=";

	for (size_t len = strlen(line); len < 3900; len += 8)
		memcpy(line + len, "module1,", 9);
	strcat(line, "last");
	CHECK(blacklist_has(line, "module1"));
	CHECK(blacklist_has(line, "last"));
	CHECK(!blacklist_has(line, "module2"));
}
