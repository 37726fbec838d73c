/* SPDX-License-Identifier: Apache-2.0 */
/* A service as the supervisor carries it out. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/service/probe.h"
#include "pkg/init/service/process.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/supervisor.h"
#include "pkg/init/service/timeline.h"

#define NO_RUNTIME_STATUS 255

/* How often and how late a failed clean-up is tried again. */
#define END_TRIES 5
#define END_RETRY_MS 500

static void cancel_probe(const struct supervisor *sv, struct member *member)
{
	supervisor_forget(sv, member->probe.fd);
	worker_cancel(&member->probe);
}

/* What the kernel command line has to say. */
static void take_words(struct member *member)
{
	char list[PATH_BYTES];

	if (fs_kernel_word("kit.once"))
		member->bundle.runtime.policy.restart.when = RESTART_NO;
	member->skipped = fs_kernel_value("kit.skip", list, sizeof(list)) &&
			  fs_list_has(list, member->bundle.name);
	if (!member->skipped)
		return;
	member->told = UNIT_STOPPED;
	say("%s: skipped by kit.skip", member->bundle.name);
}

void member_open(struct supervisor *sv, size_t place, bool with_containerd)
{
	struct member *member = &sv->members[place];
	struct err err;

	*member =
		(struct member){ .worker = WORKER_IDLE,
				 .probe = WORKER_IDLE,
				 .pidfd = -1,
				 .fifo = -1,
				 .memory = -1,
				 .end_at = NEVER,
				 .outlets = { OUTLET_CLOSED, OUTLET_CLOSED } };
	if (bundle_open(&member->bundle, sv->services, sv->names.name[place],
			&err) < 0 ||
	    bundle_pipe(&member->bundle, &err) < 0)
		(void)snprintf(member->broken, sizeof(member->broken), "%.250s",
			       err.msg);
	member->engine = engine_choose(&member->bundle, with_containerd);
	take_words(member);
}

static void say_ended(const struct unit *unit)
{
	long long now = clock_ms();

	if (unit->state == UNIT_BACKOFF)
		say("%s: %s; restart %lld in %lld ms", unit->name,
		    unit->reason[0] ? unit->reason : "ended", unit->restarts,
		    unit->deadline > now ? unit->deadline - now : 0);
	else if (unit->state == UNIT_FAILED)
		say("%s: failed: %s", unit->name, unit->reason);
	else
		say_step("%s: %s", unit->name, unit_state_name[unit->state]);
}

void member_tell(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	const struct unit *unit = &sv->machine.units[place];
	enum unit_state before = member->told;

	if (unit->state == before)
		return;
	member->told = unit->state;
	if (sv->report_fd >= 0)
		timeline_mark(unit->name, unit_state_name[unit->state]);
	if (unit->state == UNIT_STOPPING && unit->end != END_ASKED &&
	    unit->reason[0])
		say("%s: %s; stopping it", unit->name, unit->reason);
	if (unit->state == UNIT_BACKOFF || unit->state == UNIT_FAILED ||
	    unit->state == UNIT_DONE || unit->state == UNIT_STOPPED)
		say_ended(unit);
	if ((before == UNIT_STARTING || before == UNIT_WAITING) &&
	    (unit->state == UNIT_RUNNING || unit->state == UNIT_READY))
		say_step("%s: started (pid %d)", unit->name, (int)member->pid);
	if (unit->state == UNIT_READY && readiness_asked(&unit->policy->ready))
		say_step("%s: ready", unit->name);
}

/* The supervisor holds both ends, so that nobody's close is an end. */
void member_open_ready(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	char path[PATH_BYTES];
	struct err err;

	if (member->bundle.runtime.policy.ready.fd == 0 ||
	    bundle_fifo(&member->bundle, path, &err) < 0)
		return;
	member->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (member->fifo >= 0)
		(void)supervisor_listen(sv, member->fifo, SOURCE_FIFO, place);
}

static void run_start(const void *subject, struct work *work)
{
	const struct member *member = subject;

	work->failed = member->engine->start(&member->bundle, &work->pid,
					     &work->err) < 0;
}

static void run_end(const void *subject, struct work *work)
{
	const struct member *member = subject;

	work->failed = member->engine->end(&member->bundle, &work->status,
					   &work->err) < 0;
}

static void run_probe(const void *subject, struct work *work)
{
	const struct member *member = subject;
	const struct policy *policy = &member->bundle.runtime.policy;
	int status = 0;

	if (member->probing == ACTION_PROBE_READY && policy->ready.socket[0]) {
		work->failed = probe_socket(&policy->ready, member->pid,
					    &work->err) < 0;
		return;
	}
	bool health = member->probing == ACTION_PROBE_HEALTH;

	work->failed = probe_command(member->engine, &member->bundle,
				     &(struct probe){
					     .health = health,
					     .pid = member->pid,
				     },
				     &status, &work->err) < 0;
	if (work->failed || status == 0)
		return;
	work->failed = true;
	(void)err_set(&work->err, "exit status %d", status);
}

