/* SPDX-License-Identifier: Apache-2.0 */
/* What a config.json wants of the kernel's security modules. */
/* links: pkg/init/service/label.c pkg/init/service/spec.c */
/* links: pkg/init/service/jsonspan.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c -ljansson */

#include "pkg/init/service/label.h"
#include "tests/unit/unit.h"

#define ALL "lockdown,capability,yama,apparmor,selinux"
#define LABEL "system_u:system_r:container_t:s0:c1,c2"
#define CURE                                                                   \
	" (a kernel that has SELinux starts it with security=selinux selinux=1)"

static const struct {
	const char *config;
	const char *modules;
	const char *profiles;
	const char *message; /* NULL: it is fine */
} rows[] = {
	{ "{\"process\": {}, \"linux\": {}}", "capability", NULL, NULL },
	{ "{\"process\": {\"apparmorProfile\": \"\"}}", "", NULL, NULL },
	{ "{\"process\": {\"apparmorProfile\": \"unconfined\"}}", "", NULL,
	  NULL },
	{ "{\"process\": {\"selinuxLabel\": \"" LABEL "\"}}", ALL, NULL, NULL },
	{ "{\"process\": {\"selinuxLabel\": \"" LABEL "\"}}",
	  "capability,apparmor", NULL,
	  "selinuxLabel " LABEL ": this kernel runs without it" CURE },
	{ "{\"linux\": {\"mountLabel\": \"a:b:c\"}, \"process\": {}}", "", NULL,
	  "mountLabel a:b:c: this kernel runs without it" CURE },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", "capability,yama",
	  NULL,
	  "apparmorProfile web: this kernel runs without it (a kernel that has AppArmor starts it with apparmor=1 security=apparmor)" },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL,
	  "webmail (enforce)\nweb (complain)\n", NULL },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL, NULL, NULL },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL,
	  "webmail (enforce)\nmy web (enforce)\n",
	  "apparmorProfile web: not loaded (init loads the files of /etc/apparmor/earlypolicy)" },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL, "",
	  "apparmorProfile web: not loaded (init loads the files of /etc/apparmor/earlypolicy)" },
};

TEST(what_the_kernel_cannot_do_is_said_and_what_it_can_is_not)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { "" };
		int done = label_check(rows[i].config, rows[i].modules,
				       rows[i].profiles, &err);

		CHECK_INT(done, rows[i].message ? -1 : 0);
		CHECK_STR(err.msg, rows[i].message ? rows[i].message : "");
	}
}
