/* SPDX-License-Identifier: Apache-2.0 */
/* Starting programs and waiting for them. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/err.h"

#define WAIT_FOREVER (-1)

struct spawn {
	const char *const *argv; /* ends in NULL; argv[0] is the path */
	int out_fd;              /* standard output and error, or -1: ours */
	int err_fd;
	bool with_input; /* standard input is ours, not /dev/null */
	/* NAME=VALUE, for a variable that there is not yet; may be NULL. */
	const char *variable;
	bool expendable;    /* when memory is short, whatever we are */
	long long limit_ms; /* of spawn_run; 0: none */
};

/* Returns the process id, or -1. */
MUST_CHECK pid_t spawn_start(const struct spawn *spawn, struct err *err);

/*
 * Waits for a child. Returns 1 and its status if it ended, 0 if it is still
 * there after timeout_ms, -1 on error.
 */
MUST_CHECK int spawn_wait(pid_t pid, int timeout_ms, int *status,
			  struct err *err);

/*
 * Waits for a child up to timeout_ms (0: as long as it takes), then kills it
 * and fails. *status is its exit status, 128 and the signal if one killed it.
 */
MUST_CHECK int spawn_limited(pid_t pid, long long timeout_ms, int *status,
			     struct err *err);

/* Starts, waits, and fails unless the exit status is 0, or after the limit. */
MUST_CHECK int spawn_run(const struct spawn *spawn, struct err *err);

/* "exit status 3", "killed by signal 9". */
void spawn_describe(int status, char *text, size_t size);

/* Milliseconds of the monotonic clock. */
long long clock_ms(void);
