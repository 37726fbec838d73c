/* SPDX-License-Identifier: Apache-2.0 */
/* Starting containerd. */
#pragma once

#include "pkg/init/service/err.h"

struct daemon {
	const char *program;
	const char *socket_path;
	int timeout_ms;
};

/*
 * Starts containerd and returns when it takes connections. Fails if it ends
 * before, or is not ready in time; the end of its log is printed then.
 */
MUST_CHECK int daemon_start(const struct daemon *daemon, struct err *err);
