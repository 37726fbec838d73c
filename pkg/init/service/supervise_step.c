/* SPDX-License-Identifier: Apache-2.0 */
/* One step of services towards what is wanted of them. Pure. */
#include "pkg/init/service/supervise_step.h"

#include <stdarg.h>
#include <stdio.h>

#include "pkg/init/service/supervise_graph.h"

/* From SIGKILL until we no longer believe in an end. */
#define KILL_MS 10000

void unit_reason(struct unit *unit, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(unit->reason, sizeof(unit->reason), fmt, args);
	va_end(args);
}

bool unit_is_up(const struct unit *unit)
{
	return unit->state == UNIT_STARTING || unit->state == UNIT_RUNNING ||
	       unit->state == UNIT_READY || unit->state == UNIT_STOPPING;
}

/* Runs, and was not told to end yet. */
static bool is_live(const struct unit *unit)
{
	return unit->state == UNIT_RUNNING || unit->state == UNIT_READY;
}

bool unit_serves(const struct unit *unit)
{
	return unit->state == UNIT_DONE ||
	       (unit->state == UNIT_READY && unit->end == END_NONE);
}

void unit_rest(struct unit *unit, enum unit_state state)
{
	unit->state = state;
	unit->deadline = NEVER;
	unit->probe_at = NEVER;
	unit->probing = false;
	unit->todo = 0;
}

/* Why a live unit has to end, from what is around it. */
static void find_end(const struct supervise *supervise, struct unit *unit)
{
	if (!unit->wanted || unit->again) {
		unit->end = END_ASKED;
		return;
	}
	for (size_t i = 0; i < unit->requires_count; i++) {
		const struct unit *other = &supervise->units[unit->requires[i]];

		if (other->state == UNIT_FAILED) {
			unit->end = END_LOST;
			unit_reason(unit, "requires %s, which has failed",
				    other->name);
			return;
		}
		if (unit_is_up(other) &&
		    (other->end == END_ASKED || other->end == END_DEPENDENCY ||
		     other->end == END_LOST))
			unit->end = END_DEPENDENCY;
	}
}

/* Those that need it go first; on the way down, those that came after it. */
static bool may_stop(const struct supervise *supervise, size_t place)
{
	enum unit_end end = supervise->units[place].end;

	if (end == END_HEALTH || end == END_READINESS)
		return true;
	for (size_t i = 0; i < supervise->count; i++) {
		const struct unit *other = &supervise->units[i];

		if (unit_is_up(other) &&
		    (supervise->down ? graph_waits_for(other, place)
				     : graph_requires(other, place)))
			return false;
	}
	return true;
}

static void stop(struct unit *unit, long long now)
{
	unit_rest(unit, UNIT_STOPPING);
	unit->killed = false;
	unit->deadline = now + unit->policy->stop_timeout_ms;
	unit->todo = 1U << ACTION_TERM;
}

const char *unit_waits_for(const struct supervise *supervise,
			   const struct unit *unit)
{
	if (unit->needs_runtime && !supervise->runtime_up)
		return "containerd";
	for (size_t i = 0; i < unit->requires_count; i++) {
		const struct unit *other = &supervise->units[unit->requires[i]];

		if (!unit_serves(other))
			return other->name;
	}
	for (size_t i = 0; i < unit->after_count; i++) {
		const struct unit *other = &supervise->units[unit->after[i]];

		if (!other->tried && other->wanted &&
		    other->state != UNIT_FAILED)
			return other->name;
	}
	return NULL;
}

/* WAITING: start it, give it up, or leave it. True if it changed. */
static bool try_start(const struct supervise *supervise, struct unit *unit)
{
	for (size_t i = 0; i < unit->requires_count; i++) {
		const struct unit *other = &supervise->units[unit->requires[i]];

		if (other->state == UNIT_FAILED) {
			unit_reason(unit, "requires %s, which has failed",
				    other->name);
			unit_rest(unit, UNIT_FAILED);
			return true;
		}
	}
	if (unit->needs_runtime && supervise->runtime_gone[0]) {
		unit_reason(unit, "%s", supervise->runtime_gone);
		unit_rest(unit, UNIT_FAILED);
		return true;
	}
	if (unit_waits_for(supervise, unit))
		return false;
	unit_rest(unit, UNIT_STARTING);
	unit->spoke = false;
	unit->killed = false;
	unit->end = END_NONE;
	unit->todo = 1U << ACTION_START;
	return true;
}

/* A start that nobody wants any more may take as long as a stop may. */
static void hurry_start(struct unit *unit, long long now)
{
	bool unwanted = !unit->wanted || unit->again;

	if (!unwanted)
		unit->deadline = NEVER;
	else if (unit->deadline == NEVER && !unit->killed)
		unit->deadline = now + unit->policy->stop_timeout_ms;
}

/* One step of a unit towards what is wanted of it. True if it changed. */
static bool step(struct supervise *supervise, size_t place, long long now)
{
	struct unit *unit = &supervise->units[place];

	if (unit->state == UNIT_WAITING || unit->state == UNIT_BACKOFF) {
		if (!unit->wanted) {
			unit_rest(unit, UNIT_STOPPED);
			return true;
		}
		return unit->state == UNIT_WAITING &&
		       try_start(supervise, unit);
	}
	if (unit->state == UNIT_STARTING)
		hurry_start(unit, now);
	if (!is_live(unit))
		return false;
	enum unit_end before = unit->end;

	if (before == END_NONE || !unit->wanted)
		find_end(supervise, unit);
	if (unit->end != END_NONE && may_stop(supervise, place)) {
		stop(unit, now);
		return true;
	}
	return unit->end != before;
}

void supervise_settle(struct supervise *supervise, long long now)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < supervise->count; i++)
			changed |= step(supervise, i, now);
	}
}

static void deadline_passed(struct unit *unit, long long now)
{
	unit->deadline = NEVER;
	if (unit->state == UNIT_BACKOFF) {
		unit_rest(unit, UNIT_WAITING);
	} else if (unit->state == UNIT_RUNNING && unit->end == END_NONE) {
		unit->end = END_READINESS;
		unit_reason(unit, "not ready within %lld ms",
			    unit->policy->ready.timeout_ms);
	} else if (unit->state == UNIT_STARTING) {
		unit->killed = true;
		unit->todo |= 1U << ACTION_KILL;
	} else if (unit->state == UNIT_STOPPING && !unit->killed) {
		unit->killed = true;
		unit->deadline = now + KILL_MS;
		unit->todo |= 1U << ACTION_KILL;
	} else if (unit->state == UNIT_STOPPING && !unit->reason[0]) {
		/* Why it was to end says more. */
		unit_reason(unit, "cannot be killed");
	}
}

void supervise_tick(struct supervise *supervise, long long now)
{
	for (size_t i = 0; i < supervise->count; i++) {
		struct unit *unit = &supervise->units[i];

		if (unit->deadline != NEVER && unit->deadline <= now)
			deadline_passed(unit, now);
		if (!is_live(unit) || unit->probe_at == NEVER ||
		    unit->probe_at > now)
			continue;
		unit->probe_at = NEVER;
		unit->probing = true;
		unit->todo |=
			1U << (unit->state == UNIT_READY ? ACTION_PROBE_HEALTH
							 : ACTION_PROBE_READY);
	}
}
