/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes with holes into a file, a device or a pipe. */
#include "formats/disk/extents.h"

#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)128 << 10)

struct target {
	int fd;
	const char *name;
};

static int write_extent(const struct extent *extent, const struct target *to,
			struct err *err)
{
	if (extent->bytes)
		return fd_write_all(to->fd, extent->bytes, extent->length,
				    to->name, err);
	return fd_copy(to->fd, extent->fd, extent->fd_offset, extent->length,
		       to->name, err);
}

static int write_sparse(const struct extents *extents, int fd, const char *name,
			struct err *err)
{
	if (ftruncate(fd, 0) < 0 ||
	    ftruncate(fd, (off_t)extents->size_bytes) < 0)
		return err_sys(err, "write %s", name);
	const struct target to = { fd, name };

	for (size_t i = 0; i < extents->count; i++) {
		const struct extent *e = &extents->items[i];

		if (lseek(fd, (off_t)e->offset, SEEK_SET) < 0)
			return err_sys(err, "write %s", name);
		if (write_extent(e, &to, err) < 0)
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

static int write_zeros(const struct target *to, uint64_t size, struct err *err)
{
	static const char zeros[4096];

	while (size > 0) {
		size_t part =
			size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		if (fd_write_all(to->fd, zeros, part, to->name, err) < 0)
			return -1;
		size -= part;
	}
	return 0;
}

int extents_write_part(const struct extents *extents, uint64_t offset,
		       uint64_t length, int fd, const char *name,
		       struct err *err)
{
	const struct target to = { fd, name };
	uint64_t end = offset + length;
	uint64_t at = offset;

	for (size_t i = extents_find(extents, at);
	     i < extents->count && extents->items[i].offset < end; i++) {
		struct extent part = extents->items[i];
		uint64_t skip = part.offset < at ? at - part.offset : 0;

		part.offset += skip;
		part.length -= skip;
		part.fd_offset += skip;
		part.bytes += part.bytes ? skip : 0;
		if (part.length > end - part.offset)
			part.length = end - part.offset;
		if (write_zeros(&to, part.offset - at, err) < 0 ||
		    write_extent(&part, &to, err) < 0)
			return -1;
		at = part.offset + part.length;
	}
	return write_zeros(&to, end - at, err);
}
