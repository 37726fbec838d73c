/* SPDX-License-Identifier: Apache-2.0 */
/* Tar bytes as a layer over a small tree; what comes of it is written out. */
/* links: lib */
#include "cmd/lib/image/layer.h"
#include "cmd/lib/image/pack.h"
#include "cmd/lib/image/tar.h"
#include "tests/fuzz/memory_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int drop(struct writer *writer, const void *data, size_t size,
		struct err *err)
{
	(void)writer;
	(void)data;
	(void)size;
	(void)err;
	return 0;
}

static void check_tree(const struct tree *tree)
{
	for (struct tree_node *n = tree_next(tree_first(tree)); n;
	     n = tree_next(n))
		if (!*n->name || strchr(n->name, '/') ||
		    strcmp(n->name, "..") == 0 || strcmp(n->name, ".") == 0 ||
		    n->inode->links == 0 || n->path_bytes > TREE_MAX_PATH ||
		    tree_child(tree, n->parent, n->name) != n)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(image) image = { .spool = SPOOL_INIT };
	SCOPED(err) err = { 0 };
	struct writer nowhere = { drop, NULL, NULL };
	struct memory_reader below = MEMORY_READER(data, size);
	struct layer layer = { .name = "fuzz", .whiteouts = true };

	if (image_init(&image, &err) < 0)
		abort();
	(void)image_begin_segment(&image, "init[0]", "fuzz");
	if (image_put_file(&image, "a/f", 0644, "x", 1, &err) < 0 ||
	    image_put_directory(&image, "d/e", 0755, &err) < 0)
		abort();
	if (layer_apply(&image.tree, image.tree.root, &layer, &below.reader,
			&image.spool, &err) < 0 ||
	    tar_write_tree(&nowhere, &image.tree, &image.spool, &image, &err) <
		    0 ||
	    pack_cpio(&nowhere, &image, 0, &err) < 0)
		return 0;
	check_tree(&image.tree);
	return 0;
}
