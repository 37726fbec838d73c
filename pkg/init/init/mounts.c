/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted before anything else runs. */
#include "pkg/init/init/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/rescue.h"

#define MODPROBE "/proc/sys/kernel/modprobe"
#define SAFE (MS_NODEV | MS_NOSUID | MS_NOEXEC)

struct early_mount {
	const char *what;
	const char *where;
	const char *type;
	unsigned long flags;
	const char *data;
	const char *size_key; /* kernel word that sets size=, or NULL */
	const char *size;
	const char *module; /* to be loaded if there is the place; or NULL */
	bool required;
	bool make; /* the folder is not in the image */
};

static const struct early_mount dev_mount = {
	.what = "dev",
	.where = "/dev",
	.type = "devtmpfs",
	.flags = MS_NOSUID | MS_NOEXEC | MS_RELATIME,
	.data = "mode=755",
	.size = "10m",
};

static const struct early_mount proc_mount = {
	.what = "proc",
	.where = "/proc",
	.type = "proc",
	.flags = SAFE | MS_RELATIME,
};

static const struct early_mount sys_mount = {
	.what = "sysfs",
	.where = "/sys",
	.type = "sysfs",
	.flags = SAFE,
};

/* clang-format off */
static const struct early_mount early_mounts[] = {
	{ "tmpfs", "/run", "tmpfs", SAFE | MS_RELATIME, "mode=755",
	  "kit.run_size", "20%", .required = true },
	{ "tmpfs", "/tmp", "tmpfs", SAFE | MS_RELATIME, "mode=1777",
	  "kit.tmp_size", "25%", .required = true },
	{ "tmpfs", "/var", "tmpfs", MS_NODEV | MS_NOSUID | MS_RELATIME,
	  "mode=755", "kit.var_size", "50%", .required = true },
	{ "mqueue", "/dev/mqueue", "mqueue", SAFE, .make = true },
	{ "shm", "/dev/shm", "tmpfs", SAFE, "mode=1777", .make = true },
	{ "devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	  "gid=5,mode=0620,ptmxmode=0666", .required = true, .make = true },
	{ "sysfs", "/sys", "sysfs", SAFE, .required = true },
	{ "securityfs", "/sys/kernel/security", "securityfs",
	  .flags = SAFE },
	{ "debugfs", "/sys/kernel/debug", "debugfs", .flags = SAFE },
	{ "tracefs", "/sys/kernel/tracing", "tracefs", .flags = SAFE },
	{ "configfs", "/sys/kernel/config", "configfs", .flags = SAFE },
	{ "fusectl", "/sys/fs/fuse/connections", "fusectl",
	  .flags = SAFE },
	{ "selinuxfs", "/sys/fs/selinux", "selinuxfs",
	  .flags = MS_NOSUID | MS_NOEXEC },
	{ "pstore", "/sys/fs/pstore", "pstore", .flags = SAFE },
	{ "bpffs", "/sys/fs/bpf", "bpf", MS_NODEV, .data = "mode=700" },
	{ "efivarfs", "/sys/firmware/efi/efivars", "efivarfs",
	  .flags = SAFE, .module = "efivarfs" },
	{ "binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc",
	  .flags = SAFE, .module = "binfmt_misc" },
};

static const struct { const char *path; mode_t mode; } folders[] = {
	{ "/var/cache", 0755 }, { "/var/empty", 0555 }, { "/var/lib", 0755 },
	{ "/var/local", 0755 }, { "/var/lock", 0755 }, { "/var/log", 0755 },
	{ "/var/opt", 0755 }, { "/var/spool", 0755 }, { "/var/tmp", 01777 },
	{ "/dev/shm", 01777 }, { "/dev/mqueue", 01777 },
};

static const struct {
	const char *path;
	mode_t mode;
	unsigned char major, minor;
} nodes[] = {
	{ "/dev/console", 0600, 5, 1 }, { "/dev/tty1", 0620, 4, 1 },
	{ "/dev/tty", 0666, 5, 0 }, { "/dev/null", 0666, 1, 3 },
	{ "/dev/kmsg", 0660, 1, 11 },
};

static const struct { const char *target, *path; } links[] = {
	{ "/run", "/var/run" },
	{ "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" }, { "/proc/kcore", "/dev/kcore" },
};
/* clang-format on */

static void mount_data(const struct early_mount *m, const char *cmdline,
		       char *data, size_t size)
{
	char value[32];

	(void)snprintf(data, size, "%s", m->data ? m->data : "");
	if (!m->size)
		return;
	if (!m->size_key ||
	    !cmdline_value(cmdline, m->size_key, value, sizeof(value)))
		(void)snprintf(value, sizeof(value), "%s", m->size);
	(void)snprintf(data, size, "%s,size=%s", m->data, value);
}

static int mount_one(const struct early_mount *m, const char *cmdline)
{
	char data[128];

	if (m->make)
		(void)mkdir(m->where, 0755);
	if (m->module && access(m->where, F_OK) == 0 &&
	    !modules_builtin(m->module))
		(void)modules_load(m->module);
	mount_data(m, cmdline, data, sizeof(data));
	int done = mount(m->what, m->where, m->type, m->flags, data);

	/* A bad size on the command line must not cost the boot. */
	if (done < 0 && errno == EINVAL && m->size_key)
		done = mount(m->what, m->where, m->type, m->flags, m->data);
	/* EBUSY: the kernel or the boot loader's initramfs was first. */
	return done < 0 && errno != EBUSY ? -1 : 0;
}

static void make_nodes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		dev_t dev = makedev(nodes[i].major, nodes[i].minor);

		if (mknod(nodes[i].path, S_IFCHR, dev) < 0 && errno != EEXIST)
			log_warn("mknod %s: %m", nodes[i].path);
		(void)chmod(nodes[i].path, nodes[i].mode);
	}
}

