/* SPDX-License-Identifier: Apache-2.0 */
/* Attestations in the store. */
#include "cmd/lib/oci/attestation.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

void oci_attestations_release(struct oci_attestations *list)
{
	for (size_t i = 0; i < list->count; i++)
		oci_descriptor_release(&list->items[i]);
	free(list->items);
	*list = (struct oci_attestations){ 0 };
}

static void add(struct oci_attestations *list,
		const struct oci_descriptor *descriptor)
{
	list->items = xgrow(list->items, list->count, &list->capacity,
			    sizeof(*list->items));
	list->items[list->count] = (struct oci_descriptor){ 0 };
	oci_descriptor_copy(&list->items[list->count++], descriptor);
}

void oci_attestations_add(struct oci_attestations *list,
			  const struct oci_manifest *index,
			  const struct digest *image)
{
	for (size_t i = 0; i < index->entry_count; i++) {
		const struct oci_entry *entry = &index->entries[i];

		if (list->count < OCI_ATTESTATIONS_MAX &&
		    entry->is_attestation &&
		    oci_type_is_manifest(entry->descriptor.media_type) &&
		    digest_equal(&entry->attested, image))
			add(list, &entry->descriptor);
	}
}

bool oci_is_statement(const struct oci_manifest *manifest, size_t layer,
		      const char *predicate)
{
	const char *found = manifest->predicates[layer];

	return manifest->is_attestation && found &&
	       strcmp(found, predicate) == 0;
}

static int find_in(struct oci_attestations *statements,
		   const struct oci_attestation_want *want,
		   const struct oci_descriptor *blob, struct err *err)
{
	SCOPED(oci_manifest) manifest = { 0 };
	SCOPED(buf) text = { 0 };
	char name[DIGEST_TEXT_SIZE];

	if (!oci_store_has(want->store, blob))
		return 0;
	if (oci_store_load(want->store, blob, OCI_MANIFEST_MAX, &text, err) <
		    0 ||
	    oci_manifest_parse(&manifest, &text, blob->media_type,
			       digest_text(&blob->digest, name), err) < 0)
		return -1;
	for (size_t i = 0; i < manifest.layer_count; i++) {
		const struct oci_descriptor *layer = &manifest.layers[i];

		if (oci_is_statement(&manifest, i, want->predicate) &&
		    oci_store_has(want->store, layer))
			add(statements, layer);
	}
	return 0;
}

int oci_attestations_find(struct oci_attestations *statements,
			  const struct oci_attestation_want *want,
			  struct err *err)
{
	for (size_t i = 0; i < want->manifests->count; i++)
		if (find_in(statements, want, &want->manifests->items[i], err) <
		    0)
			return -1;
	return 0;
}
