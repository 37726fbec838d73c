/* SPDX-License-Identifier: Apache-2.0 */
/* A root tree, numbered and sorted. */
#include "formats/root/inventory.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/image/pack.h"

/* S_IF* as POSIX has them, whatever the host's are. */
static const unsigned type_bits[] = {
	[INODE_FILE] = 0100000,    [INODE_DIRECTORY] = 0040000,
	[INODE_SYMLINK] = 0120000, [INODE_CHAR] = 0020000,
	[INODE_BLOCK] = 0060000,   [INODE_FIFO] = 0010000,
};

void inventory_release(struct inventory *inventory)
{
	free(inventory->nodes);
	free(inventory->inodes);
	*inventory = (struct inventory){ 0 };
}

static bool is_boot(const struct tree_node *node)
{
	return node->parent && !node->parent->parent &&
	       strcmp(node->name, "boot") == 0;
}

/* Parents come first, so a parent that is left out has no mark. */
static bool is_listed(const struct tree_node *node)
{
	return !node->parent ||
	       (node->parent->inode->mark && !is_boot(node->parent));
}

static void add(struct inventory *inventory, struct tree_node *node)
{
	struct inode *inode = node->inode;

	inventory->nodes[inventory->node_count++] = node;
	if (!inode->mark) {
		inode->mark = ++inventory->inode_count;
		inventory->inodes[inode->mark - 1] =
			(struct listed){ .inode = inode, .node = node };
	}
	inventory->inodes[inode->mark - 1].links++;
	if (inode->type == INODE_DIRECTORY && node->parent)
		inventory->inodes[node->parent->inode->mark - 1].folders++;
}

void inventory_make(struct inventory *inventory, const struct image *image)
{
	size_t count = image->tree.count + 1;

	inventory->nodes = xcalloc(count, sizeof(*inventory->nodes));
	inventory->inodes = xcalloc(count, sizeof(*inventory->inodes));
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		n->inode->mark = 0;
	for (struct tree_node *n = tree_first(&image->tree); n;
	     n = tree_next(n))
		if (is_listed(n))
			add(inventory, n);
}

static int compare(const void *a, const void *b)
{
	const struct tree_node *left = *(struct tree_node *const *)a;
	const struct tree_node *right = *(struct tree_node *const *)b;

	return strcmp(left->name, right->name);
}

struct tree_node **inventory_children(const struct tree_node *directory,
				      size_t *count)
{
	struct tree_node **children;

	*count = 0;
	if (is_boot(directory))
		return NULL;
	for (const struct tree_node *c = directory->first_child; c;
	     c = c->next_sibling)
		++*count;
	if (*count == 0)
		return NULL;
	children = xcalloc(*count, sizeof(struct tree_node *));
	*count = 0;
	for (struct tree_node *c = directory->first_child; c;
	     c = c->next_sibling)
		children[(*count)++] = c;
	qsort(children, *count, sizeof(struct tree_node *), compare);
	return children;
}

unsigned inventory_mode(const struct inode *inode)
{
	return type_bits[inode->type] | inode->mode;
}

static void hash_xattrs(struct sha256 *hash, const struct inode *inode)
{
	for (const struct xattr *x = inode->xattrs; x; x = x->next) {
		sha256_add_str(hash, x->name);
		sha256_add_u64(hash, x->size);
		sha256_add(hash, x->value, x->size);
	}
}

struct digest inventory_key(const struct inventory *inventory,
			    const char *maker)
{
	SCOPED(sha256) hash = { 0 };
	SCOPED(buf) path = { 0 };

	sha256_start(&hash);
	sha256_add_str(&hash, maker);
	for (size_t i = 0; i < inventory->node_count; i++) {
		const struct tree_node *node = inventory->nodes[i];

		buf_clear(&path);
		tree_path(node, &path);
		sha256_add_str(&hash, buf_text(&path));
		sha256_add_u64(&hash, node->inode->mark);
		pack_hash_inode(&hash, node->inode);
		hash_xattrs(&hash, node->inode);
	}
	return sha256_finish(&hash);
}
