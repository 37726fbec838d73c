/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestations: statements about an image that lie beside it in its index, as
 * BuildKit puts them there: a manifest whose layers are in-toto statements
 * (in-toto attestation framework, Statement), each with the type of its
 * predicate in an annotation.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/store.h"

/* The predicate is an SPDX document. */
#define OCI_PREDICATE_SPDX "https://spdx.dev/Document"
/* Manifests of attestations that one image may have; more are left out. */
#define OCI_ATTESTATIONS_MAX 16
/* Larger statements are neither fetched nor read. */
#define OCI_STATEMENT_MAX ((size_t)32 << 20)

/* { 0 } is empty. */
struct oci_attestations {
	struct oci_descriptor *items; /* owned */
	size_t count;
	size_t capacity;
};

void oci_attestations_release(struct oci_attestations *list);

/* Adds the manifests of the index that speak about one of its images. */
void oci_attestations_add(struct oci_attestations *list,
			  const struct oci_manifest *index,
			  const struct digest *image);

/*
 * Adds the statements with that type of predicate that the attestation
 * manifests name, as far as the store holds them: oci_fetch has told of others.
 */
struct oci_attestation_want {
	struct oci_store *store;
	const struct oci_attestations *manifests;
	const char *predicate;
};
int oci_attestations_find(struct oci_attestations *statements,
			  const struct oci_attestation_want *want,
			  struct err *err) MUST_CHECK;
