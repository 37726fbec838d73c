/* SPDX-License-Identifier: Apache-2.0 */
/* The process that keeps services running: its loop. */
#include "pkg/init/service/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/service/process.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/timeline.h"

#define EVENTS_MAX 32

/* When memory is short: what watches the others goes last. */
#define OOM_SCORE (-900)

/* As process 1 knows them. */
#define KEEP_FILE RUN_FOLDER "/supervisor"
#define ORPHANS_FD 3

int supervisor_listen(struct supervisor *sv, int fd, enum source source,
		      size_t number)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u64 = (uint64_t)source << 32 | (uint32_t)number,
	};

	if (epoll_ctl(sv->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	say("watch descriptor %d: %s", fd, strerror(errno));
	return -1;
}

void supervisor_forget(const struct supervisor *sv, int fd)
{
	if (fd >= 0)
		(void)epoll_ctl(sv->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void supervisor_close(const struct supervisor *sv, int *fd)
{
	supervisor_forget(sv, *fd);
	fs_close(fd);
	*fd = -1;
}

/* The boot goes on when the first round of starts is over. */
static void report(struct supervisor *sv)
{
	if (sv->report_fd < 0 || !supervise_settled(&sv->machine))
		return;
	struct round round;

	supervise_look_back(&sv->machine, &round);
	unsigned char status =
		round.failed.count > 0 || sv->machine.runtime_gone[0];

	if (round.failed.count + round.late.count == 0)
		say("all %zu services started", round.asked);
	if (round.failed.count > 0)
		say("%zu of %zu services failed: %s", round.failed.count,
		    round.asked, round.failed.names);
	if (round.late.count > 0)
		say("%zu of %zu services are yet to start: %s",
		    round.late.count, round.asked, round.late.names);
	timeline_mark("services", "settled");
	timeline_say();
	(void)!write(sv->report_fd, &status, 1);
	(void)close(sv->report_fd);
	sv->report_fd = -1;
	watch_settled(sv);
}

/* Carrying out an action may bring the next event; so no recursion. */
void supervisor_event(struct supervisor *sv, const struct event *event)
{
	struct action action;

	supervise_event(&sv->machine, event);
	for (size_t i = 0; i < sv->machine.count; i++) {
		member_tell(sv, i);
		member_save(sv, i);
	}
	while (supervise_next(&sv->machine, &action))
		member_act(sv, &action);
}

static void reap_one(struct supervisor *sv, pid_t pid, int status)
{
	if (pid == sv->watch.pid) {
		watch_exited(sv, status, clock_ms());
		return;
	}
	for (size_t i = 0; i < sv->machine.count; i++) {
		struct member *member = &sv->members[i];

		if (member->pid != pid)
			continue;
		member->reaped = true;
		member->wait_status = status;
		member_gone(sv, i);
		return;
	}
	reaped_add(&sv->reaped, pid, status);
}

static void on_signal(struct supervisor *sv)
{
	struct signalfd_siginfo info;
	pid_t pid;
	int status;

	while (read(sv->signal_fd, &info, sizeof(info)) > 0)
		sv->quit |= info.ssi_signo == SIGTERM;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reap_one(sv, pid, status);
}

/* Children of a supervisor that died; whole ends, or the pipe's end. */
static void on_orphans(struct supervisor *sv)
{
	struct {
		int32_t pid;
		int32_t status;
	} end;
	ssize_t got;

	while ((got = read(sv->orphans_fd, &end, sizeof(end))) ==
	       (ssize_t)sizeof(end))
		reap_one(sv, end.pid, end.status);
	if (got == 0)
		supervisor_forget(sv, sv->orphans_fd);
}

static void dispatch(struct supervisor *sv, enum source source, size_t number)
{
	switch (source) {
	case SOURCE_SIGNAL:
		on_signal(sv);
		break;
	case SOURCE_CONTROL:
		control_accept(sv);
		break;
	case SOURCE_CLIENT:
		control_read(sv, number);
		break;
	case SOURCE_ORPHANS:
		on_orphans(sv);
		break;
	case SOURCE_STALE:
		watch_stale_done(sv);
		break;
	case SOURCE_WORKER:
		member_worker_done(sv, number);
		break;
	case SOURCE_PROBE:
		member_probe_done(sv, number);
		break;
	case SOURCE_EXIT:
		member_gone(sv, number);
		break;
	case SOURCE_FIFO:
		member_fifo(sv, number);
		break;
	case SOURCE_OUT:
	case SOURCE_ERR:
		member_output(sv, number, (enum stream)(source - SOURCE_OUT));
		break;
	}
}

static int wait_ms(const struct supervisor *sv, long long now)
{
	const long long deadlines[] = { supervise_deadline(&sv->machine),
					watch_deadline(sv),
					members_deadline(sv) };
	long long first = NEVER;

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++)
		if (deadlines[i] != NEVER &&
		    (first == NEVER || deadlines[i] < first))
			first = deadlines[i];
	if (first == NEVER)
		return -1;
	if (first <= now)
		return 0;
	return first - now > 3600000 ? 3600000 : (int)(first - now);
}

static void loop(struct supervisor *sv)
{
	struct epoll_event events[EVENTS_MAX];

	while (!sv->quit) {
		int count = epoll_wait(sv->epoll_fd, events, EVENTS_MAX,
				       wait_ms(sv, clock_ms()));

		for (int i = 0; i < count; i++)
			dispatch(sv, (enum source)(events[i].data.u64 >> 32),
				 (uint32_t)events[i].data.u64);
		const struct event tick = { .kind = EVENT_TICK,
					    .now = clock_ms() };

		supervisor_event(sv, &tick);
		watch_tick(sv, tick.now);
		members_tick(sv, tick.now);
		report(sv);
		control_answer_done(sv);
		for (size_t i = 0; i < sv->machine.count; i++)
			member_save(sv, i);
	}
}

static int open_signals(struct supervisor *sv, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	sv->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	sv->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (sv->signal_fd < 0 || sv->epoll_fd < 0)
		return err_sys(err, "watch signals");
	return supervisor_listen(sv, sv->signal_fd, SOURCE_SIGNAL, 0);
}

static void open_members(struct supervisor *sv, bool with_containerd)
{
	size_t count = sv->names.count;
	struct unit_config *configs = fs_alloc(count, sizeof(*configs));

	sv->members = fs_alloc(count, sizeof(*sv->members));
	for (size_t i = 0; i < count; i++) {
		struct member *member = &sv->members[i];

		member_open(sv, i, with_containerd);
		configs[i] = (struct unit_config){
			.name = sv->names.name[i],
			.policy = &member->bundle.runtime.policy,
			.needs_runtime = member->engine->needs_runtime,
			.broken = member->broken[0] ? member->broken : NULL,
			.skipped = member->skipped,
		};
	}
	supervise_init(&sv->machine, configs, count);
	fs_free(&configs);
}

static int set_up(struct supervisor *sv, bool with_containerd, struct err *err)
{
	if (open_signals(sv, err) < 0 || control_open(sv, err) < 0 ||
	    fs_folders(sv->services->folder, &sv->names, err) < 0)
		return -1;
	outlet_configure(&sv->outlets);
	open_members(sv, with_containerd);
	/* All may start at once, each with workers and what they leave. */
	reaped_open(&sv->reaped, 64 + 4 * sv->names.count);
	return 0;
}

static struct supervisor sv = {
	.watch = { .log_fd = -1, .stale = WORKER_IDLE },
	.orphans_fd = -1,
	.report_fd = -1,
	.control_fd = -1,
};

/* Process 1 reads who we are and how we are started again: lines. */
static int be_kept(const struct services *services, bool with_containerd,
		   struct err *err)
{
	char program[PATH_BYTES] = "";
	char *text;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return err_sys(err, "find the own program");
	if (asprintf(
		    &text,
		    "%d\n%s\n-path\n%s\n-sock\n%s\n-containerd\n%s\n-containerd-namespace\n%s\nresume\n%s\n",
		    (int)getpid(), program, services->folder,
		    services->socket_path, services->program,
		    services->namespace_name,
		    with_containerd ? "containerd" : "alone") < 0)
		return err_set(err, "out of memory");
	/* Process 1 may look at any moment, and never starts one it cannot
	 * name. */
	int done = fs_replace(KEEP_FILE, text, err);

	free(text);
	return done;
}

bool supervisor_is_kept(void)
{
	return fs_exists(KEEP_FILE);
}

static int begin(const struct services *services, bool with_containerd,
		 struct err *err)
{
	sv.services = services;
	sv.clients = fs_alloc(CLIENTS_MAX, sizeof(*sv.clients));
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		sv.clients[i].fd = -1;
	process_set_oom_score(OOM_SCORE);
	return set_up(&sv, with_containerd, err);
}

static _Noreturn void run(void)
{
	const struct event tick = { .kind = EVENT_TICK, .now = clock_ms() };

	supervisor_event(&sv, &tick);
	report(&sv);
	loop(&sv);
	(void)unlink(CONTROL_PATH);
	_exit(0);
}

_Noreturn void supervisor_run(const struct services *services,
			      bool with_containerd, int report_fd)
{
	unsigned char status = 1;
	struct err err;

	sv.report_fd = report_fd;
	if (begin(services, with_containerd, &err) < 0 ||
	    be_kept(services, with_containerd, &err) < 0) {
		say("no services: %s", err.msg);
		(void)!write(report_fd, &status, 1);
		_exit(1);
	}
	if (with_containerd)
		watch_start(&sv, clock_ms());
	run();
}

static void listen_to_orphans(void)
{
	struct stat st;

	if (fstat(ORPHANS_FD, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;
	(void)fcntl(ORPHANS_FD, F_SETFD, FD_CLOEXEC);
	(void)fcntl(ORPHANS_FD, F_SETFL, O_NONBLOCK);
	sv.orphans_fd = ORPHANS_FD;
	(void)supervisor_listen(&sv, ORPHANS_FD, SOURCE_ORPHANS, 0);
}

_Noreturn void supervisor_resume(const struct services *services,
				 bool with_containerd)
{
	struct err err;

	if (begin(services, with_containerd, &err) < 0) {
		say("services go on unsupervised: %s", err.msg);
		_exit(1);
	}
	/* With a full /run: process 1 knows whom it has started, and how. */
	if (be_kept(services, with_containerd, &err) < 0)
		say("supervisor: %s", err.msg);
	if (with_containerd)
		watch_adopt(&sv, clock_ms());
	for (size_t i = 0; i < sv.machine.count; i++)
		member_adopt(&sv, i);
	listen_to_orphans();
	say("supervisor: went on with %zu services", sv.machine.count);
	run();
}
