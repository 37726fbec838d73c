/* SPDX-License-Identifier: Apache-2.0 */
/* The image and its segments. */
#include "cmd/lib/image/image.h"

#include "cmd/lib/image/pack.h"

int image_init(struct image *image, struct err *err)
{
	*image = (struct image){ .spool = SPOOL_INIT };
	tree_init(&image->tree);
	return spool_open(&image->spool, err);
}

void image_release(struct image *image)
{
	for (size_t i = 0; i < image->segment_count; i++) {
		free(image->segments[i].location);
		free(image->segments[i].source);
	}
	free(image->segments);
	packed_segments_free(image->packed);
	tree_release(&image->tree);
	spool_release(&image->spool);
	*image = (struct image){ .spool = SPOOL_INIT };
}

unsigned image_begin_segment(struct image *image, const char *location,
			     const char *source)
{
	unsigned number = (unsigned)image->segment_count;

	image->segments =
		xgrow(image->segments, image->segment_count,
		      &image->segment_capacity, sizeof(*image->segments));
	image->segments[image->segment_count++] = (struct segment){
		.location = xstrdup(location),
		.source = xstrdup(source),
	};
	image->tree.segment = number;
	image->tree.layer++;
	return number;
}

static int put(struct image *image, const char *path, struct inode *inode,
	       struct err *err)
{
	struct tree_node *parent;
	const char *name;

	if (tree_parent_of(&image->tree, image->tree.root, path, &parent, &name,
			   err) < 0)
		return -1;
	tree_put(&image->tree, parent, name, inode);
	return 0;
}

int image_put_file(struct image *image, const char *path, unsigned mode,
		   const void *data, size_t size, struct err *err)
{
	struct inode *inode = tree_inode_new(&image->tree, INODE_FILE, mode);

	if (spool_add_content(&image->spool, data, size, &inode->content, err) <
	    0)
		return -1;
	return put(image, path, inode, err);
}

int image_put_directory(struct image *image, const char *path, unsigned mode,
			struct err *err)
{
	return put(image, path,
		   tree_inode_new(&image->tree, INODE_DIRECTORY, mode), err);
}
