/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of a folder such as /etc/init.d, in byte order. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define SCRIPT_MAX 64
#define SCRIPT_NAME_BYTES 128

struct scripts {
	const char *folder;
	char name[SCRIPT_MAX][SCRIPT_NAME_BYTES];
	size_t count;
	size_t next;
	pid_t pid; /* the one that runs, or 0 */
};

/* Reads the names; a missing folder gives none. */
void scripts_read(struct scripts *scripts, const char *folder);

/*
 * Starts the next program that can be started. Returns its process id, kept in
 * scripts->pid too, or 0 after the last.
 */
pid_t scripts_start_next(struct scripts *scripts);

/* Says how the running one ended, if it was not well, and clears pid. */
void scripts_ended(struct scripts *scripts, int status);
