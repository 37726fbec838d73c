/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a tree as people and programs read them. */
#pragma once

#include "cmd/lib/base/json.h"
#include "cmd/lib/image/tree.h"

#define LISTING_MODE_SIZE 11

/* "-rwxr-xr-x", as ls(1) does. */
const char *listing_mode(const struct inode *inode,
			 char text[LISTING_MODE_SIZE]);

/*
 * The path, with " -> TARGET" behind that of a link. What could steer a
 * terminal is written as \xHH. The caller's to free.
 */
char *listing_path(const struct tree_node *node);

/* "file", "directory", "symlink", "char", "block", "fifo". */
const char *listing_type(const struct inode *inode);

/* One name as an object; the caller owns it. `from` may be NULL. */
json_t *listing_json(const struct tree_node *node, const char *from,
		     uint64_t size_bytes);
