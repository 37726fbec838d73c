/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the initramfs. */
#include "pkg/init/init/root.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* linux/magic.h */
#define RAMFS_TYPE 0x858458f6u
#define TMPFS_TYPE 0x01021994u

#define STAGE "/mnt"

bool root_on_initramfs(void)
{
	struct statfs fs;

	if (statfs("/", &fs) < 0)
		return false;
	unsigned type = (unsigned)fs.f_type;

	return type == RAMFS_TYPE || type == TMPFS_TYPE;
}

int root_leave_initramfs(bool *moved)
{
	*moved = false;
	if (!root_on_initramfs())
		return 0;
	(void)mkdir(STAGE, 0755);
	if (mount("/", STAGE, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    chdir(STAGE) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		return -1;
	*moved = true;
	return 0;
}

int root_set_readonly(bool moved)
{
	/*
	 * The moved root shares its superblock with the kernel's own root
	 * mount; only the mount itself can be made read-only.
	 */
	unsigned long flags = MS_REMOUNT | MS_RDONLY | (moved ? MS_BIND : 0);

	return mount(NULL, "/", NULL, flags, NULL);
}
