/* SPDX-License-Identifier: Apache-2.0 */
/* Several manifests as one. */
#include "yml/manifest.h"

#include <string.h>

#include "yml/policy.h"

/* A node whose items are the places of both lists' items. */
static const struct yml_node *join_places(const struct yml_node *first,
					  const struct yml_node *second,
					  struct arena *arena)
{
	struct yml_node *places;
	size_t count;

	if (!first || !second)
		return first ? first : second;
	count = first->count + second->count;
	places = arena_alloc(arena, sizeof(*places));
	*places = *first;
	places->count = count;
	places->items = arena_alloc(arena, count * sizeof(*places->items));
	if (first->count)
		memcpy(places->items, first->items,
		       first->count * sizeof(*places->items));
	if (second->count)
		memcpy(places->items + first->count, second->items,
		       second->count * sizeof(*places->items));
	return places;
}

/* The bytes of both arrays, one behind the other. */
static void *join_arrays(const void *first, size_t first_size,
			 const void *second, size_t second_size,
			 struct arena *arena)
{
	char *both = arena_alloc(arena, first_size + second_size);

	if (first_size)
		memcpy(both, first, first_size);
	if (second_size)
		memcpy(both + first_size, second, second_size);
	return both;
}

struct val_strs val_strs_join(const struct val_strs *first,
			      const struct val_strs *second,
			      struct arena *arena)
{
	return (struct val_strs){
		.items = join_arrays(
			first->items, first->count * sizeof(char *),
			second->items, second->count * sizeof(char *), arena),
		.count = first->count + second->count,
		.at = join_places(first->at, second->at, arena),
	};
}

static struct val_list join_lists(const struct val_list *first,
				  const struct val_list *second,
				  const struct schema *schema,
				  struct arena *arena)
{
	return (struct val_list){
		.items = join_arrays(first->items, first->count * schema->size,
				     second->items,
				     second->count * schema->size, arena),
		.count = first->count + second->count,
		.at = join_places(first->at, second->at, arena),
	};
}

/* A later text wins unless it is empty; `present` lets an empty one win. */
static void merge_text(struct val_str *into, const struct val_str *later,
		       bool present)
{
	if (later->at && (present || *later->text))
		*into = *later;
}

static void merge_kernel(struct kernel *into, const struct kernel *later)
{
	if (later->at)
		into->at = later->at;
	merge_text(&into->image, &later->image, false);
	merge_text(&into->cmdline, &later->cmdline, false);
	merge_text(&into->binary, &later->binary, false);
	merge_text(&into->tar, &later->tar, true);
	merge_text(&into->ucode, &later->ucode, true);
}

/* Which one is meant is not for us to say: manifest_check refuses it. */
static void merge_security(struct manifest *into, const struct manifest *later)
{
	if (!into->security.at)
		into->security = later->security;
	else if (later->security.at &&
		 strcmp(into->security.text, later->security.text) != 0)
		into->security_against = later->security;
}

void manifest_merge(struct manifest *into, const struct manifest *later)
{
	struct arena *arena = &into->document.arena;

	if (!into->at)
		into->at = later->at;
	merge_kernel(&into->kernel, &later->kernel);
	merge_security(into, later);
	into->init = val_strs_join(&into->init, &later->init, arena);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		into->sections[i] =
			join_lists(&into->sections[i], &later->sections[i],
				   &entry_schema, arena);
	into->files =
		join_lists(&into->files, &later->files, &file_schema, arena);
	into->policy = join_lists(&into->policy, &later->policy,
				  &policy_rule_schema, arena);
	into->volumes = join_lists(&into->volumes, &later->volumes,
				   &volume_schema, arena);
}
