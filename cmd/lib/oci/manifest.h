/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes of images: bytes to checked structs. Pure. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/oci/descriptor.h"

#include <stdbool.h>

#define OCI_LAYERS_MAX 1024
#define OCI_ENTRIES_MAX 4096

#define OCI_TYPE_STATEMENT "application/vnd.in-toto+json"
/* cosign's: what was signed; the signature is an annotation of the layer. */
#define OCI_TYPE_SIGNING "application/vnd.dev.cosign.simplesigning.v1+json"

/*
 * One image of an index. `os` and `arch` are NULL when it does not say. An
 * attestation says which image of the same index it speaks about, in the
 * annotations vnd.docker.reference.type and vnd.docker.reference.digest.
 */
struct oci_entry {
	struct oci_descriptor descriptor;
	char *os;      /* owned */
	char *arch;    /* owned */
	char *variant; /* owned; or NULL */
	bool is_attestation;
	struct digest attested;
};

/*
 * { 0 } is empty; an index has entries, a manifest config and layers. An
 * attestation is a manifest whose layers are in-toto statements.
 */
struct oci_manifest {
	bool is_index;
	bool is_attestation;
	struct oci_descriptor config;
	struct oci_descriptor *layers; /* owned */
	char **predicates; /* owned; what each statement is, or NULL */
	size_t layer_count;
	struct oci_entry *entries; /* owned */
	size_t entry_count;
};

void oci_manifest_release(struct oci_manifest *manifest);

bool oci_type_is_index(const char *media_type);
bool oci_type_is_manifest(const char *media_type);

/*
 * Decodes OCI image manifests and indexes (image-spec, manifest.md and
 * image-index.md) and their Docker schema 2 forms. `media_type` is what the
 * descriptor or the reply says it is; what the text itself says must agree.
 * Refused with FAULT_INPUT: documents that are both, schema 1, layers kept
 * elsewhere ("foreign"), artifacts, bad digests and sizes.
 */
int oci_manifest_parse(struct oci_manifest *manifest, const struct buf *text,
		       const char *media_type, const char *name,
		       struct err *err) MUST_CHECK;

/*
 * The image for linux and `arch` (platform.h): the one that suits best, of
 * several the first, else the first that does not say. FAULT_INPUT lists what
 * there is. Borrowed from the index.
 */
int oci_manifest_choose(const struct oci_manifest *index, const char *arch,
			const struct oci_descriptor **descriptor,
			struct err *err) MUST_CHECK;
