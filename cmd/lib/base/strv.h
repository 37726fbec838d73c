/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of strings. */
#pragma once

#include "cmd/lib/base/scope.h"

#include <stdbool.h>

/*
 * { 0 } is an empty list. The strings and the array are owned. The array is
 * NULL or ends in a NULL that `count` does not count, so that it can be argv.
 */
struct strv {
	char **items;
	size_t count;
	size_t capacity;
};

void strv_release(struct strv *list);
void strv_add(struct strv *list, const char *text);
void strv_add_fmt(struct strv *list, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strv_add_all(struct strv *list, const struct strv *more);
bool strv_has(const struct strv *list, const char *text);
/* Bytewise, so that no locale changes an output. */
void strv_sort(struct strv *list);
/* Splits at each separator; "a,,b" gives three items, "" gives none. */
void strv_split(struct strv *list, const char *text, char separator);
