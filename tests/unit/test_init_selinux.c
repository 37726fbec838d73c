/* SPDX-License-Identifier: Apache-2.0 */
/* What process 1 takes from /etc/selinux. */
/* links: pkg/init/init/selinuxconf.c pkg/init/init/setting.c */

#include <string.h>

#include "pkg/init/init/selinuxconf.h"
#include "tests/unit/unit.h"

#define LONG "a123456789b123456789c123456789d123456789e123456789f123456789g12"

static const struct {
	const char *text;
	enum selinux_mode mode;
	const char *type;
	const char *bad; /* NULL: it is fine */
} rows[] = {
	{ "", SELINUX_ENFORCING, "targeted", NULL },
	{ "# c\nSELINUX=enforcing\nSELINUXTYPE=small\n", SELINUX_ENFORCING,
	  "small", NULL },
	{ " SELINUX = Permissive \r\n", SELINUX_PERMISSIVE, "targeted", NULL },
	{ "SELINUX=disabled", SELINUX_DISABLED, "targeted", NULL },
	{ "SELINUX=disabled\nSELINUX=permissive", SELINUX_PERMISSIVE,
	  "targeted", NULL },
	{ "SETLOCALDEFS=0\nno setting\nSELINUXTYPE=mls", SELINUX_ENFORCING,
	  "mls", NULL },
	{ "SELINUXTYPE=" LONG, SELINUX_ENFORCING, LONG, NULL },
	{ "SELINUXTYPE=" LONG "3", SELINUX_ENFORCING, "targeted", LONG "3" },
	{ "SELINUX=on\nSELINUXTYPE=mls", SELINUX_ENFORCING, "targeted", "on" },
	{ "SELINUXTYPE=../evil", SELINUX_ENFORCING, "targeted", "../evil" },
	{ "SELINUXTYPE=a/b", SELINUX_ENFORCING, "targeted", "a/b" },
	{ "SELINUXTYPE=..", SELINUX_ENFORCING, "targeted", ".." },
};

TEST(the_file_says_mode_and_type_and_nothing_leaves_its_folder)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct selinux_config config;
		char text[256];

		(void)snprintf(text, sizeof(text), "%s", rows[i].text);
		const char *bad = selinux_config_read(text, &config);

		CHECK_STR(bad ? bad : "", rows[i].bad ? rows[i].bad : "");
		CHECK_INT(config.mode, rows[i].mode);
		CHECK_STR(config.type, rows[i].type);
	}
}

TEST(only_a_whole_number_is_a_version)
{
	CHECK_INT(selinux_policy_version("policy.33"), 33);
	CHECK_INT(selinux_policy_version("policy.9999"), 9999);
	CHECK_INT(selinux_policy_version("policy.10000"), 0);
	CHECK_INT(selinux_policy_version("policy."), 0);
	CHECK_INT(selinux_policy_version("policy.33.bak"), 0);
	CHECK_INT(selinux_policy_version("policy.-1"), 0);
	CHECK_INT(selinux_policy_version("policy"), 0);
	CHECK_INT(selinux_policy_version("kolicy.33"), 0);
}
