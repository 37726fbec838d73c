/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash trees of dm-verity (kernel: Documentation/admin-guide/device-mapper/
 * verity.rst; cryptsetup's superblock, version 1, hash type 1): SHA-256 over
 * blocks of 4096 bytes, each with the salt in front.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/sha256.h"

#define VERITY_BLOCK 4096

struct verity {
	uint64_t data_blocks;
	struct digest root, salt;
	uint64_t hash_bytes; /* superblock and tree, in whole blocks */
};

/*
 * Reads `data_blocks` (at least 2) at `start` of the file and writes behind
 * them a superblock, which `veritysetup --hash-offset` finds, and the tree.
 * Salt and UUID come from `seed`. Memory does not depend on the size.
 */
int verity_write(struct verity *verity, int fd, uint64_t start,
		 uint64_t data_blocks, const struct digest *seed,
		 struct err *err) MUST_CHECK;
