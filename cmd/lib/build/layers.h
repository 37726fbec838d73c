/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of an image, lowest first. Each is read, verified and inflated in
 * a thread of its own, a few layers ahead of the one that is applied: what a
 * layer means depends on those below it, its bytes do not.
 */
#pragma once

#include "cmd/lib/image/spool.h"
#include "cmd/lib/image/tree.h"
#include "cmd/lib/oci/image.h"

#define LAYERS_AHEAD 4

struct open_layer;

/* Fill the first three; the rest starts zeroed. */
struct layers {
	struct oci_store *store; /* borrowed, all three */
	const struct oci_image *image;
	const char *name; /* for messages */
	/* internal */
	struct open_layer *open[LAYERS_AHEAD];
	size_t opened, applied;
};

/*
 * Applies the next layer to the root of `tree` (layer.h); there must be one.
 * FAULT_TRUST when its blob is damaged, whatever else is wrong with it.
 */
int layers_apply(struct layers *layers, struct tree *tree, struct spool *spool,
		 struct err *err) MUST_CHECK;

/* Ends the threads. */
void layers_release(struct layers *layers);
