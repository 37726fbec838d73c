/* SPDX-License-Identifier: Apache-2.0 */
/* The root tree: nodes, order, hash of names. */
#include "cmd/lib/image/tree.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/mem.h"

static size_t hash_of(const struct tree_node *parent, const char *name)
{
	uint64_t hash = 1469598103934665603U ^ (uint64_t)(uintptr_t)parent;

	/* FNV-1a; mixed once more because pointers are aligned. */
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211U;
	return (size_t)(hash ^ hash >> 29);
}

static void table_grow(struct tree *tree)
{
	size_t size = tree->table_size ? tree->table_size * 2 : 1024;
	struct tree_node **table = xcalloc(size, sizeof(struct tree_node *));

	for (struct tree_node *node = tree->root; node; node = node->next) {
		size_t slot;

		if (!node->parent)
			continue;
		slot = hash_of(node->parent, node->name) & (size - 1);
		node->hash_next = table[slot];
		table[slot] = node;
	}
	free(tree->table);
	tree->table = table;
	tree->table_size = size;
}

void tree_init(struct tree *tree)
{
	*tree = (struct tree){ 0 };
	tree->root = arena_alloc(&tree->arena, sizeof(*tree->root));
	tree->root->name = "";
	tree->root->inode = tree_inode_new(tree, INODE_DIRECTORY, 0755);
	tree->root->inode->links = 1;
	tree->last = tree->root;
	table_grow(tree);
}

void tree_release(struct tree *tree)
{
	free(tree->table);
	arena_release(&tree->arena);
	*tree = (struct tree){ 0 };
}

struct inode *tree_inode_new(struct tree *tree, enum inode_type type,
			     unsigned mode)
{
	struct inode *inode = arena_alloc(&tree->arena, sizeof(*inode));

	inode->type = type;
	inode->mode = mode;
	inode->mtime = CLOCK_BUILD_TIME;
	return inode;
}

void tree_set_xattr(struct tree *tree, struct inode *inode, const char *name,
		    const void *value, size_t size)
{
	struct xattr **slot = &inode->xattrs;
	struct xattr *xattr;

	while (*slot && strcmp((*slot)->name, name) < 0)
		slot = &(*slot)->next;
	xattr = *slot;
	if (!xattr || strcmp(xattr->name, name) != 0) {
		xattr = arena_alloc(&tree->arena, sizeof(*xattr));
		xattr->name = arena_text(&tree->arena, name, strlen(name));
		xattr->next = *slot;
		*slot = xattr;
	}
	xattr->value = arena_text(&tree->arena, value, size);
	xattr->size = size;
}

struct tree_node *tree_child(const struct tree *tree,
			     const struct tree_node *parent, const char *name)
{
	size_t slot = hash_of(parent, name) & (tree->table_size - 1);
	struct tree_node *node = tree->table[slot];

	while (node &&
	       (node->parent != parent || strcmp(node->name, name) != 0))
		node = node->hash_next;
	return node;
}

static void hash_remove(struct tree *tree, const struct tree_node *node)
{
	size_t slot =
		hash_of(node->parent, node->name) & (tree->table_size - 1);
	struct tree_node **link = &tree->table[slot];

	while (*link != node)
		link = &(*link)->hash_next;
	*link = node->hash_next;
}

static void unlink_node(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent;

	hash_remove(tree, node);
	node->previous->next = node->next;
	if (node->next)
		node->next->previous = node->previous;
	else
		tree->last = node->previous;
	if (node->previous_sibling)
		node->previous_sibling->next_sibling = node->next_sibling;
	else
		parent->first_child = node->next_sibling;
	if (node->next_sibling)
		node->next_sibling->previous_sibling = node->previous_sibling;
	else
		parent->last_child = node->previous_sibling;
	node->inode->links--;
	tree->count--;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	while (node->first_child)
		tree_remove(tree, node->first_child);
	unlink_node(tree, node);
}

void tree_whiteout(struct tree *tree, struct tree_node *node, bool keep_self)
{
	struct tree_node *child = node->first_child;

	/* Once is enough in a layer, however often it asks for it. */
	if (node->cleared == tree->layer)
		child = NULL;
	node->cleared = tree->layer;
	while (child) {
		struct tree_node *next = child->next_sibling;

		tree_whiteout(tree, child, false);
		child = next;
	}
	if (!keep_self && !node->first_child && node->layer < tree->layer)
		unlink_node(tree, node);
}

static struct tree_node *append(struct tree *tree, struct tree_node *parent,
				const char *name, struct inode *inode)
{
	struct tree_node *node = arena_alloc(&tree->arena, sizeof(*node));
	size_t slot;

	if (tree->count >= tree->table_size)
		table_grow(tree);
	node->name = arena_text(&tree->arena, name, strlen(name));
	node->inode = inode;
	node->parent = parent;
	node->segment = tree->segment;
	node->layer = tree->layer;
	node->sequence = ++tree->sequence;
	node->path_bytes =
		parent->path_bytes + (parent->parent ? 1 : 0) + strlen(name);
	node->previous_sibling = parent->last_child;
	if (parent->last_child)
		parent->last_child->next_sibling = node;
	else
		parent->first_child = node;
	parent->last_child = node;
	node->previous = tree->last;
	tree->last->next = node;
	tree->last = node;
	slot = hash_of(parent, node->name) & (tree->table_size - 1);
	node->hash_next = tree->table[slot];
	tree->table[slot] = node;
	inode->links++;
	tree->count++;
	return node;
}

struct tree_node *tree_put(struct tree *tree, struct tree_node *parent,
			   const char *name, struct inode *inode)
{
	struct tree_node *old = tree_child(tree, parent, name);

	if (old && old->inode->type == INODE_DIRECTORY &&
	    inode->type == INODE_DIRECTORY) {
		inode->links = 1;
		old->inode = inode;
		old->layer = tree->layer;
		old->sequence = ++tree->sequence;
		return old;
	}
	if (old)
		tree_remove(tree, old);
	return append(tree, parent, name, inode);
}

void tree_path(const struct tree_node *node, struct buf *text)
{
	if (!node->parent)
		return;
	tree_path(node->parent, text);
	if (text->size)
		buf_add_char(text, '/');
	buf_add_str(text, node->name);
}
