/* SPDX-License-Identifier: Apache-2.0 */
/* Which machine this is. */
#include "pkg/init/init/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/machine_id.h"

#define OWN "/run/machine-id"
#define SYSTEM "/etc/machine-id"
#define FIRMWARE "/sys/class/dmi/id/product_uuid"

static char machine[MACHINE_ID_BYTES];

static bool from_file(const char *path)
{
	char text[64];

	(void)file_read(path, text, sizeof(text));
	text_trim(text);
	return machine_id_of(text, machine);
}

/* Of version 4, as others make them. */
static bool from_chance(void)
{
	unsigned char bytes[MACHINE_ID_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(bytes))
		return false;
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(machine + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

static bool find(const char *cmdline)
{
	char text[64];

	if (cmdline_value(cmdline, "systemd.machine_id", text, sizeof(text))) {
		if (machine_id_of(text, machine))
			return true;
		log_warn("systemd.machine_id=%s: not 32 hexadecimal digits",
			 text);
	}
	return from_file(SYSTEM) || from_file(FIRMWARE) || from_chance();
}

static int write_own(void)
{
	int fd = open(OWN, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0)
		return -1;
	(void)fchmod(fd, 0444);
	int done = dprintf(fd, "%s\n", machine);

	(void)close(fd);
	return done < 0 ? -1 : 0;
}

/* A link leads to ours by itself, if anywhere. */
static bool is_to_be_covered(void)
{
	char text[64];
	char id[MACHINE_ID_BYTES];
	struct stat st;

	if (lstat(SYSTEM, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	(void)file_read(SYSTEM, text, sizeof(text));
	text_trim(text);
	return !machine_id_of(text, id) || strcmp(id, machine) != 0;
}

void identity_set(const char *cmdline)
{
	if (!find(cmdline)) {
		machine[0] = '\0';
		log_warn("no machine-id: the kernel has no random numbers yet");
		return;
	}
	if (write_own() < 0)
		log_warn("write " OWN ": %m");
	else if (is_to_be_covered() &&
		 mount(OWN, SYSTEM, NULL, MS_BIND, NULL) < 0)
		log_warn("bind " OWN " on " SYSTEM ": %m");
}

const char *identity_get(void)
{
	return machine;
}
