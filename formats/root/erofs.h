/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root tree as erofs (kernel: Documentation/filesystems/erofs.rst and
 * fs/erofs/erofs_fs.h), uncompressed: whole blocks of files one behind the
 * other, their tails beside the inodes. Any kernel from 5.4 on reads it.
 */
#pragma once

#include "formats/root/inventory.h"

/* Changes whenever the bytes for an equal tree would. */
#define EROFS_MAKER "kitbuild erofs, plain, version 1"

/*
 * Writes the file system to `fd` from byte `start` on; `*size_bytes` is how
 * long it is, in whole blocks of 4096. Memory is some dozen bytes for each
 * name. FAULT_INPUT for what an erofs cannot hold.
 */
int erofs_write(int fd, uint64_t start, struct image *image,
		const struct inventory *inventory, uint64_t *size_bytes,
		struct err *err) MUST_CHECK;
