/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that ends the program when memory is out (exit status 1), and
 * arithmetic on sizes that come from input.
 */
#pragma once

#include "cmd/lib/base/scope.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));
void *xrealloc(void *pointer, size_t count, size_t size)
	__attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t length)
	__attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2)
	__attribute__((returns_nonnull));
char *xvasprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0)
	__attribute__((returns_nonnull));

/*
 * Makes room for one more element in a growing array: returns the array,
 * reallocated when `count` has reached `*capacity`.
 */
void *xgrow(void *array, size_t count, size_t *capacity, size_t element_size)
	__attribute__((returns_nonnull));

/* False when the result does not fit; `sum`/`product` is then not usable. */
static inline bool add_size(uint64_t a, uint64_t b, uint64_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

static inline bool mul_size(uint64_t a, uint64_t b, uint64_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}
