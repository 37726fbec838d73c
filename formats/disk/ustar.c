/* SPDX-License-Identifier: Apache-2.0 */
/* Writing small archives of large files. */
#include "formats/disk/ustar.h"

#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/mem.h"
#include "formats/disk/blocks.h"
#include "formats/disk/bytes.h"

#define BLOCK 512U
#define HOLE_BYTES 65536U /* smaller holes are written out */
#define SPANS_FIRST 4U    /* in the header, 21 in each block behind it */
#define SPANS_MORE 21U
#define SPAN_BYTES 24U

/* Octal digits and a NUL; GNU's base 256 where they do not suffice. */
static void put_number(uint8_t *to, uint64_t value, size_t size)
{
	if (value >> 3 * (size - 1)) {
		put_be(to, value, size);
		to[0] |= 0x80;
		return;
	}
	for (size_t i = size - 1; i > 0; i--, value >>= 3)
		to[i - 1] = (uint8_t)('0' + (value & 7));
	to[size - 1] = '\0';
}

static void put_header(uint8_t header[BLOCK], const char *name, uint64_t size,
		       char type)
{
	/* Magic and version. */
	static const uint8_t gnu[8] = "ustar  ";
	static const uint8_t posix[8] = {
		'u', 's', 't', 'a', 'r', 0, '0', '0'
	};

	memset(header, 0, BLOCK);
	put_text(header, name);
	put_number(header + 100, 0644, 8);
	put_number(header + 108, 0, 8);
	put_number(header + 116, 0, 8);
	put_number(header + 124, size, 12);
	put_number(header + 136, CLOCK_BUILD_TIME, 12);
	header[156] = (uint8_t)type;
	/* Sparse files are GNU's own. */
	memcpy(header + 257, type == 'S' ? gnu : posix, sizeof(gnu));
}

static void put_checksum(uint8_t header[BLOCK])
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	put_number(header + 148, sum, 7);
}

static int copy(struct writer *to, const struct extents *content,
		uint64_t offset, uint64_t length, struct err *err)
{
	SCOPED_FREE uint8_t *chunk = xmalloc(HOLE_BYTES);

	while (length > 0) {
		size_t part = length < HOLE_BYTES ? (size_t)length : HOLE_BYTES;

		if (extents_read(content, offset, chunk, part, err) < 0 ||
		    writer_write(to, chunk, part, err) < 0)
			return -1;
		offset += part;
		length -= part;
	}
	return 0;
}

static int pad(struct writer *to, uint64_t size, struct err *err)
{
	return writer_zeros(to, round_up(size, BLOCK) - size, err);
}

int ustar_add(struct writer *to, const char *name,
	      const struct extents *content, struct err *err)
{
	uint8_t header[BLOCK];

	put_header(header, name, content->size_bytes, '0');
	put_checksum(header);
	if (writer_write(to, header, BLOCK, err) < 0 ||
	    copy(to, content, 0, content->size_bytes, err) < 0)
		return -1;
	return pad(to, content->size_bytes, err);
}

int ustar_add_text(struct writer *to, const char *name, const void *text,
		   size_t size, struct err *err)
{
	SCOPED(extents) content = { .size_bytes = size };

	extents_put(&content, 0, text, size);
	return ustar_add(to, name, &content, err);
}

int ustar_end(struct writer *to, struct err *err)
{
	return writer_zeros(to, (uint64_t)2 * BLOCK, err);
}

struct span {
	uint64_t offset, length;
};

/* The data of a file in a row; the last span says where the file ends. */
struct spans {
	struct span *items; /* owned */
	size_t count, capacity;
	uint64_t data_bytes;
};

static void spans_release(struct spans *spans)
{
	free(spans->items);
}

static void add_span(struct spans *spans, uint64_t offset, uint64_t length)
{
	struct span *last =
		spans->count ? &spans->items[spans->count - 1] : NULL;

	spans->data_bytes += length;
	if (last && length > 0 && last->offset + last->length == offset) {
		last->length += length;
		return;
	}
	spans->items = xgrow(spans->items, spans->count, &spans->capacity,
			     sizeof(*spans->items));
	spans->items[spans->count++] = (struct span){ offset, length };
}

static int find_spans(struct spans *spans, const struct extents *content,
		      struct err *err)
{
	SCOPED(blocks) blocks = { .disk = content, .block_bytes = HOLE_BYTES };

	if (blocks_find(&blocks, err) < 0)
		return -1;
	for (uint64_t i = 0; i < blocks.count; i++) {
		uint64_t offset = i * HOLE_BYTES;
		uint64_t left = content->size_bytes - offset;

		if (blocks_is_used(&blocks, i))
			add_span(spans, offset,
				 left < HOLE_BYTES ? left : HOLE_BYTES);
	}
	add_span(spans, content->size_bytes, 0);
	return 0;
}

/* Up to `count` spans from `*next` on; a byte behind them: there are more. */
static void put_spans(uint8_t *to, size_t count, const struct spans *spans,
		      size_t *next)
{
	for (size_t i = 0; i < count && *next < spans->count; i++, ++*next) {
		put_number(to + SPAN_BYTES * i, spans->items[*next].offset, 12);
		put_number(to + SPAN_BYTES * i + 12, spans->items[*next].length,
			   12);
	}
	to[SPAN_BYTES * count] = *next < spans->count;
}

static int write_map(struct writer *to, const char *name,
		     const struct spans *spans, uint64_t size, struct err *err)
{
	uint8_t header[BLOCK];
	size_t next = 0;

	put_header(header, name, spans->data_bytes, 'S');
	put_spans(header + 386, SPANS_FIRST, spans, &next);
	put_number(header + 483, size, 12);
	put_checksum(header);
	if (writer_write(to, header, BLOCK, err) < 0)
		return -1;
	while (next < spans->count) {
		uint8_t more[BLOCK] = { 0 };

		put_spans(more, SPANS_MORE, spans, &next);
		if (writer_write(to, more, BLOCK, err) < 0)
			return -1;
	}
	return 0;
}

int ustar_add_sparse(struct writer *to, const char *name,
		     const struct extents *content, struct err *err)
{
	SCOPED(spans) spans = { 0 };

	if (find_spans(&spans, content, err) < 0 ||
	    write_map(to, name, &spans, content->size_bytes, err) < 0)
		return -1;
	for (size_t i = 0; i < spans.count; i++)
		if (copy(to, content, spans.items[i].offset,
			 spans.items[i].length, err) < 0)
			return -1;
	return pad(to, spans.data_bytes, err);
}
