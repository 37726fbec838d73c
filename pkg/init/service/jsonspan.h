/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and replacing one member in JSON text, all else untouched. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Offsets of a value in the text. */
struct json_span {
	size_t start;
	size_t end;
};

/*
 * Finds a member of the object that starts at or after offset at. Returns
 * false if it is not there or the text is broken; the rest is not checked.
 */
bool json_find(const char *text, size_t at, const char *key,
	       struct json_span *value);
