/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes with holes as a reader, and files as bytes with holes. */
#include "formats/disk/extents.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)128 << 10)

struct extents_reader {
	struct reader reader;
	const struct extents *extents; /* borrowed */
	uint64_t offset;
};

static int stream_read(struct reader *reader, void *data, size_t size,
		       size_t *got, struct err *err)
{
	struct extents_reader *self = (struct extents_reader *)reader;
	uint64_t left = self->extents->size_bytes - self->offset;

	*got = size < left ? size : (size_t)left;
	if (extents_read(self->extents, self->offset, data, *got, err) < 0)
		return -1;
	self->offset += *got;
	return 0;
}

static void stream_close(struct reader *reader)
{
	free(reader);
}

struct reader *extents_reader(const struct extents *extents)
{
	struct extents_reader *self = xcalloc(1, sizeof(*self));

	self->reader.read = stream_read;
	self->reader.close = stream_close;
	self->extents = extents;
	return &self->reader;
}

int extents_sha256(const struct extents *extents, struct digest *digest,
		   struct err *err)
{
	SCOPED_READER struct reader *reader = extents_reader(extents);
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);
	SCOPED(sha256) hash = { 0 };
	size_t got;

	sha256_start(&hash);
	do {
		if (reader_read(reader, chunk, CHUNK_BYTES, &got, err) < 0)
			return -1;
		sha256_add(&hash, chunk, got);
	} while (got > 0);
	*digest = sha256_finish(&hash);
	return 0;
}

int extents_of_file(struct extents *extents, int fd, struct err *err)
{
	struct stat st;
	off_t data, hole = 0;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "read a file");
	extents->size_bytes = (uint64_t)st.st_size;
	while (hole < st.st_size) {
		data = lseek(fd, hole, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return 0;
		if (data < 0)
			data = hole;
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0)
			hole = st.st_size;
		extents_put_file(extents, (uint64_t)data, fd, (uint64_t)data,
				 (uint64_t)(hole - data));
	}
	return 0;
}
