/* SPDX-License-Identifier: Apache-2.0 */
/* A program that lives as long as we do, watched with a deadline. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

#include <stdbool.h>
#include <sys/types.h>

/* CHILD_INIT is none. */
struct child {
	pid_t pid;
	int status;   /* of waitpid, once it has ended */
	int terminal; /* owned; our side of a CHILD_CONSOLE's terminal */
};

#define CHILD_INIT                                                             \
	{                                                                      \
		.terminal = -1                                                 \
	}

enum child_kind {
	CHILD_SILENT,  /* no input, no output */
	CHILD_HELPER,  /* the same, but its errors are seen */
	CHILD_CONSOLE, /* a terminal of its own, whose other side is ours */
};

/* Is the program in PATH? FAULT_SYSTEM; `cure`, unless NULL, is added. */
int child_find(const char *program, const char *cure,
	       struct err *err) MUST_CHECK;

/*
 * It never has our terminal's signals. It ends when we end, however that comes
 * about: on Linux the kernel sees to it, and elsewhere a CHILD_CONSOLE's
 * terminal hangs up. FAULT_SYSTEM as above.
 */
int child_start(struct child *child, const struct strv *argv,
		enum child_kind kind, const char *cure,
		struct err *err) MUST_CHECK;

/* Has it ended? Waits up to `ms` for that; a signal cuts the wait short. */
bool child_has_ended(struct child *child, long ms);

/* Kills and reaps it if it still runs; closes its terminal. */
void child_release(struct child *child);

/*
 * Runs a command to its end, a minute at most. FAULT_SYSTEM says what failed;
 * quiet: its own words about that are not shown.
 */
int child_run(const struct strv *argv, bool quiet, const char *cure,
	      struct err *err) MUST_CHECK;
