/* SPDX-License-Identifier: Apache-2.0 */
/* What the store has of an image on this machine. */
#include "cmd/lib/oci/source_internal.h"

#include <string.h>

#include "cmd/lib/oci/fetch.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"

/* Larger ones are read later, and damage is remembered then. */
#define READ_MAX ((uint64_t)1 << 20)

bool bring_has(struct oci_store *store, const struct oci_descriptor *blob)
{
	return fetch_is_good(store, blob, blob->size_bytes <= READ_MAX);
}

static bool is_whole(struct oci_store *store,
		     const struct oci_manifest *manifest)
{
	if (!bring_has(store, &manifest->config))
		return false;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (!bring_has(store, &manifest->layers[i]))
			return false;
	return true;
}

/* What cannot be read is brought anew. */
static bool fits(struct oci_store *store, const struct oci_descriptor *root,
		 const char *config)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(err) ignored = { 0 };
	SCOPED(buf) text = { 0 };
	char id[DIGEST_TEXT_SIZE];

	if (!bring_has(store, root) ||
	    oci_store_load(store, root, OCI_MANIFEST_MAX, &text, &ignored) <
		    0 ||
	    oci_manifest_parse(&manifest, &text, root->media_type, "manifest",
			       &ignored) < 0 ||
	    manifest.is_index || !is_whole(store, &manifest))
		return false;
	return !config ||
	       strcmp(digest_text(&manifest.config.digest, id), config) == 0;
}

int bring_is_known(const struct bring *bring, const char *config, bool *known,
		   struct err *err)
{
	SCOPED(oci_descriptor) root = { 0 };
	bool found;

	*known = false;
	if (oci_store_find(bring->store, bring->ref->name, &found, &root, err) <
	    0)
		return -1;
	if (!found || !fits(bring->store, &root, config))
		return 0;
	*known = true;
	oci_descriptor_copy(bring->root, &root);
	return 0;
}
