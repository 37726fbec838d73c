/* SPDX-License-Identifier: Apache-2.0 */
/* Letting go of all file systems. */
#include "pkg/init/init/unmount.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/swap.h>

#include "pkg/init/init/blockdev.h"
#include "pkg/init/init/down.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/mountinfo.h"

#define TABLE_BYTES (256 << 10)
#define LINES_MAX 2048

/* What init itself needs to the end, and what holds nothing to lose. */
static const char *const kept[] = { "/", "/dev", "/proc", "/sys" };

static char table[TABLE_BYTES];
static struct mount_line lines[LINES_MAX];

static bool is_kept(const char *where)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (strcmp(where, kept[i]) == 0)
			return true;
	return strncmp(where, "/dev/", 5) == 0 ||
	       strncmp(where, "/sys/", 5) == 0;
}

static size_t read_mounts(void)
{
	size_t count = 0;
	char *save = NULL;

	(void)file_read("/proc/self/mountinfo", table, sizeof(table));
	for (char *line = strtok_r(table, "\n", &save);
	     line && count < LINES_MAX; line = strtok_r(NULL, "\n", &save))
		count += mountinfo_parse(line, &lines[count]);
	return count;
}

static int let_go(const char *where)
{
	return umount2(where, UMOUNT_NOFOLLOW);
}

/* How many have gone. */
static size_t unmount_pass(void)
{
	size_t gone = 0;

	for (size_t i = read_mounts(); i-- > 0;) {
		const char *where = lines[i].where;

		if (is_kept(where))
			continue;
		if (down_do(let_go, where) == 0)
			gone++;
		else if (errno == ETIMEDOUT)
			log_warn("unmount %s: %m", where);
	}
	return gone;
}

static int make_readonly(const char *where)
{
	return mount(NULL, where, NULL, MS_REMOUNT | MS_RDONLY, NULL);
}

/* A disk that stays busy is at least left clean. */
static void freeze_rest(void)
{
	for (size_t i = read_mounts(); i-- > 0;) {
		const struct mount_line *m = &lines[i];

		/* Of a container's devices the name is another path. */
		if (m->what[0] == '/' && down_do(make_readonly, m->where) < 0)
			log_warn("remount %s read-only: %m", m->where);
	}
}

static int end_swap(const char *what)
{
	return swapoff(what);
}

/* How many have gone. */
static size_t swap_off(void)
{
	char text[4096];
	char *save = NULL;
	size_t gone = 0;

	if (file_read("/proc/swaps", text, sizeof(text)) <= 0)
		return 0;
	(void)strtok_r(text, "\n", &save);
	for (char *line = strtok_r(NULL, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " \t")] = '\0';
		if (down_do(end_swap, line) == 0)
			gone++;
		else
			log_warn("swapoff %s: %m", line);
	}
	return gone;
}

void unmount_all(void)
{
	size_t gone;

	/*
	 * What a mount hides, or a swap file or a device over a file keeps
	 * busy, can only go once that has gone.
	 */
	do {
		gone = unmount_pass();
		gone += swap_off();
		gone += blockdev_detach();
	} while (gone > 0);
	freeze_rest();
}
