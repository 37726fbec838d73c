/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc and control groups tell of a process. */
#include "pkg/init/service/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

#define FILE_MAX (64 << 10)

/* Of /proc/PID/stat, from 1; proc(5). */
#define NAME_FIELD 2
#define BORN_FIELD 22

static const char *field_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : NULL;
}

bool process_status_is_deaf(const char *status, int sig)
{
	const char *ids = field_of(status, "\nNSpid:");
	const char *caught = field_of(status, "\nSigCgt:");
	const char *ignored = field_of(status, "\nSigIgn:");
	const char *blocked = field_of(status, "\nSigBlk:");
	unsigned levels = 0;
	unsigned long id = 0;

	if (!ids || !caught || !ignored || !blocked)
		return false;
	for (; *ids == '\t'; levels++) {
		char *end;

		id = strtoul(ids + 1, &end, 10);
		ids = end;
	}
	unsigned long long taken = strtoull(caught, NULL, 16) |
				   strtoull(ignored, NULL, 16) |
				   strtoull(blocked, NULL, 16);

	return levels > 1 && id == 1 && !(taken >> (sig - 1) & 1);
}

bool process_is_deaf(pid_t pid, int sig)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];
	struct err err;

	return fs_path(path, &err, "/proc/%d/status", (int)pid) == 0 &&
	       fs_read(path, FILE_MAX, &text, &err) == 0 && text &&
	       process_status_is_deaf(text, sig);
}

long long process_stat_born(const char *stat)
{
	/* The name, in brackets, may hold anything, brackets too. */
	const char *at = strrchr(stat, ')');

	for (int i = 0; at && i < BORN_FIELD - NAME_FIELD; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoll(at, NULL, 10) : 0;
}

long long process_born(pid_t pid)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];
	struct err err;

	if (fs_path(path, &err, "/proc/%d/stat", (int)pid) < 0 ||
	    fs_read(path, FILE_MAX, &text, &err) < 0 || !text)
		return 0;
	return process_stat_born(text);
}

int process_memory_events(pid_t pid)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];
	struct err err;

	if (fs_path(path, &err, "/proc/%d/cgroup", (int)pid) < 0 ||
	    fs_read(path, FILE_MAX, &text, &err) < 0 || !text ||
	    strncmp(text, "0::/", 4) != 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (fs_path(path, &err, "/sys/fs/cgroup%s/memory.events", text + 3) < 0)
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool process_events_tell_oom(const char *events)
{
	const char *count = field_of(events, "oom_kill ");

	return count && strtoul(count, NULL, 10) > 0;
}

bool process_was_oom(int memory_events_fd)
{
	char text[1024];
	ssize_t got = memory_events_fd < 0 ? -1
					   : pread(memory_events_fd, text,
						   sizeof(text) - 1, 0);

	if (got <= 0)
		return false;
	text[got] = '\0';
	return process_events_tell_oom(text);
}
