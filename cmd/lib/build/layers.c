/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of an image, read ahead. */
#include "cmd/lib/build/layers.h"

#include "cmd/lib/base/limits.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/image/layer.h"

/* Each reads what is above it. */
struct open_layer {
	struct reader *blob;
	struct reader *plain;
	struct reader *ahead; /* while it is there, all are its thread's */
};

static void close_layer(struct open_layer *open)
{
	if (!open)
		return;
	reader_close(open->ahead);
	reader_close(open->plain);
	reader_close(open->blob);
	free(open);
}

static int open_layer(struct layers *layers, size_t i, struct err *err)
{
	struct open_layer *open = xcalloc(1, sizeof(*open));

	layers->open[i % LAYERS_AHEAD] = open;
	if (oci_store_read(layers->store, &layers->image->layers[i],
			   &open->blob, err) < 0)
		return err_wrap(err, "%s", layers->name);
	open->plain = reader_inflated(open->blob, limit_of(LIMIT_LAYER));
	return reader_ahead(&open->ahead, open->plain, err);
}

static int open_ahead(struct layers *layers, struct err *err)
{
	while (layers->opened < layers->image->layer_count &&
	       layers->opened < layers->applied + LAYERS_AHEAD)
		if (open_layer(layers, layers->opened++, err) < 0)
			return -1;
	return 0;
}

/*
 * The blob's verdict comes at its very end, and explains whatever else was
 * wrong with it.
 */
static int hear_verdict(const struct layers *layers, struct open_layer *open,
			struct err *err)
{
	SCOPED(err) verdict = { 0 };

	reader_close(open->ahead);
	open->ahead = NULL;
	if (reader_drain(open->blob, &verdict) == 0)
		return 0;
	err_move(err, &verdict);
	return err_wrap(err, "%s", layers->name);
}

int layers_apply(struct layers *layers, struct tree *tree, struct spool *spool,
		 struct err *err)
{
	size_t i = layers->applied;
	const struct layer layer = {
		.name = layers->name,
		.digest = layers->image->layers[i].digest,
		.whiteouts = true,
	};
	struct open_layer *open;
	int result;

	if (open_ahead(layers, err) < 0)
		return -1;
	open = layers->open[i % LAYERS_AHEAD];
	result = layer_apply(tree, tree->root, &layer, open->ahead, spool, err);
	if (hear_verdict(layers, open, err) < 0)
		result = -1;
	close_layer(open);
	layers->open[i % LAYERS_AHEAD] = NULL;
	layers->applied++;
	return result;
}

void layers_release(struct layers *layers)
{
	for (size_t i = 0; i < LAYERS_AHEAD; i++)
		close_layer(layers->open[i]);
}