static void feed(struct supervisor *sv, enum event_kind kind, size_t place,
		 const char *text)
{
	const struct event event = {
		.kind = kind, .now = clock_ms(), .unit = place, .text = text
	};

	supervisor_event(sv, &event);
}

/* Once: what was written before an end is read after it. */
int member_open_outlets(struct supervisor *sv, size_t place, struct err *err)
{
	struct member *member = &sv->members[place];

	for (int i = 0; i < STREAM_COUNT; i++) {
		struct outlet *outlet = &member->outlets[i];
		bool fresh = outlet->fifo < 0;

		if (outlet_open(outlet, &member->bundle, (enum stream)i, err) <
		    0)
			return -1;
		if (fresh && !outlet->collected &&
		    supervisor_listen(sv, outlet->fifo,
				      (enum source)(SOURCE_OUT + i), place) < 0)
			return err_set(err, "cannot watch its output");
	}
	return 0;
}

void member_output(struct supervisor *sv, size_t place, enum stream stream)
{
	struct member *member = &sv->members[place];

	(void)outlet_drain(&member->outlets[stream], &sv->outlets,
			   &member->bundle, stream);
}

static void start(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	struct err err;

	member->ending = false;
	member->reaped_before = sv->reaped.count;
	if (bundle_make_run(&member->bundle, &err) < 0 ||
	    member_open_outlets(sv, place, &err) < 0) {
		feed(sv, EVENT_START_FAILED, place, err.msg);
		return;
	}
	member_open_ready(sv, place);
	if (worker_start(&member->worker, run_start, member, &err) < 0)
		feed(sv, EVENT_START_FAILED, place, err.msg);
	else
		(void)supervisor_listen(sv, member->worker.fd, SOURCE_WORKER,
					place);
}

static void probe(struct supervisor *sv, size_t place, enum action_kind kind)
{
	struct member *member = &sv->members[place];
	struct err err;

	cancel_probe(sv, member);
	member->probing = kind;
	if (worker_start(&member->probe, run_probe, member, &err) < 0) {
		say("%s: probe: %s", member->bundle.name, err.msg);
		feed(sv, EVENT_NOT_PROBED, place, NULL);
		return;
	}
	(void)supervisor_listen(sv, member->probe.fd, SOURCE_PROBE, place);
}

void member_act(struct supervisor *sv, const struct action *action)
{
	switch (action->kind) {
	case ACTION_START:
		start(sv, action->unit);
		break;
	case ACTION_TERM:
		member_ask_to_end(sv, action->unit);
		break;
	case ACTION_KILL:
		member_kill(sv, action->unit);
		break;
	case ACTION_PROBE_READY:
	case ACTION_PROBE_HEALTH:
		probe(sv, action->unit, action->kind);
		break;
	case ACTION_COUNT:
		break;
	}
}

static void started(struct supervisor *sv, size_t place, pid_t pid)
{
	struct member *member = &sv->members[place];

	member->pid = pid;
	member->born = process_born(pid);
	member->gone = false;
	member->oom = false;
	member->end_failures = 0;
	member->memory = process_memory_events(pid);
	member->reaped = reaped_find(&sv->reaped, member->reaped_before, pid,
				     &member->wait_status);
	bool over = member->reaped;

	if (!over) {
		member->pidfd = pidfd_open(pid, 0);
		over = member->pidfd < 0 ||
		       supervisor_listen(sv, member->pidfd, SOURCE_EXIT,
					 place) < 0;
	}
	feed(sv, EVENT_STARTED, place, NULL);
	if (over)
		member_gone(sv, place);
}

static void end_later(struct member *member)
{
	member->end_due = true;
	member->end_at = clock_ms() + END_RETRY_MS;
}

void member_end(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	struct err err;

	member->end_at = NEVER;
	member->end_due =
		member->engine->needs_runtime && !sv->machine.runtime_up;
	if (member->end_due)
		return;
	member->ending = true;
	if (worker_start(&member->worker, run_end, member, &err) < 0) {
		say("%s: %s", member->bundle.name, err.msg);
		end_later(member);
		return;
	}
	(void)supervisor_listen(sv, member->worker.fd, SOURCE_WORKER, place);
}

