/* SPDX-License-Identifier: Apache-2.0 */
/* What Linux and macOS call differently. */
#pragma once

#include "cmd/lib/base/scope.h"

#include <sys/stat.h>
#include <time.h>

extern char **environ; /* macOS declares it nowhere */

/* When the content, and when the inode, was last changed. */
struct timespec os_mtime(const struct stat *st);
struct timespec os_ctime(const struct stat *st);

/* qsort_r(3) of glibc. */
void os_sort(void *items, size_t count, size_t item_bytes,
	     int (*compare)(const void *a, const void *b, void *context),
	     void *context);

/*
 * execvp(3) with that environment. Safe between fork and exec; returns only
 * when it fails.
 */
void os_exec(char *const *argv, char **env);
