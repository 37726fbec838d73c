/* SPDX-License-Identifier: Apache-2.0 */
/* Scope ownership: what a declaration acquires, leaving its scope releases. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * SCOPED(buf) text = { 0 };  calls buf_release(&text) when text goes out of
 * scope. Any struct S with a function S_release(struct S *) can be scoped.
 */
#define SCOPED(type) __attribute__((cleanup(type##_release))) struct type

static inline void scope_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void scope_free(void *pointer)
{
	void **p = pointer;

	free(*p);
}

static inline void scope_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define SCOPED_FD __attribute__((cleanup(scope_close)))
#define SCOPED_FREE __attribute__((cleanup(scope_free)))
#define SCOPED_FILE __attribute__((cleanup(scope_fclose)))

/* Hands the pointer over: the expression is its value, the variable is NULL. */
#define TAKE(pointer)                                                          \
	({                                                                     \
		__typeof__(pointer) taken_ = (pointer);                        \
		(pointer) = NULL;                                              \
		taken_;                                                        \
	})

/* The same for a descriptor, whose empty value is -1. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
