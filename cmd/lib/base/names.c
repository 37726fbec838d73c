/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with open addressing; at least half of it is free. */
#include "cmd/lib/base/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

#define FIRST_CAPACITY 16 /* a power of two, as all that follow */

struct names_slot {
	const char *text; /* NULL: free */
	size_t number;
};

void names_release(struct names *names)
{
	free(names->slots);
	*names = (struct names){ 0 };
}

/* FNV-1a. */
static size_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
}

/* Where the name is, or would be. */
static struct names_slot *slot_of(const struct names *names, const char *text)
{
	size_t mask = names->capacity - 1;
	size_t i = hash_of(text) & mask;

	while (names->slots[i].text && strcmp(names->slots[i].text, text) != 0)
		i = (i + 1) & mask;
	return &names->slots[i];
}

static void grow(struct names *names)
{
	struct names bigger = {
		.count = names->count,
		.capacity =
			names->capacity ? names->capacity * 2 : FIRST_CAPACITY,
	};

	bigger.slots = xcalloc(bigger.capacity, sizeof(*bigger.slots));
	for (size_t i = 0; i < names->capacity; i++)
		if (names->slots[i].text)
			*slot_of(&bigger, names->slots[i].text) =
				names->slots[i];
	free(names->slots);
	*names = bigger;
}

bool names_add(struct names *names, const char *text, size_t number)
{
	struct names_slot *slot;

	if (names->count * 2 >= names->capacity)
		grow(names);
	slot = slot_of(names, text);
	if (slot->text)
		return false;
	*slot = (struct names_slot){ text, number };
	names->count++;
	return true;
}

bool names_find(const struct names *names, const char *text, size_t *number)
{
	const struct names_slot *slot;

	if (names->count == 0)
		return false;
	slot = slot_of(names, text);
	if (!slot->text)
		return false;
	*number = slot->number;
	return true;
}
