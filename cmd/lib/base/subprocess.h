/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs: started by argument list, never by a shell. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"

#include <stdbool.h>

#include <sys/types.h>

/*
 * Start it from SUBPROCESS_INIT with what differs filled in. Standard input is
 * /dev/null and standard output is discarded unless given; standard error is
 * kept, and its last lines become part of the message when the program fails.
 */
struct subprocess {
	int stdin_fd;                 /* borrowed; -1 = /dev/null */
	int stdout_fd;                /* borrowed; -1 = /dev/null */
	const char *const *extra_env; /* borrowed; "K=V", ends in NULL */
	/* internal */
	pid_t pid;
	int stderr_fd;
	char *name;
};

#define SUBPROCESS_INIT                                                        \
	{                                                                      \
		.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1               \
	}

/* FAULT_SYSTEM names a program that is not in PATH. */
int subprocess_start(struct subprocess *process, const struct strv *argv,
		     struct err *err) MUST_CHECK;
/* Waits; FAULT_SYSTEM unless the exit status is 0. */
int subprocess_wait(struct subprocess *process, struct err *err) MUST_CHECK;
/* Kills and reaps it if it still runs. */
void subprocess_release(struct subprocess *process);

/* Start and wait. */
int subprocess_run(const struct strv *argv, struct err *err) MUST_CHECK;

/* Is a program of this name in PATH? */
bool subprocess_finds(const char *program);
