/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content store: which blobs are there, and which of them are not what
 * their names say.
 *
 * A damaged blob stays where it is until a good one replaces it. To remove it
 * would be a race with another process that has just replaced it, and the next
 * run could no longer tell damage from absence.
 */
#include "cmd/lib/oci/store.h"

#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

static bool find_note(const struct oci_store *store,
		      const struct digest *digest, size_t *index)
{
	for (size_t i = 0; i < store->damaged_count; i++) {
		if (!digest_equal(&store->damaged[i], digest))
			continue;
		*index = i;
		return true;
	}
	return false;
}

void oci_damage_note(struct oci_store *store, const struct digest *digest)
{
	size_t index;

	pthread_mutex_lock(&store->damage_mutex);
	if (!find_note(store, digest, &index)) {
		store->damaged = xgrow(store->damaged, store->damaged_count,
				       &store->damaged_capacity,
				       sizeof(*store->damaged));
		store->damaged[store->damaged_count++] = *digest;
	}
	pthread_mutex_unlock(&store->damage_mutex);
}

void oci_damage_forget(struct oci_store *store, const struct digest *digest)
{
	size_t index;

	pthread_mutex_lock(&store->damage_mutex);
	if (find_note(store, digest, &index))
		store->damaged[index] = store->damaged[--store->damaged_count];
	pthread_mutex_unlock(&store->damage_mutex);
}

static bool is_noted(struct oci_store *store, const struct digest *digest)
{
	size_t index;
	bool found;

	pthread_mutex_lock(&store->damage_mutex);
	found = find_note(store, digest, &index);
	pthread_mutex_unlock(&store->damage_mutex);
	return found;
}

static bool examine(struct oci_store *store,
		    const struct oci_descriptor *descriptor, bool *damaged)
{
	SCOPED_FREE char *path =
		oci_store_blob_path(store, &descriptor->digest);
	struct stat st;

	if (lstat(path, &st) < 0)
		return false;
	*damaged = !S_ISREG(st.st_mode) ||
		   (uint64_t)st.st_size != descriptor->size_bytes ||
		   is_noted(store, &descriptor->digest);
	return true;
}

bool oci_store_has(struct oci_store *store,
		   const struct oci_descriptor *descriptor)
{
	bool damaged;

	return examine(store, descriptor, &damaged) && !damaged;
}

bool oci_store_is_damaged(struct oci_store *store,
			  const struct oci_descriptor *descriptor)
{
	bool damaged;

	return examine(store, descriptor, &damaged) && damaged;
}

bool oci_store_met_damage(struct oci_store *store)
{
	bool met;

	pthread_mutex_lock(&store->damage_mutex);
	met = store->damaged_count > 0;
	pthread_mutex_unlock(&store->damage_mutex);
	return met;
}
