/* SPDX-License-Identifier: Apache-2.0 */
/* Which service is started, stopped and restarted when. */
#include "pkg/init/service/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/supervise_graph.h"
#include "pkg/init/service/supervise_step.h"

/* Between two looks whether a service is ready. */
#define READY_POLL_MS 250

const char *const unit_state_name[] = {
	[UNIT_WAITING] = "waiting",   [UNIT_STARTING] = "starting",
	[UNIT_RUNNING] = "running",   [UNIT_READY] = "ready",
	[UNIT_STOPPING] = "stopping", [UNIT_BACKOFF] = "backoff",
	[UNIT_FAILED] = "failed",     [UNIT_DONE] = "done",
	[UNIT_STOPPED] = "stopped",
};

void unit_exit_text(const struct unit_exit *how, char *text, size_t size)
{
	const char *oom = how->oom ? " (out of memory)" : "";

	if (how->sig)
		(void)snprintf(text, size, "killed by signal %d%s", how->sig,
			       oom);
	else
		(void)snprintf(text, size, "exit status %d%s", how->status,
			       oom);
}

void supervise_init(struct supervise *supervise,
		    const struct unit_config *configs, size_t count)
{
	*supervise = (struct supervise){
		.units = fs_alloc(count, sizeof(*supervise->units)),
		.count = count,
	};
	for (size_t i = 0; i < count; i++)
		supervise->units[i] = (struct unit){
			.name = configs[i].name,
			.policy = configs[i].policy,
			.needs_runtime = configs[i].needs_runtime,
			.wanted = !configs[i].skipped,
			.state = configs[i].skipped ? UNIT_STOPPED
						    : UNIT_WAITING,
			.deadline = NEVER,
			.probe_at = NEVER,
			.started_ms = NEVER,
			.ready_ms = NEVER,
		};
	graph_resolve(supervise);
	for (size_t i = 0; i < count; i++) {
		struct unit *unit = &supervise->units[i];

		if (!configs[i].broken)
			continue;
		unit->state = UNIT_FAILED;
		unit->broken = true;
		unit_reason(unit, "%s", configs[i].broken);
	}
}

void supervise_release(struct supervise *supervise)
{
	graph_release(supervise);
	free(supervise->units);
	*supervise = (struct supervise){ 0 };
}

size_t supervise_find(const struct supervise *supervise, const char *name)
{
	size_t i = 0;

	while (i < supervise->count &&
	       strcmp(supervise->units[i].name, name) != 0)
		i++;
	return i;
}

/* Twice as long each time; limits keep the shift small. */
static long long backoff_ms(const struct restart_policy *restart,
			    long long restarts)
{
	long long delay = restart->delay_ms;

	for (; restarts > 0 && delay < restart->max_delay_ms; restarts--)
		delay = delay > 0 ? delay * 2 : 1;
	return delay < restart->max_delay_ms ? delay : restart->max_delay_ms;
}

/* A run that was well for long begins a new row of restarts. */
static bool was_well(const struct unit *unit, long long now)
{
	return unit->ready_ms != NEVER &&
	       now - unit->ready_ms > unit->policy->restart.max_delay_ms;
}

/* An end nobody asked for: restart, or leave it at that. */
static void ended(struct unit *unit, bool bad, long long now)
{
	const struct restart_policy *restart = &unit->policy->restart;
	bool again = restart->when == RESTART_ALWAYS ||
		     (restart->when == RESTART_ON_FAILURE && bad);

	if (was_well(unit, now))
		unit->restarts = 0;
	unit->tried = true;
	if (!again) {
		unit_rest(unit, bad ? UNIT_FAILED : UNIT_DONE);
		return;
	}
	if (restart->limit > 0 && unit->restarts >= restart->limit) {
		size_t len = strlen(unit->reason);

		(void)snprintf(unit->reason + len, sizeof(unit->reason) - len,
			       "; restarted %lld times in a row",
			       unit->restarts);
		unit_rest(unit, UNIT_FAILED);
		return;
	}
	unit_rest(unit, UNIT_BACKOFF);
	unit->deadline = now + backoff_ms(restart, unit->restarts);
	unit->restarts++;
	unit->restarted++;
}

static void begin_again(struct unit *unit)
{
	unit_rest(unit, UNIT_WAITING);
	unit->again = false;
	unit->restarts = 0;
	unit->reason[0] = '\0';
}

static void become_ready(struct unit *unit, long long now)
{
	unit_rest(unit, UNIT_READY);
	unit->ready_ms = now;
	unit->tried = true;
	unit->failures = 0;
	if (unit->policy->health.command.count > 0)
		unit->probe_at = now + unit->policy->health.interval_ms;
}

