/* SPDX-License-Identifier: Apache-2.0 */
/* Reading all that the store holds. */
#include "cmd/lib/oci/verify.h"

#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"

struct walk {
	struct oci_store *store;
	const char *name;
	struct oci_verification *verification;
};

void oci_verification_release(struct oci_verification *verification)
{
	strv_release(&verification->problems);
	strv_release(&verification->seen);
}

static void add_problem(const struct walk *walk, const char *sentence)
{
	strv_add_fmt(&walk->verification->problems, "image %s: %s", walk->name,
		     sentence);
}

/* First time here? Then it is read and counted. */
static bool is_new(const struct walk *walk,
		   const struct oci_descriptor *descriptor)
{
	struct oci_verification *verification = walk->verification;
	char text[DIGEST_TEXT_SIZE];

	digest_text(&descriptor->digest, text);
	if (strv_has(&verification->seen, text))
		return false;
	strv_add(&verification->seen, text);
	verification->size_bytes += descriptor->size_bytes;
	return true;
}

static void verify_blob(const struct walk *walk,
			const struct oci_descriptor *descriptor)
{
	SCOPED_READER struct reader *reader = NULL;
	SCOPED(err) why = { 0 };

	if (!is_new(walk, descriptor))
		return;
	if (oci_store_read(walk->store, descriptor, &reader, &why) < 0 ||
	    reader_drain(reader, &why) < 0)
		add_problem(walk, why.msg);
}

static bool read_manifest(const struct walk *walk,
			  const struct oci_descriptor *descriptor,
			  struct oci_manifest *manifest)
{
	SCOPED(buf) text = { 0 };
	SCOPED(err) why = { 0 };

	is_new(walk, descriptor);
	if (oci_store_load(walk->store, descriptor, OCI_MANIFEST_MAX, &text,
			   &why) == 0 &&
	    oci_manifest_parse(manifest, &text, descriptor->media_type,
			       "manifest", &why) == 0)
		return true;
	add_problem(walk, why.msg);
	return false;
}

static bool is_fetched(const struct oci_store *store,
		       const struct oci_descriptor *descriptor)
{
	SCOPED_FREE char *path =
		oci_store_blob_path(store, &descriptor->digest);

	return access(path, F_OK) == 0;
}

/* Of an attestation only what somebody wanted has been fetched. */
static void verify_part(const struct walk *walk,
			const struct oci_manifest *manifest,
			const struct oci_descriptor *part)
{
	if (!manifest->is_attestation || is_fetched(walk->store, part))
		verify_blob(walk, part);
}

static void verify_image(const struct walk *walk,
			 const struct oci_descriptor *descriptor)
{
	SCOPED(oci_manifest) manifest = { 0 };

	if (!read_manifest(walk, descriptor, &manifest) || manifest.is_index)
		return;
	verify_part(walk, &manifest, &manifest.config);
	for (size_t i = 0; i < manifest.layer_count; i++)
		verify_part(walk, &manifest, &manifest.layers[i]);
}

static void verify_index(const struct walk *walk,
			 const struct oci_descriptor *descriptor)
{
	SCOPED(oci_manifest) index = { 0 };

	if (!read_manifest(walk, descriptor, &index))
		return;
	for (size_t i = 0; i < index.entry_count; i++) {
		const struct oci_descriptor *entry =
			&index.entries[i].descriptor;

		if (oci_type_is_manifest(entry->media_type) &&
		    is_fetched(walk->store, entry))
			verify_image(walk, entry);
	}
}

int oci_store_verify(struct oci_store *store, const char *name,
		     struct oci_verification *verification, struct err *err)
{
	const struct walk walk = { store, name, verification };
	SCOPED(oci_descriptor) root = { 0 };
	bool found;

	if (oci_store_find(store, name, &found, &root, err) < 0)
		return -1;
	if (!found)
		return 0;
	if (oci_type_is_index(root.media_type))
		verify_index(&walk, &root);
	else
		verify_image(&walk, &root);
	return 0;
}
