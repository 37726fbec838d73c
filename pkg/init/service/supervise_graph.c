/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for whom among services. */
#include "pkg/init/service/supervise_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/fs.h"

static bool among(const size_t *places, size_t count, size_t place)
{
	for (size_t i = 0; i < count; i++)
		if (places[i] == place)
			return true;
	return false;
}

bool graph_requires(const struct unit *unit, size_t other)
{
	return among(unit->requires, unit->requires_count, other);
}

bool graph_waits_for(const struct unit *unit, size_t other)
{
	return graph_requires(unit, other) ||
	       among(unit->after, unit->after_count, other);
}

/* For good: no order to start can help. */
PRINTF_LIKE(2, 3) static void fail(struct unit *unit, const char *fmt, ...)
{
	va_list args;

	unit->state = UNIT_FAILED;
	unit->broken = true;
	va_start(args, fmt);
	(void)vsnprintf(unit->reason, sizeof(unit->reason), fmt, args);
	va_end(args);
}

static void resolve_unit(const struct supervise *supervise, struct unit *unit)
{
	const struct json_list *after = &unit->policy->after;
	const struct json_list *requires = &unit->policy->requires;

	unit->after = fs_alloc(after->count, sizeof(*unit->after));
	unit->requires = fs_alloc(requires->count, sizeof(*unit->requires));
	for (size_t i = 0; i < after->count; i++) {
		size_t place = supervise_find(supervise, after->item[i]);

		/* What is not there is past: nothing to wait for. */
		if (place < supervise->count)
			unit->after[unit->after_count++] = place;
	}
	for (size_t i = 0; i < requires->count; i++) {
		size_t place = supervise_find(supervise, requires->item[i]);

		if (place < supervise->count)
		unit->requires[unit->requires_count++] = place;
		else fail(unit, "requires %s, which is not there",
			  requires->item[i]);
	}
}

/* A walk along what waits for what; colours as in every textbook. */
struct walk {
	struct supervise *supervise;
	size_t *came_from;   /* of units on the path; count: its begin */
	unsigned char *seen; /* 0 new, 1 on the path, 2 finished */
	size_t *next;        /* the next edge to go along */
};

static size_t edge(const struct unit *unit, size_t number)
{
	if (number < unit->after_count)
		return unit->after[number];
	return unit->requires[number - unit->after_count];
}

/* The path from found up to at is a circle: all on it fail. */
static void fail_circle(const struct walk *walk, size_t found, size_t at)
{
	char text[REASON_BYTES];
	struct unit *units = walk->supervise->units;
	size_t used =
		(size_t)snprintf(text, sizeof(text), "%s", units[found].name);

	for (size_t i = at; used < sizeof(text); i = walk->came_from[i]) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 " before %s", units[i].name);
		if (i == found)
			break;
	}
	for (size_t i = at;; i = walk->came_from[i]) {
		fail(&units[i], "waits for itself: %.200s", text);
		if (i == found)
			break;
	}
}

static void walk_from(const struct walk *walk, size_t start)
{
	const struct supervise *supervise = walk->supervise;
	size_t at = start;

	walk->came_from[start] = supervise->count;
	walk->seen[start] = 1;
	while (at < supervise->count) {
		const struct unit *unit = &supervise->units[at];

		if (walk->next[at] ==
		    unit->after_count + unit->requires_count) {
			walk->seen[at] = 2;
			at = walk->came_from[at];
			continue;
		}
		size_t to = edge(unit, walk->next[at]++);

		if (walk->seen[to] == 1)
			fail_circle(walk, to, at);
		if (walk->seen[to] == 0) {
			walk->seen[to] = 1;
			walk->came_from[to] = at;
			at = to;
		}
	}
}

static void find_circles(struct supervise *supervise)
{
	size_t count = supervise->count;
	struct walk walk = {
		.supervise = supervise,
		.came_from = fs_alloc(count, sizeof(size_t)),
		.seen = fs_alloc(count, 1),
		.next = fs_alloc(count, sizeof(size_t)),
	};

	for (size_t i = 0; i < count; i++)
		if (walk.seen[i] == 0)
			walk_from(&walk, i);
	free(walk.came_from);
	free(walk.seen);
	free(walk.next);
}

void graph_resolve(struct supervise *supervise)
{
	for (size_t i = 0; i < supervise->count; i++)
		resolve_unit(supervise, &supervise->units[i]);
	find_circles(supervise);
}

void graph_release(struct supervise *supervise)
{
	for (size_t i = 0; i < supervise->count; i++) {
		free(supervise->units[i].after);
		free(supervise->units[i].requires);
	}
}
