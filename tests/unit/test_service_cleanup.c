/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service's process has ended and containerd is to take its task down, while
 * containerd itself dies or comes back: whatever comes first, the clean-up is
 * done once, and its service hears of its end once.
 */
/* links: pkg/init/service/member.c pkg/init/service/member_stop.c */
/* links: pkg/init/service/reaped.c pkg/init/service/worker.c */
/* links: pkg/init/service/supervise.c pkg/init/service/supervise_step.c */
/* links: pkg/init/service/supervise_graph.c pkg/init/service/policy.c */
/* links: pkg/init/service/process.c pkg/init/common/proctext.c */
/* links: pkg/init/service/spawn.c pkg/init/service/jsonget.c */
/* links: pkg/init/service/fs.c pkg/init/service/err.c -ljansson */

#include <sys/mman.h>
#include <sys/wait.h>

#include "pkg/init/service/probe.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/supervisor.h"
#include "pkg/init/service/timeline.h"
#include "tests/unit/unit.h"

/* A process id that is nobody's, so that its end has to come from elsewhere. */
#define NOBODY ((1 << 22) - 1)

/* What the workers, which are processes, share with the test. */
static struct shared {
	int calls;
	int failing; /* so many calls fail */
} * shared;

static int exits;
static int failed_starts;
static int probes;   /* that were answered */
static int unprobed; /* that were not */
static struct unit_exit last_exit;

void supervisor_event(struct supervisor *sv, const struct event *event)
{
	(void)sv;
	failed_starts += event->kind == EVENT_START_FAILED;
	probes += event->kind == EVENT_PROBED_HEALTH;
	unprobed += event->kind == EVENT_NOT_PROBED;
	if (event->kind != EVENT_EXITED)
		return;
	exits++;
	last_exit = event->how;
}

/* What has no part in it. */
int supervisor_listen(struct supervisor *sv, int fd, enum source source,
		      size_t number)
{
	(void)sv, (void)fd, (void)source, (void)number;
	return 0;
}

void supervisor_forget(const struct supervisor *sv, int fd)
{
	(void)sv, (void)fd;
}

void supervisor_close(const struct supervisor *sv, int *fd)
{
	(void)sv;
	fs_close(fd);
	*fd = -1;
}

void watch_doubt(struct supervisor *sv, long long now)
{
	(void)sv, (void)now;
}

void timeline_mark(const char *who, const char *what)
{
	(void)who, (void)what;
}

int outlet_open(struct outlet *outlet, const struct bundle *bundle,
		enum stream stream, struct err *err)
{
	(void)outlet, (void)bundle, (void)stream, (void)err;
	return 0;
}

bool outlet_drain(struct outlet *outlet, struct outlet_config *config,
		  const struct bundle *bundle, enum stream stream)
{
	(void)outlet, (void)config, (void)bundle, (void)stream;
	return false;
}

void outlet_finish(struct outlet *outlet, struct outlet_config *config,
		   const struct bundle *bundle, enum stream stream)
{
	(void)outlet, (void)config, (void)bundle, (void)stream;
}

int bundle_open(struct bundle *bundle, const struct services *services,
		const char *name, struct err *err)
{
	(void)bundle, (void)services, (void)name, (void)err;
	return 0;
}

int bundle_pipe(struct bundle *bundle, struct err *err)
{
	(void)bundle, (void)err;
	return 0;
}

int bundle_make_run(const struct bundle *bundle, struct err *err)
{
	(void)bundle, (void)err;
	return 0;
}

int bundle_fifo(const struct bundle *bundle, char *path, struct err *err)
{
	(void)bundle, (void)path, (void)err;
	return 0;
}

int probe_socket(const struct readiness *ready, pid_t pid, struct err *err)
{
	(void)ready, (void)pid, (void)err;
	return 0;
}

int probe_command(const struct engine *engine, const struct bundle *bundle,
		  const struct probe *probe, int *status, struct err *err)
{
	(void)engine, (void)bundle, (void)probe, (void)status, (void)err;
	return 0;
}

