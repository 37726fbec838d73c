/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done from inside a container before its command runs: opening
 * the descriptor that it reports readiness to, and Landlock. OCI runtimes know
 * neither, so the launcher's own program is bound into the container's /dev,
 * the one folder in which mount points can always be made, and starts the
 * command.
 */
#pragma once

#include "pkg/init/service/policy.h"

bool inside_needed(const struct policy *policy);

/* A config.json that does so; the caller frees *out. */
MUST_CHECK int inside_wrap(const char *json, const struct policy *policy,
			   const char *fifo, char **out, struct err *err);

/*
 * The program inside: `service inside [WORD VALUE]... -- COMMAND...`, with the
 * words fd, ready, ro and rw. Returns an exit status only if it failed.
 */
int inside_run(char **argv);

/* Opens a FIFO for writing on that descriptor, which the command inherits. */
MUST_CHECK int inside_open_ready(const char *fifo, long long fd,
				 struct err *err);

/* Restricts this process. Fails where the kernel has no Landlock. */
MUST_CHECK int inside_landlock(const struct landlock *landlock,
			       struct err *err);