static void on_started(struct unit *unit, long long now)
{
	const struct readiness *ready = &unit->policy->ready;

	if (unit->state != UNIT_STARTING)
		return;
	unit_rest(unit, UNIT_RUNNING);
	unit->started_ms = now;
	unit->reason[0] = '\0';
	if (!readiness_asked(ready) || unit->spoke) {
		become_ready(unit, now);
		return;
	}
	unit->deadline = now + ready->timeout_ms;
	if (ready->fd == 0)
		unit->probe_at = now;
}

/* It runs before whoever started it comes back to tell. */
static void on_ready(struct unit *unit, long long now)
{
	unit->spoke = unit->state == UNIT_STARTING;
	if (unit->state == UNIT_RUNNING)
		become_ready(unit, now);
}

/* Else nothing can be asked of the unit, and nothing held against it. */
static bool runtime_is_there(const struct supervise *supervise,
			     const struct unit *unit)
{
	return !unit->needs_runtime || supervise->runtime_up;
}

static void on_start_failed(const struct supervise *supervise,
			    struct unit *unit, const struct event *event)
{
	if (unit->state != UNIT_STARTING)
		return;
	unit_reason(unit, "%s", event->text);
	if (!unit->wanted)
		unit_rest(unit, UNIT_STOPPED);
	else if (unit->again)
		begin_again(unit);
	else if (!runtime_is_there(supervise, unit))
		/* Not its fault. */
		unit_rest(unit, UNIT_WAITING);
	else
		ended(unit, true, event->now);
}

static void on_exited(struct unit *unit, const struct event *event)
{
	bool bad = event->how.status != 0 || event->how.sig != 0;
	enum unit_end end = unit->end;

	if (!unit_is_up(unit))
		return;
	unit->last = event->how;
	unit->ended = true;
	unit->end = END_NONE;
	if (!unit->wanted)
		unit_rest(unit, UNIT_STOPPED);
	else if (unit->again || end == END_DEPENDENCY)
		begin_again(unit);
	else if (end == END_LOST)
		unit_rest(unit, UNIT_FAILED);
	else if (end != END_NONE && end != END_ASKED)
		ended(unit, true, event->now);
	else {
		unit_exit_text(&event->how, unit->reason, sizeof(unit->reason));
		ended(unit, bad, event->now);
	}
	unit->started_ms = NEVER;
	unit->ready_ms = NEVER;
}

static void on_probed_ready(struct unit *unit, const struct event *event)
{
	if (unit->state != UNIT_RUNNING || !unit->probing)
		return;
	unit->probing = false;
	if (event->ok)
		become_ready(unit, event->now);
	else
		unit->probe_at = event->now + READY_POLL_MS;
}

/* That is nothing against the unit. */
static void on_not_probed(struct unit *unit, long long now)
{
	if (!unit->probing)
		return;
	unit->probing = false;
	unit->probe_at = now + READY_POLL_MS;
}

static void on_probed_health(const struct supervise *supervise,
			     struct unit *unit, const struct event *event)
{
	const struct healthcheck *health = &unit->policy->health;

	if (unit->state != UNIT_READY || !unit->probing)
		return;
	unit->probing = false;
	unit->probe_at = event->now + health->interval_ms;
	if (event->ok)
		unit->failures = 0;
	else if (runtime_is_there(supervise, unit) &&
		 event->now - unit->started_ms >= health->start_period_ms)
		unit->failures++;
	if (unit->failures < health->retries || unit->end != END_NONE)
		return;
	unit->end = END_HEALTH;
	unit_reason(unit, "healthcheck failed %lld times in a row",
		    unit->failures);
}

static void ask_start(struct supervise *supervise, struct unit *unit)
{
	if (supervise->down || unit->broken)
		return;
	unit->wanted = true;
	/* On its way down, whatever for, it comes back; else it is there. */
	if (unit_is_up(unit))
		unit->again |= unit->end != END_NONE;
	else if (unit->state != UNIT_WAITING)
		begin_again(unit);
	for (size_t i = 0; i < unit->requires_count; i++) {
		struct unit *other = &supervise->units[unit->requires[i]];

		/* Circles end at a broken unit. */
		if (!other->wanted || other->state == UNIT_FAILED)
			ask_start(supervise, other);
	}
}

static void ask_stop(struct unit *unit)
{
	unit->wanted = false;
	unit->again = false;
}

static void ask_restart(struct supervise *supervise, struct unit *unit)
{
	if (supervise->down)
		return;
	if (unit_is_up(unit)) {
		unit->again = true;
		unit->wanted = true;
	} else {
		ask_start(supervise, unit);
	}
}

static void go_down(struct supervise *supervise)
{
	supervise->down = true;
	for (size_t i = 0; i < supervise->count; i++)
		ask_stop(&supervise->units[i]);
}

