/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out runtime.json. */
#pragma once

#include <sys/types.h>

#include "pkg/init/service/runtime.h"

/* Of whom, and where its mounts are written down: see mounted.h. */
struct prepare {
	const struct runtime *runtime;
	const char *bundle;
	const char *record; /* NULL: they outlive it, as onboot's do */
};

/* Before the container is made: mounts, folders, control groups. */
MUST_CHECK int prepare_files(const struct prepare *prepare, struct err *err);

/* Between create and start: interfaces, then bound namespaces. */
MUST_CHECK int prepare_process(const struct prepare *prepare, pid_t pid,
			       struct err *err);

/* Unmounts what is written down and the root, and frees its writable layer. */
void prepare_undo(const struct prepare *prepare);
