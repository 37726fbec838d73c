/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a service's log. */
#include "pkg/init/service/logs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/outlet.h"

#define BLOCK_BYTES 4096
#define LOOK_NS 200000000

/* One of a service's two logs, as far as it has been printed. */
struct view {
	char path[PATH_BYTES];
	int fd; /* -1: not there yet */
};

/* Which view the last line was of. */
static const struct view *shown;

/*
 * Goes back over a block that ends at *at and to the begin of so many lines;
 * false if that lies further in front. The end of the last line begins none.
 */
static bool go_back(const char *block, size_t len, off_t end, off_t *at,
		    long long *lines)
{
	for (; len > 0; len--, (*at)--)
		if (block[len - 1] == '\n' && *at != end && --*lines <= 0)
			return true;
	return false;
}

/* The offset at which the last *lines lines begin; *lines becomes the lack. */
static off_t find_start(int fd, long long *lines)
{
	char block[BLOCK_BYTES];
	off_t end = lseek(fd, 0, SEEK_END);
	off_t at = end;

	if (*lines < 0)
		return 0;
	while (at > 0) {
		size_t len = at < BLOCK_BYTES ? (size_t)at : BLOCK_BYTES;

		if (pread(fd, block, len, at - (off_t)len) != (ssize_t)len)
			break;
		if (go_back(block, len, end, &at, lines))
			return at;
	}
	if (end > 0)
		--*lines;
	return 0;
}

/* From where the descriptor stands. */
static void print_rest(const struct view *view, int fd, bool headed)
{
	char block[BLOCK_BYTES];
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0) {
		if (headed && shown != view)
			(void)printf("%s==> %s <==\n", shown ? "\n" : "",
				     view->path);
		shown = view;
		(void)fwrite(block, 1, (size_t)got, stdout);
	}
	(void)fflush(stdout);
}

static void print_end(struct view *view, long long lines, bool headed)
{
	char old_path[PATH_BYTES];
	long long lack = lines;
	struct err err;

	view->fd = open(view->path, O_RDONLY | O_CLOEXEC);
	off_t start =
		view->fd < 0 || lines == 0 ? 0 : find_start(view->fd, &lack);

	if (view->fd >= 0 && lines == 0)
		start = lseek(view->fd, 0, SEEK_END);
	if (lack != 0 && fs_path(old_path, &err, "%s.1", view->path) == 0) {
		SCOPED_FD old = open(old_path, O_RDONLY | O_CLOEXEC);

		if (old >= 0) {
			(void)lseek(old, find_start(old, &lack), SEEK_SET);
			print_rest(view, old, headed);
		}
	}
	if (view->fd >= 0) {
		(void)lseek(view->fd, start, SEEK_SET);
		print_rest(view, view->fd, headed);
	}
}

/* What was written to the old file before it moved is printed first. */
static void follow(struct view *view)
{
	struct stat there, here;

	if (view->fd >= 0)
		print_rest(view, view->fd, true);
	if (stat(view->path, &there) < 0)
		return;
	if (view->fd >= 0 && fstat(view->fd, &here) == 0 &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev)
		return;
	fs_close(&view->fd);
	view->fd = open(view->path, O_RDONLY | O_CLOEXEC);
	if (view->fd >= 0)
		print_rest(view, view->fd, true);
}

/* It may not have been started yet. */
static bool is_known(const struct view *views, const char *name)
{
	char bundle[PATH_BYTES];
	struct err err;

	for (size_t i = 0; i < STREAM_COUNT; i++)
		if (fs_exists(views[i].path))
			return true;
	return name[0] &&
	       fs_path(bundle, &err, BUNDLES "/services/%s", name) == 0 &&
	       fs_exists(bundle);
}

static bool has_something(const struct view *view)
{
	struct stat st;

	return stat(view->path, &st) == 0 && st.st_size > 0;
}

int logs_print(const struct logs *logs)
{
	static struct view views[STREAM_COUNT] = { { .fd = -1 }, { .fd = -1 } };
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	struct err err;

	if (strchr(logs->name, '/') ||
	    fs_path(views[STREAM_OUT].path, &err, "/var/log/%s.out.log",
		    logs->name) < 0 ||
	    fs_path(views[STREAM_ERR].path, &err, "/var/log/%s.log",
		    logs->name) < 0 ||
	    !is_known(views, logs->name)) {
		say("%s: no such service", logs->name);
		return 1;
	}
	bool headed = logs->follow || (has_something(&views[STREAM_OUT]) &&
				       has_something(&views[STREAM_ERR]));

	for (size_t i = 0; i < STREAM_COUNT; i++)
		print_end(&views[i], logs->lines, headed);
	while (logs->follow && !ferror(stdout)) {
		for (size_t i = 0; i < STREAM_COUNT; i++)
			follow(&views[i]);
		(void)nanosleep(&pause, NULL);
	}
	for (size_t i = 0; i < STREAM_COUNT; i++)
		fs_close(&views[i].fd);
	return ferror(stdout) != 0;
}
