/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that apply a layer share. */
#pragma once

#include "cmd/lib/image/layer.h"

#include <archive_entry.h>

/* One application. */
struct apply {
	struct tree *tree;
	struct tree_node *base;
	const struct layer *layer;
	struct spool *spool;
	struct reader *tar;
	char *chunk; /* what libarchive reads from */
	struct err *err;
	bool read_failed; /* err is set by the reader */
	bool in_header;
	uint64_t tar_bytes; /* read so far */
	char head[8];       /* the first bytes of the layer */
	bool last_block_filled;
	uint64_t header_bytes;     /* read for the current entry's header */
	uint64_t hole_bytes;       /* of all entries so far */
	const char *uname, *gname; /* the last ones: they rarely change */
};

/* FAULT_INPUT with the layer's and the entry's name; returns -1. */
int layer_refuse(const struct apply *apply, const char *path, const char *why);

/* Refuses what no inode can hold: owners, sizes, devices, targets. */
int layer_check_entry(const struct apply *apply, struct archive_entry *entry,
		      const char *path) MUST_CHECK;

/* False for what is no kind of file. */
bool layer_type_of(unsigned file_type, enum inode_type *type);

/* An inode with the entry's metadata and extended attributes, without content.
 */
int layer_inode(struct apply *apply, struct archive_entry *entry,
		enum inode_type type, struct inode **inode) MUST_CHECK;
