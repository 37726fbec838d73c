/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long piece of work is, part by part, such as the blobs of a pull.
 * On a terminal a line for each part on its way is rewritten a few times a
 * second, and removed at the end; elsewhere a line comes every ten seconds. As
 * JSON (log.h) a line tells what became of a part, at most four a second each:
 *
 *	{"progress":"pull","name":"docker.io/library/nginx:1.2",
 *	 "digest":"sha256:...","done":1048576,"total":31337000,"ended":false}
 *
 * One piece of work at a time, in one thread.
 */
#pragma once

#include "cmd/lib/base/scope.h"
#include "cmd/lib/base/sha256.h"

#include <stdbool.h>
#include <stdint.h>

struct progress_part {
	const char *name; /* borrowed: of what it is a part */
	struct digest digest;
	uint64_t total_bytes;
	/* internal */
	struct progress *whole;
	uint64_t done_bytes;
	long long told_ms;
	bool ended;
};

/* { 0 } is idle. */
struct progress {
	const char *label; /* borrowed: "pull" */
	struct progress_part *parts;
	size_t count;
	/* internal */
	uint64_t done_bytes, total_bytes;
	long long told_ms;
	bool on_terminal;
	unsigned shown_lines;
};

/* Names, digests and sizes of the parts are set; they stay the caller's. */
void progress_start(struct progress *progress);
void progress_add(struct progress_part *part, uint64_t bytes);
/* It starts over. */
void progress_forget(struct progress_part *part);
/* Its work is over, and well. */
void progress_end(struct progress_part *part);
void progress_release(struct progress *progress);

/* Makes room for a line of the log; what was shown comes again by itself. */
void progress_hide(void);
