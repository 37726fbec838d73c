/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of an erofs that are made in memory: directories, attributes. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "formats/root/inventory.h"

#define EROFS_BLOCK 4096

/*
 * The bytes of a directory: blocks of entries sorted by name, each with its
 * names behind the entries; the last block is as long as it needs. `nids` says
 * where inodes lie, by number; NULL when only the size is wanted.
 */
void erofs_directory(struct buf *bytes, const struct tree_node *directory,
		     const uint64_t *nids);

/*
 * The attributes that stand behind an inode; empty when there are none. False
 * when some have no number in erofs and are left out.
 */
bool erofs_xattrs(struct buf *bytes, const struct inode *inode);
