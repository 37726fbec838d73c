/* SPDX-License-Identifier: Apache-2.0 */
/* Which repository of a registry has a blob already. */
#include "cmd/lib/oci/origin.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"

/* The blobs that are looked for, and the repository that is looked at. */
struct search {
	struct oci_store *store;
	struct upload *uploads;
	size_t count;
	const char *repository;
};

static void match(const struct search *search,
		  const struct oci_descriptor *blob)
{
	for (size_t i = 0; i < search->count; i++) {
		struct upload *upload = &search->uploads[i];

		if (!upload->from &&
		    digest_equal(&upload->blob->digest, &blob->digest))
			upload->from = xstrdup(search->repository);
	}
}

static bool load(const struct search *search, const struct oci_descriptor *blob,
		 struct oci_manifest *manifest)
{
	SCOPED(err) ignored = { 0 };
	SCOPED(buf) text = { 0 };

	return oci_store_has(search->store, blob) &&
	       oci_store_load(search->store, blob, OCI_MANIFEST_MAX, &text,
			      &ignored) == 0 &&
	       oci_manifest_parse(manifest, &text, blob->media_type, "manifest",
				  &ignored) == 0;
}

static void match_image(const struct search *search,
			const struct oci_manifest *manifest)
{
	match(search, &manifest->config);
	for (size_t i = 0; i < manifest->layer_count; i++)
		match(search, &manifest->layers[i]);
}

static void match_root(const struct search *search,
		       const struct oci_descriptor *root)
{
	SCOPED(oci_manifest) index = { 0 };

	if (!load(search, root, &index))
		return;
	if (!index.is_index) {
		match_image(search, &index);
		return;
	}
	for (size_t i = 0; i < index.entry_count; i++) {
		SCOPED(oci_manifest) manifest = { 0 };

		if (load(search, &index.entries[i].descriptor, &manifest) &&
		    !manifest.is_index)
			match_image(search, &manifest);
	}
}

static bool is_elsewhere(const struct oci_ref *ref,
			 const struct oci_ref *target)
{
	return strcmp(ref->registry, target->registry) == 0 &&
	       strcmp(ref->repository, target->repository) != 0;
}

int origin_find(struct oci_store *store, const struct oci_ref *target,
		struct upload *uploads, size_t count, struct err *err)
{
	SCOPED(strv) names = { 0 };

	if (oci_store_list(store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		SCOPED(err) ignored = { 0 };
		SCOPED(oci_descriptor) root = { 0 };
		SCOPED(oci_ref) ref = { 0 };
		struct search search = { store, uploads, count, NULL };
		bool found;

		if (oci_ref_parse_remote(&ref, names.items[i], &ignored) < 0 ||
		    !is_elsewhere(&ref, target))
			continue;
		search.repository = ref.repository;
		if (oci_store_find(store, ref.name, &found, &root, &ignored) ==
			    0 &&
		    found)
			match_root(&search, &root);
	}
	return 0;
}
