/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given out piece by piece and freed all at once. */
#pragma once

#include "cmd/lib/base/scope.h"

/* { 0 } is empty. What arena_* returns lives until arena_release. */
struct arena {
	struct arena_block *blocks;
	size_t used;
};

void arena_release(struct arena *arena);
/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((returns_nonnull));
char *arena_text(struct arena *arena, const void *text, size_t length)
	__attribute__((returns_nonnull));
