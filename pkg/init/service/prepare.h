/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out runtime.json. */
#pragma once

#include <sys/types.h>

#include "pkg/init/service/runtime.h"

/* Before the container is made: mounts, folders, control groups. */
MUST_CHECK int prepare_files(const struct runtime *runtime, const char *bundle,
			     struct err *err);

/* Between create and start: interfaces, then bound namespaces. */
MUST_CHECK int prepare_process(const struct runtime *runtime, pid_t pid,
			       struct err *err);

/* Unmounts the bundle's root, and frees its writable layer. */
void prepare_undo(const char *bundle);
