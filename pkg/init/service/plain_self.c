/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does to itself before it becomes a container's command. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/plain.h"

static int set_limits(const struct plain *plain, struct err *err)
{
	for (size_t i = 0; i < plain->limit_count; i++) {
		const struct rlimit limit = {
			.rlim_cur = plain->limits[i].soft,
			.rlim_max = plain->limits[i].hard,
		};

		if (setrlimit((__rlimit_resource_t)plain->limits[i].resource,
			      &limit) < 0)
			return err_sys(err, "limit %d",
				       plain->limits[i].resource);
	}
	return 0;
}

static int drop_bounding(uint64_t keep, struct err *err)
{
	/* The kernel says where its list ends. */
	for (int i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (!(keep >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return err_sys(err, "drop capability %d", i);
	return 0;
}

static int set_caps(const uint64_t caps[CAPS_COUNT], struct err *err)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(caps[CAPS_EFFECTIVE] >> 32 * i);
		data[i].permitted = (uint32_t)(caps[CAPS_PERMITTED] >> 32 * i);
		data[i].inheritable =
			(uint32_t)(caps[CAPS_INHERITABLE] >> 32 * i);
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return err_sys(err, "set capabilities");
	for (int i = 0; i < 64; i++)
		if (caps[CAPS_AMBIENT] >> i & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return err_sys(err, "ambient capability %d", i);
	return 0;
}

static int set_user(const struct plain *plain, struct err *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    setgroups(plain->group_count, plain->groups) < 0 ||
	    setresgid(plain->gid, plain->gid, plain->gid) < 0 ||
	    setresuid(plain->uid, plain->uid, plain->uid) < 0)
		return err_sys(err, "become user %u", plain->uid);
	return 0;
}

int plain_become(const struct plain *plain, struct err *err)
{
	(void)umask(plain->umask < 0 ? 022 : (mode_t)plain->umask);
	if (set_limits(plain, err) < 0 ||
	    drop_bounding(plain->caps[CAPS_BOUNDING], err) < 0 ||
	    set_user(plain, err) < 0 || set_caps(plain->caps, err) < 0)
		return -1;
	if (plain->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "no new privileges");
	if (chdir(plain->cwd[0] ? plain->cwd : "/") < 0)
		return err_sys(err, "change to %s", plain->cwd);
	return 0;
}

/* execvpe looks into our PATH, not into the container's. */
int plain_exec(const struct plain *plain, const char *const *argv,
	       struct err *err)
{
	(void)clearenv();
	for (size_t i = 0; i < plain->env.count; i++)
		(void)putenv((char *)(uintptr_t)plain->env.item[i]);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	return err_sys(err, "%s", argv[0]);
}
