/* SPDX-License-Identifier: Apache-2.0 */
/* A program that lives as long as we do, watched with a deadline. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

#include <stdbool.h>
#include <sys/types.h>

/* { 0 } is none. */
struct child {
	pid_t pid;
	int status; /* of waitpid, once it has ended */
	int output; /* what CHILD_CAPTURED reads from; the caller's */
};

enum child_input {
	CHILD_SILENT,   /* no input, no output */
	CHILD_TERMINAL, /* ours, keys and all */
	CHILD_PIPED,    /* ours, but deaf to the keyboard's signals */
	CHILD_CAPTURED, /* the same, but we read its output */
};

/* The kernel ends it when we end, however that comes about (Linux). */
int child_start(struct child *child, const struct strv *argv,
		enum child_input input, struct err *err) MUST_CHECK;

/* Has it ended? Waits up to `ms` for that; a signal cuts the wait short. */
bool child_has_ended(struct child *child, long ms);

/* Kills and reaps it if it still runs. */
void child_release(struct child *child);
