/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root tree as squashfs 4.0 (kernel: Documentation/filesystems/squashfs.rst)
 * with zstd, by libsquashfs in this process: owners, devices, extended
 * attributes and hard links as they are, no time and no identifier of its own.
 */
#pragma once

#include "formats/root/inventory.h"

/* Changes whenever the bytes for an equal tree would. */
#define SQUASHFS_MAKER "kitbuild squashfs, zstd 3, 128 KiB, version 1"

/*
 * Writes the file system to `fd` from byte `start` on; `*size_bytes` is how
 * long it is. Memory is some hundred bytes for each name. FAULT_INPUT for what
 * a squashfs cannot hold.
 */
int squashfs_write(int fd, uint64_t start, struct image *image,
		   const struct inventory *inventory, uint64_t *size_bytes,
		   struct err *err) MUST_CHECK;
