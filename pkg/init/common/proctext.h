/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of /proc/PID/status and stat: proc(5). Pure. */
#pragma once

#include <stdbool.h>

/*
 * True if the status text is of a process which is the first of its process
 * namespace and neither handles, ignores nor blocks the signal: the kernel then
 * drops it.
 */
bool status_is_deaf(const char *status, int sig);

/* True if the stat text is of a process with a controlling terminal. */
bool stat_has_terminal(const char *stat);

/* When the process of the stat text was started, in ticks since boot; or 0. */
long long stat_born(const char *stat);
