/* SPDX-License-Identifier: Apache-2.0 */
/* Two images, name by name. */
#include "cmd/lib/image/compare.h"

#include <string.h>

#include "cmd/lib/base/buf.h"

#define CHUNK_BYTES ((size_t)64 << 10)

void differences_release(struct differences *differences)
{
	for (size_t i = 0; i < differences->count; i++)
		free(differences->items[i].path);
	free(differences->items);
	*differences = (struct differences){ 0 };
}

/* The node of the same path in another tree; links are names like others. */
static const struct tree_node *find_same(const struct tree *tree,
					 const struct tree_node *node)
{
	const struct tree_node *parent;

	if (!node->parent)
		return tree->root;
	parent = find_same(tree, node->parent);
	return parent ? tree_child(tree, parent, node->name) : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_xattrs(const struct inode *left, const struct inode *right)
{
	const struct xattr *a = left->xattrs;
	const struct xattr *b = right->xattrs;

	for (; a && b; a = a->next, b = b->next)
		if (strcmp(a->name, b->name) != 0 || a->size != b->size ||
		    memcmp(a->value, b->value, a->size) != 0)
			return false;
	return !a && !b;
}

/* Fills a chunk unless the end comes first. */
static int read_chunk(struct reader *reader, char *chunk, size_t *size,
		      struct err *err)
{
	size_t got = 1;

	for (*size = 0; *size < CHUNK_BYTES && got > 0; *size += got)
		if (reader_read(reader, chunk + *size, CHUNK_BYTES - *size,
				&got, err) < 0)
			return -1;
	return 0;
}

/* Two images and the contents that are being compared. */
struct comparison {
	struct differences *found;
	struct image *left, *right;
	char *chunks; /* owned; two of them */
};

static void comparison_release(struct comparison *comparison)
{
	free(comparison->chunks);
}

static int compare_bytes(struct comparison *comparison,
			 const struct inode *left, const struct inode *right,
			 bool *same, struct err *err)
{
	SCOPED_READER struct reader *a =
		spool_reader(&comparison->left->spool, &left->content);
	SCOPED_READER struct reader *b =
		spool_reader(&comparison->right->spool, &right->content);
	char *chunk_a = comparison->chunks;
	char *chunk_b = comparison->chunks + CHUNK_BYTES;
	size_t size_a, size_b;

	do {
		if (read_chunk(a, chunk_a, &size_a, err) < 0 ||
		    read_chunk(b, chunk_b, &size_b, err) < 0)
			return -1;
		*same = size_a == size_b &&
			memcmp(chunk_a, chunk_b, size_a) == 0;
	} while (*same && size_a > 0);
	return 0;
}

static int compare_content(struct comparison *comparison,
			   const struct inode *left, const struct inode *right,
			   bool *same, struct err *err)
{
	const struct content *a = &left->content;
	const struct content *b = &right->content;

	*same = a->length == b->length;
	if (!*same || (digest_equal(&a->source, &b->source) &&
		       a->source_offset == b->source_offset))
		return 0;
	return compare_bytes(comparison, left, right, same, err);
}

static int compare_inodes(struct comparison *comparison,
			  const struct inode *left, const struct inode *right,
			  unsigned *what, struct err *err)
{
	bool same = true;

	*what = 0;
	if (left->type != right->type)
		*what |= DIFFER_TYPE;
	else if (left->type == INODE_FILE &&
		 compare_content(comparison, left, right, &same, err) < 0)
		return -1;
	*what |= same ? 0 : DIFFER_CONTENT;
	*what |= left->mode != right->mode ? DIFFER_MODE : 0;
	*what |= left->uid != right->uid || left->gid != right->gid
			 ? DIFFER_OWNER
			 : 0;
	*what |= left->mtime != right->mtime ? DIFFER_TIME : 0;
	*what |= same_text(left->target, right->target) ? 0 : DIFFER_TARGET;
	*what |= left->rdev_major != right->rdev_major ||
				 left->rdev_minor != right->rdev_minor
			 ? DIFFER_DEVICE
			 : 0;
	*what |= same_xattrs(left, right) ? 0 : DIFFER_XATTRS;
	return 0;
}

static void add(struct comparison *comparison, const struct tree_node *left,
		const struct tree_node *right, unsigned what)
{
	struct differences *found = comparison->found;
	SCOPED(buf) path = { 0 };

	tree_path(left ? left : right, &path);
	found->items = xgrow(found->items, found->count, &found->capacity,
			     sizeof(*found->items));
	found->items[found->count++] = (struct difference){
		.path = buf_take(&path),
		.left = left,
		.right = right,
		.what = what,
	};
}

static int compare_node(struct comparison *comparison,
			const struct tree_node *left, struct err *err)
{
	const struct tree_node *right =
		find_same(&comparison->right->tree, left);
	unsigned what = 0;

	if (right && compare_inodes(comparison, left->inode, right->inode,
				    &what, err) < 0)
		return -1;
	if (!right || what)
		add(comparison, left, right, what);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct difference *left = a;
	const struct difference *right = b;

	return strcmp(left->path, right->path);
}

int image_compare(struct differences *differences, struct image *left,
		  struct image *right, struct err *err)
{
	SCOPED(comparison)
	comparison = { .found = differences,
		       .left = left,
		       .right = right,
		       .chunks = xmalloc(2 * CHUNK_BYTES) };

	for (const struct tree_node *n = tree_next(left->tree.root); n;
	     n = tree_next(n))
		if (compare_node(&comparison, n, err) < 0)
			return -1;
	for (const struct tree_node *n = tree_next(right->tree.root); n;
	     n = tree_next(n))
		if (!find_same(&left->tree, n))
			add(&comparison, NULL, n, 0);
	if (differences->count)
		qsort(differences->items, differences->count,
		      sizeof(*differences->items), by_path);
	return 0;
}
