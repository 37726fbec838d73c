/* SPDX-License-Identifier: Apache-2.0 */
/* What Linux and macOS call differently, in pairs. */
#include "cmd/lib/base/os.h"

#ifdef __APPLE__

struct timespec os_mtime(const struct stat *st)
{
	return st->st_mtimespec;
}

struct timespec os_ctime(const struct stat *st)
{
	return st->st_ctimespec;
}

/* Theirs has the context in front. */
struct sorting {
	int (*compare)(const void *a, const void *b, void *context);
	void *context;
};

static int compare_turned(void *sorting, const void *a, const void *b)
{
	const struct sorting *self = sorting;

	return self->compare(a, b, self->context);
}

void os_sort(void *items, size_t count, size_t item_bytes,
	     int (*compare)(const void *a, const void *b, void *context),
	     void *context)
{
	struct sorting sorting = { compare, context };

	qsort_r(items, count, item_bytes, &sorting, compare_turned);
}

void os_exec(char *const *argv, char **env)
{
	environ = env;
	execvp(argv[0], argv);
}

#else

struct timespec os_mtime(const struct stat *st)
{
	return st->st_mtim;
}

struct timespec os_ctime(const struct stat *st)
{
	return st->st_ctim;
}

void os_sort(void *items, size_t count, size_t item_bytes,
	     int (*compare)(const void *a, const void *b, void *context),
	     void *context)
{
	qsort_r(items, count, item_bytes, compare, context);
}

void os_exec(char *const *argv, char **env)
{
	execvpe(argv[0], argv, env);
}

#endif