const struct engine *engine_choose(const struct bundle *bundle,
				   bool with_containerd)
{
	(void)bundle, (void)with_containerd;
	return NULL;
}

static int end(const struct bundle *bundle, int *status, struct err *err)
{
	(void)bundle;
	shared->calls++;
	if (shared->calls <= shared->failing)
		return err_set(err, "connection refused");
	*status = 7;
	return 0;
}

static int hang(const struct bundle *bundle, pid_t *pid, struct err *err)
{
	(void)bundle, (void)pid, (void)err;
	(void)sleep(1000);
	return 0;
}

static const struct engine engine = {
	.name = "containerd",
	.needs_runtime = true,
	.start = hang,
	.end = end,
};

static struct member member;
static struct unit unit;
static struct supervisor sv;

/* A service that ran, and a containerd that does. */
static void open_scene(int failing)
{
	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	*shared = (struct shared){ .failing = failing };
	exits = 0;
	failed_starts = 0;
	probes = 0;
	unprobed = 0;
	unit = (struct unit){ .name = "web", .state = UNIT_READY };
	member = (struct member){ .bundle = { .name = "web" },
				  .engine = &engine,
				  .pid = NOBODY,
				  .worker = WORKER_IDLE,
				  .probe = WORKER_IDLE,
				  .pidfd = -1,
				  .fifo = -1,
				  .memory = -1,
				  .end_at = NEVER };
	sv = (struct supervisor){
		.members = &member,
		.machine = { .units = &unit, .count = 1, .runtime_up = true },
		.watch = { .state = WATCH_UP },
	};
}

