/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "pkg/init/service/err.h"

/* Releases for __attribute__((cleanup)): what a scope owns. */
void fs_close(const int *fd);
void fs_free(void *place);

#define SCOPED_FD __attribute__((cleanup(fs_close))) int
#define SCOPED_FREE __attribute__((cleanup(fs_free)))

/*
 * Reads a whole file of at most max bytes into memory the caller frees, with a
 * NUL behind it. *text is NULL and 0 returned if the file does not exist.
 */
MUST_CHECK int fs_read(const char *path, size_t max, char **text,
		       struct err *err);

/* Creates or replaces a file, 0644. */
MUST_CHECK int fs_write(const char *path, const char *text, struct err *err);

/* The same at once: who reads it meanwhile finds the old text or the new. */
MUST_CHECK int fs_replace(const char *path, const char *text, struct err *err);

/*
 * Writes over a file that is there. Of a text no longer than the old one this
 * needs no room, so that it works on a full file system, too.
 */
MUST_CHECK int fs_overwrite(const char *path, const char *text,
			    struct err *err);

/* Makes a folder and its parents, 0755. */
MUST_CHECK int fs_mkdir(const char *path, struct err *err);

/* The same for all folders above path. */
MUST_CHECK int fs_mkdir_parents(const char *path, struct err *err);

bool fs_exists(const char *path);

struct names {
	char **name; /* owned, and each of them */
	size_t count;
	size_t room;
};

void names_free(struct names *names);
#define SCOPED_NAMES __attribute__((cleanup(names_free))) struct names

/*
 * The folders in a folder, by byte order of their names. A missing folder has
 * none.
 */
MUST_CHECK int fs_folders(const char *path, struct names *names,
			  struct err *err);

/* Makes an empty list with room for so many names. */
void names_init(struct names *names, size_t room);

/* Adds a copy of a name; ignored if there is no room. */
void names_add(struct names *names, const char *name);

/* snprintf that fails instead of cutting. */
MUST_CHECK int fs_path(char *path, struct err *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* True if the kernel command line has the word. */
bool fs_kernel_word(const char *word);

/* The value of the last key=value there; false, value alone, without one. */
bool fs_kernel_value(const char *key, char *value, size_t size);

/* True if the name is one of a list with commas. Pure. */
bool fs_list_has(const char *list, const char *name);

/* Memory or the end of the program. */
void *fs_alloc(size_t count, size_t size);
