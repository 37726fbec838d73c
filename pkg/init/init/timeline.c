/* SPDX-License-Identifier: Apache-2.0 */
/* When the boot came how far. */
#include "pkg/init/init/timeline.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"

#define FOLDER "/run/kitbuild"
#define STEP_LEAST_MS 1

#define KERNEL "kernel="

static char kernel_word[32];
static char early[512]; /* before there is a /run */
static size_t early_len;
static int fd = -1;

static char steps[512];
static size_t steps_len;
static long long step_began;

long long timeline_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void timeline_open(void)
{
	if (path_mkdir(FOLDER) == 0)
		fd = open(FOLDER "/timeline",
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		log_warn("no timeline: %m");
	else
		(void)!write(fd, early, early_len);
}

static void append(char *text, size_t size, size_t *len, const char *line)
{
	size_t more = strlen(line);

	if (*len + more >= size)
		return;
	memcpy(text + *len, line, more + 1);
	*len += more;
}

static void mark_at(long long ms, const char *who, const char *what)
{
	char line[192];
	int len = snprintf(line, sizeof(line), "%lld %.80s %.80s\n", ms, who,
			   what);

	if (fd >= 0)
		(void)!write(fd, line, (size_t)len);
	else
		append(early, sizeof(early), &early_len, line);
}

void timeline_mark(const char *who, const char *what)
{
	mark_at(timeline_now(), who, what);
}

static void step_until(long long ms, const char *name)
{
	long long took = ms - step_began;
	char line[128];

	step_began = ms;
	if (took < STEP_LEAST_MS)
		return;
	(void)snprintf(line, sizeof(line), "%s%.80s %lld.%03lld",
		       steps_len ? ", " : "", name, took / 1000, took % 1000);
	append(steps, sizeof(steps), &steps_len, line);
}

void timeline_step(const char *name)
{
	step_until(timeline_now(), name);
}

void timeline_kernel(const char *word)
{
	long long done = timeline_now();

	if (word && strncmp(word, KERNEL, strlen(KERNEL)) == 0)
		done = strtoll(word + strlen(KERNEL), NULL, 10);
	(void)snprintf(kernel_word, sizeof(kernel_word), KERNEL "%lld", done);
	mark_at(done, "kernel", "done");
	step_until(done, "kernel");
}

char *timeline_kernel_word(void)
{
	return kernel_word;
}

const char *timeline_steps(void)
{
	return steps;
}