static void unit_event(struct supervise *supervise, const struct event *event)
{
	if (event->unit >= supervise->count)
		return;
	struct unit *unit = &supervise->units[event->unit];

	if (event->kind == EVENT_STARTED)
		on_started(unit, event->now);
	else if (event->kind == EVENT_START_FAILED)
		on_start_failed(supervise, unit, event);
	else if (event->kind == EVENT_EXITED)
		on_exited(unit, event);
	else if (event->kind == EVENT_READY)
		on_ready(unit, event->now);
	else if (event->kind == EVENT_PROBED_READY)
		on_probed_ready(unit, event);
	else if (event->kind == EVENT_PROBED_HEALTH)
		on_probed_health(supervise, unit, event);
	else if (event->kind == EVENT_NOT_PROBED)
		on_not_probed(unit, event->now);
	else if (event->kind == EVENT_ASK_START)
		ask_start(supervise, unit);
	else if (event->kind == EVENT_ASK_STOP)
		ask_stop(unit);
	else if (event->kind == EVENT_ASK_RESTART)
		ask_restart(supervise, unit);
}

void supervise_event(struct supervise *supervise, const struct event *event)
{
	if (event->kind == EVENT_RUNTIME_UP) {
		supervise->runtime_up = true;
		supervise->runtime_gone[0] = '\0';
	} else if (event->kind == EVENT_RUNTIME_LOST) {
		supervise->runtime_up = false;
	} else if (event->kind == EVENT_RUNTIME_GONE) {
		supervise->runtime_up = false;
		(void)snprintf(supervise->runtime_gone,
			       sizeof(supervise->runtime_gone), "%s",
			       event->text);
	} else if (event->kind == EVENT_DOWN) {
		go_down(supervise);
	} else if (event->kind != EVENT_TICK) {
		unit_event(supervise, event);
	}
	supervise_tick(supervise, event->now);
	supervise_settle(supervise, event->now);
}

bool supervise_next(struct supervise *supervise, struct action *action)
{
	for (size_t i = 0; i < supervise->count; i++) {
		struct unit *unit = &supervise->units[i];

		for (unsigned bit = 0; bit < ACTION_COUNT; bit++) {
			if (!(unit->todo & 1U << bit))
				continue;
			unit->todo &= ~(1U << bit);
			*action = (struct action){ (enum action_kind)bit, i };
			return true;
		}
	}
	return false;
}

static void earlier(long long *first, long long other)
{
	if (other != NEVER && (*first == NEVER || other < *first))
		*first = other;
}

long long supervise_deadline(const struct supervise *supervise)
{
	long long first = NEVER;

	for (size_t i = 0; i < supervise->count; i++) {
		earlier(&first, supervise->units[i].deadline);
		earlier(&first, supervise->units[i].probe_at);
	}
	return first;
}

/* Waits for what has been tried and is not there: that may take for ever. */
static bool is_blocked(const struct supervise *supervise,
		       const struct unit *unit)
{
	for (size_t i = 0; i < unit->requires_count; i++) {
		const struct unit *other = &supervise->units[unit->requires[i]];

		if (!other->wanted || (other->tried && !unit_serves(other)) ||
		    (other->state == UNIT_WAITING &&
		     is_blocked(supervise, other)))
			return true;
	}
	return false;
}

bool supervise_settled(const struct supervise *supervise)
{
	for (size_t i = 0; i < supervise->count; i++) {
		const struct unit *unit = &supervise->units[i];

		if (unit->tried || unit->state == UNIT_FAILED ||
		    unit->state == UNIT_STOPPED)
			continue;
		if (unit->state != UNIT_WAITING || !is_blocked(supervise, unit))
			return false;
	}
	return true;
}

static void enter(struct roll *roll, const char *name)
{
	size_t len = strlen(roll->names);

	(void)snprintf(roll->names + len, sizeof(roll->names) - len, "%s%s",
		       roll->count > 0 ? ", " : "", name);
	roll->count++;
}

void supervise_look_back(const struct supervise *supervise, struct round *round)
{
	*round = (struct round){ 0 };
	for (size_t i = 0; i < supervise->count; i++) {
		const struct unit *unit = &supervise->units[i];

		if (unit->state == UNIT_STOPPED)
			continue;
		round->asked++;
		if (unit->state == UNIT_FAILED)
			enter(&round->failed, unit->name);
		else if (unit->state != UNIT_READY && unit->state != UNIT_DONE)
			enter(&round->late, unit->name);
	}
}

bool supervise_quiet(const struct supervise *supervise)
{
	for (size_t i = 0; i < supervise->count; i++)
		if (unit_is_up(&supervise->units[i]))
			return false;
	return true;
}
