/* SPDX-License-Identifier: Apache-2.0 */
/* The volumes that an entry of the manifest names. */
#include "cmd/lib/build/runtime_spec.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

/* Where the system mounts the volume of that name; NULL: there is none. */
static char *mount_point(const struct manifest *manifest, const char *name,
			 size_t length)
{
	if (*name == '/' || !manifest_volume(manifest, name, length))
		return NULL;
	return xasprintf("/containers/volumes/%.*s/merged", (int)length, name);
}

static void lead_binds(struct val_strs *binds, const struct manifest *manifest,
		       struct arena *arena)
{
	const char **led = arena_alloc(arena, binds->count * sizeof(*led));

	for (size_t i = 0; i < binds->count; i++) {
		const char *bind = binds->items[i];
		size_t length = strcspn(bind, ":");
		SCOPED_FREE char *place = mount_point(manifest, bind, length);
		SCOPED_FREE char *text = NULL;

		led[i] = bind;
		if (!place)
			continue;
		text = xasprintf("%s%s", place, bind + length);
		led[i] = arena_text(arena, text, strlen(text));
	}
	binds->items = led;
}

static void lead_mounts(struct val_list *mounts,
			const struct manifest *manifest, struct arena *arena)
{
	const struct mount *items = mounts->items;
	struct mount *led = arena_alloc(arena, mounts->count * sizeof(*led));

	for (size_t i = 0; i < mounts->count; i++) {
		const char *source = val_text(&items[i].source, "");
		SCOPED_FREE char *place = NULL;

		led[i] = items[i];
		if (strcmp(val_text(&items[i].type, ""), "bind") == 0)
			place = mount_point(manifest, source, strlen(source));
		if (place)
			led[i].source.text =
				arena_text(arena, place, strlen(place));
	}
	mounts->items = led;
}

void entry_lead_to_volumes(struct entry *entry, const struct manifest *manifest,
			   struct arena *arena)
{
	lead_binds(&entry->binds, manifest, arena);
	lead_binds(&entry->binds_add, manifest, arena);
	lead_mounts(&entry->mounts, manifest, arena);
}
