/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: what a blob is, its digest and its size. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/sha256.h"

#include <stdint.h>

#define OCI_TYPE_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define OCI_TYPE_LAYER_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"
#define OCI_TYPE_LAYER_TAR "application/vnd.oci.image.layer.v1.tar"
#define DOCKER_TYPE_LIST                                                       \
	"application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_TYPE_MANIFEST                                                   \
	"application/vnd.docker.distribution.manifest.v2+json"

/* OCI image-spec, descriptor.md. { 0 } is none. */
struct oci_descriptor {
	char *media_type; /* owned */
	struct digest digest;
	uint64_t size_bytes;
};

void oci_descriptor_release(struct oci_descriptor *descriptor);
void oci_descriptor_copy(struct oci_descriptor *to,
			 const struct oci_descriptor *from);

/*
 * Reads mediaType, digest and size strictly: only sha256 in lower case, only a
 * whole number of bytes. `name` is what the message calls it. FAULT_INPUT.
 */
int oci_descriptor_parse(struct oci_descriptor *descriptor, const json_t *json,
			 const char *name, struct err *err) MUST_CHECK;

/* The caller owns the object. */
json_t *oci_descriptor_json(const struct oci_descriptor *descriptor);
