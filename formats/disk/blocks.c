/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of a disk, and which of them hold anything. */
#include "formats/disk/blocks.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/bytes.h"

#define HEAD_BYTES ((size_t)512)

void blocks_release(struct blocks *blocks)
{
	free(blocks->used);
	free(blocks->scratch);
	blocks->used = NULL;
	blocks->scratch = NULL;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

int blocks_read(const struct blocks *blocks, uint64_t index, struct err *err)
{
	return extents_read(blocks->disk, index * blocks->block_bytes,
			    blocks->scratch, blocks->block_bytes, err);
}

/* What holds anything mostly begins with it, and then the rest need not be
 * read.
 */
static int holds_data(const struct blocks *blocks, uint64_t index, bool *holds,
		      struct err *err)
{
	uint64_t size = blocks->block_bytes;
	size_t head = size < HEAD_BYTES ? (size_t)size : HEAD_BYTES;

	if (extents_read(blocks->disk, index * size, blocks->scratch, head,
			 err) < 0)
		return -1;
	*holds = !all_zero(blocks->scratch, head);
	if (*holds)
		return 0;
	if (blocks_read(blocks, index, err) < 0)
		return -1;
	*holds = !all_zero(blocks->scratch, size);
	return 0;
}

/* Blocks that an extent touches and that are not all zero. */
int blocks_find(struct blocks *blocks, struct err *err)
{
	uint64_t offset = 0;
	uint64_t length;

	blocks->count =
		round_up(blocks->disk->size_bytes, blocks->block_bytes) /
		blocks->block_bytes;
	blocks->used = xcalloc(blocks->count / 8 + 1, 1);
	blocks->scratch = xmalloc(blocks->block_bytes);
	while (extents_next_run(blocks->disk, &offset, &length)) {
		uint64_t index = offset / blocks->block_bytes;
		bool holds;

		if (holds_data(blocks, index, &holds, err) < 0)
			return -1;
		if (holds) {
			blocks->used[index / 8] |= (uint8_t)(1U << index % 8);
			blocks->used_count++;
		}
		offset = (index + 1) * blocks->block_bytes;
	}
	return 0;
}

bool blocks_is_used(const struct blocks *blocks, uint64_t index)
{
	return index < blocks->count &&
	       blocks->used[index / 8] & 1U << index % 8;
}

void blocks_drop(struct blocks *blocks, uint64_t index)
{
	blocks->used[index / 8] &= (uint8_t) ~(1U << index % 8);
	blocks->used_count--;
}

int blocks_write(const struct blocks *blocks, uint64_t index, struct writer *to,
		 struct err *err)
{
	if (blocks_read(blocks, index, err) < 0)
		return -1;
	return writer_write(to, blocks->scratch, blocks->block_bytes, err);
}

int blocks_write_used(const struct blocks *blocks, int fd, const char *name,
		      struct err *err)
{
	uint64_t size = blocks->block_bytes;

	for (uint64_t i = 0; i < blocks->count; i++) {
		uint64_t first = i;

		while (blocks_is_used(blocks, i))
			i++;
		if (i > first &&
		    extents_write_part(blocks->disk, first * size,
				       (i - first) * size, fd, name, err) < 0)
			return -1;
	}
	return 0;
}
