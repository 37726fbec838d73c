/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log collector of LinuxKit's memlogd: a datagram socket that takes the
 * name of a log, and beside it a descriptor to read its lines from.
 */
#pragma once

#include "pkg/init/service/err.h"

#define COLLECTOR_SOCKET "/var/run/linuxkit-external-logging.sock"

/*
 * Hands over a copy of the descriptor to the collector at that socket. Names
 * have at most 512 bytes.
 */
MUST_CHECK int collector_give(const char *socket_path, const char *name, int fd,
			      struct err *err);
