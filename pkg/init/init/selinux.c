/* SPDX-License-Identifier: Apache-2.0 */
/* SELinux's policy. */
#include "pkg/init/init/selinux.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/selinuxconf.h"

#define KERNEL "/sys/fs/selinux"
#define FOLDER "/etc/selinux"
#define CONFIG_BYTES (16 << 10)
/* The kernel's own limit. */
#define POLICY_MAX (64 << 20)

/* 0 if there is none. */
static unsigned newest(const char *folder, unsigned limit)
{
	struct dir dir;
	const char *name;
	unsigned best = 0;

	if (dir_open(&dir, folder) < 0)
		return 0;
	while ((name = dir_next(&dir))) {
		unsigned version = selinux_policy_version(name);

		if (version > best && version <= limit)
			best = version;
	}
	dir_close(&dir);
	return best;
}

static bool load(const char *type)
{
	char path[SELINUX_TYPE_BYTES + 64];
	char limit[16];

	(void)file_read(KERNEL "/policyvers", limit, sizeof(limit));
	(void)snprintf(path, sizeof(path), FOLDER "/%s/policy", type);
	unsigned version = newest(path, (unsigned)strtoul(limit, NULL, 10));

	if (version == 0) {
		log_err("selinux: %s has no policy.N with N up to %s", path,
			limit);
		return false;
	}
	(void)snprintf(path, sizeof(path), FOLDER "/%s/policy/policy.%u", type,
		       version);
	if (file_hand_over(path, KERNEL "/load", POLICY_MAX) < 0) {
		log_err("selinux: %s: %m", path);
		return false;
	}
	log_info("selinux: %s loaded", path);
	return true;
}

static void set_mode(enum selinux_mode mode, const char *cmdline)
{
	char word[8];
	bool enforcing = mode == SELINUX_ENFORCING;

	if (cmdline_value(cmdline, "enforcing", word, sizeof(word)))
		enforcing = strcmp(word, "0") != 0;
	if (file_write(KERNEL "/enforce", enforcing ? "1" : "0") < 0)
		log_err("selinux: make it %s: %m",
			enforcing ? "enforcing" : "permissive");
}

void selinux_load(const char *cmdline)
{
	static char text[CONFIG_BYTES];
	struct selinux_config config;

	if (file_read(SELINUX_CONFIG, text, sizeof(text)) < 0) {
		if (errno != ENOENT)
			log_err("selinux: " SELINUX_CONFIG ": %m");
		return;
	}
	const char *bad = selinux_config_read(text, &config);

	if (bad)
		log_err("selinux: " SELINUX_CONFIG
			": '%s' is neither a mode nor a policy's name, nothing is loaded",
			bad);
	else if (config.mode == SELINUX_DISABLED)
		log_info("selinux: disabled by " SELINUX_CONFIG);
	else if (access(KERNEL "/load", F_OK) < 0)
		log_warn(
			"selinux: this kernel runs without it, nothing of " FOLDER
			" is loaded");
	else if (load(config.type))
		set_mode(config.mode, cmdline);
}
