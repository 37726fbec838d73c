/* SPDX-License-Identifier: Apache-2.0 */
/* Images from the store as trees. */
#include "cmd/lib/build/flatten.h"

#include <string.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/build/layers.h"

static const char hosts_text[] =
	"127.0.0.1       localhost\n"
	"::1     localhost ip6-localhost ip6-loopback\n"
	"fe00::0 ip6-localnet\n"
	"ff00::0 ip6-mcastprefix\n"
	"ff02::1 ip6-allnodes\n"
	"ff02::2 ip6-allrouters\n";
static const char resolv_text[] = "\n# no resolv.conf configured\n";

static const char *const dropped[] = {
	".dockerenv", "Dockerfile", "dev/console",
	"dev/pts",    "dev/shm",    "etc/hostname",
};

/* What every image gets at its end. `target` makes a link, `text` a file. */
static const struct appended {
	const char *path;
	unsigned mode;
	const char *text, *target;
	bool only_if_absent;
	bool not_for[FLATTEN_CONTAINER + 1];
} appended[] = {
	{ .path = "dev", .mode = 0755 },
	{ .path = "dev/pts", .mode = 0755 },
	{ .path = "dev/shm", .mode = 0755 },
	{ .path = "etc", .mode = 0755 },
	{ .path = "etc/hosts", .mode = 0644, .text = hosts_text },
	{ .path = "etc/mtab",
	  .mode = 0755,
	  .target = "/proc/mounts",
	  .only_if_absent = true },
	{ .path = "etc/resolv.conf",
	  .mode = 0644,
	  .text = resolv_text,
	  .not_for = { [FLATTEN_SYSTEM] = true } },
	{ .path = "etc/resolv.conf",
	  .mode = 0644,
	  .target = "/run/resolvconf/resolv.conf",
	  .not_for = { [FLATTEN_CONTAINER] = true } },
	{ .path = "proc", .mode = 0755 },
	{ .path = "sys", .mode = 0755 },
};

int flatten_layers(struct tree *tree, struct spool *spool,
		   struct oci_store *store, const struct oci_image *image,
		   const char *name, struct err *err)
{
	SCOPED(layers)
	layers = { .store = store, .image = image, .name = name };

	for (size_t i = 0; i < image->layer_count; i++)
		if (layers_apply(&layers, tree, spool, err) < 0)
			return -1;
	tree_order_by_layer(tree);
	return 0;
}

int flatten_each_layer(struct image *image, struct oci_store *store,
		       const struct oci_image *flat, const char *name,
		       struct err *err)
{
	SCOPED(layers)
	layers = { .store = store, .image = flat, .name = name };

	for (size_t i = 0; i < flat->layer_count; i++) {
		SCOPED_FREE char *location = xasprintf("layer[%zu]", i);
		char digest[DIGEST_TEXT_SIZE];

		image_begin_segment(
			image, location,
			digest_text(&flat->layers[i].digest, digest));
		if (layers_apply(&layers, &image->tree, &image->spool, err) < 0)
			return -1;
	}
	return 0;
}

static void drop(struct tree *tree, const char *path)
{
	struct tree_node *node = tree_lookup(tree, tree->root, path, false);

	/* A directory of that name comes back empty-handed with `appended`. */
	if (node && node->parent && node->inode->type != INODE_DIRECTORY)
		tree_remove(tree, node);
}

static int make_inode(struct tree *tree, struct spool *spool,
		      const struct appended *row, struct inode **inode,
		      struct err *err)
{
	enum inode_type type = row->text     ? INODE_FILE
			       : row->target ? INODE_SYMLINK
					     : INODE_DIRECTORY;

	*inode = tree_inode_new(tree, type, row->mode);
	(*inode)->target = row->target;
	if (!row->text)
		return 0;
	return spool_add_content(spool, row->text, strlen(row->text),
				 &(*inode)->content, err);
}

/* The image's own stays, with the time of what we make ourselves. */
static bool keep_old(struct tree *tree, const struct appended *row)
{
	struct tree_node *old = NULL;
	struct inode_extra *extra;

	if (row->only_if_absent)
		old = tree_lookup(tree, tree->root, row->path, false);
	if (!old)
		return false;
	old->inode->mtime = CLOCK_BUILD_TIME;
	if (old->inode->extra) {
		extra = arena_alloc(&tree->arena, sizeof(*extra));
		*extra = *old->inode->extra;
		extra->mtime_ns = 0;
		old->inode->extra = extra;
	}
	return true;
}

static int append(struct tree *tree, struct spool *spool,
		  const struct appended *row, struct err *err)
{
	struct tree_node *parent, *old;
	struct inode *inode;
	const char *name;

	if (keep_old(tree, row))
		return 0;
	if (tree_parent_of(tree, tree->root, row->path, &parent, &name, err) <
		    0 ||
	    make_inode(tree, spool, row, &inode, err) < 0)
		return -1;
	old = tree_child(tree, parent, name);
	/* A link to a directory, as etc -> /usr/etc, is as good as one. */
	if (old && old->inode->type == INODE_SYMLINK &&
	    inode->type == INODE_DIRECTORY)
		return 0;
	tree_put(tree, parent, name, inode);
	return 0;
}

int flatten_filter(struct tree *tree, struct spool *spool,
		   enum flatten_for purpose, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++)
		drop(tree, dropped[i]);
	for (size_t i = 0; i < ARRAY_LEN(appended); i++)
		if (!appended[i].not_for[purpose] &&
		    append(tree, spool, &appended[i], err) < 0)
			return -1;
	return 0;
}
