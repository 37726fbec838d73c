/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a build: which images it needs, under which names, and which of
 * them are packages of our own. Making it touches no network and no store.
 */
#pragma once

#include "cmd/lib/build/package.h"
#include "yml/manifest.h"

/* One image, however often the manifest names it. */
struct planned_image {
	char *text;             /* as the manifest writes it */
	char *name;             /* the full reference */
	struct package package; /* of @pkg:PATH; else empty */
	const struct yml_node *at;
};

/* { 0 } is empty. */
struct plan {
	struct planned_image *images;
	size_t count, capacity;
};

void plan_release(struct plan *plan);

/*
 * Collects the images in the order kernel, init, volumes, onboot, onshutdown,
 * services. @pkg:PATH is the package in PATH, relative to the manifest's
 * folder. FAULT_INPUT carries the place of the reference.
 */
int plan_make(struct plan *plan, const struct manifest *manifest,
	      const char *arch, struct err *err) MUST_CHECK;

/* The image for a reference the manifest writes; it is always there. */
const struct planned_image *plan_image(const struct plan *plan,
				       const char *text);
