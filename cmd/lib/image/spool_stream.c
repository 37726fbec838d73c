/* SPDX-License-Identifier: Apache-2.0 */
/* The spool as a reader and as a writer. */
#include "cmd/lib/image/spool.h"

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define CHUNK_BYTES ((size_t)128 << 10)

struct content_reader {
	struct reader reader;
	struct spool *spool; /* borrowed */
	uint64_t offset, left;
};

static int content_read(struct reader *reader, void *data, size_t size,
			size_t *got, struct err *err)
{
	struct content_reader *self = (struct content_reader *)reader;

	if (size > self->left)
		size = (size_t)self->left;
	*got = size;
	if (size == 0)
		return 0;
	if (self->spool->pending_bytes && spool_flush(self->spool, err) < 0)
		return -1;
	if (fd_read_at(self->spool->fd, data, size, self->offset, err) < 0)
		return -1;
	self->offset += size;
	self->left -= size;
	return 0;
}

static void content_close(struct reader *reader)
{
	free(reader);
}

struct reader *spool_reader(struct spool *spool, const struct content *content)
{
	struct content_reader *self = xcalloc(1, sizeof(*self));

	self->reader.read = content_read;
	self->reader.close = content_close;
	self->spool = spool;
	self->offset = content->offset;
	self->left = content->length;
	return &self->reader;
}

int spool_add_reader(struct spool *spool, struct reader *reader,
		     struct content *content, struct err *err)
{
	SCOPED_FREE char *chunk = xmalloc(CHUNK_BYTES);
	SCOPED(sha256) hash = { 0 };
	size_t got;

	*content = (struct content){ .offset = spool->size_bytes };
	sha256_start(&hash);
	for (;;) {
		if (reader_read(reader, chunk, CHUNK_BYTES, &got, err) < 0)
			return -1;
		if (got == 0)
			break;
		sha256_add(&hash, chunk, got);
		content->length += got;
		if (spool_add(spool, chunk, got, err) < 0)
			return -1;
	}
	content->source = sha256_finish(&hash);
	return 0;
}

struct spool_writer {
	struct writer writer;
	struct spool *spool; /* borrowed */
};

static int spool_write(struct writer *writer, const void *data, size_t size,
		       struct err *err)
{
	struct spool_writer *self = (struct spool_writer *)writer;

	return spool_add(self->spool, data, size, err);
}

static void spool_close(struct writer *writer)
{
	free(writer);
}

struct writer *spool_writer(struct spool *spool)
{
	struct spool_writer *self = xcalloc(1, sizeof(*self));

	self->writer.write = spool_write;
	self->writer.close = spool_close;
	self->spool = spool;
	return &self->writer;
}
