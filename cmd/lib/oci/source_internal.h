/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of images on this machine share. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/descriptor.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/store.h"
#include "cmd/lib/oci/tar_file.h"

/* One image on its way into the store. All borrowed. */
struct bring {
	struct oci_store *store;
	const struct oci_ref *ref;
	struct oci_descriptor *root; /* set to what the name stands for */
};

/*
 * Does the name stand for a single image that is complete in the store and
 * whose config has that digest ("sha256:...")? NULL: whatever it stands for.
 * Sets the root then.
 */
int bring_is_known(const struct bring *bring, const char *config, bool *known,
		   struct err *err) MUST_CHECK;

/* Is it in the store, as far as can be told without reading what is large? */
bool bring_has(struct oci_store *store, const struct oci_descriptor *blob);

/* An image layout; one of the descriptors is -1, the path for messages. */
struct layout_place {
	const char *path;
	int folder_fd, file_fd;
};

/*
 * Opens a regular file below the folder; no part of its path, which ends in
 * NULL, may be a link. `*fd` is -1 when there is none.
 */
int layout_open(const struct layout_place *place, const char *const *parts,
		int *fd, struct err *err) MUST_CHECK;

/* What index.json says of the image; NULL: of the only one. */
int layout_choose(const struct layout_place *place, const char *image,
		  struct oci_descriptor *root, struct err *err) MUST_CHECK;

int layout_bring(const struct bring *bring, const struct layout_place *place,
		 struct err *err) MUST_CHECK;

/* An archive of `docker save`, in a file that can be read again. */
int docker_archive_bring(const struct bring *bring, int fd, const char *file,
			 struct err *err) MUST_CHECK;

/*
 * The daemon that DOCKER_HOST names (Docker Engine API, "ImageInspect" and
 * "ImageGet"). `id` is the caller's to free.
 */
int docker_daemon_ask(const char *image, char **id, struct err *err) MUST_CHECK;
int docker_daemon_save(const char *image, int fd, struct err *err) MUST_CHECK;
