/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root tree: names and metadata in memory, content by reference into a
 * spool. Nothing here ever touches a file of the host.
 *
 * A name (struct tree_node) points to an inode; hard links are names that share
 * one. Nodes stay in the order in which they were first added, parents before
 * children, which is the order of every output.
 */
#pragma once

#include "cmd/lib/base/arena.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/base/sha256.h"

#include <stdbool.h>
#include <stdint.h>

enum inode_type {
	INODE_FILE,
	INODE_DIRECTORY,
	INODE_SYMLINK,
	INODE_CHAR,
	INODE_BLOCK,
	INODE_FIFO,
};

/*
 * `length` bytes at `offset` of the spool. `source` and `source_offset` name
 * the same bytes for ever: a layer's digest and a place in it, or the content's
 * own digest. They, not the bytes, go into keys.
 */
struct content {
	uint64_t offset, length;
	struct digest source;
	uint64_t source_offset;
};

struct xattr {
	const char *name;
	const void *value;
	size_t size;
	struct xattr *next; /* sorted by name */
};

/* A point in time as archives state it. */
struct inode_time {
	int64_t seconds;
	uint32_t nanoseconds;
};

/* What only some archives tell, and only a tar can pass on. */
struct inode_extra {
	const char *uname, *gname; /* NULL: none */
	uint32_t mtime_ns;         /* the fraction of mtime */
	bool has_atime, has_ctime;
	struct inode_time atime, ctime;
};

struct inode {
	enum inode_type type;
	unsigned mode; /* permissions, set-id and sticky bits only */
	uint32_t uid, gid;
	int64_t mtime;                   /* seconds */
	const struct inode_extra *extra; /* in the arena; NULL: nothing */
	uint32_t rdev_major, rdev_minor;
	const char *target;     /* of a symbolic link */
	struct content content; /* of a file */
	struct xattr *xattrs;
	uint32_t links; /* names that point here */
	uint64_t mark;  /* for the use of whoever walks the tree */
};

struct tree_node {
	const char *name; /* one component; "" for the root */
	struct inode *inode;
	struct tree_node *parent;
	struct tree_node *first_child, *last_child;
	struct tree_node *previous_sibling, *next_sibling;
	struct tree_node *previous, *next; /* all nodes, in order */
	struct tree_node *hash_next;
	unsigned segment;  /* which segment wrote it last */
	unsigned layer;    /* which layer wrote it last */
	unsigned cleared;  /* the layer whose whiteout went through it last */
	unsigned sequence; /* counts up with each name that is put */
	bool slash;        /* its archive wrote the name with a slash behind */
	size_t path_bytes; /* of its path from the root */
};

struct tree {
	struct arena arena;
	struct tree_node *root; /* a directory, 0755, owner 0 */
	struct tree_node *last;
	struct tree_node **table;
	size_t table_size, count;
	unsigned segment; /* what new nodes are marked with */
	unsigned layer;
	unsigned sequence;
};

/* A ready-made empty tree; free with tree_release. */
void tree_init(struct tree *tree);
void tree_release(struct tree *tree);

/* Every node, in order; tree_first is the root. NULL at the end. */
static inline struct tree_node *tree_first(const struct tree *tree)
{
	return tree->root;
}
static inline struct tree_node *tree_next(const struct tree_node *node)
{
	return node->next;
}

struct inode *tree_inode_new(struct tree *tree, enum inode_type type,
			     unsigned mode);

/* Keeps the list sorted; a name that is there gets the new value. */
void tree_set_xattr(struct tree *tree, struct inode *inode, const char *name,
		    const void *value, size_t size);

struct tree_node *tree_child(const struct tree *tree,
			     const struct tree_node *parent, const char *name);

/*
 * Puts a name into a directory. What was there goes: a directory with all below
 * it, except that a directory over a directory keeps the children and takes the
 * new metadata. A replaced name moves to the end of the order and to the
 * current segment; a directory keeps its place.
 */
struct tree_node *tree_put(struct tree *tree, struct tree_node *parent,
			   const char *name, struct inode *inode);

/* Removes a name and all below it. Not the root. */
void tree_remove(struct tree *tree, struct tree_node *node);

/*
 * Removes a name and all below it as far as older layers than the current one
 * wrote it. With `keep_self` only what is below (an opaque directory).
 */
void tree_whiteout(struct tree *tree, struct tree_node *node, bool keep_self);

/*
 * The node that a relative path names below `base`, as if `base` were the root
 * directory: symbolic links are followed inside it, ".." stops at it. The last
 * component's own link is followed only with `follow`. NULL when there is none
 * or links loop.
 */
struct tree_node *tree_lookup(const struct tree *tree,
			      const struct tree_node *base, const char *path,
			      bool follow);

/*
 * The directory in which the last component of `path` belongs, made with its
 * parents (0755, owner 0) where missing; what stands in the way as a file is
 * replaced. `*name` is that last component, in the arena. FAULT_INPUT for "..",
 * an empty path, too long names or paths (with links on the way followed), and
 * links that lead nowhere.
 */
int tree_parent_of(struct tree *tree, struct tree_node *base, const char *path,
		   struct tree_node **parent, const char **name,
		   struct err *err) MUST_CHECK;

/*
 * Puts the nodes into the order in which a reader meets them who goes from the
 * last layer down to the first, as LinuxKit's flattening does (spec: rootfs
 * layout, flattening), except that parents come before their children.
 */
void tree_order_by_layer(struct tree *tree);

/* Appends the path from the root, without a leading slash, to `text`. */
struct buf;
void tree_path(const struct tree_node *node, struct buf *text);

#define TREE_MAX_PATH 4096
#define TREE_MAX_NAME 255
