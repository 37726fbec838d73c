/* SPDX-License-Identifier: Apache-2.0 */
/* The compressing writer. libdeflate takes whole buffers only. */
#include "formats/disk/gzip.h"

#include <string.h>

#include <libdeflate.h>

#include "cmd/lib/base/mem.h"

#define MEMBER_BYTES ((size_t)1 << 20)
#define LEVEL 6

struct gzip {
	struct writer writer;
	struct writer *below; /* borrowed */
	struct libdeflate_compressor *deflate;
	uint8_t *packed;
	size_t packed_bytes;
	size_t size;
	uint8_t plain[MEMBER_BYTES];
};

static int write_member(struct gzip *self, struct err *err)
{
	size_t size =
		libdeflate_gzip_compress(self->deflate, self->plain, self->size,
					 self->packed, self->packed_bytes);

	self->size = 0;
	return writer_write(self->below, self->packed, size, err);
}

static int gzip_write(struct writer *writer, const void *data, size_t size,
		      struct err *err)
{
	struct gzip *self = (struct gzip *)writer;
	const uint8_t *next = data;

	while (size > 0) {
		size_t room = MEMBER_BYTES - self->size;
		size_t part = size < room ? size : room;

		memcpy(self->plain + self->size, next, part);
		self->size += part;
		next += part;
		size -= part;
		if (self->size == MEMBER_BYTES && write_member(self, err) < 0)
			return -1;
	}
	return 0;
}

static int gzip_finish(struct writer *writer, struct err *err)
{
	struct gzip *self = (struct gzip *)writer;

	return self->size > 0 ? write_member(self, err) : 0;
}

static void gzip_close(struct writer *writer)
{
	struct gzip *self = (struct gzip *)writer;

	libdeflate_free_compressor(self->deflate);
	free(self->packed);
	free(self);
}

struct writer *writer_gzip(struct writer *below)
{
	struct gzip *self = xcalloc(1, sizeof(*self));

	self->writer.write = gzip_write;
	self->writer.finish = gzip_finish;
	self->writer.close = gzip_close;
	self->below = below;
	self->deflate = libdeflate_alloc_compressor(LEVEL);
	if (!self->deflate)
		abort(); /* there is no memory */
	self->packed_bytes =
		libdeflate_gzip_compress_bound(self->deflate, MEMBER_BYTES);
	self->packed = xmalloc(self->packed_bytes);
	return &self->writer;
}
