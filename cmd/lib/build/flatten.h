/* SPDX-License-Identifier: Apache-2.0 */
/* Images from the store as trees, and the files every image gets or loses. */
#pragma once

#include "cmd/lib/image/image.h"
#include "cmd/lib/oci/image.h"

/* Applies all layers, lowest first, to an empty tree. */
int flatten_layers(struct tree *tree, struct spool *spool,
		   struct oci_store *store, const struct oci_image *image,
		   const char *name, struct err *err) MUST_CHECK;

/* The same into the root of an image, each layer a segment of its own. */
int flatten_each_layer(struct image *image, struct oci_store *store,
		       const struct oci_image *layers, const char *name,
		       struct err *err) MUST_CHECK;

enum flatten_for {
	FLATTEN_SYSTEM,    /* an init image or a volume */
	FLATTEN_CONTAINER, /* onboot, onshutdown, services */
};

/*
 * LinuxKit's rules (spec: rootfs layout, filtering): .dockerenv, Dockerfile,
 * dev/console and etc/hostname go; dev, etc, proc, sys, etc/hosts, etc/mtab and
 * etc/resolv.conf get its form.
 */
int flatten_filter(struct tree *tree, struct spool *spool,
		   enum flatten_for purpose, struct err *err) MUST_CHECK;
