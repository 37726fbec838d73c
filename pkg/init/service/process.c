/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc and control groups tell of a process. */
#include "pkg/init/service/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/service/fs.h"

#define FILE_MAX (64 << 10)
#define EXEC_MS 500

bool process_is_deaf(pid_t pid, int sig)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];
	struct err err;

	return fs_path(path, &err, "/proc/%d/status", (int)pid) == 0 &&
	       fs_read(path, FILE_MAX, &text, &err) == 0 && text &&
	       status_is_deaf(text, sig);
}

void process_set_oom_score(int score)
{
	char text[16];
	struct err err;

	(void)snprintf(text, sizeof(text), "%d", score);
	if (fs_write("/proc/self/oom_score_adj", text, &err) < 0)
		say_debug("%s", err.msg);
}

long long process_born(pid_t pid)
{
	SCOPED_FREE char *text = NULL;
	char path[PATH_BYTES];
	struct err err;

	if (fs_path(path, &err, "/proc/%d/stat", (int)pid) < 0 ||
	    fs_read(path, FILE_MAX, &text, &err) < 0 || !text)
		return 0;
	return stat_born(text);
}

unsigned long long process_program(pid_t pid)
{
	char path[64];
	struct stat file;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (stat(path, &file) < 0)
		return 0;
	return (unsigned long long)file.st_dev << 40 ^ file.st_ino;
}

void process_await_exec(pid_t pid, unsigned long long before)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < EXEC_MS && before != 0; i++) {
		if (process_program(pid) != before)
			return;
		(void)nanosleep(&pause, NULL);
	}
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
	static const char key[] = "oom_kill ";
	const char *at = strstr(events, key);

	return at && strtoul(at + sizeof(key) - 1, NULL, 10) > 0;
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
