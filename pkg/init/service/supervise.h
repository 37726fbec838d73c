/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which service is started, stopped and restarted when. A pure machine: events
 * with their time go in, actions and the next deadline come out; it reads no
 * clock and starts nothing. Times are milliseconds of any clock that only goes
 * forward. What the words of a policy mean: docs/boot-contract.md, sections 7
 * and 8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "pkg/init/service/policy.h"

#define NEVER (-1LL)
#define REASON_BYTES 256

enum unit_state {
	UNIT_WAITING,  /* for others, or for containerd */
	UNIT_STARTING, /* ACTION_START is under way */
	UNIT_RUNNING,  /* its process runs, but it is not ready yet */
	UNIT_READY,
	UNIT_STOPPING, /* told to end; from here only to its exit */
	UNIT_BACKOFF,  /* ended; will be started again */
	UNIT_FAILED,   /* ended or never started; will not be started again */
	UNIT_DONE,     /* ended well, by itself, and is not restarted */
	UNIT_STOPPED,  /* ended, as asked */
};

/* "waiting", "starting", ... */
extern const char *const unit_state_name[];

/* How a process ended. */
struct unit_exit {
	int status; /* exit status; meaningless with a signal */
	int sig;    /* 0: by itself */
	bool oom;   /* the kernel killed for lack of memory in its group */
};

/* What stands against a running unit. */
enum unit_end {
	END_NONE,
	END_ASKED,      /* somebody asked, or the machine goes down */
	END_DEPENDENCY, /* a unit it requires is being stopped */
	END_LOST,       /* a unit it requires has failed */
	END_HEALTH,
	END_READINESS,
};

/* Actions that wait to be taken, as bits. */
enum action_kind {
	ACTION_START,
	ACTION_TERM,
	ACTION_KILL, /* or give up its start, which becomes EVENT_START_FAILED
		      */
	ACTION_PROBE_READY,
	ACTION_PROBE_HEALTH,
	ACTION_COUNT,
};

struct unit {
	const char *name;            /* borrowed */
	const struct policy *policy; /* borrowed */
	bool needs_runtime;          /* containerd */
	size_t *after;               /* owned; both: places of units */
	size_t after_count;
	size_t *requires; /* owned */
	size_t requires_count;

	enum unit_state state;
	enum unit_end end;
	bool wanted;
	bool again;   /* to be started once it is down */
	bool broken;  /* has failed and cannot be started */
	bool tried;   /* its first start has come to something */
	bool probing; /* a probe's answer is still to come */
	bool spoke;   /* said to be ready before its start was reported */
	bool killed;
	long long deadline; /* of the state */
	long long probe_at;
	long long started_ms; /* of the process, else NEVER */
	long long ready_ms;
	long long failures;  /* of the healthcheck, in a row */
	long long restarts;  /* in a row */
	long long restarted; /* since boot */
	struct unit_exit last;
	bool ended; /* last is there */
	char reason[REASON_BYTES];
	unsigned todo; /* bits: actions */
};

struct supervise {
	struct unit *units; /* owned */
	size_t count;
	bool runtime_up;
	char runtime_gone[REASON_BYTES]; /* why it never comes, or "" */
	bool down;                       /* nothing is started any more */
};

/* A unit as it is found; see struct unit. */
struct unit_config {
	const char *name;
	const struct policy *policy;
	bool needs_runtime;
	const char *broken; /* why it cannot even be tried, or NULL */
	bool skipped;       /* not wanted until somebody starts it */
};

enum event_kind {
	EVENT_TICK, /* time has passed */
	EVENT_STARTED,
	EVENT_START_FAILED, /* text: why; all is taken down again */
	EVENT_EXITED,       /* how; all is taken down */
	EVENT_READY,        /* the unit said so itself */
	EVENT_PROBED_READY, /* ok */
	EVENT_PROBED_HEALTH,
	EVENT_NOT_PROBED, /* nobody could be sent to ask */
	EVENT_ASK_START,
	EVENT_ASK_STOP,
	EVENT_ASK_RESTART,
	EVENT_RUNTIME_UP,
	EVENT_RUNTIME_LOST,
	EVENT_RUNTIME_GONE, /* text: why it never comes */
	EVENT_DOWN,         /* the machine goes down: stop all */
};

struct event {
	enum event_kind kind;
	long long now;
	size_t unit; /* of those that are about one */
	bool ok;
	struct unit_exit how;
	const char *text;
};

struct action {
	enum action_kind kind;
	size_t unit;
};

/*
 * Makes the machine; every unit is wanted. Units that wait for each other in a
 * circle, that require one which is not there, and broken ones have failed
 * from the start, with their reason.
 */
void supervise_init(struct supervise *supervise,
		    const struct unit_config *configs, size_t count);
void supervise_release(struct supervise *supervise);

void supervise_event(struct supervise *supervise, const struct event *event);

/* Takes out one action that is to be carried out now; false: no more. */
bool supervise_next(struct supervise *supervise, struct action *action);

/* When EVENT_TICK is to come at the latest, or NEVER. */
long long supervise_deadline(const struct supervise *supervise);

/* True once every unit has been started, or has failed to. */
bool supervise_settled(const struct supervise *supervise);

/* Units, their names as far as there is room. */
struct roll {
	size_t count;
	char names[512];
};

/* What became of the first round: nobody asked for those that are stopped. */
struct round {
	size_t asked;
	struct roll failed; /* for good */
	struct roll late;   /* wait for their restart, or for one that does */
};

void supervise_look_back(const struct supervise *supervise,
			 struct round *round);

/* True once no unit has a process, nor is about to. */
bool supervise_quiet(const struct supervise *supervise);

/* The place of a unit, or count. */
size_t supervise_find(const struct supervise *supervise, const char *name);

/* "exit status 3", "killed by signal 9 (out of memory)", into text. */
void unit_exit_text(const struct unit_exit *how, char *text, size_t size);
