/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of bounded size: a file that moves to NAME.1 when it is full, in place
 * of the one that did so before. Both together hold at most twice the maximum
 * and one block.
 */
#pragma once

#include <stddef.h>

#include "pkg/init/service/err.h"

#define LOGFILE_MAX (1LL << 20)
#define LOGFILE_MAX_LEAST (16LL << 10)

struct logfile {
	int fd; /* -1: closed */
};

#define LOGFILE_CLOSED                                                         \
	{                                                                      \
		.fd = -1                                                       \
	}

struct logfile_block {
	const char *data;
	size_t len;
	long long max; /* bytes of the file */
};

/*
 * Appends a block. Whoever moves, shortens or removes the file meanwhile is
 * followed. A line is never cut by the move, unless it is longer than a block.
 * On an error, such as a full disk, the block is lost as far as it was not
 * written.
 */
MUST_CHECK int logfile_write(struct logfile *log, const char *path,
			     const struct logfile_block *block,
			     struct err *err);
void logfile_close(struct logfile *log);

/* "200k", "2m" or plain bytes; at least LOGFILE_MAX_LEAST. -1: neither. Pure.
 */
long long logfile_size(const char *text);
