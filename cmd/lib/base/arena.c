/* SPDX-License-Identifier: Apache-2.0 */
/* The arena. */
#include "cmd/lib/base/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

#define BLOCK_BYTES ((size_t)64 << 10)

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) char data[];
};

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	*arena = (struct arena){ 0 };
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *piece;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - arena->used < size) {
		size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = xcalloc(1, sizeof(*block) + room);
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
		arena->used = 0;
	}
	piece = block->data + arena->used;
	arena->used += size;
	return piece;
}

char *arena_text(struct arena *arena, const void *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}
