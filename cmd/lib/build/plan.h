/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a build: which images it needs, under which names, and which of
 * them are packages of our own. Making it touches no network and no store.
 */
#pragma once

#include "cmd/lib/base/names.h"
#include "cmd/lib/build/package.h"
#include "yml/lock.h"
#include "yml/manifest.h"

/* One image, however often the manifest names it. All text is owned. */
struct planned_image {
	char *text;   /* as the manifest writes it */
	char *name;   /* the full reference */
	char *pinned; /* the same with the digest of a lock; NULL: none */
	char *stored; /* of an image on this machine, with its whole path */
	const struct package *package; /* what it is built from, or NULL */
	bool unpacked; /* the files of one platform are wanted */
	const struct yml_node *at;
};

/* { .arch = ... } is empty. */
struct plan {
	const char *arch; /* borrowed */
	struct planned_image *images;
	size_t count, capacity;
	struct names texts;        /* of the images, and their places */
	struct package **packages; /* owned: those the manifests name */
	size_t package_count, package_capacity;
};

void plan_release(struct plan *plan);

/*
 * Opens the package in FOLDER of @pkg:FOLDER, relative to the manifest's, and
 * gives its name: `plan_templates` makes manifest_decode do so. The plan must
 * stay where it is meanwhile.
 */
struct manifest_templates plan_templates(struct plan *plan);

/*
 * Collects the images in the order kernel, init, volumes, onboot, onshutdown,
 * services; the profiles that entries name are looked at too. FAULT_INPUT
 * carries the place of the reference.
 */
int plan_make(struct plan *plan, const struct manifest *manifest,
	      struct err *err) MUST_CHECK;

/*
 * Takes every image that has no digest by the one in the lock; packages are
 * named after their sources and need none, and images on this machine are as
 * they are, like the files beside the manifest. FAULT_INPUT, with the place of
 * the reference, when the lock lacks one.
 */
int plan_pin(struct plan *plan, const struct lock *lock,
	     struct err *err) MUST_CHECK;

/* The name under which an image is fetched and found in the store. */
static inline const char *planned_reference(const struct planned_image *image)
{
	if (image->stored)
		return image->stored;
	return image->pinned ? image->pinned : image->name;
}

/* The image for a reference the manifest writes; it is always there. */
const struct planned_image *plan_image(const struct plan *plan,
				       const char *text);
