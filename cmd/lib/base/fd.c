/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors: whole reads and writes, copies, temporary files. */
#include "cmd/lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)256 << 10)

int fd_write_all(int fd, const void *data, size_t size, const char *name,
		 struct err *err)
{
	const char *next = data;

	while (size > 0) {
		ssize_t done = write(fd, next, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(err, "write %s", name);
		next += done;
		size -= (size_t)done;
	}
	return 0;
}

int fd_read_at(int fd, void *data, size_t size, uint64_t offset,
	       struct err *err)
{
	char *next = data;

	while (size > 0) {
		ssize_t got = pread(fd, next, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "read");
		if (got == 0)
			return err_set(err, FAULT_SYSTEM,
				       "read: the file ends %zu bytes early",
				       size);
		next += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}

static int copy_by_hand(int to, int from, uint64_t offset, uint64_t length,
			const char *name, struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);

	while (length > 0) {
		size_t part =
			length < CHUNK_BYTES ? (size_t)length : CHUNK_BYTES;

		if (fd_read_at(from, chunk, part, offset, err) < 0 ||
		    fd_write_all(to, chunk, part, name, err) < 0)
			return -1;
		offset += part;
		length -= part;
	}
	return 0;
}

int fd_copy(int to, int from, uint64_t offset, uint64_t length,
	    const char *name, struct err *err)
{
#ifdef __linux__
	while (length > 0) {
		off_t position = (off_t)offset;
		size_t part = length > (1U << 30) ? 1U << 30 : (size_t)length;
		ssize_t done =
			copy_file_range(from, &position, to, NULL, part, 0);

		if (done <= 0)
			break; /* other file systems, pipes: by hand */
		offset += (uint64_t)done;
		length -= (uint64_t)done;
	}
#endif
	return copy_by_hand(to, from, offset, length, name, err);
}

static int temporary_by_name(const char *directory)
{
	SCOPED_FREE char *path = xasprintf("%s/kitbuild-XXXXXX", directory);
	int fd = mkstemp(path);

	if (fd >= 0) {
		unlink(path);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return fd;
}

int fd_temporary(int *fd, const char *directory, struct err *err)
{
	if (!directory)
		directory = getenv("TMPDIR");
	if (!directory || !*directory)
		directory = "/var/tmp";
	*fd = -1;
#ifdef O_TMPFILE
	*fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
#endif
	if (*fd < 0)
		*fd = temporary_by_name(directory);
	if (*fd < 0)
		return err_sys(err, "make a temporary file in %s", directory);
	return 0;
}

int fd_open_regular(int *fd, const char *path, uint64_t *size_bytes,
		    struct err *err)
{
	SCOPED_FD int file =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (file < 0)
		return err_sys(err, "open %s", path);
	if (fstat(file, &st) < 0)
		return err_sys(err, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, FAULT_INPUT, "%s: not a regular file",
			       path);
	*size_bytes = (uint64_t)st.st_size;
	*fd = take_fd(&file);
	return 0;
}
