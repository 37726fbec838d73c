/* SPDX-License-Identifier: Apache-2.0 */
/* Modules for the devices that were there before init. */
#include <stdio.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/modules.h"

#define ALIAS_BYTES 1024

/*
 * All devices hang below a bus or a class. Walking those two costs a fraction
 * of walking /sys/devices with its power, queue and attribute folders. The
 * processor's own alias is left out: its modules are ciphers, which the kernel
 * asks for when it needs them and which cost half a second of self-tests.
 */

static unsigned try_file(const char *path)
{
	char alias[ALIAS_BYTES];

	if (file_read(path, alias, sizeof(alias)) <= 0)
		return 0;
	text_trim(alias);
	if (!alias[0] || !modules_alias_is_new(alias))
		return 0;
	(void)modules_load_alias(alias);
	return 1;
}

static unsigned scan_devices(const char *folder)
{
	char path[PATH_BYTES + 16];
	struct dir dir;
	unsigned tried = 0;
	const char *name;

	if (dir_open(&dir, folder) < 0)
		return 0;
	while ((name = dir_next(&dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s/modalias", folder,
			       name);
		tried += try_file(path);
	}
	dir_close(&dir);
	return tried;
}

static unsigned scan_groups(const char *top, const char *below)
{
	char path[PATH_BYTES];
	struct dir dir;
	unsigned tried = 0;
	const char *name;

	if (dir_open(&dir, top) < 0)
		return 0;
	while ((name = dir_next(&dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s%s", top, name, below);
		tried += scan_devices(path);
	}
	dir_close(&dir);
	return tried;
}

unsigned modules_coldplug(void)
{
	unsigned total = 0;
	unsigned tried;

	do {
		tried = scan_groups("/sys/bus", "/devices");
		tried += scan_groups("/sys/class", "");
		total += tried;
	} while (tried > 0);
	return total;
}
