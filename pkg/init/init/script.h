/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of a folder such as /etc/init.d, in byte order. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pkg/init/init/file.h"

struct scripts {
	const char *folder;
	char name[NAME_BYTES]; /* of the one that runs, or ran last; first "" */
	pid_t pid;             /* of the one that runs, or 0 */
};

/*
 * Goes on to the name that comes next in a folder; false after the last. There
 * may be any number of them: none is remembered.
 */
bool name_next(const char *folder, char name[NAME_BYTES]);

/* The same for names that end in ".conf". */
bool conf_next(const char *folder, char name[NAME_BYTES]);

/*
 * Starts the next program that can be started. Returns its process id, kept in
 * scripts->pid too, or 0 after the last. A missing folder has none.
 */
pid_t scripts_start_next(struct scripts *scripts);

/* Says how the running one ended, if it was not well, and clears pid. */
void scripts_ended(struct scripts *scripts, int status);
