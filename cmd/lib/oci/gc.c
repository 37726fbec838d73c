/* SPDX-License-Identifier: Apache-2.0 */
/* Removing what the store no longer needs. */
#include "cmd/lib/oci/gc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"

#define SPARED_S 3600

/* What the index leads to; each blob once. */
struct reach {
	struct oci_descriptor *items; /* owned */
	size_t count;
	size_t capacity;
};

static void reach_release(struct reach *reach)
{
	for (size_t i = 0; i < reach->count; i++)
		oci_descriptor_release(&reach->items[i]);
	free(reach->items);
}

static bool reach_has(const struct reach *reach, const struct digest *digest)
{
	for (size_t i = 0; i < reach->count; i++)
		if (digest_equal(&reach->items[i].digest, digest))
			return true;
	return false;
}

/* What is no sha256 descriptor leads to no blob that sweep would touch. */
static void reach_add(struct reach *reach, const json_t *json)
{
	const char *digest_said = json_text(json, "digest");
	const char *media_type = json_text(json, "mediaType");
	json_int_t size = json_integer_value(json_object_get(json, "size"));
	struct digest digest;

	if (!digest_said || !digest_parse(&digest, digest_said) ||
	    reach_has(reach, &digest))
		return;
	reach->items = xgrow(reach->items, reach->count, &reach->capacity,
			     sizeof(*reach->items));
	reach->items[reach->count++] = (struct oci_descriptor){
		.media_type = xstrdup(media_type ? media_type : ""),
		.digest = digest,
		.size_bytes = size < 0 ? 0 : (uint64_t)size,
	};
}

static void reach_add_all(struct reach *reach, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		reach_add(reach, json_array_get(list, i));
}

/*
 * What a manifest or index leads to. Looser than oci_manifest_parse: images
 * that cannot be built from, attestations say, keep their blobs too.
 */
static int reach_follow(struct reach *reach, struct oci_store *store, size_t i,
			struct err *err)
{
	SCOPED(oci_descriptor) from = { 0 };
	SCOPED(buf) text = { 0 };
	SCOPED_JSON json_t *json = NULL;
	char name[DIGEST_TEXT_SIZE];

	oci_descriptor_copy(&from, &reach->items[i]);
	if (!oci_type_is_index(from.media_type) &&
	    !oci_type_is_manifest(from.media_type))
		return 0;
	if (!oci_store_has(store, &from) && !oci_store_is_damaged(store, &from))
		return 0;
	if (oci_store_load(store, &from, OCI_MANIFEST_MAX, &text, err) < 0 ||
	    json_parse(&json, buf_text(&text), text.size,
		       digest_text(&from.digest, name), err) < 0)
		return err_wrap(
			err,
			"nothing is removed ('kitbuild cache verify' names the image)");
	reach_add(reach, json_object_get(json, "config"));
	reach_add(reach, json_object_get(json, "subject"));
	reach_add_all(reach, json_object_get(json, "layers"));
	reach_add_all(reach, json_object_get(json, "manifests"));
	return 0;
}

static int reach_fill(struct reach *reach, struct oci_store *store,
		      struct err *err)
{
	SCOPED_JSON json_t *index = NULL;
	json_t *manifests;

	if (oci_layout_read(store, &index, &manifests, err) < 0)
		return -1;
	reach_add_all(reach, manifests);
	for (size_t i = 0; i < reach->count; i++)
		if (reach_follow(reach, store, i, err) < 0)
			return -1;
	return 0;
}

static bool is_blob_name(const char *name, struct digest *digest)
{
	SCOPED_FREE char *text = xasprintf("sha256:%s", name);

	return digest_parse(digest, text);
}

static int remove_blob(const char *path, uint64_t size_bytes,
		       uint64_t *freed_bytes, struct err *err)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "remove %s", path);
	*freed_bytes += size_bytes;
	return 0;
}

/* All blobs that `keep` does not hold; NULL keeps none, however young. */
static int sweep(struct oci_store *store, const struct reach *keep,
		 uint64_t *freed_bytes, struct err *err)
{
	SCOPED(strv) names = { 0 };

	if (path_list(&names, store->blobs, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		SCOPED_FREE char *path =
			path_join(store->blobs, names.items[i]);
		struct digest digest;
		struct stat st;

		if (!is_blob_name(names.items[i], &digest) ||
		    lstat(path, &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		if (keep &&
		    (reach_has(keep, &digest) || clock_age_s(&st) < SPARED_S))
			continue;
		if (remove_blob(path, (uint64_t)st.st_size, freed_bytes, err) <
		    0)
			return -1;
	}
	return 0;
}

int oci_store_gc(struct oci_store *store, uint64_t *freed_bytes,
		 struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };
	SCOPED(reach) reach = { 0 };

	if (oci_lock_take(&lock, store, err) < 0 ||
	    reach_fill(&reach, store, err) < 0)
		return -1;
	return sweep(store, &reach, freed_bytes, err);
}

int oci_store_clean(struct oci_store *store, uint64_t *freed_bytes,
		    struct err *err)
{
	SCOPED(oci_lock) lock = { 0 };

	/* Names first: what fails then leaves blobs, not broken images. */
	if (oci_lock_take(&lock, store, err) < 0 ||
	    oci_layout_clear(store, err) < 0)
		return -1;
	return sweep(store, NULL, freed_bytes, err);
}

void oci_store_use(struct oci_store *store,
		   const struct oci_descriptor *descriptor)
{
	SCOPED_FREE char *path =
		oci_store_blob_path(store, &descriptor->digest);
	SCOPED(oci_lock) lock = { 0 };
	SCOPED(err) ignored = { 0 };

	/* Under the lock: gc must not have looked at its age just before. */
	if (oci_lock_take(&lock, store, &ignored) == 0)
		(void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}
