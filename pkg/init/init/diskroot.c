/* SPDX-License-Identifier: Apache-2.0 */
/* From the small initrd to a root on a disk. */
#include "pkg/init/init/diskroot.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/mounts.h"
#include "pkg/init/init/partition.h"
#include "pkg/init/init/rescue.h"
#include "pkg/init/init/root.h"
#include "pkg/init/init/timeline.h"
#include "pkg/init/init/verity.h"

#define CMDLINE_BYTES 4096
#define STAGE "/mnt"
#define NEXT_INIT "/init"

static char cmdline[CMDLINE_BYTES];

struct wanted {
	char uuid[PARTUUID_BYTES];
	char type[16];
	bool verified;
	struct verity verity;
};

static bool read_words(struct wanted *wanted)
{
	char value[VERITY_DIGITS * 2 + 32];
	const char *uuid = value + strlen(PARTITION_WORD);
	size_t length;

	if (!cmdline_value(cmdline, "kit.root", value, sizeof(value)))
		return false;
	length = strlen(value) < strlen(PARTITION_WORD) ? 0 : strlen(uuid);
	if (strncmp(value, PARTITION_WORD, strlen(PARTITION_WORD)) != 0 ||
	    length >= sizeof(wanted->uuid))
		rescue("kit.root=%s is not PARTUUID= and a partition's name",
		       value);
	memcpy(wanted->uuid, uuid, length + 1);
	if (!cmdline_value(cmdline, "kit.rootfs", wanted->type,
			   sizeof(wanted->type)))
		rescue("kit.root= without kit.rootfs=");
	/* Asked for and not understood must not mean unverified. */
	wanted->verified =
		cmdline_value(cmdline, "kit.verity", value, sizeof(value));
	if (wanted->verified ? !verity_parse(&wanted->verity, value)
			     : cmdline_mentions(cmdline, "kit.verity"))
		rescue("kit.verity= is not BLOCKS:HASH:SALT");
	return true;
}

static void load(const char *name)
{
	if (!modules_builtin(name))
		(void)modules_load(name);
}

static void load_modules(const struct wanted *wanted)
{
	modules_open();
	load(wanted->type);
	if (!wanted->verified)
		return;
	load("dm_mod");
	load("dm_verity");
	/* Ciphers of processors that have none fail to load, and need not. */
	(void)modules_load_alias("crypto-sha256");
}

static void mount_root(const struct wanted *wanted)
{
	struct partition partition;
	char node[64];

	partition_wait(wanted->uuid, &partition);
	(void)snprintf(node, sizeof(node), "/dev/%s", partition.name);
	if (wanted->verified && verity_open(&wanted->verity, partition.number,
					    node, sizeof(node)) < 0)
		rescue("verify the root on %s: %m", partition.name);
	if (mount(node, STAGE, wanted->type, MS_RDONLY, NULL) < 0)
		rescue("mount the root on %s: %m", partition.name);
	log_info("root: %s on %s%s", wanted->type, partition.name,
		 wanted->verified ? ", verified" : "");
}

/* What stays in an initramfs is memory that nobody gets back. */
static void remove_below(const char *folder, dev_t device)
{
	char path[PATH_BYTES];
	struct stat st;
	struct dir dir;
	const char *name;

	if (dir_open(&dir, folder) < 0)
		return;
	while ((name = dir_next(&dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (lstat(path, &st) < 0 || st.st_dev != device)
			continue;
		if (S_ISDIR(st.st_mode)) {
			remove_below(path, device);
			(void)rmdir(path);
		} else {
			(void)unlink(path);
		}
	}
	dir_close(&dir);
}

static _Noreturn void move_on(void)
{
	char *const argv[] = { (char[]){ NEXT_INIT }, timeline_kernel_word(),
			       NULL };
	struct stat st;

	/* The new init's mounts begin anew; descriptors keep the old /dev. */
	(void)umount2("/sys", MNT_DETACH);
	(void)umount2("/proc", MNT_DETACH);
	if (mount("/dev", STAGE "/dev", NULL, MS_MOVE, NULL) < 0)
		(void)umount2("/dev", MNT_DETACH);
	if (stat("/", &st) == 0)
		remove_below("", st.st_dev);
	if (chdir(STAGE) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		rescue("enter the root: %m");
	(void)execv(argv[0], argv);
	rescue("start %s of the root: %m", argv[0]);
}

void diskroot_enter(void)
{
	struct wanted wanted = { .type = "" };

	if (!root_on_initramfs())
		return;
	(void)mkdir("/proc", 0755);
	if (mounts_proc() < 0)
		return;
	(void)file_read("/proc/cmdline", cmdline, sizeof(cmdline));
	if (!cmdline_mentions(cmdline, "kit.root")) {
		(void)umount2("/proc", MNT_DETACH);
		return;
	}
	mounts_points();
	if (mounts_dev() < 0 || mounts_sys() < 0)
		rescue("mount /dev and /sys: %m");
	log_open();
	if (!read_words(&wanted))
		rescue("kit.root= has no value");
	load_modules(&wanted);
	mount_root(&wanted);
	move_on();
}
