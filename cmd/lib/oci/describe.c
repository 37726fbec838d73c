/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests in the store that only a digest speaks of. */
#include "cmd/lib/oci/internal.h"

#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/manifest.h"

/* The type it states itself, else the one its members speak of. */
static const char *type_of(const json_t *json)
{
	const char *stated = json_text(json, "mediaType");

	if (stated &&
	    (oci_type_is_index(stated) || oci_type_is_manifest(stated)))
		return stated;
	if (json_object_get(json, "manifests"))
		return OCI_TYPE_INDEX;
	return json_object_get(json, "config") ? OCI_TYPE_MANIFEST : NULL;
}

bool oci_manifest_describe(struct oci_store *store, const struct digest *digest,
			   struct oci_descriptor *descriptor)
{
	SCOPED_FREE char *path = oci_store_blob_path(store, digest);
	struct oci_descriptor blob = { .digest = *digest };
	SCOPED_JSON json_t *json = NULL;
	SCOPED(buf) text = { 0 };
	SCOPED(err) why = { 0 };
	struct stat status;
	const char *type;

	if (lstat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	blob.size_bytes = (uint64_t)status.st_size;
	if (oci_store_load(store, &blob, OCI_MANIFEST_MAX, &text, &why) < 0 ||
	    json_parse(&json, buf_text(&text), text.size, "manifest", &why) < 0)
		return false;
	type = type_of(json);
	if (!type)
		return false;
	blob.media_type = xstrdup(type);
	*descriptor = blob;
	return true;
}
