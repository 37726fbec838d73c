/* SPDX-License-Identifier: Apache-2.0 */
/* A log of bounded size. */
#include "pkg/init/service/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"

/* The file's size, opened if it has to be; -1 on error. */
static long long open_file(struct logfile *log, const char *path,
			   struct err *err)
{
	struct stat st;

	if (log->fd >= 0 && fstat(log->fd, &st) == 0 && st.st_nlink > 0)
		return st.st_size;
	logfile_close(log);
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log->fd < 0 || fstat(log->fd, &st) < 0)
		return err_sys(err, "open %s", path);
	return st.st_size;
}

static int write_all(const struct logfile *log, const char *path,
		     const char *data, size_t len, struct err *err)
{
	while (len > 0) {
		ssize_t put = write(log->fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(err, "write %s", path);
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

static int move_aside(struct logfile *log, const char *path, struct err *err)
{
	char old[PATH_BYTES];

	logfile_close(log);
	if (fs_path(old, err, "%s.1", path) < 0)
		return -1;
	if (rename(path, old) < 0 && errno != ENOENT)
		return err_sys(err, "move %s aside", path);
	return 0;
}

int logfile_write(struct logfile *log, const char *path,
		  const struct logfile_block *block, struct err *err)
{
	long long size = open_file(log, path, err);
	const char *data = block->data;
	size_t len = block->len;

	if (size < 0)
		return -1;
	if (size > 0 && size + (long long)len > block->max) {
		/* The line that the file has begun ends there. */
		const char *end = memchr(data, '\n', len);
		size_t rest = end ? (size_t)(end - data) + 1 : 0;

		if (write_all(log, path, data, rest, err) < 0 ||
		    move_aside(log, path, err) < 0 ||
		    open_file(log, path, err) < 0)
			return -1;
		data += rest;
		len -= rest;
	}
	return write_all(log, path, data, len, err);
}

void logfile_close(struct logfile *log)
{
	fs_close(&log->fd);
	log->fd = -1;
}

long long logfile_size(const char *text)
{
	char *end;
	long long size = strtoll(text, &end, 10);
	int shift = *end == 'k' ? 10 : *end == 'm' ? 20 : 0;

	if (end == text || end[shift > 0] || size < 0 || size > 1LL << 32)
		return -1;
	size <<= shift;
	return size < LOGFILE_MAX_LEAST ? LOGFILE_MAX_LEAST : size;
}
