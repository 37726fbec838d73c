/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor's profiles. */
#include "pkg/init/init/apparmor.h"

#include <stdio.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"

#define LOAD "/sys/kernel/security/apparmor/.load"
#define POLICY_MAX (16 << 20)

void apparmor_load(void)
{
	char path[PATH_BYTES];
	struct dir dir;
	const char *name;

	if (dir_open(&dir, APPARMOR_POLICY) < 0)
		return;
	if (access(LOAD, F_OK) < 0)
		log_warn(
			"apparmor: this kernel runs without it, nothing of " APPARMOR_POLICY
			" is loaded");
	else
		while ((name = dir_next(&dir))) {
			(void)snprintf(path, sizeof(path),
				       APPARMOR_POLICY "/%s", name);
			if (file_hand_over(path, LOAD, POLICY_MAX) < 0)
				log_err("apparmor: %s: %m", path);
			else
				log_info("apparmor: %s loaded", name);
		}
	dir_close(&dir);
}
