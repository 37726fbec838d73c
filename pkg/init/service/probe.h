/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a service whether it is ready, or well. Runs in workers. */
#pragma once

#include "pkg/init/service/engine.h"

/*
 * Connects to readiness.socket and hangs up: a path below the root of the
 * process, or a port of 127.0.0.1 or ::1 in its network.
 */
MUST_CHECK int probe_socket(const struct readiness *ready, pid_t pid,
			    struct err *err);

struct probe {
	bool health; /* else readiness */
	pid_t pid;   /* of the service's first process */
};

/* Runs the policy's command inside; *status is its exit status. */
MUST_CHECK int probe_command(const struct engine *engine,
			     const struct bundle *bundle,
			     const struct probe *probe, int *status,
			     struct err *err);