void mounts_points(void)
{
	(void)mkdir(dev_mount.where, 0755);
	(void)mkdir(proc_mount.where, 0755);
	for (size_t i = 0; i < ARRAY_LEN(early_mounts); i++)
		if (!strchr(early_mounts[i].where + 1, '/'))
			(void)mkdir(early_mounts[i].where, 0755);
}

int mounts_dev(void)
{
	if (mount_one(&dev_mount, "") < 0)
		return -1;
	make_nodes();
	return 0;
}

static void make_folders(void)
{
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		if (mkdir(folders[i].path, 0700) < 0 && errno != EEXIST)
			log_warn("mkdir %s: %m", folders[i].path);
		/* The umask would take bits from mkdir's mode. */
		(void)chmod(folders[i].path, folders[i].mode);
	}
}

int mounts_proc(void)
{
	return mount_one(&proc_mount, "");
}

int mounts_sys(void)
{
	return mount_one(&sys_mount, "");
}

static void mount_all(const char *cmdline)
{
	for (size_t i = 0; i < ARRAY_LEN(early_mounts); i++) {
		const struct early_mount *m = &early_mounts[i];

		if (mount_one(m, cmdline) == 0)
			continue;
		if (m->required)
			rescue("mount %s: %m", m->where);
		log_debug("mount %s: %m", m->where);
	}
}

void mounts_system(const char *cmdline)
{
	char modprobe[64] = "";

	modules_open();
	/*
	 * For a file system that it does not have the kernel starts modprobe,
	 * each time a process with its indexes, mostly in vain.
	 */
	(void)file_read(MODPROBE, modprobe, sizeof(modprobe));
	(void)file_write(MODPROBE, "\n");
	mount_all(cmdline);
	(void)file_write(MODPROBE, modprobe);
	make_folders();
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlink(links[i].target, links[i].path) < 0 &&
		    errno != EEXIST)
			log_warn("link %s: %m", links[i].path);
}

void mounts_share(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		log_warn("share mounts: %m");
}
