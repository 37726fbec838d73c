/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that keeps services running: it carries out what the machine in
 * supervise.h says. One loop over epoll; whatever may take long is done by
 * workers.
 */
#pragma once

#include <stdbool.h>
#include <sys/epoll.h>

#include "pkg/init/service/adopt.h"
#include "pkg/init/service/engine.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/outlet.h"
#include "pkg/init/service/reaped.h"
#include "pkg/init/service/services.h"
#include "pkg/init/service/supervise.h"
#include "pkg/init/service/worker.h"

#define CONTROL_PATH RUN_FOLDER "/service.sock"

/* What a descriptor of the loop stands for; which unit or client, beside it. */
enum source {
	SOURCE_SIGNAL,
	SOURCE_CONTROL,
	SOURCE_CLIENT,
	SOURCE_ORPHANS, /* process 1 tells how they ended */
	SOURCE_STALE,   /* the worker that empties containerd's store */
	SOURCE_WORKER,  /* of a unit: start or end */
	SOURCE_PROBE,   /* of a unit: a worker too */
	SOURCE_EXIT,    /* of a unit: its first process */
	SOURCE_FIFO,    /* of a unit: readiness */
	SOURCE_OUT,     /* of a unit: its output; in the order of streams */
	SOURCE_ERR,
};

/* A service as it is carried out; its place is that of its unit. */
struct member {
	struct bundle bundle;
	const struct engine *engine;
	char broken[REASON_BYTES];
	bool skipped;         /* by the kernel command line */
	enum unit_state told; /* the last one printed */
	struct worker worker;
	bool ending; /* what the worker does: end instead of start */
	struct worker probe;
	enum action_kind probing;
	pid_t pid; /* of its first process; 0: none */
	long long born;
	int pidfd; /* all three: -1: none */
	int fifo;
	int memory; /* memory.events of its control group */
	struct outlet outlets[STREAM_COUNT];
	bool gone;        /* the process has ended, the rest not yet */
	bool end_due;     /* the end waits for containerd */
	long long end_at; /* or is tried again then; NEVER */
	int end_failures;
	bool reaped;                      /* wait_status is there */
	unsigned long long reaped_before; /* its start: how many had ended */
	int wait_status;
	bool oom;
	bool clearing;      /* its start was interrupted: what there is goes */
	struct saved saved; /* as the file has it */
};

enum watch_state {
	WATCH_OFF, /* not in the image, or given up */
	WATCH_STARTING,
	WATCH_UP,
	WATCH_BACKOFF,
};

/* containerd itself. */
struct watch {
	enum watch_state state;
	pid_t pid;
	int log_fd;
	bool was_up;
	long long deadline;
	long long poll_at;
	long long up_ms;
	long long delay_ms;
	struct worker stale;
};

/* More wait in the queue of the socket. */
#define CLIENTS_MAX 64
#define REQUEST_BYTES 512

struct client {
	int fd;                    /* -1: free */
	unsigned long long number; /* in the order of coming */
	char request[REQUEST_BYTES];
	size_t len;
	bool waits;
	bool all; /* for the way down, else for the unit */
	size_t unit;
	enum event_kind asked;
};

struct supervisor {
	const struct services *services;
	struct names names;
	struct member *members; /* owned */
	struct supervise machine;
	struct watch watch;
	struct outlet_config outlets;
	struct client *clients; /* owned; CLIENTS_MAX */
	unsigned long long clients_next;
	bool crowded; /* all of them wait for answers: no more are taken */
	int epoll_fd;
	int signal_fd;
	int control_fd;
	int orphans_fd; /* -1: none */
	int report_fd;  /* gets the first round's exit status; -1: it has */
	bool quit;
	struct reaped reaped;
};

/*
 * Starts all services and keeps them until SIGTERM; never returns. When each
 * has come to something, an exit status is written to report_fd.
 */
_Noreturn void supervisor_run(const struct services *services,
			      bool with_containerd, int report_fd);

/* The same after one that died: goes on with what it has left behind. */
_Noreturn void supervisor_resume(const struct services *services,
				 bool with_containerd);

/*
 * True if a supervisor is meant to run: process 1 starts one that died again.
 */
bool supervisor_is_kept(void);

/* The parts of the loop. Those that fail have said so. */
int supervisor_listen(struct supervisor *sv, int fd, enum source source,
		      size_t number);

/*
 * Before a descriptor of the loop is closed: workers hold copies of it, and as
 * long as there is one, epoll would tell of it.
 */
void supervisor_forget(const struct supervisor *sv, int fd);

/* The same, and closes it, if it is open: then it is -1. */
void supervisor_close(const struct supervisor *sv, int *fd);
void supervisor_event(struct supervisor *sv, const struct event *event);

void member_open(struct supervisor *sv, size_t place, bool with_containerd);
int member_open_outlets(struct supervisor *sv, size_t place, struct err *err);
void member_open_ready(struct supervisor *sv, size_t place);
void member_end(struct supervisor *sv, size_t place);
void member_ask_to_end(const struct supervisor *sv, size_t place);
/* Or gives up its start. */
void member_kill(struct supervisor *sv, size_t place);
void member_act(struct supervisor *sv, const struct action *action);
void member_worker_done(struct supervisor *sv, size_t place);
void member_probe_done(struct supervisor *sv, size_t place);
void member_fifo(struct supervisor *sv, size_t place);
void member_output(struct supervisor *sv, size_t place, enum stream stream);
void member_gone(struct supervisor *sv, size_t place);
void member_runtime_up(struct supervisor *sv);
long long members_deadline(const struct supervisor *sv);
void members_tick(struct supervisor *sv, long long now);
void member_tell(struct supervisor *sv, size_t place);

/* Writes what there is to know of it, if that has changed. */
void member_save(struct supervisor *sv, size_t place);

/* Goes on with it as the file says; without a file it has never been started.
 */
void member_adopt(struct supervisor *sv, size_t place);

void watch_start(struct supervisor *sv, long long now);
/* Goes on with one that runs, else starts it. */
void watch_adopt(struct supervisor *sv, long long now);
void watch_tick(struct supervisor *sv, long long now);
void watch_exited(struct supervisor *sv, int status, long long now);
/*
 * A call to it failed. One that does not take connections any more is as good
 * as dead, whether or not its end has been seen yet.
 */
void watch_doubt(struct supervisor *sv, long long now);
/* The first round of starts is over: what an earlier boot has left goes. */
void watch_settled(struct supervisor *sv);
void watch_stale_done(struct supervisor *sv);
long long watch_deadline(const struct supervisor *sv);

int control_open(struct supervisor *sv, struct err *err);
void control_accept(struct supervisor *sv);
void control_read(struct supervisor *sv, size_t number);
void control_answer_done(struct supervisor *sv);
