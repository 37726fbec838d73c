/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel settings of the image. */
#include "pkg/init/init/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/script.h"
#include "pkg/init/init/setting.h"

#define FOLDER "/etc/sysctl.d"
#define LAST "/etc/sysctl.conf"
#define FILE_BYTES (32 << 10)

static void apply(const struct setting *setting, const char *file)
{
	char path[PATH_BYTES];

	if (!setting->path) {
		log_warn("%s: not KEY = VALUE: %s", file, setting->value);
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/sys/%s", setting->path);
	if (file_write(path, setting->value) == 0)
		return;
	if (setting->optional && errno == ENOENT)
		log_debug("%s: %s: %m", file, path);
	else
		log_warn("%s: %s: %m", file, path);
}

static void apply_file(const char *file)
{
	static char text[FILE_BYTES];
	char *rest = text;
	struct setting setting;
	ssize_t len = file_read(file, text, sizeof(text));

	if (len < 0 && errno != ENOENT)
		log_warn("%s: %m", file);
	if (len == (ssize_t)sizeof(text) - 1)
		log_warn("%s: its end is left out, files have 32 KiB at most",
			 file);
	while (len > 0 && setting_next(&rest, &setting))
		apply(&setting, file);
}

void sysctl_apply(void)
{
	char name[NAME_BYTES] = "";
	char path[PATH_BYTES];

	while (conf_next(FOLDER, name)) {
		(void)snprintf(path, sizeof(path), FOLDER "/%s", name);
		apply_file(path);
	}
	apply_file(LAST);
}
