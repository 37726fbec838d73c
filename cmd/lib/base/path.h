/* SPDX-License-Identifier: Apache-2.0 */
/* Path names on the host. */
#pragma once

#include "cmd/lib/base/err.h"

#include "cmd/lib/base/strv.h"

#include <stdbool.h>

/* "a" + "b" = "a/b"; an absolute `name` stands for itself. Caller frees. */
char *path_join(const char *directory, const char *name);

/* The part after the last slash; borrowed from `path`. */
const char *path_base(const char *path);

/* The part before the last slash, "." when there is none. Caller frees. */
char *path_directory(const char *path);

bool path_exists(const char *path);

/* Makes the directory and its parents, mode 0777 less the umask. */
int path_make_directories(const char *path, struct err *err) MUST_CHECK;

/*
 * Removes a directory and all below it, never following links. An absent path
 * is fine.
 */
int path_remove_tree(const char *path, struct err *err) MUST_CHECK;

/*
 * A directory for passing use, mode 0700, in $TMPDIR (default /var/tmp). { 0 }
 * is none; its end removes it with all in it, and warns when it cannot.
 */
struct temporary {
	char *path;
};

int temporary_make(struct temporary *temporary, struct err *err) MUST_CHECK;
void temporary_release(struct temporary *temporary);

/* The names in a directory, sorted bytewise, without "." and "..". */
int path_list(struct strv *names, const char *path, struct err *err) MUST_CHECK;

/* Writes a file whole: temporary name, fsync, rename. */
int path_write_file(const char *path, const void *data, size_t size,
		    struct err *err) MUST_CHECK;

/* Does fnmatch(3) match, with `*` crossing slashes? */
bool path_matches(const char *pattern, const char *path);
