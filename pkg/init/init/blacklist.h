/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that are not wanted. Pure. */
#pragma once

#include <stdbool.h>

/*
 * Is the module named by "modprobe.blacklist=A,B" on the kernel command line?
 * All such words count, however long; '-' and '_' are the same.
 */
bool blacklist_has(const char *cmdline, const char *name);
