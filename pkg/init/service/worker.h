/* SPDX-License-Identifier: Apache-2.0 */
/* Work that may take long, in a process of its own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/err.h"

/* What a worker comes to; small enough for one write to a pipe. */
struct work {
	bool failed;
	pid_t pid;  /* of what it started */
	int status; /* exit status, or NO_STATUS */
	struct err err;
};

#define NO_STATUS (-1)

struct worker {
	pid_t pid; /* 0: none at work */
	int fd;    /* of its pipe, -1: none */
};

#define WORKER_IDLE                                                            \
	{                                                                      \
		.fd = -1                                                       \
	}

/*
 * Runs the function in a new process, with no signal blocked. The pipe of the
 * worker gets readable when it is done.
 */
MUST_CHECK int worker_start(struct worker *worker,
			    void (*run)(const void *subject, struct work *work),
			    const void *subject, struct err *err);

/* Takes what it came to, once its pipe is readable; it is idle then. */
void worker_take(struct worker *worker, struct work *work);

/* Ends it and all it started and not handed over. */
void worker_cancel(struct worker *worker);
