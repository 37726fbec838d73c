/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/self/mountinfo, /proc/PID/status and stat. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount_line {
	char *where;
	char *type;
	char *what;
};

/*
 * Takes one line apart in place and decodes the octal escapes. False if it is
 * not a mountinfo line (proc(5)).
 */
bool mountinfo_parse(char *line, struct mount_line *mount);

/*
 * True if the status text is of a process which is the first of its process
 * namespace and neither handles, ignores nor blocks the signal: the kernel then
 * drops it.
 */
bool status_is_deaf(const char *status, int sig);

/* True if the stat text (proc(5)) is of a process with a controlling terminal.
 */
bool stat_has_terminal(const char *stat);
