/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes with holes: putting, finding, reading. */
#include "formats/disk/extents.h"

#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

void extents_release(struct extents *extents)
{
	for (size_t i = 0; i < extents->count; i++)
		free(extents->items[i].bytes);
	free(extents->items);
	*extents = (struct extents){ 0 };
}

size_t extents_find(const struct extents *extents, uint64_t offset)
{
	size_t low = 0;
	size_t high = extents->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct extent *e = &extents->items[middle];

		if (e->offset + e->length > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void insert_extent(struct extents *extents, const struct extent *extent)
{
	size_t at = extents_find(extents, extent->offset);
	uint64_t end;

	if (!add_size(extent->offset, extent->length, &end) ||
	    end > extents->size_bytes ||
	    (at < extents->count && extents->items[at].offset < end))
		abort();
	extents->items = xgrow(extents->items, extents->count,
			       &extents->capacity, sizeof(*extents->items));
	memmove(&extents->items[at + 1], &extents->items[at],
		(extents->count - at) * sizeof(*extents->items));
	extents->items[at] = *extent;
	extents->count++;
}

void extents_put_adopt(struct extents *extents, uint64_t offset, void *data,
		       size_t size)
{
	if (size == 0) {
		free(data);
		return;
	}
	insert_extent(extents, &(struct extent){ .offset = offset,
						 .length = size,
						 .bytes = data,
						 .fd = -1 });
}

void extents_put(struct extents *extents, uint64_t offset, const void *data,
		 size_t size)
{
	void *copy;

	if (size == 0)
		return;
	copy = xmalloc(size);
	memcpy(copy, data, size);
	extents_put_adopt(extents, offset, copy, size);
}

void extents_put_file(struct extents *extents, uint64_t offset, int fd,
		      uint64_t fd_offset, uint64_t length)
{
	if (length > 0)
		insert_extent(extents,
			      &(struct extent){ .offset = offset,
						.length = length,
						.fd = fd,
						.fd_offset = fd_offset });
}

void extents_graft(struct extents *extents, uint64_t offset,
		   struct extents *from)
{
	uint64_t end;

	if (!add_size(offset, from->size_bytes, &end) ||
	    end > extents->size_bytes)
		abort();
	for (size_t i = 0; i < from->count; i++) {
		struct extent moved = from->items[i];

		moved.offset += offset;
		insert_extent(extents, &moved);
	}
	from->count = 0;
	extents_release(from);
}

void extents_copy(struct extents *to, const struct extents *from)
{
	to->size_bytes = from->size_bytes;
	for (size_t i = 0; i < from->count; i++) {
		const struct extent *e = &from->items[i];

		if (e->bytes)
			extents_put(to, e->offset, e->bytes, e->length);
		else
			extents_put_file(to, e->offset, e->fd, e->fd_offset,
					 e->length);
	}
}

bool extents_next_run(const struct extents *extents, uint64_t *offset,
		      uint64_t *length)
{
	size_t at = extents_find(extents, *offset);
	uint64_t end;

	if (at == extents->count)
		return false;
	if (extents->items[at].offset > *offset)
		*offset = extents->items[at].offset;
	end = extents->items[at].offset + extents->items[at].length;
	while (++at < extents->count && extents->items[at].offset == end)
		end += extents->items[at].length;
	*length = end - *offset;
	return true;
}

bool extents_have_data(const struct extents *extents, uint64_t offset,
		       uint64_t length)
{
	size_t at = extents_find(extents, offset);

	if (at == extents->count || length == 0)
		return false;
	return extents->items[at].offset <= offset ||
	       extents->items[at].offset - offset < length;
}

/* Part of one extent. */
static int read_extent(const struct extent *extent, uint64_t skip, void *data,
		       size_t size, struct err *err)
{
	if (extent->bytes) {
		memcpy(data, extent->bytes + skip, size);
		return 0;
	}
	return fd_read_at(extent->fd, data, size, extent->fd_offset + skip,
			  err);
}

int extents_read(const struct extents *extents, uint64_t offset, void *data,
		 size_t size, struct err *err)
{
	uint8_t *next = data;

	for (size_t at = extents_find(extents, offset); size > 0; at++) {
		const struct extent *e = &extents->items[at];
		uint64_t skip, part;

		if (at == extents->count || e->offset >= offset + size)
			break;
		if (e->offset > offset) {
			size_t hole = (size_t)(e->offset - offset);

			memset(next, 0, hole);
			next += hole;
			offset += hole;
			size -= hole;
		}
		skip = offset - e->offset;
		part = e->length - skip < size ? e->length - skip : size;
		if (read_extent(e, skip, next, (size_t)part, err) < 0)
			return -1;
		next += part;
		offset += part;
		size -= (size_t)part;
	}
	memset(next, 0, size);
	return 0;
}

int extents_digest(const struct extents *extents, struct digest *digest,
		   struct err *err)
{
	enum { CHUNK = 128 << 10 };
	SCOPED_FREE uint8_t *chunk = xmalloc(CHUNK);
	SCOPED(sha256) hash = { 0 };
	uint64_t offset = 0;
	uint64_t length;

	sha256_start(&hash);
	sha256_add_u64(&hash, extents->size_bytes);
	for (; extents_next_run(extents, &offset, &length); offset += length) {
		sha256_add_u64(&hash, offset);
		sha256_add_u64(&hash, length);
		for (uint64_t done = 0; done < length;) {
			size_t part = length - done < CHUNK
					      ? (size_t)(length - done)
					      : CHUNK;

			if (extents_read(extents, offset + done, chunk, part,
					 err) < 0)
				return -1;
			sha256_add(&hash, chunk, part);
			done += part;
		}
	}
	*digest = sha256_finish(&hash);
	return 0;
}
