/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root tree as file systems want it: inodes numbered, names sorted within
 * their directory, and without the files below boot/, which are written beside
 * a root file system or not at all.
 */
#pragma once

#include "cmd/lib/image/image.h"

struct listed {
	const struct inode *inode;
	const struct tree_node *node; /* the first of its names */
	uint32_t links;               /* names that are listed */
	uint32_t folders;             /* of a directory: those in it */
};

/* { 0 } is empty. While it is used, an inode's mark is its number, from 1. */
struct inventory {
	struct tree_node **nodes; /* owned; parents before children */
	size_t node_count;
	struct listed *inodes; /* owned; number n is at n - 1 */
	size_t inode_count;
};

void inventory_release(struct inventory *inventory);

/* The inventory borrows from the image, which must not change. */
void inventory_make(struct inventory *inventory, const struct image *image);

/*
 * What is in a directory, by strcmp's order; the caller frees the array. NULL
 * when nothing is.
 */
struct tree_node **inventory_children(const struct tree_node *directory,
				      size_t *count);

/* S_IF* and permissions, as POSIX numbers them. */
unsigned inventory_mode(const struct inode *inode);

/*
 * A key over all that decides the bytes of a file system made of the inventory
 * by `maker`, which names the program and its version.
 */
struct digest inventory_key(const struct inventory *inventory,
			    const char *maker);
