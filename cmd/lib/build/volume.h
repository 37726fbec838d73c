/* SPDX-License-Identifier: Apache-2.0 */
/* The volumes of a manifest. */
#pragma once

#include "cmd/lib/build/assemble.h"
#include "cmd/lib/oci/whole.h"

/* The images of the layout, out of the store. All is borrowed. */
struct oci_whole volume_whole(const struct volume *volume,
			      const struct planned_image *planned);

/* An OCI image layout in the root. All borrowed. */
struct volume_layout {
	const struct oci_whole *whole; /* what it holds */
	const char *path;              /* its folder, which is there */
	const char *name; /* the full reference, as in index.json */
};

/*
 * Puts an OCI image layout as LinuxKit does (spec: rootfs layout,
 * volumes): every blob as it is kept, the index unchanged even where images of
 * other platforms are left out, all with a modification time of 0.
 */
int volume_put_layout(const struct build *build, struct image *image,
		      const struct volume_layout *layout,
		      struct err *err) MUST_CHECK;

/* containers/volumes/NAME with lower, tmp and merged, for each of them. */
int assemble_volumes(const struct build *build, struct image *image,
		     struct err *err) MUST_CHECK;
