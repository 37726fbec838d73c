/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of sysctl.d, as process 1 reads them. */
/* links: pkg/init/init/setting.c */

#include <stdbool.h>

#include "pkg/init/init/setting.h"
#include "tests/unit/unit.h"

static const struct {
	const char *line;
	const char *path; /* NULL: no setting */
	const char *value;
	bool optional;
} rows[] = {
	{ "net.core.somaxconn=1", "net/core/somaxconn", "1", false },
	{ "  kernel.printk =\t4 4 1 7 \r", "kernel/printk", "4 4 1 7", false },
	{ "-net/ipv4/ip_forward = 1", "net/ipv4/ip_forward", "1", true },
	{ "- a.b = c=d", "a/b", "c=d", true },
	{ "net.ipv4.conf.eth0/1.rp_filter=2", "net/ipv4/conf/eth0.1/rp_filter",
	  "2", false },
	{ "net/ipv4/conf/eth0.1/rp_filter=2", "net/ipv4/conf/eth0.1/rp_filter",
	  "2", false },
	{ "plain=1", "plain", "1", false },
	{ "no equals sign", NULL, "no equals sign", false },
	{ "a.b =", NULL, "", false },
	{ "= 1", NULL, "1", false },
	{ "../x = 1", NULL, "1", false },
	{ "a/../b = 1", NULL, "1", false },
	{ "a/./b = 1", NULL, "1", false },
	{ "a.//.b = 1", NULL, "1", false },
	{ "/a = 1", NULL, "1", false },
	{ "a..b = 1", NULL, "1", false },
	{ "a. = 1", NULL, "1", false },
};

TEST(a_line_is_a_path_below_the_kernels_settings_and_a_value)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		char *rest = text;
		struct setting setting;

		(void)snprintf(text, sizeof(text), "%s", rows[i].line);
		CHECK(setting_next(&rest, &setting));
		if (rows[i].path)
			CHECK_STR(setting.path, rows[i].path);
		else
			CHECK(!setting.path);
		CHECK_STR(setting.value, rows[i].value);
		if (rows[i].path)
			CHECK_INT(setting.optional, rows[i].optional);
		CHECK(!setting_next(&rest, &setting));
	}
}

TEST(empty_lines_and_comments_are_passed_over)
{
	char text[] = "\n# a = 1\n;b = 2\n \t\n c.d = 3\n\n-e = 4";
	char *rest = text;
	struct setting setting;

	CHECK(setting_next(&rest, &setting));
	CHECK_STR(setting.path, "c/d");
	CHECK(setting_next(&rest, &setting));
	CHECK_STR(setting.path, "e");
	CHECK(setting.optional);
	CHECK(!setting_next(&rest, &setting));
}
