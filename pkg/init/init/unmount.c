/* SPDX-License-Identifier: Apache-2.0 */
/* Letting go of all file systems. */
#include "pkg/init/init/unmount.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/swap.h>

#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/mountinfo.h"

#define TABLE_BYTES (256 << 10)
#define LINES_MAX 2048
#define PASSES 3

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

static size_t unmount_pass(void)
{
	size_t left = 0;

	for (size_t i = read_mounts(); i-- > 0;) {
		const char *where = lines[i].where;

		if (!is_kept(where) && umount2(where, UMOUNT_NOFOLLOW) < 0)
			left++;
	}
	return left;
}

/* A disk that stays busy is at least left clean. */
static void freeze_rest(void)
{
	for (size_t i = read_mounts(); i-- > 0;) {
		const struct mount_line *m = &lines[i];

		if (strncmp(m->what, "/dev/", 5) != 0)
			continue;
		if (mount(NULL, m->where, NULL, MS_REMOUNT | MS_RDONLY, NULL) <
		    0)
			log_warn("remount %s read-only: %m", m->where);
	}
}

static void swap_off(void)
{
	char text[4096];
	char *save = NULL;

	if (file_read("/proc/swaps", text, sizeof(text)) <= 0)
		return;
	(void)strtok_r(text, "\n", &save);
	for (char *line = strtok_r(NULL, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " \t")] = '\0';
		if (swapoff(line) < 0)
			log_warn("swapoff %s: %m", line);
	}
}

void unmount_all(void)
{
	swap_off();
	/* What a mount hides can only go once that mount has gone. */
	for (int pass = 0; pass < PASSES; pass++)
		if (unmount_pass() == 0)
			break;
	freeze_rest();
}
