/* SPDX-License-Identifier: Apache-2.0 */
/* config.json as the launcher itself carries it out, and what it refuses. */
/* links: pkg/init/service/plain.c pkg/init/service/capability.c */
/* links: pkg/init/service/runtime.c pkg/init/service/policy.c */
/* links: pkg/init/service/jsonget.c pkg/init/service/fs.c */
/* links: pkg/init/service/err.c pkg/init/service/mountopt.c -ljansson */

#include <sched.h>
#include <sys/resource.h>

#include "pkg/init/service/capability.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/plain.h"
#include "tests/unit/unit.h"

static struct err err;

TEST(what_the_builder_writes_is_understood)
{
	SCOPED_PLAIN plain = { 0 };
	SCOPED_FREE char *text = NULL;

	CHECK_INT(fs_read("tests/golden/netcfg-config.json", 1 << 20, &text,
			  &err),
		  0);
	CHECK_INT(plain_decode(&plain, text, &err), 0);
	CHECK_STR(plain.args.item[0], "/sbin/netcfg");
	CHECK_STR(plain.env.item[0], "PATH=/sbin:/bin");
	CHECK_INT(plain.caps[CAPS_BOUNDING],
		  1 << capability_number("CAP_NET_ADMIN") |
			  1 << capability_number("CAP_NET_RAW"));
	CHECK_INT(plain.caps[CAPS_AMBIENT], 0);
	CHECK_STR(plain.mounts[0].destination, "/dev");
	CHECK(plain_has_ns(&plain, CLONE_NEWPID));
	CHECK(!plain_has_ns(&plain, CLONE_NEWNET));
	CHECK_INT(plain.umask, -1);
}

TEST(limits_and_users_are_read)
{
	SCOPED_PLAIN plain = { 0 };

	CHECK_INT(plain_decode(
			  &plain,
			  "{\"process\": {\"args\": [\"a\"], \"user\": "
			  "{\"uid\": 7, \"gid\": 8, \"additionalGids\": [9], "
			  "\"umask\": 63}, \"noNewPrivileges\": true, "
			  "\"oomScoreAdj\": -5, \"rlimits\": [{\"type\": "
			  "\"RLIMIT_NOFILE\", \"soft\": 1, \"hard\": 2}]}, "
			  "\"root\": {\"path\": \"rootfs\", \"readonly\": "
			  "true}, \"linux\": {\"namespaces\": [{\"type\": "
			  "\"mount\"}, {\"type\": \"network\", \"path\": "
			  "\"/run/n\"}]}}",
			  &err),
		  0);
	CHECK_INT(plain.uid, 7);
	CHECK_INT(plain.gid, 8);
	CHECK_INT(plain.groups[0], 9);
	CHECK_INT(plain.umask, 077);
	CHECK(plain.no_new_privs && plain.readonly && plain.has_oom_score_adj);
	CHECK_INT(plain.limits[0].resource, RLIMIT_NOFILE);
	CHECK_INT(plain.limits[0].hard, 2);
	CHECK_STR(plain.ns[1].path, "/run/n");
}

#define RUNTIME " needs an OCI runtime, and handler is none"
#define LINUX(text) "{\"process\": {\"args\": [\"a\"]}, \"linux\": {" text "}}"
#define MOUNT(text)                                                            \
	"{\"process\": {\"args\": [\"a\"]}, \"linux\": {\"namespaces\": "      \
	"[{\"type\": \"mount\"}]}, \"mounts\": [{\"destination\": \"/a\", "    \
	"\"source\": \"/b\", " text "}]}"
#define SYSCTL(key)                                                            \
	LINUX("\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"ipc\"}], " \
	      "\"sysctl\": {\"kernel.shmmax\": \"1\", \"" key "\": \"1\"}")
#define OTHERS(key)                                                            \
	"config.json: sysctl " key " is not of a namespace of the container"

struct refusal {
	const char *text;
	const char *wanted;
};

static void refused(const struct refusal *cases, size_t count)
{
	struct plain plain;

	for (size_t i = 0; i < count; i++) {
		CHECK_INT(plain_decode(&plain, cases[i].text, &err), -1);
		CHECK_STR(err.msg, cases[i].wanted);
	}
}

