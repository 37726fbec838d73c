/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the initramfs. */
#include "pkg/init/init/root.h"

#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* linux/magic.h */
#define RAMFS_TYPE 0x858458f6u
#define TMPFS_TYPE 0x01021994u

#define STAGE "/mnt"

/* So little is left where a file did not fit any more. */
#define LEFT_BYTES (256 << 10)
#define LOG_BYTES (256 << 10)
#define LOG_READ_ALL 3 /* syslog(2) */
#define FAILURE "Initramfs unpacking failed"

bool root_on_initramfs(void)
{
	struct statfs fs;

	if (statfs("/", &fs) < 0)
		return false;
	unsigned type = (unsigned)fs.f_type;

	return type == RAMFS_TYPE || type == TMPFS_TYPE;
}

static bool kernel_says(const char *words)
{
	static char text[LOG_BYTES];
	int len = klogctl(LOG_READ_ALL, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return strstr(text, words);
}

bool root_is_cut_off(unsigned long long *room_bytes)
{
	struct statfs fs;

	if (statfs("/", &fs) < 0 || (unsigned)fs.f_type != TMPFS_TYPE)
		return false;
	unsigned long long block = (unsigned long long)fs.f_bsize;

	*room_bytes = fs.f_blocks * block;
	if (fs.f_blocks == 0)
		return false;
	/* Of files without room for their names the kernel says nothing. */
	if (fs.f_files > 0 && fs.f_ffree == 0)
		return true;
	/* The log is read only if it is likely: that takes a millisecond. */
	return fs.f_bavail * block < LEFT_BYTES && kernel_says(FAILURE);
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
