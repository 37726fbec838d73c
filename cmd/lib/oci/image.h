/* SPDX-License-Identifier: Apache-2.0 */
/* Images in the store: what a name stands for on one architecture. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/oci/attestation.h"
#include "cmd/lib/oci/descriptor.h"
#include "cmd/lib/oci/store.h"

#include <stdbool.h>

/* { 0 } is empty. */
struct oci_image {
	struct digest manifest_digest; /* of the platform's manifest */
	json_t *config; /* owned; the whole config blob, an object */
	struct oci_descriptor *layers; /* owned; lowest first */
	size_t layer_count;
	/* What they were loaded from; empty in an image of our own. */
	struct oci_descriptor manifest_blob, config_blob;
	/* Manifests of what its index says about it; not looked for. */
	struct oci_attestations attestations;
};

void oci_image_release(struct oci_image *image);

/*
 * Reads index, manifest and config of `name` (expanded or not) for linux and
 * `arch` (amd64, arm64, ...). The image is left empty, its config NULL, when
 * the store lacks the name or one of the three; layers are not looked for.
 * FAULT_TRUST when one is damaged, FAULT_INPUT when the image is malformed or
 * made for another platform.
 */
int oci_image_load(struct oci_image *image, struct oci_store *store,
		   const char *name, const char *arch,
		   struct err *err) MUST_CHECK;

/*
 * Stores the image's config and a manifest over its layers, which are in the
 * store already, gives them `name` and sets `manifest_digest`. Same input,
 * same digest.
 */
int oci_image_write(struct oci_store *store, const char *name,
		    struct oci_image *image, struct err *err) MUST_CHECK;