TEST(what_needs_a_runtime_is_refused_by_name)
{
	static const struct refusal cases[] = {
		{ LINUX("\"seccomp\": {\"defaultAction\": \"x\"}"),
		  "config.json: linux.seccomp" RUNTIME },
		{ LINUX("\"devices\": [{}]"),
		  "config.json: linux.devices" RUNTIME },
		{ LINUX("\"uidMappings\": [{}]"),
		  "config.json: linux.uidMappings" RUNTIME },
		{ LINUX("\"namespaces\": [{\"type\": \"user\"}]"),
		  "config.json: a user namespace" RUNTIME },
		{ LINUX("\"namespaces\": []"), "no mount namespace" },
		{ "{\"hooks\": {\"prestart\": [{}]}}",
		  "config.json: hooks" RUNTIME },
		{ "{\"process\": {\"terminal\": true, \"args\": [\"a\"]}}",
		  "config.json: process.terminal" RUNTIME },
		{ "{\"process\": {\"selinuxLabel\": \"x\"}}",
		  "config.json: process.selinuxLabel" RUNTIME },
		{ "{\"process\": {}}", "no process.args" },
		{ "{}", "no process" },
		{ "{\"process\": {\"args\": [\"a\"], \"capabilities\": "
		  "{\"bounding\": [\"CAP_MAGIC\"]}}}",
		  "no capability CAP_MAGIC" },
		{ "{\"process\": {\"args\": [\"a\"], \"rlimits\": [{\"type\": "
		  "\"RLIMIT_X\"}]}}",
		  "no limit RLIMIT_X" },
		{ "{\"hostname\": \"h\", \"process\": {\"args\": [\"a\"]}, "
		  "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}]}}",
		  "a hostname without a uts namespace" },
		{ "[", "config.json: line 1: ']' expected near end of file" },
	};

	refused(cases, ARRAY_LEN(cases));
}

TEST(what_the_kernel_would_ignore_is_refused_by_name)
{
	static const struct refusal cases[] = {
		{ LINUX("\"resources\": {\"devices\": [{\"allow\": false}]}"),
		  "config.json: linux.resources.devices" RUNTIME },
		{ LINUX("\"resources\": {\"hugepageLimits\": [{}]}"),
		  "config.json: linux.resources.hugepageLimits" RUNTIME },
		{ MOUNT("\"type\": \"bind\", \"options\": [\"ro\", \"rro\"]"),
		  "mounts[0]: the option rro of a bind" RUNTIME },
		{ MOUNT("\"options\": [\"rbind\", \"idmap\"]"),
		  "mounts[0]: the option idmap of a bind" RUNTIME },
		{ MOUNT("\"type\": \"tmpfs\", \"options\": [\"remount\"]"),
		  "mounts[0]: a remount" RUNTIME },
		{ MOUNT("\"uidMappings\": [{}]"),
		  "mounts[0]: config.json: mounts.uidMappings" RUNTIME },
		{ SYSCTL("kernel.panic"), OTHERS("kernel.panic") },
		{ SYSCTL("net.ipv4.ip_forward"),
		  OTHERS("net.ipv4.ip_forward") },
		{ SYSCTL("kernel/core_pattern"),
		  OTHERS("kernel/core_pattern") },
		{ SYSCTL("kernel.shmmax_x"), OTHERS("kernel.shmmax_x") },
		{ SYSCTL("kernel.hostname"), OTHERS("kernel.hostname") },
		{ "{\"process\": {\"args\": [\"a\"], \"noNewPrivileges\": "
		  "\"yes\"}}",
		  "'noNewPrivileges' is neither true nor false" },
		{ "{\"process\": {\"args\": [\"a\"]}, \"linux\": "
		  "{\"namespaces\": [{\"type\": \"mount\"}]}, \"root\": "
		  "{\"readonly\": 1}}",
		  "'readonly' is neither true nor false" },
	};

	refused(cases, ARRAY_LEN(cases));
}

TEST(what_says_nothing_is_no_reason_to_refuse)
{
	SCOPED_PLAIN plain = { 0 };

	CHECK_INT(plain_decode(&plain,
			       LINUX("\"seccomp\": null, \"devices\": [], "
				     "\"intelRdt\": {}, \"mountLabel\": \"\", "
				     "\"namespaces\": [{\"type\": \"mount\"}]"),
			       &err),
		  0);
}

TEST(settings_of_its_own_namespaces_are_its_own)
{
	SCOPED_PLAIN plain = { 0 };

	CHECK_INT(plain_decode(&plain,
			       LINUX("\"namespaces\": [{\"type\": \"mount\"}, "
				     "{\"type\": \"ipc\"}, {\"type\": "
				     "\"network\"}, {\"type\": \"uts\"}], "
				     "\"sysctl\": {\"net/core/somaxconn\": "
				     "\"1\", \"fs.mqueue.msg_max\": \"1\", "
				     "\"kernel.sem\": \"1\", "
				     "\"kernel.domainname\": \"d\"}"),
			       &err),
		  0);
}

TEST(capabilities_have_the_kernels_numbers)
{
	CHECK_INT(capability_number("CAP_CHOWN"), 0);
	CHECK_INT(capability_number("CAP_SYS_ADMIN"), 21);
	CHECK_INT(capability_number("CAP_CHECKPOINT_RESTORE"), 40);
	CHECK_INT(capability_number("SYS_ADMIN"), -1);
	CHECK_INT(capability_number("CAP_"), -1);
}