/* Its worker comes to its end, and the loop hears of it. */
static void work(void)
{
	member_worker_done(&sv, 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void lose_runtime(void)
{
	sv.machine.runtime_up = false;
	sv.watch.state = WATCH_BACKOFF;
}

static void bring_runtime(void)
{
	sv.machine.runtime_up = true;
	sv.watch.state = WATCH_UP;
	member_runtime_up(&sv);
}

TEST(a_clean_up_that_works_is_done_once_and_told_once)
{
	open_scene(0);
	member_gone(&sv, 0);
	/* The same end, seen by another way. */
	member_gone(&sv, 0);
	work();
	member_runtime_up(&sv);
	members_tick(&sv, clock_ms() + 100000);
	work();
	CHECK_INT(shared->calls, 1);
	CHECK_INT(exits, 1);
	CHECK_INT(last_exit.status, 7);
	CHECK_INT(member.pid, 0);
}

TEST(a_containerd_that_died_unseen_under_it_is_asked_again)
{
	open_scene(1);
	member_gone(&sv, 0);
	work();
	CHECK_INT(exits, 0);
	CHECK_INT(member.pid, NOBODY);
	long long at = members_deadline(&sv);

	CHECK(at != NEVER);
	/* Not before its time. */
	members_tick(&sv, at - 1);
	CHECK_INT(member.worker.fd, -1);
	members_tick(&sv, at);
	work();
	CHECK_INT(shared->calls, 2);
	CHECK_INT(exits, 1);
	CHECK_INT(members_deadline(&sv), NEVER);
}

TEST(its_death_is_seen_before_the_second_try_which_waits_for_it)
{
	open_scene(1);
	member_gone(&sv, 0);
	work();
	lose_runtime();
	members_tick(&sv, members_deadline(&sv));
	CHECK_INT(member.worker.fd, -1);
	CHECK_INT(members_deadline(&sv), NEVER);
	bring_runtime();
	CHECK(member.worker.fd >= 0);
	work();
	CHECK_INT(shared->calls, 2);
	CHECK_INT(exits, 1);
	/* It may come and go again: that is nothing to this service. */
	lose_runtime();
	bring_runtime();
	CHECK_INT(member.worker.fd, -1);
}

TEST(it_comes_back_before_the_second_try_is_due_which_is_made_once)
{
	open_scene(1);
	member_gone(&sv, 0);
	work();
	long long at = members_deadline(&sv);

	lose_runtime();
	bring_runtime();
	CHECK(member.worker.fd >= 0);
	members_tick(&sv, at);
	work();
	CHECK_INT(shared->calls, 2);
	CHECK_INT(exits, 1);
}

TEST(it_is_lost_while_the_clean_up_is_under_way)
{
	open_scene(1);
	member_gone(&sv, 0);
	lose_runtime();
	work();
	CHECK_INT(exits, 0);
	bring_runtime();
	work();
	CHECK_INT(shared->calls, 2);
	CHECK_INT(exits, 1);
}

TEST(an_end_without_containerd_waits_for_it)
{
	open_scene(0);
	lose_runtime();
	member_gone(&sv, 0);
	CHECK_INT(member.worker.fd, -1);
	CHECK_INT(shared->calls, 0);
	bring_runtime();
	work();
	CHECK_INT(shared->calls, 1);
	CHECK_INT(exits, 1);
}

TEST(what_can_never_be_cleaned_up_is_told_after_five_tries)
{
	open_scene(1000);
	member_gone(&sv, 0);
	work();
	for (int i = 1; i < 5; i++) {
		CHECK_INT(exits, 0);
		members_tick(&sv, members_deadline(&sv));
		work();
	}
	CHECK_INT(shared->calls, 5);
	CHECK_INT(exits, 1);
	CHECK_INT(last_exit.status, 255);
	CHECK_INT(members_deadline(&sv), NEVER);
}

TEST(of_a_containerd_that_was_given_up_nothing_is_awaited)
{
	open_scene(1000);
	member_gone(&sv, 0);
	sv.watch.state = WATCH_OFF;
	work();
	CHECK_INT(shared->calls, 1);
	CHECK_INT(exits, 1);
}

/* The answer of a healthcheck, while the service's end may be there to be seen.
 */
static void answer_probe(bool failed, bool over)
{
	const struct work answer = { .failed = failed };
	int ends[2], life[2];

	open_scene(0);
	CHECK(pipe(ends) == 0 && pipe(life) == 0);
	CHECK_INT(write(ends[1], &answer, sizeof(answer)), sizeof(answer));
	if (over)
		CHECK_INT(write(life[1], "", 1), 1);
	member.probing = ACTION_PROBE_HEALTH;
	member.probe = (struct worker){ .fd = ends[0] };
	member.pidfd = life[0];
	member_probe_done(&sv, 0);
	(void)close(ends[1]);
	(void)close(life[0]);
	(void)close(life[1]);
}

TEST(a_healthcheck_that_ends_with_its_service_is_no_failure_of_it)
{
	answer_probe(true, false);
	CHECK(probes == 1 && unprobed == 0);
	answer_probe(true, true);
	CHECK(probes == 0 && unprobed == 1);
	answer_probe(false, true);
	CHECK(probes == 1 && unprobed == 0);
}

TEST(a_start_that_hangs_is_killed_cleaned_up_after_and_told_once)
{
	const struct action start = { ACTION_START, 0 };
	const struct action give_up = { ACTION_KILL, 0 };
	int status;

	open_scene(0);
	reaped_open(&sv.reaped, 4);
	member.pid = 0;
	unit.state = UNIT_STARTING;
	member_act(&sv, &start);
	pid_t starter = member.worker.pid;

	CHECK(starter > 0);
	member_act(&sv, &give_up);
	CHECK(member.clearing);
	/* Its clean-up is under way: that is not given up. */
	member_act(&sv, &give_up);
	CHECK_INT(waitpid(starter, &status, 0), starter);
	CHECK(WIFSIGNALED(status));
	work();
	CHECK_INT(shared->calls, 1);
	CHECK_INT(failed_starts, 1);
	CHECK_INT(exits, 0);
	CHECK(!member.clearing);
	CHECK_INT(member.worker.fd, -1);
	reaped_release(&sv.reaped);
}
