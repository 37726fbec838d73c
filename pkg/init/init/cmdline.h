/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the kernel command line. Pure: no system calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One word: key, and the value behind the first '=' (NULL without one). */
struct word {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
};

/*
 * Takes the next word off *text. Blanks inside double quotes belong to the
 * word, as in the kernel; quotes around a value are not part of it. Returns
 * false at the end.
 */
bool cmdline_next(const char **text, struct word *word);

/* True if the whole word stands in the text, such as "kit.debug=shell". */
bool cmdline_has(const char *text, const char *word);

/* True if a word has this key, with a value or without. */
bool cmdline_mentions(const char *text, const char *key);

/*
 * Copies the value of the last key=value; returns false, leaving value alone,
 * if there is none or it does not fit.
 */
bool cmdline_value(const char *text, const char *key, char *value, size_t size);
