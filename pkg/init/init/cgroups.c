/* SPDX-License-Identifier: Apache-2.0 */
/* The control groups. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/mounts.h"

#define TOP "/sys/fs/cgroup"
#define SAFE (MS_NODEV | MS_NOSUID | MS_NOEXEC)

/* One write per controller: the kernel refuses a list as a whole. */
static void enable_controllers(void)
{
	char list[256];
	char word[64];
	char *save = NULL;

	if (file_read(TOP "/cgroup.controllers", list, sizeof(list)) < 0) {
		log_warn("read " TOP "/cgroup.controllers: %m");
		return;
	}
	text_trim(list);
	for (char *name = strtok_r(list, " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		(void)snprintf(word, sizeof(word), "+%s", name);
		if (file_write(TOP "/cgroup.subtree_control", word) < 0)
			log_warn("control group controller %s: %m", name);
	}
}

static void mount_unified(void)
{
	static const char *const datas[] = { "nsdelegate,memory_recursiveprot",
					     "nsdelegate", "" };

	for (size_t i = 0; i < ARRAY_LEN(datas); i++)
		if (mount("cgroup2", TOP, "cgroup2", SAFE, datas[i]) == 0) {
			enable_controllers();
			return;
		}
	log_err("mount " TOP ": %m");
}

static void mount_hierarchy(const char *name, const char *data)
{
	char path[128];

	(void)snprintf(path, sizeof(path), TOP "/%s", name);
	if ((mkdir(path, 0555) < 0 && errno != EEXIST) ||
	    mount("cgroup", path, "cgroup", SAFE, data) < 0)
		log_warn("mount %s: %m", path);
}

/* A line of /proc/cgroups: name, hierarchy, number of groups, enabled. */
static void mount_line(char *line)
{
	char *field[4] = { NULL };
	char *save = NULL;

	for (size_t i = 0; i < ARRAY_LEN(field); i++)
		field[i] = strtok_r(i == 0 ? line : NULL, "\t ", &save);
	if (field[3] && strcmp(field[3], "1") == 0 && field[0][0] != '#')
		mount_hierarchy(field[0], field[0]);
}

static void mount_legacy(void)
{
	char text[4096];
	char *save = NULL;

	if (mount("cgroup_root", TOP, "tmpfs", SAFE, "mode=755,size=10m") < 0)
		log_err("mount " TOP ": %m");
	if (file_read("/proc/cgroups", text, sizeof(text)) < 0)
		log_err("read /proc/cgroups: %m");
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		mount_line(line);
	/* Gone from newer kernels, where it is always on. */
	(void)file_write(TOP "/memory/memory.use_hierarchy", "1");
	mount_hierarchy("systemd", "none,name=systemd");
}

void mounts_cgroups(const char *cmdline)
{
	if (cmdline_has(cmdline, "linuxkit.unified_cgroup_hierarchy=0"))
		mount_legacy();
	else
		mount_unified();
}
