/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of an image as a read-only file system in a file, ready to become a
 * partition or an output.
 */
#pragma once

#include "cmd/lib/image/image.h"

enum root_kind {
	ROOT_AUTO, /* what suits the size */
	ROOT_INITRD,
	ROOT_SQUASHFS,
	ROOT_EROFS,
};

/* The sizes are multiples of ROOT_BLOCK_BYTES. */
#define ROOT_BLOCK_BYTES 4096

/* { .fd = -1 } is none. */
struct root_fs {
	int fd;              /* owned */
	uint64_t start;      /* where it begins in the file */
	uint64_t size_bytes; /* of the file system */
};

void root_fs_release(struct root_fs *root);

/* "squashfs", for the kernel and for people. */
const char *root_kind_name(enum root_kind kind);

/* FAULT_INPUT names the words there are. */
int root_kind_parse(enum root_kind *kind, const char *text,
		    struct err *err) MUST_CHECK;

/*
 * Packs the root as a squashfs or an erofs, without the files below boot/.
 * `cache` is as in pack_initrd. FAULT_INPUT for what it cannot hold.
 */
int root_fs_make(struct root_fs *root, struct image *image, enum root_kind kind,
		 const char *cache, struct err *err) MUST_CHECK;
