/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor leaves behind of a service. */
#include "pkg/init/service/adopt.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/supervise_step.h"

#define PID_LIMIT (1LL << 22)

#define FIELD(name) #name, offsetof(struct saved, name)

static const struct {
	const char *name;
	size_t at;
	long long min;
	long long max;
} fields[] = {
	{ FIELD(pid), 0, PID_LIMIT },
	{ FIELD(born), 0, LLONG_MAX },
	{ FIELD(worker), 0, PID_LIMIT },
	{ FIELD(collected), 0, 3 },
	{ FIELD(state), 0, UNIT_STOPPED },
	{ FIELD(end), 0, END_READINESS },
	{ FIELD(wanted), 0, 1 },
	{ FIELD(again), 0, 1 },
	{ FIELD(tried), 0, 1 },
	{ FIELD(restarts), 0, LLONG_MAX / 2 },
	{ FIELD(restarted), 0, LLONG_MAX / 2 },
	{ FIELD(failures), 0, LLONG_MAX / 2 },
	{ FIELD(started_ms), NEVER, LLONG_MAX / 2 },
	{ FIELD(ready_ms), NEVER, LLONG_MAX / 2 },
	{ FIELD(backoff_until), NEVER, LLONG_MAX / 2 },
	{ FIELD(ended), 0, 1 },
	{ FIELD(status), 0, INT_MAX },
	{ FIELD(sig), 0, INT_MAX },
	{ FIELD(oom), 0, 1 },
};

#define REASON_KEY "reason "

static long long field_get(const struct saved *saved, size_t i)
{
	long long value;

	memcpy(&value, (const char *)saved + fields[i].at, sizeof(value));
	return value;
}

static void field_set(struct saved *saved, size_t i, long long value)
{
	memcpy((char *)saved + fields[i].at, &value, sizeof(value));
}

void saved_take(struct saved *saved, const struct unit *unit)
{
	saved->state = unit->state;
	saved->end = unit->end;
	saved->wanted = unit->wanted;
	saved->again = unit->again;
	saved->tried = unit->tried;
	saved->restarts = unit->restarts;
	saved->restarted = unit->restarted;
	saved->failures = unit->failures;
	saved->started_ms = unit->started_ms;
	saved->ready_ms = unit->ready_ms;
	saved->backoff_until =
		unit->state == UNIT_BACKOFF ? unit->deadline : NEVER;
	saved->ended = unit->ended;
	saved->status = unit->last.status;
	saved->sig = unit->last.sig;
	saved->oom = unit->last.oom;
	memcpy(saved->reason, unit->reason, REASON_BYTES);
}

void saved_encode(const struct saved *saved, char text[SAVED_BYTES])
{
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		len += (size_t)snprintf(text + len, SAVED_BYTES - len,
					"%s %lld\n", fields[i].name,
					field_get(saved, i));
	(void)snprintf(text + len, SAVED_BYTES - len, REASON_KEY "%s\n",
		       saved->reason);
}

/* "NAME NUMBER\n", and where the next line begins; NULL if it is not so. */
static const char *take_field(struct saved *saved, size_t i, const char *text)
{
	size_t len = strlen(fields[i].name);
	char *end;

	if (strncmp(text, fields[i].name, len) != 0 || text[len] != ' ')
		return NULL;
	long long value = strtoll(text + len + 1, &end, 10);

	if (end == text + len + 1 || *end != '\n' || value < fields[i].min ||
	    value > fields[i].max)
		return NULL;
	field_set(saved, i, value);
	return end + 1;
}

bool saved_decode(struct saved *saved, const char *text)
{
	size_t len = strlen(REASON_KEY);

	*saved = (struct saved){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(fields) && text; i++)
		text = take_field(saved, i, text);
	if (!text || strncmp(text, REASON_KEY, len) != 0)
		return false;
	/* A reason may have lines of its own. */
	size_t rest = strlen(text + len);

	if (rest == 0 || rest > REASON_BYTES || text[len + rest - 1] != '\n')
		return false;
	memcpy(saved->reason, text + len, rest - 1);
	return true;
}

static void wait_for_ready(struct unit *unit, long long now)
{
	const struct readiness *ready = &unit->policy->ready;

	if (!readiness_asked(ready))
		return;
	unit->deadline = now + ready->timeout_ms;
	if (ready->fd == 0)
		unit->probe_at = now;
}

/* What its state waits for, anew. */
static void go_on(struct unit *unit, long long backoff_until, long long now)
{
	if (unit->state == UNIT_STARTING) {
		unit->again = true;
	} else if (unit->state == UNIT_RUNNING) {
		wait_for_ready(unit, now);
	} else if (unit->state == UNIT_READY &&
		   unit->policy->health.command.count > 0) {
		unit->probe_at = now + unit->policy->health.interval_ms;
	} else if (unit->state == UNIT_STOPPING) {
		unit->deadline = now + unit->policy->stop_timeout_ms;
		unit->todo = 1U << ACTION_TERM;
	} else if (unit->state == UNIT_BACKOFF) {
		unit->deadline = backoff_until == NEVER ? now : backoff_until;
	}
}

void saved_restore(const struct saved *saved, struct unit *unit, long long now)
{
	/* What cannot be tried at all could not be tried then. */
	if (unit->broken)
		return;
	unit_rest(unit, (enum unit_state)saved->state);
	unit->end = (enum unit_end)saved->end;
	unit->wanted = saved->wanted;
	unit->again = saved->again;
	unit->tried = saved->tried;
	unit->restarts = saved->restarts;
	unit->restarted = saved->restarted;
	unit->failures = saved->failures;
	unit->started_ms = saved->started_ms;
	unit->ready_ms = saved->ready_ms;
	unit->ended = saved->ended;
	unit->last = (struct unit_exit){ .status = (int)saved->status,
					 .sig = (int)saved->sig,
					 .oom = saved->oom };
	memcpy(unit->reason, saved->reason, REASON_BYTES);
	go_on(unit, saved->backoff_until, now);
}
