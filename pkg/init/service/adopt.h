/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the supervisor leaves behind of a service, so that one that is started
 * after its death goes on with it. A text of our own, lines "NAME NUMBER" and
 * the reason last; times are those of the machine's monotonic clock, in
 * milliseconds. Pure.
 */
#pragma once

#include "pkg/init/service/supervise.h"

#define SAVED_BYTES 1024

struct saved {
	long long pid;       /* of its first process; 0: none */
	long long born;      /* when that was started: see process_born */
	long long worker;    /* the process that starts or ends it; 0: none */
	long long collected; /* bits: streams that a collector reads */
	long long state;
	long long end;
	long long wanted;
	long long again;
	long long tried;
	long long restarts;
	long long restarted;
	long long failures;
	long long started_ms;
	long long ready_ms;
	long long backoff_until;
	long long ended;
	long long status;
	long long sig;
	long long oom;
	char reason[REASON_BYTES];
};

/* Takes what the machine knows; the rest of saved stays as it is. */
void saved_take(struct saved *saved, const struct unit *unit);

/* The text; a string. */
void saved_encode(const struct saved *saved, char text[SAVED_BYTES]);

/* Takes the text apart. False if it is none of ours. */
bool saved_decode(struct saved *saved, const char *text);

/*
 * Puts a unit where the saved one was. One whose start was under way is
 * STARTING, to be started again once EVENT_START_FAILED has come for it.
 */
void saved_restore(const struct saved *saved, struct unit *unit, long long now);
