/* SPDX-License-Identifier: Apache-2.0 */
/* Names and a number for each, found without looking at all of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cmd/lib/base/scope.h"

struct names_slot;

/* { 0 } is empty. The texts are borrowed. */
struct names {
	struct names_slot *slots;
	size_t count, capacity;
};

void names_release(struct names *names);

/* Does nothing and is false when the name is there already. */
bool names_add(struct names *names, const char *text, size_t number);

/* False, and `*number` as it was, when the name is not there. */
bool names_find(const struct names *names, const char *text, size_t *number);
