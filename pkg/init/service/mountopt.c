/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options by name, as in fstab and runtime.json. Pure. */
#include "pkg/init/service/mountopt.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "pkg/init/service/base.h"

/* mount(2); older C libraries lack the names. */
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1UL << 25)
#endif

enum kind {
	KIND_SET,
	KIND_CLEAR,
	KIND_BIND,
	KIND_PROPAGATION,
	KIND_REMOUNT,
	KIND_NOTHING,
};

/* clang-format off */
static const struct {
	const char *name;
	enum kind kind;
	unsigned long flags;
} options[] = {
	{ "async", KIND_CLEAR, MS_SYNCHRONOUS },
	{ "atime", KIND_CLEAR, MS_NOATIME },
	{ "bind", KIND_BIND, MS_BIND },
	{ "defaults", KIND_NOTHING, 0 },
	{ "dev", KIND_CLEAR, MS_NODEV },
	{ "diratime", KIND_CLEAR, MS_NODIRATIME },
	{ "dirsync", KIND_SET, MS_DIRSYNC },
	{ "exec", KIND_CLEAR, MS_NOEXEC },
	{ "iversion", KIND_SET, MS_I_VERSION },
	{ "lazytime", KIND_SET, MS_LAZYTIME },
	{ "loud", KIND_CLEAR, MS_SILENT },
	{ "mand", KIND_SET, MS_MANDLOCK },
	{ "noatime", KIND_SET, MS_NOATIME },
	{ "nodev", KIND_SET, MS_NODEV },
	{ "nodiratime", KIND_SET, MS_NODIRATIME },
	{ "noexec", KIND_SET, MS_NOEXEC },
	{ "noiversion", KIND_CLEAR, MS_I_VERSION },
	{ "nolazytime", KIND_CLEAR, MS_LAZYTIME },
	{ "nomand", KIND_CLEAR, MS_MANDLOCK },
	{ "norelatime", KIND_CLEAR, MS_RELATIME },
	{ "nostrictatime", KIND_CLEAR, MS_STRICTATIME },
	{ "nosuid", KIND_SET, MS_NOSUID },
	{ "private", KIND_PROPAGATION, MS_PRIVATE },
	{ "rbind", KIND_BIND, MS_BIND | MS_REC },
	{ "relatime", KIND_SET, MS_RELATIME },
	{ "remount", KIND_REMOUNT, 0 },
	{ "ro", KIND_SET, MS_RDONLY },
	{ "rprivate", KIND_PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rshared", KIND_PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave", KIND_PROPAGATION, MS_SLAVE | MS_REC },
	{ "runbindable", KIND_PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw", KIND_CLEAR, MS_RDONLY },
	{ "shared", KIND_PROPAGATION, MS_SHARED },
	{ "silent", KIND_SET, MS_SILENT },
	{ "slave", KIND_PROPAGATION, MS_SLAVE },
	{ "strictatime", KIND_SET, MS_STRICTATIME },
	{ "suid", KIND_CLEAR, MS_NOSUID },
	{ "sync", KIND_SET, MS_SYNCHRONOUS },
	{ "unbindable", KIND_PROPAGATION, MS_UNBINDABLE },
};
/* clang-format on */

void mount_plan_init(struct mount_plan *plan)
{
	*plan = (struct mount_plan){ 0 };
}

static void apply(struct mount_plan *plan, enum kind kind, unsigned long flags)
{
	switch (kind) {
	case KIND_SET:
		plan->flags |= flags;
		break;
	case KIND_CLEAR:
		plan->flags &= ~flags;
		break;
	case KIND_BIND:
		plan->bind |= flags;
		break;
	case KIND_PROPAGATION:
		plan->propagation = flags;
		break;
	case KIND_REMOUNT:
		plan->remount = true;
		break;
	case KIND_NOTHING:
		break;
	}
}

static bool add_data(struct mount_plan *plan, const char *option)
{
	size_t used = strlen(plan->data);
	int len = snprintf(plan->data + used, sizeof(plan->data) - used, "%s%s",
			   used ? "," : "", option);

	return (size_t)len < sizeof(plan->data) - used;
}

bool mount_plan_add(struct mount_plan *plan, const char *option)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(option, options[i].name) == 0) {
			apply(plan, options[i].kind, options[i].flags);
			return true;
		}
	return add_data(plan, option);
}
