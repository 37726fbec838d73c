/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the form key = "value", all that runtime-config.toml needs. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Copies the value of a key; false if it is not there or does not fit. */
bool lineconf_get(const char *text, const char *key, char *value, size_t size);

/*
 * Splits a copy of text at blanks, in place. Returns the number of words, at
 * most max.
 */
size_t lineconf_split(char *text, const char **words, size_t max);
