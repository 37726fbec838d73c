/* SPDX-License-Identifier: Apache-2.0 */
/* A service's bundle: its folder, its runtime.json, where its output goes. */
#pragma once

#include <sys/types.h>

#include "pkg/init/service/runtime.h"

#define RUN_FOLDER "/run/kitbuild"

struct services;

struct bundle {
	const struct services *services; /* borrowed */
	const char *name;                /* borrowed */
	char path[PATH_BYTES];
	char run[PATH_BYTES]; /* a folder of ours, made by bundle_make_run */
	char mounted[PATH_BYTES]; /* see mounted.h; "" for onboot */
	/* Where its output is written to: a file, or a FIFO before one. */
	char out_path[PATH_BYTES];
	char err_path[PATH_BYTES];
	char out_log[PATH_BYTES]; /* the files; both "" for onboot */
	char err_log[PATH_BYTES];
	bool piped;
	struct runtime runtime;
};

/*
 * Reads runtime.json. Release it on failure too: the paths are there unless
 * they were too long.
 */
MUST_CHECK int bundle_open(struct bundle *bundle,
			   const struct services *services, const char *name,
			   struct err *err);
void bundle_close(struct bundle *bundle);

/* Its output goes through FIFOs from now on: see outlet.h. */
MUST_CHECK int bundle_pipe(struct bundle *bundle, struct err *err);
#define SCOPED_BUNDLE __attribute__((cleanup(bundle_close))) struct bundle

/* Its folder in /run, with the FIFO in it. */
MUST_CHECK int bundle_make_run(const struct bundle *bundle, struct err *err);
MUST_CHECK int bundle_fifo(const struct bundle *bundle, char *path,
			   struct err *err);

/* What is mounted, made and emptied before a start; runtime.json's part too. */
MUST_CHECK int bundle_prepare(const struct bundle *bundle, struct err *err);

/* runtime.json's part for a process that has not begun yet. */
MUST_CHECK int bundle_prepare_process(const struct bundle *bundle, pid_t pid,
				      struct err *err);

/* Of a service all mounts go; those of onboot's runtime.json stay. */
void bundle_undo(const struct bundle *bundle);

/*
 * config.json for an OCI runtime: root.path is absolute. Where readiness or
 * landlock ask for something that a runtime cannot do, the service's command is
 * started through `service inside`, bound into its /dev. The caller frees it.
 */
MUST_CHECK int bundle_config(const struct bundle *bundle, char **json,
			     struct err *err);
