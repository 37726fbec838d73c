/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes with holes into a file, a device or a pipe. */
#include "formats/disk/extents.h"

#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)128 << 10)

static int write_extent(const struct extent *extent, int fd, const char *name,
			struct err *err)
{
	if (extent->bytes)
		return fd_write_all(fd, extent->bytes, extent->length, name,
				    err);
	return fd_copy(fd, extent->fd, extent->fd_offset, extent->length, name,
		       err);
}

static int write_sparse(const struct extents *extents, int fd, const char *name,
			struct err *err)
{
	if (ftruncate(fd, 0) < 0 ||
	    ftruncate(fd, (off_t)extents->size_bytes) < 0)
		return err_sys(err, "write %s", name);
	for (size_t i = 0; i < extents->count; i++) {
		const struct extent *e = &extents->items[i];

		if (lseek(fd, (off_t)e->offset, SEEK_SET) < 0)
			return err_sys(err, "write %s", name);
		if (write_extent(e, fd, name, err) < 0)
			return -1;
	}
	return 0;
}

static int write_whole(const struct extents *extents, int fd, const char *name,
		       struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);
	SCOPED_READER struct reader *from = extents_reader(extents);
	size_t got;

	for (;;) {
		if (reader_read(from, chunk, CHUNK_BYTES, &got, err) < 0)
			return -1;
		if (got == 0)
			return 0;
		if (fd_write_all(fd, chunk, got, name, err) < 0)
			return -1;
	}
}

int extents_write(const struct extents *extents, int fd, const char *name,
		  struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "write %s", name);
	/* A redirected standard output may already hold something, or append.
	 */
	if (S_ISREG(st.st_mode) && st.st_size == 0)
		return write_sparse(extents, fd, name, err);
	return write_whole(extents, fd, name, err);
}
