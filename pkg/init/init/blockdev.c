/* SPDX-License-Identifier: Apache-2.0 */
/* Taking block devices apart on the way down. */
#include "pkg/init/init/blockdev.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/dm.h"
#include "pkg/init/init/down.h"
#include "pkg/init/init/file.h"

#define FOLDER "/sys/block"
#define LOOP_CLR_FD 0x4C01 /* linux/loop.h */

static bool is_loop(const char *name)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), FOLDER "/%s/loop/backing_file",
		       name);
	return strncmp(name, "loop", 4) == 0 && access(path, F_OK) == 0;
}

static int clear_loop(const char *name)
{
	char node[PATH_BYTES];

	(void)snprintf(node, sizeof(node), "/dev/%s", name);
	int fd = open(node, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	int done = ioctl(fd, LOOP_CLR_FD, 0);

	(void)close(fd);
	return done;
}

/* Those that somebody uses stay. */
static int remove_mapped(const char *unused)
{
	struct dm_head head = { .version = { 4 }, .data_size = sizeof(head) };
	int fd = open(DM_CONTROL, O_RDWR | O_CLOEXEC);

	(void)unused;
	if (fd < 0)
		return -1;
	/* The C libraries do not agree on the type of a request. */
	int done = (int)syscall(SYS_ioctl, fd, DM_REMOVE_ALL, &head);

	(void)close(fd);
	return done;
}

static size_t count(bool clear, bool *mapped)
{
	struct dir dir;
	const char *name;
	size_t found = 0;

	*mapped = false;
	if (dir_open(&dir, FOLDER) < 0)
		return 0;
	while ((name = dir_next(&dir))) {
		bool loop = is_loop(name);
		bool dm = strncmp(name, "dm-", 3) == 0;

		found += loop || dm;
		*mapped |= dm;
		if (loop && clear)
			(void)down_do(clear_loop, name);
	}
	dir_close(&dir);
	return found;
}

size_t blockdev_detach(void)
{
	bool mapped;
	size_t before = count(true, &mapped);

	if (mapped)
		(void)down_do(remove_mapped, "");
	return before - count(false, &mapped);
}
