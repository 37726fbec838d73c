/* SPDX-License-Identifier: Apache-2.0 */
/* Images as single files: OCI image layouts in a tar. */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/image.h"
#include "cmd/lib/oci/store.h"

#include <stdbool.h>

/* All borrowed. */
struct oci_export {
	struct oci_store *store;
	const struct oci_image *image; /* as oci_image_load gives it */
	const char *name;              /* in the archive; expanded */
	bool docker;                   /* add what `docker load` reads */
};

/*
 * Writes one image to `fd` as the tar of an OCI image layout (image-spec,
 * image-layout.md) whose index.json names it, for us and for containerd. Every
 * blob is verified; same input, same bytes.
 */
int oci_archive_write(const struct oci_export *export, int fd,
		      struct err *err) MUST_CHECK;

/*
 * Stores what an OCI image layout in a tar, plain or compressed, holds: blobs
 * whose digests are what their names say, then the names of images that are
 * complete (of an index: one platform at least). `names` gets them, expanded.
 * The descriptor stays the caller's; `file` is what messages call it.
 * FAULT_TRUST for a wrong blob, FAULT_INPUT when it is no such archive or
 * something is not in it; no name is stored then, and no other is touched.
 */
int oci_archive_read(struct oci_store *store, int fd, const char *file,
		     struct strv *names, struct err *err) MUST_CHECK;
