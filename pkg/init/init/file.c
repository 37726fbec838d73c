/* SPDX-License-Identifier: Apache-2.0 */
/* Small files and directories, read without the heap. */
#include "pkg/init/init/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/base.h"

ssize_t file_read(const char *path, char *text, size_t size)
{
	/* Of what is no file nothing is waited for. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t len = 0;

	text[0] = '\0';
	if (fd < 0)
		return -1;
	while (len < size - 1) {
		ssize_t got = read(fd, text + len, size - 1 - len);

		if (got <= 0)
			break;
		len += (size_t)got;
	}
	(void)close(fd);
	text[len] = '\0';
	return (ssize_t)len;
}

int file_write(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t done = write(fd, text, len);
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return done == (ssize_t)len ? 0 : -1;
}

static int hand_over(int fd, int to, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	errno = S_ISREG(st.st_mode) && st.st_size > 0 ? EFBIG : EINVAL;
	if (errno == EINVAL || (uint64_t)st.st_size > max)
		return -1;
	size_t size = (size_t)st.st_size;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (bytes == MAP_FAILED)
		return -1;
	ssize_t done = write(to, bytes, size);
	int why = errno;

	(void)munmap(bytes, size);
	errno = done >= 0 ? EIO : why;
	return done == st.st_size ? 0 : -1;
}

int file_hand_over(const char *path, const char *to, size_t max)
{
	int from_fd = open(path, O_RDONLY | O_CLOEXEC);
	int to_fd = from_fd < 0 ? -1 : open(to, O_WRONLY | O_CLOEXEC);
	int done = to_fd < 0 ? -1 : hand_over(from_fd, to_fd, max);
	int why = errno;

	if (from_fd >= 0)
		(void)close(from_fd);
	if (to_fd >= 0)
		(void)close(to_fd);
	errno = why;
	return done;
}

void text_trim(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		len--;
	text[len] = '\0';
}

int path_mkdir(const char *path)
{
	char part[PATH_BYTES];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS)
			return -1;
	}
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

int dir_open(struct dir *dir, const char *path)
{
	dir->at = 0;
	dir->end = 0;
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir->fd < 0 ? -1 : 0;
}

const char *dir_next(struct dir *dir)
{
	for (;;) {
		if (dir->at >= dir->end) {
			void *buf = dir->buf;
			int got = getdents(dir->fd, buf, sizeof(dir->buf));

			if (got <= 0)
				return NULL;
			dir->at = 0;
			dir->end = (size_t)got;
		}
		void *place = dir->buf + dir->at;
		struct dirent *entry = place;

		dir->at += entry->d_reclen;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	}
}

void dir_close(struct dir *dir)
{
	(void)close(dir->fd);
}

static const char *map_fd(int fd, size_t *len)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size <= 0)
		return NULL;
	size_t size = (size_t)st.st_size;

	/*
	 * One more byte of anonymous memory below gives the NUL even when the
	 * file ends on a page boundary.
	 */
	char *base = mmap(NULL, size + 1, PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	if (mmap(base, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		return NULL;
	*len = size;
	return base;
}

void text_map(struct text *text, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	text->data = NULL;
	text->len = 0;
	if (fd >= 0) {
		text->data = map_fd(fd, &text->len);
		(void)close(fd);
	}
	if (!text->data)
		text->data = "";
}
