/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk cut into blocks of one size, as most containers keep it: blocks that
 * are all zero are left out of them. The last block is filled up with zeros.
 */
#pragma once

#include "formats/disk/extents.h"

/* Fill the first two; the rest starts zeroed. */
struct blocks {
	const struct extents *disk; /* borrowed */
	uint64_t block_bytes;
	uint64_t count;
	uint64_t used_count;
	uint8_t *used;    /* owned; a bit for each block */
	uint8_t *scratch; /* owned; one block */
};

void blocks_release(struct blocks *blocks);

/* Finds the used ones; reads of those no more than it takes to tell. */
int blocks_find(struct blocks *blocks, struct err *err) MUST_CHECK;

/* Is there anything but zeros in it? False behind the last one. */
bool blocks_is_used(const struct blocks *blocks, uint64_t index);

/* Takes a used one for one of zeros from now on. */
void blocks_drop(struct blocks *blocks, uint64_t index);

/*
 * Writes the used ones one after another, those that adjoin at once, at the
 * position of `fd`.
 */
int blocks_write_used(const struct blocks *blocks, int fd, const char *name,
		      struct err *err) MUST_CHECK;

/* Reads one block into `scratch`. */
int blocks_read(const struct blocks *blocks, uint64_t index,
		struct err *err) MUST_CHECK;

/* Writes one block. */
int blocks_write(const struct blocks *blocks, uint64_t index, struct writer *to,
		 struct err *err) MUST_CHECK;
