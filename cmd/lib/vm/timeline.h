/* SPDX-License-Identifier: Apache-2.0 */
/* The phases of a boot, by when lines come to the console. */
#pragma once

#include "cmd/lib/base/buf.h"

#include <stdbool.h>

struct timeline_phase {
	char *name;                 /* owned */
	long long begin_ms, end_ms; /* since the start; end -1: it goes on */
	bool is_service;            /* they run beside each other */
};

/* { 0 } is empty; `start_ms` is of clock_monotonic_ms. */
struct timeline {
	long long start_ms;
	struct timeline_phase *phases; /* owned */
	size_t count;
};

void timeline_release(struct timeline *timeline);

/* A line has come, now or, for the second, at this time since the start. */
void timeline_see(struct timeline *timeline, const char *line);
void timeline_see_at(struct timeline *timeline, const char *line, long long ms);

/* What still goes on ends here. */
void timeline_end(struct timeline *timeline, long long ms);

/* A line for each phase: "BEGIN s  LENGTH s  NAME". */
void timeline_text(const struct timeline *timeline, struct buf *out);
/* The same as a picture: Scalable Vector Graphics 1.1. */
void timeline_svg(const struct timeline *timeline, struct buf *out);
