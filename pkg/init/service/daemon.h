/* SPDX-License-Identifier: Apache-2.0 */
/* Starting containerd. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/service/err.h"

struct daemon {
	const char *program;
	const char *socket_path;
};

/*
 * Starts containerd as runtime-config.toml says. Returns its process id and, in
 * *log_fd, the file it writes its errors to; or -1.
 */
MUST_CHECK pid_t daemon_start(const struct daemon *daemon, int *log_fd,
			      struct err *err);

/* True if it takes connections. */
bool daemon_answers(const struct daemon *daemon);

/* Prints the end of its log: that usually says why it failed. */
void daemon_print_tail(int log_fd);
