/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes with holes as a reader. */
#include "formats/disk/extents.h"

#include "cmd/lib/base/mem.h"

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
