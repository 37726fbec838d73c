/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of sysctl files. */
/* links: pkg/sysctl/line.c */

#include "pkg/sysctl/line.h"
#include "tests/unit/unit.h"

TEST(a_setting_has_key_and_value)
{
	char text[] = "  net.core.somaxconn = 1 2 \n";
	struct line line;

	CHECK_INT(line_parse(text, &line), LINE_SETTING);
	CHECK_STR(line.key, "net.core.somaxconn");
	CHECK_STR(line.value, "1 2");
	CHECK(!line.optional);
}

TEST(a_dash_makes_a_setting_optional)
{
	char text[] = "-a.b=1";
	struct line line;

	CHECK_INT(line_parse(text, &line), LINE_SETTING);
	CHECK_STR(line.key, "a.b");
	CHECK(line.optional);
}

TEST(comments_are_empty_and_the_rest_is_bad)
{
	char comment[] = " # a = b", other[] = ";x", blank[] = " \n";
	char word[] = "word", no_value[] = "a =", no_key[] = "= 1";
	struct line line;

	CHECK_INT(line_parse(comment, &line), LINE_EMPTY);
	CHECK_INT(line_parse(other, &line), LINE_EMPTY);
	CHECK_INT(line_parse(blank, &line), LINE_EMPTY);
	CHECK_INT(line_parse(word, &line), LINE_BAD);
	CHECK_INT(line_parse(no_value, &line), LINE_BAD);
	CHECK_INT(line_parse(no_key, &line), LINE_BAD);
}

TEST(the_first_separator_decides)
{
	char path[64];

	CHECK(line_path("net.ipv4.ip_forward", path, sizeof(path)));
	CHECK_STR(path, "net/ipv4/ip_forward");
	CHECK(line_path("net/ipv4/conf/eth0.5/rp_filter", path, sizeof(path)));
	CHECK_STR(path, "net/ipv4/conf/eth0.5/rp_filter");
	CHECK(line_path("net.ipv4.conf.eth0/5.rp_filter", path, sizeof(path)));
	CHECK_STR(path, "net/ipv4/conf/eth0.5/rp_filter");
}

TEST(a_key_cannot_leave_the_tree)
{
	char path[16];

	CHECK(!line_path("../x", path, sizeof(path)));
	CHECK(!line_path("a/../b", path, sizeof(path)));
	CHECK(!line_path("/a", path, sizeof(path)));
	CHECK(!line_path("a..b", path, sizeof(path)));
	CHECK(!line_path("a.", path, sizeof(path)));
	CHECK(!line_path("", path, sizeof(path)));
	CHECK(!line_path("a.b.c.d.e.f.g.h.i", path, sizeof(path)));
}
