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
#define NO_POLICY                                                              \
	": no policy is loaded (init loads the one that /etc/selinux/config names)"

static const struct {
	const char *config;
	const char *modules;
	const char *profiles;
	const char *context;
	const char *message; /* NULL: it is fine */
} rows[] = {
	{ "{\"process\": {}, \"linux\": {}}", "capability", NULL, NULL, NULL },
	{ "{\"process\": {\"apparmorProfile\": \"\"}}", "", NULL, NULL, NULL },
	{ "{\"process\": {\"apparmorProfile\": \"unconfined\"}}", "", NULL,
	  NULL, NULL },
	{ "{\"process\": {\"selinuxLabel\": \"" LABEL "\"}}", ALL, NULL, NULL,
	  NULL },
	{ "{\"process\": {\"selinuxLabel\": \"" LABEL "\"}}",
	  "capability,apparmor", NULL, NULL,
	  "selinuxLabel " LABEL ": this kernel runs without it" CURE },
	{ "{\"linux\": {\"mountLabel\": \"a:b:c\"}, \"process\": {}}", "", NULL,
	  NULL, "mountLabel a:b:c: this kernel runs without it" CURE },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", "capability,yama",
	  NULL, NULL,
	  "apparmorProfile web: this kernel runs without it (a kernel that has AppArmor starts it with apparmor=1 security=apparmor)" },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL,
	  "webmail (enforce)\nweb (complain)\n", NULL, NULL },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL, NULL, NULL,
	  NULL },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL,
	  "webmail (enforce)\nmy web (enforce)\n", NULL,
	  "apparmorProfile web: not loaded (init loads the files of /etc/apparmor/earlypolicy)" },
	{ "{\"process\": {\"apparmorProfile\": \"web\"}}", ALL, "", NULL,
	  "apparmorProfile web: not loaded (init loads the files of /etc/apparmor/earlypolicy)" },
	{ "{\"process\": {\"selinuxLabel\": \"" LABEL "\"}}", ALL, NULL,
	  "system_u:system_r:kernel_t:s0", NULL },
	{ "{\"process\": {\"selinuxLabel\": \"" LABEL "\"}}", ALL, NULL,
	  "kernel", "selinuxLabel " LABEL NO_POLICY },
	{ "{\"linux\": {\"mountLabel\": \"a:b:c\"}, \"process\": {}}", ALL,
	  NULL, "kernel", "mountLabel a:b:c" NO_POLICY },
	{ "{\"process\": {}, \"linux\": {}}", ALL, NULL, "kernel", NULL },
};

TEST(what_the_kernel_cannot_do_is_said_and_what_it_can_is_not)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { "" };
		struct label_kernel kernel = { rows[i].modules,
					       rows[i].profiles,
					       rows[i].context };
		int done = label_check(rows[i].config, &kernel, &err);

		CHECK_INT(done, rows[i].message ? -1 : 0);
		CHECK_STR(err.msg, rows[i].message ? rows[i].message : "");
	}
}
