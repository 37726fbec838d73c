/* SPDX-License-Identifier: Apache-2.0 */
/* containerd itself, kept running. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pkg/init/service/daemon.h"
#include "pkg/init/service/process.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/supervisor.h"
#include "pkg/init/service/timeline.h"

/*
 * How long it may take until it answers, and between two looks: each wait for
 * the next is time that the boot loses, so the first second has many.
 */
#define READY_MS 120000
#define POLL_MS 5
#define POLL_LATE_MS 20
#define LATE_MS 1000

/* Between its end and its next start; a long life begins anew. */
#define DELAY_MS 100
#define DELAY_MAX_MS 30000
#define LONG_LIFE_MS 60000

#define SAVED RUN_FOLDER "/containerd"
#define SAVED_MAX 64

static struct daemon daemon_of(const struct supervisor *sv)
{
	return (struct daemon){ .program = sv->services->program,
				.socket_path = sv->services->socket_path };
}

static void feed(struct supervisor *sv, enum event_kind kind, const char *text)
{
	const struct event event = { .kind = kind,
				     .now = clock_ms(),
				     .text = text };

	supervisor_event(sv, &event);
}

static void back_off(struct supervisor *sv, long long now)
{
	struct watch *watch = &sv->watch;

	watch->state = WATCH_BACKOFF;
	watch->deadline = now + watch->delay_ms;
	watch->delay_ms *= 2;
	if (watch->delay_ms > DELAY_MAX_MS)
		watch->delay_ms = DELAY_MAX_MS;
}

/* One that never worked is not tried again: nothing would be different. */
static void failed(struct supervisor *sv, const char *why, long long now)
{
	struct watch *watch = &sv->watch;
	struct err err;

	(void)err_set(&err, "containerd: %s", why);
	if (watch->was_up) {
		say("%s", err.msg);
		back_off(sv, now);
		return;
	}
	watch->state = WATCH_OFF;
	say("no services: %s", err.msg);
	daemon_print_tail(watch->log_fd);
	feed(sv, EVENT_RUNTIME_GONE, err.msg);
}

/* For a supervisor that comes after this one. */
static void save(const struct watch *watch)
{
	char text[64];
	struct err err;

	(void)snprintf(text, sizeof(text), "%d %lld\n", (int)watch->pid,
		       process_born(watch->pid));
	if (fs_replace(SAVED, text, &err) < 0)
		say("%s", err.msg);
}

void watch_start(struct supervisor *sv, long long now)
{
	struct watch *watch = &sv->watch;
	const struct daemon daemon = daemon_of(sv);
	struct err err;

	if (watch->log_fd >= 0)
		(void)close(watch->log_fd);
	if (watch->delay_ms == 0) {
		watch->delay_ms = DELAY_MS;
		timeline_mark("containerd", "starting");
	}
	watch->state = WATCH_STARTING;
	watch->deadline = now + READY_MS;
	watch->poll_at = now + POLL_MS;
	watch->pid = daemon_start(&daemon, &watch->log_fd, &err);
	if (watch->pid < 0) {
		watch->pid = 0;
		failed(sv, err.msg, now);
		return;
	}
	save(watch);
}

/* 0: there is none any more. */
static pid_t saved_pid(void)
{
	SCOPED_FREE char *text = NULL;
	struct err err;
	char *end;

	if (fs_read(SAVED, SAVED_MAX, &text, &err) < 0 || !text)
		return 0;
	long pid = strtol(text, &end, 10);
	long long born = strtoll(end, NULL, 10);

	return pid > 0 && born > 0 && process_born((pid_t)pid) == born
		       ? (pid_t)pid
		       : 0;
}