void member_gone(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	int status;

	if (member->gone || member->pid == 0)
		return;
	if (!member->reaped &&
	    waitpid(member->pid, &status, WNOHANG) == member->pid) {
		member->reaped = true;
		member->wait_status = status;
	}
	member->gone = true;
	member->oom = process_was_oom(member->memory);
	supervisor_close(sv, &member->pidfd);
	supervisor_close(sv, &member->fifo);
	supervisor_close(sv, &member->memory);
	cancel_probe(sv, member);
	/* A FIFO holds no more than one takes: what it wrote is there now. */
	for (int i = 0; i < STREAM_COUNT; i++) {
		member_output(sv, place, (enum stream)i);
		outlet_finish(&member->outlets[i], &sv->outlets,
			      &member->bundle, (enum stream)i);
	}
	member_end(sv, place);
}

static struct unit_exit exit_of(const struct member *member,
				const struct work *work)
{
	struct unit_exit how = { .oom = member->oom,
				 .status = NO_RUNTIME_STATUS };

	if (member->reaped && WIFSIGNALED(member->wait_status)) {
		how.sig = WTERMSIG(member->wait_status);
		how.status = 0;
	} else if (member->reaped) {
		how.status = WEXITSTATUS(member->wait_status);
	} else if (work->status != NO_STATUS) {
		how.status = work->status;
	}
	return how;
}

static void ended(struct supervisor *sv, size_t place, const struct work *work)
{
	struct member *member = &sv->members[place];
	const struct event event = { .kind = EVENT_EXITED,
				     .now = clock_ms(),
				     .unit = place,
				     .how = exit_of(member, work) };

	/* containerd may have died under it, without our having seen it. */
	if (work->failed && member->engine->needs_runtime &&
	    sv->watch.state != WATCH_OFF &&
	    ++member->end_failures < END_TRIES) {
		end_later(member);
		return;
	}
	if (work->failed)
		say("%s: clean up: %s", member->bundle.name, work->err.msg);
	member->pid = 0;
	if (member->clearing)
		feed(sv, EVENT_START_FAILED, place, "interrupted");
	else
		supervisor_event(sv, &event);
	member->clearing = false;
}

/* containerd may be the one to blame, which is to be known first. */
static void take(struct supervisor *sv, const struct member *member,
		 struct worker *worker, struct work *work)
{
	supervisor_forget(sv, worker->fd);
	worker_take(worker, work);
	if (work->failed && member->engine->needs_runtime)
		watch_doubt(sv, clock_ms());
}

void member_worker_done(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	struct work work;

	if (member->worker.fd < 0)
		return;
	take(sv, member, &member->worker, &work);
	if (member->ending) {
		ended(sv, place, &work);
	} else if (work.failed) {
		supervisor_close(sv, &member->fifo);
		feed(sv, EVENT_START_FAILED, place, work.err.msg);
	} else {
		started(sv, place, work.pid);
	}
}

/* Its first process has, whether or not we were told so. */
static bool has_ended(const struct member *member)
{
	struct pollfd end = { .fd = member->pidfd, .events = POLLIN };

	return member->pidfd < 0 || poll(&end, 1, 0) != 0;
}

void member_probe_done(struct supervisor *sv, size_t place)
{
	struct member *member = &sv->members[place];
	struct work work;

	if (member->probe.fd < 0)
		return;
	take(sv, member, &member->probe, &work);
	/* The end of a service is what is to be told, not of those in it. */
	if (work.failed && has_ended(member)) {
		feed(sv, EVENT_NOT_PROBED, place, NULL);
		return;
	}
	bool asked = !member->engine->needs_runtime || sv->machine.runtime_up;

	if (member->probing == ACTION_PROBE_HEALTH && work.failed && asked)
		say_step("%s: healthcheck: %s", member->bundle.name,
			 work.err.msg);
	const struct event event = {
		.kind = member->probing == ACTION_PROBE_HEALTH
				? EVENT_PROBED_HEALTH
				: EVENT_PROBED_READY,
		.now = clock_ms(),
		.unit = place,
		.ok = !work.failed,
	};

	supervisor_event(sv, &event);
}

void member_fifo(struct supervisor *sv, size_t place)
{
	const struct member *member = &sv->members[place];
	char block[256];
	ssize_t got;

	while ((got = read(member->fifo, block, sizeof(block))) > 0)
		if (memchr(block, '\n', (size_t)got))
			feed(sv, EVENT_READY, place, NULL);
}

long long members_deadline(const struct supervisor *sv)
{
	long long first = NEVER;

	for (size_t i = 0; i < sv->machine.count; i++) {
		long long at = sv->members[i].end_at;

		if (at != NEVER && (first == NEVER || at < first))
			first = at;
	}
	return first;
}

void members_tick(struct supervisor *sv, long long now)
{
	for (size_t i = 0; i < sv->machine.count; i++) {
		long long at = sv->members[i].end_at;

		if (at != NEVER && at <= now)
			member_end(sv, i);
	}
}

void member_runtime_up(struct supervisor *sv)
{
	for (size_t i = 0; i < sv->machine.count; i++)
		if (sv->members[i].end_due)
			member_end(sv, i);
}
