/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of an image as a read-only file system in a file, ready to become a
 * partition or an output.
 */
#pragma once

#include "cmd/lib/image/image.h"
#include "formats/disk/verity.h"

enum root_kind {
	ROOT_AUTO, /* what suits the size */
	ROOT_INITRD,
	ROOT_SQUASHFS,
	ROOT_EROFS,
};

/* { .fd = -1 } is none. */
struct root_fs {
	int fd;               /* owned */
	uint64_t start;       /* where it begins in the file */
	struct verity verity; /* the hash tree lies behind the file system */
};

/* Of the file system alone, in whole blocks. */
static inline uint64_t root_fs_bytes(const struct root_fs *root)
{
	return root->verity.data_blocks * VERITY_BLOCK;
}

void root_fs_release(struct root_fs *root);

/* "squashfs", for the kernel and for people. */
const char *root_kind_name(enum root_kind kind);

/* FAULT_INPUT names the words there are. */
int root_kind_parse(enum root_kind *kind, const char *text,
		    struct err *err) MUST_CHECK;

/*
 * Packs the root as a squashfs or an erofs, without the files below boot/, and
 * a hash tree behind it.
 * `cache` is as in pack_initrd. FAULT_INPUT for what it cannot hold.
 */
int root_fs_make(struct root_fs *root, struct image *image, enum root_kind kind,
		 const char *cache, struct err *err) MUST_CHECK;