void watch_adopt(struct supervisor *sv, long long now)
{
	struct watch *watch = &sv->watch;

	/* It worked, or the boot would not have gone on so far. */
	watch->was_up = true;
	watch->pid = saved_pid();
	if (watch->pid == 0) {
		watch_start(sv, now);
		return;
	}
	watch->delay_ms = DELAY_MS;
	watch->state = WATCH_STARTING;
	watch->deadline = now + READY_MS;
	watch->poll_at = now;
}

static void run_stale(const void *subject, struct work *work)
{
	work->failed = engine_delete_stale(subject, &work->err) < 0;
}

/* What has a bundle is replaced when it is started; the rest can wait. */
void watch_settled(struct supervisor *sv)
{
	struct watch *watch = &sv->watch;
	struct err err;

	if (watch->state != WATCH_UP)
		return;
	if (worker_start(&watch->stale, run_stale, sv->services, &err) < 0)
		say("containerd: %s", err.msg);
	else
		(void)supervisor_listen(sv, watch->stale.fd, SOURCE_STALE, 0);
}

static void answers(struct supervisor *sv, long long now)
{
	struct watch *watch = &sv->watch;
	bool first = !watch->was_up;

	watch->state = WATCH_UP;
	watch->up_ms = now;
	watch->was_up = true;
	say_step("containerd: ready");
	if (first)
		timeline_mark("containerd", "ready");
	feed(sv, EVENT_RUNTIME_UP, NULL);
	member_runtime_up(sv);
}

void watch_stale_done(struct supervisor *sv)
{
	struct work work;

	if (sv->watch.stale.fd < 0)
		return;
	supervisor_forget(sv, sv->watch.stale.fd);
	worker_take(&sv->watch.stale, &work);
	if (work.failed)
		say("containerd: %s", work.err.msg);
}

void watch_tick(struct supervisor *sv, long long now)
{
	struct watch *watch = &sv->watch;
	const struct daemon daemon = daemon_of(sv);

	if (watch->state == WATCH_BACKOFF && now >= watch->deadline &&
	    !sv->machine.down)
		watch_start(sv, now);
	if (watch->state != WATCH_STARTING || now < watch->poll_at)
		return;
	if (daemon_answers(&daemon)) {
		answers(sv, now);
		return;
	}
	bool late = now > watch->deadline - READY_MS + LATE_MS;

	watch->poll_at = now + (late ? POLL_LATE_MS : POLL_MS);
	if (now < watch->deadline)
		return;
	(void)kill(watch->pid, SIGKILL);
	watch->pid = 0;
	failed(sv, "not ready within 120 s", now);
}

/* From here on it is about to end, and nobody asks it for anything. */
static void lost(struct supervisor *sv, long long now)
{
	struct watch *watch = &sv->watch;

	if (now - watch->up_ms > LONG_LIFE_MS)
		watch->delay_ms = DELAY_MS;
	watch->state = WATCH_STARTING;
	watch->deadline = now + READY_MS;
	watch->poll_at = watch->deadline;
	feed(sv, EVENT_RUNTIME_LOST, NULL);
}

void watch_doubt(struct supervisor *sv, long long now)
{
	const struct daemon daemon = daemon_of(sv);

	if (sv->watch.state != WATCH_UP || daemon_answers(&daemon))
		return;
	say("containerd: takes no connections");
	(void)kill(sv->watch.pid, SIGKILL);
	lost(sv, now);
}

void watch_exited(struct supervisor *sv, int status, long long now)
{
	struct watch *watch = &sv->watch;
	struct err err;
	char text[64];

	watch->pid = 0;
	if (watch->state == WATCH_UP)
		lost(sv, now);
	spawn_describe(status, text, sizeof(text));
	(void)err_set(&err, "ended: %s", text);
	failed(sv, err.msg, now);
}

long long watch_deadline(const struct supervisor *sv)
{
	const struct watch *watch = &sv->watch;

	if (watch->state == WATCH_STARTING)
		return watch->poll_at;
	if (watch->state == WATCH_BACKOFF && !sv->machine.down)
		return watch->deadline;
	return NEVER;
}
