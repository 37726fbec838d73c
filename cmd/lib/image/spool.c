/* SPDX-License-Identifier: Apache-2.0 */
/* The spool of file contents. */
#include "cmd/lib/image/spool.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define PENDING_BYTES ((size_t)1 << 20)

int spool_open(struct spool *spool, struct err *err)
{
	spool->pending = xmalloc(PENDING_BYTES);
	return fd_temporary(&spool->fd, NULL, err);
}

void spool_release(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	free(spool->pending);
	*spool = (struct spool)SPOOL_INIT;
}

int spool_flush(struct spool *spool, struct err *err)
{
	size_t size = spool->pending_bytes;

	spool->pending_bytes = 0;
	return fd_write_all(spool->fd, spool->pending, size, "a temporary file",
			    err);
}

int spool_add(struct spool *spool, const void *data, size_t size,
	      struct err *err)
{
	const char *next = data;

	while (size > 0) {
		size_t room = PENDING_BYTES - spool->pending_bytes;
		size_t part = size < room ? size : room;

		memcpy(spool->pending + spool->pending_bytes, next, part);
		spool->pending_bytes += part;
		spool->size_bytes += part;
		next += part;
		size -= part;
		if (spool->pending_bytes == PENDING_BYTES &&
		    spool_flush(spool, err) < 0)
			return -1;
	}
	return 0;
}

int spool_add_content(struct spool *spool, const void *data, size_t size,
		      struct content *content, struct err *err)
{
	*content = (struct content){
		.offset = spool->size_bytes,
		.length = size,
		.source = sha256_of(data, size),
	};
	return spool_add(spool, data, size, err);
}

int spool_copy(struct spool *spool, const struct content *content,
	       struct writer *to, struct err *err)
{
	if (spool->pending_bytes && spool_flush(spool, err) < 0)
		return -1;
	return writer_copy(to, spool->fd, content->offset, content->length,
			   err);
}

int spool_load(struct spool *spool, const struct content *content,
	       struct buf *buf, struct err *err)
{
	size_t max = buf->max_bytes ? buf->max_bytes : BUF_DEFAULT_MAX;
	SCOPED_FREE char *data = NULL;

	if (content->length > max)
		return err_set(err, FAULT_INPUT,
			       "%llu bytes where at most %zu are allowed",
			       (unsigned long long)content->length, max);
	if (spool->pending_bytes && spool_flush(spool, err) < 0)
		return -1;
	data = xmalloc(content->length);
	if (fd_read_at(spool->fd, data, content->length, content->offset, err) <
	    0)
		return -1;
	buf_add(buf, data, content->length);
	return 0;
}
