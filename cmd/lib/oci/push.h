/* SPDX-License-Identifier: Apache-2.0 */
/* Images from the store into registries. */
#pragma once

#include "cmd/lib/oci/registry.h"

/* All borrowed. */
struct oci_push {
	const char *name;    /* in the store; expanded or not */
	const char *remote;  /* what it is called there; NULL: the same */
	bool with_arch_tags; /* each image of an index gets TAG-ARCH too */
	bool override;       /* though the name is taken */
};

enum oci_pushed {
	OCI_PUSHED,       /* the name stands for it now */
	OCI_PUSHED_THERE, /* it did before */
	OCI_PUSHED_TAKEN, /* it stands for something else, and still does */
};

/*
 * Sends what the name stands for to its registry, never to a mirror: blobs
 * first, then manifests, the name last (OCI distribution-spec, "Push").
 *
 * An index that meets another one under the remote name is merged with it: ours
 * decides for its platforms, the other's platforms stay, and so does what is
 * attested about an image that is in the result.
 *
 * FAULT_INPUT when the store lacks the image or a part that the registry lacks
 * too, FAULT_TRUST when a blob is damaged, FAULT_SYSTEM when the registry
 * cannot be reached or refuses. What fails may leave blobs there, no name.
 */
int oci_push(struct oci_store *store, struct oci_client *client,
	     const struct oci_push *push, enum oci_pushed *pushed,
	     struct err *err) MUST_CHECK;
